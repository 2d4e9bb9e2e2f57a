// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include "../common/log.h"
#include "../common/serve_client.h"
#include "../common/unix_stream.h"
#include "control_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000ULL

enum control_pace {
	/* Connections a second: what all who ask together may cost. */
	ACCEPT_BURST = 100,
};

/**
 * struct asking - one whose request has not come to its end
 * @control: the socket that it came by
 * @fd: the connection; only if @timer is there
 * @readable: more has come
 * @timer: patience ends
 * @buf: what has come
 * @len: how much of it
 */
struct asking {
	struct control *control;
	int fd;
	sd_event_source *readable;
	sd_event_source *timer;
	uint8_t buf[CONTROL_MAX_ROW + 1];
	size_t len;
};

/**
 * struct control - the socket
 * @event: the loop
 * @ops: who does what is asked
 * @data: for @ops
 * @fd: listens, or a negative errno value
 * @address: of the socket
 * @accept: someone connects
 * @asking: whose request is read
 * @client: who has not read all of the answer
 */
struct control {
	sd_event *event;
	const struct control_ops *ops;
	void *data;
	int fd;
	struct sockaddr_un address;
	sd_event_source *accept;
	struct asking asking[CONTROL_MAX_CLIENTS];
	struct serve_client client[SERVE_MAX_CLIENTS];
};

/* The connection stays. Return: it. */
static int forget(struct asking *asking)
{
	sd_event_source_disable_unref(asking->readable);
	sd_event_source_disable_unref(asking->timer);
	asking->readable = NULL;
	asking->timer = NULL;
	return asking->fd;
}

static uid_t uid_of(int fd)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	return cred.uid;
}

static void answer(struct asking *asking)
{
	struct control *control = asking->control;
	int fd = forget(asking);
	uint8_t *buf;
	size_t len;

	buf = control_answer_make(control->ops, control->data, asking->buf, asking->len,
				  uid_of(fd), &len);
	if (buf)
		serve_client_begin(control->client, control->event, fd, buf, len);
	else
		close(fd);
	free(buf);
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct asking *asking = data;
	ssize_t n;

	(void)source;
	(void)events;
	n = read(fd, asking->buf + asking->len, sizeof(asking->buf) - asking->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {
		close(forget(asking));
		return 0;
	}
	asking->len += n;
	/* One byte more than what may be is refused, whatever follows. */
	if (!n || asking->len == sizeof(asking->buf))
		answer(asking);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t us, void *data)
{
	(void)source;
	(void)us;
	log_say(LOG_DEBUG, NULL, "control: who connected says nothing");
	close(forget(data));
	return 0;
}

static struct asking *find_free(struct control *control)
{
	for (size_t i = 0; i < CONTROL_MAX_CLIENTS; i++)
		if (!control->asking[i].timer)
			return &control->asking[i];
	return NULL;
}

static bool listen_to(struct control *control, int fd)
{
	struct asking *asking = find_free(control);

	if (!asking)
		return false;
	asking->control = control;
	asking->fd = fd;
	asking->len = 0;
	if (sd_event_add_time_relative(control->event, &asking->timer, CLOCK_MONOTONIC,
				       CONTROL_PATIENCE_S * SECOND_US, 0, on_timer,
				       asking) >= 0 &&
	    sd_event_add_io(control->event, &asking->readable, fd, EPOLLIN, on_readable,
			    asking) >= 0)
		return true;
	forget(asking);
	return false;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *data)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (client >= 0 && !listen_to(data, client)) {
		log_say(LOG_DEBUG, NULL, "control: too many ask");
		close(client);
	}
	return 0;
}

static int listen_on(struct control *control, const char *path)
{
	int ret;

	control->fd = unix_listen(&control->address, path, 0660);
	if (control->fd < 0)
		return control->fd;
	ret = sd_event_add_io(control->event, &control->accept, control->fd, EPOLLIN,
			      on_connection, control);
	if (ret < 0)
		return ret;
	return sd_event_source_set_ratelimit(control->accept, SECOND_US, ACCEPT_BURST);
}

int control_open(struct control **result, sd_event *event,
		 const struct control_ops *ops, void *data)
{
	struct control *control = calloc(1, sizeof(*control));
	int ret;

	if (!control)
		return -ENOMEM;
	control->event = sd_event_ref(event);
	control->ops = ops;
	control->data = data;
	ret = listen_on(control, control_path());
	if (ret < 0) {
		log_say(LOG_ERR, NULL, "control socket %s: %s", control_path(),
			ret == -EADDRINUSE ? "another prosefd listens on it" :
					     strerror(-ret));
		control_close(control);
		return ret;
	}
	*result = control;
	return 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_MAX_CLIENTS; i++)
		if (control->asking[i].timer)
			close(forget(&control->asking[i]));
	for (size_t i = 0; i < SERVE_MAX_CLIENTS; i++)
		serve_client_end(&control->client[i]);
	sd_event_source_disable_unref(control->accept);
	if (control->fd >= 0) {
		unlink(control->address.sun_path);
		close(control->fd);
	}
	sd_event_unref(control->event);
	free(control);
}
