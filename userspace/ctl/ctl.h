/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl: what the parts of prosefctl(8) share
 */
#ifndef _SIDESTEP_CTL_H
#define _SIDESTEP_CTL_H

#include "../common/control_msg.h"

#include <stdbool.h>

struct ctl;

/**
 * struct ctl_command - a subcommand
 * @name: the word
 * @operands: what follows it, for the usage line
 * @help: one line
 * @command: what it asks prosefd for; 0: nothing
 * @parse: take the operands; NULL: there are none. False after an error message
 * @json: the option -j may be given
 */
struct ctl_command {
	const char *name;
	const char *operands;
	const char *help;
	enum control_command command;
	bool (*parse)(const struct ctl *ctl, struct control_request *request, int argc,
		      char **argv);
	bool json;
};

/**
 * struct ctl - one run of the program
 * @command: the subcommand; NULL until known
 * @json: print JSON
 */
struct ctl {
	const struct ctl_command *command;
	bool json;
};

/* ctl_fail() - a line on stderr that begins with the subcommand. Return: EXIT_FAILURE */
int ctl_fail(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* ctl_misuse() - likewise, and the usage line */
int ctl_misuse(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ctl_commands() - all; the last one has no name */
const struct ctl_command *ctl_commands(void);

/* ctl_run() - do the subcommand in @argv[0]. Return: the exit status */
int ctl_run(struct ctl *ctl, int argc, char **argv);

#endif /* _SIDESTEP_CTL_H */
