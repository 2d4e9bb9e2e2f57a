// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange_end.h"
#include "../../userspace/ue/hello.h"

#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	ROUND_US = 5000,
	QUIET_US = 50000,
};

sd_event *end_event;
struct hostkey end_key[END_KEYS];
struct end a, b;

/* --- the ops -------------------------------------------------------------- */

void end_sample(struct offer *offer, unsigned int version, uint32_t serial)
{
	*offer = (struct offer){
		.version = version,
		.name = "someone",
		.n_addrs = 1,
		.addr = { { .family = AF_INET, .bits = 24, .addr = { 10, 77, 0, 1 } } },
	};
	memset(offer->wg_key, 0xaa, sizeof(offer->wg_key));
	offer->mac[0] = 2;
	memcpy(offer->mac + 2, &serial, sizeof(serial));
}

uint32_t end_serial(const struct offer *offer)
{
	uint32_t serial;

	memcpy(&serial, offer->mac + 2, sizeof(serial));
	return serial;
}

static void may_delete(struct end *end, enum end_op op)
{
	if (end->deletes != op)
		return;
	exchange_peer_del(end->peer);
	end->peer = NULL;
}

static bool on_offer(struct offer *offer, void *data)
{
	struct end *end = data;

	end->asked++;
	end_sample(offer, end->version, end->serial);
	may_delete(end, END_OFFER);
	return !end->silent;
}

static void on_offered(const struct offer *offer, const struct exchange_keys *keys,
		       const struct sockaddr_in6 *from, void *data)
{
	struct end *end = data;

	end->offered++;
	end->offer = *offer;
	end->keys = *keys;
	end->from = *from;
	may_delete(end, END_OFFERED);
}

static void on_gone(const char *why, void *data)
{
	struct end *end = data;

	end->gone++;
	snprintf(end->why, sizeof(end->why), "%s", why);
	may_delete(end, END_GONE);
}

static void on_failed(const char *why, void *data)
{
	struct end *end = data;

	end->failed++;
	snprintf(end->why, sizeof(end->why), "%s", why);
	may_delete(end, END_FAILED);
}

const struct exchange_ops end_ops = {
	.offer = on_offer,
	.offered = on_offered,
	.gone = on_gone,
	.failed = on_failed,
};

/* --- ends ----------------------------------------------------------------- */

void end_add(struct end *end, struct end *to, const struct hostkey *peer, unsigned int link)
{
	*end = (struct end){
		.host = to->host,
		.exchange = to->exchange,
		.peer = exchange_peer_add(to->exchange, peer->public, end),
		.version = OFFER_VERSION,
		.serial = 1,
	};
	exchange_peer_link(end->peer, hosts_link(to->host, link));
}

void end_open(struct end *end, unsigned int host, const struct hostkey *own,
	      const struct hostkey *peer)
{
	*end = (struct end){ .host = host };
	hosts_enter(host);
	if (exchange_open(&end->exchange, end_event, own, &end_ops))
		abort();
	end_add(end, end, peer, 0);
}

void end_open_both(void)
{
	end_open(&a, 0, &end_key[0], &end_key[2]);
	end_open(&b, 1, &end_key[2], &end_key[0]);
}

void end_close_both(void)
{
	exchange_close(a.exchange);
	exchange_close(b.exchange);
}

void end_connect(void)
{
	struct sockaddr_in6 to = hosts_address(0, 0, 2, HELLO_PORT);

	exchange_connect(a.peer, &to);
}

/* --- the loop ------------------------------------------------------------- */

double end_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

bool end_go_on(void)
{
	ERR_clear_error();
	return sd_event_run(end_event, ROUND_US) >= 0;
}

void end_settle(void)
{
	while (sd_event_run(end_event, QUIET_US) > 0)
		;
}

static int by_public(const void *x, const void *y)
{
	return memcmp(((const struct hostkey *)x)->public,
		      ((const struct hostkey *)y)->public, HOSTKEY_LEN);
}

static void make_keys(void)
{
	char dir[] = "/tmp/exchange_test.XXXXXX", path[64];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/host.key", dir);
	for (int i = 0; i < END_KEYS; i++)
		if (hostkey_load(&end_key[i], dir) || unlink(path))
			abort();
	rmdir(dir);
	qsort(end_key, END_KEYS, sizeof(*end_key), by_public);
}

bool end_begin(void)
{
	make_keys();
	if (!hosts_open()) {
		printf("KTAP version 1\n1..1\nok 1 exchange # SKIP no namespaces for this user\n");
		return false;
	}
	/* As in the daemon. */
	signal(SIGPIPE, SIG_IGN);
	if (sd_event_new(&end_event) < 0)
		abort();
	return true;
}

void end_finish(void)
{
	for (int i = 0; i < END_KEYS; i++)
		hostkey_free(&end_key[i]);
	sd_event_unref(end_event);
}
