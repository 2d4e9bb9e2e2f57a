// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret.h"

#include "../common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int say(const struct secret *secret, const char *what, int err)
{
	log_say(LOG_ERR, secret->session, "%s/%s: %s: %s", secret->dir,
		secret->name, what, strerror(-err));
	return err;
}

static int open_dir(const struct secret *secret, bool must_exist)
{
	int fd = open(secret->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = -errno;

	if (fd >= 0)
		return fd;
	if (must_exist || err != -ENOENT)
		log_say(LOG_ERR, secret->session, "the state directory %s: %s",
			secret->dir, strerror(-err));
	return err;
}

static int check(const struct secret *secret, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return say(secret, "cannot be looked at", -errno);
	if (!S_ISREG(st.st_mode)) {
		log_say(LOG_ERR, secret->session,
			"%s/%s is no regular file; remove it", secret->dir,
			secret->name);
		return -EINVAL;
	}
	if (!(st.st_mode & 077))
		return 0;
	log_say(LOG_ERR, secret->session,
		"%s/%s may be read by others (mode %04o): chmod 600 %s/%s",
		secret->dir, secret->name, st.st_mode & 07777, secret->dir,
		secret->name);
	return -EPERM;
}

/* A byte more than fits tells that it is too long. */
static ssize_t read_all(const struct secret *secret, int fd, uint8_t *buf)
{
	size_t len = 0;
	uint8_t more;
	ssize_t n;

	do {
		if (len < SECRET_MAX_SIZE)
			n = read(fd, buf + len, SECRET_MAX_SIZE - len);
		else
			n = read(fd, &more, sizeof(more));
		if (n < 0 && errno != EINTR)
			return say(secret, "cannot be read", -errno);
		if (n > 0 && len == SECRET_MAX_SIZE)
			return say(secret, "is none of ours", -EFBIG);
		len += n > 0 ? n : 0;
	} while (n);
	return len;
}

ssize_t secret_read(const struct secret *secret, uint8_t buf[SECRET_MAX_SIZE])
{
	int dir = open_dir(secret, false);
	ssize_t ret;
	int fd;

	if (dir < 0)
		return dir;
	/* What is no file must not block either. */
	fd = openat(dir, secret->name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	ret = fd < 0 ? -errno : 0;
	close(dir);
	if (fd < 0)
		return ret == -ENOENT ? ret : say(secret, "cannot be read", ret);
	ret = check(secret, fd);
	if (!ret)
		ret = read_all(secret, fd, buf);
	close(fd);
	return ret;
}

static int write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	for (; len; buf += n, len -= n) {
		n = write(fd, buf, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		n = n < 0 ? 0 : n;
	}
	return 0;
}

static int give_to_owner(int fd, int dir)
{
	struct stat st;

	if (geteuid())
		return 0;
	return fstat(dir, &st) || fchown(fd, st.st_uid, st.st_gid) ? -errno : 0;
}

/* Whoever was killed here may have left a file. */
static int write_new(int dir, const char *name, const uint8_t *buf, size_t len)
{
	int fd, err;

	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0600) ? -errno : 0;
	err = err ?: give_to_owner(fd, dir);
	err = err ?: write_all(fd, buf, len);
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int publish(int dir, const char *new, const char *name, bool replace)
{
	int err;

	if (replace)
		err = renameat(dir, new, dir, name) ? -errno : 0;
	else
		err = linkat(dir, new, dir, name, 0) ? -errno : 0;
	if (!err && fsync(dir))
		err = -errno;
	return err;
}

static int write_in(int dir, const struct secret *secret, const uint8_t *buf,
		    size_t len, bool replace)
{
	char new[NAME_MAX + 1];
	int err;

	if (snprintf(new, sizeof(new), "%s.new", secret->name) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	/* Two that write at once would take each other's new file. */
	if (flock(dir, LOCK_EX | LOCK_NB))
		return -errno;
	err = write_new(dir, new, buf, len);
	err = err ?: publish(dir, new, secret->name, replace);
	unlinkat(dir, new, 0);
	return err;
}

/* Writing is tried again every second; what is still so is not said again. */
static int say_write(const struct secret *secret, int err)
{
	static int said;
	bool again = err == said;

	said = err;
	if (!err || again)
		return err;
	return say(secret, err == -EWOULDBLOCK ? "another sidestepd writes here" :
		   "cannot be written", err);
}

static int write_secret(const struct secret *secret, const uint8_t *buf,
			size_t len, bool replace)
{
	int dir = open_dir(secret, true);
	int err;

	if (dir < 0)
		return dir;
	err = write_in(dir, secret, buf, len, replace);
	close(dir);
	return err == -EEXIST && !replace ? err : say_write(secret, err);
}

int secret_replace(const struct secret *secret, const uint8_t *buf, size_t len)
{
	return write_secret(secret, buf, len, true);
}

int secret_create(const struct secret *secret, const uint8_t *buf, size_t len)
{
	return write_secret(secret, buf, len, false);
}

void secret_remove(const struct secret *secret)
{
	int dir = open_dir(secret, false);

	if (dir < 0)
		return;
	if (unlinkat(dir, secret->name, 0) && errno != ENOENT)
		say(secret, "cannot be removed", -errno);
	close(dir);
}
