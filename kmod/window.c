// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elimination: tells the later copy of a packet from the first. Pure: no skb,
 * no lock, no time.
 *
 * Invariant (IEC 62439-3): a legitimate packet is never rejected. That is why
 * looking (check) and remembering (mark) are two steps: a packet that cannot
 * be delivered leaves its number to the other copy.
 */
#include "window.h"

static __u64 word_of(__u64 seq)
{
	return seq / 64;
}

static __u64 slot_of(__u64 seq)
{
	return word_of(seq) % SIDESTEP_WINDOW_WORDS;
}

static __u64 bit_of(__u64 seq)
{
	return (__u64)1 << seq % 64;
}

/**
 * sidestep_window_reset() - forget everything, for a new epoch
 * @window: the window
 * @top: the highest number that may have been seen
 */
void sidestep_window_reset(struct sidestep_window *window, __u64 top)
{
	memset(window, 0, sizeof(*window));
	window->top = top;
}

/**
 * sidestep_window_check() - look a number up
 * @window: the window
 * @seq: the number
 *
 * Return: the verdict; nothing is changed.
 */
enum sidestep_verdict
sidestep_window_check(const struct sidestep_window *window, __u64 seq)
{
	if (seq > window->top)
		return SIDESTEP_SEQ_NEW;
	if (window->top - seq >= SIDESTEP_WINDOW_REACH)
		return SIDESTEP_SEQ_OLD;
	if (window->ring[slot_of(seq)] & bit_of(seq))
		return SIDESTEP_SEQ_SEEN;
	return SIDESTEP_SEQ_NEW;
}

static void window_advance(struct sidestep_window *window, __u64 seq)
{
	__u64 from = word_of(window->top);
	__u64 to = word_of(seq);

	if (to - from >= SIDESTEP_WINDOW_WORDS) {
		sidestep_window_reset(window, seq);
		return;
	}
	while (from < to) {
		__u64 slot = ++from % SIDESTEP_WINDOW_WORDS;

		window->ring[slot] = 0;
		window->awaited[0][slot] = 0;
		window->awaited[1][slot] = 0;
	}
	window->top = seq;
}

/**
 * sidestep_window_mark() - remember a number
 * @window: the window
 * @seq: a number that sidestep_window_check() called new
 */
void sidestep_window_mark(struct sidestep_window *window, __u64 seq)
{
	if (seq > window->top)
		window_advance(window, seq);
	window->ring[slot_of(seq)] |= bit_of(seq);
}

/**
 * sidestep_window_await() - remember that another copy is to come
 * @window: the window
 * @path: enum sidestep_path, where from
 * @seq: a number that was just marked
 */
void sidestep_window_await(struct sidestep_window *window, unsigned int path,
			   __u64 seq)
{
	window->awaited[path][slot_of(seq)] |= bit_of(seq);
}

/**
 * sidestep_window_arrive() - another copy has come
 * @window: the window
 * @path: enum sidestep_path, where from
 * @seq: a number that sidestep_window_check() called seen
 *
 * Return: whether this one was awaited, and not come before.
 */
bool sidestep_window_arrive(struct sidestep_window *window, unsigned int path,
			    __u64 seq)
{
	__u64 *word = &window->awaited[path][slot_of(seq)];
	bool awaited = *word & bit_of(seq);

	*word &= ~bit_of(seq);
	return awaited;
}
