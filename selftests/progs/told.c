// SPDX-License-Identifier: GPL-2.0-or-later
#include "told.h"

#include <libmnl/libmnl.h>
#include <string.h>

static int take(const struct nlmsghdr *nlh, void *data)
{
	struct told *told = data;
	struct session s;
	int path, err;

	err = session_parse(nlh, &s);
	if (err)
		return err;
	told->id = s.id;
	told->n_peers = s.n_peers;
	memcpy(told->peer, s.peer, sizeof(s.peer));
	told->n_selectors = s.n_selectors;
	memcpy(told->selector, s.selector, sizeof(s.selector));
	told->wanted = s.wanted;
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		memcpy(told->device[path], s.path[path].ifname, IFNAMSIZ);
	return 0;
}

int told_ask(struct genl *genl, const char *device, struct told *told)
{
	static char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg;
	struct ack ack;

	memset(told, 0, sizeof(*told));
	msg = genl_message(buf, SIDESTEP_CMD_GET, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, device);
	return genl_call(genl, msg, NLM_F_ACK, take, told, &ack);
}
