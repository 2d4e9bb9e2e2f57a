// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_link_test: a session and its function, over real DTLS between two hosts: the way
 * out, registration, agreement, reports, orders; the way changes, either end is started
 * anew. The kernel module and WireGuard are stand-ins.
 *
 *	host 0, the UE: l0 is the modem, 10.0.0.2 or .3; by l1, the direct link, goes the
 *	better default route, to nowhere
 *	host 1: 198.51.100.7, the function
 */
#include "ktap.h"
#include "hosts.h"
#include "scratch.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/ue/mno.h"
#include "../../userspace/ue/ue_session_check.h"
#include "../../userspace/ue/ue_session_mno.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>

#define UE "ue-a@a.example"
#define PEER "ue-b@b.example"
#define SESSION "a.example/7"

enum {
	WAIT_MS = 6000,
	/* What is promised for a change of the way. */
	AGAIN_MS = 2000,
};

static sd_event *event;
static struct host host;
static struct ue_session *session;

/* --- stand-ins ------------------------------------------------------------ */

static struct session kernel;
static struct {
	unsigned int ordered, refuses;
	uint64_t id;
	enum sidestep_decision decision;
	char reason[64];
} order;
static struct {
	unsigned int begun, punched;
	int64_t shaken_ns;
	struct tunnel_state state;
	struct sockaddr_storage endpoint;
	bool needed, initiator;
} wire;

uint64_t host_now_ns(void)
{
	return clock_now_ns(CLOCK_BOOTTIME);
}

int ue_session_look(struct ue_session *s, struct ack *ack)
{
	*ack = (struct ack){};
	s->told = kernel;
	memcpy(s->mno.rule, kernel.rule, sizeof(s->mno.rule));
	s->mno.has_rules = true;
	return 0;
}

bool ue_session_is_away(const struct ue_session *s)
{
	return s->told.decision != SIDESTEP_DECISION_RELEASE;
}

void ue_session_tell_tunnel(struct ue_session *s)
{
	wire.endpoint = *endpoint_now(&s->endpoint);
	wire.initiator = s->mno.call.connect.initiator;
}

int kernel_set_rules(struct kernel *k, const char *ifname,
		     const struct session_rule rule[SIDESTEP_DECISION_MAX + 1],
		     struct ack *ack)
{
	(void)k;
	(void)ifname;
	*ack = (struct ack){};
	if (order.refuses)
		return -EINVAL;
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++)
		for (unsigned int attr = 0; attr <= SIDESTEP_RULE_A_MAX; attr++)
			if (rule[i].has & 1u << attr)
				kernel.rule[i].value[attr] = rule[i].value[attr];
	return 0;
}

int kernel_order(struct kernel *k, const char *ifname, enum sidestep_decision decision,
		 uint64_t id, const char *reason, struct ack *ack)
{
	(void)k;
	(void)ifname;
	*ack = (struct ack){};
	order.ordered++;
	order.id = id;
	order.decision = decision;
	snprintf(order.reason, sizeof(order.reason), "%s", reason);
	kernel.decision = session->told.decision = decision;
	return 0;
}

int wireguard_get(struct genl *genl, const char *ifname, struct wireguard_device *dev,
		  struct ack *ack)
{
	(void)genl;
	(void)ifname;
	(void)ack;
	*dev = (struct wireguard_device){ .public_key = { 7 } };
	return 0;
}

void tunnel_forget_peer(struct tunnel *tunnel)
{
	(void)tunnel;
	wire.begun++;
}

int64_t tunnel_shaken_ns(const struct tunnel *tunnel)
{
	(void)tunnel;
	return wire.shaken_ns;
}

void tunnel_need(struct tunnel *tunnel, bool needed)
{
	(void)tunnel;
	wire.needed = needed;
}

int tunnel_read(const struct tunnel *tunnel, struct tunnel_state *state)
{
	(void)tunnel;
	*state = wire.state;
	return 0;
}

