// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"

#include <errno.h>
#include <linux/sidestep.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct cli *cli, const char *kind, const char *format,
		va_list args)
{
	fprintf(stderr, "sidestep: ");
	if (cli->command)
		fprintf(stderr, "%s%s%s: ", cli->command->name,
			cli->dev ? " " : "", cli->dev ? cli->dev : "");
	fprintf(stderr, "%s", kind);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void cli_warn(const struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, "warning: ", format, args);
	va_end(args);
}

int cli_fail(const struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, "", format, args);
	va_end(args);
	return EXIT_FAILURE;
}

int cli_misuse(const struct cli *cli, const char *format, ...)
{
	const struct cli_command *command = cli->command;
	va_list args;

	va_start(args, format);
	say(cli, "", format, args);
	va_end(args);
	if (command)
		fprintf(stderr, "usage: sidestep %s%s%s\n", command->name,
			*command->operands ? " " : "", command->operands);
	else
		fprintf(stderr, "'sidestep help' lists the commands\n");
	return EXIT_FAILURE;
}

bool cli_ifname_check(const struct cli *cli, const char *word, const char *name)
{
	if (*name && strlen(name) < IFNAMSIZ)
		return true;
	cli_fail(cli, "%s '%s': a device's name has 1 to %d characters", word,
		 name, IFNAMSIZ - 1);
	return false;
}

bool cli_device(struct cli *cli, const char *name)
{
	if (!cli_ifname_check(cli, "device", name))
		return false;
	cli->dev = name;
	return true;
}

bool cli_open(const struct cli *cli, struct genl *genl)
{
	int ret = genl_open(genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);

	if (!ret)
		return true;
	if (ret == -ENOENT)
		cli_fail(cli,
			 "the kernel module is not loaded (modprobe sidestep)");
	else
		cli_fail(cli, "generic netlink: %s", strerror(-ret));
	return false;
}

const char *cli_reason(const struct cli *cli, const struct ack *ack)
{
	if (*ack->text)
		return ack->text;
	switch (ack->error) {
	case EPERM:
		return "not permitted: this needs CAP_NET_ADMIN (be root)";
	case ENODEV:
		return if_nametoindex(cli->dev) ? "not a sidestep device" :
						  "no such device";
	case EBADMSG:
		return "the kernel module's answer makes no sense to this program";
	default:
		return strerror(ack->error);
	}
}
