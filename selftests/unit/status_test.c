// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status document: what is written is read again, what is wrong is refused.
 */
#include "ktap.h"
#include "../../userspace/common/status.h"
#include "../../userspace/common/unix_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct status_session full_session(void)
{
	return (struct status_session){
		.device = "p2p0",
		.peer = "bob",
		.met = true,
		.met_s = 70000,
		.problem = "no modem: wwan0 is missing",
		.standby = "no modem",
		.tunnel = "wg-p2p0",
		.modem = "wwan0",
		.modem_state = "connected",
		.operator = "T\xc3\xa9l\xc3\xa9",
		.endpoint = "[2001:db8::1]:51820",
		.handshake_s = 12,
		.standby_bytes_per_day = INT64_MAX,
		.signal_mbm = -7450,
		.signal_age_ms = 0,
		.tx_retries_permille = 12,
		.tx_failed_permille = 1000,
		.function = "registered",
		.function_problem = "no",
		.agreement = 3,
		.order = INT64_MAX,
		.assisted = "by the relay",
	};
}

static struct status_session bare_session(void)
{
	return (struct status_session){
		.device = "p2p1",
		.met_s = -1,
		.handshake_s = -1,
		.standby_bytes_per_day = -1,
		.signal_mbm = INT32_MIN,
		.signal_age_ms = -1,
		.tx_retries_permille = -1,
		.tx_failed_permille = -1,
		.agreement = -1,
		.order = -1,
	};
}

/* Through the document and back; to be freed. */
static struct status again(const struct status *status)
{
	struct status got = {};
	size_t len = 0;
	uint8_t *buf = status_encode(status, &len);

	EXPECT(buf && len <= STATUS_MAX_SIZE);
	EXPECT(buf && !status_decode(&got, buf, len));
	free(buf);
	return got;
}

static void test_round(void)
{
	struct status_session sessions[] = { full_session(), bare_session() };
	struct status status = {
		.version = "0.1.0",
		.name = "alice",
		.key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		.n_sessions = 2,
		.session = sessions,
	};
	struct status got = again(&status);

	EXPECT(!strcmp(got.version, status.version));
	EXPECT(!strcmp(got.name, status.name));
	EXPECT(!strcmp(got.key, status.key));
	EXPECT(got.n_sessions == 2);
	for (size_t i = 0; i < got.n_sessions; i++)
		EXPECT(!memcmp(&got.session[i], &sessions[i], sizeof(sessions[i])));
	EXPECT(status_find(&got, "p2p1") == &got.session[1]);
	EXPECT(!status_find(&got, "p2p"));
	status_free(&got);
}

static void test_many(void)
{
	struct status status = {
		.n_sessions = STATUS_MAX_SESSIONS + 1,
		.session = calloc(STATUS_MAX_SESSIONS + 1, sizeof(*status.session)),
	};
	struct status got;
	uint8_t *buf;
	size_t len;

	if (!status.session)
		exit(1);
	for (size_t i = 0; i < status.n_sessions; i++) {
		status.session[i] = full_session();
		memset(status.session[i].problem, 'x', STATUS_TEXT_SIZE - 1);
	}
	buf = status_encode(&status, &len);
	EXPECT(status_decode(&got, buf, len) == -EBADMSG);
	status_free(&got);
	free(buf);
	status.n_sessions--;
	got = again(&status);
	EXPECT(got.n_sessions == STATUS_MAX_SESSIONS);
	status_free(&got);
	free(status.session);
}

static void test_not_utf8(void)
{
	struct status status = { .name = "a\xff\xc3" "b\xe2\x82" };
	struct status got = again(&status);

	EXPECT(!strcmp(got.name, "a??b??"));
	status_free(&got);
}

#define TEXT_64 "\x78\x40" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9"
#define DEVICE "\x66" "device" "\x64" "p2p0"
/* A document with one session that has what follows the device. */
#define SESSION(more) "\xa1\x68" "sessions" "\x81\xbf" DEVICE more "\xff"

