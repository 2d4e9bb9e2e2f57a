// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the elimination window against a list of what was marked.
 */
#include "input.h"
#include "window.h"

#define REACH ((__u64)SIDESTEP_WINDOW_REACH)
#define MAX_MARKED 600

static struct sidestep_window window;
static __u64 marked[MAX_MARKED];
static unsigned int n_marked;
static __u64 top;

static enum sidestep_verdict expected_of(__u64 seq)
{
	if (seq < top && top - seq >= REACH)
		return SIDESTEP_SEQ_OLD;
	for (unsigned int i = 0; i < n_marked; i++)
		if (marked[i] == seq)
			return SIDESTEP_SEQ_SEEN;
	return SIDESTEP_SEQ_NEW;
}

static void mark(__u64 seq)
{
	sidestep_window_mark(&window, seq);
	marked[n_marked++] = seq;
	if (seq > top)
		top = seq;
}

static void reset(void)
{
	sidestep_window_reset(&window, 0);
	n_marked = 0;
	top = 0;
}

/* Near the highest, near the edge of reach, a turn of the ring away, anywhere. */
static __u64 take_number(struct input *in, __u8 how)
{
	__u16 shift = TAKE(__u16, in);

	switch (how % 8) {
	case 0:
		return top + shift;
	case 1:
		return top - shift;
	case 2:
		return top + shift % 64;
	case 3:
		return top - shift % 64;
	case 4:
		return top - REACH + 32 - shift % 64;
	case 5:
		return top + REACH + 32 - shift % 64;
	case 6:
		return marked[n_marked ? shift % n_marked : 0];
	default:
		return TAKE(__u64, in);
	}
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	reset();
	while (in.size && n_marked < MAX_MARKED) {
		__u8 op = TAKE(__u8, &in);
		__u64 seq = take_number(&in, op);
		enum sidestep_verdict verdict =
			sidestep_window_check(&window, seq);

		assert(verdict == expected_of(seq));
		if (op == 0xff)
			reset();
		else if (op < 0xe0 && verdict == SIDESTEP_SEQ_NEW)
			mark(seq);
	}
	return 0;
}
