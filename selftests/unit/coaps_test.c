// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CoAP over real DTLS, on loopback: who is let in, requests both ways, and what is lost
 * on the way. Certificates are pki.sh's.
 */
#include "ktap.h"
#include "scratch.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/common/coaps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

enum limits {
	WAIT_MS = 8000,
	MANY = 100,
};

/* libcoap is not instrumented: what it reads of freed memory is to hurt. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "max_free_fill_size=65536:free_fill_byte=90";
}

static sd_event *event;

/* struct end - one end and what it has seen */
struct end {
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	unsigned int connected, closed, requested;
	char why[128];
	struct coaps_message last;
	uint8_t last_body[COAPS_MAX_BODY];
};

/* struct answer - what came back */
struct answer {
	unsigned int n;
	int error;
	struct coaps_message message;
	uint8_t body[COAPS_MAX_BODY];
};

/* --- ends ----------------------------------------------------------------- */

static unsigned int counter;

/* "count" tells how often anything was asked, "echo" gives the body back. */
static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct end *end = data;

	(void)assoc;
	end->requested++;
	end->last = *request;
	if (request->len)
		memcpy(end->last_body, request->body, request->len);
	response->code = COAPS_NOT_FOUND;
	if (!strcmp(request->path, "count")) {
		response->code = COAPS_CONTENT;
		response->body = (uint8_t *)&counter;
		response->len = sizeof(counter);
	} else if (!strcmp(request->path, "a/echo")) {
		response->code = COAPS_CREATED;
		strcpy(response->location, "a/echo/7");
		response->format = 60;
		response->len = request->len;
		response->body = coaps_body();
		if (request->len)
			memcpy(coaps_body(), request->body, request->len);
	}
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	struct end *end = data;

	end->assoc = assoc;
	end->connected++;
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct end *end = data;

	if (end->assoc == assoc)
		end->assoc = NULL;
	end->closed++;
	snprintf(end->why, sizeof(end->why), "%s", why);
}

static bool no_stranger(void *data, const char *name)
{
	(void)data;
	return strcmp(name, "stranger@a.example") != 0;
}

static const struct coaps_ops ops = { requested, connected, closed };

static int end_open(struct end *end, const char *file, const char *authority,
		    const struct sockaddr_storage *listen)
{
	char cert[128], key[128], ca[128];
	struct coaps_setup setup = {
		.cert = cert, .key = key, .ca = ca, .ops = &ops, .data = end,
		.trusted = no_stranger,
	};

	memset(end, 0, sizeof(*end));
	snprintf(cert, sizeof(cert), "%s/%s.pem", scratch_dir, file);
	snprintf(key, sizeof(key), "%s/%s.key", scratch_dir, file);
	snprintf(ca, sizeof(ca), "%s/%s.pem", scratch_dir, authority);
	if (listen)
		setup.listen = *listen;
	return coaps_open(&end->coaps, event, &setup);
}

static struct sockaddr_storage loopback(uint16_t port)
{
	struct sockaddr_storage addr = { .ss_family = AF_INET };
	struct sockaddr_in *in = (void *)&addr;

	in->sin_port = htons(port);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return addr;
}

/* One that is free now. */
static struct sockaddr_storage free_port(void)
{
	struct sockaddr_storage addr = loopback(0);
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&addr, sizeof(struct sockaddr_in)) ||
	    getsockname(fd, (void *)&addr, &len))
		abort();
	close(fd);
	return addr;
}

static uint64_t now_ms(void)
{
	return clock_now_ns(CLOCK_MONOTONIC) / 1000000;
}

static void run_for(unsigned int ms)
{
	uint64_t until = now_ms() + ms;

	while (now_ms() < until)
		sd_event_run(event, 10000);
}

static bool run_until(const unsigned int *what, unsigned int value)
{
	uint64_t until = now_ms() + WAIT_MS;

	while (*what < value && now_ms() < until)
		sd_event_run(event, 10000);
	return *what >= value;
}

/* --- a link that loses ---------------------------------------------------- */

/* struct link - a proxy before the server; all of it, or what comes next, is lost */
static struct link {
	int client, server;
	struct sockaddr_storage at, from;
	unsigned int drop_up, drop_down;
	bool cut;
	sd_event_source *up, *down;
} proxy;

static int on_up(sd_event_source *source, int fd, uint32_t events, void *data)
{
	socklen_t len = sizeof(proxy.from);
	uint8_t buf[2048];
	ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&proxy.from, &len);

	(void)source;
	(void)events;
	(void)data;
	if (proxy.drop_up)
		proxy.drop_up--;
	else if (n > 0 && !proxy.cut)
		n = send(proxy.server, buf, n, 0);
	return 0;
}

