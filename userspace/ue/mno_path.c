// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool take_number(const char *text, uint64_t *number)
{
	uint64_t digit;

	if (*text < '1' || *text > '9')
		return false;
	for (*number = 0; *text; text++) {
		digit = *text - '0';
		if (*text < '0' || *text > '9' || *number > (UINT64_MAX - digit) / 10)
			return false;
		*number = 10 * *number + digit;
	}
	return true;
}

enum mno_path_kind mno_path_parse(const char *path, uint64_t *number)
{
	static const char *const before[] = {
		[MNO_PATH_ORDER] = "pf-c/v1/orders/",
		[MNO_PATH_AGREEMENT] = "pf-c/v1/agreements/",
	};
	size_t len;

	for (int kind = MNO_PATH_ORDER; kind <= MNO_PATH_AGREEMENT; kind++) {
		len = strlen(before[kind]);
		if (!strncmp(path, before[kind], len) &&
		    take_number(path + len, number))
			return (enum mno_path_kind)kind;
	}
	return MNO_PATH_NONE;
}
