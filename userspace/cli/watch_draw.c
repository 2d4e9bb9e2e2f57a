// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch_draw.h"

#include "../common/names.h"
#include "page.h"
#include "print.h"

#include <curses.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

enum draw_sizes {
	LINE_SIZE = 512,
	/* The scale, before each graph. */
	MARGIN = 10,
	LOG_LINES = 4,
	GRAPH_LINES = 4,
	/* Session and decision; marks are HISTORY_ROWS more. */
	SESSION_LINES = 2,
};

enum draw_colours {
	GOOD = 1,
	BAD,
};

static void init_colours(void)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && *no_color) || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(GOOD, COLOR_GREEN, -1);
	init_pair(BAD, COLOR_RED, -1);
}

void watch_draw_init(struct watch_draw *draw)
{
	init_colours();
	draw->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* Without colours a pair is as good as none. */
static int bold_pair(int pair)
{
	return A_BOLD | COLOR_PAIR(pair);
}

/*
 * What does not fit is cut off: curses would go on in the next line. Names and reasons
 * may have any bytes.
 */
static void put_text(int row, const char *text)
{
	mbstate_t state = {};
	int column = 0;
	size_t len;
	wchar_t c;

	if (row >= LINES || move(row, 0) == ERR)
		return;
	for (; *text; text += len) {
		len = mbrtowc(&c, text, MB_CUR_MAX, &state);
		if (len > MB_CUR_MAX || !iswprint(c) || wcwidth(c) < 1) {
			memset(&state, 0, sizeof(state));
			len = len > MB_CUR_MAX ? 1 : len;
			c = L'?';
		}
		column += wcwidth(c);
		if (column > COLS)
			break;
		addnwstr(&c, 1);
	}
}

static void __attribute__((format(printf, 2, 3)))
put_line(int row, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put_text(row, line);
}

static void write_path(FILE *out, const struct session_path *path)
{
	fprintf(out, "  %s %s ", path_name(path->id), path->ifname);
	print_health(out, path);
	if (session_path_has(path, SIDESTEP_PATH_A_SIGNAL))
		fprintf(out, ", %.1f dBm", path->signal_mbm / 100.0);
	if (session_path_has(path, SIDESTEP_PATH_A_LOSS))
		fprintf(out, ", loss %.1f %%", path->loss_permille / 10.0);
	if (session_path_has(path, SIDESTEP_PATH_A_RTT))
		fprintf(out, ", rtt %.1f ms", path->rtt_us / 1000.0);
	fputs(", sent ", out);
	page_bytes(out, path->tx_bytes);
	fputs(", got ", out);
	page_bytes(out, path->rx_bytes);
}

static void draw_path(int row, const struct session_path *path)
{
	char line[LINE_SIZE] = "";
	FILE *out = fmemopen(line, sizeof(line) - 1, "w");
	int pair = COLOR_PAIR(path->ready ? GOOD : BAD);

	if (!out)
		return;
	write_path(out, path);
	fclose(out);
	attron(pair);
	put_text(row, line);
	attroff(pair);
}

/* The part of a column of height @level that is in a line @below above the ground. */
static void put_block(const struct watch_draw *draw, unsigned int level,
		      unsigned int below, unsigned int steps)
{
	static const wchar_t blocks[] = L" ▁▂▃▄▅▆▇█";
	static const char ascii[] = " .:#";
	unsigned int step = level > below ? level - below : 0;

	if (step > steps)
		step = steps;
	if (draw->utf8)
		addnwstr(&blocks[step], 1);
	else
		addch(ascii[step]);
}

static size_t graph_columns(void)
{
	size_t n = COLS > MARGIN ? COLS - MARGIN : 0;

	if (n > HISTORY_SPAN)
		return HISTORY_SPAN;
	return n;
}

static void draw_graph(const struct watch_draw *draw, int row, int lines,
		       const struct history *history, int path)
{
	unsigned int steps = draw->utf8 ? 8 : 3;
	uint32_t column[HISTORY_SPAN];
	size_t n = graph_columns();
	uint32_t scale;

	if (!n || lines <= 0)
		return;
	history_graph(history, path, column, n);
	scale = history_scale(column, n);
	put_line(row, "%6" PRIu32 " ms", scale / 1000);
	for (int i = 0; i < lines && row + i < LINES; i++) {
		move(row + i, MARGIN);
		for (size_t k = 0; k < n; k++)
			put_block(draw, history_level(column[k], scale,
						      lines * steps),
				  (lines - 1 - i) * steps, steps);
	}
}

static void draw_marks(int row, const struct history *history)
{
	static const char *const words[HISTORY_ROWS] = { "decided", "went" };
	char column[HISTORY_SPAN];
	size_t n = graph_columns();

	if (!n)
		return;
	for (int i = 0; i < HISTORY_ROWS; i++) {
		history_marks(history, i, column, n);
		put_line(row + i, "%-*s%.*s", MARGIN, words[i], (int)n, column);
	}
}

static void draw_head(int row, const struct session *s)
{
	attron(bold_pair(0));
	put_line(row, "%s: %s, wanted %s, peer wants %s", s->ifname,
		 state_name(s->state), state_name(s->wanted),
		 session_has(s, SIDESTEP_A_PEER_WANTED) ?
			 state_name(s->peer_wanted) : "unknown");
	attroff(bold_pair(0));
	put_line(row + 1, "  %s", *s->reason ? s->reason : "nothing was decided");
}

static void draw_helper(int row, const struct status_session *h)
{
	char cost[48] = "";

	if (h->standby_bytes_per_day >= 0)
		snprintf(cost, sizeof(cost), ", %.1f MB a day",
			 h->standby_bytes_per_day / 1e6);
	put_line(row, "  peer %s, %s; standby %s%s%s%s", h->peer,
		 h->met ? "met" : h->met_s < 0 ? "never met" : "not here",
		 h->standby, cost, *h->problem ? "; " : "", h->problem);
}

static int paths_of(const struct session *s)
{
	int n = 0;

	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		n += !!s->path[i].has;
	return n;
}

/* Return: the next free row. */
static int draw_session(const struct watch_draw *draw, int row, int lines,
			const struct watched *watched)
{
	const struct session *s = &watched->s;
	const struct status_session *helper = status_find(draw->status, s->ifname);

	draw_head(row, s);
	row += SESSION_LINES;
	if (helper)
		draw_helper(row++, helper);
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		if (!s->path[i].has)
			continue;
		draw_path(row++, &s->path[i]);
		draw_graph(draw, row, lines, &watched->history, i);
		row += lines;
	}
	if (!lines)
		return row;
	draw_marks(row, &watched->history);
	return row + HISTORY_ROWS;
}