static const struct row {
	const char *what;
	const char *bytes;
	size_t len;
	int ret;
} rows[] = {
#define ROW(what, bytes, ret) { what, bytes, sizeof(bytes) - 1, ret }
	ROW("nothing", "", -EBADMSG),
	ROW("an empty map", "\xa0", 0),
	ROW("an empty map without a length", "\xbf\xff", 0),
	ROW("bytes behind it", "\xa0\xa0", -EBADMSG),
	ROW("no map", "\x80", -EBADMSG),
	ROW("no end", "\xbf", -EBADMSG),
	ROW("a break in a map with a length", "\xa1\xff", -EBADMSG),
	ROW("a key without a value", "\xa1\x64name", -EBADMSG),
	ROW("a key that is no text", "\xa1\x01\x02", -EBADMSG),
	ROW("a name that is a number", "\xa1\x64name\x01", -EBADMSG),
	ROW("a name in pieces", "\xa1\x64name\x7f\x61" "a" "\xff", -EBADMSG),
	ROW("a name that ends too early", "\xa1\x64name\x65" "abc", -EBADMSG),
	ROW("a name longer than all there is",
	    "\xa1\x64name\x7b\xff\xff\xff\xff\xff\xff\xff\xff" "abc", -EBADMSG),
	ROW("a name that is too long", "\xa1\x64name" TEXT_64, 0),
	ROW("what is not known",
	    "\xa6\x61" "a" "\x82\x01\x9f\x20\xff" "\x61" "b" "\xbf\x01\xa1\x02\x03\xff"
	    "\x61" "c" "\x5f\x41\x01\xff" "\x61" "d" "\xc1\x1a\x00\x00\x00\x01"
	    "\x61" "e" "\xf9\x00\x00" "\x61" "f" "\xf6", 0),
	ROW("a break in an array with a length", "\xa1\x61" "a" "\x82\x01\xff", -EBADMSG),
	ROW("a break for a value", "\xbf\x61" "a" "\xff\xff", -EBADMSG),
	ROW("more members than bytes",
	    "\xa1\x61" "a" "\xbb\xff\xff\xff\xff\xff\xff\xff\xff" "\x01", -EBADMSG),
	ROW("a deep nest",
	    "\xa1\x61" "a" "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	    "\x81\x81\x01", 0),
	ROW("a nest that is too deep",
	    "\xa1\x61" "a" "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	    "\x81\x81\x81\x81\x01", -EBADMSG),
	ROW("sessions that are no array", "\xa1\x68" "sessions" "\xa0", -EBADMSG),
	ROW("sessions twice", "\xa2\x68" "sessions" "\x80\x68" "sessions" "\x80", -EBADMSG),
	ROW("a session that is no map", "\xa1\x68" "sessions" "\x81\x01", -EBADMSG),
	ROW("a session without a device", "\xa1\x68" "sessions" "\x81\xa0", -EBADMSG),
	ROW("a session", SESSION(""), 0),
	ROW("more sessions than follow", "\xa1\x68" "sessions" "\x82\xbf" DEVICE "\xff",
	    -EBADMSG),
	ROW("a number that is just right",
	    SESSION("\x65" "met_s" "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), 0),
	ROW("a number that is too big",
	    SESSION("\x65" "met_s" "\x1b\x80\x00\x00\x00\x00\x00\x00\x00"), -EBADMSG),
	ROW("a signal that is just right",
	    SESSION("\x6a" "signal_mbm" "\x3a\x7f\xff\xff\xff"), 0),
	ROW("a signal that is too small",
	    SESSION("\x6a" "signal_mbm" "\x3a\x80\x00\x00\x00"), -EBADMSG),
	ROW("a signal that is text", SESSION("\x6a" "signal_mbm" "\x61" "1"), -EBADMSG),
	ROW("a truth that is a number", SESSION("\x63" "met" "\x01"), -EBADMSG),
	ROW("a number that is a truth", SESSION("\x65" "met_s" "\xf5"), -EBADMSG),
#undef ROW
};

static void test_rows(void)
{
	struct status status;

	for (size_t i = 0; i < SIZE(rows); i++) {
		/* Exactly as long, so that a look beyond is seen. */
		uint8_t *buf = malloc(rows[i].len ?: 1);
		int ret;

		if (!buf)
			exit(1);
		memcpy(buf, rows[i].bytes, rows[i].len);
		ret = status_decode(&status, buf, rows[i].len);
		ktap_expect(ret == rows[i].ret, __LINE__, "%s: %d", rows[i].what, ret);
		status_free(&status);
		free(buf);
	}
}

static void test_cut(void)
{
	static const char bytes[] = "\xa1\x64name" TEXT_64;
	struct status status;

	EXPECT(!status_decode(&status, (const uint8_t *)bytes, sizeof(bytes) - 1));
	EXPECT(strlen(status.name) == 62 && !strchr(status.name, '\xc3'));
	status_free(&status);
}

/* What one daemon says, in pieces, to one client; then it hangs for @hang_ms or closes. */
struct daemon {
	int fd;
	const uint8_t *buf;
	size_t len;
	bool hangs;
	int done[2];
};

static void *serve(void *data)
{
	struct daemon *daemon = data;
	int fd = accept(daemon->fd, NULL, NULL);
	char byte;

	for (size_t i = 0; i < daemon->len; i++)
		if (send(fd, &daemon->buf[i], 1, MSG_NOSIGNAL) != 1)
			break;
	if (daemon->hangs && read(daemon->done[0], &byte, 1) < 0)
		perror("read");
	close(fd);
	return NULL;
}

/* status_get(), with a daemon that says this */
static int get_from(struct status *status, const uint8_t *buf, size_t len, bool hangs)
{
	struct daemon daemon = { .buf = buf, .len = len, .hangs = hangs };
	struct sockaddr_un address;
	pthread_t thread;
	int ret;

	unlink(status_path());
	daemon.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (unix_address(&address, status_path()) || pipe(daemon.done) ||
	    bind(daemon.fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(daemon.fd, 1) || pthread_create(&thread, NULL, serve, &daemon)) {
		perror("daemon");
		exit(1);
	}
	ret = status_get(status);
	close(daemon.done[1]);
	pthread_join(thread, NULL);
	close(daemon.done[0]);
	close(daemon.fd);
	return ret;
}

static void test_get(void)
{
	struct status_session session = full_session();
	struct status status = { .name = "alice", .n_sessions = 1, .session = &session };
	char path[] = "/tmp/status_test.XXXXXX";
	struct status got;
	uint8_t *buf;
	size_t len;
	int fd = mkstemp(path);

	if (fd < 0)
		exit(1);
	close(fd);
	setenv("SIDESTEP_STATUS", path, 1);
	buf = status_encode(&status, &len);
	EXPECT(!get_from(&got, buf, len, false));
	EXPECT(!strcmp(got.name, "alice") && got.n_sessions == 1);
	status_free(&got);
	EXPECT(get_from(&got, buf, len - 1, false) == -EBADMSG);
	status_free(&got);
	EXPECT(get_from(&got, buf, len, true) == -ETIMEDOUT);
	status_free(&got);
	EXPECT(status_get(&got) == -ECONNREFUSED);
	status_free(&got);
	unlink(path);
	EXPECT(status_get(&got) == -ENOENT);
	status_free(&got);
	free(buf);
}

static void test_path(void)
{
	static char path[200];
	struct status got;

	unsetenv("SIDESTEP_STATUS");
	EXPECT(!strcmp(status_path(), STATUS_SOCKET));
	setenv("SIDESTEP_STATUS", "", 1);
	EXPECT(!strcmp(status_path(), STATUS_SOCKET));
	memset(path, 'a', sizeof(path) - 1);
	setenv("SIDESTEP_STATUS", path, 1);
	EXPECT(status_get(&got) == -ENAMETOOLONG);
	status_free(&got);
}

static const struct ktap_case cases[] = {
	{ "status: what is written is read again", test_round },
	{ "status: 256 sessions, no more", test_many },
	{ "status: what is no UTF-8 becomes ?", test_not_utf8 },
	{ "status: documents, good and bad", test_rows },
	{ "status: a text that is too long is cut between characters", test_cut },
	{ "status: the daemon is asked, gone, silent", test_get },
	{ "status: where the socket is", test_path },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
