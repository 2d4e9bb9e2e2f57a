// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_file.h"

#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Closes @out. */
static int finish(FILE *out)
{
	bool failed = fflush(out) || ferror(out);
	int ret = failed ? -errno : 0;

	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

static int write_to(const char *path, const struct status *status,
		    const struct session_list *list)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	FILE *out;
	int ret;

	if (fd < 0)
		return -errno;
	out = fdopen(fd, "w");
	if (!out) {
		ret = -errno;
		close(fd);
		return ret;
	}
	metrics_print(out, status, list);
	return finish(out);
}

int metrics_file_write(const char *path, const struct status *status,
		       const struct session_list *list)
{
	char tmp[PATH_MAX];
	int ret;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	ret = write_to(tmp, status, list);
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	return ret;
}
