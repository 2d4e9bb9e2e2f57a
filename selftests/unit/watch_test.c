// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history, the log and the model of "watch". Times are seconds, and milliseconds of
 * round trip.
 */
#include "../../userspace/cli/watch_model.h"
#include "ktap.h"

#include <string.h>

#define MS 1000u
#define DIRECT SIDESTEP_PATH_DIRECT
#define INFRA SIDESTEP_PATH_INFRA

static struct history h;
static uint32_t column[HISTORY_SPAN];
static char marks[HISTORY_SPAN];

static void fill(uint64_t from, uint64_t to, uint32_t rtt_us)
{
	for (; from <= to; from++) {
		history_advance(&h, from);
		history_sample(&h, DIRECT, rtt_us);
	}
}

static void test_newest_is_last(void)
{
	h = (struct history){};
	fill(1000, 1000, 4 * MS);
	fill(1001, 1001, 7 * MS);
	history_graph(&h, DIRECT, column, HISTORY_SPAN);
	EXPECT(column[HISTORY_SPAN - 1] == 7 * MS);
	EXPECT(column[HISTORY_SPAN - 2] == 4 * MS);
	EXPECT(column[HISTORY_SPAN - 3] == HISTORY_NONE);
	history_graph(&h, INFRA, column, HISTORY_SPAN);
	EXPECT(column[HISTORY_SPAN - 1] == HISTORY_NONE);
}

static void test_longest_is_kept(void)
{
	h = (struct history){};
	fill(600, 600, 4 * MS);
	history_sample(&h, DIRECT, 9 * MS);
	history_sample(&h, DIRECT, 2 * MS);
	history_graph(&h, DIRECT, column, HISTORY_SPAN);
	EXPECT(column[HISTORY_SPAN - 1] == 9 * MS);
	fill(601, 604, 1 * MS);
	history_graph(&h, DIRECT, column, HISTORY_SPAN / 5);
	EXPECT(column[HISTORY_SPAN / 5 - 1] == 9 * MS);
}

static void test_gap(void)
{
	h = (struct history){};
	fill(1000, 1000 + HISTORY_SPAN, 4 * MS);
	fill(1010 + HISTORY_SPAN, 1010 + HISTORY_SPAN, 5 * MS);
	history_graph(&h, DIRECT, column, HISTORY_SPAN);
	EXPECT(column[HISTORY_SPAN - 1] == 5 * MS);
	EXPECT(column[HISTORY_SPAN - 2] == HISTORY_NONE);
	EXPECT(column[HISTORY_SPAN - 10] == HISTORY_NONE);
	EXPECT(column[HISTORY_SPAN - 11] == 4 * MS);
	history_mark(&h, HISTORY_SWITCHES, 'i');
	history_advance(&h, 1000000000);
	history_graph(&h, DIRECT, column, HISTORY_SPAN);
	history_marks(&h, HISTORY_SWITCHES, marks, HISTORY_SPAN);
	for (int i = 0; i < HISTORY_SPAN; i++)
		EXPECT(column[i] == HISTORY_NONE && marks[i] == ' ');
}

static void test_still(void)
{
	uint32_t before[60];

	h = (struct history){};
	for (uint64_t at = 1000; at < 1300; at++)
		fill(at, at, (1 + at % 7) * MS);
	history_graph(&h, DIRECT, before, 60);
	/* A column is 5 s: the next second either moves all by one or none. */
	fill(1300, 1300, MS);
	history_graph(&h, DIRECT, column, 60);
	for (int i = 2; i < 59; i++)
		EXPECT(column[i - 1] == before[i]);
	memcpy(before, column, sizeof(before));
	fill(1301, 1301, MS);
	history_graph(&h, DIRECT, column, 60);
	for (int i = 2; i < 59; i++)
		EXPECT(column[i] == before[i]);
}

static void test_any_width(void)
{
	h = (struct history){};
	fill(1, 2 * HISTORY_SPAN, 3 * MS);
	for (size_t n = 1; n <= HISTORY_SPAN; n++) {
		column[n % HISTORY_SPAN] = 77;
		history_graph(&h, DIRECT, column, n);
		history_marks(&h, HISTORY_DECISIONS, marks, n);
		EXPECT(column[n - 1] == 3 * MS);
		EXPECT(n == HISTORY_SPAN || column[n] == 77);
	}
	history_graph(&h, DIRECT, column, 0);
}

static void test_marks(void)
{
	h = (struct history){};
	fill(1000, 1004, MS);
	history_mark(&h, HISTORY_DECISIONS, 'P');
	fill(1005, 1005, MS);
	history_mark(&h, HISTORY_DECISIONS, 'E');
	history_mark(&h, HISTORY_SWITCHES, 'i');
	history_marks(&h, HISTORY_DECISIONS, marks, HISTORY_SPAN);
	EXPECT(marks[HISTORY_SPAN - 2] == 'P' && marks[HISTORY_SPAN - 1] == 'E');
	EXPECT(marks[0] == ' ');
	history_marks(&h, HISTORY_SWITCHES, marks, HISTORY_SPAN);
	EXPECT(marks[HISTORY_SPAN - 2] == ' ' && marks[HISTORY_SPAN - 1] == 'i');
	history_marks(&h, HISTORY_DECISIONS, marks, 1);
	EXPECT(marks[0] == 'E');
}

