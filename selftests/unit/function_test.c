// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * function_test: two functions, each a process of its own that is killed at any time,
 * and UEs that speak with them over DTLS. They are all on one host.
 */
#include "ktap.h"
#include "hosts.h"
#include "scratch.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/mno/assist.h"
#include "../../userspace/mno/function.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define A "a.example"
#define B "b.example"

enum {
	WAIT_MS = 8000,
	/* A function that has gone is missed, and found again. */
	AGAIN_MS = 20000,
	/* Requests, until some are refused. */
	MAX_FLOOD = 20000,
};

static sd_event *event;

/* --- functions ------------------------------------------------------------ */

static struct daemon {
	const char *name, *peer;
	unsigned int last, peer_last;
	pid_t pid;
	unsigned int window_s;
	const char *more;
} daemons[] = {
	{ "a", "b", 1, 2, 0, 3600,
	  "NatControl=lo\nNatAddress=203.0.113.1\nNatNetworks=192.0.2.0/24\n" },
	{ "b", "a", 2, 1, 0, 3600, "" },
};

static void write_conf(const struct daemon *d, char *text, size_t size)
{
	snprintf(text, size,
		 "[Function]\nPFID=%s.example\nListen=192.0.2.%u\nListenPeers=192.0.2.%u\n"
		 "Certificate=%s/pf-%s.pem\nKey=%s/pf-%s.key\nAuthority=%s/ues.pem\n"
		 "PeerCertificate=%s/peer-%s.pem\nPeerKey=%s/peer-%s.key\n"
		 "PeerAuthority=%s/functions.pem\nRelayAddress=192.0.2.%u\n"
		 "OwnNetworks=198.51.100.0/24\nMinReportInterval=100\nAssistsPerMinute=1000\n"
		 "MaxWindow=%u\n%s[Peer]\nPFID=%s.example\nAddress=192.0.2.%u\n",
		 d->name, d->last, d->last, scratch_dir, d->name, scratch_dir, d->name,
		 scratch_dir, scratch_dir, d->name, scratch_dir, d->name, scratch_dir, d->last,
		 d->window_s, d->more, d->peer, d->peer_last);
}

static void daemon_run(const struct daemon *d)
{
	static struct function f;
	char text[4096], problem[MNO_CONF_PROBLEM_SIZE], path[PATH_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGXFSZ, SIG_IGN);
	snprintf(path, sizeof(path), "%s/control-%s", scratch_dir, d->name);
	setenv("PROSEFD_CONTROL", path, 1);
	snprintf(path, sizeof(path), "%s/%s", scratch_dir, d->name);
	mkdir(path, 0700);
	write_conf(d, text, sizeof(text));
	f.figures.version = "test";
	if (!mno_conf_parse(&f.conf, text, strlen(text), problem))
		fprintf(stderr, "%s\n", problem);
	else if (sd_event_new(&f.event) >= 0 && !function_open(&f, path))
		sd_event_loop(f.event);
	_exit(1);
}

static void daemon_begin(struct daemon *d)
{
	d->pid = fork();
	if (d->pid < 0)
		abort();
	if (!d->pid)
		daemon_run(d);
}

static void daemon_kill(struct daemon *d)
{
	kill(d->pid, SIGKILL);
	EXPECT(waitpid(d->pid, NULL, 0) == d->pid);
}

/* --- UEs ------------------------------------------------------------------ */

/**
 * struct ue - one, or a rogue
 * @file: of its certificate
 * @ca: who vouches for those whom it asks
 * @last: of the address of whom it asks
 * @connects, @releases: orders
 * @connect: the last one
 * @told: of candidates
 * @theirs: the last ones
 * @offers: of the function
 * @offer: the last one
 */
static struct ue {
	const char *epuid, *file, *ca, *function;
	unsigned int last;
	in_port_t port;
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	unsigned int up, gone, connects, releases, bad;
	struct pf_order connect;
	unsigned int told;
	struct pf_candidates theirs;
	unsigned int offers;
	struct pf_agreement offer;
	uint64_t ordered_ns;
	uint32_t agreement, version, seq;
} ues[] = {
	{ .epuid = "ue-a@" A, .file = "ue-a", .ca = "ues", .function = A, .last = 1 },
	{ .epuid = "ue-b@" B, .file = "ue-b", .ca = "ues", .function = B, .last = 2 },
	{ .epuid = "ue-c@" A, .file = "ue-c", .ca = "ues", .function = A, .last = 1 },
};
#define UE_A (&ues[0])
#define UE_B (&ues[1])
#define UE_C (&ues[2])

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct ue *ue = data;
	struct pf_order order;
	const char *why;

	(void)assoc;
	response->code = COAPS_CHANGED;
	if (!strncmp(request->path, "pf-c/v1/agreements/", 19) &&
	    !pf_decode_agreement(&ue->offer, request->body, request->len, &why) &&
	    strtoul(request->path + 19, NULL, 10) == ue->offer.id) {
		ue->offers++;
		return;
	}
	if (strncmp(request->path, "pf-c/v1/orders/", 15) != 0 ||
	    pf_decode_order(&order, request->body, request->len, &why)) {
		ue->bad++;
		return;
	}
	if (order.kind == PF_ORDER_CONNECT) {
		ue->connect = order;
		ue->ordered_ns = clock_now_ns(CLOCK_BOOTTIME);
		ue->connects++;
	}
	if (order.kind == PF_ORDER_CANDIDATES) {
		ue->theirs = order.candidates;
		ue->told++;
	}
	ue->releases += order.kind == PF_ORDER_RELEASE;
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	struct ue *ue = data;

	(void)assoc;
	ue->up++;
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct ue *ue = data;

	(void)assoc;
	(void)why;
	ue->gone++;
	ue->assoc = NULL;
}

