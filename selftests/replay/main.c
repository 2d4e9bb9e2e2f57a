// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay DIR [WALKS]: walks of every kind, WALKS of each, through every strategy;
 * and a day with 20 dips, or so many of them if that is less. Prints a table and writes
 * DIR/result.json, DIR/replay.svg and DIR/walk.svg. The variable SEED in the environment
 * is the seed of the first walk, 1 if not given.
 */
#include "replay.h"

#define WALKS 60
#define DIPS 20
#define CURVE_FROM_DBM -84.0
#define CURVE_STEP_DBM 2.0

static const double speeds[] = { 1.4, 5, 15 };
static const double exponents[] = { 2, 3 };

static struct result result;

static void add(struct score *score, const struct walk *walk,
		const struct strategy *strategy)
{
	struct run run;

	run_walk(&run, walk, strategy);
	score_add(score, walk, &run);
	run_free(&run);
}

/* Where a walk is counted, besides among all. */
static struct score *group_of(const struct walk *walk, unsigned int which)
{
	if (walk->kind == KIND_DAY)
		return &result.day[which];
	if (walk->speed > 5)
		return &result.fast[which];
	return walk->kind == KIND_CORNER ? &result.corner[which] :
					   &result.open[which];
}

static struct score *curve_group(const struct walk *walk, struct point *point)
{
	if (walk->kind == KIND_DAY)
		return &point->day;
	return walk->kind == KIND_CORNER ? &point->corner : &point->open;
}

static void replay(const struct walk *walk)
{
	for (unsigned int i = 0; i < STRATEGIES; i++) {
		struct strategy strategy = strategy_get(i);
		struct run run;

		run_walk(&run, walk, &strategy);
		score_add(group_of(walk, i), walk, &run);
		if (walk->kind != KIND_DAY)
			score_add(&result.all[i], walk, &run);
		run_free(&run);
	}
	for (unsigned int i = 0; i < CURVE_POINTS && walk->speed <= 5; i++) {
		struct point *point = &result.curve[i];
		struct strategy strategy =
			strategy_with_threshold(point->prepare_dbm);

		add(curve_group(walk, point), walk, &strategy);
	}
}

static int replay_one(struct walk walk)
{
	if (!walk_make(&walk)) {
		fprintf(stderr, "replay: out of memory\n");
		return 1;
	}
	replay(&walk);
	walk_free(&walk);
	return 0;
}

/* @count walks that differ in their seeds, from @walk's on. */
static int replay_some(struct walk walk, unsigned int count)
{
	for (; count; count--, walk.seed++)
		if (replay_one(walk))
			return 1;
	return 0;
}

static int replay_kind(enum kind kind, unsigned int walks)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds) * ARRAY_SIZE(exponents); i++) {
		struct walk walk = {
			.seed = result.seed + result.walks,
			.kind = kind,
			.speed = speeds[i / ARRAY_SIZE(exponents)],
			.exponent = exponents[i % ARRAY_SIZE(exponents)],
		};

		if (replay_some(walk, walks))
			return 1;
		result.walks += walks;
	}
	return 0;
}

static int replay_all(unsigned int walks)
{
	struct walk day = {
		.kind = KIND_DAY,
		.speed = speeds[0],
		.exponent = exponents[0],
	};

	for (enum kind kind = KIND_PLAIN; kind < KIND_DAY; kind++)
		if (replay_kind(kind, walks))
			return 1;
	day.seed = result.seed + result.walks;
	return replay_some(day, walks < DIPS ? walks : DIPS);
}

static int write_file(const char *dir, const char *name,
		      void (*write)(FILE *out, const struct result *result))
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return 1;
	}
	write(out, &result);
	if (fclose(out)) {
		perror(path);
		return 1;
	}
	return 0;
}

static void free_scores(void)
{
	for (unsigned int i = 0; i < STRATEGIES; i++) {
		score_free(&result.open[i]);
		score_free(&result.corner[i]);
		score_free(&result.fast[i]);
		score_free(&result.all[i]);
		score_free(&result.day[i]);
	}
	for (unsigned int i = 0; i < CURVE_POINTS; i++) {
		score_free(&result.curve[i].open);
		score_free(&result.curve[i].corner);
		score_free(&result.curve[i].day);
	}
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED");
	unsigned int walks = argc > 2 ? atoi(argv[2]) : WALKS;
	int failed;

	if (argc < 2 || argc > 3 || !walks) {
		fprintf(stderr, "usage: replay DIR [WALKS]\n");
		return 2;
	}
	result.seed = seed ? strtoull(seed, NULL, 0) : 1;
	for (unsigned int i = 0; i < CURVE_POINTS; i++)
		result.curve[i].prepare_dbm = CURVE_FROM_DBM +
					      i * CURVE_STEP_DBM;
	failed = replay_all(walks);
	if (!failed) {
		table_write(stdout, &result);
		failed = write_file(argv[1], "result.json", json_write) ||
			 write_file(argv[1], "replay.svg", plot_write) ||
			 write_file(argv[1], "walk.svg", walk_plot_write);
	}
	free_scores();
	return failed;
}
