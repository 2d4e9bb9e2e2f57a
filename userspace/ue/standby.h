/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * standby: what a tunnel costs that only stands by
 *
 * The tunnel's bytes while the session is at home, and for how long that was. Pure.
 */
#ifndef _SIDESTEP_STANDBY_H
#define _SIDESTEP_STANDBY_H

#include <stdbool.h>
#include <stdint.h>

enum standby_limits {
	/* Less time tells nothing. */
	STANDBY_LEAST_S = 60,
};

/**
 * struct standby - the account
 * @since_ns: since when it stands by; 0 while it does not
 * @since_bytes: what the tunnel had moved then
 * @ns: time that it stood by before
 * @bytes: moved in that time
 */
struct standby {
	uint64_t since_ns;
	uint64_t since_bytes;
	uint64_t ns;
	uint64_t bytes;
};

/* standby_counts() - does it stand by now? */
static inline bool standby_counts(const struct standby *standby)
{
	return standby->since_ns;
}

/**
 * standby_update() - from now on it stands by, or does not
 * @standby: the account
 * @stands_by: which
 * @bytes: that the tunnel has moved; fewer than before: it was made anew
 * @now_ns: not 0
 */
void standby_update(struct standby *standby, bool stands_by, uint64_t bytes,
		    uint64_t now_ns);

/* standby_per_day() - bytes; -1 if it is too early to tell */
int64_t standby_per_day(const struct standby *standby, uint64_t bytes,
			uint64_t now_ns);

#endif /* _SIDESTEP_STANDBY_H */
