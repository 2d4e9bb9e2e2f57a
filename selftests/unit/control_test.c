// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The operator's socket, with a function that does nothing else, in a child; and what
 * prosefctl makes of its answers.
 */
#include "ktap.h"
#include "../../userspace/common/unix_stream.h"
#include "../../userspace/ctl/ask.h"
#include "../../userspace/ctl/table.h"
#include "../../userspace/mno/control.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum limits {
	/* More than a socket's buffer holds. */
	MANY = 20000,
};

static char dir[] = "/tmp/control_test.XXXXXX";
static char socket_path[64], log_path[64], said_path[64];
static char said[1024];
static size_t n_rows = 1;

void log_say(int priority, const char *session, const char *format, ...)
{
	FILE *out = fopen(log_path, "a");
	va_list args;

	(void)session;
	if (!out)
		exit(1);
	fprintf(out, "<%d>", priority);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
	fclose(out);
}

/* What is said on stderr until heard() is in @said then. */
static int listen_to_stderr(void)
{
	int kept = dup(STDERR_FILENO);
	FILE *out = fopen(said_path, "w");

	fflush(stderr);
	if (kept < 0 || !out || dup2(fileno(out), STDERR_FILENO) < 0)
		exit(1);
	fclose(out);
	return kept;
}

static void heard(int kept)
{
	FILE *in = fopen(said_path, "r");

	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	if (!in)
		exit(1);
	said[fread(said, 1, sizeof(said) - 1, in)] = '\0';
	fclose(in);
}

static void list_subscribers(struct control_answer *answer, void *data)
{
	struct control_subscriber row = {
		.registered = true, .addr = "[2001:db8::1]:40000", .since_s = 61,
		.left_s = 3599, .agreements = 1, .sessions = 2, .reports = 3,
	};

	(void)data;
	for (size_t i = 0; i < n_rows; i++) {
		sprintf(row.epuid, "ue-%zu@a.example", i);
		control_row(answer, &row);
	}
}

static void list_agreements(struct control_answer *answer, void *data)
{
	struct control_agreement row = {
		.epuid = "a@a", .id = 4294967295, .version = 2, .peer = "b@b",
		.confirmed = true, .window_s = 86400, .min_report_ms = 500, .triggers = 3,
	};

	(void)data;
	control_row(answer, &row);
}

static void list_sessions(struct control_answer *answer, void *data)
{
	struct control_session row = {
		.session = "a/1", .requesting = "a@a", .targeted = "b@b",
		.state = PF_SESSION_RELAYED, .by = "operator", .age_s = 5,
		.left_s = 90000, .cause = "said \"so\"",
	};

	(void)data;
	control_row(answer, &row);
}

static void list_relays(struct control_answer *answer, void *data)
{
	struct control_relay row = {
		.owner = "a@a", .port_a = 65534, .port_b = 65535,
		.latch_a = "192.0.2.1:1024", .packets_a = UINT64_MAX, .bytes_a = 1536,
		.bytes_b = 1023, .drops = 7, .fast = true, .left_s = 59,
	};

	(void)data;
	control_row(answer, &row);
}

static void print_metrics(FILE *out, void *data)
{
	(void)data;
	fputs("# TYPE sidestep_x gauge\nsidestep_x{a=\"b\"} 1\n# EOF\n", out);
}

static void assist(const struct control_request *request, struct control_end *end,
		   void *data)
{
	(void)data;
	end->failed = strcmp(request->b, "b@b");
	snprintf(end->words, sizeof(end->words), "%s %.20s %.20s",
		 pf_decision_name(request->decision), request->a, request->b);
}

static void release(const struct control_request *request, struct control_end *end,
		    void *data)
{
	(void)data;
	end->failed = true;
	if (strcmp(request->session, "a/1"))
		snprintf(end->words, sizeof(end->words), "no session %.60s",
			 request->session);
}

static void drain(const struct control_request *request, struct control_end *end,
		  void *data)
{
	(void)data;
	strcpy(end->words, request->on ? "draining" : "open");
}

static const struct control_ops ops = {
	.subscribers = list_subscribers,
	.agreements = list_agreements,
	.sessions = list_sessions,
	.relays = list_relays,
	.metrics = print_metrics,
	.assist = assist,
	.release = release,
	.drain = drain,
};

