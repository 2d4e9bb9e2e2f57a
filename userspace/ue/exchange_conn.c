// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange_conn.h"
#include "exchange_priv.h"
#include "../common/log.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum conn_limits {
	/* What we offer may not be there yet; it is looked for as often. */
	OFFER_WAIT_US = 1000000,
	SLACK_US = 100000,
};

/* The length of what follows, big-endian. */
enum {
	HEAD = 2,
};

/* --- the end -------------------------------------------------------------- */

void exchange_conn_close(struct exchange_conn *conn)
{
	if (conn->state != CONN_CLOSED) {
		if (conn->state == CONN_OPEN)
			SSL_shutdown(conn->ssl);
		conn->state = CONN_CLOSED;
		exchange_forget(conn);
		conn->retry = sd_event_source_disable_unref(conn->retry);
		conn->io = sd_event_source_disable_unref(conn->io);
		conn->timer = sd_event_source_disable_unref(conn->timer);
		SSL_free(conn->ssl);
		conn->ssl = NULL;
		close(conn->fd);
	}
	if (conn->busy)
		return;
	OPENSSL_cleanse(conn, sizeof(*conn));
	free(conn);
}

/* What may have ended it, or its peer, is over. */
static void let_go(struct exchange_conn *conn, bool busy)
{
	conn->busy = busy;
	if (conn->state == CONN_CLOSED)
		exchange_conn_close(conn);
}

/* The peer's session hears of it; of a stranger nobody wants to. */
static void end(struct exchange_conn *conn, const char *why)
{
	struct exchange_peer *peer = conn->peer;
	bool busy = conn->busy;

	if (conn->state == CONN_CLOSED)
		return;
	conn->busy = true;
	exchange_conn_close(conn);
	if (peer)
		exchange_lost(peer, why);
	else
		log_say(LOG_DEBUG, NULL, "exchange: a stranger on link %u: %s",
			conn->ifindex, why);
	let_go(conn, busy);
}

/* Why a call of OpenSSL's has failed. */
static const char *reason(const struct exchange_conn *conn, int error)
{
	if (exchange_tls_alerted())
		return conn->heard ? "the peer has ended the connection for a fault" :
				     "the peer refuses: does its PeerKey= have this host's key?";
	if (error == SSL_ERROR_ZERO_RETURN)
		return "the peer has ended it";
	/* Who closes before he has read all resets. */
	if (error == SSL_ERROR_SYSCALL && errno && errno != ECONNRESET && errno != EPIPE)
		return strerror(errno);
	if (conn->state != CONN_SHAKING || !conn->connects)
		return "the connection was cut off";
	if (SSL_get_verify_result(conn->ssl) == X509_V_ERR_CERT_REJECTED)
		return "the peer has another key than PeerKey= says";
	return "the peer does not await this host: has it a session with it on this link?";
}

static int on_impatience(sd_event_source *source, uint64_t usec, void *data)
{
	struct exchange_conn *conn = data;

	(void)source;
	(void)usec;
	end(conn, conn->state == CONN_OPEN ? "the peer has offered nothing so far" :
					     "the peer does not answer");
	return 0;
}

/* --- events --------------------------------------------------------------- */

/* What is to go out is not forgotten over what comes in. */
static void want(struct exchange_conn *conn, uint32_t events)
{
	if (conn->out_at < conn->out_len)
		events |= EPOLLOUT;
	if (conn->io)
		sd_event_source_set_io_events(conn->io, events);
}

/* A call of OpenSSL's has not done all: it is tried again when the socket is ready, or
 * the connection ends.
 */
static void later(struct exchange_conn *conn, int ret)
{
	int saved = errno, error = SSL_get_error(conn->ssl, ret);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		want(conn, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLIN | EPOLLOUT);
		return;
	}
	errno = saved;
	end(conn, reason(conn, error));
}

/* --- offers --------------------------------------------------------------- */

static void send_out(struct exchange_conn *conn)
{
	int ret;

	while (conn->out_at < conn->out_len) {
		ERR_clear_error();
		ret = SSL_write(conn->ssl, conn->out + conn->out_at,
				conn->out_len - conn->out_at);
		if (ret <= 0) {
			later(conn, ret);
			return;
		}
		conn->out_at += ret;
	}
	want(conn, EPOLLIN);
	if (conn->again)
		exchange_conn_offer(conn);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct exchange_conn *conn = data;

	(void)source;
	(void)usec;
	conn->retry = sd_event_source_disable_unref(conn->retry);
	exchange_conn_offer(conn);
	return 0;
}

static void retry_later(struct exchange_conn *conn)
{
	if (!conn->retry &&
	    sd_event_add_time_relative(conn->exchange->event, &conn->retry, CLOCK_BOOTTIME,
				       OFFER_WAIT_US, SLACK_US, on_retry, conn) < 0)
		log_say(LOG_ERR, NULL, "exchange: no memory for a timer");
}

static void put_out(struct exchange_conn *conn, const struct offer *offer)
{
	uint8_t buf[sizeof(conn->out)];
	size_t len = offer_encode(offer, buf + HEAD, OFFER_MAX_SIZE);

	if (!len) {
		log_say(LOG_ERR, NULL, "exchange: an offer of more than %d bytes",
			OFFER_MAX_SIZE);
		return;
	}
	buf[0] = len >> 8;
	buf[1] = len;
	len += HEAD;
	if (len == conn->out_len && !memcmp(buf, conn->out, len))
		return;
	memcpy(conn->out, buf, len);
	conn->out_len = len;
	conn->out_at = 0;
	send_out(conn);
}

