// SPDX-License-Identifier: GPL-2.0-or-later
#include "stranger.h"
#include "../../userspace/ue/hello.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void stranger_connect(struct stranger *stranger, unsigned int link)
{
	struct sockaddr_in6 to = hosts_address(0, link, 2, HELLO_PORT);
	struct sockaddr_in6 own = hosts_address(0, link, 0xb01, 0);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = 1;

	/* As small as may be. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) ||
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS))
		abort();
	*stranger = (struct stranger){ .fd = fd };
}

void stranger_tls(struct stranger *stranger, const struct hostkey *key, int version,
		  const char *groups)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set1_groups_list(ctx, groups);
	if (key && (!SSL_CTX_use_certificate(ctx, key->cert) ||
		    !SSL_CTX_use_PrivateKey(ctx, key->pkey)))
		abort();
	stranger->ctx = ctx;
	stranger->ssl = SSL_new(ctx);
	SSL_set_fd(stranger->ssl, stranger->fd);
	SSL_set_connect_state(stranger->ssl);
}

bool stranger_shake(struct stranger *stranger)
{
	return SSL_do_handshake(stranger->ssl) == 1;
}

bool stranger_send(struct stranger *stranger, const void *buf, size_t len)
{
	return SSL_write(stranger->ssl, buf, len) == (int)len;
}

size_t stranger_read(struct stranger *stranger, void *buf, size_t size)
{
	int n = SSL_read(stranger->ssl, buf, size);

	return n > 0 ? n : 0;
}

bool stranger_ended(const struct stranger *stranger)
{
	char buf[4096];
	ssize_t n;

	do {
		n = recv(stranger->fd, buf, sizeof(buf), 0);
	} while (n > 0);
	return !n || (errno != EAGAIN && errno != ENOTCONN);
}

void stranger_close(struct stranger *stranger)
{
	SSL_free(stranger->ssl);
	SSL_CTX_free(stranger->ctx);
	close(stranger->fd);
	*stranger = (struct stranger){ .fd = -1 };
}

void stranger_reset(struct stranger *stranger)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(stranger->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	stranger_close(stranger);
}
