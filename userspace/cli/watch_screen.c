// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "../common/session_list.h"
#include "watch.h"
#include "watch_draw.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <unistd.h>

enum screen_limits {
	/* Seconds to leave a sidestepd alone that did not answer. */
	STATUS_PAUSE = 10,
};

/**
 * struct screen - one run
 * @cli: which session
 * @events: where notifications come
 * @requests: where the sessions are asked for; events would come between
 * @model: what is shown
 * @status: what sidestepd said last
 * @status_at: the second in which it is asked again
 * @stale: an event has come since the sessions were asked for
 */
struct screen {
	const struct cli *cli;
	struct genl *events;
	struct genl requests;
	struct watch_model model;
	struct status status;
	uint64_t status_at;
	bool stale;
};

enum screen_fds {
	FD_EVENTS,
	FD_END,
	FD_RESIZE,
	FD_KEYS,
	FDS,
};

bool watch_screen_fits(void)
{
	const char *cup;
	int error;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    setupterm(NULL, STDOUT_FILENO, &error) == ERR)
		return false;
	cup = tigetstr("cup");
	return cup && cup != (char *)-1;
}

static uint64_t now_ms(void)
{
	return clock_now_ns(CLOCK_BOOTTIME) / 1000000;
}

static void ask_helper(struct screen *screen, uint64_t now)
{
	int ret;

	if (now < screen->status_at)
		return;
	status_free(&screen->status);
	ret = status_get(&screen->status);
	screen->status_at = now + (ret == -ETIMEDOUT ? STATUS_PAUSE : 1);
	if (ret < 0) {
		status_free(&screen->status);
		screen->status = (struct status){};
	}
}

/* Return: 0, also if the session is gone, or a negative errno value, and why in @ack. */
static int ask(struct screen *screen, struct ack *ack)
{
	uint64_t now = now_ms() / 1000;
	struct session_list list;
	int ret;

	ret = session_list_get(&list, &screen->requests, screen->cli->dev, ack);
	if (ret == -ENODEV && screen->cli->dev) {
		list.n = 0;
		ret = 0;
	}
	if (!ret) {
		ret = watch_model_poll(&screen->model, list.session, list.n, now);
		ack->error = -ret;
	}
	session_list_free(&list);
	ask_helper(screen, now);
	screen->stale = false;
	return ret;
}

static int notified(const struct nlmsghdr *nlh, void *data)
{
	struct screen *screen = data;
	struct session s;
	int ret = session_event(nlh, &s);

	if (ret <= 0)
		return ret;
	if (screen->cli->dev && strcmp(screen->cli->dev, s.ifname))
		return 0;
	watch_model_event(&screen->model, &s, now_ms() / 1000);
	screen->stale = true;
	return 0;
}

static int take_events(struct screen *screen, struct ack *ack)
{
	int ret = genl_receive(screen->events, notified, screen);

	if (ret == -ENOBUFS) {
		watch_log_add(&screen->model.log, "events were lost");
		screen->stale = true;
		return 0;
	}
	*ack = (struct ack){ .error = -ret };
	return ret;
}

/* Return: whether it goes on. */
static bool take_keys(void)
{
	int key;

	while ((key = getch()) != ERR) {
		if (key == 'q' || key == 'Q')
			return false;
		if (key == 'L' - '@')
			clearok(curscr, TRUE);
	}
	return true;
}

static void take_resize(int fd)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(fd, &info, sizeof(info)) < 0 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

/* Return: 0 when it shall end, or a negative errno value, and why in @ack. */
static int loop(struct screen *screen, struct watch_draw *draw,
		struct pollfd fds[FDS], struct ack *ack)
{
	uint64_t next_ms = 0;
	int ret = 0;

	for (;;) {
		if (screen->stale || now_ms() >= next_ms) {
			ret = ask(screen, ack);
			next_ms = (now_ms() / 1000 + 1) * 1000;
		}
		if (ret < 0)
			return ret;
		watch_draw(draw);
		for (int i = 0; i < FDS; i++)
			fds[i].revents = 0;
		if (poll(fds, FDS, next_ms > now_ms() ? next_ms - now_ms() : 0) < 0 &&
		    errno != EINTR) {
			*ack = (struct ack){ .error = errno };
			return -errno;
		}
		if (fds[FD_END].revents || fds[FD_KEYS].revents & (POLLHUP | POLLERR))
			return 0;
		if (fds[FD_RESIZE].revents)
			take_resize(fds[FD_RESIZE].fd);
		if (fds[FD_KEYS].revents && !take_keys())
			return 0;
		if (fds[FD_EVENTS].revents)
			ret = take_events(screen, ack);
	}
}

static int open_resize_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool begin(SCREEN **terminal)
{
	*terminal = newterm(NULL, stdout, stdin);
	if (!*terminal)
		return false;
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	curs_set(0);
	return true;
}

static int run(struct screen *screen, int end_fd, int resize_fd)
{
	struct pollfd fds[FDS] = {
		[FD_EVENTS] = { genl_fd(screen->events), POLLIN, 0 },
		[FD_END] = { end_fd, POLLIN, 0 },
		[FD_RESIZE] = { resize_fd, POLLIN, 0 },
		[FD_KEYS] = { STDIN_FILENO, POLLIN, 0 },
	};
	struct watch_draw draw = {
		.model = &screen->model,
		.status = &screen->status,
		.title = screen->cli->dev ? screen->cli->dev : "all sessions",
	};
	struct ack ack = {};
	SCREEN *terminal;
	int ret;

	if (!begin(&terminal))
		return cli_fail(screen->cli, "the terminal cannot be used");
	watch_draw_init(&draw);
	ret = loop(screen, &draw, fds, &ack);
	endwin();
	delscreen(terminal);
	if (ret < 0)
		return cli_fail(screen->cli, "%s", cli_reason(screen->cli, &ack));
	return EXIT_SUCCESS;
}

int watch_screen(struct cli *cli, struct genl *genl, int end_fd)
{
	struct screen screen = { .cli = cli, .events = genl };
	int status = EXIT_FAILURE;
	int resize_fd;

	if (!cli_open(cli, &screen.requests))
		return status;
	setlocale(LC_CTYPE, "");
	resize_fd = open_resize_fd();
	if (resize_fd < 0)
		cli_fail(cli, "signalfd: %m");
	else
		status = run(&screen, end_fd, resize_fd);
	close(resize_fd);
	status_free(&screen.status);
	watch_model_free(&screen.model);
	genl_close(&screen.requests);
	return status;
}
