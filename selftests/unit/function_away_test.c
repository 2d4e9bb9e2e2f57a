// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who was away: UEs and functions that come again are told what holds, and what is said of a
 * session that has ended leaves nothing behind. Function A is killed and goes on; where B's is
 * a stand-in, it says what a real one would, at the time that the test wants.
 */
#include "function_ends.h"
#include "sql.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/mno/assist.h"
#include "../../userspace/mno/mno_conf.h"

#include <unistd.h>

enum {
	/* What is over here is over there. */
	SOON_MS = 2000,
	/* Nothing more comes. */
	QUIET_MS = 500,
	HOST = 0xc0000221,
};

static char session[PF_SESSION_SIZE];

static void connect_both(void)
{
	forget_orders();
	UE_A->told = UE_B->told = UE_C->told = 0;
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(run_until(&UE_B->connects, 1, AGAIN_MS));
	strcpy(session, UE_A->connect.session);
}

static bool is_told(const struct ue *ue, uint32_t address)
{
	const struct sockaddr_in *in = (const void *)&ue->theirs.candidate[0].addr;

	return ue->theirs.n == 1 && in->sin_addr.s_addr == htonl(address);
}

static bool quiet(const struct ue *ue, unsigned int told)
{
	run_for(QUIET_MS);
	return ue->told == told;
}

/* --- a stand-in of B's function ------------------------------------------- */

/**
 * struct stand_in - what it was asked, and answers
 * @event: its own loop, so that it answers when it is let
 * @known: it knows sessions; else 4.04
 * @busy: it cannot take candidates now
 */
static struct stand_in {
	sd_event *event;
	struct coaps *coaps;
	unsigned int up, assists, candidates, alerts, cancels;
	bool known, busy;
	uint64_t up_ns;
} b;

static void answer_assist(struct coaps_message *response)
{
	struct pf_assist_answer answer = { .version = PF_VERSION, .wg_key = { key_of(UE_B) } };

	b.assists++;
	response->code = COAPS_CREATED;
	response->format = PF_FORMAT_CBOR;
	response->body = coaps_body();
	response->len = pf_encode_assist_answer(&answer, coaps_body(), COAPS_MAX_BODY);
}

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	(void)data;
	(void)assoc;
	response->code = b.known ? COAPS_CHANGED : COAPS_NOT_FOUND;
	if (strstr(request->path, "/candidates")) {
		b.candidates++;
		if (b.busy)
			response->code = COAPS_UNAVAILABLE;
	} else if (strstr(request->path, "/alert")) {
		b.alerts++;
	} else if (request->code == COAPS_DELETE) {
		b.cancels++;
		response->code = COAPS_DELETED;
	} else {
		answer_assist(response);
	}
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	(void)data;
	(void)assoc;
	b.up++;
	b.up_ns = clock_now_ns(CLOCK_BOOTTIME);
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	(void)data;
	(void)assoc;
	(void)why;
}

static const struct coaps_ops b_ops = { requested, connected, closed };

static void stand_in_open(void)
{
	char cert[128], key[128], ca[128];
	struct coaps_setup setup = { .cert = cert, .key = key, .ca = ca, .ops = &b_ops };

	*(struct sockaddr_in *)&setup.listen = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(MNO_CONF_PEER_PORT),
		.sin_addr = { htonl(0xc0000202) },
	};
	snprintf(cert, sizeof(cert), "%s", ends_path("peer-b.pem"));
	snprintf(key, sizeof(key), "%s", ends_path("peer-b.key"));
	snprintf(ca, sizeof(ca), "%s", ends_path("functions.pem"));
	if (!b.event && sd_event_new(&b.event) < 0)
		abort();
	b.up = 0;
	if (coaps_open(&b.coaps, b.event, &setup))
		abort();
}

static void stand_in_close(void)
{
	coaps_close(b.coaps);
	b.coaps = NULL;
}

/* Both loops, until *@what has come to @value. */
static bool both_until(const unsigned int *what, unsigned int value, unsigned int ms)
{
	uint64_t until = clock_now_ns(CLOCK_BOOTTIME) + ms * 1000000ull;

	while (*what < value && clock_now_ns(CLOCK_BOOTTIME) < until) {
		sd_event_run(b.event, 5000);
		sd_event_run(event, 5000);
	}
	return *what >= value;
}

static void both_for(unsigned int ms)
{
	static const unsigned int never;

	both_until(&never, 1, ms);
}

