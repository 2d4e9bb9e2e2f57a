/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stun_server: tells UEs the address that a NAT gives them (RFC 8489, Binding)
 *
 * Only for users that the function knows: a request has USERNAME and MESSAGE-INTEGRITY
 * by a short-term credential (RFC 8489, 9.1), and so has the answer. What else comes is
 * not answered at all, so the server reflects nothing for strangers; an answer is never
 * more than twice as long as its request.
 */
#ifndef _SIDESTEP_STUN_SERVER_H
#define _SIDESTEP_STUN_SERVER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum stun_server_limits {
	STUN_SERVER_PORT = 3478,
	/* Answers to one user, a second. */
	STUN_SERVER_USER_A_SECOND = 20,
};

/* enum stun_server_count - what became of datagrams */
enum stun_server_count {
	STUN_SERVER_ANSWERED,
	STUN_SERVER_FORM,	/* no Binding request */
	STUN_SERVER_USER,	/* no such user, or none named */
	STUN_SERVER_INTEGRITY,	/* another password */
	STUN_SERVER_RATE,	/* too many */
	STUN_SERVER_SEND,	/* the kernel would not send the answer */
	STUN_SERVER_COUNTS,
};

/* stun_server_count_name() - in a word: "answered", "form" ... */
const char *stun_server_count_name(enum stun_server_count count);

struct stun_server;

/**
 * stun_server_open() - begin to answer
 * @server: the result
 * @event: the loop
 * @listen4: address; NULL: no IPv4
 * @listen6: likewise
 * @port: host byte order; STUN_SERVER_PORT
 *
 * Return: 0 or a negative errno value.
 */
int stun_server_open(struct stun_server **server, sd_event *event,
		     const struct in_addr *listen4, const struct in6_addr *listen6,
		     uint16_t port);
/* stun_server_close() - NULL is fine */
void stun_server_close(struct stun_server *server);

/**
 * stun_server_add() - this user may ask from now on
 * @server: the server
 * @user: its USERNAME; copied. One that is known gets the new key
 * @key: its password
 * @key_len: bytes of @key, at most 64
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int stun_server_add(struct stun_server *server, const char *user, const uint8_t *key,
		    size_t key_len);
void stun_server_del(struct stun_server *server, const char *user);

uint64_t stun_server_count(const struct stun_server *server,
			   enum stun_server_count count);

#endif /* _SIDESTEP_STUN_SERVER_H */
