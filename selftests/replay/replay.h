/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay of scripted walks by the trigger engine; docs/triggers.md says what is
 * simulated and what the figures mean. Times are nanoseconds unless a name says
 * otherwise, signals dBm.
 */
#ifndef _REPLAY_H
#define _REPLAY_H

#include <stdio.h>

#include "trigger.h"

#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL
/* Steps in which a walk is known. */
#define STEP_NS (50 * NS_PER_MS)
#define FAIL_DBM -85.0
#define SETUP_S 0.5
/* Both directions of the application, 1 Mbit/s. */
#define TRAFFIC_BYTES_PER_S 125000.0
/* A probe on the tunnel; its answer is as long. */
#define PROBE_BYTES 192

enum kind {
	KIND_PLAIN,
	KIND_CORNER,
	KIND_OBSTACLE,
	KIND_DAY,
};

/**
 * struct walk - what a radio link does, and what is measured of it
 * @seed: of all that is random in it
 * @kind: enum kind
 * @speed: metres a second
 * @exponent: of the path loss
 * @steps: how many
 * @level: by step: the mean signal, shadowing in it
 * @measured: by step: the same with the noise of a measurement
 */
struct walk {
	__u64		seed;
	enum kind	kind;
	double		speed;
	double		exponent;
	size_t		steps;
	float		*level;
	float		*measured;
};

/**
 * struct strategy - a way to decide
 * @name: for the table
 * @config: what the engine is told
 * @always: both paths are used all the time
 * @ping: the direct path is asked once a second, nothing else is measured
 */
struct strategy {
	const char	*name;
	struct sidestep_trigger_config config;
	bool		always;
	bool		ping;
};

/**
 * struct change - a decision in a run
 * @at: when
 * @cause: what made it
 */
struct change {
	__u64			at;
	struct sidestep_cause	cause;
};

/**
 * struct run - what a strategy made of a walk
 * @changes: its decisions
 * @count: how many
 * @probes: requests on the infra path
 */
struct run {
	struct change	*changes;
	size_t		count;
	__u64		probes;
};

/**
 * struct score - how good a strategy was, over many walks
 * @walks: how many
 * @failing: of these, in which the link fails
 * @missed: of these, in which infra was not usable as it failed
 * @alarms: how often the session left home
 * @false_alarms: ... and the link did not fail within 30 s
 * @pingpongs: stays of less than 10 s
 * @seconds: simulated
 * @away_s: of these, not at home
 * @probes: requests on the infra path
 * @leads: seconds from leaving home to the first failure, by walk; negative
 *	   if it was after it
 * @leads_count: how many
 * @missed_seeds: the first walks that were missed
 */
struct score {
	unsigned int	walks;
	unsigned int	failing;
	unsigned int	missed;
	unsigned int	alarms;
	unsigned int	false_alarms;
	unsigned int	pingpongs;
	double		seconds;
	double		away_s;
	__u64		probes;
	double		*leads;
	size_t		leads_count;
	__u64		missed_seeds[8];
};

#define STRATEGIES 8
/* The one that is Sidestep's. */
#define STRATEGY_DEFAULTS 5
#define CURVE_POINTS 11

/**
 * struct point - one threshold on the curve
 * @prepare_dbm: the threshold of prepare
 * @open: as of struct result
 * @corner: likewise
 * @day: likewise
 */
struct point {
	double		prepare_dbm;
	struct score	open;
	struct score	corner;
	struct score	day;
};

/**
 * struct result - all that was found
 * @seed: of the first walk
 * @walks: how many, without the day
 * @open: by strategy: walks without a corner, up to 5 m/s
 * @corner: by strategy: walks with a corner, up to 5 m/s
 * @fast: by strategy: all walks at 15 m/s
 * @all: by strategy: all walks
 * @day: by strategy: a day with 20 dips, as 20 walks
 * @curve: of the defaults with other thresholds
 */
struct result {
	__u64		seed;
	unsigned int	walks;
	struct score	open[STRATEGIES];
	struct score	corner[STRATEGIES];
	struct score	fast[STRATEGIES];
	struct score	all[STRATEGIES];
	struct score	day[STRATEGIES];
	struct point	curve[CURVE_POINTS];
};

extern const char *const strategy_names[STRATEGIES];

bool walk_make(struct walk *walk);
void walk_free(struct walk *walk);

struct strategy strategy_get(unsigned int which);
struct strategy strategy_with_threshold(double prepare_dbm);

void run_walk(struct run *run, const struct walk *walk,
	      const struct strategy *strategy);
void run_free(struct run *run);

void score_add(struct score *score, const struct walk *walk,
	       const struct run *run);
void score_free(struct score *score);
double score_missed(const struct score *score);
double score_metered(const struct score *score);
double score_pingpongs(const struct score *score);
double score_lead(const struct score *score, unsigned int percentile);

void plot_write(FILE *out, const struct result *result);
void walk_plot_write(FILE *out, const struct result *result);
void table_write(FILE *out, const struct result *result);
void json_write(FILE *out, const struct result *result);

#endif /* _REPLAY_H */
