// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the trigger engine may be told: every range of TS 38.331 value by value,
 * and thresholds that contradict each other.
 */
#include "ktap.h"
#include "trigger_config.h"

#define OFF SIDESTEP_TRIGGER_OFF
#define RELEASE SIDESTEP_DECISION_RELEASE
#define PREPARE SIDESTEP_DECISION_PREPARE
#define EXECUTE SIDESTEP_DECISION_EXECUTE
#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct sidestep_trigger_config config;
static struct sidestep_trigger_fault fault;

static bool good(void)
{
	memset(&fault, 0, sizeof(fault));
	return sidestep_trigger_check(&config, &fault);
}

static bool wrong(unsigned int decision, const char *field, const char *why)
{
	return !good() && fault.decision == decision &&
	       !strcmp(fault.field, field) && strstr(fault.why, why);
}

static void defaults_are_good(void)
{
	config = sidestep_trigger_defaults;
	EXPECT(good());
}

/* Of all of -70 to 31000, those of @list and no others. */
static void only(__s32 *member, const __s32 *list, size_t count,
		 unsigned int decision, const char *field)
{
	__s32 before = *member;

	for (__s32 value = -70; value <= 31000; value++) {
		bool listed = false;

		for (size_t i = 0; i < count; i++)
			listed |= list[i] == value;
		*member = value;
		ktap_expect(listed ? good() : wrong(decision, field, " is ") ||
			    wrong(decision, field, " are "), __LINE__,
			    "%s of %d", field, value);
	}
	*member = OFF;
	EXPECT(wrong(decision, field, ""));
	*member = 0xffff;
	EXPECT(wrong(decision, field, ""));
	*member = before;
	EXPECT(good());
}

#define ONLY(member, decision, field, ...)				\
	only(&config.member, (const __s32[]){ __VA_ARGS__ },		\
	     SIZE(((const __s32[]){ __VA_ARGS__ })), decision, field)

static void lists(void)
{
	config = sidestep_trigger_defaults;
	ONLY(mode, SIDESTEP_DECISIONS, "mode", 0, 1, 2);
	ONLY(filter_coefficient, SIDESTEP_DECISIONS, "filter_coefficient",
	     0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 17, 19);
	for (unsigned int d = 0; d < SIDESTEP_DECISIONS; d++) {
		ONLY(rule[d].time_to_trigger_ms, d, "time_to_trigger_ms",
		     0, 40, 64, 80, 100, 128, 160, 256, 320, 480, 512, 640,
		     1024, 1280, 2560, 5120);
		ONLY(rule[d].hysteresis_mdb, d, "hysteresis_mdb",
		     0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500,
		     5000, 5500, 6000, 6500, 7000, 7500, 8000, 8500, 9000,
		     9500, 10000, 10500, 11000, 11500, 12000, 12500, 13000,
		     13500, 14000, 14500, 15000);
	}
	ONLY(link.consecutive_loss, EXECUTE, "consecutive_loss",
	     1, 2, 3, 4, 6, 8, 16, 32);
	ONLY(link.n310, EXECUTE, "n310", 1, 2, 3, 4, 6, 8, 10, 20);
	ONLY(link.n311, EXECUTE, "n311", 1, 2, 3, 4, 5, 6, 8, 10);
	ONLY(link.t310_ms, EXECUTE, "t310_ms",
	     0, 50, 100, 200, 500, 1000, 2000, 4000, 6000);
	ONLY(link.t311_ms, EXECUTE, "t311_ms",
	     1000, 3000, 5000, 10000, 15000, 20000, 30000);
}

/* @least and @most are good, one beyond is not. */
static void range(__s32 *member, __s32 least, __s32 most, __s32 step,
		  unsigned int decision, const char *field)
{
	__s32 before = *member;

	*member = least;
	EXPECT(good());
	*member = most;
	EXPECT(good());
	*member = least - step;
	ktap_expect(wrong(decision, field, " is "), __LINE__, "%s", field);
	*member = most + step;
	ktap_expect(wrong(decision, field, " is "), __LINE__, "%s", field);
	*member = before;
}

