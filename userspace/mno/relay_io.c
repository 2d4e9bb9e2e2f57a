// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_io.h"
#include "relay_priv.h"

#include "../common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 32,
	/* More than a datagram of WireGuard's is on any path between UEs; what is longer
	 * is dropped.
	 */
	DATAGRAM_SIZE = 2048,
	/* What may come at once after a pause. */
	BURST_MS = 250,
};

/**
 * struct outbox - datagrams that leave by one socket
 * @n: how many
 * @to: receivers
 * @iov: contents
 * @msg: for the kernel
 */
struct outbox {
	unsigned int n;
	struct sockaddr_storage to[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH];
};

/**
 * struct relay_batch - see there
 * @from: sources
 * @iov: for @msg
 * @msg: what came in
 * @buf: its contents
 * @out: by family
 */
struct relay_batch {
	struct sockaddr_storage from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH];
	uint8_t buf[BATCH][DATAGRAM_SIZE];
	struct outbox out[RELAY_IOS];
};

struct relay_batch *relay_batch_new(void)
{
	struct relay_batch *batch = calloc(1, sizeof(*batch));

	for (int i = 0; batch && i < BATCH; i++) {
		batch->iov[i] = (struct iovec){ batch->buf[i], DATAGRAM_SIZE };
		batch->msg[i].msg_hdr.msg_iov = &batch->iov[i];
		batch->msg[i].msg_hdr.msg_iovlen = 1;
		batch->msg[i].msg_hdr.msg_name = &batch->from[i];
	}
	return batch;
}

void relay_batch_free(struct relay_batch *batch)
{
	free(batch);
}

/* --- out ------------------------------------------------------------------ */

static void flush(struct relay *relay, enum relay_side in, int family)
{
	struct outbox *out = &relay->relays->batch->out[family];
	int fd = relay->io.socket[!in][family].fd, sent;
	unsigned int done = 0;

	while (done < out->n) {
		sent = sendmmsg(fd, out->msg + done, out->n - done, MSG_DONTWAIT);
		if (sent <= 0) {
			relay->counters.drop[in][RELAY_DROP_SEND]++;
			sent = 1;
		}
		done += sent;
	}
	out->n = 0;
}

static void post(struct relay *relay, enum relay_side in,
		 const struct sockaddr_storage *to, const struct iovec *content)
{
	int family = to->ss_family == AF_INET ? RELAY_IO4 : RELAY_IO6;
	struct outbox *out = &relay->relays->batch->out[family];
	unsigned int i = out->n;

	out->to[i] = *to;
	out->iov[i] = *content;
	out->msg[i].msg_hdr = (struct msghdr){
		.msg_name = &out->to[i],
		.msg_namelen = family == RELAY_IO4 ? sizeof(struct sockaddr_in) :
						     sizeof(struct sockaddr_in6),
		.msg_iov = &out->iov[i],
		.msg_iovlen = 1,
	};
	if (++out->n == BATCH)
		flush(relay, in, family);
}

/* --- rates ---------------------------------------------------------------- */

static bool is_late(uint64_t *due_ns, uint64_t cost_ns, uint64_t now_ns)
{
	if (*due_ns < now_ns)
		*due_ns = now_ns;
	if (*due_ns > now_ns + BURST_MS * 1000000ull)
		return true;
	*due_ns += cost_ns;
	return false;
}

static bool is_over_rate(struct relay *relay, enum relay_side in, size_t len,
			 uint64_t now_ns)
{
	const struct relay_limits_conf *limits = &relay->relays->conf.limits;
	struct relay_pace *pace = &relay->io.pace[in];

	if (limits->packets_s &&
	    is_late(&pace->packets_ns, 1000000000 / limits->packets_s, now_ns))
		return true;
	return limits->bytes_s &&
	       is_late(&pace->bytes_ns, len * 1000000000ull / limits->bytes_s, now_ns);
}

/* --- in ------------------------------------------------------------------- */

static void give_kept(struct relay_socket *socket, const struct sockaddr_storage *from,
		      socklen_t from_len)
{
	const struct relay_port *port = &socket->relay->port[socket->side];

	if (sendto(socket->fd, port->kept, sizeof(port->kept), MSG_DONTWAIT,
		   (const struct sockaddr *)from, from_len) < 0)
		socket->relay->counters.drop[!socket->side][RELAY_DROP_SEND]++;
}

static void tell(struct relay *relay, const struct relay_verdict *verdict)
{
	for (int side = 0; side < RELAY_SIDES; side++)
		if (verdict->latched[side])
			relay_has_latched(relay, side);
}

