// SPDX-License-Identifier: GPL-2.0-or-later
#include "metric.h"

#include "utf8.h"

#include <inttypes.h>

static void print_name(FILE *out, const struct metric *metric)
{
	fprintf(out, "sidestep_%s%s%s", metric->name, *metric->unit ? "_" : "",
		metric->unit);
}

static void print_about(FILE *out, const char *what, const struct metric *metric,
			const char *value)
{
	fprintf(out, "# %s ", what);
	print_name(out, metric);
	fprintf(out, " %s\n", value);
}

void metric_head(FILE *out, const struct metric *metric)
{
	print_about(out, "TYPE", metric, metric->counter ? "counter" : "gauge");
	if (*metric->unit)
		print_about(out, "UNIT", metric, metric->unit);
	print_about(out, "HELP", metric, metric->help);
}

static void print_label(FILE *out, const char *name, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t len;

	fprintf(out, "%s=\"", name);
	for (; *s; s += len ? len : 1) {
		len = utf8_len(s);
		if (!len)
			fputs("\xef\xbf\xbd", out);
		else if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else
			fwrite(s, 1, len, out);
	}
	fputc('"', out);
}

void metric_begin(FILE *out, const struct metric *metric, const char *name,
		  const char *value)
{
	print_name(out, metric);
	fputs(metric->counter ? "_total{" : "{", out);
	print_label(out, name, value);
}

void metric_label(FILE *out, const char *name, const char *value)
{
	fputc(',', out);
	print_label(out, name, value);
}

void metric_end(FILE *out, struct metric_value value)
{
	uint64_t one = 1;

	for (unsigned int i = 0; i < value.decimals; i++)
		one *= 10;
	fprintf(out, "} %s%" PRIu64, value.negative ? "-" : "", value.number / one);
	if (value.decimals)
		fprintf(out, ".%0*" PRIu64, (int)value.decimals, value.number % one);
	fputc('\n', out);
}
