// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "watch" on a pseudo-terminal, with a kernel that is made up: one session, and an event
 * at once.
 */
#include "../../userspace/cli/watch.h"
#include "../../userspace/common/session_list.h"
#include "ktap.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <pty.h>
#include <utmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum test_limits {
	OUTPUT_SIZE = 1 << 20,
	PATIENCE_MS = 20000,
	MESSAGE_SIZE = 1024,
};

/* The kernel. */

static int event_fds[2];
static const char *kernel_ifname = "p2p0";

int genl_open(struct genl *genl, const char *family, const char *group)
{
	(void)family;
	(void)group;
	*genl = (struct genl){};
	return 0;
}

void genl_close(struct genl *genl)
{
	(void)genl;
}

int genl_join(struct genl *genl)
{
	(void)genl;
	return write(event_fds[1], "", 1) == 1 ? 0 : -EIO;
}

int genl_fd(const struct genl *genl)
{
	(void)genl;
	return event_fds[0];
}

/* "watch" alone does not get here. */
struct nlmsghdr *genl_message(void *buf, uint8_t cmd, uint8_t version)
{
	(void)buf;
	(void)cmd;
	(void)version;
	abort();
}

int genl_call(struct genl *genl, struct nlmsghdr *msg, uint16_t flags, genl_cb cb,
	      void *data, struct ack *ack)
{
	(void)genl;
	(void)msg;
	(void)flags;
	(void)cb;
	(void)data;
	(void)ack;
	abort();
}

int genl_receive(struct genl *genl, genl_cb cb, void *data)
{
	char buf[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO))) = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genlh = mnl_nlmsg_put_extra_header(nlh, sizeof(*genlh));

	(void)genl;
	if (read(event_fds[0], buf + sizeof(buf) - 1, 1) != 1)
		return -EIO;
	genlh->cmd = SIDESTEP_CMD_NTF;
	mnl_attr_put_u32(nlh, SIDESTEP_A_IFINDEX, 12);
	mnl_attr_put_strz(nlh, SIDESTEP_A_IFNAME, kernel_ifname);
	mnl_attr_put_u8(nlh, SIDESTEP_A_EVENT, SIDESTEP_EVENT_DECISION);
	mnl_attr_put_u8(nlh, SIDESTEP_A_STATE, SIDESTEP_STATE_INFRA);
	mnl_attr_put_u8(nlh, SIDESTEP_A_WANTED, SIDESTEP_STATE_INFRA);
	mnl_attr_put_u8(nlh, SIDESTEP_A_DECISION, SIDESTEP_DECISION_EXECUTE);
	mnl_attr_put_strz(nlh, SIDESTEP_A_REASON, "execute: link failed");
	return cb(nlh, data);
}

int session_list_get(struct session_list *list, struct genl *genl,
		     const char *ifname, struct ack *ack)
{
	struct session *s = calloc(1, sizeof(*s));
	uint32_t has = 1u << SIDESTEP_PATH_A_ID | 1u << SIDESTEP_PATH_A_RTT |
		       1u << SIDESTEP_PATH_A_SIGNAL | 1u << SIDESTEP_PATH_A_LOSS |
		       1u << SIDESTEP_PATH_A_HEARD;

	(void)genl;
	(void)ifname;
	*ack = (struct ack){};
	*s = (struct session){ .ifindex = 12, .state = SIDESTEP_STATE_BICAST };
	strcpy(s->ifname, kernel_ifname);
	strcpy(s->reason, "prepare: signal -74.5 dBm");
	s->decision = SIDESTEP_DECISION_PREPARE;
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		s->path[i] = (struct session_path){
			.has = has, .id = i, .present = 1, .ready = 1,
			.rtt_us = 4100, .signal_mbm = -7450, .loss_permille = 50,
			.tx_bytes = 1234567, .rx_bytes = 999,
		};
		strcpy(s->path[i].ifname, i ? "wg0" : "p2p0");
	}
	*list = (struct session_list){ .session = s, .n = 1 };
	return 0;
}

void session_list_free(struct session_list *list)
{
	free(list->session);
}

/* The terminal. */

