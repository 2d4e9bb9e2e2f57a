// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * function_test: two functions, each a process of its own that is killed at any time,
 * and UEs that speak with them over DTLS. They are all on one host.
 */
#include "function_ends.h"
#include "hosts.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/mno/assist.h"
#include "../../userspace/mno/mno_conf.h"
#include "../../userspace/mno/subscriber.h"

#include <sys/resource.h>

enum {
	/* Requests, until some are refused. */
	MAX_FLOOD = 20000,
};

/* --- what they are for ---------------------------------------------------- */

static void test_begin(void)
{
	for (size_t i = 0; i < UES; i++) {
		EXPECT(ue_connect(&ues[i]));
		EXPECT(ue_report(&ues[i], PF_DECISION_PREPARE) == COAPS_NOT_FOUND);
		EXPECT(ue_register(&ues[i]) == COAPS_CREATED);
		EXPECT(ue_register(&ues[i]) == COAPS_CHANGED);
	}
	agree(UE_A, UE_B);
	agree(UE_B, UE_A);
	/* The functions find each other. */
	run_for(2500);
}

static void test_connect(void)
{
	uint64_t ns = clock_now_ns(CLOCK_BOOTTIME);

	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	printf("# orders after %llu and %llu us\n",
	       (unsigned long long)(UE_A->ordered_ns - ns) / 1000,
	       (unsigned long long)(UE_B->ordered_ns - ns) / 1000);
	expect_pair(UE_A, UE_B);
	EXPECT(UE_B->connect.decision == PF_DECISION_PREPARE);
	EXPECT(comes_to(UE_A, 1) && comes_to(UE_B, 1));
	/* The same again is no news. */
	EXPECT(ue_report_as(UE_A, PF_DECISION_PREPARE, UE_A->seq) == COAPS_TOO_MANY_REQUESTS);
	EXPECT(ue_report_as(UE_A, PF_DECISION_RELEASE, UE_A->seq) == COAPS_CHANGED);
	run_for(300);
	EXPECT(UE_A->connects == 1 && UE_B->connects == 1 && !UE_A->releases);
	EXPECT(ue_report(UE_A, PF_DECISION_EXECUTE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->connects, 2, WAIT_MS));
	EXPECT(UE_B->connect.decision == PF_DECISION_EXECUTE);
	go_home(UE_A, UE_B);
}

static void test_tie(void)
{
	struct pf_report doc = { .decision = PF_DECISION_PREPARE };
	struct pf_sessions a, b;
	uint8_t body[PF_MAX_SIZE];
	char path[64];

	forget_orders();
	for (int i = 0; i < 2; i++) {
		struct coaps_message request;

		doc.version = ues[i].version;
		doc.seq = ++ues[i].seq;
		snprintf(path, sizeof(path), "pf/v1/reports/%u", ues[i].agreement);
		request = message(COAPS_PUT, path, body,
				  pf_encode_report(&doc, body, sizeof(body)));
		EXPECT(!coaps_request(ues[i].assoc, &request, NULL, NULL));
	}
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	run_for(1500);
	EXPECT(ue_sessions(UE_A, &a) == 1 && ue_sessions(UE_B, &b) == 1);
	EXPECT(!strcmp(a.doc[0].session, b.doc[0].session));
	EXPECT(!strncmp(a.doc[0].session, A "/", strlen(A) + 1));
	expect_pair(UE_A, UE_B);
	/* The session that is taken instead is ordered before the other's end. */
	EXPECT(!UE_B->released);
	EXPECT(ue_report(UE_B, PF_DECISION_RELEASE) == COAPS_CHANGED);
	run_for(300);
	EXPECT(comes_to(UE_A, 1));
	go_home(UE_A, UE_B);
}

/* At home, by its own decision; the signal falls by 2 dB with each report. */
static void report_fall(struct ue *ue, int32_t mbm, unsigned int n)
{
	for (; n; n--, mbm -= 200) {
		run_for(150);
		EXPECT(ue_report_signal(ue, PF_DECISION_RELEASE, mbm) == COAPS_CHANGED);
	}
}

