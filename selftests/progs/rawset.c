// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawset: what the command line refuses to say to the kernel
 *
 * "rawset [-c COMMAND] [ATTRIBUTE=HEX...]" sends a command, by number, or
 * SIDESTEP_CMD_SET, with these attributes, by number. Prints the kernel's text;
 * exit code 1 if it refused.
 */
#include "../../userspace/common/genl.h"
#include "common.h"
#include "hexattr.h"

#include <libmnl/libmnl.h>
#include <linux/sidestep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool named = argc > 2 && !strcmp(argv[1], "-c");
	struct nlmsghdr *msg;
	struct genl genl;
	struct ack ack;
	int i, err;

	err = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	msg = genl_message(buf, named ? (uint8_t)atoi(argv[2]) : SIDESTEP_CMD_SET,
			   SIDESTEP_GENL_VERSION);
	for (i = named ? 3 : 1; i < argc; i++)
		hexattr_put(msg, sizeof(buf), argv[i]);
	err = genl_call(&genl, msg, NLM_F_ACK, NULL, NULL, &ack);
	if (err)
		printf("%s (%s)\n", ack.text, strerror(-err));
	return err ? 1 : 0;
}
