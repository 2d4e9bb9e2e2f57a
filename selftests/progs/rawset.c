// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawset: what the command line refuses to say to the kernel
 *
 * "rawset [ATTRIBUTE=HEX...]" sends SIDESTEP_CMD_SET with these attributes, by
 * number, and "rawset -s" SIDESTEP_CMD_SWITCH. Prints the kernel's text; exit
 * code 1 if it refused.
 */
#include "../../userspace/common/genl.h"
#include "common.h"

#include <libmnl/libmnl.h>
#include <linux/sidestep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	VALUE_MAX = 128,
};

static size_t parse_hex(uint8_t *value, const char *hex)
{
	size_t len = 0;

	for (; *hex; hex += 2) {
		if (len == VALUE_MAX || sscanf(hex, "%2hhx", &value[len++]) != 1 || !hex[1])
			die("not bytes in hex: %s", hex);
	}
	return len;
}

static void put_attribute(struct nlmsghdr *msg, size_t room, const char *text)
{
	uint8_t value[VALUE_MAX];
	char *equals;
	unsigned long type = strtoul(text, &equals, 10);

	if (*equals != '=' || type > UINT16_MAX)
		die("not ATTRIBUTE=HEX: %s", text);
	if (!mnl_attr_put_check(msg, room, (uint16_t)type,
				parse_hex(value, equals + 1), value))
		die("too many attributes");
}

int main(int argc, char **argv)
{
	static char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool do_switch = argc > 1 && !strcmp(argv[1], "-s");
	struct nlmsghdr *msg;
	struct genl genl;
	struct ack ack;
	int i, err;

	err = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	msg = genl_message(buf, do_switch ? SIDESTEP_CMD_SWITCH : SIDESTEP_CMD_SET,
			   SIDESTEP_GENL_VERSION);
	for (i = do_switch ? 2 : 1; i < argc; i++)
		put_attribute(msg, sizeof(buf), argv[i]);
	err = genl_call(&genl, msg, NLM_F_ACK, NULL, NULL, &ack);
	if (err)
		printf("%s (%s)\n", ack.text, strerror(-err));
	return err ? 1 : 0;
}