static int on_down(sd_event_source *source, int fd, uint32_t events, void *data)
{
	uint8_t buf[2048];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	(void)source;
	(void)events;
	(void)data;
	if (proxy.drop_down)
		proxy.drop_down--;
	else if (n > 0 && !proxy.cut)
		n = sendto(proxy.client, buf, n, 0, (void *)&proxy.from,
			   sizeof(struct sockaddr_in));
	return 0;
}

static void proxy_begin(const struct sockaddr_storage *server)
{
	socklen_t len = sizeof(proxy.at);

	memset(&proxy, 0, sizeof(proxy));
	proxy.at = loopback(0);
	proxy.client = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	proxy.server = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(proxy.client, (void *)&proxy.at, sizeof(struct sockaddr_in)) ||
	    getsockname(proxy.client, (void *)&proxy.at, &len) ||
	    connect(proxy.server, (const void *)server, sizeof(struct sockaddr_in)))
		abort();
	sd_event_add_io(event, &proxy.up, proxy.client, EPOLLIN, on_up, NULL);
	sd_event_add_io(event, &proxy.down, proxy.server, EPOLLIN, on_down, NULL);
}

static void proxy_end(void)
{
	sd_event_source_disable_unref(proxy.up);
	sd_event_source_disable_unref(proxy.down);
	close(proxy.client);
	close(proxy.server);
}

/* --- a pair --------------------------------------------------------------- */

static struct end server, client;

static void pair_open(unsigned int keepalive_s)
{
	struct sockaddr_storage at = free_port();

	EXPECT(end_open(&server, "pf-a", "ues", &at) == 0);
	EXPECT(end_open(&client, "ue-a", "ues", NULL) == 0);
	proxy_begin(&at);
	EXPECT(coaps_connect(client.coaps, NULL, &proxy.at, "a.example", keepalive_s,
			     &client));
	EXPECT(run_until(&client.connected, 1));
	EXPECT(run_until(&server.connected, 1));
}

static void pair_close(void)
{
	coaps_close(client.coaps);
	coaps_close(server.coaps);
	proxy_end();
}

static void answered(void *data, int error, const struct coaps_message *response)
{
	struct answer *answer = data;

	answer->n++;
	answer->error = error;
	if (error)
		return;
	answer->message = *response;
	if (response->len)
		memcpy(answer->body, response->body, response->len);
}

static void ask(struct end *from, struct answer *answer, const char *path, size_t len)
{
	static uint8_t body[COAPS_MAX_BODY];
	struct coaps_message request = {
		.code = COAPS_PUT, .format = 60, .body = body, .len = len,
		.has_if_match = true, .if_match = 300,
	};

	memset(body, 0x5a, sizeof(body));
	snprintf(request.path, sizeof(request.path), "%s", path);
	memset(answer, 0, sizeof(*answer));
	EXPECT(coaps_request(from->assoc, &request, answered, answer) == 0);
}

static void check_echo(struct end *from, struct end *to, size_t len)
{
	struct answer answer;

	ask(from, &answer, "a/echo", len);
	EXPECT(run_until(&answer.n, 1));
	EXPECT(answer.error == 0 && answer.message.code == COAPS_CREATED);
	EXPECT(answer.message.len == len && answer.message.format == 60);
	EXPECT(!len || answer.body[len - 1] == 0x5a);
	EXPECT(!strcmp(answer.message.location, "a/echo/7"));
	EXPECT(to->last.code == COAPS_PUT && to->last.format == 60);
	EXPECT(to->last.has_if_match && to->last.if_match == 300);
	EXPECT(!strcmp(to->last.path, "a/echo"));
}

static void test_files(void)
{
	struct end end;

	EXPECT(end_open(&end, "nobody", "ues", NULL) == -ENOENT);
	EXPECT(scratch_said("nobody.pem: No such file"));
	scratch_write("bad.pem", "no", 2);
	EXPECT(end_open(&end, "bad", "ues", NULL) == -EBADMSG);
	EXPECT(scratch_said("bad.pem: is no certificate"));
	EXPECT(end_open(&end, "ue-a", "bad", NULL) == -EBADMSG);
	EXPECT(scratch_said("bad.pem: has no certificate"));
	EXPECT(end_open(&end, "mixed", "ues", NULL) == -EBADMSG);
	EXPECT(scratch_said("mixed.key: is no private key (PEM), or not that"));
}

