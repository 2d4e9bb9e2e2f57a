// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <string.h>

/**
 * struct reception - the state of one netlink_call()
 * @cb: called with each answer
 * @data: for @cb
 * @ack: the kernel's last word
 * @seq: number of the request
 * @done: the last word has been said
 * @interrupted: the dump is inconsistent
 */
struct reception {
	netlink_cb cb;
	void *data;
	struct ack *ack;
	uint32_t seq;
	bool done;
	bool interrupted;
};

int netlink_open(struct mnl_socket **nl, int bus, int flags)
{
	int one = 1;
	int ret;

	*nl = mnl_socket_open2(bus, SOCK_CLOEXEC | flags);
	if (!*nl)
		return -errno;
	if (mnl_socket_bind(*nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(*nl, NETLINK_EXT_ACK, &one, sizeof(one)) < 0 ||
	    mnl_socket_setsockopt(*nl, NETLINK_CAP_ACK, &one, sizeof(one)) < 0) {
		ret = -errno;
		mnl_socket_close(*nl);
		*nl = NULL;
		return ret;
	}
	return 0;
}

ssize_t netlink_receive(struct mnl_socket *nl, void *buf, size_t size)
{
	ssize_t len;

	do {
		len = mnl_socket_recvfrom(nl, buf, size);
	} while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : len;
}

static int handle_answer(struct reception *r, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		r->done = true;
		return ack_parse(nlh, r->ack);
	default:
		if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !r->cb)
			return 0;
		return r->cb(nlh, r->data);
	}
}

static int receive_answers(struct mnl_socket *nl, struct reception *r)
{
	char buf[NETLINK_RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned int portid = mnl_socket_get_portid(nl);
	const struct nlmsghdr *nlh;
	ssize_t size;
	int len, ret;

	while (!r->done) {
		size = netlink_receive(nl, buf, sizeof(buf));
		if (size < 0)
			return size;
		len = size;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != r->seq || nlh->nlmsg_pid != portid)
				continue;
			ret = handle_answer(r, nlh);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

int netlink_call(struct mnl_socket *nl, struct nlmsghdr *msg, uint32_t seq,
		 uint16_t flags, netlink_cb cb, void *data, struct ack *ack)
{
	struct reception r = { .cb = cb, .data = data, .ack = ack, .seq = seq };
	int ret;

	memset(ack, 0, sizeof(*ack));
	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	msg->nlmsg_seq = seq;
	if (mnl_socket_sendto(nl, msg, msg->nlmsg_len) < 0)
		ret = -errno;
	else
		ret = receive_answers(nl, &r);
	if (ret < 0) {
		ack->error = -ret;
		return ret;
	}
	if (ack->error)
		return -ack->error;
	return r.interrupted ? -EINTR : 0;
}
