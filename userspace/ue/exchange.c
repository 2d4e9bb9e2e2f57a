// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange.h"
#include "exchange_priv.h"
#include "hello.h"
#include "../common/log.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 16,
	/* Connections a second: each may cost a handshake. */
	MAX_A_SECOND = 64,
	MS_A_SECOND = 1000,
	US_A_SECOND = 1000000,
	/* So long an attempt may go on before one at another address takes its place. */
	ATTEMPT_US = US_A_SECOND,
};

/* --- connections ---------------------------------------------------------- */

void exchange_forget(struct exchange_conn *conn)
{
	struct exchange *exchange = conn->exchange;
	struct exchange_conn **at = &exchange->strangers;

	if (conn->peer && conn->peer->conn == conn)
		conn->peer->conn = NULL;
	conn->peer = NULL;
	while (*at && *at != conn)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = conn->next;
	exchange->n_strangers--;
}

void exchange_adopt(struct exchange_conn *conn)
{
	struct exchange_peer *peer = conn->found;

	exchange_forget(conn);
	if (peer->conn)
		exchange_conn_close(peer->conn);
	peer->conn = conn;
	conn->peer = peer;
}

void exchange_lost(struct exchange_peer *peer, const char *why)
{
	const struct exchange_ops *ops = peer->exchange->ops;
	bool met = peer->met;

	peer->met = false;
	if (met)
		ops->gone(why, peer->data);
	else
		ops->failed(why, peer->data);
}

/* The key that a certificate has: whose is it? Where this end connects it is known
 * whose it should be.
 */
static bool check_key(const uint8_t key[HOSTKEY_LEN], void *data)
{
	struct exchange_conn *conn = data;
	struct exchange_peer *peer = conn->exchange->peers;

	if (conn->connects)
		return !memcmp(key, conn->peer->key, HOSTKEY_LEN);
	for (; peer; peer = peer->next)
		if (peer->ifindex == conn->ifindex && !exchange_connects(peer) &&
		    !memcmp(key, peer->key, HOSTKEY_LEN))
			break;
	conn->found = peer;
	return peer;
}

static void set_patience(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, EXCHANGE_SILENCE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 2 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, EXCHANGE_SILENCE_S * MS_A_SECOND },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)))
			log_say(LOG_DEBUG, NULL, "exchange: socket option %d: %s",
				options[i].name, strerror(errno));
}

/* --- listening ------------------------------------------------------------ */

static bool is_awaited_on(const struct exchange *exchange, uint32_t ifindex)
{
	const struct exchange_peer *peer = exchange->peers;

	while (peer && (peer->ifindex != ifindex || exchange_connects(peer)))
		peer = peer->next;
	return peer;
}

static void accept_one(struct exchange *exchange, int fd, const struct sockaddr_in6 *from)
{
	struct exchange_conn *conn;

	if (from->sin6_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr) ||
	    !is_awaited_on(exchange, from->sin6_scope_id) ||
	    exchange->n_strangers == EXCHANGE_MAX_STRANGERS) {
		close(fd);
		return;
	}
	set_patience(fd);
	conn = exchange_conn_new(exchange, fd, NULL, from);
	if (!conn)
		return;
	conn->next = exchange->strangers;
	exchange->strangers = conn;
	exchange->n_strangers++;
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *data)
{
	struct sockaddr_in6 from = {};
	socklen_t len = sizeof(from);
	int fd = accept4(listen_fd, (struct sockaddr *)&from, &len,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (fd >= 0)
		accept_one(data, fd, &from);
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(HELLO_PORT),
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, err;

	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (const struct sockaddr *)&any, sizeof(any)) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	if (err == -EADDRINUSE)
		log_say(LOG_ERR, NULL, "TCP port %d is taken: is another sidestepd running?",
			HELLO_PORT);
	close(fd);
	return err;
}