void ue_session_check_punch(struct ue_session *s)
{
	(void)s;
	wire.punched++;
}

void ue_session_check_begin(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_candidates(struct ue_session *s,
				 const struct pf_candidates *candidates)
{
	(void)s;
	(void)candidates;
}

void ue_session_check_moved(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_linked(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_end(struct ue_session *s)
{
	(void)s;
}

/* --- the function --------------------------------------------------------- */

static struct {
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	unsigned int registered, confirmed, offers, reports, states, withdrawn;
	struct pf_registration registration;
	struct pf_agreement agreement;
	struct pf_report report;
	struct pf_session_report state;
	struct pf_sessions sessions;
	uint64_t report_ns;
} pf;

static void put(struct coaps_message *response, unsigned int code, size_t len)
{
	response->code = code;
	response->format = len ? PF_FORMAT_CBOR : -1;
	response->body = coaps_body();
	response->len = len;
}

static void answer_registration(const struct coaps_message *request,
				struct coaps_message *response)
{
	struct pf_registered answer = { .version = PF_VERSION, .lifetime_s = 3600 };
	const char *why;

	EXPECT(!pf_decode_registration(&pf.registration, request->body, request->len, &why));
	pf.registered++;
	put(response, COAPS_CREATED,
	    pf_encode_registered(&answer, coaps_body(), COAPS_MAX_BODY));
}

static void answer_offer(const struct coaps_message *request, struct coaps_message *response,
			 unsigned int code)
{
	const char *why;
	uint32_t version = pf.agreement.version;

	EXPECT(!pf_decode_agreement(&pf.agreement, request->body, request->len, &why));
	pf.offers++;
	pf.agreement.id = 5;
	pf.agreement.version = version + 1;
	for (size_t i = 0; i < pf.agreement.n_triggers; i++)
		if (pf.agreement.trigger[i].type == PF_TRIGGER_S2_PREPARE)
			pf.agreement.trigger[i].threshold = -7500;
	pf.agreement.min_report_ms = 200;
	put(response, code, pf_encode_agreement(&pf.agreement, coaps_body(), COAPS_MAX_BODY));
}

static void answer_agreement(const struct coaps_message *request,
			     struct coaps_message *response)
{
	if (!request->has_if_match) {
		answer_offer(request, response, COAPS_CHANGED);
		return;
	}
	put(response, COAPS_CHANGED, 0);
	if (!pf.agreement.id)
		response->code = COAPS_NOT_FOUND;
	else if (request->if_match != pf.agreement.version)
		response->code = COAPS_PRECONDITION_FAILED;
	else
		pf.confirmed++;
}

static void take_report(const struct coaps_message *request, struct coaps_message *response)
{
	const char *why;

	EXPECT(!pf_decode_report(&pf.report, request->body, request->len, &why));
	pf.report_ns = host_now_ns();
	pf.reports++;
	put(response, COAPS_CHANGED, 0);
}

static void take_state(const struct coaps_message *request, struct coaps_message *response)
{
	const char *why;

	EXPECT(!pf_decode_session_report(&pf.state, request->body, request->len, &why));
	pf.states++;
	put(response, COAPS_CHANGED, 0);
}

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	const char *path = request->path;

	(void)data;
	(void)assoc;
	response->code = COAPS_NOT_FOUND;
	if (!strcmp(path, "pf/v1/ues/" UE) && request->code == COAPS_PUT)
		answer_registration(request, response);
	else if (!strcmp(path, "pf/v1/ues/" UE "/agreements") && request->code == COAPS_POST)
		answer_offer(request, response, COAPS_CREATED);
	else if (!strcmp(path, "pf/v1/ues/" UE "/agreements/5") && request->code == COAPS_PUT)
		answer_agreement(request, response);
	else if (!strcmp(path, "pf/v1/ues/" UE "/agreements/5"))
		pf.withdrawn++;
	else if (!strcmp(path, "pf/v1/reports/5"))
		take_report(request, response);
	else if (!strcmp(path, "pf/v1/sessions/" SESSION))
		take_state(request, response);
	else if (!strcmp(path, "pf/v1/sessions/" UE) && request->code == COAPS_GET)
		put(response, COAPS_CONTENT,
		    pf_encode_sessions(&pf.sessions, coaps_body(), COAPS_MAX_BODY));
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	(void)data;
	pf.assoc = assoc;
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	(void)data;
	(void)why;
	if (pf.assoc == assoc)
		pf.assoc = NULL;
}

static const struct coaps_ops function_ops = { requested, connected, closed };

static void function_begin(void)
{
	char cert[128], key[128], ca[128];
	struct coaps_setup setup = {
		.cert = cert, .key = key, .ca = ca, .ops = &function_ops,
	};

	snprintf(cert, sizeof(cert), "%s/pf-a.pem", scratch_dir);
	snprintf(key, sizeof(key), "%s/pf-a.key", scratch_dir);
	snprintf(ca, sizeof(ca), "%s/ues.pem", scratch_dir);
	setup.listen = host.conf.mno.function;
	hosts_enter(1);
	EXPECT(!coaps_open(&pf.coaps, event, &setup));
	hosts_enter(0);
}

static void function_end(void)
{
	coaps_close(pf.coaps);
	pf.assoc = NULL;
}

/* --- this host ------------------------------------------------------------ */

static void on_view(void *data)
{
	(void)data;
	if (host.mno)
		mno_follow(host.mno);
}

/* As host.c: once a second. */
static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	(void)usec;
	(void)data;
	if (session)
		ue_session_mno_tick(session);
	if (host.mno)
		mno_tick(host.mno);
	sd_event_source_set_time_relative(source, 1000000);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void session_begin(bool adopted)
{
	static const int32_t threshold[] = { -6700, -7300, -8200 };
	struct ack ack;

	session = calloc(1, sizeof(*session));
	session->host = &host;
	session->conf = host.conf.session[0];
	session->tunnel = (struct tunnel *)&wire;
	session->stored.has_peer = true;
	session->stored.peer.wg_key[0] = 9;
	for (int i = 0; !adopted && i <= SIDESTEP_DECISION_MAX; i++) {
		kernel.rule[i] = (struct session_rule){
			.has = 1u << SIDESTEP_RULE_A_THRESHOLD_MBM |
			       1u << SIDESTEP_RULE_A_HYSTERESIS_MDB |
			       1u << SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS,
			.decision = i,
		};
		kernel.rule[i].value[SIDESTEP_RULE_A_THRESHOLD_MBM] = threshold[i];
		kernel.rule[i].value[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS] = 160;
	}
	kernel.has = 1u << SIDESTEP_A_DECISION | 1u << SIDESTEP_A_TRIGGER;
	host.session[0] = session;
	host.n_sessions = 1;
	ue_session_look(session, &ack);
	ue_session_mno_open(session, adopted);
	EXPECT(!mno_open(&host.mno, &host));
}

static void session_end(bool remove)
{
	ue_session_mno_close(session, remove);
	mno_close(host.mno, remove);
	host.mno = NULL;
	host.n_sessions = 0;
	free(session);
	session = NULL;
}

static bool run_until(const unsigned int *what, unsigned int value, unsigned int ms)
{
	uint64_t until = host_now_ns() + ms * 1000000ull;

	while (*what < value && host_now_ns() < until)
		sd_event_run(event, 10000);
	return *what >= value;
}

static void run_for(unsigned int ms)
{
	static const unsigned int never;

	run_until(&never, 1, ms);
}

/* What the UE answers to the function. */
static struct {
	unsigned int n;
	int error;
	unsigned int code;
} said;

static void on_said(void *data, int error, const struct coaps_message *response)
{
	(void)data;
	said.n++;
	said.error = error;
	said.code = error ? 0 : response->code;
}

static unsigned int ask(unsigned int code, const char *path, int format, const uint8_t *body,
			size_t len)
{
	struct coaps_message message = {
		.code = code, .format = format, .body = body, .len = len,
	};

	said.n = 0;
	snprintf(message.path, sizeof(message.path), "%s", path);
	EXPECT(pf.assoc && !coaps_request(pf.assoc, &message, on_said, NULL));
	EXPECT(run_until(&said.n, 1, WAIT_MS));
	return said.code;
}

static unsigned int give(uint64_t number, const struct pf_order *doc)
{
	uint8_t body[PF_MAX_SIZE];
	size_t len = pf_encode_order(doc, body, sizeof(body));
	char path[64];

	EXPECT(len);
	snprintf(path, sizeof(path), "pf-c/v1/orders/%" PRIu64, number);
	return ask(COAPS_PUT, path, PF_FORMAT_CBOR, body, len);
}

static struct pf_order connect_order(void)
{
	struct pf_order doc = {
		.kind = PF_ORDER_CONNECT, .session = SESSION, .agreement = 5,
		.version = pf.agreement.version, .peer = PEER, .initiator = true,
		.peer_key = { 9 }, .check_key = { 2 }, .valid_s = 60,
		.decision = PF_DECISION_PREPARE, .cause = "because",
	};

	*(struct sockaddr_in *)&doc.relay = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(7777),
		.sin_addr = { htonl(0xc6336407) },
	};
	return doc;
}

static bool is_at_relay(void)
{
	const struct sockaddr_in *in = (const void *)&wire.endpoint;

	return in->sin_family == AF_INET && in->sin_port == htons(7777);
}

/* --- cases ---------------------------------------------------------------- */

static void test_registers(void)
{
	function_begin();
	session_begin(false);
	EXPECT(run_until(&pf.registered, 1, WAIT_MS));
	EXPECT(pf.registration.boot && !pf.registration.n_sessions);
	EXPECT(run_until(&pf.confirmed, 1, WAIT_MS));
	EXPECT(!strcmp(mno_epuid(host.mno), UE) && mno_is_registered(host.mno));
	EXPECT(!strcmp(pf.agreement.peer, PEER) && pf.agreement.wg_key[0] == 7);
	EXPECT(pf.agreement.has_peer_key && pf.agreement.peer_key[0] == 9);
	EXPECT(kernel.rule[SIDESTEP_DECISION_PREPARE]
		       .value[SIDESTEP_RULE_A_THRESHOLD_MBM] == -7500);
	run_for(100);
	EXPECT(session->mno.agreement.agreed.version == 1 && pf.offers == 1);
}

static void test_reports(void)
{
	unsigned int before;
	uint64_t at_ns;

	EXPECT(run_until(&pf.reports, 1, WAIT_MS));
	run_for(300);
	before = pf.reports;
	kernel.decision = session->told.decision = SIDESTEP_DECISION_PREPARE;
	strcpy(kernel.reason, "prepare: signal");
	session->told = kernel;
	at_ns = host_now_ns();
	ue_session_mno_told(session);
	EXPECT(run_until(&pf.reports, before + 1, WAIT_MS));
	EXPECT(pf.report_ns - at_ns < 50 * 1000000);
	EXPECT(pf.report.decision == PF_DECISION_PREPARE &&
	       !strcmp(pf.report.cause, "prepare: signal"));
	ue_session_mno_told(session);
	run_for(300);
	EXPECT(pf.reports == before + 1);
}

/* By hand: it is offered anew. */
static void test_rules_change(void)
{
	kernel.rule[SIDESTEP_DECISION_EXECUTE].value[SIDESTEP_RULE_A_THRESHOLD_MBM] = -9000;
	EXPECT(run_until(&pf.confirmed, 2, WAIT_MS));
	run_for(100);
	EXPECT(pf.agreement.version == 2 && session->mno.agreement.agreed.version == 2);
}

static unsigned int offer_anew(int32_t threshold, uint32_t version)
{
	struct pf_agreement doc = pf.agreement;
	uint8_t body[PF_MAX_SIZE];
	size_t len;

	doc.version = version;
	for (size_t i = 0; i < doc.n_triggers; i++)
		if (doc.trigger[i].type == PF_TRIGGER_S2_PREPARE)
			doc.trigger[i].threshold = threshold;
	if (version > pf.agreement.version)
		pf.agreement = doc;
	len = pf_encode_agreement(&doc, body, sizeof(body));
	return ask(COAPS_PUT, "pf-c/v1/agreements/5", PF_FORMAT_CBOR, body, len);
}

static void test_function_offers(void)
{
	unsigned int before = pf.confirmed;

	EXPECT(offer_anew(-7600, 3) == COAPS_CHANGED);
	EXPECT(run_until(&pf.confirmed, before + 1, WAIT_MS));
	EXPECT(kernel.rule[SIDESTEP_DECISION_PREPARE]
		       .value[SIDESTEP_RULE_A_THRESHOLD_MBM] == -7600);
	EXPECT(offer_anew(-7700, 2) == COAPS_PRECONDITION_FAILED);
	order.refuses = true;
	EXPECT(offer_anew(-7700, 4) == COAPS_CONFLICT);
	order.refuses = false;
	pf.agreement.version = 3;
	run_for(100);
	EXPECT(session->mno.agreement.agreed.version == 3);
}

static void test_bad_requests(void)
{
	static const uint8_t junk[] = { 0xa1, 0x01 };
	struct pf_order doc = connect_order();

	EXPECT(ask(COAPS_PUT, "pf-c/v1/orders/9", PF_FORMAT_CBOR, junk, sizeof(junk)) ==
	       COAPS_BAD_REQUEST);
	EXPECT(ask(COAPS_PUT, "pf-c/v1/orders/9", 0, junk, sizeof(junk)) ==
	       COAPS_UNSUPPORTED_FORMAT);
	EXPECT(ask(COAPS_GET, "pf-c/v1/orders/9", -1, NULL, 0) == COAPS_METHOD_NOT_ALLOWED);
	EXPECT(ask(COAPS_PUT, "pf-c/v1/orders", PF_FORMAT_CBOR, junk, sizeof(junk)) ==
	       COAPS_NOT_FOUND);
	doc.version = 1;
	EXPECT(give(10, &doc) == COAPS_PRECONDITION_FAILED);
	doc = connect_order();
	EXPECT(give(10, &doc) == COAPS_PRECONDITION_FAILED);
	doc.peer_key[0] = 8;
	EXPECT(give(11, &doc) == COAPS_CONFLICT);
	strcpy(doc.peer, "eve@b.example");
	EXPECT(give(12, &doc) == COAPS_NOT_FOUND);
	EXPECT(!wire.begun && !order.ordered && !is_at_relay());
}

static void test_connect(void)
{
	struct pf_order doc = connect_order();

	kernel.decision = session->told.decision = SIDESTEP_DECISION_RELEASE;
	EXPECT(give(20, &doc) == COAPS_CHANGED);
	EXPECT(is_at_relay() && wire.begun == 1 && wire.needed && wire.initiator);
	EXPECT(order.ordered == 1 && order.id == 20 &&
	       order.decision == SIDESTEP_DECISION_PREPARE &&
	       !strcmp(order.reason, "MNO: because"));
	EXPECT(give(20, &doc) == COAPS_CHANGED && give(19, &doc) == COAPS_CHANGED);
	EXPECT(order.ordered == 1);
	run_for(500);
	EXPECT(wire.begun == 2 && !pf.states);
	wire.shaken_ns = 1234;
	wire.state.endpoint = wire.endpoint;
	EXPECT(run_until(&pf.states, 1, 500));
	EXPECT(pf.state.state == PF_SESSION_RELAYED && is_at_relay());
	run_for(500);
	EXPECT(wire.begun == 2 && pf.states == 1);
}

static void expect_again(const char *what, unsigned int before, uint64_t at_ns)
{
	uint64_t ms;

	EXPECT(run_until(&pf.registered, before + 1, WAIT_MS));
	ms = (host_now_ns() - at_ns) / 1000000;
	printf("# %s: registered again after %" PRIu64 " ms\n", what, ms);
	EXPECT(ms <= AGAIN_MS);
	EXPECT(pf.registration.n_sessions == 1 &&
	       !strcmp(pf.registration.session[0], SESSION));
}

static bool is_from(const char *text)
{
	const struct sockaddr_in *in = (const void *)coaps_assoc_remote(pf.assoc);

	return in->sin_addr.s_addr == inet_addr(text);
}

static void test_address_changes(void)
{
	unsigned int before = pf.registered, states = pf.states;
	uint64_t at_ns;

	EXPECT(is_from("10.0.0.2"));
	EXPECT(hosts_run(0, "ip addr del 10.0.0.2/24 dev l0 && ip addr add 10.0.0.3/24 dev l0 && ip route replace default via 10.0.0.1 dev l0 metric 100"));
	at_ns = host_now_ns();
	expect_again("another address", before, at_ns);
	EXPECT(is_from("10.0.0.3"));
	EXPECT(run_until(&pf.states, states + 1, 500) &&
	       pf.state.state == PF_SESSION_RELAYED);
	EXPECT(hosts_run(0, "test $(ip rule list | grep -c 198.51.100.7) = 1"));
}

/* From now on nothing comes back to the port that was used until then. */
static void test_nat_forgets(void)
{
	const struct sockaddr_in *in = (const void *)coaps_assoc_remote(pf.assoc);
	unsigned int before = pf.registered;
	char command[256];
	uint64_t at_ns;

	run_for(1200);
	snprintf(command, sizeof(command),
		 "nft 'add table ip t; add chain ip t c { type filter hook output priority 0; }; add rule ip t c udp dport %u drop'",
		 ntohs(in->sin_port));
	EXPECT(hosts_run(1, command));
	hosts_enter(0);
	at_ns = host_now_ns();
	expect_again("a NAT that has forgotten", before, at_ns);
	EXPECT(hosts_run(1, "nft delete table ip t"));
	hosts_enter(0);
}

static void test_function_restarts(void)
{
	unsigned int before = pf.registered, offers = pf.offers;
	uint64_t at_ns;

	run_for(1200);
	EXPECT(hosts_run(1, "ip route add blackhole 10.0.0.3/32"));
	function_end();
	function_begin();
	EXPECT(hosts_run(1, "ip route del blackhole 10.0.0.3/32"));
	hosts_enter(0);
	at_ns = host_now_ns();
	expect_again("a way that is dead", before, at_ns);
	run_for(200);
	EXPECT(pf.offers == offers);
	EXPECT(pf.agreement.version == session->mno.agreement.agreed.version);
}

/* The helper is killed: what was agreed and ordered is known again. */
static void test_killed(void)
{
	unsigned int before = pf.registered, offers = pf.offers, begun = wire.begun;
	unsigned int states = pf.states, ordered = order.ordered;
	uint64_t boot = pf.registration.boot;

	session_end(false);
	wire.endpoint = (struct sockaddr_storage){};
	session_begin(true);
	expect_again("killed", before, host_now_ns());
	EXPECT(pf.registration.boot != boot);
	EXPECT(run_until(&pf.states, states + 1, 1000) &&
	       pf.state.state == PF_SESSION_RELAYED);
	EXPECT(is_at_relay() && wire.begun == begun && order.ordered == ordered);
	run_for(100);
	EXPECT(pf.offers == offers && session->mno.agreement.checked);
	EXPECT(session->mno.call.order == 20);
}

/* It has forgotten all: then the function says which session there is. */
static void test_forgotten(void)
{
	unsigned int states = pf.states;

	session_end(false);
	unlink(scratch_path("p2p0.mno"));
	pf.sessions = (struct pf_sessions){
		.n = 1, .doc = { { SESSION, PEER, PF_SESSION_RELAYED, 20 } },
	};
	session_begin(true);
	EXPECT(run_until(&pf.states, states + 1, WAIT_MS));
	EXPECT(pf.state.state == PF_SESSION_RELAYED);
	EXPECT(!strcmp(ue_session_mno_name(session), SESSION));
	EXPECT(session->mno.call.order == 20);
}

static void test_release(void)
{
	struct pf_order doc = {
		.kind = PF_ORDER_RELEASE, .session = "a.example/6", .agreement = 5,
		.version = 3, .decision = PF_DECISION_RELEASE,
	};
	unsigned int ordered = order.ordered, begun = wire.begun;
	struct pf_order late = connect_order();

	kernel.decision = session->told.decision = SIDESTEP_DECISION_EXECUTE;
	EXPECT(give(21, &doc) == COAPS_CHANGED && order.ordered == ordered);
	strcpy(doc.session, SESSION);
	/* Somebody has ordered by hand. */
	kernel.has |= 1u << SIDESTEP_A_ORDER_ID;
	kernel.order_id = 500;
	EXPECT(give(22, &doc) == COAPS_CHANGED && order.id == 501);
	EXPECT(order.ordered == ordered + 1 && order.decision == SIDESTEP_DECISION_RELEASE);
	run_for(500);
	EXPECT(!*ue_session_mno_name(session) && !wire.needed);
	EXPECT(wire.endpoint.ss_family == AF_UNSPEC && wire.begun == begun + 1);
	/* What connects was overtaken by the release. */
	strcpy(late.session, "a.example/6");
	EXPECT(give(23, &late) == COAPS_CHANGED && !ue_session_mno_is_on(session));
}

/* A session that the function does not list any more is over. */
static void test_unlisted(void)
{
	struct pf_order doc = connect_order();

	kernel.decision = session->told.decision = SIDESTEP_DECISION_RELEASE;
	doc.decision = PF_DECISION_NONE;
	wire.state.endpoint = doc.relay;
	EXPECT(give(30, &doc) == COAPS_CHANGED && ue_session_mno_is_on(session));
	session->mno.call.since_ns = 0;
	pf.sessions.n = 0;
	coaps_notify(pf.assoc, "pf/v1/sessions/" UE);
	run_for(1500);
	EXPECT(!ue_session_mno_is_on(session));
}

/* Killed after the order to connect, before it was remembered; then it was released. */
static void test_left(void)
{
	unsigned int begun;

	session_end(false);
	begun = wire.begun;
	unlink(scratch_path("p2p0.mno"));
	session_begin(true);
	kernel.decision = session->told.decision = SIDESTEP_DECISION_EXECUTE;
	run_for(500);
	EXPECT(wire.begun == begun);
	kernel.decision = session->told.decision = SIDESTEP_DECISION_RELEASE;
	run_for(1500);
	EXPECT(wire.begun == begun + 1 && wire.endpoint.ss_family == AF_UNSPEC);
}

static void test_withdrawn(void)
{
	session_end(true);
	EXPECT(access(scratch_path("p2p0.mno"), F_OK));
	run_for(50);
	EXPECT(pf.withdrawn == 1);
	EXPECT(hosts_run(0, "! ip rule list | grep -q 198.51.100.7"));
	function_end();
}

static void test_files(void)
{
	strcat(host.conf.mno.key, "x");
	session_begin(false);
	run_for(100);
	EXPECT(!mno_is_registered(host.mno) && strstr(mno_why(host.mno), "No such file"));
	host.conf.mno.key[strlen(host.conf.mno.key) - 1] = '\0';
	session_end(true);
	chmod(host.conf.mno.key, 0644);
	session_begin(false);
	run_for(100);
	EXPECT(strstr(mno_why(host.mno), "(mode 0644)"));
	chmod(host.conf.mno.key, 0600);
	session_end(true);
}

/* --- the scene ------------------------------------------------------------ */

static bool make_hosts(void)
{
	return hosts_open() &&
	       hosts_run(0, "ip link set lo up && ip addr add 10.0.0.2/24 dev l0 && ip addr add 10.1.0.2/24 dev l1 && ip route add default via 10.1.0.1 dev l1 && ip route add default via 10.0.0.1 dev l0 metric 100") &&
	       hosts_run(1, "ip link set lo up && ip addr add 198.51.100.7/32 dev lo && ip addr add 10.0.0.1/24 dev l0");
}

static void make_conf(struct conf_session *conf)
{
	struct conf_mno *mno = &host.conf.mno;
	struct sockaddr_in *function = (void *)&mno->function;

	*function = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(5684),
		.sin_addr = { htonl(0xc6336407) },
	};
	snprintf(mno->certificate, sizeof(mno->certificate), "%s/ue-a.pem", scratch_dir);
	snprintf(mno->key, sizeof(mno->key), "%s/ue-a.key", scratch_dir);
	snprintf(mno->authority, sizeof(mno->authority), "%s/ues.pem", scratch_dir);
	mno->line = 1;
	*conf = (struct conf_session){
		.device = "p2p0", .modem = "l0", .direct = "l1", .tunnel = "wg-p2p0",
		.peer_epuid = PEER,
	};
	host.conf.session = conf;
	host.conf.n_sessions = 1;
	host.state_dir = scratch_dir;
}

