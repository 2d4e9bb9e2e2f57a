/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_value: what stands behind the keys of prosefd.conf(5). Pure
 */
#ifndef _SIDESTEP_MNO_VALUE_H
#define _SIDESTEP_MNO_VALUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mno_value_limits {
	MNO_MAX_NETWORKS = 32,
};

/* struct mno_network - @bits of @addr */
struct mno_network {
	struct sockaddr_storage addr;
	unsigned int bits;
};

/* struct mno_networks - @n of them */
struct mno_networks {
	size_t n;
	struct mno_network network[MNO_MAX_NETWORKS];
};

/* mno_value_address() - ADDRESS or ADDRESS:PORT, [IPv6] or [IPv6]:PORT; @port if none is
 * there. Return: is it one?
 */
bool mno_value_address(struct sockaddr_storage *addr, const char *value, uint16_t port);

/* mno_value_number() - from 1 to @max. Return: is it one? */
bool mno_value_number(unsigned int *number, const char *value, unsigned int max);

/* mno_value_ports() - LOWEST-HIGHEST. Return: NULL, or what is wrong */
const char *mno_value_ports(in_port_t *lowest, in_port_t *highest, const char *value);

/* mno_value_networks() - ADDRESS/BITS, with blanks between them; more of them. Return: NULL,
 * or what is wrong
 */
const char *mno_value_networks(struct mno_networks *networks, const char *value);

/* mno_value_is_device() - may it be a network device's name, and stand in a rule of nftables? */
bool mno_value_is_device(const char *value);

#endif /* _SIDESTEP_MNO_VALUE_H */