/* The function acts before its UE does. */
static void test_judged(void)
{
	static const struct pf_agreement terms = {
		.window_s = 600, .min_report_ms = 100, .n_triggers = 2,
		.trigger = { { PF_TRIGGER_S2_PREPARE, -7300, 1000, 160 },
			     { PF_TRIGGER_X1_EXECUTE, -8200, 1000, 160 } },
	};

	forget_orders();
	EXPECT(ue_offer_terms(UE_A, UE_B, &terms) == COAPS_CREATED);
	EXPECT(ue_confirm(UE_A) == COAPS_CHANGED);
	report_fall(UE_A, -6000, 4);
	run_for(150);
	EXPECT(!UE_A->connects && !UE_B->connects);
	report_fall(UE_A, -6800, 1);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_B->connects, 1, WAIT_MS));
	expect_pair(UE_A, UE_B);
	EXPECT(UE_A->connect.decision == PF_DECISION_PREPARE &&
	       UE_B->connect.decision == PF_DECISION_PREPARE);
	EXPECT(!strncmp(UE_A->connect.cause, "judged: prepare: signal -", 25));
	/* It has not heard of it yet, and says that it is home: that ends nothing. */
	report_fall(UE_A, -7000, 3);
	EXPECT(comes_to(UE_A, 1) && UE_A->connects == 1 && UE_B->connects == 1);
	/* Nor does it that the functions compare: neither UE has said that it is away. */
	run_for(ASSIST_COMPARE_S * 1000 + 1500);
	EXPECT(comes_to(UE_A, 1) && UE_A->connects == 1 && !UE_A->releases);
	EXPECT(ue_report_signal(UE_A, PF_DECISION_PREPARE, -7600) == COAPS_CHANGED);
	EXPECT(comes_to(UE_A, 1) && UE_A->connects == 1 && UE_B->connects == 1);
	go_home(UE_A, UE_B);
	/* With another version, what was reported before does not count. */
	report_fall(UE_A, -6000, 4);
	EXPECT(ue_offer_terms(UE_A, UE_B, &terms) == COAPS_CREATED);
	EXPECT(ue_confirm(UE_A) == COAPS_CHANGED);
	report_fall(UE_A, -6800, 4);
	run_for(300);
	EXPECT(UE_A->connects == 1);
	agree(UE_A, UE_B);
}

static void test_same_operator(void)
{
	struct ue was = *UE_A;

	forget_orders();
	agree(UE_A, UE_C);
	agree(UE_C, UE_A);
	EXPECT(ue_report(UE_C, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_C->connects, 1, WAIT_MS));
	expect_pair(UE_C, UE_A);
	go_home(UE_C, UE_A);
	EXPECT(ask(UE_A, COAPS_DELETE, path_of(UE_A, "pf/v1/ues/%s/agreements/%u",
					       UE_A->agreement), NULL, 0) == COAPS_DELETED);
	UE_A->agreement = was.agreement;
	UE_A->version = was.version;
}

/* --- what can go wrong ---------------------------------------------------- */

static void disk_is_full(const struct daemon *d, bool is_full)
{
	struct rlimit limit = { is_full ? 0 : RLIM_INFINITY, RLIM_INFINITY };

	EXPECT(!prlimit(d->pid, RLIMIT_FSIZE, &limit, NULL));
}

/* What is refused has not happened, and may be asked for again. */
static void test_full(void)
{
	struct pf_sessions doc;

	forget_orders();
	disk_is_full(&daemons[0], true);
	EXPECT(ue_offer(UE_A, UE_B) == COAPS_INTERNAL_ERROR);
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_INTERNAL_ERROR);
	EXPECT(ue_sessions(UE_A, &doc) == 0);
	run_for(1500);
	EXPECT(!UE_A->connects && !UE_B->connects);
	disk_is_full(&daemons[0], false);
	EXPECT(ue_report_as(UE_A, PF_DECISION_PREPARE, UE_A->seq) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_B->connects, 1, WAIT_MS));
	expect_pair(UE_A, UE_B);

	disk_is_full(&daemons[0], true);
	EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_INTERNAL_ERROR);
	EXPECT(ue_sessions(UE_A, &doc) == 1);
	disk_is_full(&daemons[0], false);
	EXPECT(ue_report_as(UE_A, PF_DECISION_RELEASE, UE_A->seq) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->releases, 1, AGAIN_MS));
	EXPECT(run_until(&UE_B->releases, 1, AGAIN_MS));
	EXPECT(comes_to(UE_A, 0) && comes_to(UE_B, 0));
}

