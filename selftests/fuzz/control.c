// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the operator's socket, both ends. What is asked of the daemon, and
 * what prosefctl reads and prints; the first byte says which, and of which command.
 */
#include "../../userspace/common/log.h"
#include "../../userspace/ctl/ask.h"
#include "../../userspace/ctl/table.h"
#include "../../userspace/mno/control_answer.h"
#include "changed.h"

#include <errno.h>
#include <stdio.h>

void log_say(int priority, const char *session, const char *format, ...)
{
	(void)priority;
	(void)session;
	(void)format;
}

int ctl_fail(const struct ctl *ctl, const char *format, ...)
{
	(void)ctl;
	(void)format;
	return EXIT_FAILURE;
}

static void list(struct control_answer *answer, void *data)
{
	static const union control_row rows[CONTROL_COMMANDS] = {
		[CONTROL_SUBSCRIBERS].subscriber = { .epuid = "a@a", .since_s = 1 },
		[CONTROL_AGREEMENTS].agreement = { .epuid = "a@a", .peer = "b@b" },
		[CONTROL_SESSIONS].session = {
			.session = "a/1", .requesting = "a@a", .targeted = "b@b",
			.state = PF_SESSION_RELAYED, .cause = "so",
		},
		[CONTROL_RELAYS].relay = { .owner = "a@a", .port_a = 1, .latch_a = "x" },
	};

	control_row(answer, &rows[*(enum control_command *)data]);
}

static void metrics(FILE *out, void *data)
{
	(void)data;
	fputs("a\n\nb", out);
}

static void act(const struct control_request *request, struct control_end *end,
		void *data)
{
	(void)data;
	expect(request->command != CONTROL_ASSIST ||
	       (!pf_epuid_fault(request->a) && !pf_epuid_fault(request->b)));
	expect(request->command != CONTROL_RELEASE || !pf_session_fault(request->session));
	end->failed = request->on;
}

static const struct control_ops ops = {
	.subscribers = list,
	.agreements = list,
	.sessions = list,
	.relays = list,
	.metrics = metrics,
	.assist = act,
	.release = act,
	.drain = act,
};

/* Whatever is asked, the answer can be read. */
static void check_request(const uint8_t *data, size_t size)
{
	struct control_request request;
	const char *why = control_decode_request(&request, data, size);
	struct answer answer = { .command = why ? CONTROL_DRAIN : request.command };
	uint8_t *buf;
	size_t len;

	buf = control_answer_make(&ops, &answer.command, data, size, 0, &len);
	expect(buf && !answer_decode(&answer, buf, len));
	expect(!why || (answer.end.failed && !strcmp(answer.end.words, why)));
	answer_free(&answer);
	free(buf);
}

static enum control_command command;

static void check_answer(const uint8_t *data, size_t size)
{
	struct answer answer = { .command = command };
	int ret = answer_decode(&answer, data, size);
	char *text = NULL;
	size_t len;
	FILE *out;

	expect(!ret || ret == -EBADMSG);
	if (!ret) {
		out = open_memstream(&text, &len);
		expect(out);
		table_print(out, &answer);
		table_print_json(out, &answer);
		fclose(out);
		for (size_t i = 0; i < len; i++)
			expect(text[i] == '\n' || (unsigned char)text[i] >= ' ');
		free(text);
	}
	answer_free(&answer);
}

static void check_changed_answer(const uint8_t *data, size_t size)
{
	const struct control_request request = {
		.command = command, .a = "a@a", .b = "b@b", .session = "a/1",
	};
	uint8_t buf[CONTROL_MAX_ROW];
	uint8_t *good;
	size_t len;

	good = control_answer_make(&ops, &command, buf,
				   control_encode_request(&request, buf, sizeof(buf)), 0,
				   &len);
	expect(good);
	check_changed(good, len, data, size, check_answer);
	free(good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	command = 1 + data[0] % (CONTROL_COMMANDS - 1);
	check_request(data + 1, size - 1);
	check_answer(data + 1, size - 1);
	check_changed_answer(data + 1, size - 1);
	return 0;
}
