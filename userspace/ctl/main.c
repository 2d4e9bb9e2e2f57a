// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prosefctl: see and steer prosefd; see prosefctl(8)
 */
#include "ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_help(void)
{
	const struct ctl_command *command;

	printf("usage: prosefctl [-j] [COMMAND [OPERAND...]]\n\n");
	for (command = ctl_commands(); command->name; command++)
		printf("  %-11s  %s\n", command->name, command->help);
	printf("\n"
	       "  -j, --json     of lists: print JSON\n"
	       "  -V, --version  print the version\n"
	       "  -h, --help     print this help\n\n");
	for (command = ctl_commands(); command->name; command++)
		if (*command->operands)
			printf("prosefctl %s %s\n", command->name, command->operands);
	return EXIT_SUCCESS;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	char *sessions[] = { "sessions", NULL };

	if (!argc)
		return ctl_run(ctl, 1, sessions);
	if (argc == 1 && !strcmp(argv[0], "help"))
		return print_help();
	return ctl_run(ctl, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct ctl ctl = {};
	int option, status;

	while ((option = getopt_long(argc, argv, "+jVh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			ctl.json = true;
			break;
		case 'V':
			printf("prosefctl %s\n", VERSION);
			return EXIT_SUCCESS;
		case 'h':
			return print_help();
		default:
			fprintf(stderr, "'prosefctl help' lists the options\n");
			return EXIT_FAILURE;
		}
	}
	status = run(&ctl, argc - optind, argv + optind);
	if (fflush(stdout) || ferror(stdout))
		return ctl_fail(&ctl, "cannot write the output: %m");
	return status;
}