static void test_bad_requests(void)
{
	struct pf_registration doc = { .version = PF_VERSION + 1, .boot = 1 };
	static const uint8_t junk[PF_MAX_SIZE] = { 0xbf, 0x61, 0xff };
	uint8_t body[PF_MAX_SIZE];
	struct pf_problem problem;
	struct coaps_message other;
	const char *why, *path;

	EXPECT(ask(UE_C, COAPS_PUT, path_of(UE_A, "pf/v1/ues/%s", 0), junk, 3) ==
	       COAPS_FORBIDDEN);
	EXPECT(ask(UE_C, COAPS_GET, path_of(UE_A, "pf/v1/sessions/%s", 0), NULL, 0) ==
	       COAPS_FORBIDDEN);
	path = path_of(UE_C, "pf/v1/ues/%s", 0);
	EXPECT(ask(UE_C, COAPS_PUT, path, junk, 3) == COAPS_BAD_REQUEST);
	EXPECT(ask(UE_C, COAPS_PUT, path, junk, sizeof(junk)) == COAPS_BAD_REQUEST);
	EXPECT(ask(UE_C, COAPS_POST, path, junk, 3) == COAPS_METHOD_NOT_ALLOWED);
	EXPECT(ask(UE_C, COAPS_PUT, path, body,
		   pf_encode_registration(&doc, body, sizeof(body))) == COAPS_BAD_REQUEST);
	EXPECT(!pf_decode_problem(&problem, said.body, said.len, &why));
	EXPECT(!strcmp(problem.title, "protocol version"));
	other = message(COAPS_PUT, path, junk, 3);
	other.format = 50;
	EXPECT(send_it(UE_C, &other) == COAPS_UNSUPPORTED_FORMAT);
	EXPECT(ask(UE_C, COAPS_GET, "pf/v2/ues", NULL, 0) == COAPS_NOT_FOUND);
	EXPECT(ask(UE_C, COAPS_PUT, "pf/v1/reports/99999", junk, 3) == COAPS_NOT_FOUND);
	EXPECT(ask(UE_C, COAPS_PUT, "pf6/v1/assists/" A "/1", junk, 3) == COAPS_NOT_FOUND);
}

/* C names those who have not named it. */
static void test_no_consent(void)
{
	forget_orders();
	EXPECT(ue_offer(UE_C, UE_B) == COAPS_CREATED);
	EXPECT(ue_report(UE_C, PF_DECISION_PREPARE) == COAPS_PRECONDITION_FAILED);
	EXPECT(ue_confirm(UE_C) == COAPS_CHANGED);
	EXPECT(ue_report(UE_C, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_C->releases, 1, WAIT_MS));
	EXPECT(comes_to(UE_C, 0));
	agree(UE_C, UE_A);
	EXPECT(ue_report(UE_C, PF_DECISION_PREPARE) == COAPS_FORBIDDEN);
	run_for(300);
	EXPECT(!UE_A->connects && !UE_B->connects && !UE_A->bad && !UE_B->bad);
}

static void test_candidates(void)
{
	char session[PF_SESSION_SIZE];

	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	strcpy(session, UE_A->connect.session);
	EXPECT(candidate(UE_A, session, 0xc6336401) == COAPS_FORBIDDEN);
	EXPECT(candidate(UE_A, session, 0x7f000001) == COAPS_BAD_REQUEST);
	EXPECT(candidate(UE_A, session, 0xe0000001) == COAPS_BAD_REQUEST);
	EXPECT(candidate(UE_C, session, 0xc0000207) == COAPS_NOT_FOUND);
	EXPECT(candidate(UE_A, session, 0xc0000207) == COAPS_CHANGED);
	go_home(UE_A, UE_B);
}

