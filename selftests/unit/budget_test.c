// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * budget.c: by hand, and at random against a model that counts without rounding
 */
#include "budget.h"
#include "ktap.h"
#include "random.h"

#define SECOND 1000000000ULL
#define DAY (24 * 3600 * SECOND)

static struct sidestep_budget b;

static void start(__u32 rate, __u32 burst, __u64 day)
{
	const struct sidestep_budget_limits limits = { rate, burst, day };

	sidestep_budget_init(&b, &limits, SECOND);
}

static bool spend(__u32 bytes, bool important, __u64 now)
{
	return sidestep_budget_spend(&b, bytes, important, SECOND + now);
}

static void no_limit(void)
{
	start(0, 0, 0);
	for (int i = 0; i < 1000; i++)
		EXPECT(spend(~0U, false, 0));
}

static void a_full_bucket(void)
{
	start(1000, 10000, 0);
	EXPECT(!spend(10001, true, 0));
	EXPECT(spend(10000, true, 0));
	EXPECT(!spend(1, true, 0));
}

/* Bulk leaves half of the burst to what is important. */
static void bulk_loses_first(void)
{
	start(1000, 10000, 0);
	EXPECT(spend(5000, false, 0));
	EXPECT(!spend(1, false, 0));
	EXPECT(spend(5000, true, 0));
	EXPECT(!spend(1, true, 0));
}

static void it_fills(void)
{
	start(1000, 10000, 0);
	EXPECT(spend(10000, true, 0));
	EXPECT(!spend(1, true, SECOND / 1000 - 1));
	EXPECT(spend(1, true, SECOND / 1000));
	EXPECT(!spend(1, true, SECOND / 1000));
	EXPECT(!spend(1, false, 5 * SECOND));
	EXPECT(spend(1, false, 5 * SECOND + SECOND / 500));
	/* Never beyond the burst. */
	EXPECT(!spend(10001, true, 100 * DAY));
	EXPECT(spend(10000, true, 100 * DAY));
}

/* Many small steps are worth as much as a long one. */
static void nothing_is_rounded_away(void)
{
	__u64 now = 0;

	start(3, 100, 0);
	EXPECT(spend(100, true, 0));
	for (int i = 0; i < 999; i++, now += SECOND / 1000)
		EXPECT(!spend(4, true, now));
	EXPECT(spend(3, true, SECOND));
	EXPECT(!spend(1, true, SECOND));
}

static void a_day(void)
{
	start(0, 0, 1000);
	EXPECT(spend(900, false, 0));
	EXPECT(!spend(1, false, 0));
	EXPECT(spend(100, true, DAY - 1));
	EXPECT(!spend(1, true, DAY - 1));
	EXPECT(spend(900, false, DAY));
}

/* The day begins with the first copy. */
static void a_late_day(void)
{
	start(0, 0, 1000);
	EXPECT(spend(1000, true, DAY / 2));
	EXPECT(!spend(1, true, DAY + DAY / 2 - 1));
	EXPECT(spend(1, true, DAY + DAY / 2));
}

/* What the bucket refuses costs nothing of the day, and the other way. */
static void refused_is_free(void)
{
	start(1, 100, 1000);
	EXPECT(spend(100, true, 0));
	for (int i = 0; i < 100; i++)
		EXPECT(!spend(100, true, 0));
	EXPECT(b.day_spent == 100);
	start(1000, 2000, 1000);
	EXPECT(!spend(1001, true, 0));
	EXPECT(spend(1000, true, 0));
	EXPECT(!spend(1, true, 0));
	EXPECT(b.credit == 1000 * SECOND);
}

static void limit(__u32 rate, __u32 burst, __u64 day, __u64 now)
{
	const struct sidestep_budget_limits limits = { rate, burst, day };

	sidestep_budget_limit(&b, &limits, SECOND + now);
}

/* Else who sets the limits anew could spend them anew. */
static void other_limits(void)
{
	start(1000, 10000, 20000);
	EXPECT(spend(10000, true, 0));
	limit(2000, 10000, 20000, SECOND / 2);
	EXPECT(!spend(501, true, SECOND / 2));
	EXPECT(spend(500, true, SECOND / 2));
	EXPECT(spend(2000, true, 3 * SECOND / 2));
	limit(2000, 1000, 20000, 10 * SECOND);
	EXPECT(!spend(1001, true, 10 * SECOND));
	EXPECT(spend(1000, true, 10 * SECOND));
	limit(0, 0, 20000, 10 * SECOND);
	EXPECT(!spend(6501, true, 10 * SECOND));
	EXPECT(spend(6500, true, 10 * SECOND));
	limit(1000, 5000, 0, 11 * SECOND);
	EXPECT(!spend(5001, true, 11 * SECOND));
	EXPECT(spend(5000, true, 11 * SECOND));
}

static void what_is_spent(void)
{
	start(0, 0, 1000);
	EXPECT(sidestep_budget_spent(&b, SECOND) == 0);
	EXPECT(spend(600, true, 0));
	EXPECT(!spend(600, true, 0));
	EXPECT(sidestep_budget_spent(&b, SECOND + DAY - 1) == 600);
	EXPECT(sidestep_budget_spent(&b, SECOND + DAY) == 0);
}

static void the_greatest(void)
{
	start(~0U, ~0U, ~0ULL);
	EXPECT(spend(~0U, true, 0));
	EXPECT(!spend(2, true, 0));
	EXPECT(spend(1, true, 1));
	EXPECT(spend(~0U, true, DAY));
}

static void one_at_random(__u64 *seed)
{
	__u32 rate = 1 + random_below(seed, 1 << random_below(seed, 31));
	__u32 burst = 1 + random_below(seed, 1 << random_below(seed, 31));
	unsigned __int128 tokens = (unsigned __int128)burst * SECOND;
	const unsigned __int128 most = tokens;
	__u64 now = 0;

	start(rate, burst, 0);
	for (int i = 0; i < 1000; i++) {
		__u64 step = random_below(seed, 1ULL << random_below(seed, 40));
		__u32 bytes = random_below(seed, burst + 1ULL);
		bool important = random_below(seed, 2);
		__u64 reserve = important ? 0 : burst / SIDESTEP_BUDGET_RESERVE;
		bool may;

		now += step;
		tokens += (unsigned __int128)step * rate;
		tokens = tokens > most ? most : tokens;
		may = tokens >= (unsigned __int128)(bytes + reserve) * SECOND;
		EXPECT(spend(bytes, important, now) == may);
		if (may)
			tokens -= (unsigned __int128)bytes * SECOND;
	}
}

static void at_random(void)
{
	__u64 seed = 7;

	for (int i = 0; i < 2000; i++)
		one_at_random(&seed);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "budget: no limit", no_limit },
		{ "budget: a full bucket", a_full_bucket },
		{ "budget: bulk loses its copies first", bulk_loses_first },
		{ "budget: it fills", it_fills },
		{ "budget: nothing is rounded away", nothing_is_rounded_away },
		{ "budget: a day", a_day },
		{ "budget: a day begins with the first copy", a_late_day },
		{ "budget: what is refused costs nothing", refused_is_free },
		{ "budget: other limits", other_limits },
		{ "budget: what is spent", what_is_spent },
		{ "budget: the greatest limits", the_greatest },
		{ "budget: at random, against a model", at_random },
	};

	return ktap_run(KTAP_CASES(cases));
}