/* A's function has found it. */
static void stand_in_begin(bool known)
{
	b.assists = b.candidates = b.alerts = b.cancels = 0;
	b.known = known;
	stand_in_open();
	EXPECT(both_until(&b.up, 1, AGAIN_MS));
	both_for(100);
}

static void stand_in_connect(void)
{
	forget_orders();
	/* The session before may have ended for another reason. */
	ue_report(UE_A, PF_DECISION_RELEASE);
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(both_until(&UE_A->connects, 1, WAIT_MS));
	strcpy(session, UE_A->connect.session);
}

/* --- who comes again is told ---------------------------------------------- */

static void test_begin(void)
{
	for (size_t i = 0; i < UES; i++) {
		EXPECT(ue_connect(&ues[i]));
		EXPECT(ue_register(&ues[i]) == COAPS_CREATED);
	}
	agree(UE_A, UE_B);
	agree(UE_B, UE_A);
	/* The functions find each other. */
	run_for(2500);
}

static void test_ue_anew(void)
{
	connect_both();
	EXPECT(candidate(UE_B, session, HOST) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 1, WAIT_MS) && is_told(UE_A, HOST));
	/* The same association or another one: it is the same helper, and knows. */
	EXPECT(ue_register_as(UE_A, 1, session) == COAPS_CHANGED);
	EXPECT(ue_connect(UE_A) && ue_register_as(UE_A, 1, session) == COAPS_CHANGED);
	EXPECT(quiet(UE_A, 1) && UE_A->connects == 1);
	/* It knows the session, but no candidates any more. */
	EXPECT(ue_register_as(UE_A, 2, session) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 2, WAIT_MS) && is_told(UE_A, HOST));
	EXPECT(quiet(UE_A, 2) && UE_A->connects == 1);
	/* It knows nothing. */
	EXPECT(ue_register_as(UE_A, 3, NULL) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 3, WAIT_MS) && is_told(UE_A, HOST));
	EXPECT(quiet(UE_A, 3) && UE_A->connects == 2);
	go_home(UE_A, UE_B);
	EXPECT(ue_register(UE_A) == COAPS_CHANGED);
}

static void test_same_again(void)
{
	connect_both();
	EXPECT(candidate(UE_B, session, HOST) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 1, WAIT_MS));
	EXPECT(candidate(UE_B, session, HOST) == COAPS_CHANGED);
	EXPECT(quiet(UE_A, 1));
	EXPECT(candidate(UE_B, session, HOST + 1) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 2, WAIT_MS) && is_told(UE_A, HOST + 1));
	go_home(UE_A, UE_B);
}

/* What UE B names while A's function is away. */
static void test_function_away(void)
{
	connect_both();
	/* That an order was answered is stored with the next second. */
	run_for(1500);
	daemon_kill(&daemons[0]);
	EXPECT(candidate(UE_B, session, HOST) == COAPS_CHANGED);
	EXPECT(quiet(UE_A, 0));
	daemon_begin(&daemons[0]);
	EXPECT(ue_connect(UE_A) && ue_register_as(UE_A, 1, session) == COAPS_CREATED);
	EXPECT(run_until(&UE_A->told, 1, AGAIN_MS) && is_told(UE_A, HOST));
	run_for(1500);
	EXPECT(UE_A->told == 1);
	/* Now it has forgotten what it was told. */
	daemon_kill(&daemons[0]);
	daemon_begin(&daemons[0]);
	EXPECT(ue_connect(UE_A) && ue_register_as(UE_A, 1, session) == COAPS_CREATED);
	EXPECT(run_until(&UE_A->told, 2, AGAIN_MS) && is_told(UE_A, HOST));
	EXPECT(quiet(UE_A, 2) && UE_A->connects == 1);
	go_home(UE_A, UE_B);
}

/* A UE that is away is told both, the session first. */
static void test_ue_away(void)
{
	connect_both();
	coaps_disconnect(UE_A->assoc);
	UE_A->assoc = NULL;
	EXPECT(candidate(UE_B, session, HOST) == COAPS_CHANGED);
	run_for(QUIET_MS);
	EXPECT(ue_report(UE_B, PF_DECISION_EXECUTE) == COAPS_CHANGED);
	run_for(QUIET_MS);
	EXPECT(!UE_A->told && UE_A->connects == 1);
	EXPECT(ue_connect(UE_A) && ue_register_as(UE_A, 1, session) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->told, 1, WAIT_MS) && is_told(UE_A, HOST));
	EXPECT(UE_A->connects == 2 && UE_A->connect.decision == PF_DECISION_EXECUTE);
	EXPECT(ue_report(UE_B, PF_DECISION_RELEASE) == COAPS_CHANGED);
	go_home(UE_A, UE_B);
}

