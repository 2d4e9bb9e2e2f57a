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
	FILE *f;

	if (argc != 2)
		errx(LOGFILE_EXIT, "usage: report OUT");
	load(&sidestep, argv[1], "sidestep");
	load(&without, argv[1], "without");
	verdict_make(&verdict, &sidestep, &without);
	f = create(argv[1], "result.json");
	result_write(f, &verdict, &sidestep, &without);
	finish(f, "result.json");
	f = create(argv[1], "timeline.svg");
	timeline_write(f, &sidestep, &without);
	finish(f, "timeline.svg");
	table_write(stdout, &verdict, &sidestep, &without);
	run_free(&sidestep);
	run_free(&without);
	return verdict.count ? 1 : 0;
}