struct run {
	int fd;
	pid_t pid;
	int status;
	struct termios before;
	char *output;
	size_t len;
};

static struct run run;

static void child(const char *const env[][2], bool lines)
{
	struct cli_command command = { .name = "watch" };
	struct cli cli = { .command = &command, .lines = lines };
	int status;

	/* Not the parent's, which may be no terminal. */
	stdout = fdopen(STDOUT_FILENO, "w");
	unsetenv("NO_COLOR");
	setenv("SIDESTEP_STATUS", "/nonexistent", 1);
	for (; (*env)[0]; env++)
		setenv((*env)[0], (*env)[1], 1);
	if (pipe2(event_fds, O_CLOEXEC) < 0)
		_exit(99);
	status = cli_watch(&cli, 0, NULL);
	fflush(stdout);
	_exit(status);
}

static void start_at(int rows, int columns, bool lines, const char *const env[][2])
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	int terminal;

	fflush(stdout);
	run.output = calloc(1, OUTPUT_SIZE);
	run.len = 0;
	if (openpty(&run.fd, &terminal, NULL, NULL, &size) < 0 ||
	    tcgetattr(run.fd, &run.before) < 0)
		abort();
	run.pid = fork();
	if (!run.pid) {
		close(run.fd);
		login_tty(terminal);
		child(env, lines);
	}
	close(terminal);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: whether there was something before it ended or @ms were over. */
static bool take(int ms)
{
	struct pollfd fd = { .fd = run.fd, .events = POLLIN };
	ssize_t got;

	if (poll(&fd, 1, ms) <= 0)
		return false;
	got = read(run.fd, run.output + run.len, OUTPUT_SIZE - 1 - run.len);
	if (got <= 0)
		return false;
	run.len += got;
	return true;
}

/* Return: whether @text comes, or came behind byte @from. */
static bool comes(const char *text, size_t from)
{
	long end = now_ms() + PATIENCE_MS;

	while (!memmem(run.output + from, run.len - from, text, strlen(text)))
		if (now_ms() > end || !take(end - now_ms()))
			return false;
	return true;
}

static bool has(const char *text)
{
	return memmem(run.output, run.len, text, strlen(text));
}

/* It ends by itself with status 0, and the terminal is as it was. */
static void expect_end(void)
{
	long end = now_ms() + PATIENCE_MS;
	struct termios after;

	while (now_ms() < end && take(end - now_ms()))
		;
	if (now_ms() >= end)
		kill(run.pid, SIGKILL);
	EXPECT(waitpid(run.pid, &run.status, 0) == run.pid);
	EXPECT(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0);
	EXPECT(!tcgetattr(run.fd, &after));
	EXPECT(after.c_lflag == run.before.c_lflag);
	EXPECT(after.c_iflag == run.before.c_iflag);
	if (ktap_case_failed)
		for (size_t i = 0; i < run.len; i++)
			printf(i % 64 ? "%c" : "\n# %c",
			       run.output[i] < ' ' ? '~' : run.output[i]);
	close(run.fd);
	free(run.output);
}

static void type(const char *keys)
{
	EXPECT(write(run.fd, keys, strlen(keys)) == (ssize_t)strlen(keys));
}

/* Some terminals of their own, for what is looked for does not depend on them. */
#define UTF8 { "TERM", "xterm-256color" }, { "LC_ALL", "C.UTF-8" }
#define ASCII { "TERM", "vt100" }, { "LC_ALL", "C" }
#define ENV(...) (const char *const [][2]){ __VA_ARGS__, {} }

static void test_screen(void)
{
	start_at(24, 80, false, ENV(UTF8));
	EXPECT(comes("\033[?1049h", 0));
	EXPECT(comes("p2p0: bicast", 0));
	EXPECT(comes("direct p2p0 ready, -74.5 dBm, loss 5.0 %, rtt 4.1 ms", 0));
	EXPECT(comes("sent 1.18 MiB", 0) && comes("got 999 B", 0));
	EXPECT(comes("5 ms", 0) && comes("█", 0));
	EXPECT(comes("p2p0: execute: link failed", 0));
	EXPECT(comes("went", 0));
	EXPECT(comes("\033[32m", 0));
	type("q");
	expect_end();
}

