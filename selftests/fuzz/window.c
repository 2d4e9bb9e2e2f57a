// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the elimination window against a list of what was marked,
 * and from where another copy is awaited.
 */
#include "input.h"
#include "window.h"

#define REACH ((__u64)SIDESTEP_WINDOW_REACH)
#define MAX_MARKED 600

static struct sidestep_window window;
static __u64 marked[MAX_MARKED];
static bool awaited[MAX_MARKED][2];
static unsigned int n_marked;
static __u64 top;

static unsigned int index_of(__u64 seq)
{
	unsigned int i;

	for (i = 0; i < n_marked; i++)
		if (marked[i] == seq)
			break;
	return i;
}

static enum sidestep_verdict expected_of(__u64 seq)
{
	if (seq < top && top - seq >= REACH)
		return SIDESTEP_SEQ_OLD;
	return index_of(seq) < n_marked ? SIDESTEP_SEQ_SEEN : SIDESTEP_SEQ_NEW;
}

/* From one path, and awaited from the other or not. */
static void mark(__u64 seq, __u8 op)
{
	unsigned int other = op >> 3 & 1;

	sidestep_window_mark(&window, seq);
	marked[n_marked] = seq;
	awaited[n_marked][0] = false;
	awaited[n_marked][1] = false;
	if (op & 0x10) {
		sidestep_window_await(&window, other, seq);
		awaited[n_marked][other] = true;
	}
	n_marked++;
	if (seq > top)
		top = seq;
}

static void again(__u64 seq, unsigned int path)
{
	bool *waits = &awaited[index_of(seq)][path];

	assert(sidestep_window_arrive(&window, path, seq) == *waits);
	*waits = false;
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
			mark(seq, op);
		else if (verdict == SIDESTEP_SEQ_SEEN)
			again(seq, op >> 3 & 1);
	}
	return 0;
}
