// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/names.h"
#include "print.h"
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum watch_limits {
	/* "2026-01-31T23:59:59.999+01:00" and some */
	TIME_SIZE = 64,
};

/* The local time as in ISO 8601, with milliseconds and the zone. */
static void now_text(char text[TIME_SIZE])
{
	char date[24], zone[8];
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	snprintf(text, TIME_SIZE, "%s.%03ld%.3s:%s", date,
		 now.tv_nsec / 1000000, zone, zone + 3);
}

static void watch_text(const struct session *s)
{
	char time[TIME_SIZE];

	now_text(time);
	printf("%s ", time);
	print_name(stdout, s->ifname);
	printf(" %s: %s, wanted %s, peer wants %s", event_name(s->event),
	       state_name(s->state), state_name(s->wanted),
	       session_has(s, SIDESTEP_A_PEER_WANTED) ?
		       state_name(s->peer_wanted) : "unknown");
	if (s->event == SIDESTEP_EVENT_DECISION) {
		fputs("; ", stdout);
		print_name(stdout, s->reason);
	}
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		if (!s->path[i].has)
			continue;
		printf("; %s ", path_name(i));
		print_name(stdout, s->path[i].ifname);
		putchar(' ');
		print_health(stdout, &s->path[i]);
	}
	putchar('\n');
}

static void json_begin(struct json *json, const char *event)
{
	char time[TIME_SIZE];

	now_text(time);
	json_object(json, NULL);
	json_string(json, "time", time);
	json_string(json, "event", event);
}

static void watch_json(const struct session *s)
{
	struct json json = { .out = stdout };

	json_begin(&json, event_name(s->event));
	print_session_json(&json, s);
	json_object_end(&json);
	putchar('\n');
}

static void watch_lost(const struct cli *cli)
{
	struct json json = { .out = stdout };
	char time[TIME_SIZE];

	if (cli->json) {
		json_begin(&json, "lost");
		json_object_end(&json);
		putchar('\n');
	} else {
		now_text(time);
		printf("%s lost: events were lost, 'sidestep show' tells the state\n",
		       time);
	}
}

static int notified(const struct nlmsghdr *nlh, void *data)
{
	const struct cli *cli = data;
	struct session s;
	int ret = session_event(nlh, &s);

	if (ret <= 0)
		return ret;
	if (cli->dev && strcmp(cli->dev, s.ifname))
		return 0;
	if (cli->json)
		watch_json(&s);
	else
		watch_text(&s);
	return 0;
}

int watch_lines(struct cli *cli, struct genl *genl, int end_fd)
{
	struct pollfd fds[] = {
		{ .fd = genl_fd(genl), .events = POLLIN },
		{ .fd = end_fd, .events = POLLIN },
	};
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return cli_fail(cli, "%m");
		if (fds[1].revents)
			return EXIT_SUCCESS;
		if (!fds[0].revents)
			continue;
		ret = genl_receive(genl, notified, cli);
		if (ret == -ENOBUFS)
			watch_lost(cli);
		else if (ret < 0)
			return cli_fail(cli, "%s",
					cli_reason(cli, &(struct ack){
						.error = -ret }));
		if (ferror(stdout))
			return EXIT_FAILURE;
	}
}
