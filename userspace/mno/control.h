/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control: prosefd's socket for the operator, who has prosefctl(8)
 */
#ifndef _SIDESTEP_CONTROL_H
#define _SIDESTEP_CONTROL_H

#include "../common/control_msg.h"

#include <stdio.h>
#include <systemd/sd-event.h>

struct control;
/* struct control_answer - what is said to one who asks */
struct control_answer;

enum control_server_limits {
	/* They are waited for, so many at once and so long; more are turned away. */
	CONTROL_MAX_CLIENTS = 16,
	CONTROL_PATIENCE_S = 5,
	/* Of an answer: some hundred thousand rows */
	CONTROL_MAX_ANSWER = 64 << 20,
};

/**
 * struct control_ops - what is asked of the rest of the daemon
 * @subscribers: control_row() for each
 * @agreements: likewise
 * @sessions: likewise
 * @relays: likewise
 * @metrics: write OpenMetrics' text, "# EOF" and all; lines of less than
 *	     CONTROL_LINE_SIZE
 * @assist: connect @request->a and @request->b, which are good EPUIDs
 * @release: end @request->session, a good id
 * @drain: no new sessions, if @request->on
 *
 * All are called from the loop, and answer at once. The last three fill in @end (zero
 * before): whether it failed, and why. What was asked for is logged before, with the uid
 * of who asked.
 */
struct control_ops {
	void (*subscribers)(struct control_answer *answer, void *data);
	void (*agreements)(struct control_answer *answer, void *data);
	void (*sessions)(struct control_answer *answer, void *data);
	void (*relays)(struct control_answer *answer, void *data);
	void (*metrics)(FILE *out, void *data);
	void (*assist)(const struct control_request *request, struct control_end *end,
		       void *data);
	void (*release)(const struct control_request *request, struct control_end *end,
			void *data);
	void (*drain)(const struct control_request *request, struct control_end *end,
		      void *data);
};

/**
 * control_open() - listen on the control socket
 * @control: the result
 * @event: the loop
 * @ops: must outlive it
 * @data: for @ops
 *
 * A stale socket is replaced; one on which another daemon listens is not. Mode 0660: who
 * may is root, and the group that the daemon runs as.
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int control_open(struct control **control, sd_event *event,
		 const struct control_ops *ops, void *data);
void control_close(struct control *control);

/* control_row() - one more of the kind that was asked for: struct control_subscriber ... */
void control_row(struct control_answer *answer, const void *row);

#endif /* _SIDESTEP_CONTROL_H */
