// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a session needs after a restart: it is read as it was written, or refused; what
 * was there stays until the new is on the disk.
 */
#include "ktap.h"
#include "scratch.h"
#include "../../userspace/common/cbor_put.h"
#include "../../userspace/ue/store_format.h"

#include <errno.h>
#include <openssl/sha.h>
#include <sys/wait.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char session[] = "p2p0";
static const char file[] = "p2p0.session";
static const char new_file[] = "p2p0.session.new";

/* --- what reaches the disk ------------------------------------------------ */

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);

/* f: a file is synced, d: a directory is, r: something is renamed. */
static char steps[16];
static int fsync_errno;

static void step(char what)
{
	size_t n = strlen(steps);

	if (n < sizeof(steps) - 1)
		steps[n] = what;
}

int __wrap_fsync(int fd)
{
	struct stat st;

	step(!fstat(fd, &st) && S_ISDIR(st.st_mode) ? 'd' : 'f');
	if (!fsync_errno)
		return __real_fsync(fd);
	errno = fsync_errno;
	return -1;
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
	step('r');
	return __real_renameat(from, old, to, new);
}

/* --- samples -------------------------------------------------------------- */

/* All bytes are compared, so all are zero first. */
static void make_bare(struct stored *stored)
{
	memset(stored, 0, sizeof(*stored));
	memset(stored->wg_private, 0x11, sizeof(stored->wg_private));
	memset(stored->peer_key, 0x22, sizeof(stored->peer_key));
}

static void make_peer(struct offer *peer)
{
	peer->version = OFFER_VERSION;
	memset(peer->name, 'n', sizeof(peer->name) - 1);
	peer->mac[0] = 2;
	peer->n_addrs = OFFER_MAX_ADDRS;
	for (size_t i = 0; i < OFFER_MAX_ADDRS; i++)
		peer->addr[i] = (struct rtnl_prefix){ AF_INET6, 64, { 0xfd, [15] = 2 } };
	peer->n_endpoints = OFFER_MAX_ENDPOINTS;
	for (size_t i = 0; i < OFFER_MAX_ENDPOINTS; i++) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer->endpoint[i];

		in6->sin6_family = AF_INET6;
		in6->sin6_port = UINT16_MAX;
		in6->sin6_addr.s6_addr[0] = 0x20;
	}
}

static void make_full(struct stored *stored)
{
	make_bare(stored);
	stored->has_keys = true;
	stored->keys.id = UINT16_MAX;
	memset(stored->keys.keys_id, 0x33, sizeof(stored->keys.keys_id));
	memset(stored->keys.tx, 0x44, sizeof(stored->keys.tx));
	memset(stored->keys.rx, 0x55, sizeof(stored->keys.rx));
	stored->has_peer = true;
	make_peer(&stored->peer);
	stored->n_own = OFFER_MAX_ADDRS;
	for (size_t i = 0; i < OFFER_MAX_ADDRS; i++)
		stored->own[i] = (struct rtnl_prefix){ AF_INET, 24, { 10, 77, i, 1 } };
}

static bool is_stored(const struct stored *wanted)
{
	struct stored got;

	return !store_read(&got, scratch_dir, session) &&
	       !memcmp(&got, wanted, sizeof(got));
}

static int read_back(void)
{
	struct stored got;

	return store_read(&got, scratch_dir, session);
}

/* --- cases ---------------------------------------------------------------- */

static void expect_round(const struct stored *stored)
{
	struct stat st;

	EXPECT(!store_write(stored, scratch_dir, session));
	EXPECT(is_stored(stored));
	EXPECT(!stat(scratch_path(file), &st) && (st.st_mode & 07777) == 0600);
	EXPECT(!scratch_has(new_file));
}

static void test_round(void)
{
	struct stored stored;

	make_bare(&stored);
	expect_round(&stored);
	make_full(&stored);
	expect_round(&stored);
	make_bare(&stored);
	expect_round(&stored);
}

static void test_none(void)
{
	store_remove(scratch_dir, session);
	EXPECT(!scratch_has(file));
	scratch_said("");
	EXPECT(read_back() == -ENOENT);
	store_remove(scratch_dir, session);
	EXPECT(!scratch_said("sidestepd"));
}

static void test_apart(void)
{
	struct stored first, second, got;

	make_full(&first);
	make_bare(&second);
	EXPECT(!store_write(&first, scratch_dir, session));
	EXPECT(!store_write(&second, scratch_dir, "p2p1"));
	EXPECT(is_stored(&first));
	EXPECT(!store_read(&got, scratch_dir, "p2p1") &&
	       !memcmp(&got, &second, sizeof(got)));
	store_remove(scratch_dir, "p2p1");
	EXPECT(is_stored(&first));
}