static bool make_certificates(void)
{
	char pki[PATH_MAX], command[4 * PATH_MAX];

	/* Tests are run beside their sources. */
	if (!realpath("selftests/pki.sh", pki) && !realpath("../pki.sh", pki))
		abort();
	snprintf(command, sizeof(command),
		 "cd %s && %s authority . ues && %s issue . ues pf-a a.example && %s issue . ues ue-a " UE,
		 scratch_dir, pki, pki, pki);
	return !system(command);
}

static void remove_files(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm %s/*", scratch_dir);
	if (system(command))
		abort();
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "a host registers and agrees, by the modem", test_registers },
		{ "a decision is reported at once, and once", test_reports },
		{ "rules that were changed are offered", test_rules_change },
		{ "the function offers", test_function_offers },
		{ "requests and orders that are none", test_bad_requests },
		{ "an order to connect", test_connect },
		{ "the modem has another address", test_address_changes },
		{ "a NAT forgets the association", test_nat_forgets },
		{ "the function is started anew", test_function_restarts },
		{ "the helper is killed", test_killed },
		{ "the helper has forgotten all", test_forgotten },
		{ "an order to go home", test_release },
		{ "a session that the function does not know", test_unlisted },
		{ "a tunnel of no session", test_left },
		{ "a session that is configured no more", test_withdrawn },
		{ "files that cannot be used", test_files },
	};
	struct conf_session conf;
	int status;

	scratch_begin();
	make_conf(&conf);
	if (!make_certificates() || !make_hosts()) {
		printf("KTAP version 1\n1..0 # SKIP no network namespaces, or no openssl\n");
		return 4;
	}
	hosts_enter(0);
	if (sd_event_new(&event) < 0 || rtnl_open(&host.rtnl) ||
	    netview_open(&host.view, event, on_view, NULL) ||
	    sd_event_add_time_relative(event, NULL, CLOCK_BOOTTIME, 1000000, 1000, on_tick,
				       NULL) < 0)
		abort();
	host.event = event;
	status = ktap_run(KTAP_CASES(cases));
	netview_close(host.view);
	rtnl_close(&host.rtnl);
	sd_event_unref(event);
	remove_files();
	scratch_end();
	return status;
}
