// SPDX-License-Identifier: GPL-2.0-or-later
#include "stun_server.h"

#include "../common/clock.h"
#include "../common/stun.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SOCKETS = 2,
	BUCKETS = 1024,
	MAX_KEY_LEN = 64,
	/* Read at once, so that others have their turn. */
	BATCH = 32,
};

/**
 * struct user - who may ask
 * @next: in the same bucket
 * @name: USERNAME
 * @key: password
 * @key_len: of @key
 * @second: in which @answered were
 * @answered: answers
 */
struct user {
	struct user *next;
	char name[STUN_USER_SIZE];
	uint8_t key[MAX_KEY_LEN];
	size_t key_len;
	uint64_t second;
	unsigned int answered;
};

/**
 * struct stun_server - see there
 * @fd: IPv4 and IPv6; -1: none
 * @source: their events
 * @bucket: users, by their names
 * @count: see there
 */
struct stun_server {
	int fd[SOCKETS];
	sd_event_source *source[SOCKETS];
	struct user *bucket[BUCKETS];
	uint64_t count[STUN_SERVER_COUNTS];
};

static const char *const count_names[STUN_SERVER_COUNTS] = {
	[STUN_SERVER_ANSWERED] = "answered",
	[STUN_SERVER_FORM] = "form",
	[STUN_SERVER_USER] = "user",
	[STUN_SERVER_INTEGRITY] = "integrity",
	[STUN_SERVER_RATE] = "rate",
	[STUN_SERVER_SEND] = "send",
};

const char *stun_server_count_name(enum stun_server_count count)
{
	return count < STUN_SERVER_COUNTS ? count_names[count] : "?";
}

uint64_t stun_server_count(const struct stun_server *server,
			   enum stun_server_count count)
{
	return server->count[count];
}

/* --- users ---------------------------------------------------------------- */

static struct user **find(struct stun_server *server, const char *name)
{
	uint32_t hash = 5381;
	struct user **at;

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	at = &server->bucket[hash % BUCKETS];
	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

int stun_server_add(struct stun_server *server, const char *name, const uint8_t *key,
		    size_t key_len)
{
	struct user **at, *user;

	if (!*name || strlen(name) >= STUN_USER_SIZE || !key_len || key_len > MAX_KEY_LEN)
		return -EINVAL;
	at = find(server, name);
	user = *at;
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return -ENOMEM;
		strcpy(user->name, name);
		*at = user;
	}
	memcpy(user->key, key, key_len);
	user->key_len = key_len;
	return 0;
}

static void remove_user(struct user **at)
{
	struct user *user = *at;

	*at = user->next;
	explicit_bzero(user, sizeof(*user));
	free(user);
}

void stun_server_del(struct stun_server *server, const char *name)
{
	struct user **at = find(server, name);

	if (*at)
		remove_user(at);
}

static bool is_too_often(struct user *user)
{
	uint64_t second = clock_now_ns(CLOCK_MONOTONIC) / 1000000000;

	if (user->second != second) {
		user->second = second;
		user->answered = 0;
	}
	return user->answered++ >= STUN_SERVER_USER_A_SECOND;
}

/* --- requests ------------------------------------------------------------- */

static enum stun_server_count send_answer(int fd, const struct stun_message *request,
					  size_t request_len, const struct user *user,
					  const struct sockaddr_storage *from,
					  socklen_t from_len)
{
	struct stun_message answer = { .class = STUN_SUCCESS, .mapped = *from };
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;

	memcpy(answer.id, request->id, sizeof(answer.id));
	len = stun_encode(&answer, user->key, user->key_len, buf, sizeof(buf));
	if (!len || len > 2 * request_len ||
	    sendto(fd, buf, len, MSG_DONTWAIT, (const struct sockaddr *)from,
		   from_len) < 0)
		return STUN_SERVER_SEND;
	return STUN_SERVER_ANSWERED;
}

static enum stun_server_count answer(struct stun_server *server, int fd,
				     const uint8_t *buf, size_t len,
				     const struct sockaddr_storage *from,
				     socklen_t from_len)
{
	struct stun_message request;
	struct user *user;

	if (stun_decode(&request, buf, len) || request.class != STUN_REQUEST)
		return STUN_SERVER_FORM;
	user = *find(server, request.user);
	if (!user || !request.has_integrity)
		return STUN_SERVER_USER;
	if (!stun_is_from(buf, len, user->key, user->key_len))
		return STUN_SERVER_INTEGRITY;
	if (is_too_often(user))
		return STUN_SERVER_RATE;
	return send_answer(fd, &request, len, user, from, from_len);
}

static int on_datagrams(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct stun_server *server = data;
	struct sockaddr_storage from;
	/* What is longer than a message is none. */
	uint8_t buf[STUN_MAX_SIZE + 1];
	socklen_t from_len;
	ssize_t len;

	(void)source;
	(void)events;
	for (int i = 0; i < BATCH; i++) {
		memset(&from, 0, sizeof(from));
		from_len = sizeof(from);
		len = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_len);
		if (len < 0)
			break;
		server->count[answer(server, fd, buf, len, &from, from_len)]++;
	}
	return 0;
}

/* --- the server ----------------------------------------------------------- */

static int open_socket(struct stun_server *server, sd_event *event, int i,
		       const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(addr->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	server->fd[i] = fd;
	if (addr->sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		return -errno;
	if (bind(fd, addr, len))
		return -errno;
	return sd_event_add_io(event, &server->source[i], fd, EPOLLIN, on_datagrams,
			       server);
}

static int open_sockets(struct stun_server *server, sd_event *event,
			const struct in_addr *listen4, const struct in6_addr *listen6,
			uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int err = 0;

	if (listen4) {
		sin.sin_addr = *listen4;
		err = open_socket(server, event, 0, (const struct sockaddr *)&sin,
				  sizeof(sin));
	}
	if (err >= 0 && listen6) {
		sin6.sin6_addr = *listen6;
		err = open_socket(server, event, 1, (const struct sockaddr *)&sin6,
				  sizeof(sin6));
	}
	return err;
}

int stun_server_open(struct stun_server **result, sd_event *event,
		     const struct in_addr *listen4, const struct in6_addr *listen6,
		     uint16_t port)
{
	struct stun_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	for (int i = 0; i < SOCKETS; i++)
		server->fd[i] = -1;
	err = open_sockets(server, event, listen4, listen6, port);
	if (err < 0) {
		stun_server_close(server);
		return err;
	}
	*result = server;
	return 0;
}

void stun_server_close(struct stun_server *server)
{
	if (!server)
		return;
	for (int i = 0; i < SOCKETS; i++) {
		sd_event_source_disable_unref(server->source[i]);
		if (server->fd[i] >= 0)
			close(server->fd[i]);
	}
	for (int i = 0; i < BUCKETS; i++)
		while (server->bucket[i])
			remove_user(&server->bucket[i]);
	free(server);
}
