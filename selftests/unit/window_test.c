// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The elimination window: tables in the manner of WireGuard's
 * selftest/counter.c, and a comparison with a set.
 */
#include "ktap.h"
#include "random.h"
#include "window.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define REACH ((__u64)SIDESTEP_WINDOW_REACH)
#define RING ((__u64)SIDESTEP_WINDOW_WORDS * 64)
#define NEW SIDESTEP_SEQ_NEW
#define SEEN SIDESTEP_SEQ_SEEN
#define OLD SIDESTEP_SEQ_OLD

static struct sidestep_window window;

static enum sidestep_verdict receive(__u64 seq)
{
	enum sidestep_verdict verdict = sidestep_window_check(&window, seq);

	if (verdict == NEW)
		sidestep_window_mark(&window, seq);
	return verdict;
}

struct step {
	__u64 seq;
	enum sidestep_verdict verdict;
};

static void receives(const struct step *table, size_t count)
{
	sidestep_window_reset(&window, 0);
	for (size_t i = 0; i < count; i++) {
		enum sidestep_verdict verdict = receive(table[i].seq);

		ktap_expect(verdict == table[i].verdict, __LINE__,
			    "step %zu, number %llu: verdict %d, not %d", i + 1,
			    table[i].seq, verdict, table[i].verdict);
	}
}

static void in_order(void)
{
	static const struct step table[] = {
		/*  1 */ { 1, NEW },
		/*  2 */ { 1, SEEN },
		/*  3 */ { 2, NEW },
		/*  4 */ { 1, SEEN },
		/*  5 */ { 2, SEEN },
		/*  6 */ { 5, NEW },
		/*  7 */ { 3, NEW },
		/*  8 */ { 3, SEEN },
		/*  9 */ { 4, NEW },
		/* 10 */ { 5, SEEN },
		/* 11 */ { 63, NEW },
		/* 12 */ { 64, NEW },
		/* 13 */ { 65, NEW },
		/* 14 */ { 63, SEEN },
		/* 15 */ { 64, SEEN },
		/* 16 */ { 127, NEW },
		/* 17 */ { 128, NEW },
		/* 18 */ { 127, SEEN },
		/* 19 */ { 66, NEW },
		/* 20 */ { 126, NEW },
	};

	receives(table, SIZE(table));
}

static void nought_is_a_number(void)
{
	static const struct step table[] = {
		/* 1 */ { 0, NEW },
		/* 2 */ { 0, SEEN },
		/* 3 */ { 1, NEW },
		/* 4 */ { 0, SEEN },
	};

	receives(table, SIZE(table));
}

static void edge_of_reach(void)
{
	static const struct step table[] = {
		/*  1 */ { REACH + 100, NEW },
		/*  2 */ { 100, OLD },
		/*  3 */ { 99, OLD },
		/*  4 */ { 0, OLD },
		/*  5 */ { 101, NEW },
		/*  6 */ { 101, SEEN },
		/*  7 */ { 102, NEW },
		/*  8 */ { REACH + 101, NEW },
		/*  9 */ { 101, OLD },
		/* 10 */ { 102, SEEN },
		/* 11 */ { 103, NEW },
		/* 12 */ { REACH + 100, SEEN },
	};

	receives(table, SIZE(table));
}

/* REACH behind the highest, in each of the 64 places that a word has. */
static void edge_of_reach_in_each_bit(void)
{
	for (__u64 top = REACH; top < REACH + 130; top++) {
		const struct step table[] = {
			/* 1 */ { top, NEW },
			/* 2 */ { top - REACH, OLD },
			/* 3 */ { top - REACH + 1, NEW },
			/* 4 */ { top - REACH + 1, SEEN },
			/* 5 */ { top, SEEN },
			/* 6 */ { top + 1, NEW },
			/* 7 */ { top - REACH + 1, OLD },
			/* 8 */ { top - REACH + 2, NEW },
		};

		receives(table, SIZE(table));
	}
}