static void test_leaves_screen(void)
{
	start_at(24, 80, false, ENV(UTF8));
	EXPECT(comes("went", 0));
	type("xyz q");
	EXPECT(comes("\033[?1049l", 0));
	expect_end();
}

static void test_interrupt(void)
{
	start_at(24, 80, false, ENV(UTF8));
	EXPECT(comes("went", 0));
	type("\003");
	EXPECT(comes("\033[?1049l", 0));
	expect_end();
}

static void test_terminate(void)
{
	start_at(24, 80, false, ENV(UTF8));
	EXPECT(comes("went", 0));
	kill(run.pid, SIGTERM);
	EXPECT(comes("\033[?1049l", 0));
	expect_end();
}

static void test_tiny(void)
{
	static const int sizes[][2] = {
		{ 5, 20 }, { 1, 1 }, { 1, 200 }, { 200, 1 }, { 2, 9 }, { 24, 11 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		start_at(sizes[i][0], sizes[i][1], false, ENV(UTF8));
		EXPECT(comes("\033[?1049h", 0));
		if (sizes[i][0] == 5) {
			EXPECT(comes("p2p0: bicast", 0));
			EXPECT(!has("█"));
		}
		type("q");
		expect_end();
	}
}

static void resize(int rows, int columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	EXPECT(!ioctl(run.fd, TIOCSWINSZ, &size));
}

static void test_resize(void)
{
	size_t from;

	start_at(5, 20, false, ENV(UTF8));
	EXPECT(comes("bicast", 0));
	EXPECT(!has("rtt 4.1 ms"));
	from = run.len;
	resize(50, 400);
	EXPECT(comes("rtt 4.1 ms", from) && comes("█", from));
	from = run.len;
	resize(2, 10);
	resize(24, 100);
	EXPECT(comes("rtt 4.1 ms", from));
	type("q");
	expect_end();
}

static void test_ascii(void)
{
	start_at(24, 80, false, ENV(ASCII));
	EXPECT(comes("decided", 0) && comes("#", 0));
	type("q");
	expect_end();
}

static void test_no_color(void)
{
	start_at(24, 80, false, ENV(UTF8, { "NO_COLOR", "1" }));
	EXPECT(comes("went", 0));
	EXPECT(!has("\033[32m") && !has("\033[31m"));
	type("q");
	expect_end();
}

/* No control character of a name comes to the terminal. */
static void test_name(void)
{
	kernel_ifname = "a\033[2Jb\xff\xc2\x9b";
	start_at(24, 80, false, ENV(UTF8));
	EXPECT(comes("a?[2Jb??: bicast", 0));
	type("q");
	expect_end();
	kernel_ifname = "p2p0";
}

static void expect_lines(void)
{
	EXPECT(comes("p2p0 decision: infra, wanted infra, peer wants unknown; "
		     "execute: link failed\r\n", 0));
	EXPECT(!has("\033"));
	type("\003");
	expect_end();
}

static void test_lines(void)
{
	start_at(24, 80, true, ENV(UTF8));
	expect_lines();
}

static void test_dumb(void)
{
	start_at(24, 80, false, ENV({ "TERM", "dumb" }));
	expect_lines();
	start_at(24, 80, false, ENV({ "TERM", "nosuchterm" }));
	expect_lines();
}

static const struct ktap_case cases[] = {
	{ "80x24: sessions, paths, graph, marks, log, colour; q ends", test_screen },
	{ "other keys do nothing; q restores the screen", test_leaves_screen },
	{ "Ctrl-C restores the terminal", test_interrupt },
	{ "SIGTERM restores the terminal", test_terminate },
	{ "20x5 and less", test_tiny },
	{ "another size is followed", test_resize },
	{ "no blocks without UTF-8", test_ascii },
	{ "no colour with NO_COLOR", test_no_color },
	{ "names with control characters", test_name },
	{ "-l prints lines", test_lines },
	{ "lines if the terminal has no cursor", test_dumb },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
