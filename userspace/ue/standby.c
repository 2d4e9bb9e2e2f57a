// SPDX-License-Identifier: GPL-2.0-or-later
#include "standby.h"

#define NSEC_PER_SEC 1000000000ull

enum {
	SECONDS_A_DAY = 86400,
};

static uint64_t moved(const struct standby *standby, uint64_t bytes)
{
	return bytes > standby->since_bytes ? bytes - standby->since_bytes : 0;
}

void standby_update(struct standby *standby, bool stands_by, uint64_t bytes,
		    uint64_t now_ns)
{
	if (standby->since_ns) {
		standby->ns += now_ns - standby->since_ns;
		standby->bytes += moved(standby, bytes);
	}
	standby->since_ns = stands_by ? now_ns : 0;
	standby->since_bytes = bytes;
}

int64_t standby_per_day(const struct standby *standby, uint64_t bytes,
			uint64_t now_ns)
{
	uint64_t ns = standby->ns, sum = standby->bytes;

	if (standby->since_ns) {
		ns += now_ns - standby->since_ns;
		sum += moved(standby, bytes);
	}
	if (ns / NSEC_PER_SEC < STANDBY_LEAST_S)
		return -1;
	return (double)sum * SECONDS_A_DAY * NSEC_PER_SEC / ns;
}
