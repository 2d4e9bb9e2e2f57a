// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uevents: what the kernel tells udev
 *
 * Prints the words of each event of this network namespace on a line of its own,
 * until it is ended.
 */
#include "common.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>

int main(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_KOBJECT_UEVENT);
	char buf[8192];
	ssize_t size;

	if (!nl || mnl_socket_bind(nl, 1, MNL_SOCKET_AUTOPID) < 0)
		die("socket: %m");
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((size = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < size; i++)
			putchar(buf[i] ? buf[i] : '\n');
	die("receive: %m");
}