static void test_strangers(void)
{
	static struct {
		const char *file, *ca, *function;
		in_port_t port;
	} rows[] = {
		{ "expired", "ues", A, 0 },
		/* A UE of another function; one of no function */
		{ "ue-b", "ues", A, 0 },
		{ "pf-a", "ues", A, 0 },
		/* Of the wrong authority, of the right one but no peer */
		{ "peer-b", "functions", A, 0 },
		{ "pf-b", "functions", A, MNO_CONF_PEER_PORT },
		{ "rogue", "functions", A, MNO_CONF_PEER_PORT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ue ue = {
			.file = rows[i].file, .ca = rows[i].ca, .function = rows[i].function,
			.last = 1, .port = rows[i].port ?: MNO_CONF_UE_PORT,
		};
		bool up;

		ue_open(&ue);
		up = ue_connect(&ue);
		/* Its own side may have been content before it was told. */
		if (up)
			run_until(&ue.gone, 1, 3000);
		ktap_expect(!up || ue.gone, __LINE__, "%s", ue.file);
		coaps_close(ue.coaps);
	}
}

/* A function that is known, and does what it may not. */
static void test_rogue_function(void)
{
	struct ue rogue = { .file = "peer-b", .ca = "functions", .function = A, .last = 1,
			    .port = MNO_CONF_PEER_PORT };

	forget_orders();
	ue_open(&rogue);
	EXPECT(ue_connect(&rogue));
	EXPECT(rogue_asks(&rogue, A "/77", "ue-b@" B, "ue-a@" A) == COAPS_FORBIDDEN);
	EXPECT(rogue_asks(&rogue, B "/77", "ue-c@" A, "ue-a@" A) == COAPS_FORBIDDEN);
	EXPECT(rogue_asks(&rogue, B "/77", "ue-b@" B, "ue-b@" B) == COAPS_BAD_REQUEST);
	/* Without consent, unknown, and not there: all the same. */
	EXPECT(rogue_asks(&rogue, B "/77", "ue-x@" B, "ue-a@" A) == COAPS_FORBIDDEN);
	EXPECT(rogue_asks(&rogue, B "/77", "ue-x@" B, "ue-y@" A) == COAPS_FORBIDDEN);
	/* What is not there need not be ended. */
	EXPECT(ask(&rogue, COAPS_DELETE, "pf6/v1/assists/" A "/1", NULL, 0) == COAPS_DELETED);
	EXPECT(!UE_A->connects);
	EXPECT(rogue_asks(&rogue, B "/77", "ue-b@" B, "ue-a@" A) == COAPS_CREATED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(rogue_asks(&rogue, B "/76", "ue-b@" B, "ue-a@" A) == COAPS_FORBIDDEN);
	/* Again it is no news; for other UEs it is another session. */
	EXPECT(rogue_asks(&rogue, B "/77", "ue-b@" B, "ue-a@" A) == COAPS_CREATED);
	agree(UE_C, UE_B);
	EXPECT(rogue_asks(&rogue, B "/77", "ue-b@" B, "ue-c@" A) == COAPS_FORBIDDEN);
	run_for(300);
	EXPECT(UE_A->connects == 1 && !UE_C->connects);
	EXPECT(ask(&rogue, COAPS_DELETE, "pf6/v1/assists/" B "/77", NULL, 0) == COAPS_DELETED);
	EXPECT(run_until(&UE_A->releases, 1, WAIT_MS));
	coaps_close(rogue.coaps);
}

static unsigned int flood_answers, flood_refused;

static void on_flood(void *data, int error, const struct coaps_message *response)
{
	(void)data;
	flood_answers++;
	flood_refused += !error && response->code == COAPS_TOO_MANY_REQUESTS;
}

/* Until some are refused. Return: how many came through before. */
static unsigned int flood(struct ue *ue, const struct coaps_message *request)
{
	unsigned int sent = 0;

	flood_answers = flood_refused = 0;
	while (!flood_refused && sent < MAX_FLOOD) {
		for (int j = 0; j < 8; j++)
			sent += !coaps_request(ue->assoc, request, on_flood, NULL);
		if (!run_until(&flood_answers, sent, WAIT_MS))
			return 0;
	}
	return flood_answers - flood_refused;
}

static void test_flood(void)
{
	struct coaps_message request =
		message(COAPS_GET, path_of(UE_C, "pf/v1/sessions/%s", 0), NULL, 0);

	EXPECT(flood(UE_C, &request) >= SUBSCRIBER_BURST / 2);
	EXPECT(flood_refused);
	EXPECT(comes_to(UE_A, 0));
	run_for(2000);
}

static void test_function_flood(void)
{
	struct ue rogue = { .file = "peer-b", .ca = "functions", .function = A, .last = 1,
			    .port = MNO_CONF_PEER_PORT };
	struct coaps_message request =
		message(COAPS_DELETE, "pf6/v1/assists/" A "/1", NULL, 0);

	ue_open(&rogue);
	EXPECT(ue_connect(&rogue));
	EXPECT(flood(&rogue, &request) >= 100);
	EXPECT(flood_refused);
	coaps_close(rogue.coaps);
	run_for(2000);
}

/* --- killed --------------------------------------------------------------- */

static bool is_mapped(void)
{
	return hosts_run(0, "nft list map inet prosefd-nat in4 | grep -q '192.0.2.1 . 7'");
}

/* Return: the port that B is told besides the one that A has named; 0: none. */
static in_port_t told_port(const char *session)
{
	const struct sockaddr_in *in = (void *)&UE_B->theirs.candidate[1].addr;

	UE_B->told = 0;
	EXPECT(candidate(UE_A, session, 0xc0000201) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->told, 1, WAIT_MS));
	if (UE_B->theirs.n != 2 || in->sin_addr.s_addr != htonl(0xcb007101))
		return 0;
	return ntohs(in->sin_port);
}

/* UEs and functions are on one host: A speaks from 192.0.2.1. */
static void test_mapped(void)
{
	char session[PF_SESSION_SIZE];
	in_port_t port;

	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	strcpy(session, UE_A->connect.session);
	UE_B->told = 0;
	EXPECT(candidate(UE_A, session, 0xc0000207) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->told, 1, WAIT_MS));
	ktap_expect(UE_B->theirs.n == 1, __LINE__, "another's address is not mapped");
	port = told_port(session);
	EXPECT(port >= MNO_CONF_NAT_PORT_MIN && port <= MNO_CONF_NAT_PORT_MAX && is_mapped());
	restart(&daemons[0], UE_A);
	EXPECT(!is_mapped());
	/* At the same port, so that B knows it. */
	UE_B->told = 0;
	EXPECT(candidate(UE_A, session, 0xc0000201) == COAPS_CHANGED && is_mapped());
	run_for(1000);
	EXPECT(!UE_B->told);
	/* It speaks of another address, and the first one is not its own any more. */
	UE_B->told = 0;
	EXPECT(candidate(UE_A, session, 0xc0000207) == COAPS_CHANGED);
	EXPECT(!is_mapped());
	EXPECT(run_until(&UE_B->told, 1, WAIT_MS) && UE_B->theirs.n == 1);
	EXPECT(told_port(session) == port && is_mapped());
	go_home(UE_A, UE_B);
	EXPECT(!is_mapped());
	forget_orders();
}