static void forward(struct relay *relay, enum relay_side in, const struct iovec *content,
		    const struct relay_verdict *verdict)
{
	for (size_t i = 0; i < verdict->n_to; i++)
		post(relay, in, verdict->to[i], content);
	if (!verdict->n_to)
		return;
	relay->counters.packets[in]++;
	relay->counters.bytes[in] += content->iov_len;
}

static void datagram(struct relay_socket *socket, const struct mmsghdr *msg,
		     uint64_t now_ns)
{
	const struct sockaddr_storage *from = msg->msg_hdr.msg_name;
	struct iovec content = { msg->msg_hdr.msg_iov->iov_base, msg->msg_len };
	struct relay *relay = socket->relay;
	enum relay_side in = socket->side;
	struct relay_verdict verdict;

	/* No kind of message is as short as that. */
	if (msg->msg_hdr.msg_flags & MSG_TRUNC)
		content.iov_len = 0;
	relay_latch_judge(relay->port, in, from, content.iov_base, content.iov_len, now_ns,
			  &verdict);
	if (verdict.drop == RELAY_DROPS &&
	    relay_same_source(from, &relay->port[in].latch.addr)) {
		relay->used_ns = now_ns;
		if (is_over_rate(relay, in, content.iov_len, now_ns))
			verdict.drop = RELAY_DROP_RATE;
	}
	if (verdict.give_kept)
		give_kept(socket, from, msg->msg_hdr.msg_namelen);
	if (verdict.drop == RELAY_DROPS)
		forward(relay, in, &content, &verdict);
	else
		relay->counters.drop[in][verdict.drop]++;
	tell(relay, &verdict);
}

static int on_datagrams(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct relay_socket *socket = data;
	struct relay *relay = socket->relay;
	struct relay_batch *batch = relay->relays->batch;
	uint64_t now_ns = clock_now_ns(CLOCK_BOOTTIME);
	int n;

	(void)source;
	(void)events;
	for (int i = 0; i < BATCH; i++)
		batch->msg[i].msg_hdr.msg_namelen = sizeof(batch->from[i]);
	n = recvmmsg(fd, batch->msg, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		datagram(socket, &batch->msg[i], now_ns);
	for (int family = 0; family < RELAY_IOS; family++)
		flush(relay, socket->side, family);
	return 0;
}

/* --- sockets -------------------------------------------------------------- */

static int open_port(const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(addr->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, err;

	if (fd < 0)
		return -errno;
	if ((addr->sa_family == AF_INET ||
	     !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) &&
	    !bind(fd, addr, len))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int open_family(const struct relay *relay, enum relay_side side, int family)
{
	const struct relays_conf *conf = &relay->relays->conf;
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(relay->number[side]),
		.sin_addr = conf->listen4,
	};
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(relay->number[side]),
		.sin6_addr = conf->listen6,
	};

	if (family == RELAY_IO4)
		return open_port((const struct sockaddr *)&sin, sizeof(sin));
	return open_port((const struct sockaddr *)&sin6, sizeof(sin6));
}

static bool has_family(const struct relays_conf *conf, int family)
{
	return family == RELAY_IO4 ? conf->listen4.s_addr != INADDR_ANY :
				     !IN6_IS_ADDR_UNSPECIFIED(&conf->listen6);
}

static int open_socket(struct relay *relay, enum relay_side side, int family)
{
	struct relay_socket *socket = &relay->io.socket[side][family];
	int fd;

	if (!has_family(&relay->relays->conf, family))
		return 0;
	fd = open_family(relay, side, family);
	if (fd < 0)
		return fd;
	socket->fd = fd;
	return sd_event_add_io(relay->relays->event, &socket->source, fd, EPOLLIN,
			       on_datagrams, socket);
}

void relay_io_init(struct relay *relay)
{
	for (int side = 0; side < RELAY_SIDES; side++)
		for (int family = 0; family < RELAY_IOS; family++)
			relay->io.socket[side][family] = (struct relay_socket){
				.relay = relay,
				.side = side,
				.fd = -1,
			};
}

int relay_io_open(struct relay *relay)
{
	int err = 0;

	for (int side = 0; side < RELAY_SIDES; side++)
		for (int family = 0; err >= 0 && family < RELAY_IOS; family++)
			err = open_socket(relay, side, family);
	if (err < 0)
		relay_io_close(relay);
	return err < 0 ? err : 0;
}

void relay_io_close(struct relay *relay)
{
	for (int side = 0; side < RELAY_SIDES; side++)
		for (int family = 0; family < RELAY_IOS; family++) {
			struct relay_socket *socket = &relay->io.socket[side][family];

			socket->source = sd_event_source_disable_unref(socket->source);
			if (socket->fd >= 0)
				close(socket->fd);
			socket->fd = -1;
		}
}
