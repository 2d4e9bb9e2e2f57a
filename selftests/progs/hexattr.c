// SPDX-License-Identifier: GPL-2.0-or-later
#include "hexattr.h"

#include "common.h"

#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>

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

void hexattr_put(struct nlmsghdr *msg, size_t room, const char *text)
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