static void far_jumps(void)
{
	static const struct step table[] = {
		/*  1 */ { 1, NEW },
		/*  2 */ { 2, NEW },
		/*  3 */ { 1 + RING, NEW },
		/*  4 */ { 2 + RING, NEW },
		/*  5 */ { 1, OLD },
		/*  6 */ { 1 + 5 * RING, NEW },
		/*  7 */ { 2 + 5 * RING, NEW },
		/*  8 */ { 1 + RING, OLD },
		/*  9 */ { 1ULL << 32, NEW },
		/* 10 */ { (1ULL << 32) - 1, NEW },
		/* 11 */ { (1ULL << 32) + 1, NEW },
		/* 12 */ { (1ULL << 32) - 1, SEEN },
		/* 13 */ { 1ULL << 63, NEW },
		/* 14 */ { (1ULL << 63) - 1, NEW },
		/* 15 */ { 1ULL << 32, OLD },
		/* 16 */ { ~0ULL - REACH, NEW },
		/* 17 */ { ~0ULL, NEW },
		/* 18 */ { ~0ULL, SEEN },
		/* 19 */ { ~0ULL - REACH, OLD },
		/* 20 */ { ~0ULL - REACH + 1, NEW },
		/* 21 */ { ~0ULL - 1, NEW },
	};

	receives(table, SIZE(table));
}

/* After a jump by @jump no bit of the old turn may look like a new number. */
static void jump_clears(__u64 jump)
{
	sidestep_window_reset(&window, 0);
	for (__u64 seq = 0; seq < RING; seq++)
		receive(seq);
	EXPECT(receive(RING - 1 + jump) == NEW);
	for (__u64 seq = RING; seq < RING - 1 + jump; seq++) {
		if (RING - 1 + jump - seq >= REACH)
			continue;
		ktap_expect(receive(seq) == NEW, __LINE__,
			    "jump by %llu: number %llu", jump, seq);
	}
}

static void wrap_of_the_ring(void)
{
	static const __u64 jumps[] = { 1,	 2,	   63,	     64,
				       65,	 128,	   RING / 2, REACH - 1,
				       REACH,	 REACH + 1, RING - 64,
				       RING - 63, RING - 1, RING,    RING + 1,
				       RING + 63, RING + 64, 2 * RING };

	for (size_t i = 0; i < SIZE(jumps); i++)
		jump_clears(jumps[i]);
}

static void backwards(void)
{
	sidestep_window_reset(&window, 0);
	for (__u64 seq = REACH; seq > 0; seq--)
		EXPECT(receive(seq) == NEW);
	for (__u64 seq = REACH; seq > 0; seq--)
		EXPECT(receive(seq) == SEEN);
	EXPECT(receive(0) == OLD);
}

static void check_changes_nothing(void)
{
	struct sidestep_window before;

	sidestep_window_reset(&window, 0);
	receive(1000);
	before = window;
	sidestep_window_check(&window, 1000);
	sidestep_window_check(&window, 999);
	sidestep_window_check(&window, 5 * RING);
	EXPECT(memcmp(&before, &window, sizeof(window)) == 0);
}

static void reset_forgets(void)
{
	sidestep_window_reset(&window, 0);
	receive(5 * RING);
	receive(5 * RING - 7);
	sidestep_window_reset(&window, 0);
	EXPECT(receive(1) == NEW);
	EXPECT(receive(5 * RING) == NEW);
	EXPECT(receive(5 * RING - 7) == NEW);
}

static void other_copy_arrives_once(void)
{
	sidestep_window_reset(&window, 0);
	receive(100);
	sidestep_window_await(&window, 1, 100);
	receive(101);
	EXPECT(!sidestep_window_arrive(&window, 0, 100));
	EXPECT(!sidestep_window_arrive(&window, 1, 101));
	EXPECT(sidestep_window_arrive(&window, 1, 100));
	EXPECT(!sidestep_window_arrive(&window, 1, 100));
	EXPECT(receive(100) == SEEN);
}