static const struct coaps_ops ue_ops = { requested, connected, closed };

static bool run_until(const unsigned int *what, unsigned int value, unsigned int ms)
{
	uint64_t until = clock_now_ns(CLOCK_BOOTTIME) + ms * 1000000ull;

	while (*what < value && clock_now_ns(CLOCK_BOOTTIME) < until)
		sd_event_run(event, 10000);
	return *what >= value;
}

static void run_for(unsigned int ms)
{
	static const unsigned int never;

	run_until(&never, 1, ms);
}

static void ue_open(struct ue *ue)
{
	char cert[128], key[128], ca[128];
	struct coaps_setup setup = {
		.cert = cert, .key = key, .ca = ca, .ops = &ue_ops, .data = ue,
	};

	snprintf(cert, sizeof(cert), "%s/%s.pem", scratch_dir, ue->file);
	snprintf(key, sizeof(key), "%s/%s.key", scratch_dir, ue->file);
	snprintf(ca, sizeof(ca), "%s/%s.pem", scratch_dir, ue->ca);
	if (coaps_open(&ue->coaps, event, &setup))
		abort();
}

/* Anew, if it is connected. The other end may have to begin first. */
static bool ue_connect(struct ue *ue)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in *in = (void *)&addr;
	unsigned int i;

	*in = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(ue->port ?: MNO_CONF_UE_PORT),
		.sin_addr = { htonl(0xc0000200 + ue->last) },
	};
	if (ue->assoc)
		coaps_disconnect(ue->assoc);
	ue->up = 0;
	for (i = 0; i < (ue->port ? 1 : 10) && !ue->up; i++) {
		ue->gone = 0;
		ue->assoc = coaps_connect(ue->coaps, NULL, &addr, ue->function, 25, ue);
		while (ue->assoc && !ue->up)
			run_until(&ue->up, 1, 100);
	}
	return ue->up;
}

/* What a request came to. */
static struct {
	unsigned int n, code;
	uint8_t body[COAPS_MAX_BODY];
	size_t len;
} said;

static void on_said(void *data, int error, const struct coaps_message *response)
{
	(void)data;
	said.n++;
	said.code = error ? 0 : response->code;
	said.len = error ? 0 : response->len;
	if (said.len)
		memcpy(said.body, response->body, said.len);
}

static struct coaps_message message(unsigned int method, const char *path,
				    const uint8_t *body, size_t len)
{
	struct coaps_message request = {
		.code = method, .format = len ? PF_FORMAT_CBOR : -1, .body = body, .len = len,
	};

	snprintf(request.path, sizeof(request.path), "%s", path);
	return request;
}

static unsigned int send_it(struct ue *ue, const struct coaps_message *request)
{
	said.n = said.code = 0;
	if (!ue->assoc || coaps_request(ue->assoc, request, on_said, NULL))
		return 0;
	run_until(&said.n, 1, AGAIN_MS);
	return said.code;
}

static unsigned int ask(struct ue *ue, unsigned int method, const char *path,
			const uint8_t *body, size_t len)
{
	struct coaps_message request = message(method, path, body, len);

	return send_it(ue, &request);
}

static const char *path_of(const struct ue *ue, const char *format, unsigned int number)
{
	static char path[COAPS_PATH_SIZE];

	snprintf(path, sizeof(path), format, ue->epuid, number);
	return path;
}

static unsigned int ue_register(struct ue *ue)
{
	struct pf_registration doc = { .version = PF_VERSION, .boot = 1 };
	uint8_t body[PF_MAX_SIZE];

	return ask(ue, COAPS_PUT, path_of(ue, "pf/v1/ues/%s", 0), body,
		   pf_encode_registration(&doc, body, sizeof(body)));
}

