// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include "../common/unix_stream.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum ask_limits {
	/* A daemon that hangs is not waited for any longer. */
	PATIENCE_MS = 5000,
	/* As the daemon has it, and a little more. */
	MAX_ANSWER = 128 << 20,
};

void answer_free(struct answer *answer)
{
	free(answer->row);
	*answer = (struct answer){};
}

static bool make_room(struct answer *answer)
{
	size_t n = answer->n ? 2 * answer->n : 16;
	union control_row *grown;

	/* Powers of two are where it is full. */
	if (answer->n & (answer->n - 1) || (answer->n && answer->n < 16))
		return true;
	grown = realloc(answer->row, n * sizeof(*grown));
	if (grown)
		answer->row = grown;
	return grown;
}

int answer_decode(struct answer *answer, const uint8_t *buf, size_t len)
{
	bool is_end = false;
	size_t n;

	for (; !is_end; buf += n, len -= n) {
		if (!make_room(answer))
			return -ENOMEM;
		n = control_decode_next(answer->command, &answer->row[answer->n],
					&answer->end, &is_end, buf, len);
		if (!n)
			return -EBADMSG;
		answer->n += !is_end;
	}
	return len ? -EBADMSG : 0;
}

static bool send_request(int fd, const struct control_request *request)
{
	uint8_t buf[CONTROL_MAX_ROW];
	size_t len = control_encode_request(request, buf, sizeof(buf));

	return len && send(fd, buf, len, MSG_NOSIGNAL) == (ssize_t)len &&
	       !shutdown(fd, SHUT_WR);
}

static int exchange(const struct control_request *request, struct answer *answer)
{
	uint8_t *buf = NULL;
	ssize_t ret;
	int fd;

	fd = unix_connect(control_path());
	if (fd < 0)
		return fd;
	ret = send_request(fd, request) ?
		      unix_read_all(fd, &buf, MAX_ANSWER, PATIENCE_MS) : 0;
	if (ret > 0)
		ret = answer_decode(answer, buf, ret);
	else if (!ret)
		ret = -EBUSY;
	free(buf);
	close(fd);
	return ret;
}

/* Who may: root, and those whom the socket belongs to. */
static int fail_access(const struct ctl *ctl)
{
	const char *path = control_path();
	struct group *group = NULL;
	struct stat stat;

	if (!lstat(path, &stat) && stat.st_gid)
		group = getgrgid(stat.st_gid);
	if (group)
		return ctl_fail(ctl, "%s is for root and members of the group '%s'", path,
				group->gr_name);
	return ctl_fail(ctl, "%s is for root", path);
}

static void explain(const struct ctl *ctl, int err)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		ctl_fail(ctl, "prosefd does not run: nobody listens on %s",
			 control_path());
		break;
	case EACCES:
	case EPERM:
		fail_access(ctl);
		break;
	case EBADMSG:
		ctl_fail(ctl, "prosefd's answer makes no sense to this program");
		break;
	case EBUSY:
	case ECONNRESET:
		ctl_fail(ctl, "prosefd is busy with others who ask");
		break;
	case ETIMEDOUT:
		ctl_fail(ctl, "prosefd does not answer on %s", control_path());
		break;
	default:
		ctl_fail(ctl, "%s: %s", control_path(), strerror(err));
		break;
	}
}

bool ask(const struct ctl *ctl, const struct control_request *request,
	 struct answer *answer)
{
	int ret;

	*answer = (struct answer){ .command = request->command };
	ret = exchange(request, answer);
	if (ret)
		explain(ctl, -ret);
	else if (answer->end.failed)
		ctl_fail(ctl, "%s", *answer->end.words ? answer->end.words : "refused");
	return !ret && !answer->end.failed;
}
