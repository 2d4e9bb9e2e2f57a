// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

enum cgroup_handle {
	/* FILEID_KERNFS of the kernel: the id is all there is in a handle. */
	HANDLE_TYPE = 0xfe,
	HANDLE_SIZE = sizeof(uint64_t),
};

/**
 * union handle - a file handle with room for an id
 * @handle: the handle
 * @room: its memory
 */
union handle {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + HANDLE_SIZE];
};

const char *cgroup_id(const char *path, uint64_t *id)
{
	union handle h = { .handle.handle_bytes = HANDLE_SIZE };
	char full[PATH_MAX];
	struct statfs fs;
	int mount;

	if (snprintf(full, sizeof(full), "%s%s", *path == '/' ? "" : CGROUP_ROOT "/",
		     path) >= (int)sizeof(full))
		return strerror(ENAMETOOLONG);
	if (statfs(full, &fs) < 0)
		return strerror(errno);
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return "not a cgroup (version 2)";
	if (name_to_handle_at(AT_FDCWD, full, &h.handle, &mount, 0) < 0)
		return strerror(errno);
	if (h.handle.handle_bytes != HANDLE_SIZE)
		return "this kernel's cgroups have no id";
	memcpy(id, h.handle.f_handle, sizeof(*id));
	return NULL;
}

static const char *path_of_fd(int fd, char path[PATH_MAX])
{
	char link[sizeof("/proc/self/fd/") + 12];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, PATH_MAX - 1);
	if (len < 0)
		return NULL;
	path[len] = '\0';
	return path;
}

const char *cgroup_path(uint64_t id, char path[PATH_MAX])
{
	union handle h = {
		.handle.handle_bytes = HANDLE_SIZE,
		.handle.handle_type = HANDLE_TYPE,
	};
	const char *found = NULL;
	int mount, fd;

	memcpy(h.handle.f_handle, &id, sizeof(id));
	mount = open(CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return NULL;
	fd = open_by_handle_at(mount, &h.handle, O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		found = path_of_fd(fd, path);
		close(fd);
	}
	close(mount);
	return found;
}