static uint8_t key_of(const struct ue *ue)
{
	return ue - ues + 1;
}

/* @terms: window, interval and triggers */
static unsigned int ue_offer_terms(struct ue *ue, const struct ue *peer,
				   const struct pf_agreement *terms)
{
	struct pf_agreement doc = *terms;
	uint8_t body[PF_MAX_SIZE];
	unsigned int code;
	const char *why;

	doc.has_peer_key = true;
	doc.wg_key[0] = key_of(ue);
	doc.peer_key[0] = key_of(peer);
	strcpy(doc.peer, peer->epuid);
	code = ask(ue, COAPS_POST, path_of(ue, "pf/v1/ues/%s/agreements", 0), body,
		   pf_encode_agreement(&doc, body, sizeof(body)));
	if (code != COAPS_CREATED)
		return code;
	EXPECT(!pf_decode_agreement(&doc, said.body, said.len, &why));
	ue->agreement = doc.id;
	ue->version = doc.version;
	return code;
}

static unsigned int ue_offer(struct ue *ue, const struct ue *peer)
{
	static const struct pf_agreement terms = { .window_s = 600, .min_report_ms = 3000 };

	return ue_offer_terms(ue, peer, &terms);
}

static unsigned int ue_confirm(struct ue *ue)
{
	struct pf_confirm doc = { .version = ue->version };
	uint8_t body[PF_MAX_SIZE];
	struct coaps_message request =
		message(COAPS_PUT, path_of(ue, "pf/v1/ues/%s/agreements/%u", ue->agreement),
			body, pf_encode_confirm(&doc, body, sizeof(body)));

	request.has_if_match = true;
	request.if_match = ue->version;
	return send_it(ue, &request);
}

static unsigned int ue_report_doc(struct ue *ue, const struct pf_report *doc)
{
	uint8_t body[PF_MAX_SIZE];
	char path[64];

	snprintf(path, sizeof(path), "pf/v1/reports/%u", ue->agreement);
	return ask(ue, COAPS_PUT, path, body, pf_encode_report(doc, body, sizeof(body)));
}

static unsigned int ue_report_as(struct ue *ue, enum pf_decision decision, uint32_t seq)
{
	struct pf_report doc = { .version = ue->version, .seq = seq, .decision = decision };

	strcpy(doc.cause, "the signal goes down");
	return ue_report_doc(ue, &doc);
}

static unsigned int ue_report_signal(struct ue *ue, enum pf_decision decision, int32_t mbm)
{
	struct pf_report doc = { .version = ue->version, .seq = ++ue->seq,
				 .decision = decision, .has_signal = true, .signal_mbm = mbm };

	return ue_report_doc(ue, &doc);
}

static unsigned int ue_report(struct ue *ue, enum pf_decision decision)
{
	return ue_report_as(ue, decision, ++ue->seq);
}

static size_t ue_sessions(struct ue *ue, struct pf_sessions *doc)
{
	const char *why;

	EXPECT(ask(ue, COAPS_GET, path_of(ue, "pf/v1/sessions/%s", 0), NULL, 0) ==
	       COAPS_CONTENT);
	EXPECT(!pf_decode_sessions(doc, said.body, said.len, &why));
	return doc->n;
}

/* Return: the UE has so many sessions, at last. */
static bool comes_to(struct ue *ue, size_t n)
{
	uint64_t until = clock_now_ns(CLOCK_BOOTTIME) + AGAIN_MS * 1000000ull;
	struct pf_sessions doc;

	while (ue_sessions(ue, &doc) != n) {
		if (clock_now_ns(CLOCK_BOOTTIME) > until)
			return false;
		run_for(200);
	}
	return true;
}

static void agree(struct ue *ue, const struct ue *peer)
{
	EXPECT(ue_offer(ue, peer) == COAPS_CREATED);
	EXPECT(ue_confirm(ue) == COAPS_CHANGED);
}

static void forget_orders(void)
{
	for (size_t i = 0; i < sizeof(ues) / sizeof(ues[0]); i++)
		ues[i].connects = ues[i].releases = ues[i].bad = ues[i].offers = 0;
}

static void expect_pair(const struct ue *asks, const struct ue *other)
{
	const struct pf_order *x = &asks->connect, *y = &other->connect;

	EXPECT(!strcmp(x->session, y->session));
	EXPECT(!strcmp(x->peer, other->epuid) && !strcmp(y->peer, asks->epuid));
	EXPECT(x->peer_key[0] == key_of(other) && y->peer_key[0] == key_of(asks));
	EXPECT(!memcmp(x->check_key, y->check_key, sizeof(x->check_key)));
	EXPECT(memcmp(&x->relay, &y->relay, sizeof(x->relay)));
	EXPECT(x->initiator != y->initiator && y->initiator);
	EXPECT(x->agreement == asks->agreement && y->agreement == other->agreement);
}

