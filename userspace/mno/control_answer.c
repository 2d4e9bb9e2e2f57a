// SPDX-License-Identifier: GPL-2.0-or-later
#include "control_answer.h"

#include "../common/log.h"

#include <stdlib.h>
#include <string.h>

/**
 * struct control_answer - in the making
 * @command: what was asked for
 * @out: where it goes
 * @len: bytes so far
 * @fault: why it is not all there; NULL if it is
 */
struct control_answer {
	enum control_command command;
	FILE *out;
	size_t len;
	const char *fault;
};

static void add(struct control_answer *answer, const uint8_t *buf, size_t len)
{
	fwrite(buf, 1, len, answer->out);
	answer->len += len;
}

void control_row(struct control_answer *answer, const void *row)
{
	uint8_t buf[CONTROL_MAX_ROW];
	size_t len;

	if (answer->fault)
		return;
	len = control_encode_row(answer->command, row, buf, sizeof(buf));
	if (!len)
		answer->fault = "a row that cannot be written";
	else if (answer->len + len > CONTROL_MAX_ANSWER)
		answer->fault = "there are too many";
	else
		add(answer, buf, len);
}

static void add_lines(struct control_answer *answer, char *text)
{
	struct control_line line;
	char *next;

	for (; text && *text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		line = (struct control_line){};
		snprintf(line.text, sizeof(line.text), "%s", text);
		control_row(answer, &line);
	}
}

static void add_metrics(struct control_answer *answer, const struct control_ops *ops,
			void *data)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		answer->fault = "no memory";
		return;
	}
	ops->metrics(out, data);
	if (fclose(out))
		answer->fault = "no memory";
	else
		add_lines(answer, text);
	free(text);
}

/* Who has changed something is to be found later. */
static void note(const struct control_request *request, uid_t uid)
{
	switch (request->command) {
	case CONTROL_ASSIST:
		log_say(LOG_NOTICE, NULL, "control: user %u: assist %s %s", uid,
			request->a, request->b);
		break;
	case CONTROL_RELEASE:
		log_say(LOG_NOTICE, NULL, "control: user %u: release %s", uid,
			request->session);
		break;
	case CONTROL_DRAIN:
		log_say(LOG_NOTICE, NULL, "control: user %u: drain %s", uid,
			request->on ? "on" : "off");
		break;
	default:
		break;
	}
}

static void run(struct control_answer *answer, const struct control_ops *ops,
		void *data, const struct control_request *request,
		struct control_end *end)
{
	switch (request->command) {
	case CONTROL_SUBSCRIBERS:
		ops->subscribers(answer, data);
		break;
	case CONTROL_AGREEMENTS:
		ops->agreements(answer, data);
		break;
	case CONTROL_SESSIONS:
		ops->sessions(answer, data);
		break;
	case CONTROL_RELAYS:
		ops->relays(answer, data);
		break;
	case CONTROL_METRICS:
		add_metrics(answer, ops, data);
		break;
	case CONTROL_ASSIST:
		ops->assist(request, end, data);
		break;
	case CONTROL_RELEASE:
		ops->release(request, end, data);
		break;
	case CONTROL_DRAIN:
		ops->drain(request, end, data);
		break;
	case CONTROL_COMMANDS:
		break;
	}
}

static void put_end(struct control_answer *answer, struct control_end *end)
{
	uint8_t buf[CONTROL_MAX_ROW];

	if (answer->fault) {
		end->failed = true;
		snprintf(end->words, sizeof(end->words), "%s", answer->fault);
	}
	add(answer, buf, control_encode_end(end, buf, sizeof(buf)));
}

uint8_t *control_answer_make(const struct control_ops *ops, void *data,
			     const uint8_t *buf, size_t len, uid_t uid,
			     size_t *answer_len)
{
	struct control_answer answer = {};
	struct control_request request;
	struct control_end end = {};
	char *result = NULL;
	bool failed;

	answer.out = open_memstream(&result, answer_len);
	if (!answer.out)
		return NULL;
	answer.fault = control_decode_request(&request, buf, len);
	answer.command = request.command;
	if (!answer.fault) {
		note(&request, uid);
		run(&answer, ops, data, &request, &end);
	}
	put_end(&answer, &end);
	failed = ferror(answer.out);
	if (fclose(answer.out) || failed) {
		free(result);
		return NULL;
	}
	return (uint8_t *)result;
}
