// SPDX-License-Identifier: GPL-2.0-or-later
/* mptcp.so, for LD_PRELOAD: a program's TCP sockets are MPTCP's. */
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

int socket(int family, int type, int protocol)
{
	int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	if ((family == AF_INET || family == AF_INET6) && kind == SOCK_STREAM &&
	    (!protocol || protocol == IPPROTO_TCP))
		protocol = IPPROTO_MPTCP;
	return next(family, type, protocol);
}
