// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "assist.h"
#include "function.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- rows ----------------------------------------------------------------- */

static void addr_text(char text[CONTROL_ADDR_SIZE], const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	const struct sockaddr_in *in = (const void *)addr;
	char host[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (addr->ss_family == AF_INET)
		snprintf(text, CONTROL_ADDR_SIZE, "%s:%u",
			 inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)),
			 ntohs(in->sin_port));
	else if (addr->ss_family == AF_INET6)
		snprintf(text, CONTROL_ADDR_SIZE, "[%s]:%u",
			 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)),
			 ntohs(in6->sin6_port));
}

static uint64_t left(int64_t ends)
{
	int64_t now = time(NULL);

	return ends > now ? ends - now : 0;
}

static uint32_t count_sessions(const struct subscriber *s)
{
	const struct assist_side_link *link;
	uint32_t n = 0;

	LIST_FOREACH(link, &s->sessions, entry)
		n++;
	return n;
}

static void subscriber_row(struct control_answer *answer, const struct subscriber *s)
{
	struct control_subscriber row = { .registered = s->registered,
					  .reports = s->reports,
					  .sessions = count_sessions(s) };
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	const struct agreement *agreement;

	strcpy(row.epuid, s->epuid);
	if (s->registered) {
		row.since_s = (now - s->since_ns) / 1000000000;
		row.left_s = s->until_ns > now ? (s->until_ns - now) / 1000000000 : 0;
		if (s->assoc)
			addr_text(row.addr, coaps_assoc_remote(s->assoc));
	}
	LIST_FOREACH(agreement, &s->agreements, entry)
		row.agreements++;
	control_row(answer, &row);
}

static void subscribers(struct control_answer *answer, void *data)
{
	struct function *f = data;
	struct subscriber *s;

	LIST_FOREACH(s, &f->subscribers.list, entry)
		subscriber_row(answer, s);
}

static bool is_mutual(struct function *f, const struct agreement *agreement)
{
	struct subscriber *peer = subscriber_find(f, agreement->doc.peer);

	return peer && agreement_with(peer, agreement->subscriber->epuid);
}

static void agreement_row(struct control_answer *answer, struct function *f,
			  const struct agreement *agreement)
{
	struct control_agreement row = {
		.id = agreement->doc.id, .version = agreement->doc.version,
		.confirmed = agreement->confirmed, .mutual = is_mutual(f, agreement),
		.relay_only = agreement->doc.relay_only,
		.window_s = agreement->doc.window_s,
		.min_report_ms = agreement->doc.min_report_ms,
		.triggers = agreement->doc.n_triggers,
	};

	strcpy(row.epuid, agreement->subscriber->epuid);
	strcpy(row.peer, agreement->doc.peer);
	control_row(answer, &row);
}

static void agreements(struct control_answer *answer, void *data)
{
	struct function *f = data;
	struct agreement *agreement;
	struct subscriber *s;

	LIST_FOREACH(s, &f->subscribers.list, entry)
		LIST_FOREACH(agreement, &s->agreements, entry)
			agreement_row(answer, f, agreement);
}

static void session_row(struct control_answer *answer, const struct assist *a)
{
	struct control_session row = {
		.state = a->state, .age_s = time(NULL) - a->began, .left_s = left(a->ends),
	};
	struct relay_state relay;

	strcpy(row.session, a->id);
	strcpy(row.requesting, a->doc.requesting);
	strcpy(row.targeted, a->doc.targeted);
	strcpy(row.by, assist_by_name(a->by));
	strcpy(row.cause, a->doc.cause);
	if (a->relay) {
		relay_state(a->relay, &relay);
		row.port_a = relay.port[RELAY_A];
		row.port_b = relay.port[RELAY_B];
	}
	control_row(answer, &row);
}

static void sessions(struct control_answer *answer, void *data)
{
	struct function *f = data;
	struct assist *a;

	LIST_FOREACH(a, &f->assists, entry)
		session_row(answer, a);
}