static int await(struct exchange *exchange)
{
	int err = sd_event_add_io(exchange->event, &exchange->io, exchange->fd, EPOLLIN,
				  on_connection, exchange);

	if (err < 0)
		return err;
	return sd_event_source_set_ratelimit(exchange->io, US_A_SECOND, MAX_A_SECOND);
}

int exchange_open(struct exchange **result, sd_event *event, const struct hostkey *key,
		  const struct exchange_ops *ops)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	int err;

	if (!exchange)
		return -ENOMEM;
	exchange->event = event;
	exchange->key = key;
	exchange->ops = ops;
	exchange->fd = err = open_socket();
	exchange->ctx = exchange_tls_open(key, check_key);
	if (err >= 0)
		err = exchange->ctx ? await(exchange) : -ENOMEM;
	if (err < 0) {
		exchange_close(exchange);
		return err;
	}
	*result = exchange;
	return 0;
}

void exchange_close(struct exchange *exchange)
{
	while (exchange->strangers)
		exchange_conn_close(exchange->strangers);
	while (exchange->peers)
		exchange_peer_del(exchange->peers);
	sd_event_source_disable_unref(exchange->io);
	SSL_CTX_free(exchange->ctx);
	if (exchange->fd >= 0)
		close(exchange->fd);
	free(exchange);
}

/* --- peers ---------------------------------------------------------------- */

struct exchange_peer *exchange_peer_add(struct exchange *exchange,
					const uint8_t key[HOSTKEY_LEN], void *data)
{
	struct exchange_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->exchange = exchange;
	peer->data = data;
	memcpy(peer->key, key, HOSTKEY_LEN);
	peer->next = exchange->peers;
	exchange->peers = peer;
	return peer;
}

/* A stranger that was found to be this peer is none of anybody's then. */
static void drop(struct exchange_peer *peer)
{
	struct exchange_conn *conn, *next;

	if (peer->conn)
		exchange_conn_close(peer->conn);
	for (conn = peer->exchange->strangers; conn; conn = next) {
		next = conn->next;
		if (conn->found == peer)
			exchange_conn_close(conn);
	}
}

void exchange_peer_link(struct exchange_peer *peer, uint32_t ifindex)
{
	if (peer->ifindex == ifindex)
		return;
	peer->ifindex = ifindex;
	drop(peer);
	if (peer->met)
		exchange_lost(peer, "the direct device is gone, or down");
}

void exchange_peer_del(struct exchange_peer *peer)
{
	struct exchange_peer **at = &peer->exchange->peers;

	drop(peer);
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	free(peer);
}

bool exchange_connects(const struct exchange_peer *peer)
{
	return memcmp(peer->exchange->key->public, peer->key, HOSTKEY_LEN) < 0;
}

/* Anybody may have said the peer's hello, and be silent then. */
static bool gives_way(const struct exchange_conn *conn, const struct sockaddr_in6 *to)
{
	uint64_t now;

	return conn->state < CONN_OPEN &&
	       !IN6_ARE_ADDR_EQUAL(&conn->from.sin6_addr, &to->sin6_addr) &&
	       sd_event_now(conn->exchange->event, CLOCK_BOOTTIME, &now) >= 0 &&
	       now - conn->since_us >= ATTEMPT_US;
}

void exchange_connect(struct exchange_peer *peer, const struct sockaddr_in6 *to)
{
	int fd;

	if (!exchange_connects(peer) || (peer->conn && !gives_way(peer->conn, to)))
		return;
	if (peer->conn)
		exchange_conn_close(peer->conn);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	set_patience(fd);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) && errno != EINPROGRESS) {
		peer->exchange->ops->failed(strerror(errno), peer->data);
		close(fd);
		return;
	}
	peer->conn = exchange_conn_new(peer->exchange, fd, peer, to);
}

void exchange_offer_again(struct exchange_peer *peer)
{
	if (peer->conn)
		exchange_conn_offer(peer->conn);
}
