// SPDX-License-Identifier: GPL-2.0-or-later
#include "hosts.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int namespaces[HOSTS];

static bool write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fputs(text, file);
	return !fclose(file);
}

/* Who is not root becomes it in a namespace of users. */
static bool become_root(void)
{
	unsigned int uid = geteuid();
	char map[32];

	if (!uid)
		return true;
	snprintf(map, sizeof(map), "0 %u 1\n", uid);
	return !unshare(CLONE_NEWUSER) && write_file("/proc/self/uid_map", map);
}

void hosts_enter(unsigned int host)
{
	if (setns(namespaces[host], CLONE_NEWNET))
		abort();
}

bool hosts_run(unsigned int host, const char *command)
{
	hosts_enter(host);
	return !system(command);
}

static void add_link(unsigned int link)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ip link add name l%u type veth peer name l%u netns /proc/%d/fd/%d",
		 link, link, getpid(), namespaces[1]);
	if (!hosts_run(0, command))
		abort();
	for (unsigned int host = 0; host < HOSTS; host++) {
		snprintf(command, sizeof(command),
			 "ip link set l%u addrgenmode none up && ip addr add fe80::%u/64 dev l%u nodad && ip addr add fe80::b0%u/64 dev l%u nodad preferred_lft 0",
			 link, host + 1, link, host + 1, link);
		if (!hosts_run(host, command))
			abort();
	}
}

bool hosts_open(void)
{
	if (!become_root())
		return false;
	for (unsigned int host = 0; host < HOSTS; host++) {
		if (unshare(CLONE_NEWNET))
			return false;
		namespaces[host] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		/* Small buffers, so that they are full soon. */
		if (namespaces[host] < 0 ||
		    !write_file("/proc/sys/net/ipv4/tcp_wmem", "4096 8192 8192"))
			abort();
	}
	for (unsigned int link = 0; link < LINKS; link++)
		add_link(link);
	return true;
}

uint32_t hosts_link(unsigned int host, unsigned int link)
{
	char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "l%u", link);
	hosts_enter(host);
	return if_nametoindex(name);
}

struct sockaddr_in6 hosts_address(unsigned int host, unsigned int link,
				  uint16_t last, uint16_t port)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_scope_id = hosts_link(host, link),
	};

	address.sin6_addr.s6_addr16[0] = htons(0xfe80);
	address.sin6_addr.s6_addr16[7] = htons(last);
	return address;
}
