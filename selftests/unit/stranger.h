/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stranger: somebody who connects, and does with it what he likes
 */
#ifndef _SELFTESTS_STRANGER_H
#define _SELFTESTS_STRANGER_H

#include "hosts.h"
#include "../../userspace/ue/hostkey.h"

#include <openssl/ssl.h>

/**
 * struct stranger - he
 * @fd: the socket, which does not block
 * @ctx: TLS
 * @ssl: likewise
 */
struct stranger {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

/* stranger_connect() - from host 0, fe80::b01, to host 1 on that link */
void stranger_connect(struct stranger *stranger, unsigned int link);

/* stranger_tls() - with that key, or with none; he takes any. @version is the newest
 * that he speaks, @groups are for the exchange of keys
 */
void stranger_tls(struct stranger *stranger, const struct hostkey *key, int version,
		  const char *groups);

/* stranger_shake() - true when the handshake is over at his end */
bool stranger_shake(struct stranger *stranger);

/* stranger_send() - true when that is sent; to be called again with the same */
bool stranger_send(struct stranger *stranger, const void *buf, size_t len);

/* stranger_read() - Return: how much; 0 if there is nothing now */
size_t stranger_read(struct stranger *stranger, void *buf, size_t size);

/* stranger_ended() - the other end has closed; what it said is thrown away */
bool stranger_ended(const struct stranger *stranger);

void stranger_close(struct stranger *stranger);

/* stranger_reset() - the same, with no good-bye */
void stranger_reset(struct stranger *stranger);

#endif /* _SELFTESTS_STRANGER_H */
