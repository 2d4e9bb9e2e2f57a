/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory for a test's files, and what it says on stderr.
 */
#ifndef _SELFTESTS_SCRATCH_H
#define _SELFTESTS_SCRATCH_H

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_dir[] = "/tmp/sidestep_test.XXXXXX";
static int scratch_log = -1;

static inline void scratch_begin(void)
{
	scratch_log = memfd_create("log", MFD_CLOEXEC);
	if (!mkdtemp(scratch_dir) || scratch_log < 0 ||
	    dup2(scratch_log, STDERR_FILENO) < 0)
		abort();
}

static inline const char *scratch_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, name);
	return path;
}

/* What was said since the last call holds @text. */
static inline bool scratch_said(const char *text)
{
	char log[8192] = "";
	ssize_t len = pread(scratch_log, log, sizeof(log) - 1, 0);

	if (len < 0 || ftruncate(scratch_log, 0) ||
	    lseek(scratch_log, 0, SEEK_SET) < 0)
		abort();
	return strstr(log, text);
}

static inline void scratch_write(const char *name, const void *buf, size_t len)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, buf, len) != (ssize_t)len || close(fd))
		abort();
}

static inline ssize_t scratch_read(const char *name, void *buf, size_t size)
{
	int fd = open(scratch_path(name), O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, buf, size);

	close(fd);
	return len;
}

static inline bool scratch_has(const char *name)
{
	struct stat st;

	return !lstat(scratch_path(name), &st);
}

/* No file may be longer from now on, as on a disk that is full. */
static inline void scratch_full(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &limit))
		abort();
	limit.rlim_cur = size;
	if (setrlimit(RLIMIT_FSIZE, &limit))
		abort();
}

static inline void scratch_end(void)
{
	rmdir(scratch_dir);
}

#endif /* _SELFTESTS_SCRATCH_H */
