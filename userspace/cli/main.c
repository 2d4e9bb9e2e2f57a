// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cli_help(struct cli *cli, int argc, char **argv);

static const struct cli_command commands[] = {
	{ "show", "[DEV]", "show one session, or all (the default)",
	  cli_show, true },
	{ "set", "DEV [id N] [peer ADDR]... [tx-key FILE] [rx-key FILE]"
	  " [direct DEV] [infra DEV] [protect {all|SELECTOR}]..."
	  " [important {all|SELECTOR}]..."
	  " [budget {off|[rate BYTES] [burst BYTES] [day BYTES]}]",
	  "configure a session", cli_set, false },
	{ "switch", "DEV {direct|bicast|infra}",
	  "say where the session's packets go", cli_switch, false },
	{ "trigger", "{show|set|order} DEV ...",
	  "show or set the rules, or give an order", cli_trigger, true },
	{ "measure", "DEV {direct|infra} signal MBM",
	  "report what the kernel cannot measure", cli_measure, false },
	{ "flows", "DEV", "list the flows that a session covers", cli_flows,
	  true },
	{ "watch", "[DEV]", "show what happens, as it happens", cli_watch, true },
	{ "genkey", "", "print a new key", cli_genkey, false },
	{ "check", "[FILE]", "look for faults in the helper's configuration",
	  cli_check, false },
	{ "init", "[FILE]", "write a configuration for the helper", cli_init,
	  false },
	{ "help", "", "print this help", cli_help, false },
	{}
};

static void print_help(void)
{
	const struct cli_command *command;

	printf("usage: sidestep [-j] [COMMAND [OPERAND...]]\n\n");
	for (command = commands; command->name; command++)
		printf("  %-7s  %s\n", command->name, command->help);
	printf("\n"
	       "  -j, --json     with show, flows, watch and trigger show: print JSON\n"
	       "  -l, --lines    with watch: print lines also on a terminal\n"
	       "  -V, --version  print the version\n"
	       "  -h, --help     print this help\n\n");
	for (command = commands; command->name; command++)
		if (*command->operands)
			printf("sidestep %s %s\n", command->name,
			       command->operands);
	printf("\nsidestep trigger set DEV [mode {auto|hold|manual}]"
	       " [filter_coefficient N] [stale_ms N]\n"
	       "         [{prepare|execute|release} [FIELD {N|off}]...]...\n"
	       "sidestep trigger order DEV {prepare|execute|release} id N"
	       " [reason TEXT]\n");
	printf("\nSELECTOR: [proto PROTO] [sport N[-M]] [dport N[-M]]"
	       " [mark N[/MASK]]\n"
	       "          [dscp N] [uid N[-M]] [cgroup PATH]\n");
}

static int cli_help(struct cli *cli, int argc, char **argv)
{
	if (argc)
		return cli_misuse(cli, "unexpected word '%s'", argv[0]);
	print_help();
	return EXIT_SUCCESS;
}

static const struct cli_command *find_command(const char *name)
{
	const struct cli_command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	const char *name = argc ? argv[0] : "show";
	const struct cli_command *command = find_command(name);

	if (!command)
		return cli_misuse(cli, "unknown command '%s'", name);
	cli->command = command;
	if (cli->json && !command->json)
		return cli_misuse(cli, "option -j is for show, flows, watch and trigger show only");
	if (cli->lines && command->run != cli_watch)
		return cli_misuse(cli, "option -l is for watch only");
	return command->run(cli, argc ? argc - 1 : 0, argv + !!argc);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "lines", no_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct cli cli = {};
	int option, status;

	while ((option = getopt_long(argc, argv, "+jlVh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			cli.json = true;
			break;
		case 'l':
			cli.lines = true;
			break;
		case 'V':
			printf("sidestep %s\n", VERSION);
			return EXIT_SUCCESS;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		default:
			fprintf(stderr, "'sidestep help' lists the options\n");
			return EXIT_FAILURE;
		}
	}
	status = run_command(&cli, argc - optind, argv + optind);
	if (fflush(stdout) || ferror(stdout))
		return cli_fail(&cli, "cannot write the output: %m");
	return status;
}
