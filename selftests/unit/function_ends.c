// SPDX-License-Identifier: GPL-2.0-or-later
#include "function_ends.h"
#include "hosts.h"
#include "scratch.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/mno/function.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

sd_event *event;

/* --- functions ------------------------------------------------------------ */

struct daemon daemons[DAEMONS] = {
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

void daemon_begin(struct daemon *d)
{
	d->pid = fork();
	if (d->pid < 0)
		abort();
	if (!d->pid)
		daemon_run(d);
}

void daemon_kill(struct daemon *d)
{
	kill(d->pid, SIGKILL);
	EXPECT(waitpid(d->pid, NULL, 0) == d->pid);
}

/* --- UEs ------------------------------------------------------------------ */

struct ue ues[UES] = {
	{ .epuid = "ue-a@" A, .file = "ue-a", .ca = "ues", .function = A, .last = 1 },
	{ .epuid = "ue-b@" B, .file = "ue-b", .ca = "ues", .function = B, .last = 2 },
	{ .epuid = "ue-c@" A, .file = "ue-c", .ca = "ues", .function = A, .last = 1 },
};

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
		ue->released = ue->releases;
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

bool run_until(const unsigned int *what, unsigned int value, unsigned int ms)
{
	uint64_t until = clock_now_ns(CLOCK_BOOTTIME) + ms * 1000000ull;

	while (*what < value && clock_now_ns(CLOCK_BOOTTIME) < until)
		sd_event_run(event, 10000);
	return *what >= value;
}

void run_for(unsigned int ms)
{
	static const unsigned int never;

	run_until(&never, 1, ms);
}

void ue_open(struct ue *ue)
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

bool ue_connect(struct ue *ue)
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
		/* Who does not listen yet refuses at once. */
		if (!ue->up && !ue->port)
			run_for(200);
	}
	return ue->up;
}

struct said said;

static void on_said(void *data, int error, const struct coaps_message *response)
{
	(void)data;
	said.n++;
	said.code = error ? 0 : response->code;
	said.len = error ? 0 : response->len;
	if (said.len)
		memcpy(said.body, response->body, said.len);
}

struct coaps_message message(unsigned int method, const char *path,
			     const uint8_t *body, size_t len)
{
	struct coaps_message request = {
		.code = method, .format = len ? PF_FORMAT_CBOR : -1, .body = body, .len = len,
	};

	snprintf(request.path, sizeof(request.path), "%s", path);
	return request;
}

unsigned int send_it(struct ue *ue, const struct coaps_message *request)
{
	said.n = said.code = 0;
	if (!ue->assoc || coaps_request(ue->assoc, request, on_said, NULL))
		return 0;
	run_until(&said.n, 1, AGAIN_MS);
	return said.code;
}

unsigned int ask(struct ue *ue, unsigned int method, const char *path,
		 const uint8_t *body, size_t len)
{
	struct coaps_message request = message(method, path, body, len);

	return send_it(ue, &request);
}

const char *path_of(const struct ue *ue, const char *format, unsigned int number)
{
	static char path[COAPS_PATH_SIZE];

	snprintf(path, sizeof(path), format, ue->epuid, number);
	return path;
}

unsigned int ue_register_as(struct ue *ue, uint64_t boot, const char *session)
{
	struct pf_registration doc = { .version = PF_VERSION, .boot = boot };
	uint8_t body[PF_MAX_SIZE];

	if (session)
		strcpy(doc.session[doc.n_sessions++], session);
	return ask(ue, COAPS_PUT, path_of(ue, "pf/v1/ues/%s", 0), body,
		   pf_encode_registration(&doc, body, sizeof(body)));
}

unsigned int ue_register(struct ue *ue)
{
	return ue_register_as(ue, 1, NULL);
}

uint8_t key_of(const struct ue *ue)
{
	return ue - ues + 1;
}

