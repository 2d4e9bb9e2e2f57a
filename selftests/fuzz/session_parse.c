// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what the command line reads from the kernel, and prints.
 *
 * Input: a byte that says which message it is, then the message's payload.
 */
#include "../../userspace/common/ack.c"
#include "../../userspace/cli/flows.h"
#include "../../userspace/cli/print.h"
#include "../../userspace/common/flow.c"
#include "../../userspace/common/selector.c"
#include "../../userspace/common/session.c"

#include <ctype.h>
#include <stdlib.h>

enum kind {
	KIND_SESSION,
	KIND_FLOW,
	KIND_ERROR,
	KIND_ERROR_CAPPED,
	KIND_DONE,
	KINDS,
};

static const struct {
	uint16_t type, flags;
} kinds[KINDS] = {
	[KIND_SESSION] = { GENL_ID_CTRL + 1, 0 },
	[KIND_FLOW] = { GENL_ID_CTRL + 1, NLM_F_MULTI },
	[KIND_ERROR] = { NLMSG_ERROR, NLM_F_ACK_TLVS },
	[KIND_ERROR_CAPPED] = { NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED },
	[KIND_DONE] = { NLMSG_DONE, NLM_F_ACK_TLVS },
};

static void expect(bool truth)
{
	if (!truth)
		abort();
}

/* Prints a session into memory; returns what it wrote, to be freed. */
static char *printed(const struct session *s, bool as_json)
{
	char *text = NULL;
	size_t size = 0;
	struct json json = { .out = open_memstream(&text, &size) };

	expect(json.out);
	if (as_json) {
		json_object(&json, NULL);
		print_session_json(&json, s);
		json_object_end(&json);
	} else {
		print_session(json.out, s, NULL, false);
	}
	fclose(json.out);
	expect(strlen(text) == size);
	return text;
}

/* Brackets close what they have opened, strings end; nothing follows. */
static void check_json(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (; *text; text++) {
		expect(!iscntrl((unsigned char)*text));
		if (quoted && *text == '\\')
			expect(*++text);
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && strchr("{[", *text))
			depth++;
		else if (!quoted && strchr("}]", *text))
			expect(--depth > 0 || !text[1]);
	}
	expect(!quoted && !depth);
}

/* Whatever a device is called, it cannot write to the terminal. */
static void check_text(const char *text)
{
	for (; *text; text++)
		expect(*text == '\n' || !iscntrl((unsigned char)*text));
}

static void try_print(const struct session *s)
{
	char *text;

	text = printed(s, true);
	check_json(text);
	free(text);
	text = printed(s, false);
	check_text(text);
	free(text);
}

static void try_session(const struct nlmsghdr *nlh)
{
	struct session s;

	if (session_parse(nlh, &s) < 0)
		return;
	expect(memchr(s.ifname, '\0', sizeof(s.ifname)));
	expect(s.n_peers <= SIDESTEP_MAX_PEERS);
	expect(s.n_selectors <= SIDESTEP_MAX_SELECTORS);
	for (size_t i = 0; i < s.n_peers; i++) {
		expect(s.peer[i].len == 4 || s.peer[i].len == 16);
		expect(s.peer[i].bits <= 8 * s.peer[i].len);
	}
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		expect(memchr(s.path[i].ifname, '\0', IFNAMSIZ));
		expect(!s.path[i].has || s.path[i].id == i);
	}
	try_print(&s);
}

static void try_flow(const struct nlmsghdr *nlh)
{
	struct flow flow;
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (flow_parse(nlh, &flow) < 0)
		return;
	out = open_memstream(&text, &size);
	expect(out);
	flows_print_json(out, &flow, 1);
	fclose(out);
	text[size - 1] = '\0';
	check_json(text);
	free(text);
	out = open_memstream(&text, &size);
	expect(out);
	flows_print(out, &flow, 1);
	fclose(out);
	check_text(text);
	free(text);
}

static void try_ack(const struct nlmsghdr *nlh)
{
	struct ack ack;

	if (ack_parse(nlh, &ack) < 0)
		return;
	expect(ack.error >= 0 && ack.error <= MAX_ERRNO);
	expect(memchr(ack.text, '\0', sizeof(ack.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh;
	enum kind kind;

	if (!size)
		return 0;
	kind = *data % KINDS;
	/* Exactly as long as the message, so that a look beyond is seen. */
	nlh = malloc(NLMSG_LENGTH(size - 1));
	if (!nlh)
		return 0;
	*nlh = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(size - 1),
		.nlmsg_type = kinds[kind].type,
		.nlmsg_flags = kinds[kind].flags,
	};
	memcpy(NLMSG_DATA(nlh), data + 1, size - 1);
	if (kind == KIND_SESSION)
		try_session(nlh);
	else if (kind == KIND_FLOW)
		try_flow(nlh);
	else
		try_ack(nlh);
	free(nlh);
	return 0;
}
