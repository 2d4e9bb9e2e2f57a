/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hosts: two hosts with two direct links between them
 *
 *	host 0 l0 ---- l0 host 1	fe80::1 and fe80::2 on both links;
 *	       l1 ---- l1		strangers are fe80::b01 and fe80::b02
 *
 * Each is a network namespace that this program enters and leaves; a socket stays where
 * it was made.
 */
#ifndef _SELFTESTS_HOSTS_H
#define _SELFTESTS_HOSTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum hosts_numbers {
	HOSTS = 2,
	LINKS = 2,
};

/* hosts_open() - false: this user may not have namespaces */
bool hosts_open(void);

/* hosts_enter() - sockets are that host's from now on */
void hosts_enter(unsigned int host);

/* hosts_run() - a shell's command on that host; false if it fails */
bool hosts_run(unsigned int host, const char *command);

/* hosts_link() - the number that the link has on that host */
uint32_t hosts_link(unsigned int host, unsigned int link);

/* hosts_address() - fe80::@last on @link, as @host reaches it, with that port */
struct sockaddr_in6 hosts_address(unsigned int host, unsigned int link,
				  uint16_t last, uint16_t port);

#endif /* _SELFTESTS_HOSTS_H */
