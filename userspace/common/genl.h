/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * genl: requests to a generic netlink family, and its notifications
 */
#ifndef _SIDESTEP_GENL_H
#define _SIDESTEP_GENL_H

#include "netlink.h"

/**
 * struct genl - a socket that talks to one family
 * @nl: the socket
 * @seq: number of the last request
 * @family: the family's id
 * @group: the id of its multicast group; 0 if none was asked for
 * @version: the family's version, as the kernel has it
 */
struct genl {
	struct mnl_socket *nl;
	uint32_t seq;
	uint16_t family;
	uint32_t group;
	uint32_t version;
};

/* genl_cb - called with each message of the family */
typedef netlink_cb genl_cb;

/**
 * genl_open() - open a socket and find the family
 * @genl: to be filled in; on error there is nothing to close
 * @family: name of the family
 * @group: name of its multicast group, or NULL
 *
 * Return: 0, -ENOENT if the kernel does not have the family or the group, or
 * another negative errno value.
 */
int genl_open(struct genl *genl, const char *family, const char *group);

void genl_close(struct genl *genl);

/**
 * genl_message() - begin a request
 * @buf: where to build it, aligned like struct nlmsghdr
 * @cmd: command of the family
 * @version: version of the family
 *
 * Return: the message, to which attributes may be added.
 */
struct nlmsghdr *genl_message(void *buf, uint8_t cmd, uint8_t version);

/**
 * genl_call() - send a request and receive all that the kernel answers
 * @genl: the socket
 * @msg: from genl_message()
 * @flags: NLM_F_ACK or NLM_F_DUMP
 * @cb: called with each answer; NULL if none is expected
 * @data: for @cb
 * @ack: the kernel's last word, also if this function fails
 *
 * Return: 0, -EINTR if a dump was interrupted by a change and must be repeated,
 * or another negative errno value.
 */
int genl_call(struct genl *genl, struct nlmsghdr *msg, uint16_t flags,
	      genl_cb cb, void *data, struct ack *ack);

/* genl_join() - from now on receive the group's notifications */
int genl_join(struct genl *genl);

/* genl_fd() - what to poll for notifications */
int genl_fd(const struct genl *genl);

/**
 * genl_receive() - receive notifications, once
 * @genl: the socket
 * @cb: called with each
 * @data: for @cb
 *
 * Return: 0, -ENOBUFS if notifications were lost, or another negative errno
 * value.
 */
int genl_receive(struct genl *genl, genl_cb cb, void *data);

#endif /* _SIDESTEP_GENL_H */
