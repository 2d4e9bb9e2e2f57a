// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the module and nl80211 as the helper does, and is told what to ask by lines on
 * stdin. Answers are lines on stdout; "event: ..." and "event: look again" come when
 * they come.
 *
 * Usage: kernelprobe
 *   get DEVICE
 *   set DEVICE [id N] [peer ADDRESS]... [keys TXFILE RXFILE] [direct NAME] [infra NAME]
 *   measure DEVICE PATH MBM AGE_MS
 *   check		print what kernel_check() says
 *   station RADIO MAC
 *   cost RADIO MAC DEVICE N	N times a station and a measurement
 */
#include "../../userspace/common/base64.h"
#include "../../userspace/common/names.h"
#include "../../userspace/ue/kernel.h"
#include "../../userspace/common/log.h"
#include "../../userspace/ue/station.h"
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_WORDS = 40,
};

struct probe {
	sd_event *event;
	struct kernel *kernel;
	struct genl radio;
	int radio_err;
	uint8_t key[2][SIDESTEP_KEY_LEN];
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

static void told(const struct session *session, void *data)
{
	(void)data;
	if (session)
		printf("event: %s %s %s\n", session->ifname,
		       event_name(session->event), state_name(session->state));
	else
		puts("event: look again");
}

static void say(const char *what, int err, const struct ack *ack)
{
	printf("%s: %s%s%s\n", what, err ? strerrorname_np(-err) : "done",
	       ack && *ack->text ? ": " : "", ack ? ack->text : "");
}

static void print_peers(const struct session *session)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < session->n_peers; i++)
		printf(" %s", inet_ntop(session->peer[i].len == 4 ? AF_INET : AF_INET6,
					session->peer[i].addr, text, sizeof(text)));
}

static bool do_get(struct probe *probe, int n, char **word)
{
	struct session session;
	struct ack ack;
	int err;

	if (n != 2)
		return false;
	err = kernel_get(probe->kernel, word[1], &session, &ack);
	if (err) {
		say("get", err, &ack);
		return true;
	}
	printf("get: %s id %u direct %s infra %s peers", session.ifname, session.id,
	       session.path[SIDESTEP_PATH_DIRECT].ifname,
	       session.path[SIDESTEP_PATH_INFRA].ifname);
	print_peers(&session);
	putchar('\n');
	return true;
}

static bool take_addr(const char *word, struct rtnl_prefix *addr)
{
	*addr = (struct rtnl_prefix){
		.family = strchr(word, ':') ? AF_INET6 : AF_INET,
	};
	return inet_pton(addr->family, word, addr->addr) == 1;
}

/* A file of `sidestep genkey`. */
static bool read_key(const char *path, uint8_t key[SIDESTEP_KEY_LEN])
{
	char text[64] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return base64_decode(key, SIDESTEP_KEY_LEN, text, strcspn(text, "\n")) ==
	       SIDESTEP_KEY_LEN;
}

static bool take_keys(struct probe *probe, struct kernel_config *config, char **word)
{
	config->flags |= KERNEL_CONFIG_KEYS;
	config->tx_key = probe->key[0];
	config->rx_key = probe->key[1];
	return word[0] && word[1] && read_key(word[0], probe->key[0]) &&
	       read_key(word[1], probe->key[1]);
}

static bool take_peer(struct kernel_config *config, const char *word)
{
	config->flags |= KERNEL_CONFIG_PEERS;
	if (config->n_peers++ < SIDESTEP_MAX_PEERS)
		return take_addr(word, &config->peer[config->n_peers - 1]);
	return true;
}

/* Return: how many words were taken, or 0. */
static int take_setting(struct probe *probe, struct kernel_config *config, char **word)
{
	if (!word[1])
		return 0;
	if (!strcmp(word[0], "id")) {
		config->flags |= KERNEL_CONFIG_ID;
		config->id = atoi(word[1]);
	} else if (!strcmp(word[0], "direct")) {
		config->flags |= KERNEL_CONFIG_DIRECT;
		config->direct = word[1];
	} else if (!strcmp(word[0], "infra")) {
		config->flags |= KERNEL_CONFIG_INFRA;
		config->infra = word[1];
	} else if (!strcmp(word[0], "keys")) {
		return take_keys(probe, config, word + 1) ? 3 : 0;
	} else if (strcmp(word[0], "peer") || !take_peer(config, word[1])) {
		return 0;
	}
	return 2;
}

