// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's socket and file, with a daemon that does nothing else, in a child.
 */
#include "ktap.h"
#include "../../userspace/common/log.h"
#include "../../userspace/common/unix_stream.h"
#include "../../userspace/ue/serve.h"
#include "../../userspace/common/session_list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum limits {
	/* More than a socket's buffer holds. */
	MANY_SESSIONS = 2000,
	WAIT_MS = 10000,
};

static char dir[] = "/tmp/serve_test.XXXXXX";
static char socket_path[64], metrics_path[64], other_path[64], log_path[64];
static struct serve *serve;
static size_t n_sessions = 1;
static unsigned int fills;

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

int session_list_get(struct session_list *list, struct genl *genl,
		     const char *ifname, struct ack *ack)
{
	(void)genl;
	(void)ifname;
	*ack = (struct ack){};
	*list = (struct session_list){ .session = calloc(1, sizeof(*list->session)),
				       .n = 1 };
	strcpy(list->session->ifname, "p2p0");
	list->session->has = 1u << SIDESTEP_A_STATE;
	return 0;
}

void session_list_free(struct session_list *list)
{
	free(list->session);
}

static bool fill(struct status *status, void *data)
{
	(void)data;
	strcpy(status->name, "alice");
	sprintf(status->version, "%u", ++fills);
	status->session = calloc(n_sessions, sizeof(*status->session));
	status->n_sessions = n_sessions;
	for (size_t i = 0; i < n_sessions; i++) {
		sprintf(status->session[i].device, "p2p%u", (unsigned int)i % 10000);
		memset(status->session[i].problem, 'x', STATUS_TEXT_SIZE - 1);
	}
	return true;
}

