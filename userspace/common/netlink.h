/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netlink: a socket, and requests with all that the kernel answers
 */
#ifndef _SIDESTEP_NETLINK_H
#define _SIDESTEP_NETLINK_H

#include "ack.h"

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mnl_socket;

enum netlink_limits {
	/* A dump's messages come in parts of at most this size. */
	NETLINK_RECEIVE_SIZE = 32768,
};

/**
 * typedef netlink_cb - called with each message
 *
 * Return: 0, or a negative errno value, which ends the reception.
 */
typedef int (*netlink_cb)(const struct nlmsghdr *nlh, void *data);

/**
 * netlink_open() - a socket whose answers have the kernel's words
 * @nl: the result
 * @bus: NETLINK_ROUTE or NETLINK_GENERIC
 * @flags: SOCK_NONBLOCK or 0
 *
 * Return: 0 or a negative errno value.
 */
int netlink_open(struct mnl_socket **nl, int bus, int flags);

/**
 * netlink_receive() - receive one part, notifications or answers
 *
 * Return: its length, -EAGAIN if the socket does not block and nothing is there,
 * -ENOBUFS if notifications were lost, or another negative errno value.
 */
ssize_t netlink_receive(struct mnl_socket *nl, void *buf, size_t size);

/**
 * netlink_call() - send a request and receive all that the kernel answers
 * @nl: the socket, which blocks
 * @msg: the request; its flags and number are filled in
 * @seq: its number
 * @flags: NLM_F_ACK or NLM_F_DUMP, and others of the request
 * @cb: called with each answer; NULL if none is expected
 * @data: for @cb
 * @ack: the kernel's last word, also if this function fails
 *
 * Return: 0, -EINTR if a dump was interrupted by a change and must be repeated,
 * or another negative errno value.
 */
int netlink_call(struct mnl_socket *nl, struct nlmsghdr *msg, uint32_t seq,
		 uint16_t flags, netlink_cb cb, void *data, struct ack *ack);

#endif /* _SIDESTEP_NETLINK_H */