static void ranges(void)
{
	config = sidestep_trigger_defaults;
	range(&config.stale_ms, 1000, 60000, 1, SIDESTEP_DECISIONS, "stale_ms");
	range(&config.horizon_ms, 0, 10000, 100, PREPARE, "horizon_ms");
	range(&config.window_ms, 500, 10000, 1, PREPARE, "window_ms");
	range(&config.hold_ms, 0, 600000, 1, RELEASE, "hold_ms");
	range(&config.min_stay_ms, 0, 3600000, 1, RELEASE, "min_stay_ms");
	range(&config.infra_threshold_mbm, -15000, 0, 1, EXECUTE,
	      "infra_threshold_mbm");
	config.horizon_ms = 99;
	EXPECT(wrong(PREPARE, "horizon_ms", "0 for none"));
}

static void ranges_of_thresholds(void)
{
	static const struct {
		unsigned int quantity;
		__s32 least, most;
		const char *field;
	} table[] = {
		{ SIDESTEP_QUANTITY_SIGNAL, -15000, 0, "threshold_mbm" },
		{ SIDESTEP_QUANTITY_LOSS, 0, 1000, "loss_permille" },
		{ SIDESTEP_QUANTITY_RTT, 0, 60000000, "rtt_us" },
	};

	for (size_t i = 0; i < SIZE(table); i++)
		for (unsigned int d = 0; d < SIDESTEP_DECISIONS; d++) {
			config = sidestep_trigger_defaults;
			for (unsigned int o = 0; o < SIDESTEP_DECISIONS; o++)
				config.rule[o].threshold[table[i].quantity] = OFF;
			EXPECT(good());
			range(&config.rule[d].threshold[table[i].quantity],
			      table[i].least, table[i].most, 1, d,
			      table[i].field);
		}
}

/* Worse must not come before bad; the same may be. */
static void contradictions(void)
{
	static const struct {
		unsigned int quantity;
		__s32 threshold[SIDESTEP_DECISIONS];
		unsigned int decision;
		const char *field, *why;
	} table[] = {
		/* release, prepare, execute */
		{ SIDESTEP_QUANTITY_SIGNAL, { -7501, -7500, -8000 }, RELEASE,
		  "threshold_mbm", "release is below prepare" },
		{ SIDESTEP_QUANTITY_SIGNAL, { -8001, OFF, -8000 }, RELEASE,
		  "threshold_mbm", "release is below execute" },
		{ SIDESTEP_QUANTITY_SIGNAL, { -7000, -7500, -7499 }, EXECUTE,
		  "threshold_mbm", "execute is above prepare" },
		{ SIDESTEP_QUANTITY_LOSS, { 201, 200, 500 }, RELEASE,
		  "loss_permille", "release is above prepare" },
		{ SIDESTEP_QUANTITY_LOSS, { 501, OFF, 500 }, RELEASE,
		  "loss_permille", "release is above execute" },
		{ SIDESTEP_QUANTITY_LOSS, { 100, 200, 199 }, EXECUTE,
		  "loss_permille", "execute is below prepare" },
		{ SIDESTEP_QUANTITY_RTT, { 201, 200, 500 }, RELEASE,
		  "rtt_us", "release is above prepare" },
		{ SIDESTEP_QUANTITY_RTT, { 501, OFF, 500 }, RELEASE,
		  "rtt_us", "release is above execute" },
		{ SIDESTEP_QUANTITY_RTT, { 100, 200, 199 }, EXECUTE,
		  "rtt_us", "execute is below prepare" },
		{ SIDESTEP_QUANTITY_SIGNAL, { -7500, -7500, -7500 }, 0, NULL, NULL },
		{ SIDESTEP_QUANTITY_LOSS, { 200, 200, 200 }, 0, NULL, NULL },
		{ SIDESTEP_QUANTITY_RTT, { OFF, 200, OFF }, 0, NULL, NULL },
		{ SIDESTEP_QUANTITY_SIGNAL, { OFF, -9000, OFF }, 0, NULL, NULL },
	};

	for (size_t i = 0; i < SIZE(table); i++) {
		config = sidestep_trigger_defaults;
		for (unsigned int d = 0; d < SIDESTEP_DECISIONS; d++)
			config.rule[d].threshold[table[i].quantity] =
				table[i].threshold[d];
		ktap_expect(table[i].why ?
			    wrong(table[i].decision, table[i].field,
				  table[i].why) : good(), __LINE__,
			    "row %zu: %s", i, fault.why ? fault.why : "good");
	}
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "trigger: the defaults are good", defaults_are_good },
		{ "trigger: the lists of TS 38.331", lists },
		{ "trigger: ranges", ranges },
		{ "trigger: ranges of thresholds", ranges_of_thresholds },
		{ "trigger: contradictory thresholds", contradictions },
	};

	return ktap_run(KTAP_CASES(cases));
}
