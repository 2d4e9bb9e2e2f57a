// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_file.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000ULL

/* Closes @out. */
static int finish(FILE *out)
{
	bool failed = fflush(out) || ferror(out);
	int ret = failed ? -errno : 0;

	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

static int write_to(const struct metrics_file *file, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out;
	bool printed;
	int ret;

	if (fd < 0)
		return -errno;
	/* Whatever the umask: a service's lets nobody else read. */
	out = fchmod(fd, 0644) ? NULL : fdopen(fd, "w");
	if (!out) {
		ret = -errno;
		close(fd);
		return ret;
	}
	printed = file->print(out, file->data);
	ret = finish(out);
	return printed ? ret : -ENOMEM;
}

/* The old content stays if it fails. */
static int write_all(const struct metrics_file *file)
{
	char tmp[PATH_MAX];
	int ret;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp", file->path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	ret = write_to(file, tmp);
	if (!ret && rename(tmp, file->path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	return ret;
}

static int on_timer(sd_event_source *source, uint64_t us, void *data)
{
	struct metrics_file *file = data;
	int ret = write_all(file);

	(void)us;
	if (ret && !file->failed)
		log_say(LOG_WARNING, NULL, "MetricsFile=%s: cannot be written: %s",
			file->path, strerror(-ret));
	if (!ret && file->failed)
		log_say(LOG_NOTICE, NULL, "MetricsFile=%s: is written again",
			file->path);
	file->failed = ret;
	sd_event_source_set_time_relative(source, METRICS_FILE_S * SECOND_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void end(struct metrics_file *file)
{
	if (file->path)
		unlink(file->path);
	free(file->path);
	file->path = NULL;
	file->failed = false;
	file->timer = sd_event_source_disable_unref(file->timer);
}

void metrics_file_set(struct metrics_file *file, const char *path)
{
	int ret;

	if (!strcmp(path, file->path ?: ""))
		return;
	end(file);
	if (!*path)
		return;
	file->path = strdup(path);
	ret = file->path ? sd_event_add_time_relative(file->event, &file->timer,
						      CLOCK_MONOTONIC, 0, SECOND_US,
						      on_timer, file) : -ENOMEM;
	if (ret < 0)
		log_say(LOG_ERR, NULL, "MetricsFile=%s: %s", path, strerror(-ret));
}
