// SPDX-License-Identifier: GPL-2.0-or-later
#include "unix_stream.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum stream_limits {
	BACKLOG = 128,
	FIRST_SIZE = 16384,
};

int unix_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

static int open_socket(struct sockaddr_un *address, const char *path)
{
	int ret = unix_address(address, path);
	int fd;

	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 ? -errno : fd;
}

/* Does anyone listen on it? */
static bool is_alive(const char *path)
{
	int fd = unix_connect(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ETIMEDOUT;
}

static int make_way(const char *path)
{
	struct stat stat;

	if (lstat(path, &stat))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(stat.st_mode))
		return -EEXIST;
	if (is_alive(path))
		return -EADDRINUSE;
	return unlink(path) ? -errno : 0;
}

static int bind_to(int fd, const struct sockaddr_un *address, mode_t mode)
{
	int ret = make_way(address->sun_path);

	if (ret)
		return ret;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return -errno;
	if (!chmod(address->sun_path, mode) && !listen(fd, BACKLOG))
		return 0;
	ret = -errno;
	unlink(address->sun_path);
	return ret;
}

int unix_listen(struct sockaddr_un *address, const char *path, mode_t mode)
{
	int fd = open_socket(address, path);
	int ret;

	if (fd < 0)
		return fd;
	ret = bind_to(fd, address, mode);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int unix_connect(const char *path)
{
	struct sockaddr_un address;
	int fd = open_socket(&address, path);
	int ret;

	if (fd < 0 || !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = errno == EAGAIN ? -ETIMEDOUT : -errno;
	close(fd);
	return ret;
}

static int64_t now_ms(void)
{
	return clock_now_ns(CLOCK_MONOTONIC) / 1000000;
}

/* Return: bytes read, 0 at the end, or a negative errno value. */
static ssize_t read_until(int fd, void *buf, size_t size, int64_t deadline_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;

	for (;;) {
		n = read(fd, buf, size);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		left = deadline_ms - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (errno == EAGAIN)
			poll(&pollfd, 1, left);
	}
}

ssize_t unix_read_all(int fd, uint8_t **buf, size_t max, unsigned int patience_ms)
{
	int64_t deadline_ms = now_ms() + patience_ms;
	size_t size = 0, len = 0;
	uint8_t *grown;
	ssize_t n;

	for (;;) {
		if (len == size) {
			size = size ? 2 * size : FIRST_SIZE;
			if (size > max)
				return -EBADMSG;
			grown = realloc(*buf, size);
			if (!grown)
				return -ENOMEM;
			*buf = grown;
		}
		n = read_until(fd, *buf + len, size - len, deadline_ms);
		if (n <= 0)
			return n ?: (ssize_t)len;
		len += n;
	}
}