/* It is started anew, and allows less than before. */
static void test_limits(void)
{
	uint32_t old;

	forget_orders();
	agree(UE_A, UE_B);
	old = UE_A->version;
	daemons[0].window_s = 300;
	restart(&daemons[0], UE_A);
	EXPECT(run_until(&UE_A->offers, 1, WAIT_MS));
	EXPECT(UE_A->offer.id == UE_A->agreement && UE_A->offer.version == old + 1);
	EXPECT(!strcmp(UE_A->offer.peer, UE_B->epuid) && UE_A->offer.window_s == 300);
	EXPECT(UE_A->offer.min_report_ms == 3000 && UE_A->offer.wg_key[0] == key_of(UE_A));
	/* It was lost: it is the same one again. */
	restart(&daemons[0], UE_A);
	EXPECT(run_until(&UE_A->offers, 2, WAIT_MS));
	EXPECT(UE_A->offer.version == old + 1 && UE_A->offer.window_s == 300);
	/* The old one does not count, the new one does not yet. */
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_PRECONDITION_FAILED);
	EXPECT(ue_confirm(UE_A) == COAPS_PRECONDITION_FAILED);
	EXPECT(ue_report(UE_B, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_B->releases, 1, AGAIN_MS) && comes_to(UE_B, 0));
	EXPECT(!UE_A->connects);
	UE_A->version = UE_A->offer.version;
	EXPECT(ue_confirm(UE_A) == COAPS_CHANGED);
	EXPECT(ue_register(UE_A) == COAPS_CHANGED);
	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_B->connects, 1, AGAIN_MS));
	expect_pair(UE_A, UE_B);
	EXPECT(UE_A->connect.version == old + 1 && UE_A->connect.valid_s <= 300);
	go_home(UE_A, UE_B);
	/* What was confirmed is within the limits. */
	restart(&daemons[0], UE_A);
	run_for(500);
	EXPECT(!UE_A->offers);
	daemons[0].window_s = 3600;
}