/* SIGHUP: another file. SIGUSR1: none. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *data)
{
	(void)source;
	(void)data;
	serve_metrics(serve, info->ssi_signo == SIGHUP ? other_path : "");
	return 0;
}

static void run_daemon(int ready)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGTERM };
	struct genl genl = {};
	sd_event *event;
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	for (size_t i = 0; i < 3; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (sd_event_new(&event) < 0 || serve_open(&serve, event, &genl, fill, NULL) < 0)
		exit(1);
	for (size_t i = 0; i < 3; i++)
		sd_event_add_signal(event, NULL, signals[i], i < 2 ? on_signal : NULL, NULL);
	serve_metrics(serve, metrics_path);
	if (write(ready, "", 1) != 1)
		exit(1);
	sd_event_loop(event);
	serve_close(serve);
	sd_event_unref(event);
	exit(0);
}

static pid_t start(size_t n)
{
	int ready[2];
	char byte;
	pid_t pid;

	n_sessions = n;
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

static int stop(pid_t pid, int signal)
{
	int status = -1;

	kill(pid, signal);
	waitpid(pid, &status, 0);
	return status;
}

/* The file's content, or NULL; to be freed. */
static char *content(const char *path)
{
	char *text = calloc(1, 1 << 20);
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, text, (1 << 20) - 1) < 0) {
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static bool has(const char *path, const char *what)
{
	char *text = content(path);
	bool found = text && strstr(text, what);

	free(text);
	return found;
}

static bool poll_until(bool (*holds)(void))
{
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		if (holds())
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static bool metrics_there(void) { return has(metrics_path, "\n# EOF\n"); }
static bool metrics_gone(void) { return access(metrics_path, F_OK); }
static bool other_there(void) { return has(other_path, "\n# EOF\n"); }
static bool other_gone(void) { return access(other_path, F_OK); }
static bool failure_logged(void) { return has(log_path, "<4>MetricsFile="); }

static int connect_to(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unix_address(&address, socket_path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static void test_socket(void)
{
	pid_t pid = start(1);
	struct status status;
	struct stat stat_buf;

	EXPECT(!status_get(&status));
	EXPECT(!strcmp(status.name, "alice") && status.n_sessions == 1);
	status_free(&status);
	EXPECT(!stat(socket_path, &stat_buf) && (stat_buf.st_mode & 0777) == 0666);
	EXPECT(!stop(pid, SIGTERM));
	EXPECT(access(socket_path, F_OK));
}

static void test_stale(void)
{
	pid_t pid = start(1);
	struct status status;
	sd_event *event;

	EXPECT(!sd_event_new(&event));
	EXPECT(serve_open(&serve, event, NULL, fill, NULL) == -EADDRINUSE);
	EXPECT(has(log_path, "another sidestepd listens on it"));
	EXPECT(!status_get(&status));
	status_free(&status);
	stop(pid, SIGKILL);
	EXPECT(!access(socket_path, F_OK));
	pid = start(1);
	EXPECT(!status_get(&status));
	status_free(&status);
	stop(pid, SIGTERM);
	close(open(socket_path, O_CREAT, 0600));
	EXPECT(serve_open(&serve, event, NULL, fill, NULL) == -EEXIST);
	EXPECT(!unlink(socket_path));
	sd_event_unref(event);
}

static unsigned int asked(void)
{
	struct status status;
	unsigned int n = 0;

	if (!status_get(&status))
		n = atoi(status.version);
	status_free(&status);
	return n;
}

/* Many who ask at once do not make the daemon look each time. */
static void test_flood(void)
{
	pid_t pid = start(1);
	unsigned int first = asked(), last = 0;

	for (int i = 0; i < 60; i++)
		last = asked();
	EXPECT(first && last >= first && last < first + 30);
	stop(pid, SIGTERM);
}

/* How much comes until the end; -1 if the connection is broken off. */
static ssize_t read_all(int fd)
{
	ssize_t n, sum = 0;
	char buf[4096];

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += n;
	return n ? n : sum;
}

/* Who does not read takes nothing from others, nor for long from the daemon. */
static void test_slow(void)
{
	pid_t pid = start(MANY_SESSIONS);
	int slow[20], fd, early = 0;
	ssize_t whole = 0;

	for (int i = 0; i < 15; i++)
		slow[i] = connect_to();
	for (int i = 0; i < 3; i++) {
		fd = connect_to();
		whole = read_all(fd);
		close(fd);
		EXPECT(whole > MANY_SESSIONS * STATUS_TEXT_SIZE);
	}
	for (int i = 15; i < 20; i++)
		slow[i] = connect_to();
	/* Who is too much is sent away early, the others when patience ends. */
	for (int i = 0; i < 20; i++) {
		struct pollfd pollfd = { .fd = slow[19 - i], .events = POLLRDHUP };

		early += poll(&pollfd, 1, i < 4 ? 1000 : 0) == 1;
	}
	EXPECT(early == 4);
	for (int i = 0; i < 20; i++) {
		struct pollfd pollfd = { .fd = slow[i], .events = POLLRDHUP };

		EXPECT(poll(&pollfd, 1, WAIT_MS) == 1);
		EXPECT(read_all(slow[i]) < whole);
		close(slow[i]);
	}
	EXPECT(!stop(pid, SIGTERM));
}

static void test_metrics(void)
{
	pid_t pid = start(1);
	struct stat stat_buf;
	char tmp[80];

	EXPECT(poll_until(metrics_there));
	EXPECT(has(metrics_path, "sidestep_session_state{session=\"p2p0\",state=\"direct\"} 1\n"));
	EXPECT(has(metrics_path, "sidestep_helper_info{version=\"1\",name=\"alice\"} 1\n"));
	EXPECT(!stat(metrics_path, &stat_buf) && (stat_buf.st_mode & 0777) == 0644);
	sprintf(tmp, "%s.tmp", metrics_path);
	EXPECT(access(tmp, F_OK));
	kill(pid, SIGHUP);
	EXPECT(poll_until(other_there));
	EXPECT(poll_until(metrics_gone));
	kill(pid, SIGUSR1);
	EXPECT(poll_until(other_gone));
	EXPECT(!stop(pid, SIGTERM));
	pid = start(1);
	EXPECT(poll_until(metrics_there));
	EXPECT(!stop(pid, SIGTERM));
	EXPECT(metrics_gone());
}

static void test_no_metrics(void)
{
	struct status status;
	pid_t pid;

	/* Nobody, root neither, can replace a directory by a file. */
	EXPECT(!mkdir(metrics_path, 0700));
	pid = start(1);
	EXPECT(poll_until(failure_logged));
	EXPECT(!status_get(&status));
	status_free(&status);
	EXPECT(!stop(pid, SIGTERM));
	EXPECT(!rmdir(metrics_path));
}

static const struct ktap_case cases[] = {
	{ "serve: a document for who connects", test_socket },
	{ "serve: a stale socket is replaced, nothing else", test_stale },
	{ "serve: many who ask cost little", test_flood },
	{ "serve: who does not read is sent away", test_slow },
	{ "serve: the metrics' file comes, moves, goes", test_metrics },
	{ "serve: metrics that cannot be written are no end", test_no_metrics },
};

int main(void)
{
	int ret;

	if (!mkdtemp(dir))
		return 1;
	/* As the service has it */
	umask(077);
	sprintf(socket_path, "%s/status", dir);
	sprintf(metrics_path, "%s/metrics.prom", dir);
	sprintf(other_path, "%s/other.prom", dir);
	sprintf(log_path, "%s/log", dir);
	setenv("SIDESTEP_STATUS", socket_path, 1);
	ret = ktap_run(KTAP_CASES(cases));
	unlink(log_path);
	rmdir(dir);
	return ret;
}
