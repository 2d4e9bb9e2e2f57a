// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report: what the logs of the demo's two runs say
 *
 *     report OUT
 *
 * Reads OUT/sidestep and OUT/without, writes OUT/result.json and
 * OUT/timeline.svg, prints the table. Exits with 0 if Sidestep's run is clean,
 * 1 if it is not, 2 if the logs do not allow to say.
 */
#include <err.h>

#include "logfile.h"
#include "report.h"

static void load(struct run *run, const char *out, const char *name)
{
	char dir[400];

	snprintf(dir, sizeof(dir), "%s/%s", out, name);
	run_load(run, dir);
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
	struct run sidestep = { 0 }, without = { 0 };
	struct verdict verdict;
	FILE *result, *timeline;

	if (argc != 2)
		errx(LOGFILE_EXIT, "usage: report OUT");
	result = create(argv[1], "result.json");
	timeline = create(argv[1], "timeline.svg");
	load(&sidestep, argv[1], "sidestep");
	load(&without, argv[1], "without");
	verdict_make(&verdict, &sidestep, &without);
	result_write(result, &verdict, &sidestep, &without);
	finish(result, "result.json");
	timeline_write(timeline, &sidestep, &without);
	finish(timeline, "timeline.svg");
	table_write(stdout, &verdict, &sidestep, &without);
	run_free(&sidestep);
	run_free(&without);
	return verdict.count ? 1 : 0;
}
