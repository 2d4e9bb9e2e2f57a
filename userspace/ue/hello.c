// SPDX-License-Identifier: GPL-2.0-or-later
#include "hello.h"
#include "../common/clock.h"
#include "hostkey.h"
#include "../common/log.h"
#include "offer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAGIC_LEN = 4,
	VERSION_AT = 4,
	HINT_AT = 8,
	DATAGRAM_LEN = HINT_AT + HELLO_HINT_LEN,
	/* Heard a second and link. */
	MAX_A_SECOND = 32,
};

static const char magic[MAGIC_LEN] = "SDST";

/**
 * struct hello_link - a link on which hellos are heard
 * @next: another one
 * @ifindex: its device
 * @refs: how many want to hear
 * @second: in which @heard were heard
 * @heard: see there
 */
struct hello_link {
	struct hello_link *next;
	uint32_t ifindex;
	unsigned int refs;
	uint64_t second;
	unsigned int heard;
};

/**
 * struct hello - see there
 * @fd: the socket
 * @source: its events
 * @datagram: what is said
 * @links: where it is heard
 * @cb: who is told
 * @data: for @cb
 */
struct hello {
	int fd;
	sd_event_source *source;
	uint8_t datagram[DATAGRAM_LEN];
	struct hello_link *links;
	hello_cb cb;
	void *data;
};

void hello_hint(uint8_t hint[HELLO_HINT_LEN], const uint8_t *public)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];

	SHA256(public, HOSTKEY_LEN, sum);
	memcpy(hint, sum, HELLO_HINT_LEN);
}

bool hello_decode(uint8_t hint[HELLO_HINT_LEN], unsigned int *version,
		  const uint8_t *buf, size_t len)
{
	if (len < DATAGRAM_LEN || memcmp(buf, magic, MAGIC_LEN))
		return false;
	*version = buf[VERSION_AT];
	memcpy(hint, buf + HINT_AT, HELLO_HINT_LEN);
	return true;
}

/* --- links ---------------------------------------------------------------- */

static struct hello_link **find_link(struct hello *hello, uint32_t ifindex)
{
	struct hello_link **link = &hello->links;

	while (*link && (*link)->ifindex != ifindex)
		link = &(*link)->next;
	return link;
}

static int set_membership(const struct hello *hello, uint32_t ifindex, int option)
{
	struct ipv6_mreq mreq = { .ipv6mr_interface = ifindex };

	inet_pton(AF_INET6, HELLO_GROUP, &mreq.ipv6mr_multiaddr);
	if (setsockopt(hello->fd, IPPROTO_IPV6, option, &mreq, sizeof(mreq)) &&
	    errno != EADDRINUSE)
		return -errno;
	return 0;
}

int hello_join(struct hello *hello, uint32_t ifindex)
{
	struct hello_link **at = find_link(hello, ifindex), *link = *at;
	int err = set_membership(hello, ifindex, IPV6_JOIN_GROUP);

	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			return -ENOMEM;
		link->ifindex = ifindex;
		*at = link;
	}
	link->refs++;
	return err;
}

void hello_leave(struct hello *hello, uint32_t ifindex)
{
	struct hello_link **at = find_link(hello, ifindex), *link = *at;

	if (!link || --link->refs)
		return;
	*at = link->next;
	free(link);
	set_membership(hello, ifindex, IPV6_LEAVE_GROUP);
}

/* --- the socket ----------------------------------------------------------- */

static bool may_hear(struct hello *hello, uint32_t ifindex)
{
	struct hello_link *link = *find_link(hello, ifindex);
	uint64_t second = clock_now_ns(CLOCK_MONOTONIC) / 1000000000;

	if (!link)
		return false;
	if (link->second != second) {
		link->second = second;
		link->heard = 0;
	}
	return link->heard++ < MAX_A_SECOND;
}

static void heard(struct hello *hello, const uint8_t *buf, size_t len,
		  struct sockaddr_in6 *from)
{
	uint8_t hint[HELLO_HINT_LEN];
	unsigned int version;

	if (from->sin6_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr) ||
	    !hello_decode(hint, &version, buf, len) ||
	    !memcmp(hint, hello->datagram + HINT_AT, sizeof(hint)) ||
	    !may_hear(hello, from->sin6_scope_id))
		return;
	from->sin6_port = htons(HELLO_PORT);
	hello->cb(hint, from, version, hello->data);
}

static int on_datagram(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct sockaddr_in6 from = {};
	socklen_t from_len = sizeof(from);
	uint8_t buf[DATAGRAM_LEN];
	ssize_t len;

	(void)source;
	(void)events;
	len = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
		       &from_len);
	if (len >= 0)
		heard(data, buf, len, &from);
	return 0;
}

int hello_say(struct hello *hello, uint32_t ifindex, const struct sockaddr_in6 *to)
{
	struct sockaddr_in6 group = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(HELLO_PORT),
		.sin6_scope_id = ifindex,
	};

	inet_pton(AF_INET6, HELLO_GROUP, &group.sin6_addr);
	if (sendto(hello->fd, hello->datagram, DATAGRAM_LEN, MSG_DONTWAIT,
		   (const struct sockaddr *)(to ?: &group), sizeof(group)) < 0)
		return -errno;
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(HELLO_PORT),
	};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, off = 0, err;

	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) &&
	    !setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)) &&
	    !bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		return fd;
	err = -errno;
	if (err == -EADDRINUSE)
		log_say(LOG_ERR, NULL, "UDP port %d is taken: is another sidestepd running?",
			HELLO_PORT);
	close(fd);
	return err;
}

int hello_open(struct hello **result, sd_event *event, const uint8_t *public,
	       hello_cb cb, void *data)
{
	struct hello *hello = calloc(1, sizeof(*hello));
	int err;

	if (!hello)
		return -ENOMEM;
	hello->cb = cb;
	hello->data = data;
	memcpy(hello->datagram, magic, MAGIC_LEN);
	hello->datagram[VERSION_AT] = OFFER_VERSION;
	hello_hint(hello->datagram + HINT_AT, public);
	hello->fd = err = open_socket();
	if (err >= 0)
		err = sd_event_add_io(event, &hello->source, hello->fd, EPOLLIN,
				      on_datagram, hello);
	if (err < 0) {
		hello_close(hello);
		return err;
	}
	*result = hello;
	return 0;
}

void hello_close(struct hello *hello)
{
	struct hello_link *link, *next;

	for (link = hello->links; link; link = next) {
		next = link->next;
		free(link);
	}
	sd_event_source_disable_unref(hello->source);
	if (hello->fd >= 0)
		close(hello->fd);
	free(hello);
}
