// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the helper's view of the network, a tunnel and fallback addresses as the helper
 * does, and is told what to do by lines on stdin. Answers are lines on stdout; what
 * the helper would log is on stderr.
 *
 * Usage: netprobe
 *   watch			print the view now and when it changes
 *   open NAME MODEM PORT KEYFILE warm|cold KEEPALIVE_S
 *   peer PUBLIC_KEY ADDRESS:PORT|- initiator|other ADDRESS/BITS...
 *   need yes|no
 *   read			print the tunnel's state
 *   idle			follow the tunnel often, print how many requests it made
 *   close keep|remove
 *   public ADDRESS/BITS...	print how many of them can be reached from anywhere
 *   fallback DEVICE [ADDRESS/BITS...]	print how many requests it made
 */
#include "../../userspace/ue/fallback.h"
#include "../../userspace/common/log.h"
#include "../../userspace/ue/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_WORDS = 32,
	IDLE_ROUNDS = 1000,
	TICK_US = 1000000,
};

struct probe {
	sd_event *event;
	struct netview *view;
	struct rtnl rtnl;
	struct genl genl;
	struct conf_session conf;
	struct tunnel *tunnel;
	bool watched;
};

void log_say(int priority, const char *session, const char *format, ...)
{
	va_list args;

	(void)priority;
	va_start(args, format);
	fprintf(stderr, "%s: ", session ? session : "-");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static void print_addr(const char *what, const struct rtnl_prefix *addr)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(addr->family, addr->addr, text, sizeof(text));
	printf(" %s/%s/%u", what, text, addr->bits);
}

static void print_default(const struct probe *probe, const struct netview_link *link,
			  uint8_t family)
{
	char text[INET6_ADDRSTRLEN] = "-";
	struct rtnl_route route;

	if (!netview_default_route(probe->view, link->ifindex, family, &route))
		return;
	if (route.gateway.family)
		inet_ntop(route.gateway.family, route.gateway.addr, text, sizeof(text));
	printf(" default/%s/%s/%u", link->ifname, text, route.metric);
}

static void print_link(const struct probe *probe, const struct netview_link *link)
{
	char what[IFNAMSIZ + 8];
	size_t i;

	printf(" link/%s/%s/%s/%s/%u", link->ifname, link->kind,
	       link->up ? "up" : "down", link->carrier ? "carrier" : "silent",
	       link->mtu);
	snprintf(what, sizeof(what), "addr/%s", link->ifname);
	for (i = 0; i < link->n_addrs; i++)
		print_addr(what, &link->addr[i]);
	print_default(probe, link, AF_INET);
	print_default(probe, link, AF_INET6);
}

static void print_view(const struct probe *probe)
{
	const struct netview_link *link;
	uint32_t i;

	printf("view");
	for (i = 1; i < 256; i++) {
		link = netview_link_by_index(probe->view, i);
		if (link)
			print_link(probe, link);
	}
	puts(" end");
}

