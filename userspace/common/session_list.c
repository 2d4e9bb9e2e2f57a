// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_list.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>

static int add(const struct nlmsghdr *nlh, void *data)
{
	struct session_list *list = data;
	struct session *grown;

	grown = reallocarray(list->session, list->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->session = grown;
	return session_parse(nlh, &list->session[list->n++]);
}

int session_list_get(struct session_list *list, struct genl *genl,
		     const char *ifname, struct ack *ack)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg;
	int ret;

	*list = (struct session_list){};
	*ack = (struct ack){ .error = EMSGSIZE };
	msg = genl_message(buf, SIDESTEP_CMD_GET, SIDESTEP_GENL_VERSION);
	if (ifname && !mnl_attr_put_strz_check(msg, sizeof(buf),
					       SIDESTEP_A_IFNAME, ifname))
		return -EMSGSIZE;
	do {
		list->n = 0;
		ret = genl_call(genl, msg, ifname ? NLM_F_ACK : NLM_F_DUMP,
				add, list, ack);
	} while (ret == -EINTR);
	return ret;
}

void session_list_free(struct session_list *list)
{
	free(list->session);
}