/* The bit of a number that never came is another number's a ring later. */
static void awaited_is_forgotten(__u64 step)
{
	for (unsigned int path = 0; path < 2; path++) {
		sidestep_window_reset(&window, 0);
		receive(100);
		sidestep_window_await(&window, path, 100);
		for (__u64 seq = 100 + step; seq < 100 + RING; seq += step)
			receive(seq);
		receive(100 + RING);
		EXPECT(!sidestep_window_arrive(&window, path, 100 + RING));
	}
}

static void awaited_is_forgotten_in_time(void)
{
	awaited_is_forgotten(1);
	awaited_is_forgotten(64);
	awaited_is_forgotten(1000);
	awaited_is_forgotten(RING);
}

/* Numbers that were marked: a hash table with open addressing. */
struct model {
	__u64 top;
	__u64 marked[1 << 16];
	bool used[1 << 16];
};

static struct model model;

static size_t model_slot(__u64 seq)
{
	__u64 state = seq;
	size_t slot = random_next(&state) % SIZE(model.used);

	while (model.used[slot] && model.marked[slot] != seq)
		slot = (slot + 1) % SIZE(model.used);
	return slot;
}

static void model_mark(__u64 seq)
{
	size_t slot = model_slot(seq);

	model.used[slot] = true;
	model.marked[slot] = seq;
	if (seq > model.top)
		model.top = seq;
}

static enum sidestep_verdict model_check(__u64 seq)
{
	if (seq < model.top && model.top - seq >= REACH)
		return OLD;
	return model.used[model_slot(seq)] ? SEEN : NEW;
}

/* How far from the highest number: near it, at the edges, anywhere. */
static __u64 pick_distance(__u64 *state)
{
	static const __u64 spans[] = { 4, 70, 1000, REACH, RING, 3 * RING };

	switch (random_below(state, 8)) {
	case 0:
		return REACH - 2 + random_below(state, 5);
	case 1:
		return RING - 2 + random_below(state, 5);
	default:
		return random_below(state, spans[random_below(state, 6)]);
	}
}

static __u64 pick_number(__u64 *state)
{
	__u64 distance = pick_distance(state);

	switch (random_below(state, 4)) {
	case 0:
		return model.top + 1;
	case 1:
		return model.top + distance;
	default:
		return model.top - (distance < model.top ? distance : 0);
	}
}

static void compare(__u64 *state, __u64 start)
{
	memset(&model, 0, sizeof(model));
	sidestep_window_reset(&window, 0);
	for (int i = 0; i < 40000; i++) {
		__u64 seq = i ? pick_number(state) : start;
		enum sidestep_verdict expected = model_check(seq);
		enum sidestep_verdict verdict =
			sidestep_window_check(&window, seq);

		ktap_expect(verdict == expected, __LINE__,
			    "step %d: number %llu, top %llu: verdict %d, not %d",
			    i, seq, model.top, verdict, expected);
		if (ktap_case_failed)
			return;
		if (verdict != NEW || random_below(state, 8) == 0)
			continue;
		sidestep_window_mark(&window, seq);
		model_mark(seq);
	}
}

static void like_a_set(void)
{
	static const __u64 starts[] = { 0, 1, REACH, 1ULL << 32, 1ULL << 63,
					~0ULL - 100 * RING };
	__u64 state = random_seed();

	for (int round = 0; round < 10; round++)
		for (size_t i = 0; i < SIZE(starts); i++)
			compare(&state, starts[i]);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "window: in and out of order", in_order },
		{ "window: 0 is a number too", nought_is_a_number },
		{ "window: edge of reach", edge_of_reach },
		{ "window: edge of reach, in each bit of a word",
		  edge_of_reach_in_each_bit },
		{ "window: far jumps, to the last number", far_jumps },
		{ "window: wrap of the ring clears it", wrap_of_the_ring },
		{ "window: backwards over the whole reach", backwards },
		{ "window: check changes nothing", check_changes_nothing },
		{ "window: reset forgets", reset_forgets },
		{ "window: the other copy arrives once", other_copy_arrives_once },
		{ "window: wrap of the ring forgets what was awaited",
		  awaited_is_forgotten_in_time },
		{ "window: random numbers, compared with a set", like_a_set },
	};

	return ktap_run(KTAP_CASES(cases));
}