static void go_home(struct ue *asks, struct ue *other)
{
	EXPECT(ue_report(asks, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(run_until(&asks->releases, 1, AGAIN_MS));
	EXPECT(run_until(&other->releases, 1, AGAIN_MS));
	EXPECT(comes_to(asks, 0) && comes_to(other, 0));
}

/* --- what they are for ---------------------------------------------------- */

static void test_begin(void)
{
	for (size_t i = 0; i < sizeof(ues) / sizeof(ues[0]); i++) {
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

static unsigned int candidate(struct ue *ue, const char *session, uint32_t address)
{
	struct pf_session_report doc = { .state = PF_SESSION_ASKED };
	struct sockaddr_in *in = (void *)&doc.candidates.candidate[0].addr;
	uint8_t body[PF_MAX_SIZE];
	char path[COAPS_PATH_SIZE];

	doc.candidates.n = 1;
	doc.candidates.candidate[0].type = PF_CANDIDATE_HOST;
	*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(7),
				    .sin_addr = { htonl(address) } };
	snprintf(path, sizeof(path), "pf/v1/sessions/%s", session);
	return ask(ue, COAPS_PUT, path, body,
		   pf_encode_session_report(&doc, body, sizeof(body)));
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

static unsigned int rogue_asks(struct ue *rogue, const char *session, const char *requesting,
			       const char *targeted)
{
	struct pf_assist doc = {
		.version = PF_VERSION, .decision = PF_DECISION_PREPARE, .window_s = 60,
		.wg_key = { 1 }, .check_key = { 1 },
	};
	struct sockaddr_in *in = (void *)&doc.relay;
	uint8_t body[PF_MAX_SIZE];
	char path[COAPS_PATH_SIZE];

	strcpy(doc.requesting, requesting);
	strcpy(doc.targeted, targeted);
	*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(7),
				    .sin_addr = { htonl(0xc0000207) } };
	snprintf(path, sizeof(path), "pf6/v1/assists/%s", session);
	return ask(rogue, COAPS_PUT, path, body,
		   pf_encode_assist(&doc, body, sizeof(body)));
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

static void restart(struct daemon *d, struct ue *ue)
{
	daemon_kill(d);
	daemon_begin(d);
	EXPECT(ue_connect(ue));
	EXPECT(ue_register(ue) == COAPS_CREATED);
}

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
	EXPECT(told_port(session) == port && is_mapped());
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

static bool make_certificates(void)
{
	static const char *const issued[][2] = {
		{ "ues pf-a", A }, { "ues pf-b", B }, { "ues ue-a", "ue-a@" A },
		{ "ues ue-b", "ue-b@" B }, { "ues ue-c", "ue-c@" A },
		{ "ues expired", "ue-a@" A " 0" }, { "functions peer-a", A },
		{ "functions peer-b", B }, { "functions rogue", "rogue.example" },
	};
	char pki[PATH_MAX], command[4 * PATH_MAX];

	/* Tests are run beside their sources. */
	if (!realpath("selftests/pki.sh", pki) && !realpath("../pki.sh", pki))
		abort();
	snprintf(command, sizeof(command), "%s authority %s ues && %s authority %s functions",
		 pki, scratch_dir, pki, scratch_dir);
	if (system(command))
		return false;
	for (size_t i = 0; i < sizeof(issued) / sizeof(issued[0]); i++) {
		snprintf(command, sizeof(command), "%s issue %s %s %s", pki, scratch_dir,
			 issued[i][0], issued[i][1]);
		if (system(command))
			return false;
	}
	return true;
}

static void remove_files(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s/*", scratch_dir);
	if (system(command))
		abort();
}

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

	scratch_begin();
	if (!make_certificates() || !hosts_open() ||
	    !hosts_run(0, "ip link set lo up && ip addr add 192.0.2.1/32 dev lo && ip addr add 192.0.2.2/32 dev lo")) {
		printf("KTAP version 1\n1..0 # SKIP no network namespaces, or no openssl\n");
		return 4;
	}
	fflush(stdout);
	daemon_begin(&daemons[0]);
	daemon_begin(&daemons[1]);
	if (sd_event_new(&event) < 0)
		abort();
	for (size_t i = 0; i < sizeof(ues) / sizeof(ues[0]); i++)
		ue_open(&ues[i]);
	status = ktap_run(KTAP_CASES(cases));
	for (size_t i = 0; i < sizeof(ues) / sizeof(ues[0]); i++)
		coaps_close(ues[i].coaps);
	daemon_kill(&daemons[0]);
	daemon_kill(&daemons[1]);
	sd_event_unref(event);
	remove_files();
	scratch_end();
	return status;
}