/* --- what comes late ------------------------------------------------------ */

/* Function B asks for what UE A has ended. */
static void test_asked_late(void)
{
	struct ue rogue = { .file = "peer-b", .ca = "functions", .function = A, .last = 1,
			    .port = MNO_CONF_PEER_PORT };

	forget_orders();
	ue_open(&rogue);
	EXPECT(ue_connect(&rogue));
	EXPECT(rogue_asks(&rogue, B "/901", UE_B->epuid, UE_A->epuid) == COAPS_CREATED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(ask(UE_A, COAPS_DELETE, path_of(UE_A, "pf/v1/ues/%s/agreements/%u",
					       UE_A->agreement), NULL, 0) == COAPS_DELETED);
	EXPECT(run_until(&UE_A->releases, 1, WAIT_MS));
	agree(UE_A, UE_B);
	EXPECT(rogue_asks(&rogue, B "/901", UE_B->epuid, UE_A->epuid) == COAPS_NOT_FOUND);
	/* What it ends before it has begun. */
	EXPECT(ask(&rogue, COAPS_DELETE, "pf6/v1/assists/" B "/902", NULL, 0) == COAPS_DELETED);
	EXPECT(rogue_asks(&rogue, B "/902", UE_B->epuid, UE_A->epuid) == COAPS_NOT_FOUND);
	EXPECT(quiet(UE_A, UE_A->told) && UE_A->connects == 1 && comes_to(UE_A, 0));
	/* Another one is none of these, and what is there is agreed to again. */
	EXPECT(rogue_asks(&rogue, B "/903", UE_B->epuid, UE_A->epuid) == COAPS_CREATED);
	EXPECT(run_until(&UE_A->connects, 2, WAIT_MS));
	EXPECT(ask(UE_A, COAPS_DELETE, path_of(UE_A, "pf/v1/ues/%s", 0), NULL, 0) ==
	       COAPS_DELETED);
	EXPECT(rogue_asks(&rogue, B "/903", UE_B->epuid, UE_A->epuid) == COAPS_CREATED);
	EXPECT(ue_register_as(UE_A, 1, B "/903") == COAPS_CREATED);
	EXPECT(ask(&rogue, COAPS_DELETE, "pf6/v1/assists/" B "/903", NULL, 0) == COAPS_DELETED);
	EXPECT(run_until(&UE_A->releases, 2, WAIT_MS));
	coaps_close(rogue.coaps);
}

/* The other function agrees when it is over here: it is told once more. */
static void test_answered_late(void)
{
	daemon_kill(&daemons[1]);
	stand_in_begin(true);
	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->connects, 1, WAIT_MS));
	EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->releases, 1, WAIT_MS) && comes_to(UE_A, 0));
	EXPECT(!b.assists && !b.cancels);
	EXPECT(both_until(&b.cancels, 2, WAIT_MS) && b.assists == 1);
	both_for(QUIET_MS);
	EXPECT(b.cancels == 2);
}

/* It has forgotten the session when it is told candidates. */
static void test_candidates_late(void)
{
	uint64_t ns;

	stand_in_connect();
	EXPECT(both_until(&b.assists, 2, WAIT_MS));
	both_for(100);
	b.known = false;
	ns = clock_now_ns(CLOCK_BOOTTIME);
	EXPECT(candidate(UE_A, session, HOST) == COAPS_CHANGED);
	EXPECT(both_until(&UE_A->releases, 1, WAIT_MS));
	EXPECT(b.candidates == 1 && comes_to(UE_A, 0));
	EXPECT(clock_now_ns(CLOCK_BOOTTIME) - ns < SOON_MS * 1000000ull);
	b.known = true;
}

/* It comes again and does not know it, or was not there when it ended. */
static void test_function_forgets(void)
{
	stand_in_connect();
	EXPECT(both_until(&b.assists, 3, WAIT_MS));
	both_for(100);
	stand_in_close();
	stand_in_begin(false);
	EXPECT(both_until(&UE_A->releases, 1, WAIT_MS));
	EXPECT(clock_now_ns(CLOCK_BOOTTIME) - b.up_ns < SOON_MS * 1000000ull);
	b.known = true;
	stand_in_connect();
	EXPECT(both_until(&b.assists, 1, WAIT_MS));
	both_for(100);
	stand_in_close();
	EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->releases, 1, WAIT_MS) && comes_to(UE_A, 0));
	/* Until all that is on its way is given up. */
	run_for(30000);
	stand_in_begin(true);
	EXPECT(both_until(&b.cancels, 1, SOON_MS));
	both_for(QUIET_MS);
	EXPECT(b.cancels == 1);
	stand_in_close();
	stand_in_begin(true);
	EXPECT(!b.cancels);
}