unsigned int ue_offer_terms(struct ue *ue, const struct ue *peer,
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

unsigned int ue_offer(struct ue *ue, const struct ue *peer)
{
	static const struct pf_agreement terms = { .window_s = 600, .min_report_ms = 3000 };

	return ue_offer_terms(ue, peer, &terms);
}

unsigned int ue_confirm(struct ue *ue)
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

unsigned int ue_report_doc(struct ue *ue, const struct pf_report *doc)
{
	uint8_t body[PF_MAX_SIZE];
	char path[64];

	snprintf(path, sizeof(path), "pf/v1/reports/%u", ue->agreement);
	return ask(ue, COAPS_PUT, path, body, pf_encode_report(doc, body, sizeof(body)));
}

unsigned int ue_report_as(struct ue *ue, enum pf_decision decision, uint32_t seq)
{
	struct pf_report doc = { .version = ue->version, .seq = seq, .decision = decision };

	strcpy(doc.cause, "the signal goes down");
	return ue_report_doc(ue, &doc);
}

unsigned int ue_report_signal(struct ue *ue, enum pf_decision decision, int32_t mbm)
{
	struct pf_report doc = { .version = ue->version, .seq = ++ue->seq,
				 .decision = decision, .has_signal = true, .signal_mbm = mbm };

	return ue_report_doc(ue, &doc);
}

unsigned int ue_report(struct ue *ue, enum pf_decision decision)
{
	return ue_report_as(ue, decision, ++ue->seq);
}

size_t ue_sessions(struct ue *ue, struct pf_sessions *doc)
{
	const char *why;

	EXPECT(ask(ue, COAPS_GET, path_of(ue, "pf/v1/sessions/%s", 0), NULL, 0) ==
	       COAPS_CONTENT);
	EXPECT(!pf_decode_sessions(doc, said.body, said.len, &why));
	return doc->n;
}

bool comes_to(struct ue *ue, size_t n)
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

void agree(struct ue *ue, const struct ue *peer)
{
	EXPECT(ue_offer(ue, peer) == COAPS_CREATED);
	EXPECT(ue_confirm(ue) == COAPS_CHANGED);
}

void forget_orders(void)
{
	for (size_t i = 0; i < UES; i++)
		ues[i].connects = ues[i].releases = ues[i].bad = ues[i].offers = 0;
}

void expect_pair(const struct ue *asks, const struct ue *other)
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

void go_home(struct ue *asks, struct ue *other)
{
	EXPECT(ue_report(asks, PF_DECISION_RELEASE) == COAPS_CHANGED);
	EXPECT(run_until(&asks->releases, 1, AGAIN_MS));
	EXPECT(run_until(&other->releases, 1, AGAIN_MS));
	EXPECT(comes_to(asks, 0) && comes_to(other, 0));
}

/* --- what several tests do ------------------------------------------------- */

unsigned int candidate(struct ue *ue, const char *session, uint32_t address)
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

unsigned int rogue_asks(struct ue *rogue, const char *session, const char *requesting,
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

void restart(struct daemon *d, struct ue *ue)
{
	daemon_kill(d);
	daemon_begin(d);
	EXPECT(ue_connect(ue));
	EXPECT(ue_register(ue) == COAPS_CREATED);
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

bool ends_begin(void)
{
	scratch_begin();
	if (!make_certificates() || !hosts_open() ||
	    !hosts_run(0, "ip link set lo up && ip addr add 192.0.2.1/32 dev lo && ip addr add 192.0.2.2/32 dev lo")) {
		printf("KTAP version 1\n1..0 # SKIP no network namespaces, or no openssl\n");
		return false;
	}
	fflush(stdout);
	for (size_t i = 0; i < DAEMONS; i++)
		daemon_begin(&daemons[i]);
	if (sd_event_new(&event) < 0)
		abort();
	for (size_t i = 0; i < UES; i++)
		ue_open(&ues[i]);
	return true;
}

void ends_finish(void)
{
	for (size_t i = 0; i < UES; i++)
		coaps_close(ues[i].coaps);
	for (size_t i = 0; i < DAEMONS; i++)
		daemon_kill(&daemons[i]);
	sd_event_unref(event);
	remove_files();
	scratch_end();
}

const char *ends_path(const char *name)
{
	return scratch_path(name);
}