static void expect_refused(const uint8_t *buf, size_t len)
{
	uint8_t left[STORE_MAX_SIZE * 4];

	scratch_write(file, buf, len);
	scratch_said("");
	EXPECT(read_back() < 0);
	EXPECT(scratch_said(scratch_path(file)));
	EXPECT(scratch_read(file, left, sizeof(left)) == (ssize_t)len &&
	       !memcmp(left, buf, len));
}

static void test_damaged(void)
{
	uint8_t buf[STORE_MAX_SIZE * 4] = {};
	struct stored stored;
	size_t len;

	make_full(&stored);
	len = store_encode(&stored, buf, STORE_MAX_SIZE);
	EXPECT(len);
	for (size_t i = 0; i < len; i++) {
		buf[i] ^= 1 << i % 8;
		expect_refused(buf, i);
		expect_refused(buf, len);
		buf[i] ^= 1 << i % 8;
	}
	expect_refused(buf, len + 1);
	expect_refused(buf, sizeof(buf));
	scratch_write(file, buf, len);
	EXPECT(is_stored(&stored));
}

static void test_exposed(void)
{
	char way_out[PATH_MAX + 16];
	struct stored stored;

	make_full(&stored);
	EXPECT(!store_write(&stored, scratch_dir, session));
	snprintf(way_out, sizeof(way_out), "chmod 600 %s", scratch_path(file));
	EXPECT(!chmod(scratch_path(file), 0644));
	scratch_said("");
	EXPECT(read_back() == -EPERM);
	EXPECT(scratch_said(way_out));
	EXPECT(!chmod(scratch_path(file), 0600) && is_stored(&stored));
}

static void test_full(void)
{
	struct stored before, after;
	int err[3];

	make_bare(&before);
	make_full(&after);
	EXPECT(!store_write(&before, scratch_dir, session));
	for (size_t i = 0; i < SIZE(err); i++) {
		scratch_full(i * 80);
		err[i] = store_write(&after, scratch_dir, session);
		scratch_full(RLIM_INFINITY);
		EXPECT(err[i] == -EFBIG);
		EXPECT(is_stored(&before) && !scratch_has(new_file));
	}
	EXPECT(!store_write(&after, scratch_dir, session) && is_stored(&after));
}

static void test_order(void)
{
	struct stored stored;

	make_full(&stored);
	memset(steps, 0, sizeof(steps));
	EXPECT(!store_write(&stored, scratch_dir, session));
	EXPECT(!strcmp(steps, "frd"));
}

static void test_unsynced(void)
{
	struct stored before, after;

	make_bare(&before);
	make_full(&after);
	EXPECT(!store_write(&before, scratch_dir, session));
	scratch_said("");
	fsync_errno = EIO;
	EXPECT(store_write(&after, scratch_dir, session) == -EIO);
	fsync_errno = 0;
	EXPECT(scratch_said(scratch_path(file)));
	EXPECT(is_stored(&before) && !scratch_has(new_file));
}

/* One was killed while it wrote; what it left may be anybody's. */
static void test_left(void)
{
	struct stored stored;

	make_full(&stored);
	scratch_write(new_file, "half", 4);
	EXPECT(!chmod(scratch_path(new_file), 0444));
	expect_round(&stored);
	EXPECT(!symlink("/dev/null", scratch_path(new_file)));
	expect_round(&stored);
}

static void write_for_ever(void)
{
	struct stored one, other;

	make_bare(&one);
	make_full(&other);
	while (!store_write(&one, scratch_dir, session) &&
	       !store_write(&other, scratch_dir, session))
		;
	_exit(1);
}

/* What is read while another writes, and when it was killed, is whole. */
static void test_killed(void)
{
	enum { KILLS = 10, READS = 100 };
	int status;
	pid_t pid;

	fflush(stdout);
	for (int i = 0; i < KILLS; i++) {
		pid = fork();
		if (!pid)
			write_for_ever();
		for (int n = 0; n < READS + i; n++)
			EXPECT(!read_back());
		kill(pid, SIGKILL);
		EXPECT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
		EXPECT(!read_back());
	}
	unlink(scratch_path(new_file));
}

static size_t wrap(uint8_t *buf, const uint8_t *content, size_t len)
{
	struct cbor_out out = { .buf = buf, .size = STORE_MAX_SIZE };
	uint8_t sum[SHA256_DIGEST_LENGTH];

	SHA256(content, len, sum);
	cbor_put_array(&out, 2);
	cbor_put_bytes(&out, content, len);
	cbor_put_bytes(&out, sum, sizeof(sum));
	return out.len;
}

