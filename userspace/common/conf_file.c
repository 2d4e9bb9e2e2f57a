// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fstat_fault(char text[CONF_PROBLEM_SIZE], int fd, bool secret)
{
	struct stat st;

	if (fstat(fd, &st))
		snprintf(text, CONF_PROBLEM_SIZE, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(text, CONF_PROBLEM_SIZE, "no regular file");
	else if (!st.st_size)
		snprintf(text, CONF_PROBLEM_SIZE, "it is empty");
	else if (secret && st.st_mode & 037)
		snprintf(text, CONF_PROBLEM_SIZE,
			 "it may be read or changed by others (mode %04o): chmod 600, or 640 with the group of sidestepd",
			 st.st_mode & 07777);
	else
		return false;
	return true;
}

bool conf_file_fault(char text[CONF_PROBLEM_SIZE], const char *path, bool secret)
{
	/* What is no file must not block either. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool fault = true;

	if (fd < 0)
		snprintf(text, CONF_PROBLEM_SIZE, "%s", strerror(errno));
	else
		fault = fstat_fault(text, fd, secret);
	if (fd >= 0)
		close(fd);
	return fault;
}
