// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"
#include "status.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum get_limits {
	/* A daemon that hangs is not waited for any longer. */
	PATIENCE_MS = 1000,
	FIRST_SIZE = 16384,
};

const char *status_path(void)
{
	const char *path = getenv("SIDESTEP_STATUS");

	return path && *path ? path : STATUS_SOCKET;
}

int status_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

static int64_t now_ms(void)
{
	return clock_now_ns(CLOCK_MONOTONIC) / 1000000;
}

static int open_socket(void)
{
	struct sockaddr_un address;
	int ret = status_address(&address, status_path());
	int fd;

	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = errno == EAGAIN ? -ETIMEDOUT : -errno;
	close(fd);
	return ret;
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

/* Return: the length of all that came, in @buf (malloc()); or a negative errno value. */
static ssize_t read_all(int fd, uint8_t **buf)
{
	int64_t deadline_ms = now_ms() + PATIENCE_MS;
	size_t size = 0, len = 0;
	uint8_t *grown;
	ssize_t n;

	for (;;) {
		if (len == size) {
			size = size ? 2 * size : FIRST_SIZE;
			if (size > STATUS_MAX_SIZE)
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

int status_get(struct status *status)
{
	uint8_t *buf = NULL;
	ssize_t ret;
	int fd;

	*status = (struct status){};
	fd = open_socket();
	if (fd < 0)
		return fd;
	ret = read_all(fd, &buf);
	if (ret >= 0)
		ret = status_decode(status, buf, ret);
	free(buf);
	close(fd);
	return ret;
}
