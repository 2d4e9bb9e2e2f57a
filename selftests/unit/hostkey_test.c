// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's key: made once, kept to oneself, never replaced.
 */
#include "ktap.h"
#include "scratch.h"
#include "../../userspace/ue/hostkey.h"
#include "../../userspace/ue/secret.h"

#include <errno.h>
#include <openssl/pem.h>
#include <sys/wait.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	PEM_SIZE = 8192,
	NOBODY = 65534,
};

static const char file[] = "host.key";

/* Return: the length of a file that was just made. */
static ssize_t fresh(char pem[PEM_SIZE])
{
	struct hostkey key;

	unlink(scratch_path(file));
	EXPECT(!hostkey_load(&key, scratch_dir));
	hostkey_free(&key);
	return scratch_read(file, pem, PEM_SIZE);
}

static int load(void)
{
	struct hostkey key;
	int err = hostkey_load(&key, scratch_dir);

	EXPECT(!err == !!key.pkey && !err == !!key.cert);
	hostkey_free(&key);
	return err;
}

static void test_new(void)
{
	struct hostkey first, second;
	struct stat st;

	unlink(scratch_path(file));
	EXPECT(!hostkey_load(&first, scratch_dir));
	EXPECT(!stat(scratch_path(file), &st) && (st.st_mode & 07777) == 0600);
	EXPECT(!scratch_has("host.key.new"));
	EXPECT(!hostkey_load(&second, scratch_dir));
	EXPECT(!memcmp(first.public, second.public, HOSTKEY_LEN));
	EXPECT(EVP_PKEY_eq(first.pkey, second.pkey) == 1);
	hostkey_free(&first);
	hostkey_free(&second);
	EXPECT(!second.pkey && !second.cert);
}

static void test_cert(void)
{
	uint8_t public[HOSTKEY_LEN];
	size_t len = sizeof(public);
	struct hostkey key;

	EXPECT(!hostkey_load(&key, scratch_dir));
	EXPECT(X509_verify(key.cert, key.pkey) == 1);
	EXPECT(EVP_PKEY_get_raw_public_key(X509_get0_pubkey(key.cert), public, &len) &&
	       !memcmp(public, key.public, sizeof(public)));
	EXPECT(X509_cmp_current_time(X509_get0_notBefore(key.cert)) < 0 &&
	       X509_cmp_current_time(X509_get0_notAfter(key.cert)) > 0);
	hostkey_free(&key);
}

static void test_text(void)
{
	uint8_t public[HOSTKEY_LEN];
	char text[HOSTKEY_TEXT_SIZE];

	for (int i = 0; i < HOSTKEY_LEN; i++)
		public[i] = i;
	hostkey_text(text, public);
	EXPECT(!strcmp(text, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
}

/* Refused with its name, and left as it is. */
static void expect_refused(const char *pem, size_t len)
{
	char left[PEM_SIZE];

	scratch_write(file, pem, len);
	scratch_said("");
	EXPECT(load() < 0);
	EXPECT(scratch_said(scratch_path(file)));
	EXPECT(scratch_read(file, left, sizeof(left)) == (ssize_t)len &&
	       !memcmp(left, pem, len));
	unlink(scratch_path(file));
}

static void test_damaged(void)
{
	char pem[PEM_SIZE] = {};
	ssize_t len = fresh(pem);

	EXPECT(len > 100);
	for (ssize_t cut = 0; cut < len - 30; cut += 13)
		expect_refused(pem, cut);
	pem[60] ^= 0x80;
	expect_refused(pem, len);
	memset(pem, 'A', sizeof(pem));
	expect_refused(pem, 119);
	expect_refused(pem, 4096);
	expect_refused(pem, 4097);
}

static void expect_other_refused(const char *type, const EVP_CIPHER *cipher)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, type);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	EXPECT(pkey && bio && PEM_write_bio_PrivateKey(bio, pkey, cipher,
			(const unsigned char *)"secret", cipher ? 6 : 0, NULL, NULL));
	len = BIO_get_mem_data(bio, &pem);
	expect_refused(pem, len);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static void test_other(void)
{
	expect_other_refused("X25519", NULL);
	expect_other_refused("ED448", NULL);
	expect_other_refused("ED25519", EVP_aes_128_cbc());
}

static void test_exposed(void)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0602, 0601 };
	char pem[PEM_SIZE], way_out[PATH_MAX + 16];

	fresh(pem);
	snprintf(way_out, sizeof(way_out), "chmod 600 %s", scratch_path(file));
	for (size_t i = 0; i < SIZE(modes); i++) {
		EXPECT(!chmod(scratch_path(file), modes[i]));
		scratch_said("");
		EXPECT(load() == -EPERM);
		EXPECT(scratch_said(way_out));
	}
	EXPECT(!chmod(scratch_path(file), 0400) && !load());
}

