// SPDX-License-Identifier: GPL-2.0-or-later
#include "errqueue.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

enum limits {
	BUFFERS = 64,
};

/* From now on what is sent is not copied; @size: of the largest. */
void zerocopy_init(struct errqueue *q, size_t size)
{
	q->ring = xrealloc(NULL, BUFFERS * size);
	q->size = size;
}

/* Return: a buffer to send from; NULL if the kernel has them all. */
uint8_t *zerocopy_buffer(struct errqueue *q, uint8_t *other)
{
	if (!q->ring)
		return other;
	if (q->sent - q->finished == BUFFERS)
		return NULL;
	return q->ring + q->sent % BUFFERS * q->size;
}

/* @from: what zerocopy_buffer() has said. */
ssize_t zerocopy_send(struct errqueue *q, int fd, const void *from, size_t len)
{
	ssize_t n = send(fd, from, len, q->ring ? MSG_ZEROCOPY : 0);

	if (q->ring && n >= 0)
		q->sent++;
	return n;
}

/* Return: whether the kernel has given all buffers back. */
bool zerocopy_over(const struct errqueue *q)
{
	return q->sent == q->finished;
}

static void note(struct errqueue *q, const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ZEROCOPY)
		q->finished += e->ee_data - e->ee_info + 1;
	else if (e->ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
		q->stamped++;
}

/* To be called when wait_fd() says POLLERR. */
void errqueue_read(struct errqueue *q, int fd)
{
	char control[512] __attribute__((aligned(8)));

	for (;;) {
		struct msghdr msg = {
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		struct cmsghdr *c;

		if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
			return;
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
			if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
			    (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
				note(q, (struct sock_extended_err *)CMSG_DATA(c));
	}
}
