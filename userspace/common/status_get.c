// SPDX-License-Identifier: GPL-2.0-or-later
#include "status.h"
#include "unix_stream.h"

#include <stdlib.h>
#include <unistd.h>

enum get_limits {
	/* A daemon that hangs is not waited for any longer. */
	PATIENCE_MS = 1000,
};

const char *status_path(void)
{
	const char *path = getenv("SIDESTEP_STATUS");

	return path && *path ? path : STATUS_SOCKET;
}

int status_get(struct status *status)
{
	uint8_t *buf = NULL;
	ssize_t ret;
	int fd;

	*status = (struct status){};
	fd = unix_connect(status_path());
	if (fd < 0)
		return fd;
	ret = unix_read_all(fd, &buf, STATUS_MAX_SIZE, PATIENCE_MS);
	if (ret >= 0)
		ret = status_decode(status, buf, ret);
	free(buf);
	close(fd);
	return ret;
}
