/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli: what the subcommands of sidestep(8) share
 */
#ifndef _SIDESTEP_CLI_H
#define _SIDESTEP_CLI_H

#include "../common/ack.h"
#include "../common/genl.h"

#include <stdbool.h>

struct cli;

/**
 * struct cli_command - a subcommand
 * @name: the word
 * @operands: what follows it, for the usage line
 * @help: one line
 * @run: called with the operands; returns the exit status
 * @json: the option -j may be given
 */
struct cli_command {
	const char *name;
	const char *operands;
	const char *help;
	int (*run)(struct cli *cli, int argc, char **argv);
	bool json;
};

/**
 * struct cli - one run of the program
 * @command: the subcommand; NULL until known
 * @dev: the session device; NULL if none was named
 * @json: print JSON
 * @lines: watch: print lines also on a terminal
 */
struct cli {
	const struct cli_command *command;
	const char *dev;
	bool json;
	bool lines;
};

int cli_show(struct cli *cli, int argc, char **argv);
int cli_set(struct cli *cli, int argc, char **argv);
int cli_switch(struct cli *cli, int argc, char **argv);
int cli_flows(struct cli *cli, int argc, char **argv);
int cli_trigger(struct cli *cli, int argc, char **argv);
int cli_measure(struct cli *cli, int argc, char **argv);
int cli_watch(struct cli *cli, int argc, char **argv);
int cli_genkey(struct cli *cli, int argc, char **argv);
int cli_check(struct cli *cli, int argc, char **argv);
int cli_init(struct cli *cli, int argc, char **argv);

/* Each prints one line that begins with the subcommand and the device. */
void cli_warn(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int cli_fail(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* cli_misuse() - cli_fail() and the usage line */
int cli_misuse(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_ifname_check() - can a device have this name?
 * @cli: for the error message
 * @word: what the name was given for
 * @name: the name
 *
 * Return: true, or false after an error message.
 */
bool cli_ifname_check(const struct cli *cli, const char *word,
		      const char *name);

/**
 * cli_device() - take the session device from the command line
 * @cli: @cli->dev is set
 * @name: the operand
 *
 * Return: true, or false after an error message.
 */
bool cli_device(struct cli *cli, const char *name);

/**
 * cli_open() - reach the kernel module
 * @cli: for the error message
 * @genl: the socket
 *
 * Return: true, or false after an error message.
 */
bool cli_open(const struct cli *cli, struct genl *genl);

/* cli_reason() - why the kernel refused, in words */
const char *cli_reason(const struct cli *cli, const struct ack *ack);

#endif /* _SIDESTEP_CLI_H */
