// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report: what the logs of the demo's runs say
 *
 *     report OUT
 *
 * Reads OUT/sidestep, OUT/without and OUT/mptcp, writes OUT/result.json, OUT/timeline.svg
 * and OUT/map.svg, prints the table. Exits with 0 if Sidestep's run is clean,
 * 1 if it is not, 2 if the logs do not allow to say.
 */
#include <err.h>

#include "logfile.h"
#include "map.h"
#include "report.h"

static const char *dir_of(const char *out, const char *name)
{
	static char dir[400];

	snprintf(dir, sizeof(dir), "%s/%s", out, name);
	return dir;
}

/* Starts anew, so that no older run's verdict is left if the logs are bad. */
static FILE *create(const char *out, const char *name)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", out, name);
	f = fopen(path, "w");
	if (!f)
		err(LOGFILE_EXIT, "%s", path);
	return f;
}

static void finish(FILE *f, const char *name)
{
	if (ferror(f) | fclose(f))
		errx(LOGFILE_EXIT, "%s: not written", name);
}

int main(int argc, char **argv)
{
	struct run sidestep = { 0 }, without = { 0 }, mptcp = { 0 };
	struct verdict verdict;
	FILE *result, *timeline, *map;

	if (argc != 2)
		errx(LOGFILE_EXIT, "usage: report OUT");
	result = create(argv[1], "result.json");
	timeline = create(argv[1], "timeline.svg");
	map = create(argv[1], "map.svg");
	run_load(&sidestep, dir_of(argv[1], "sidestep"));
	run_load(&without, dir_of(argv[1], "without"));
	run_load(&mptcp, dir_of(argv[1], "mptcp"));
	verdict_make(&verdict, &sidestep, &without);
	map_write(map, &sidestep, dir_of(argv[1], "sidestep"));
	finish(map, "map.svg");
	timeline_write(timeline, &sidestep, &without);
	finish(timeline, "timeline.svg");
	/* After the map, which has logs of its own. */
	result_write(result, &verdict, &sidestep, &without, &mptcp);
	finish(result, "result.json");
	table_write(stdout, &verdict, &sidestep, &without, &mptcp);
	run_free(&sidestep);
	run_free(&without);
	run_free(&mptcp);
	return verdict.count ? 1 : 0;
}
