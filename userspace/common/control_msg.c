// SPDX-License-Identifier: GPL-2.0-or-later
#include "control_msg.h"

#include "cbor_token.h"
#include "pf_table.h"

#include <stdlib.h>
#include <string.h>

#define DOC control_request
static const struct pf_field request_fields[] = {
	{ 1, U32(command, "command", 1, CONTROL_COMMANDS - 1), NEEDED },
	{ 2, EPUID(a, "UE") },
	{ 3, EPUID(b, "UE") },
	{ 4, U32(decision, "decision", PF_DECISION_NONE, PF_DECISION_EXECUTE) },
	{ 5, SESSION(session, "session") },
	{ 6, BOOL(on, "on") },
	{}
};
#undef DOC

#define DOC control_subscriber
static const struct pf_field subscriber_fields[] = {
	{ 1, EPUID(epuid, "EPUID"), NEEDED },
	{ 2, BOOL(registered, "registered") },
	{ 3, WORDS(addr, "address") },
	{ 4, U64(since_s, "since") },
	{ 5, U64(left_s, "left") },
	{ 6, U32(agreements, "agreements", 0, UINT32_MAX) },
	{ 7, U32(sessions, "sessions", 0, UINT32_MAX) },
	{ 8, U64(reports, "reports") },
	{}
};
#undef DOC

#define DOC control_agreement
static const struct pf_field agreement_fields[] = {
	{ 1, EPUID(epuid, "EPUID"), NEEDED },
	{ 2, U32(id, "id", 0, UINT32_MAX) },
	{ 3, U32(version, "version", 0, UINT32_MAX) },
	{ 4, EPUID(peer, "peer"), NEEDED },
	{ 5, BOOL(confirmed, "confirmed") },
	{ 6, BOOL(mutual, "mutual") },
	{ 7, BOOL(relay_only, "relay only") },
	{ 8, U32(window_s, "window", 0, UINT32_MAX) },
	{ 9, U32(min_report_ms, "report interval", 0, UINT32_MAX) },
	{ 10, U32(triggers, "triggers", 0, UINT32_MAX) },
	{}
};
#undef DOC

#define DOC control_session
static const struct pf_field session_fields[] = {
	{ 1, SESSION(session, "session"), NEEDED },
	{ 2, EPUID(requesting, "requesting"), NEEDED },
	{ 3, EPUID(targeted, "targeted"), NEEDED },
	{ 4, U32(state, "state", PF_SESSION_ASKED, PF_SESSION_STATES - 1), NEEDED },
	{ 5, WORDS(by, "by") },
	{ 6, U64(age_s, "age") },
	{ 7, U64(left_s, "left") },
	{ 8, U32(port_a, "port", 0, UINT16_MAX) },
	{ 9, U32(port_b, "port", 0, UINT16_MAX) },
	{ 10, WORDS(cause, "cause") },
	{}
};
#undef DOC

#define DOC control_relay
static const struct pf_field relay_fields[] = {
	{ 1, EPUID(owner, "owner"), NEEDED },
	{ 2, SESSION(session, "session") },
	{ 3, U32(port_a, "port", 0, UINT16_MAX), NEEDED },
	{ 4, U32(port_b, "port", 0, UINT16_MAX), NEEDED },
	{ 5, WORDS(latch_a, "latch") },
	{ 6, WORDS(latch_b, "latch") },
	{ 7, U64(packets_a, "packets") },
	{ 8, U64(packets_b, "packets") },
	{ 9, U64(bytes_a, "bytes") },
	{ 10, U64(bytes_b, "bytes") },
	{ 11, U64(drops, "drops") },
	{ 12, BOOL(fast, "fast") },
	{ 13, U64(left_s, "left") },
	{}
};
#undef DOC

#define DOC control_line
static const struct pf_field line_fields[] = {
	{ 1, WORDS(text, "text"), NEEDED },
	{}
};
#undef DOC

/* Without rows there are none that could be read. */
static const struct pf_field *const row_fields[CONTROL_COMMANDS] = {
	[CONTROL_SUBSCRIBERS] = subscriber_fields,
	[CONTROL_AGREEMENTS] = agreement_fields,
	[CONTROL_SESSIONS] = session_fields,
	[CONTROL_RELAYS] = relay_fields,
	[CONTROL_METRICS] = line_fields,
};

/* Its keys are no row's: so they are told apart. */
#define DOC control_end
static const struct pf_field end_fields[] = {
	{ 100, BOOL(failed, "failed"), NEEDED },
	{ 101, WORDS(words, "words") },
	{}
};
#undef DOC

const char *control_path(void)
{
	const char *path = getenv("PROSEFD_CONTROL");

	return path && *path ? path : CONTROL_SOCKET;
}

size_t control_encode_request(const struct control_request *request, uint8_t *buf,
			      size_t size)
{
	return pf_put(request_fields, request, buf, size);
}

static const struct pf_field *fields_of(enum control_command command)
{
	return command < CONTROL_COMMANDS ? row_fields[command] : NULL;
}

size_t control_encode_row(enum control_command command, const void *row, uint8_t *buf,
			  size_t size)
{
	const struct pf_field *fields = fields_of(command);

	return fields ? pf_put(fields, row, buf, size) : 0;
}

size_t control_encode_end(const struct control_end *end, uint8_t *buf, size_t size)
{
	return pf_put(end_fields, end, buf, size);
}

static const char *check_operands(const struct control_request *request)
{
	if (request->command == CONTROL_ASSIST && (!*request->a || !*request->b))
		return "two UEs are needed";
	if (request->command == CONTROL_RELEASE && !*request->session)
		return "a session is needed";
	return NULL;
}

const char *control_decode_request(struct control_request *request, const uint8_t *buf,
				   size_t len)
{
	const char *why;

	memset(request, 0, sizeof(*request));
	why = len > CONTROL_MAX_ROW ? "too long" :
	      pf_take(request_fields, request, buf, len) ?: check_operands(request);
	if (why)
		memset(request, 0, sizeof(*request));
	return why;
}

/* Of the item that begins there; 0: malformed, or cut off */
static size_t item_len(const uint8_t *buf, size_t len)
{
	struct cbor_reader reader = { buf, len };
	struct cbor_token token;

	if (!cbor_token_next(&reader, &token) || !cbor_token_skip(&reader, &token))
		return 0;
	return len - reader.left;
}

size_t control_decode_next(enum control_command command, union control_row *row,
			   struct control_end *end, bool *is_end, const uint8_t *buf,
			   size_t len)
{
	const struct pf_field *fields = fields_of(command);
	size_t item = item_len(buf, len);

	memset(end, 0, sizeof(*end));
	memset(row, 0, sizeof(*row));
	*is_end = item && !pf_take(end_fields, end, buf, item);
	if (*is_end)
		return item;
	memset(end, 0, sizeof(*end));
	if (!item || !fields || pf_take(fields, row, buf, item))
		return 0;
	return item;
}
