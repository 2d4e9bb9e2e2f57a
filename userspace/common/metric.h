/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metric: families and samples as OpenMetrics' text format has them
 *
 * Types and label names are such that readers of Prometheus' older text format
 * (node_exporter) take them, too: neither stateset nor info.
 */
#ifndef _SIDESTEP_METRIC_H
#define _SIDESTEP_METRIC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct metric - a family
 * @name: without "sidestep_", unit and "_total"
 * @unit: "" if it has none
 * @counter: it is a counter, not a gauge
 * @help: one line
 */
struct metric {
	const char *name;
	const char *unit;
	bool counter;
	const char *help;
};

/**
 * struct metric_value - a number
 * @number: without its sign and point
 * @negative: it is below zero
 * @decimals: how many digits are behind the point
 */
struct metric_value {
	uint64_t number;
	bool negative;
	unsigned int decimals;
};

/* metric_head() - what is said of the family; its samples follow */
void metric_head(FILE *out, const struct metric *metric);

/* A sample: begin with the first label, other labels, end. */
void metric_begin(FILE *out, const struct metric *metric, const char *name,
		  const char *value);
void metric_label(FILE *out, const char *name, const char *value);
void metric_end(FILE *out, struct metric_value value);

/* metric_whole() - a value without a point */
static inline struct metric_value metric_whole(uint64_t number)
{
	return (struct metric_value){ .number = number };
}

#endif /* _SIDESTEP_METRIC_H */