/* Candidates that it has not heard, or may have forgotten, are told when it is there. */
static void test_function_told(void)
{
	stand_in_connect();
	EXPECT(both_until(&b.assists, 1, WAIT_MS));
	both_for(100);
	EXPECT(candidate(UE_A, session, HOST) == COAPS_CHANGED);
	EXPECT(both_until(&b.candidates, 1, WAIT_MS));
	EXPECT(candidate(UE_A, session, HOST) == COAPS_CHANGED);
	both_for(QUIET_MS);
	EXPECT(b.candidates == 1);
	b.busy = true;
	EXPECT(candidate(UE_A, session, HOST + 2) == COAPS_CHANGED);
	EXPECT(both_until(&b.candidates, 2, WAIT_MS));
	both_for(100);
	b.busy = false;
	EXPECT(both_until(&b.candidates, 3, ASSIST_COMPARE_S * 1000 + SOON_MS));
	stand_in_close();
	EXPECT(candidate(UE_A, session, HOST + 1) == COAPS_CHANGED);
	stand_in_begin(true);
	EXPECT(both_until(&b.candidates, 1, SOON_MS));
	both_for(QUIET_MS);
	EXPECT(b.candidates == 1);
	stand_in_close();
	stand_in_begin(true);
	EXPECT(both_until(&b.candidates, 1, SOON_MS));
	EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(both_until(&UE_A->releases, 1, WAIT_MS));
	stand_in_close();
	daemon_begin(&daemons[1]);
}

/* --- who never comes again ------------------------------------------------ */

static int64_t count(const char *sql)
{
	return sql_number(ends_path("a/prosefd.db"), sql);
}

static bool comes_to_orders(int64_t n)
{
	for (int i = 0; i < 50 && count("SELECT count(*) FROM outstanding") != n; i++)
		run_for(100);
	return count("SELECT count(*) FROM outstanding") == n;
}

static void test_never(void)
{
	EXPECT(ue_connect(UE_C) && ue_register(UE_C) == COAPS_CREATED);
	agree(UE_A, UE_C);
	agree(UE_C, UE_A);
	forget_orders();
	EXPECT(ue_report(UE_A, PF_DECISION_PREPARE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_C->connects, 1, WAIT_MS));
	EXPECT(comes_to_orders(0));
	coaps_disconnect(UE_C->assoc);
	UE_C->assoc = NULL;
	EXPECT(ue_report(UE_A, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(run_until(&UE_A->releases, 1, WAIT_MS) && comes_to_orders(1));
	restart(&daemons[0], UE_A);
	run_for(2000);
	EXPECT(count("SELECT count(*) FROM outstanding") == 1);
	daemon_kill(&daemons[0]);
	count("UPDATE outstanding SET at = at - 24 * 3600");
	daemon_begin(&daemons[0]);
	EXPECT(ue_connect(UE_A) && ue_register(UE_A) == COAPS_CREATED);
	EXPECT(comes_to_orders(0));
	EXPECT(count("SELECT count(*) FROM audit WHERE who = 'ue-c@" A "' AND what LIKE"
		     " '%is dropped: no answer for 24 h'") == 1);
	/* It comes all the same, and says what it has. */
	EXPECT(ue_connect(UE_C) && ue_register_as(UE_C, 1, UE_C->connect.session) ==
	       COAPS_CREATED);
	EXPECT(run_until(&UE_C->releases, 1, WAIT_MS) && comes_to_orders(0));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "UEs register and agree", test_begin },
		{ "a UE that begins anew is told the peer's candidates again", test_ue_anew },
		{ "the same candidates are told once", test_same_again },
		{ "a function that was away is told candidates", test_function_away },
		{ "a UE that was away is told them after the session", test_ue_away },
		{ "what has ended is not begun again", test_asked_late },
		{ "a function that agrees too late is told so", test_answered_late },
		{ "candidates of what the other one has ended end it here", test_candidates_late },
		{ "a function that comes again: both know what is over", test_function_forgets },
		{ "and what candidates there are", test_function_told },
		{ "a UE that never comes again leaves no orders", test_never },
	};
	int status;

	if (!ends_begin())
		return 4;
	status = ktap_run(KTAP_CASES(cases));
	ends_finish();
	return status;
}