enum step {
	REGISTERED, OFFERED, CONFIRMED, REPORTED, ORDERED, EXECUTED, RELEASED, STEPS,
};

static void take_step(enum step step)
{
	switch (step) {
	case REGISTERED:
		ue_register(UE_A);
		break;
	case OFFERED:
		ue_offer(UE_A, UE_B);
		break;
	case CONFIRMED:
		ue_confirm(UE_A);
		break;
	case REPORTED:
		EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
		break;
	case ORDERED:
		EXPECT(run_until(&UE_B->connects, 1, AGAIN_MS + WAIT_MS));
		EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
		/* What is late may come first. */
		for (int i = 0; i < AGAIN_MS / 100 &&
		     strcmp(UE_A->connect.session, UE_B->connect.session) != 0; i++)
			run_for(100);
		expect_pair(UE_A, UE_B);
		break;
	case EXECUTED:
		EXPECT(ue_report(UE_A, PF_DECISION_EXECUTE) == COAPS_CHANGED);
		break;
	default:
		EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_CHANGED);
		break;
	}
}

static void kill_at(struct daemon *d, struct ue *ue, enum step killed)
{
	forget_orders();
	for (enum step step = 0; step < STEPS; step++) {
		take_step(step);
		if (step != killed)
			continue;
		restart(d, ue);
	}
	ktap_expect(comes_to(UE_A, 0), __LINE__, "a, step %d", killed);
	ktap_expect(comes_to(UE_B, 0), __LINE__, "b, step %d", killed);
}

static void test_killed(void)
{
	for (enum step step = 0; step < STEPS; step++)
		kill_at(&daemons[0], UE_A, step);
}

static void test_other_killed(void)
{
	for (enum step step = 0; step < STEPS; step++)
		kill_at(&daemons[1], UE_B, step);
}

/* --- all of it ------------------------------------------------------------ */

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "UEs register and agree", test_begin },
		{ "a report, and both UEs are ordered; home again", test_connect },
		{ "both functions ask at once", test_tie },
		{ "a signal that falls, and the function acts before its UE", test_judged },
		{ "UEs of one function", test_same_operator },
		{ "what cannot be stored is refused, and has not happened", test_full },
		{ "requests that are none", test_bad_requests },
		{ "a UE that was not named is left alone", test_no_consent },
		{ "candidates that are nobody's to name", test_candidates },
		{ "strangers are not let in", test_strangers },
		{ "a function that asks for what is not its own", test_rogue_function },
		{ "a flood of one UE is its own loss", test_flood },
		{ "a flood of another function as well", test_function_flood },
		{ "the function allows less than was agreed on, and offers that", test_limits },
		{ "a NAT of the operator's maps the UE's own port", test_mapped },
		{ "the function is killed at any step", test_killed },
		{ "the other function is killed at any step", test_other_killed },
	};
	int status;

	if (!ends_begin())
		return 4;
	status = ktap_run(KTAP_CASES(cases));
	ends_finish();
	return status;
}