static void test_pair(void)
{
	struct answer answer;

	pair_open(25);
	EXPECT(!strcmp(coaps_assoc_name(client.assoc), "a.example"));
	EXPECT(!strcmp(coaps_assoc_name(server.assoc), "ue-a@a.example"));
	check_echo(&client, &server, 3);
	check_echo(&server, &client, COAPS_MAX_BODY);
	check_echo(&client, &server, COAPS_MAX_BODY);
	check_echo(&server, &client, 0);
	ask(&client, &answer, "elsewhere", 0);
	EXPECT(run_until(&answer.n, 1) && answer.message.code == COAPS_NOT_FOUND);
	pair_close();
}

static void check_refused(const char *file, const char *authority, const char *name,
			  const char *server_says, const char *client_says)
{
	struct sockaddr_storage at = free_port();

	scratch_said("");
	EXPECT(end_open(&server, "pf-a", "ues", &at) == 0);
	EXPECT(end_open(&client, file, authority, NULL) == 0);
	EXPECT(coaps_connect(client.coaps, NULL, &at, name, 25, NULL));
	EXPECT(run_until(&client.closed, 1));
	EXPECT(server.connected == 0 && client.connected == 0);
	ktap_expect(!client_says || strstr(client.why, client_says), __LINE__, "%s", client.why);
	EXPECT(!server_says || scratch_said(server_says));
	coaps_close(client.coaps);
	coaps_close(server.coaps);
}

static void test_refused(void)
{
	check_refused("rogue", "ues", "a.example", "unable to get local issuer", "refused");
	check_refused("old", "ues", "a.example", "certificate has expired", "refused");
	check_refused("stranger", "ues", "a.example", "nobody of that name", "refused");
	check_refused("ue-a", "rogues", "a.example", NULL, "certificate");
	check_refused("ue-a", "ues", "b.example", NULL, "another name is expected");
}

static void test_nobody(void)
{
	struct sockaddr_storage at = free_port();

	EXPECT(end_open(&client, "ue-a", "ues", NULL) == 0);
	EXPECT(coaps_connect(client.coaps, NULL, &at, "a.example", 25, NULL));
	EXPECT(run_until(&client.closed, 1));
	EXPECT(client.connected == 0 && *client.why);
	coaps_close(client.coaps);
}

/* What is asked again is answered again, but not done again. */
static void test_loss(void)
{
	struct answer answer;

	pair_open(25);
	proxy.drop_down = 1;
	ask(&client, &answer, "a/echo", 5);
	EXPECT(run_until(&answer.n, 1));
	EXPECT(answer.error == 0 && answer.message.len == 5);
	EXPECT(!strcmp(answer.message.location, "a/echo/7"));
	EXPECT(server.requested == 1);
	proxy.drop_up = 2;
	ask(&client, &answer, "a/echo", 5);
	EXPECT(run_until(&answer.n, 1) && answer.error == 0);
	EXPECT(server.requested == 2);
	run_for(1000);
	EXPECT(answer.n == 1);
	pair_close();
}

static void observe(struct answer *answer)
{
	struct coaps_message request = {
		.code = COAPS_GET, .path = "count", .format = -1, .observe = true,
	};

	memset(answer, 0, sizeof(*answer));
	EXPECT(coaps_request(client.assoc, &request, answered, answer) == 0);
}

static void test_observe(void)
{
	struct answer answer;

	pair_open(25);
	counter = 11;
	observe(&answer);
	EXPECT(run_until(&answer.n, 1) && *(unsigned int *)answer.body == 11);
	counter = 12;
	coaps_notify(server.assoc, "count");
	coaps_notify(server.assoc, "other");
	EXPECT(run_until(&answer.n, 2) && *(unsigned int *)answer.body == 12);
	counter = 13;
	proxy.drop_down = 1;
	coaps_notify(server.assoc, "count");
	EXPECT(run_until(&answer.n, 3) && *(unsigned int *)answer.body == 13);
	coaps_forget(client.coaps, &answer);
	coaps_notify(server.assoc, "count");
	run_for(200);
	EXPECT(answer.n == 3);
	pair_close();
}

/* It is known in 2 s that the other end cannot be reached any more. */
static void test_silence(void)
{
	struct answer answer;
	uint64_t begin;

	pair_open(1);
	run_for(2500);
	EXPECT(client.closed == 0);
	proxy.cut = true;
	begin = now_ms();
	ask(&client, &answer, "a/echo", 1);
	EXPECT(run_until(&client.closed, 1));
	EXPECT(now_ms() - begin < 2000);
	EXPECT(answer.n == 1 && answer.error == -ECONNRESET);
	EXPECT(strstr(client.why, "does not answer"));
	pair_close();
}

