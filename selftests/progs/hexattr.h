/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes of a netlink message as a person writes them. */
#ifndef SELFTESTS_PROGS_HEXATTR_H
#define SELFTESTS_PROGS_HEXATTR_H

#include <linux/netlink.h>
#include <stddef.h>

/**
 * hexattr_put() - add an attribute to a message; ends the program if it cannot be
 * @msg: the message
 * @room: bytes that the message may take
 * @text: ATTRIBUTE=HEX, its number and its bytes
 */
void hexattr_put(struct nlmsghdr *msg, size_t room, const char *text);

#endif /* SELFTESTS_PROGS_HEXATTR_H */
