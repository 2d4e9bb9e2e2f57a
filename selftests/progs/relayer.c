// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One relay of the ProSe Function's, without the function
 *
 *	relayer [-s] [-r BYTES_S] [-w WINDOW_S] ADDR4 ADDR6 STATE KEY_A KEY_B
 *
 * With the file STATE it restores the relay, otherwise it opens one, and stores what is
 * to be stored there. -s: the kernel does nothing; -r: of packets it may have as many as
 * it likes. Keys are files with a public key in base64. Says "relay PORT_A PORT_B",
 * "latched a|b", "ended WHY"; each line on stdin is answered with "fast=0|1 a.packets=N
 * a.bytes=N a.form=N ...". The end of stdin ends all.
 *
 *	relayer -p PORT ADDR RELAY_PORT KEY
 *
 * sends a punch for the owner of KEY from PORT.
 */
#include "../../userspace/common/base64.h"
#include "../../userspace/common/wg_mac1.h"
#include "../../userspace/mno/relay.h"
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

static const char side_name[RELAY_SIDES] = { 'a', 'b' };
static const char *state_path;
static struct relay *relay;

static void read_key(uint8_t key[PF_WG_KEY_LEN], const char *path)
{
	FILE *file = fopen(path, "r");
	char text[64];

	if (!file || fscanf(file, "%63s", text) != 1 ||
	    base64_decode(key, PF_WG_KEY_LEN, text, strlen(text)) != PF_WG_KEY_LEN)
		die("relayer: no key in %s", path);
	fclose(file);
}

/* --- what is stored ------------------------------------------------------- */

static void store(void)
{
	struct relay_state state;
	FILE *file = fopen(state_path, "w");

	relay_state(relay, &state);
	if (!file || fwrite(&state, sizeof(state), 1, file) != 1 || fclose(file))
		die("relayer: %s: %s", state_path, strerror(errno));
}

static bool load(struct relay_state *state)
{
	FILE *file = fopen(state_path, "r");
	bool whole = file && fread(state, sizeof(*state), 1, file) == 1;

	if (file)
		fclose(file);
	return whole;
}

static void begin(struct relays *relays, char **key, uint32_t window_s)
{
	uint8_t public[RELAY_SIDES][PF_WG_KEY_LEN];
	struct relay_state state;
	int err;

	for (int side = 0; side < RELAY_SIDES; side++)
		read_key(public[side], key[side]);
	if (load(&state))
		err = relay_restore(&relay, relays, "a@a.example", &state, NULL);
	else
		err = relay_open(&relay, relays, "a@a.example", public, window_s, NULL);
	if (err)
		die("relayer: %s", strerror(-err));
	relays_settle(relays);
	store();
	relay_state(relay, &state);
	printf("relay %u %u\n", state.port[RELAY_A], state.port[RELAY_B]);
}

/* --- what is said --------------------------------------------------------- */

static void on_latched(struct relay *which, enum relay_side side, void *data)
{
	(void)which;
	(void)data;
	store();
	printf("latched %c\n", side_name[side]);
}

static void on_ended(struct relay *which, enum relay_end end, void *data)
{
	(void)which;
	(void)data;
	relay = NULL;
	printf("ended %s\n", relay_end_name(end));
}

static void show(void)
{
	struct relay_counters counters;

	relay_counters(relay, &counters);
	printf("fast=%d", relay_is_fast(relay));
	for (int side = 0; side < RELAY_SIDES; side++) {
		printf(" %c.packets=%ju %c.bytes=%ju", side_name[side],
		       (uintmax_t)counters.packets[side], side_name[side],
		       (uintmax_t)counters.bytes[side]);
		for (int drop = 0; drop < RELAY_DROPS; drop++)
			printf(" %c.%s=%ju", side_name[side], relay_drop_name(drop),
			       (uintmax_t)counters.drop[side][drop]);
	}
	putchar('\n');
}

static int on_line(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	char buf[256];

	(void)revents;
	(void)data;
	if (read(fd, buf, sizeof(buf)) <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	if (relay)
		show();
	return 0;
}

/* --- main ----------------------------------------------------------------- */

static void punch(uint16_t port, char **arg)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(arg[1])) };
	uint8_t public[PF_WG_KEY_LEN], buf[WG_INITIATION_LEN];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct wg_mac1_key key;

	read_key(public, arg[2]);
	if (inet_pton(AF_INET, arg[0], &to.sin_addr) != 1 ||
	    wg_mac1_key(&key, public) || wg_mac1_punch(buf, &key) ||
	    bind(fd, (void *)&from, sizeof(from)) ||
	    sendto(fd, buf, sizeof(buf), 0, (void *)&to, sizeof(to)) != sizeof(buf))
		die("relayer: cannot punch: %s", strerror(errno));
	close(fd);
}

static void serve(struct relays_conf *conf, uint32_t window_s, char **arg)
{
	static const struct relay_ops ops = { on_latched, on_ended };
	struct relays *relays;
	sd_event *event = NULL;
	int err;

	if (inet_pton(AF_INET, arg[0], &conf->listen4) != 1 ||
	    inet_pton(AF_INET6, arg[1], &conf->listen6) != 1)
		die("relayer: no addresses");
	state_path = arg[2];
	err = sd_event_default(&event);
	if (err >= 0)
		err = relays_open(&relays, event, conf, &ops);
	if (err >= 0)
		err = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_line, NULL);
	if (err < 0)
		die("relayer: %s", strerror(-err));
	begin(relays, arg + 3, window_s);
	sd_event_loop(event);
	relays_close(relays, false);
	sd_event_unref(event);
}

int main(int argc, char **argv)
{
	struct relays_conf conf = {
		.port_min = 40000,
		.port_max = 40999,
		.fast = true,
		.limits = RELAY_LIMITS_DEFAULT,
	};
	uint32_t window_s = 3600;
	uint16_t punch_port = 0;
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt(argc, argv, "sr:w:p:")) != -1) {
		switch (opt) {
		case 's':
			conf.fast = false;
			break;
		case 'r':
			conf.limits.bytes_s = atoll(optarg);
			conf.limits.packets_s = 0;
			break;
		case 'w':
			window_s = atoi(optarg);
			break;
		case 'p':
			punch_port = atoi(optarg);
			break;
		default:
			die("relayer: unknown option");
		}
	}
	if (argc - optind != (punch_port ? 3 : 5))
		die("relayer: see the source");
	if (punch_port)
		punch(punch_port, argv + optind);
	else
		serve(&conf, window_s, argv + optind);
	return 0;
}
