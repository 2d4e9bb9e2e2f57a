// SPDX-License-Identifier: GPL-2.0-or-later
#include "statefile.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *dir, const char *name, const char *why)
{
	log_say(LOG_ERR, NULL, "%s/%s: %s", dir, name, why);
	return -EPERM;
}

static int check(int fd, const char *dir, const char *name)
{
	char why[PATH_MAX + 64];
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return refuse(dir, name, "is no file");
	if (!(st.st_mode & 077))
		return 0;
	snprintf(why, sizeof(why), "others may read it: 'chmod 600 %s/%s'", dir, name);
	return refuse(dir, name, why);
}

static ssize_t read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, size - len)) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			len += n;
		if (len == size)
			return -EFBIG;
	}
	return len;
}

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

ssize_t statefile_read(const char *dir, const char *name, uint8_t *buf, size_t size)
{
	int dir_fd = open_dir(dir), fd;
	ssize_t ret;

	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ret = fd < 0 ? -errno : check(fd, dir, name);
	if (!ret)
		ret = read_all(fd, buf, size);
	if (ret < 0 && ret != -ENOENT && ret != -EPERM)
		log_say(LOG_ERR, NULL, "%s/%s: %s", dir, name, strerror(-ret));
	if (fd >= 0)
		close(fd);
	close(dir_fd);
	return ret;
}

static int write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	for (; len; buf += n, len -= n) {
		n = write(fd, buf, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			n = 0;
	}
	return fsync(fd) ? -errno : 0;
}

/* When root writes for a daemon that has a user of its own. */
static int give_away(int dir_fd, int fd)
{
	struct stat st;

	if (geteuid() || fstat(dir_fd, &st))
		return 0;
	return fchown(fd, st.st_uid, st.st_gid) ? -errno : 0;
}

static int write_new(int dir_fd, const char *name, const uint8_t *buf, size_t len)
{
	int fd = openat(dir_fd, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0600) ? -errno : 0;
	if (!err)
		err = give_away(dir_fd, fd);
	if (!err)
		err = write_all(fd, buf, len);
	close(fd);
	return err;
}

static int replace(int dir_fd, const char *name, const uint8_t *buf, size_t len)
{
	char temp[NAME_MAX + 1];
	int err;

	snprintf(temp, sizeof(temp), "%.240s.new", name);
	err = write_new(dir_fd, temp, buf, len);
	if (!err && renameat(dir_fd, temp, dir_fd, name))
		err = -errno;
	if (err) {
		unlinkat(dir_fd, temp, 0);
		return err;
	}
	return fsync(dir_fd) ? -errno : 0;
}

int statefile_write(const char *dir, const char *name, const uint8_t *buf, size_t len)
{
	/* It is tried again every second: that is said once. */
	static int logged;
	int dir_fd = open_dir(dir);
	int err = dir_fd < 0 ? dir_fd : replace(dir_fd, name, buf, len);

	if (err && err != logged)
		log_say(LOG_ERR, NULL, "%s/%s: cannot be written: %s", dir, name,
			strerror(-err));
	logged = err;
	if (dir_fd >= 0)
		close(dir_fd);
	return err;
}
