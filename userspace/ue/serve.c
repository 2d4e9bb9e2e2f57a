// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include "../common/log.h"
#include "../common/metrics_file.h"
#include "../common/serve_client.h"
#include "../common/unix_stream.h"
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000ULL

enum serve_pace {
	/* What all who ask together may cost: connections a second, and how long a
	 * document is given to those who ask after the first.
	 */
	ACCEPT_BURST = 100,
	FRESH_MS = 200,
};

/**
 * struct serve - the socket and the file
 * @event: the loop
 * @genl: for the kernel's figures
 * @fill: asked for the helper's
 * @data: for @fill
 * @fd: listens, or a negative errno value
 * @address: of the socket
 * @accept: someone connects
 * @client: who has not read all yet
 * @document: the last one; NULL if there is none
 * @document_len: its length
 * @document_us: CLOCK_MONOTONIC of when it was made
 * @metrics: the file
 */
struct serve {
	sd_event *event;
	struct genl *genl;
	serve_fill fill;
	void *data;
	int fd;
	struct sockaddr_un address;
	sd_event_source *accept;
	struct serve_client client[SERVE_MAX_CLIENTS];
	uint8_t *document;
	size_t document_len;
	uint64_t document_us;
	struct metrics_file metrics;
};

/* False if there is no memory. */
static bool make_document(struct serve *serve)
{
	struct status status = {};
	uint64_t now_us = 0;

	sd_event_now(serve->event, CLOCK_MONOTONIC, &now_us);
	if (serve->document && now_us < serve->document_us + FRESH_MS * 1000)
		return true;
	free(serve->document);
	serve->document = NULL;
	if (serve->fill(&status, serve->data))
		serve->document = status_encode(&status, &serve->document_len);
	serve->document_us = now_us;
	status_free(&status);
	return serve->document;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct serve *serve = data;
	int client;

	(void)source;
	(void)events;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		return 0;
	if (make_document(serve))
		serve_client_begin(serve->client, serve->event, client, serve->document,
				   serve->document_len);
	else
		close(client);
	return 0;
}

static int listen_on(struct serve *serve, const char *path)
{
	int ret;

	serve->fd = unix_listen(&serve->address, path, 0666);
	if (serve->fd < 0)
		return serve->fd;
	ret = sd_event_add_io(serve->event, &serve->accept, serve->fd, EPOLLIN,
			      on_connection, serve);
	if (ret < 0)
		return ret;
	return sd_event_source_set_ratelimit(serve->accept, SECOND_US, ACCEPT_BURST);
}

int serve_open(struct serve **result, sd_event *event, struct genl *genl,
	       serve_fill fill, void *data)
{
	struct serve *serve = calloc(1, sizeof(*serve));
	int ret;

	if (!serve)
		return -ENOMEM;
	serve->event = sd_event_ref(event);
	serve->genl = genl;
	serve->fill = fill;
	serve->data = data;
	ret = listen_on(serve, status_path());
	if (ret < 0) {
		log_say(LOG_ERR, NULL, "status socket %s: %s", status_path(),
			ret == -EADDRINUSE ? "another sidestepd listens on it" :
					     strerror(-ret));
		serve_close(serve);
		return ret;
	}
	*result = serve;
	return 0;
}

static bool print_metrics(FILE *out, void *data)
{
	struct serve *serve = data;
	struct session_list list = {};
	struct status status = {};
	struct ack ack;
	bool filled;

	/* Without the module there are the helper's figures alone. */
	if (serve->genl && session_list_get(&list, serve->genl, NULL, &ack) < 0)
		list.n = 0;
	filled = serve->fill(&status, serve->data);
	if (filled)
		metrics_print(out, &status, &list);
	status_free(&status);
	session_list_free(&list);
	return filled;
}

void serve_metrics(struct serve *serve, const char *path)
{
	serve->metrics.event = serve->event;
	serve->metrics.print = print_metrics;
	serve->metrics.data = serve;
	metrics_file_set(&serve->metrics, path);
}

void serve_close(struct serve *serve)
{
	if (!serve)
		return;
	metrics_file_set(&serve->metrics, "");
	for (size_t i = 0; i < SERVE_MAX_CLIENTS; i++)
		serve_client_end(&serve->client[i]);
	sd_event_source_disable_unref(serve->accept);
	if (serve->fd >= 0) {
		unlink(serve->address.sun_path);
		close(serve->fd);
	}
	free(serve->document);
	sd_event_unref(serve->event);
	free(serve);
}