static void test_scale(void)
{
	static const uint32_t steps[][2] = {
		{ 0, 1000 }, { 1, 1000 }, { 1000, 1000 }, { 1001, 2000 },
		{ 2001, 5000 }, { 5001, 10000 }, { 10000, 10000 },
		{ 10001, 20000 }, { 4000000000u, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		EXPECT(history_scale(&steps[i][0], 1) == steps[i][1]);
	EXPECT(history_scale(NULL, 0) == 1000);
}

static void test_level(void)
{
	EXPECT(history_level(0, 1000, 8) == 0);
	EXPECT(history_level(1, 1000, 8) == 1);
	EXPECT(history_level(500, 1000, 8) == 4);
	EXPECT(history_level(501, 1000, 8) == 5);
	EXPECT(history_level(1000, 1000, 8) == 8);
	EXPECT(history_level(2000, 1000, 8) == 8);
	EXPECT(history_level(UINT32_MAX, UINT32_MAX, 32) == 32);
}

static void test_log(void)
{
	static struct watch_log log;
	char text[2 * WATCH_LOG_SIZE];

	EXPECT(!watch_log_line(&log, 0));
	for (int i = 0; i < WATCH_LOG_LINES + 5; i++)
		watch_log_add(&log, "line %d", i);
	snprintf(text, sizeof(text), " line %d", WATCH_LOG_LINES + 4);
	EXPECT(!strcmp(watch_log_line(&log, 0) + 8, text));
	EXPECT(!strcmp(watch_log_line(&log, WATCH_LOG_LINES - 1) + 8, " line 5"));
	EXPECT(!watch_log_line(&log, WATCH_LOG_LINES));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	watch_log_add(&log, "%s", text);
	EXPECT(strlen(watch_log_line(&log, 0)) == WATCH_LOG_SIZE - 1);
}

static struct watch_model model;

static struct session session_at(uint32_t ifindex)
{
	struct session s = { .ifindex = ifindex, .ifname = "p2p0" };

	s.path[DIRECT] = (struct session_path){
		.has = 1u << SIDESTEP_PATH_A_ID | 1u << SIDESTEP_PATH_A_RTT,
		.ready = 1, .rtt_us = 4 * MS,
	};
	return s;
}

static char last_mark(enum history_row row)
{
	history_marks(&model.watched[0].history, row, marks, HISTORY_SPAN);
	return marks[HISTORY_SPAN - 1];
}

static void test_poll(void)
{
	struct session s[2] = { session_at(7), session_at(8) };

	EXPECT(!watch_model_poll(&model, s, 2, 1000));
	EXPECT(model.n == 2);
	EXPECT(last_mark(HISTORY_DECISIONS) == ' ');
	EXPECT(last_mark(HISTORY_SWITCHES) == ' ');
	s[0].state = SIDESTEP_STATE_INFRA;
	s[0].decision = SIDESTEP_DECISION_EXECUTE;
	s[0].path[DIRECT].ready = 0;
	EXPECT(!watch_model_poll(&model, s, 1, 1001));
	EXPECT(model.n == 1 && model.watched[0].s.ifindex == 7);
	EXPECT(strstr(watch_log_line(&model.log, 0), "p2p0: gone"));
	EXPECT(last_mark(HISTORY_DECISIONS) == 'E');
	EXPECT(last_mark(HISTORY_SWITCHES) == 'i');
	history_graph(&model.watched[0].history, DIRECT, column, HISTORY_SPAN);
	EXPECT(column[HISTORY_SPAN - 1] == HISTORY_NONE);
	EXPECT(column[HISTORY_SPAN - 2] == 4 * MS);
	EXPECT(!watch_model_poll(&model, s, 1, 1002));
	EXPECT(last_mark(HISTORY_SWITCHES) == ' ');
	watch_model_free(&model);
	model = (struct watch_model){};
}

static void test_event(void)
{
	struct session s = session_at(7);

	EXPECT(!watch_model_poll(&model, &s, 1, 1000));
	s.event = SIDESTEP_EVENT_DECISION;
	s.decision = SIDESTEP_DECISION_PREPARE;
	strcpy(s.reason, "prepare: signal");
	watch_model_event(&model, &s, 1001);
	EXPECT(strstr(watch_log_line(&model.log, 0), "p2p0: prepare: signal"));
	EXPECT(last_mark(HISTORY_DECISIONS) == 'P');
	EXPECT(last_mark(HISTORY_SWITCHES) == ' ');
	s.event = SIDESTEP_EVENT_STATE;
	s.state = SIDESTEP_STATE_BICAST;
	watch_model_event(&model, &s, 1002);
	EXPECT(last_mark(HISTORY_DECISIONS) == ' ');
	EXPECT(last_mark(HISTORY_SWITCHES) == 'b');
	/* The next poll has nothing new to mark. */
	EXPECT(!watch_model_poll(&model, &s, 1, 1003));
	EXPECT(last_mark(HISTORY_SWITCHES) == ' ');
	s.ifindex = 9;
	watch_model_event(&model, &s, 1004);
	EXPECT(model.n == 1);
	watch_model_free(&model);
	model = (struct watch_model){};
}

static const struct ktap_case cases[] = {
	{ "history: the newest second is the last column", test_newest_is_last },
	{ "history: a column has the longest time", test_longest_is_kept },
	{ "history: no samples in a gap", test_gap },
	{ "history: the graph moves, but does not flicker", test_still },
	{ "history: any width", test_any_width },
	{ "history: marks", test_marks },
	{ "history: scale", test_scale },
	{ "history: levels", test_level },
	{ "log: the last lines, cut to size", test_log },
	{ "model: what a poll brings, and what it has no more", test_poll },
	{ "model: events", test_event },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