static void test_no_file(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", scratch_path(file));
	unlink(path);
	EXPECT(!mkfifo(path, 0600) && load() == -EINVAL);
	EXPECT(!unlink(path) && !mkdir(path, 0700) && load() == -EINVAL);
	EXPECT(!rmdir(path) && !symlink("/dev/null", path) && load() == -ELOOP);
	unlink(path);
}

static void test_no_dir(void)
{
	struct hostkey key;

	scratch_said("");
	EXPECT(hostkey_load(&key, scratch_path("none")) == -ENOENT);
	EXPECT(scratch_said(scratch_path("none")));
}

static void test_full(void)
{
	int err;

	unlink(scratch_path(file));
	scratch_full(40);
	err = load();
	scratch_full(RLIM_INFINITY);
	EXPECT(err == -EFBIG);
	EXPECT(!scratch_has(file) && !scratch_has("host.key.new"));
	EXPECT(!load());
}

static void test_owner(void)
{
	struct stat dir, st;
	char pem[PEM_SIZE];

	EXPECT(geteuid() || !chown(scratch_dir, NOBODY, NOBODY));
	fresh(pem);
	EXPECT(!stat(scratch_dir, &dir) && !stat(scratch_path(file), &st));
	EXPECT(st.st_uid == dir.st_uid && (geteuid() || st.st_gid == dir.st_gid));
	EXPECT(geteuid() || !chown(scratch_dir, 0, 0));
}

/* One was killed while it made the key. */
static void test_left(void)
{
	char pem[PEM_SIZE];

	scratch_write("host.key.new", "half", 4);
	EXPECT(fresh(pem) > 100);
	EXPECT(!scratch_has("host.key.new"));
}

/* Another was faster. */
static void test_late(void)
{
	const struct secret secret = { .dir = scratch_dir, .name = file };
	char before[PEM_SIZE], after[PEM_SIZE];
	ssize_t len = fresh(before);

	EXPECT(secret_create(&secret, (const uint8_t *)"other", 5) == -EEXIST);
	EXPECT(len == scratch_read(file, after, sizeof(after)) &&
	       !memcmp(before, after, len));
	EXPECT(!scratch_has("host.key.new"));
}

static void race(int out)
{
	struct hostkey key;

	if (!hostkey_load(&key, scratch_dir) &&
	    write(out, key.public, HOSTKEY_LEN) != HOSTKEY_LEN)
		_exit(1);
	hostkey_free(&key);
	_exit(0);
}

static void test_race(void)
{
	enum { RACERS = 8 };
	uint8_t public[HOSTKEY_LEN];
	struct hostkey key;
	int out[2], status;

	unlink(scratch_path(file));
	EXPECT(!pipe(out));
	fflush(stdout);
	for (int i = 0; i < RACERS; i++)
		if (!fork())
			race(out[1]);
	close(out[1]);
	for (int i = 0; i < RACERS; i++)
		EXPECT(wait(&status) > 0 && !status);
	EXPECT(!hostkey_load(&key, scratch_dir));
	while (read(out[0], public, sizeof(public)) > 0)
		EXPECT(!memcmp(public, key.public, sizeof(public)));
	close(out[0]);
	hostkey_free(&key);
}

static const struct ktap_case cases[] = {
	{ "hostkey: a new key is kept, mode 0600", test_new },
	{ "hostkey: the certificate has the key and is valid at any time", test_cert },
	{ "hostkey: the public key in base64", test_text },
	{ "hostkey: a damaged file is refused and stays", test_damaged },
	{ "hostkey: keys of another kind, or with a passphrase, are refused", test_other },
	{ "hostkey: a file open to others is refused with the way out", test_exposed },
	{ "hostkey: what is no regular file is refused", test_no_file },
	{ "hostkey: a missing directory is named", test_no_dir },
	{ "hostkey: a full disk leaves nothing behind", test_full },
	{ "hostkey: a new file belongs to the owner of the directory", test_owner },
	{ "hostkey: what a killed one left is no hindrance", test_left },
	{ "hostkey: a new file never takes the place of another", test_late },
	{ "hostkey: several at once come to one key", test_race },
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
