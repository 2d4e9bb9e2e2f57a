/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector: which packets a session protects, as a plain struct
 */
#ifndef _SIDESTEP_SELECTOR_H
#define _SIDESTEP_SELECTOR_H

#include <linux/netlink.h>
#include <linux/sidestep.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct selector - picks a packet if all that is given holds
 * @has: bit N is set if attribute N of enum sidestep_selector_attr was there
 * @proto: IP protocol
 * @dscp: 0 to 63
 * @sport: first and last source port
 * @dport: first and last destination port
 * @mark: the packet's mark
 * @mask: bits of it that count
 * @uid: first and last user id of the socket
 * @cgroup: id of a cgroup of the socket
 */
struct selector {
	uint32_t has;
	uint8_t proto;
	uint8_t dscp;
	uint16_t sport[2];
	uint16_t dport[2];
	uint32_t mark;
	uint32_t mask;
	uint32_t uid[2];
	uint64_t cgroup;
};

static inline bool selector_has(const struct selector *selector,
				enum sidestep_selector_attr attr)
{
	return selector->has & 1u << attr;
}

/**
 * selector_parse() - read an attribute SIDESTEP_A_SELECTOR
 * @attr: the attribute
 * @selector: the result; attributes that this program does not know are skipped
 *
 * Return: MNL_CB_OK or MNL_CB_ERROR.
 */
int selector_parse(const struct nlattr *attr, struct selector *selector);

#endif /* _SIDESTEP_SELECTOR_H */