void exchange_conn_offer(struct exchange_conn *conn)
{
	struct offer offer = {};
	bool busy = conn->busy;
	bool ready;

	if (conn->state != CONN_OPEN)
		return;
	conn->again = conn->out_at < conn->out_len;
	if (conn->again)
		return;
	conn->busy = true;
	ready = conn->exchange->ops->offer(&offer, conn->peer->data);
	if (conn->state == CONN_OPEN && ready)
		put_out(conn, &offer);
	else if (conn->state == CONN_OPEN)
		retry_later(conn);
	let_go(conn, busy);
}

static void take_offer(struct exchange_conn *conn, size_t len)
{
	struct exchange_peer *peer = conn->peer;
	const char *why;
	struct offer offer;
	char text[128];
	int err;

	err = offer_decode(&offer, conn->in + HEAD, len, &why);
	conn->in_len = 0;
	if (err == -EPROTONOSUPPORT) {
		snprintf(text, sizeof(text),
			 "its helper speaks version %u of the exchange, this one %u: install the same on both",
			 offer.version, OFFER_VERSION);
		end(conn, text);
		return;
	}
	if (err) {
		snprintf(text, sizeof(text), "the peer's offer is malformed: %s", why);
		end(conn, text);
		return;
	}
	conn->heard = peer->met = true;
	conn->timer = sd_event_source_disable_unref(conn->timer);
	conn->exchange->ops->offered(&offer, &conn->keys, &conn->from, peer->data);
}

/* Return: how many bytes are wanted next, 0 if that is more than there may be. */
static size_t wanted(const struct exchange_conn *conn)
{
	size_t len;

	if (conn->in_len < HEAD)
		return HEAD - conn->in_len;
	len = conn->in[0] << 8 | conn->in[1];
	return len && len <= OFFER_MAX_SIZE ? HEAD + len - conn->in_len : 0;
}

static void receive(struct exchange_conn *conn)
{
	size_t n;
	int ret;

	while (conn->state == CONN_OPEN) {
		n = wanted(conn);
		if (!n) {
			end(conn, "the peer's offer has no length that may be");
			return;
		}
		ERR_clear_error();
		ret = SSL_read(conn->ssl, conn->in + conn->in_len, n);
		if (ret <= 0) {
			later(conn, ret);
			return;
		}
		conn->in_len += ret;
		if (conn->in_len > HEAD && (size_t)ret == n)
			take_offer(conn, conn->in_len - HEAD);
	}
}

/* --- the beginning -------------------------------------------------------- */

static void opened(struct exchange_conn *conn)
{
	exchange_adopt(conn);
	conn->state = CONN_OPEN;
	if (!exchange_tls_keys(conn->ssl, &conn->keys, conn->exchange->key->public,
			       conn->peer->key)) {
		end(conn, "TLS has no keys for the session");
		return;
	}
	exchange_conn_offer(conn);
}

static void shake(struct exchange_conn *conn)
{
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(conn->ssl);
	if (ret == 1)
		opened(conn);
	else
		later(conn, ret);
}

static void connected(struct exchange_conn *conn)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err) {
		end(conn, strerror(err));
		return;
	}
	conn->state = CONN_SHAKING;
	want(conn, EPOLLIN);
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct exchange_conn *conn = data;

	(void)source;
	(void)fd;
	(void)events;
	conn->busy = true;
	if (conn->state == CONN_CONNECTING)
		connected(conn);
	if (conn->state == CONN_SHAKING)
		shake(conn);
	if (conn->state == CONN_OPEN && conn->out_at < conn->out_len)
		send_out(conn);
	if (conn->state == CONN_OPEN)
		receive(conn);
	let_go(conn, false);
	return 0;
}

static bool set_sources(struct exchange_conn *conn)
{
	sd_event *event = conn->exchange->event;
	uint32_t events = conn->connects ? EPOLLOUT : EPOLLIN;

	return sd_event_add_io(event, &conn->io, conn->fd, events, on_socket, conn) >= 0 &&
	       sd_event_add_time_relative(event, &conn->timer, CLOCK_BOOTTIME,
					  EXCHANGE_PATIENCE_S * 1000000ull, SLACK_US,
					  on_impatience, conn) >= 0;
}

struct exchange_conn *exchange_conn_new(struct exchange *exchange, int fd,
					struct exchange_peer *peer,
					const struct sockaddr_in6 *from)
{
	struct exchange_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		close(fd);
		return NULL;
	}
	conn->exchange = exchange;
	conn->fd = fd;
	conn->peer = peer;
	conn->found = peer;
	conn->connects = peer;
	conn->state = peer ? CONN_CONNECTING : CONN_SHAKING;
	conn->from = *from;
	conn->ifindex = from->sin6_scope_id;
	sd_event_now(exchange->event, CLOCK_BOOTTIME, &conn->since_us);
	conn->ssl = exchange_tls_new(exchange->ctx, fd, conn->connects, conn);
	if (conn->ssl && set_sources(conn))
		return conn;
	log_say(LOG_ERR, NULL, "exchange: no memory for a connection");
	exchange_conn_close(conn);
	return NULL;
}