static void changed(void *data)
{
	struct probe *probe = data;

	if (probe->watched)
		print_view(probe);
	if (probe->tunnel)
		tunnel_follow(probe->tunnel);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct probe *probe = data;

	(void)usec;
	if (probe->tunnel)
		tunnel_tick(probe->tunnel);
	sd_event_source_set_time_relative(source, TICK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static bool take_prefix(const char *word, struct rtnl_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN + 4];
	char *slash;

	snprintf(text, sizeof(text), "%s", word);
	slash = strchr(text, '/');
	if (!slash)
		return false;
	*slash = '\0';
	*prefix = (struct rtnl_prefix){ .bits = atoi(slash + 1) };
	prefix->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(prefix->family, text, prefix->addr) == 1;
}

static bool take_key(const char *word, uint8_t key[WG_KEY_LEN])
{
	uint8_t raw[WG_KEY_LEN + 1];

	if (strlen(word) != 44 ||
	    EVP_DecodeBlock(raw, (const uint8_t *)word, 44) != sizeof(raw))
		return false;
	memcpy(key, raw, WG_KEY_LEN);
	return true;
}

static bool take_endpoint(char *word, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (void *)ss;
	char *colon = strchr(word, ':');

	memset(ss, 0, sizeof(*ss));
	if (!strcmp(word, "-"))
		return true;
	if (!colon)
		return false;
	*colon = '\0';
	in->sin_family = AF_INET;
	in->sin_port = htons(atoi(colon + 1));
	return inet_pton(AF_INET, word, &in->sin_addr) == 1;
}

static bool read_key(const char *path, uint8_t key[WG_KEY_LEN])
{
	char text[64] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return take_key(text, key);
}

static void say_result(const char *what, int ret)
{
	printf("%s: %s\n", what, ret < 0 ? strerror(-ret) : "done");
}

static bool do_open(struct probe *probe, int n, char **word)
{
	uint8_t key[WG_KEY_LEN];
	struct conf_session *conf = &probe->conf;

	if (n != 7 || !read_key(word[4], key))
		return false;
	*conf = (struct conf_session){ .listen_port = atoi(word[3]) };
	snprintf(conf->device, sizeof(conf->device), "p2p0");
	snprintf(conf->tunnel, sizeof(conf->tunnel), "%s", word[1]);
	snprintf(conf->modem, sizeof(conf->modem), "%s", word[2]);
	conf->standby = strcmp(word[5], "cold") ? CONF_STANDBY_WARM : CONF_STANDBY_COLD;
	conf->keepalive_s = atoi(word[6]);
	say_result("open", tunnel_open(&probe->tunnel, conf, key, probe->view,
				       &probe->rtnl, &probe->genl));
	return true;
}

static bool do_peer(struct probe *probe, int n, char **word)
{
	struct wireguard_peer peer = {};
	int i;

	if (n < 4 || !probe->tunnel || !take_key(word[1], peer.key) ||
	    !take_endpoint(word[2], &peer.endpoint))
		return false;
	for (i = 4; i < n && i < 4 + WIREGUARD_MAX_ALLOWED; i++)
		if (!take_prefix(word[i], &peer.allowed[peer.n_allowed++]))
			return false;
	say_result("peer", tunnel_set_peer(probe->tunnel, &peer,
					   !strcmp(word[3], "initiator")));
	return true;
}

static bool do_need(struct probe *probe, int n, char **word)
{
	if (n != 2 || !probe->tunnel)
		return false;
	tunnel_need(probe->tunnel, !strcmp(word[1], "yes"));
	puts("need: done");
	return true;
}

static bool do_read(struct probe *probe, int n, char **word)
{
	static const char *const name[] = {
		[TUNNEL_NO_MODEM] = "no modem", [TUNNEL_NO_ROUTE] = "no route",
		[TUNNEL_NO_PEER] = "no peer", [TUNNEL_NO_ENDPOINT] = "no endpoint",
		[TUNNEL_COLD] = "cold", [TUNNEL_NO_HANDSHAKE] = "no handshake",
		[TUNNEL_UP] = "ready",
	};
	struct tunnel_state state;
	int ret;

	(void)word;
	if (n != 1 || !probe->tunnel)
		return false;
	ret = tunnel_read(probe->tunnel, &state);
	if (ret < 0)
		say_result("read", ret);
	else
		printf("read: %s; age %lld rx %llu tx %llu port %u\n",
		       name[state.readiness], (long long)state.handshake_age_s,
		       (unsigned long long)state.rx_bytes,
		       (unsigned long long)state.tx_bytes, state.listen_port);
	return true;
}

static uint32_t requests(const struct probe *probe)
{
	return probe->rtnl.seq + probe->genl.seq;
}

static bool do_idle(struct probe *probe, int n, char **word)
{
	uint32_t before = requests(probe);
	int i;

	(void)word;
	if (n != 1 || !probe->tunnel)
		return false;
	for (i = 0; i < IDLE_ROUNDS; i++)
		tunnel_follow(probe->tunnel);
	printf("idle: %u requests\n", requests(probe) - before);
	return true;
}

static bool do_close(struct probe *probe, int n, char **word)
{
	if (n != 2)
		return false;
	tunnel_close(probe->tunnel, !strcmp(word[1], "remove"));
	probe->tunnel = NULL;
	puts("close: done");
	return true;
}

static bool do_fallback(struct probe *probe, int n, char **word)
{
	struct rtnl_prefix addr[MAX_WORDS];
	uint32_t before = requests(probe);
	int i, ret;

	if (n < 2)
		return false;
	for (i = 2; i < n; i++)
		if (!take_prefix(word[i], &addr[i - 2]))
			return false;
	ret = fallback_apply(&probe->rtnl, probe->view, word[1], addr, n - 2);
	printf("fallback: %s, %u requests\n", ret < 0 ? strerror(-ret) : "done",
	       requests(probe) - before);
	return true;
}

static bool do_public(struct probe *probe, int n, char **word)
{
	struct rtnl_prefix addr;
	int i, count = 0;

	(void)probe;
	for (i = 1; i < n; i++) {
		if (!take_prefix(word[i], &addr))
			return false;
		count += netview_is_public(&addr);
	}
	printf("public: %d\n", count);
	return true;
}

static bool do_watch(struct probe *probe, int n, char **word)
{
	(void)n;
	(void)word;
	probe->watched = true;
	print_view(probe);
	return true;
}

static const struct {
	const char *word;
	bool (*run)(struct probe *probe, int n, char **word);
} commands[] = {
	{ "watch", do_watch },	{ "open", do_open },   { "peer", do_peer },
	{ "need", do_need },	{ "read", do_read },   { "idle", do_idle },
	{ "close", do_close },	{ "fallback", do_fallback },
	{ "public", do_public },
};

static void obey(struct probe *probe, char *line)
{
	char *word[MAX_WORDS + 1] = {};
	char *rest = NULL;
	size_t i;
	int n = 0;

	for (word[0] = strtok_r(line, " \n", &rest); word[n] && n < MAX_WORDS - 1;)
		word[++n] = strtok_r(NULL, " \n", &rest);
	for (i = 0; n && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].word, word[0])) {
			if (!commands[i].run(probe, n, word))
				printf("%s: misunderstood\n", word[0]);
			return;
		}
	puts("what?");
}

