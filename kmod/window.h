/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_WINDOW_H
#define _SIDESTEP_WINDOW_H

#include "pure.h"

/**
 * enum sidestep_window_size - size of the elimination window
 * @SIDESTEP_WINDOW_WORDS: words of the ring, a power of two
 * @SIDESTEP_WINDOW_REACH: numbers behind the highest that can be told apart;
 *			   covers 300 ms of delay difference at 200,000 packets
 *			   a second. One word less than the ring, as RFC 6479.
 */
enum sidestep_window_size {
	SIDESTEP_WINDOW_WORDS = 1024,
	SIDESTEP_WINDOW_REACH = (SIDESTEP_WINDOW_WORDS - 1) * 64,
};

/**
 * enum sidestep_verdict - what the window says of a number
 * @SIDESTEP_SEQ_NEW: not seen
 * @SIDESTEP_SEQ_SEEN: seen
 * @SIDESTEP_SEQ_OLD: behind the window
 */
enum sidestep_verdict {
	SIDESTEP_SEQ_NEW,
	SIDESTEP_SEQ_SEEN,
	SIDESTEP_SEQ_OLD,
};

/**
 * struct sidestep_window - which sequence numbers of an epoch were seen
 * @top: the highest
 * @ring: a bit for each of the last %SIDESTEP_WINDOW_REACH
 * @awaited: likewise, by path: whether a copy is still to come from there
 */
struct sidestep_window {
	__u64 top;
	__u64 ring[SIDESTEP_WINDOW_WORDS];
	__u64 awaited[2][SIDESTEP_WINDOW_WORDS];
};

void sidestep_window_reset(struct sidestep_window *window, __u64 top);
enum sidestep_verdict
sidestep_window_check(const struct sidestep_window *window, __u64 seq);
void sidestep_window_mark(struct sidestep_window *window, __u64 seq);
void sidestep_window_await(struct sidestep_window *window, unsigned int path,
			   __u64 seq);
bool sidestep_window_arrive(struct sidestep_window *window, unsigned int path,
			    __u64 seq);

#endif /* _SIDESTEP_WINDOW_H */
