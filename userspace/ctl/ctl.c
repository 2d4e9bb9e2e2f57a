// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl.h"

#include "ask.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct ctl *ctl, const char *format, va_list args)
{
	fputs("prosefctl: ", stderr);
	if (ctl->command)
		fprintf(stderr, "%s: ", ctl->command->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int ctl_fail(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(ctl, format, args);
	va_end(args);
	return EXIT_FAILURE;
}

int ctl_misuse(const struct ctl *ctl, const char *format, ...)
{
	const struct ctl_command *command = ctl->command;
	va_list args;

	va_start(args, format);
	say(ctl, format, args);
	va_end(args);
	if (command)
		fprintf(stderr, "usage: prosefctl %s%s%s\n", command->name,
			*command->operands ? " " : "", command->operands);
	else
		fputs("'prosefctl help' lists the commands\n", stderr);
	return EXIT_FAILURE;
}

/* False after an error message */
static bool take_epuid(const struct ctl *ctl, char id[PF_ID_SIZE], const char *word)
{
	const char *why = pf_epuid_fault(word);

	if (why) {
		ctl_fail(ctl, "'%s': %s", word, why);
		return false;
	}
	strcpy(id, word);
	return true;
}

static bool take_decision(const struct ctl *ctl, struct control_request *request,
			  const char *word)
{
	for (unsigned int i = 0; i <= PF_DECISION_EXECUTE; i++) {
		if (i == PF_DECISION_RELEASE || strcmp(word, pf_decision_name(i)))
			continue;
		request->decision = i;
		return true;
	}
	ctl_misuse(ctl, "unknown decision '%s'", word);
	return false;
}

static bool parse_assist(const struct ctl *ctl, struct control_request *request,
			 int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		ctl_misuse(ctl, "two UEs are needed");
		return false;
	}
	request->decision = PF_DECISION_PREPARE;
	if (!take_epuid(ctl, request->a, argv[0]) ||
	    !take_epuid(ctl, request->b, argv[1]))
		return false;
	if (!strcmp(request->a, request->b)) {
		ctl_fail(ctl, "'%s' twice: two UEs are needed", request->a);
		return false;
	}
	return argc == 2 || take_decision(ctl, request, argv[2]);
}

static bool parse_release(const struct ctl *ctl, struct control_request *request,
			  int argc, char **argv)
{
	const char *why;

	if (argc != 1) {
		ctl_misuse(ctl, "a session is needed");
		return false;
	}
	why = pf_session_fault(argv[0]);
	if (why) {
		ctl_fail(ctl, "'%s': %s", argv[0], why);
		return false;
	}
	strcpy(request->session, argv[0]);
	return true;
}

static bool parse_drain(const struct ctl *ctl, struct control_request *request, int argc,
			char **argv)
{
	if (argc != 1 || (strcmp(argv[0], "on") && strcmp(argv[0], "off"))) {
		ctl_misuse(ctl, "'on' or 'off' is needed");
		return false;
	}
	request->on = !strcmp(argv[0], "on");
	return true;
}

static const struct ctl_command commands[] = {
	{ "subscribers", "", "list the UEs that have registered", CONTROL_SUBSCRIBERS,
	  NULL, true },
	{ "agreements", "", "list what was agreed on with them", CONTROL_AGREEMENTS, NULL,
	  true },
	{ "sessions", "", "list the sessions (the default)", CONTROL_SESSIONS, NULL, true },
	{ "relays", "", "list the relays", CONTROL_RELAYS, NULL, true },
	{ "assist", "EPUID EPUID [prepare|execute|none]",
	  "connect two UEs, the first one of this function", CONTROL_ASSIST, parse_assist,
	  false },
	{ "release", "SESSION", "end a session", CONTROL_RELEASE, parse_release, false },
	{ "drain", "{on|off}", "begin no new sessions, or do again", CONTROL_DRAIN,
	  parse_drain, false },
	{ "metrics", "", "print the figures in OpenMetrics' format", CONTROL_METRICS, NULL,
	  false },
	{ "help", "", "print this help", 0, NULL, false },
	{}
};

const struct ctl_command *ctl_commands(void)
{
	return commands;
}

static const struct ctl_command *find_command(const char *name)
{
	const struct ctl_command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

static void print_answer(const struct ctl *ctl, const struct answer *answer)
{
	if (ctl->json)
		table_print_json(stdout, answer);
	else if (answer->command <= CONTROL_METRICS)
		table_print(stdout, answer);
	else if (*answer->end.words)
		printf("%s\n", answer->end.words);
}

static int ask_and_print(const struct ctl *ctl, const struct control_request *request)
{
	struct answer answer;
	bool answered = ask(ctl, request, &answer);

	if (answered)
		print_answer(ctl, &answer);
	answer_free(&answer);
	return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}

int ctl_run(struct ctl *ctl, int argc, char **argv)
{
	const struct ctl_command *command = find_command(argv[0]);
	struct control_request request = {};

	if (!command || !command->command)
		return ctl_misuse(ctl, "unknown command '%s'", argv[0]);
	ctl->command = command;
	request.command = command->command;
	if (ctl->json && !command->json)
		return ctl_misuse(ctl, "option -j is for lists only");
	if (!command->parse && argc > 1)
		return ctl_misuse(ctl, "unexpected word '%s'", argv[1]);
	if (command->parse && !command->parse(ctl, &request, argc - 1, argv + 1))
		return EXIT_FAILURE;
	return ask_and_print(ctl, &request);
}