static int on_line(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	static char buf[4096];
	static size_t used;
	struct probe *probe = data;
	ssize_t len = read(fd, buf + used, sizeof(buf) - 1 - used);
	char *end;

	(void)source;
	(void)revents;
	if (len <= 0)
		return sd_event_exit(probe->event, 0);
	used += len;
	buf[used] = '\0';
	while ((end = strchr(buf, '\n'))) {
		*end++ = '\0';
		obey(probe, buf);
		used -= end - buf;
		memmove(buf, end, used + 1);
	}
	return 0;
}

static int run(struct probe *probe)
{
	int ret;

	ret = sd_event_default(&probe->event);
	if (ret >= 0)
		ret = netview_open(&probe->view, probe->event, changed, probe);
	if (ret >= 0)
		ret = rtnl_open(&probe->rtnl);
	if (ret >= 0)
		ret = wireguard_open(&probe->genl);
	if (ret >= 0)
		ret = sd_event_add_io(probe->event, NULL, STDIN_FILENO, EPOLLIN,
				      on_line, probe);
	if (ret >= 0)
		ret = sd_event_add_time_relative(probe->event, NULL, CLOCK_MONOTONIC,
						 TICK_US, 10000, on_tick, probe);
	return ret < 0 ? ret : sd_event_loop(probe->event);
}

int main(void)
{
	static struct probe probe;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = run(&probe);
	if (ret < 0)
		fprintf(stderr, "netprobe: %s\n", strerror(-ret));
	return ret < 0;
}