/* Who was silent for long is asked, and not given up. */
static void test_hurry(void)
{
	pair_open(25);
	run_for(1500);
	coaps_set_keepalive(client.assoc, 1);
	run_for(1500);
	EXPECT(client.closed == 0);
	pair_close();
}

static void test_close_heard(void)
{
	pair_open(25);
	coaps_disconnect(client.assoc);
	EXPECT(run_until(&server.closed, 1));
	EXPECT(client.closed == 0);
	pair_close();
}

/* It is asked whether it is there, and nobody listens: that is not asked again for nobody. */
static void test_gone(void)
{
	pair_open(1);
	sd_event_source_set_enabled(proxy.up, SD_EVENT_OFF);
	close(proxy.client);
	EXPECT(run_until(&client.closed, 1));
	run_for(3500);
	proxy.client = socket(AF_INET, SOCK_DGRAM, 0);
	pair_close();
}

/* What looks like a ClientHello, and is encrypted. */
static void say_stray(const struct sockaddr_storage *to)
{
	uint8_t stray[100] = { 22, 254, 253, 0, 1, [13] = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (sendto(fd, stray, sizeof(stray), 0, (const void *)to,
		   sizeof(struct sockaddr_in)) != sizeof(stray))
		abort();
	close(fd);
}

static void test_gate(void)
{
	struct sockaddr_storage at = free_port();
	struct coaps_hellos hellos = {};

	EXPECT(end_open(&server, "pf-a", "ues", &at) == 0);
	EXPECT(end_open(&client, "ue-a", "ues", NULL) == 0);
	EXPECT(!coaps_connect(server.coaps, NULL, &at, "a.example", 25, NULL) &&
	       errno == EOPNOTSUPP);
	say_stray(&at);
	EXPECT(coaps_connect(client.coaps, NULL, &at, "a.example", 25, NULL));
	EXPECT(run_until(&server.connected, 1));
	coaps_hellos(server.coaps, &hellos);
	EXPECT(hellos.asked == 1 && hellos.begun == 1 && hellos.stray == 1);
	EXPECT(!hellos.refused_source && !hellos.refused_full && !hellos.unfinished);
	coaps_close(client.coaps);
	coaps_close(server.coaps);
}

static void test_many(void)
{
	struct sockaddr_storage at = free_port();
	unsigned int i;

	EXPECT(end_open(&server, "pf-a", "ues", &at) == 0);
	EXPECT(end_open(&client, "ue-a", "ues", NULL) == 0);
	for (i = 0; i < MANY; i++)
		EXPECT(coaps_connect(client.coaps, NULL, &at, "a.example", 25, NULL));
	EXPECT(run_until(&server.connected, MANY));
	EXPECT(run_until(&client.connected, MANY));
	coaps_close(client.coaps);
	EXPECT(run_until(&server.closed, MANY));
	coaps_close(server.coaps);
}

/* --- main ----------------------------------------------------------------- */

static void pki_make(void)
{
	static const char script[] =
		"cd $0 && P=$1 && for a in ues rogues; do $P authority . $a; done &&"
		"$P issue . ues pf-a a.example && $P issue . ues ue-a ue-a@a.example &&"
		"$P issue . ues old ue-x@a.example 0 &&"
		"$P issue . ues stranger stranger@a.example &&"
		"$P issue . rogues rogue ue-a@a.example &&"
		"cp ue-a.pem mixed.pem && cp pf-a.key mixed.key";
	char pki[PATH_MAX], command[3 * PATH_MAX];

	/* Tests are run beside their sources. */
	if (!realpath("selftests/pki.sh", pki) && !realpath("../pki.sh", pki))
		abort();
	snprintf(command, sizeof(command), "bash -c '%s' %s %s", script, scratch_dir, pki);
	if (system(command))
		abort();
}

static void pki_remove(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm %s/*", scratch_dir);
	if (system(command))
		abort();
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "files that are none", test_files },
		{ "requests both ways", test_pair },
		{ "certificates that are refused", test_refused },
		{ "nobody listens", test_nobody },
		{ "what is lost comes once", test_loss },
		{ "who observes is told", test_observe },
		{ "silence ends it", test_silence },
		{ "a shorter keepalive", test_hurry },
		{ "the other end hears of the end", test_close_heard },
		{ "who is gone", test_gone },
		{ "many at once", test_many },
		{ "a cookie is asked for, what is alike is dropped", test_gate },
	};
	int failed;

	scratch_begin();
	if (sd_event_new(&event) < 0)
		abort();
	pki_make();
	failed = ktap_run(KTAP_CASES(cases));
	pki_remove();
	sd_event_unref(event);
	scratch_end();
	return failed;
}
