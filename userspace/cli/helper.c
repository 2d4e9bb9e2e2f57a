// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper.h"

#include <errno.h>
#include <string.h>

static const char *reason(int err)
{
	switch (err) {
	case EBADMSG:
		return "its answer makes no sense to this program";
	case ETIMEDOUT:
		return "it does not answer";
	default:
		return strerror(err);
	}
}

bool helper_ask(const struct cli *cli, struct status *status)
{
	int ret = status_get(status);

	if (!ret)
		return true;
	status_free(status);
	*status = (struct status){};
	if (ret != -ENOENT && ret != -ECONNREFUSED)
		cli_warn(cli, "sidestepd at %s: %s", status_path(), reason(-ret));
	return false;
}
