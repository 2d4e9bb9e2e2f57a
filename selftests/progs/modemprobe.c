// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hears what the helper hears of modems: each call is a line
 *
 *	modem: PORT STATE OPERATOR TECHNOLOGY MBM	"-" for what is not known
 *
 * What the helper would log is on stderr, after its priority. A port on stdin is
 * answered with "state: ..." likewise, or "state: PORT none"; the end of stdin ends it.
 */
#include "../../userspace/common/log.h"
#include "../../userspace/ue/modem.h"
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct modem_watch *watch;

void log_say(int priority, const char *session, const char *format, ...)
{
	va_list args;

	(void)session;
	va_start(args, format);
	fprintf(stderr, "%d ", priority);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void say(const char *what, const char *ifname, const struct modem_state *state)
{
	char mbm[16] = "-";

	if (state->has_signal)
		snprintf(mbm, sizeof(mbm), "%d", state->signal_mbm);
	printf("%s: %s %s %s %s %s\n", what, ifname, or_dash(state->state),
	       or_dash(state->operator), or_dash(state->technology), mbm);
}

static void told(const char *ifname, const struct modem_state *state, void *data)
{
	(void)data;
	say("modem", ifname, state);
}

static void answer(const char *ifname)
{
	const struct modem_state *state = modem_state(watch, ifname);

	if (state)
		say("state", ifname, state);
	else
		printf("state: %s none\n", ifname);
}

static int on_line(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	char buf[256], *rest = NULL;
	ssize_t len = read(fd, buf, sizeof(buf) - 1);

	(void)revents;
	(void)data;
	if (len <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	buf[len] = '\0';
	for (char *port = strtok_r(buf, "\n", &rest); port; port = strtok_r(NULL, "\n", &rest))
		answer(port);
	return 0;
}

int main(void)
{
	sd_event *event = NULL;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = sd_event_default(&event);
	if (ret >= 0)
		ret = modem_watch_open(&watch, event, told, NULL);
	if (ret >= 0)
		ret = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_line, NULL);
	if (ret >= 0)
		ret = sd_event_loop(event);
	if (ret < 0)
		die("modemprobe: %s", strerror(-ret));
	modem_watch_close(watch);
	sd_event_unref(event);
	return 0;
}
