// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include "../common/json.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum table_limits {
	MAX_COLUMNS = 16,
	CELL_SIZE = CONTROL_LINE_SIZE,
};

enum cell_kind {
	CELL_TEXT,	/* "" is not known */
	CELL_U32,
	CELL_U64,
	CELL_PORT,	/* uint32_t; 0 is none */
	CELL_BOOL,
	CELL_S,		/* uint64_t, seconds */
	CELL_S32,	/* uint32_t, seconds */
	CELL_MS,	/* uint32_t, milliseconds */
	CELL_BYTES,	/* uint64_t */
	CELL_STATE,	/* enum pf_session_state */
};

/**
 * struct column - of a table
 * @title: for people
 * @key: in JSON
 * @kind: enum cell_kind
 * @offset: in the row
 */
struct column {
	const char *title;
	const char *key;
	enum cell_kind kind;
	size_t offset;
};

#define COLUMN(title, member, kind) \
	{ title, #member, kind, offsetof(struct ROW, member) }

#define ROW control_subscriber
static const struct column subscriber_columns[] = {
	COLUMN("EPUID", epuid, CELL_TEXT),
	COLUMN("REGISTERED", registered, CELL_BOOL),
	COLUMN("FROM", addr, CELL_TEXT),
	COLUMN("SINCE", since_s, CELL_S),
	COLUMN("LEFT", left_s, CELL_S),
	COLUMN("AGREEMENTS", agreements, CELL_U32),
	COLUMN("SESSIONS", sessions, CELL_U32),
	COLUMN("REPORTS", reports, CELL_U64),
	{}
};
#undef ROW

#define ROW control_agreement
static const struct column agreement_columns[] = {
	COLUMN("EPUID", epuid, CELL_TEXT),
	COLUMN("ID", id, CELL_U32),
	COLUMN("VERSION", version, CELL_U32),
	COLUMN("PEER", peer, CELL_TEXT),
	COLUMN("CONFIRMED", confirmed, CELL_BOOL),
	COLUMN("MUTUAL", mutual, CELL_BOOL),
	COLUMN("RELAY-ONLY", relay_only, CELL_BOOL),
	COLUMN("WINDOW", window_s, CELL_S32),
	COLUMN("INTERVAL", min_report_ms, CELL_MS),
	COLUMN("TRIGGERS", triggers, CELL_U32),
	{}
};
#undef ROW

#define ROW control_session
static const struct column session_columns[] = {
	COLUMN("SESSION", session, CELL_TEXT),
	COLUMN("REQUESTING", requesting, CELL_TEXT),
	COLUMN("TARGETED", targeted, CELL_TEXT),
	COLUMN("STATE", state, CELL_STATE),
	COLUMN("BY", by, CELL_TEXT),
	COLUMN("AGE", age_s, CELL_S),
	COLUMN("LEFT", left_s, CELL_S),
	COLUMN("PORT-A", port_a, CELL_PORT),
	COLUMN("PORT-B", port_b, CELL_PORT),
	COLUMN("CAUSE", cause, CELL_TEXT),
	{}
};
#undef ROW

#define ROW control_relay
static const struct column relay_columns[] = {
	COLUMN("PORT-A", port_a, CELL_PORT),
	COLUMN("PORT-B", port_b, CELL_PORT),
	COLUMN("SESSION", session, CELL_TEXT),
	COLUMN("OWNER", owner, CELL_TEXT),
	COLUMN("LATCH-A", latch_a, CELL_TEXT),
	COLUMN("LATCH-B", latch_b, CELL_TEXT),
	COLUMN("PACKETS-A", packets_a, CELL_U64),
	COLUMN("BYTES-A", bytes_a, CELL_BYTES),
	COLUMN("PACKETS-B", packets_b, CELL_U64),
	COLUMN("BYTES-B", bytes_b, CELL_BYTES),
	COLUMN("DROPS", drops, CELL_U64),
	COLUMN("FAST", fast, CELL_BOOL),
	COLUMN("LEFT", left_s, CELL_S),
	{}
};
#undef ROW

#define ROW control_line
static const struct column line_columns[] = {
	COLUMN(NULL, text, CELL_TEXT),
	{}
};
#undef ROW

static const struct column *columns_of(enum control_command command)
{
	static const struct column none[] = { {} };

	switch (command) {
	case CONTROL_SUBSCRIBERS:
		return subscriber_columns;
	case CONTROL_AGREEMENTS:
		return agreement_columns;
	case CONTROL_SESSIONS:
		return session_columns;
	case CONTROL_RELAYS:
		return relay_columns;
	case CONTROL_METRICS:
		return line_columns;
	default:
		return none;
	}
}

static uint64_t number(const struct column *column, const union control_row *row)
{
	const void *at = (const char *)row + column->offset;
	uint32_t small;
	uint64_t big;

	switch (column->kind) {
	case CELL_BOOL:
		return *(const bool *)at;
	case CELL_U64:
	case CELL_S:
	case CELL_BYTES:
		memcpy(&big, at, sizeof(big));
		return big;
	default:
		memcpy(&small, at, sizeof(small));
		return small;
	}
}

static void print_seconds(char cell[CELL_SIZE], uint64_t s)
{
	if (s < 60)
		snprintf(cell, CELL_SIZE, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(cell, CELL_SIZE, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(cell, CELL_SIZE, "%" PRIu64 "h%02" PRIu64 "m", s / 3600,
			 s / 60 % 60);
	else
		snprintf(cell, CELL_SIZE, "%" PRIu64 "d%02" PRIu64 "h", s / 86400,
			 s / 3600 % 24);
}

static void print_bytes(char cell[CELL_SIZE], uint64_t bytes)
{
	static const char units[] = "KMGT";
	double value = bytes / 1024.0;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(cell, CELL_SIZE, "%" PRIu64, bytes);
		return;
	}
	for (; value >= 1024 && unit < sizeof(units) - 2; unit++)
		value /= 1024;
	snprintf(cell, CELL_SIZE, "%.1f%c", value, units[unit]);
}

static void print_number(char cell[CELL_SIZE], enum cell_kind kind, uint64_t number)
{
	switch (kind) {
	case CELL_BOOL:
		strcpy(cell, number ? "yes" : "no");
		break;
	case CELL_S:
	case CELL_S32:
		print_seconds(cell, number);
		break;
	case CELL_MS:
		snprintf(cell, CELL_SIZE, "%" PRIu64 "ms", number);
		break;
	case CELL_BYTES:
		print_bytes(cell, number);
		break;
	case CELL_STATE:
		strcpy(cell, pf_session_state_name(number));
		break;
	default:
		if (kind == CELL_PORT && !number)
			strcpy(cell, "-");
		else
			snprintf(cell, CELL_SIZE, "%" PRIu64, number);
		break;
	}
}

static void print_cell(char cell[CELL_SIZE], const struct column *column,
		       const union control_row *row)
{
	const char *text = (const char *)row + column->offset;

	if (column->kind == CELL_TEXT)
		snprintf(cell, CELL_SIZE, "%s", *text ? text : "-");
	else
		print_number(cell, column->kind, number(column, row));
}

static void find_widths(const struct answer *answer, const struct column *columns,
			int width[MAX_COLUMNS])
{
	char cell[CELL_SIZE];

	for (size_t c = 0; columns[c].title; c++) {
		width[c] = strlen(columns[c].title);
		for (size_t i = 0; i < answer->n; i++) {
			print_cell(cell, &columns[c], &answer->row[i]);
			if ((int)strlen(cell) > width[c])
				width[c] = strlen(cell);
		}
	}
}

/* What is behind the last one is nothing. */
static void put_cell(FILE *out, const struct column *column, const char *cell, int width)
{
	if (column[1].title)
		fprintf(out, "%-*s  ", width, cell);
	else
		fprintf(out, "%s\n", cell);
}

static void print_lines(FILE *out, const struct answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		fprintf(out, "%s\n", answer->row[i].line.text);
}

void table_print(FILE *out, const struct answer *answer)
{
	const struct column *columns = columns_of(answer->command);
	int width[MAX_COLUMNS];
	char cell[CELL_SIZE];

	if (!columns->title) {
		print_lines(out, answer);
		return;
	}
	find_widths(answer, columns, width);
	for (size_t c = 0; columns[c].title; c++)
		put_cell(out, &columns[c], columns[c].title, width[c]);
	for (size_t i = 0; i < answer->n; i++) {
		for (size_t c = 0; columns[c].title; c++) {
			print_cell(cell, &columns[c], &answer->row[i]);
			put_cell(out, &columns[c], cell, width[c]);
		}
	}
}

static void print_member(struct json *json, const struct column *column,
			 const union control_row *row)
{
	const char *text = (const char *)row + column->offset;

	switch (column->kind) {
	case CELL_TEXT:
		json_string_or_null(json, column->key, *text, text);
		break;
	case CELL_BOOL:
		json_bool(json, column->key, number(column, row));
		break;
	case CELL_STATE:
		json_string(json, column->key,
			    pf_session_state_name(number(column, row)));
		break;
	case CELL_PORT:
		json_signed_or_null(json, column->key, number(column, row),
				    number(column, row));
		break;
	default:
		json_unsigned(json, column->key, number(column, row));
		break;
	}
}

void table_print_json(FILE *out, const struct answer *answer)
{
	const struct column *columns = columns_of(answer->command);
	struct json json = { .out = out };

	json_array(&json, NULL);
	for (size_t i = 0; i < answer->n; i++) {
		json_object(&json, NULL);
		for (const struct column *column = columns; column->key; column++)
			print_member(&json, column, &answer->row[i]);
		json_object_end(&json);
	}
	json_array_end(&json);
	fputc('\n', out);
}
