/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ack: the kernel's answer to a request, with its extack text
 */
#ifndef _SIDESTEP_ACK_H
#define _SIDESTEP_ACK_H

#include <linux/netlink.h>
#include <stdint.h>

/**
 * struct ack - how a request ended
 * @error: errno value, 0 on success
 * @offset: where in the request the bad attribute starts, 0 if not said
 * @text: the kernel's words, "" if it said nothing
 */
struct ack {
	int error;
	uint32_t offset;
	char text[256];
};

/**
 * ack_parse() - read an NLMSG_ERROR or NLMSG_DONE message
 * @nlh: the message, complete according to mnl_nlmsg_ok()
 * @ack: the result
 *
 * Return: 0, or -EBADMSG if the message is malformed.
 */
int ack_parse(const struct nlmsghdr *nlh, struct ack *ack);

#endif /* _SIDESTEP_ACK_H */
