/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_addr: can it be a host's? Pure
 */
#ifndef _SIDESTEP_HOST_ADDR_H
#define _SIDESTEP_HOST_ADDR_H

#include <stdint.h>

/**
 * host_addr_fault() - what is wrong with an address as that of one host, from afar
 * @family: AF_INET or AF_INET6
 * @addr: 4 or 16 bytes, network byte order
 *
 * Unspecified, loopback, multicast, broadcast, link-local; IPv4 in IPv6.
 *
 * Return: a static text, or NULL.
 */
const char *host_addr_fault(int family, const uint8_t *addr);

#endif /* _SIDESTEP_HOST_ADDR_H */
