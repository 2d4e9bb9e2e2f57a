// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jget: values from a JSON text on stdin, for shell scripts
 *
 * "jget a.0.b ip=x.y" prints one line per path. A part of a path is a key, an
 * index, or "key=value": the first object of an array with that member.
 * "jget -l a" prints a line "key value" for each member of the object at a.
 */
#include "common.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum limits {
	PART_MAX = 128,
	DEPTH_MAX = 32,
};

/**
 * struct span - a piece of the text
 * @at: its begin
 * @end: one past its end
 */
struct span {
	const char *at;
	const char *end;
};

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	if (!*p)
		die("string without an end");
	return p + 1;
}

static const char *skip_value(const char *p, int depth);

static const char *skip_members(const char *p, char close, int depth)
{
	if (depth > DEPTH_MAX)
		die("too deep");
	p = skip_space(p + 1);
	while (*p && *p != close) {
		p = skip_space(skip_value(p, depth + 1));
		if (*p == ',' || *p == ':')
			p = skip_space(p + 1);
		else if (*p != close)
			die("expected '%c' at: %.20s", close, p);
	}
	if (!*p)
		die("'%c' is missing", close);
	return p + 1;
}

static const char *skip_value(const char *p, int depth)
{
	size_t len;

	if (*p == '"')
		return skip_string(p);
	if (*p == '{')
		return skip_members(p, '}', depth);
	if (*p == '[')
		return skip_members(p, ']', depth);
	len = strcspn(p, ",:]} \t\r\n");
	if (!len)
		die("expected a value at: %.20s", p);
	return p + len;
}

static struct span value_at(const char *p)
{
	p = skip_space(p);
	return (struct span){ p, skip_value(p, 0) };
}

/* Return: @s without its quotes. */
static struct span unquoted(struct span s)
{
	if (s.at != s.end && *s.at == '"')
		return (struct span){ s.at + 1, s.end - 1 };
	return s;
}

static bool span_is(struct span s, const char *text, size_t len)
{
	s = unquoted(s);
	return (size_t)(s.end - s.at) == len && !memcmp(s.at, text, len);
}

/*
 * Steps to the next element of an array or member of an object.
 * @at: begin, or the end of the last value
 * @key: set for objects
 */
static bool next_member(const char **at, struct span *key, struct span *value)
{
	const char *p = skip_space(*at);

	if (*p == '{' || *p == '[' || *p == ',')
		p = skip_space(p + 1);
	if (*p == '}' || *p == ']')
		return false;
	*value = value_at(p);
	p = skip_space(value->end);
	if (*p == ':') {
		*key = *value;
		*value = value_at(p + 1);
	}
	*at = value->end;
	return true;
}

static bool has_member(struct span object, const char *key, size_t key_len,
		       const char *text)
{
	const char *at = object.at;
	struct span k = { 0 }, v;

	while (*object.at == '{' && next_member(&at, &k, &v))
		if (span_is(k, key, key_len))
			return span_is(v, text, strlen(text));
	return false;
}

static bool part_matches(const char *part, int index, struct span key, struct span value)
{
	const char *equals = strchr(part, '=');
	char *end;

	if (key.at)
		return span_is(key, part, strlen(part));
	if (equals)
		return has_member(value, part, (size_t)(equals - part), equals + 1);
	return strtol(part, &end, 10) == index && !*end;
}

/* Return: what @part names in @in, or a span of NULL. */
static struct span find_part(struct span in, const char *part)
{
	struct span key = { 0 }, value;
	const char *at = in.at;
	int i;

	if (*in.at == '{' || *in.at == '[')
		for (i = 0; next_member(&at, &key, &value); i++)
			if (part_matches(part, i, key, value))
				return value;
	return (struct span){ 0 };
}

static struct span find_path(struct span in, const char *path)
{
	char part[PART_MAX];

	while (in.at && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(part))
			die("path is too long");
		memcpy(part, path, len);
		part[len] = 0;
		in = find_part(in, part);
		path += len + (path[len] == '.');
	}
	return in;
}

static void print_span(struct span s, char end)
{
	s = unquoted(s);
	printf("%.*s%c", (int)(s.end - s.at), s.at, end);
}

static void list_members(struct span object)
{
	struct span key = { 0 }, value;
	const char *at = object.at;

	while (next_member(&at, &key, &value)) {
		print_span(key, ' ');
		print_span(value, '\n');
	}
}

static char *read_all(FILE *f)
{
	size_t len = 0, room = 65536, n;
	char *text = xrealloc(NULL, room);

	while ((n = fread(text + len, 1, room - len - 1, f)) > 0) {
		len += n;
		if (len + 1 == room)
			text = xrealloc(text, room *= 2);
	}
	text[len] = 0;
	return text;
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && !strcmp(argv[1], "-l");
	struct span all, found;
	int i, missing = 0;

	all = value_at(read_all(stdin));
	for (i = list ? 2 : 1; i < argc; i++) {
		found = find_path(all, argv[i]);
		if (!found.at)
			missing = 1;
		else if (list)
			list_members(found);
		if (!list)
			print_span(found, '\n');
	}
	return missing;
}