static int decode(struct stored *got, const char *content, size_t len)
{
	uint8_t buf[STORE_MAX_SIZE];
	const char *why;
	int ret;

	len = wrap(buf, (const uint8_t *)content, len);
	ret = store_decode(got, buf, len, &why);
	EXPECT(!ret == !why);
	return ret;
}

#define KEY "\x58\x20""0123456789abcdef0123456789abcdef"

static void test_content(void)
{
	static const struct {
		const char *content;
		size_t len;
		int ret;
	} contents[] = {
#define CONTENT(text, ret) { text, sizeof(text) - 1, ret }
		CONTENT("\xa3\x01\x01\x02" KEY "\x03" KEY, 0),
		CONTENT("\xa3\x01\x02\x02" KEY "\x03" KEY, -EPROTONOSUPPORT),
		CONTENT("\xa1\x01\x02", -EPROTONOSUPPORT),
		CONTENT("", -EBADMSG),
		CONTENT("\xa0", -EBADMSG),
		CONTENT("\x81\x01", -EBADMSG),
		CONTENT("\xa3\x02" KEY "\x01\x01\x03" KEY, -EBADMSG),
		CONTENT("\xa2\x01\x01\x02" KEY, -EBADMSG),
		CONTENT("\xa2\x01\x01\x03" KEY, -EBADMSG),
		CONTENT("\xa3\x01\x01\x02" KEY "\x03\x41k", -EBADMSG),
		CONTENT("\xa3\x01\x01\x02\xf6\x03" KEY, -EBADMSG),
		CONTENT("\xa3\x01\x01\x02" KEY "\x03" KEY "\0", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x03" KEY, -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x01\x01", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x07\x01", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x04\x80", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x04\x84\x07\x48""12345678"
			"\x50""0123456789abcdef\x50""0123456789abcdef", 0),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x04\x84\0\x48""12345678"
			"\x50""0123456789abcdef\x50""0123456789abcdef", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x05\xa0", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x05\x41\xa0", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY "\x06\xa0", -EBADMSG),
		CONTENT("\xa4\x01\x01\x02" KEY "\x03" KEY
			"\x06\x81\x82\x44\xff\xff\xff\xff\x18\x20", -EBADMSG),
	};
	struct stored got;

	for (size_t i = 0; i < SIZE(contents); i++) {
		int ret = decode(&got, contents[i].content, contents[i].len);

		ktap_expect(ret == contents[i].ret, __LINE__, "%zu: %d", i, ret);
	}
}

/* After an upgrade; the peer will offer again. */
static void test_peer_version(void)
{
	static const char content[] = "\xa4\x01\x01\x02" KEY "\x03" KEY
				      "\x05\x43\xa1\x01\x02";
	struct stored got;

	EXPECT(!decode(&got, content, sizeof(content) - 1));
	EXPECT(!got.has_peer && !got.peer.version && got.wg_private[0] == '0');
}

static void test_room(void)
{
	uint8_t buf[STORE_MAX_SIZE];
	struct stored stored;
	size_t len;

	make_full(&stored);
	len = store_encode(&stored, buf, sizeof(buf));
	for (size_t size = 0; size < len; size++) {
		uint8_t *exact = malloc(size ?: 1);

		EXPECT(exact && !store_encode(&stored, exact, size));
		free(exact);
	}
	EXPECT(store_encode(&stored, buf, len) == len);
}

static const struct ktap_case cases[] = {
	{ "store: what is written is read again", test_round },
	{ "store: no file is no fault", test_none },
	{ "store: each session has a file of its own", test_apart },
	{ "store: a damaged file is refused, named, and stays", test_damaged },
	{ "store: a file open to others is refused with the way out", test_exposed },
	{ "store: a full disk leaves what was there", test_full },
	{ "store: the new content is on the disk before the old one goes", test_order },
	{ "store: what cannot be synced leaves what was there", test_unsynced },
	{ "store: what a killed one left is no hindrance", test_left },
	{ "store: whole at any moment, also when the writer is killed", test_killed },
	{ "store: content of other types, lengths and versions", test_content },
	{ "store: what a peer of another version offered is left out", test_peer_version },
	{ "store: what does not fit is not written", test_room },
};

int main(void)
{
	int ret;

	scratch_begin();
	ret = ktap_run(KTAP_CASES(cases));
	unlink(scratch_path(file));
	scratch_end();
	return ret;
}