static void relay_row(struct control_answer *answer, const struct relay *relay)
{
	const struct assist *a = relay_data(relay);
	struct relay_counters counters;
	struct relay_state state;
	struct control_relay row = { .fast = relay_is_fast(relay) };
	unsigned int side, drop;

	relay_state(relay, &state);
	relay_counters(relay, &counters);
	strcpy(row.owner, relay_owner(relay));
	strcpy(row.session, a->id);
	row.port_a = state.port[RELAY_A];
	row.port_b = state.port[RELAY_B];
	addr_text(row.latch_a, &state.latch[RELAY_A]);
	addr_text(row.latch_b, &state.latch[RELAY_B]);
	row.packets_a = counters.packets[RELAY_A];
	row.packets_b = counters.packets[RELAY_B];
	row.bytes_a = counters.bytes[RELAY_A];
	row.bytes_b = counters.bytes[RELAY_B];
	for (side = 0; side < RELAY_SIDES; side++)
		for (drop = 0; drop < RELAY_DROPS; drop++)
			row.drops += counters.drop[side][drop];
	row.left_s = left(state.ends);
	control_row(answer, &row);
}

static void relays(struct control_answer *answer, void *data)
{
	struct function *f = data;
	struct relay *relay = NULL;

	while ((relay = relays_next(f->relays, relay)))
		relay_row(answer, relay);
}

/* --- metrics -------------------------------------------------------------- */

static void count_now(struct function *f, struct mno_figures *figures)
{
	struct agreement *agreement;
	struct relay *relay = NULL;
	struct subscriber *s;
	struct assist *a;

	LIST_FOREACH(s, &f->subscribers.list, entry) {
		figures->subscribers += s->registered;
		LIST_FOREACH(agreement, &s->agreements, entry)
			figures->agreements += agreement->confirmed;
	}
	LIST_FOREACH(a, &f->assists, entry)
		figures->sessions[a->state]++;
	while ((relay = relays_next(f->relays, relay))) {
		figures->relays++;
		figures->relays_fast += relay_is_fast(relay);
	}
}

static void metrics(FILE *out, void *data)
{
	struct function *f = data;
	struct mno_figures figures = f->figures;

	figures.pfid = f->conf.pfid;
	figures.peers = f->conf.n_peers;
	figures.peers_connected = pc6_coap.connected(f->pc6);
	figures.draining = f->draining;
	coaps_hellos(f->ues, &figures.hellos);
	pc6_coap.hellos(f->pc6, &figures.hellos);
	relays_totals(f->relays, &figures.relay);
	count_now(f, &figures);
	mno_metrics_print(out, &figures);
}

/* --- orders of the operator ----------------------------------------------- */

static void fail(struct control_end *end, const char *format, const char *what)
{
	end->failed = true;
	snprintf(end->words, sizeof(end->words), format, what);
}

static void assist(const struct control_request *request, struct control_end *end, void *data)
{
	struct function *f = data;
	struct subscriber *s = subscriber_find(f, request->a);
	struct agreement *agreement = s ? agreement_with(s, request->b) : NULL;
	struct pf_problem problem = {};
	struct assist *a;

	if (!s || !s->registered) {
		fail(end, "%s is not registered here", request->a);
		return;
	}
	if (!agreement) {
		fail(end, "there is no confirmed agreement for %s", request->b);
		return;
	}
	if (assist_begin(agreement, request->decision, true, ASSIST_BY_OPERATOR,
			 "the operator", &problem)) {
		fail(end, "%s", *problem.detail ? problem.detail : problem.title);
		return;
	}
	if (db_sync(f->db)) {
		fail(end, "%s", "the database cannot be written");
		return;
	}
	a = assist_of(f, request->a, request->b);
	snprintf(end->words, sizeof(end->words), "session %s", a ? a->id : "?");
}

static void release(const struct control_request *request, struct control_end *end, void *data)
{
	struct assist *a = assist_find(data, request->session);

	if (!a)
		fail(end, "there is no session %s", request->session);
	else if (assist_end(a, "released by the operator"))
		fail(end, "session %s: the database cannot be written", request->session);
}

static void drain(const struct control_request *request, struct control_end *end, void *data)
{
	struct function *f = data;

	if (db_draining_put(f->db, request->on)) {
		fail(end, "%s", "the database cannot be written");
		return;
	}
	f->draining = request->on;
	snprintf(end->words, sizeof(end->words), request->on ? "no new sessions" :
		 "new sessions are taken");
}

const struct control_ops function_control_ops = {
	.subscribers = subscribers,
	.agreements = agreements,
	.sessions = sessions,
	.relays = relays,
	.metrics = metrics,
	.assist = assist,
	.release = release,
	.drain = drain,
};