static bool do_set(struct probe *probe, int n, char **word)
{
	struct kernel_config config = {};
	struct ack ack;
	int taken;

	if (n < 2)
		return false;
	for (int i = 2; i < n; i += taken) {
		taken = take_setting(probe, &config, word + i);
		if (!taken)
			return false;
	}
	say("set", kernel_set(probe->kernel, word[1], &config, &ack), &ack);
	return true;
}

static bool do_measure(struct probe *probe, int n, char **word)
{
	struct ack ack;
	uint64_t at;

	if (n != 5)
		return false;
	at = clock_ns() - strtoll(word[4], NULL, 10) * NSEC_PER_MSEC;
	say("measure", kernel_measure(probe->kernel, word[1], path_from_name(word[2]),
				      atoi(word[3]), at, &ack), &ack);
	return true;
}

static bool do_check(struct probe *probe, int n, char **word)
{
	(void)n;
	(void)word;
	say("check", kernel_check(probe->kernel), NULL);
	return true;
}

static bool take_radio(struct probe *probe, char **word, uint32_t *ifindex,
		       uint8_t mac[6])
{
	if (probe->radio_err)
		probe->radio_err = station_open(&probe->radio);
	*ifindex = if_nametoindex(word[0]);
	return sscanf(word[1], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1],
		      &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
}

static bool do_station(struct probe *probe, int n, char **word)
{
	struct station station;
	uint32_t ifindex;
	uint8_t mac[6];
	int err;

	if (n != 3 || !take_radio(probe, word + 1, &ifindex, mac))
		return false;
	err = probe->radio_err;
	if (!err)
		err = station_get(&probe->radio, ifindex, mac, &station);
	if (err)
		say("station", err, NULL);
	else
		printf("station: signal %d mbm %d inactive %u tx %u retries %u failed %u\n",
		       station.has_signal, station.signal_mbm, station.inactive_ms,
		       station.tx_packets, station.tx_retries, station.tx_failed);
	return true;
}

static bool do_cost(struct probe *probe, int n, char **word)
{
	struct station station = {};
	uint64_t begin = clock_ns();
	uint32_t ifindex;
	struct ack ack;
	uint8_t mac[6];
	int rounds;

	if (n != 5 || !take_radio(probe, word + 1, &ifindex, mac))
		return false;
	rounds = atoi(word[4]);
	for (int i = 0; i < rounds; i++) {
		station_get(&probe->radio, ifindex, mac, &station);
		kernel_measure(probe->kernel, word[3], SIDESTEP_PATH_DIRECT,
			       station.signal_mbm, clock_ns(), &ack);
	}
	printf("cost: %" PRIu64 " ns each, last %d mbm %s\n",
	       (clock_ns() - begin) / (rounds ?: 1), station.signal_mbm, ack.text);
	return true;
}

static const struct {
	const char *word;
	bool (*run)(struct probe *probe, int n, char **word);
} commands[] = {
	{ "get", do_get },	   { "set", do_set },	  { "measure", do_measure },
	{ "station", do_station }, { "check", do_check }, { "cost", do_cost },
};

static void obey(struct probe *probe, char *line)
{
	char *word[MAX_WORDS + 2] = {};
	char *rest = NULL;
	int n = 0;

	for (word[0] = strtok_r(line, " \n", &rest); word[n] && n < MAX_WORDS - 1;)
		word[++n] = strtok_r(NULL, " \n", &rest);
	for (size_t i = 0; n && i < sizeof(commands) / sizeof(*commands); i++)
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
		used -= end - buf;
		obey(probe, buf);
		memmove(buf, end, used + 1);
	}
	return 0;
}

int main(void)
{
	static struct probe probe = { .radio_err = -ENOENT };
	int err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	err = sd_event_default(&probe.event);
	if (err >= 0)
		err = kernel_open(&probe.kernel, probe.event, told, &probe);
	if (err >= 0)
		err = sd_event_add_io(probe.event, NULL, STDIN_FILENO, EPOLLIN,
				      on_line, &probe);
	if (err >= 0)
		err = sd_event_loop(probe.event);
	if (err < 0)
		die("kernelprobe: %s", strerror(-err));
	kernel_close(probe.kernel);
	sd_event_unref(probe.event);
	return 0;
}
