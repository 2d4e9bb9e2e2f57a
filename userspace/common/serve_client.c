// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_client.h"

#include "log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000ULL

void serve_client_end(struct serve_client *client)
{
	if (!client->timer)
		return;
	sd_event_source_disable_unref(client->writable);
	sd_event_source_disable_unref(client->timer);
	close(client->fd);
	free(client->buf);
	*client = (struct serve_client){};
}

/* Return: what was written, also 0; or -1 if there is no use in going on. */
static ssize_t write_some(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n = send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct serve_client *client = data;
	ssize_t n;

	(void)source;
	n = events & (EPOLLERR | EPOLLHUP) ? -1 :
	    write_some(fd, client->buf + client->at, client->len - client->at);
	if (n > 0)
		client->at += n;
	if (n < 0 || client->at == client->len)
		serve_client_end(client);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t us, void *data)
{
	(void)source;
	(void)us;
	log_say(LOG_DEBUG, NULL, "who asked does not read the answer");
	serve_client_end(data);
	return 0;
}

/* All else of @client is set; false if nothing is to be ended. */
static bool wait_for(struct serve_client *client, sd_event *event)
{
	if (sd_event_add_time_relative(event, &client->timer, CLOCK_MONOTONIC,
				       SERVE_PATIENCE_S * SECOND_US, 0, on_timer,
				       client) < 0)
		return false;
	if (sd_event_add_io(event, &client->writable, client->fd, EPOLLOUT,
			    on_writable, client) < 0)
		serve_client_end(client);
	return true;
}

static struct serve_client *find_free(struct serve_client *clients)
{
	for (size_t i = 0; i < SERVE_MAX_CLIENTS; i++)
		if (!clients[i].timer)
			return &clients[i];
	return NULL;
}

static bool keep(struct serve_client *clients, sd_event *event, int fd,
		 const uint8_t *rest, size_t len)
{
	struct serve_client *client = find_free(clients);

	if (!client) {
		log_say(LOG_DEBUG, NULL, "too many ask and do not read the answer");
		return false;
	}
	*client = (struct serve_client){ .fd = fd, .buf = malloc(len), .len = len };
	if (client->buf) {
		memcpy(client->buf, rest, len);
		if (wait_for(client, event))
			return true;
	}
	free(client->buf);
	*client = (struct serve_client){};
	return false;
}

void serve_client_begin(struct serve_client *clients, sd_event *event, int fd,
			const uint8_t *buf, size_t len)
{
	ssize_t n = write_some(fd, buf, len);

	if (n < 0 || (size_t)n == len || !keep(clients, event, fd, buf + n, len - n))
		close(fd);
}