static void run_daemon(int ready)
{
	struct control *control;
	sd_event *event;
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (sd_event_new(&event) < 0 || control_open(&control, event, &ops, NULL) < 0)
		exit(1);
	sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (write(ready, "", 1) != 1)
		exit(1);
	sd_event_loop(event);
	control_close(control);
	sd_event_unref(event);
	exit(0);
}

static pid_t start(size_t n)
{
	int ready[2];
	char byte;
	pid_t pid;

	n_rows = n;
	fflush(stdout);
	if (pipe(ready))
		exit(1);
	pid = fork();
	if (!pid) {
		close(ready[0]);
		run_daemon(ready[1]);
	}
	close(ready[1]);
	EXPECT(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return pid;
}

static int stop(pid_t pid)
{
	int status = -1;

	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	return status;
}

static bool ask_for(enum control_command command, struct answer *answer)
{
	const struct control_request request = { .command = command };
	struct ctl ctl = {};
	int kept = listen_to_stderr();
	bool answered = ask(&ctl, &request, answer);

	heard(kept);
	return answered;
}

static void expect_printed(enum control_command command,
			   void (*print)(FILE *, const struct answer *),
			   const char *wanted)
{
	struct answer answer;
	char *text = NULL;
	size_t len;
	FILE *out;

	ktap_expect(ask_for(command, &answer), __LINE__, "%d: %s", command, said);
	out = open_memstream(&text, &len);
	print(out, &answer);
	fclose(out);
	ktap_expect(!strcmp(text, wanted), __LINE__, "%s", text);
	free(text);
	answer_free(&answer);
}

static void test_tables(void)
{
	pid_t pid = start(2);

	expect_printed(CONTROL_SUBSCRIBERS, table_print,
		"EPUID           REGISTERED  FROM                 SINCE  LEFT    AGREEMENTS  SESSIONS  REPORTS\n"
		"ue-0@a.example  yes         [2001:db8::1]:40000  1m01s  59m59s  1           2         3\n"
		"ue-1@a.example  yes         [2001:db8::1]:40000  1m01s  59m59s  1           2         3\n");
	expect_printed(CONTROL_AGREEMENTS, table_print,
		"EPUID  ID          VERSION  PEER  CONFIRMED  MUTUAL  RELAY-ONLY  WINDOW  INTERVAL  TRIGGERS\n"
		"a@a    4294967295  2        b@b   yes        no      no          1d00h   500ms     3\n");
	expect_printed(CONTROL_SESSIONS, table_print,
		"SESSION  REQUESTING  TARGETED  STATE    BY        AGE  LEFT   PORT-A  PORT-B  CAUSE\n"
		"a/1      a@a         b@b       relayed  operator  5s   1d01h  -       -       said \"so\"\n");
	expect_printed(CONTROL_RELAYS, table_print,
		"PORT-A  PORT-B  SESSION  OWNER  LATCH-A         LATCH-B  PACKETS-A             BYTES-A  PACKETS-B  BYTES-B  DROPS  FAST  LEFT\n"
		"65534   65535   -        a@a    192.0.2.1:1024  -        18446744073709551615  1.5K     0          1023     7      yes   59s\n");
	expect_printed(CONTROL_METRICS, table_print,
		"# TYPE sidestep_x gauge\nsidestep_x{a=\"b\"} 1\n# EOF\n");
	EXPECT(!stop(pid));
}

static void test_json(void)
{
	pid_t pid = start(0);

	expect_printed(CONTROL_SUBSCRIBERS, table_print_json, "[]\n");
	expect_printed(CONTROL_AGREEMENTS, table_print_json,
		"[{\"epuid\":\"a@a\",\"id\":4294967295,\"version\":2,\"peer\":\"b@b\","
		"\"confirmed\":true,\"mutual\":false,\"relay_only\":false,\"window_s\":86400,"
		"\"min_report_ms\":500,\"triggers\":3}]\n");
	expect_printed(CONTROL_SESSIONS, table_print_json,
		"[{\"session\":\"a/1\",\"requesting\":\"a@a\",\"targeted\":\"b@b\","
		"\"state\":\"relayed\",\"by\":\"operator\",\"age_s\":5,\"left_s\":90000,"
		"\"port_a\":null,\"port_b\":null,\"cause\":\"said \\\"so\\\"\"}]\n");
	expect_printed(CONTROL_RELAYS, table_print_json,
		"[{\"port_a\":65534,\"port_b\":65535,\"session\":null,\"owner\":\"a@a\","
		"\"latch_a\":\"192.0.2.1:1024\",\"latch_b\":null,"
		"\"packets_a\":18446744073709551615,\"bytes_a\":1536,\"packets_b\":0,"
		"\"bytes_b\":1023,\"drops\":7,\"fast\":true,\"left_s\":59}]\n");
	EXPECT(!stop(pid));
}

static void expect_end(struct control_request request, bool done, const char *words)
{
	struct answer answer;
	struct ctl ctl = {};
	int kept = listen_to_stderr();
	bool answered = ask(&ctl, &request, &answer);
	char line[256];

	heard(kept);
	EXPECT(answered == done && !answer.n);
	snprintf(line, sizeof(line), "prosefctl: %s\n", words);
	ktap_expect(!strcmp(said, done ? "" : line), __LINE__, "\"%s\"", said);
	EXPECT(!done || !strcmp(answer.end.words, words));
	answer_free(&answer);
}

static bool log_has(const char *line)
{
	char text[4096] = "";
	FILE *in = fopen(log_path, "r");

	if (!in)
		return false;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return strstr(text, line);
}

static void test_orders(void)
{
	pid_t pid = start(1);
	char line[64];

	expect_end((struct control_request){ .command = CONTROL_ASSIST,
					     .a = "a@a", .b = "b@b",
					     .decision = PF_DECISION_EXECUTE }, true,
		   "execute a@a b@b");
	expect_end((struct control_request){ .command = CONTROL_ASSIST, .a = "a@a",
					     .b = "c@c" }, false,
		   "none a@a c@c");
	expect_end((struct control_request){ .command = CONTROL_ASSIST, .a = "a@a" }, false,
		   "two UEs are needed");
	expect_end((struct control_request){ .command = CONTROL_RELEASE, .session = "a/7" }, false,
		   "no session a/7");
	expect_end((struct control_request){ .command = CONTROL_RELEASE, .session = "a/1" }, false,
		   "refused");
	expect_end((struct control_request){ .command = CONTROL_RELEASE }, false,
		   "a session is needed");
	expect_end((struct control_request){ .command = CONTROL_DRAIN, .on = true }, true,
		   "draining");
	expect_end((struct control_request){ .command = CONTROL_DRAIN }, true, "open");
	sprintf(line, "<5>control: user %u: assist a@a b@b\n", getuid());
	EXPECT(log_has(line));
	sprintf(line, "<5>control: user %u: drain off\n", getuid());
	EXPECT(log_has(line));
	EXPECT(!stop(pid));
}

static void test_many(void)
{
	pid_t pid = start(MANY);
	struct answer answer;

	EXPECT(ask_for(CONTROL_SUBSCRIBERS, &answer));
	EXPECT(answer.n == MANY);
	EXPECT(answer.n == MANY &&
	       !strcmp(answer.row[MANY - 1].subscriber.epuid, "ue-19999@a.example"));
	answer_free(&answer);
	EXPECT(!stop(pid));
}

/* What is sent, whole or cut off, and then nothing more. */
static ssize_t send_raw(const void *bytes, size_t len, bool end, uint8_t **buf)
{
	int fd = unix_connect(socket_path);
	ssize_t ret;

	EXPECT(fd >= 0);
	EXPECT(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
	if (end)
		shutdown(fd, SHUT_WR);
	ret = unix_read_all(fd, buf, 1 << 20, 1000 * (CONTROL_PATIENCE_S + 5));
	close(fd);
	return ret;
}

static void expect_malformed(const void *bytes, size_t len, bool end, const char *words)
{
	struct answer answer = { .command = CONTROL_SESSIONS };
	uint8_t *buf = NULL;
	ssize_t n = send_raw(bytes, len, end, &buf);

	EXPECT(n > 0 && !answer_decode(&answer, buf, n) && !answer.n);
	ktap_expect(answer.end.failed && !strcmp(answer.end.words, words), __LINE__,
		    "%s", answer.end.words);
	answer_free(&answer);
	free(buf);
}

static void test_malformed(void)
{
	uint8_t big[CONTROL_MAX_ROW + 1] = {};
	uint8_t *buf = NULL;
	pid_t pid = start(1);

	expect_malformed("", 0, true, "no map");
	expect_malformed("\xa1\x01", 2, true, "malformed");
	expect_malformed("\xa1\x01\x00", 3, true, "command: of another type, or out of range");
	expect_malformed("\xa1\x01\x09", 3, true, "command: of another type, or out of range");
	expect_malformed("\xa1\x01\x03\x00", 4, true, "more than one document");
	expect_malformed("\xa2\x01\x07\x05\x61x", 6, true, "a session's id that is not PFID/NUMBER");
	/* Not waited for. */
	expect_malformed(big, sizeof(big), false, "too long");
	/* Who says nothing is sent away, and others are answered meanwhile. */
	EXPECT(!send_raw("\xa1", 1, false, &buf));
	free(buf);
	EXPECT(!stop(pid));
}

/* Whether the daemon first sees one who goes, or one who comes, is chance. */
static bool ask_until(int tries)
{
	struct answer answer;
	bool answered;

	do {
		answered = ask_for(CONTROL_SESSIONS, &answer);
		answer_free(&answer);
		usleep(20000);
	} while (!answered && --tries);
	return answered;
}

static void test_turned_away(void)
{
	int fd[CONTROL_MAX_CLIENTS];
	pid_t pid = start(1);
	struct answer answer;

	for (size_t i = 0; i < CONTROL_MAX_CLIENTS; i++)
		fd[i] = unix_connect(socket_path);
	EXPECT(!ask_for(CONTROL_SESSIONS, &answer) && strstr(said, "busy"));
	answer_free(&answer);
	close(fd[0]);
	EXPECT(ask_until(50));
	for (size_t i = 1; i < CONTROL_MAX_CLIENTS; i++)
		close(fd[i]);
	EXPECT(!stop(pid));
}

static void test_socket(void)
{
	struct control *control;
	struct stat stat_now;
	struct answer answer;
	sd_event *event;
	pid_t pid;

	EXPECT(!ask_for(CONTROL_SESSIONS, &answer) && strstr(said, "does not run") &&
	       strstr(said, socket_path));
	pid = start(1);
	EXPECT(!stat(socket_path, &stat_now) && (stat_now.st_mode & 07777) == 0660);
	EXPECT(sd_event_new(&event) >= 0);
	EXPECT(control_open(&control, event, &ops, NULL) == -EADDRINUSE);
	EXPECT(log_has("another prosefd listens on it"));
	sd_event_unref(event);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* What a killed one has left is replaced. */
	EXPECT(!access(socket_path, F_OK) && !ask_for(CONTROL_SESSIONS, &answer));
	EXPECT(strstr(said, "does not run"));
	pid = start(1);
	EXPECT(ask_for(CONTROL_SESSIONS, &answer));
	answer_free(&answer);
	EXPECT(!stop(pid) && access(socket_path, F_OK));
}

static void test_access(void)
{
	pid_t pid = start(1);
	struct answer answer;
	int status = -1;
	pid_t other;

	if (getuid()) {
		stop(pid);
		return;
	}
	EXPECT(!chown(socket_path, 0, 2) && !chmod(dir, 0755));
	other = fork();
	if (!other) {
		const struct control_request request = { .command = CONTROL_SESSIONS };
		int kept = listen_to_stderr();
		struct ctl ctl = {};
		bool good = !setgid(65534) && !setuid(65534) &&
			    !ask(&ctl, &request, &answer);

		heard(kept);
		good = good && strstr(said, "for root and members of the group 'bin'");
		_exit(!good);
	}
	waitpid(other, &status, 0);
	EXPECT(!status);
	EXPECT(!stop(pid));
}

/**
 * struct said_case - what is said of a command line
 * @argv: it
 * @words: stderr begins so; of one that is done: NULL
 */
struct said_case {
	char *argv[6];
	const char *words;
};

static void expect_said(const struct said_case *c, bool json)
{
	struct ctl ctl = { .json = json };
	int kept = listen_to_stderr();
	int argc = 0, status;

	while (c->argv[argc])
		argc++;
	status = ctl_run(&ctl, argc, (char **)c->argv);
	heard(kept);
	ktap_expect(status == (c->words ? EXIT_FAILURE : EXIT_SUCCESS), __LINE__, "%s: %d",
		    c->argv[0], status);
	ktap_expect(!strncmp(said, c->words ?: "", strlen(c->words ?: "\n")), __LINE__,
		    "%s: \"%s\"", c->argv[0], said);
}

static void test_operands(void)
{
	static const struct said_case cases[] = {
		{ { "x" }, "prosefctl: unknown command 'x'\n'prosefctl help' lists" },
		{ { "help", "x" }, "prosefctl: unknown command 'help'" },
		{ { "relays", "x" }, "prosefctl: relays: unexpected word 'x'\nusage: prosefctl relays\n" },
		{ { "assist" }, "prosefctl: assist: two UEs are needed\nusage: prosefctl assist EPUID" },
		{ { "assist", "a@a" }, "prosefctl: assist: two UEs are needed\n" },
		{ { "assist", "a@a", "b@b", "none", "x" }, "prosefctl: assist: two UEs are needed\n" },
		{ { "assist", "a@a", "b" }, "prosefctl: assist: 'b': an EPUID that is not USER@PFID\n" },
		{ { "assist", "a@a", "a@a" }, "prosefctl: assist: 'a@a' twice" },
		{ { "assist", "a@a", "b@b", "release" }, "prosefctl: assist: unknown decision 'release'" },
		{ { "release" }, "prosefctl: release: a session is needed\nusage:" },
		{ { "release", "a" }, "prosefctl: release: 'a': a session's id that is not" },
		{ { "release", "a/7" }, "prosefctl: release: no session a/7\n" },
		{ { "drain" }, "prosefctl: drain: 'on' or 'off' is needed\nusage: prosefctl drain {on|off}\n" },
		{ { "drain", "yes" }, "prosefctl: drain: 'on' or 'off' is needed\n" },
	};
	static const struct said_case json = {
		{ "metrics" }, "prosefctl: metrics: option -j is for lists only\n"
	};
	pid_t pid = start(1);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_said(&cases[i], false);
	expect_said(&json, true);
	EXPECT(!stop(pid));
}

static void test_cut(void)
{
	const struct control_session row = {
		.session = "a/1", .requesting = "a@a", .targeted = "b@b",
		.state = PF_SESSION_ENDED,
	};
	const struct control_end end = { .words = "so" };
	uint8_t buf[2 * CONTROL_MAX_ROW];
	size_t n, len;

	n = control_encode_row(CONTROL_SESSIONS, &row, buf, sizeof(buf));
	len = n + control_encode_end(&end, buf + n, sizeof(buf) - n);
	for (size_t cut = 0; cut <= len; cut++) {
		struct answer answer = { .command = CONTROL_SESSIONS };
		int ret = answer_decode(&answer, buf, cut);

		EXPECT(ret == (cut == len ? 0 : -EBADMSG));
		answer_free(&answer);
	}
	/* Behind the end, or of another kind */
	for (int i = 0; i < 2; i++) {
		struct answer answer = { .command = i ? CONTROL_DRAIN : CONTROL_SESSIONS };

		buf[len] = 0xa0;
		EXPECT(answer_decode(&answer, buf, len + !i) == -EBADMSG);
		answer_free(&answer);
	}
	EXPECT(!control_encode_row(CONTROL_DRAIN, &row, buf, sizeof(buf)));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "control: the socket, its mode, one daemon", test_socket },
		{ "control: tables", test_tables },
		{ "control: JSON", test_json },
		{ "control: orders are given, and answered", test_orders },
		{ "control: an answer that is long", test_many },
		{ "control: what is malformed is refused", test_malformed },
		{ "control: command lines that are wrong", test_operands },
		{ "control: too many who ask", test_turned_away },
		{ "control: who may not is told who may", test_access },
		{ "control: an answer that is cut off is none", test_cut },
	};
	int status;

	if (!mkdtemp(dir))
		return 1;
	snprintf(socket_path, sizeof(socket_path), "%s/control", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	snprintf(said_path, sizeof(said_path), "%s/said", dir);
	setenv("PROSEFD_CONTROL", socket_path, 1);
	status = ktap_run(KTAP_CASES(cases));
	unlink(log_path);
	unlink(said_path);
	unlink(socket_path);
	rmdir(dir);
	return status;
}