/* How many lines each graph can have. */
static int graph_lines(const struct watch_draw *draw)
{
	int left = LINES - 1 - LOG_LINES, graphs = 0, lines;

	for (size_t i = 0; i < draw->model->n; i++) {
		const struct session *s = &draw->model->watched[i].s;
		int n = paths_of(s);

		left -= SESSION_LINES + HISTORY_ROWS + n +
			!!status_find(draw->status, s->ifname);
		graphs += n;
	}
	if (!graphs || left < graphs)
		return 0;
	lines = left / graphs;
	return lines < GRAPH_LINES ? lines : GRAPH_LINES;
}

static void draw_title(const struct watch_draw *draw)
{
	time_t now = time(NULL);
	struct tm local;
	char clock[16];

	localtime_r(&now, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	attron(A_REVERSE);
	put_line(0, "%-*s", COLS, "");
	put_line(0, "%s  %s  q: quit", clock, draw->title);
	attroff(A_REVERSE);
}

void watch_draw(const struct watch_draw *draw)
{
	int lines = graph_lines(draw);
	const char *line;
	int row = 1;

	erase();
	draw_title(draw);
	if (!draw->model->n)
		put_line(row++, "no session");
	for (size_t i = 0; i < draw->model->n && row < LINES; i++)
		row = draw_session(draw, row, lines, &draw->model->watched[i]);
	for (size_t age = 0; row < LINES; age++) {
		line = watch_log_line(&draw->model->log, age);
		if (!line)
			break;
		put_text(row++, line);
	}
	refresh();
}
