// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf_reader.h"
#include "nearest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	/* Of a value, in a message. */
	SHOWN_SIZE = 64,
};

static const char *const section_name[] = {
	[CONF_SECTION_HOST] = "Host",
	[CONF_SECTION_MNO] = "Mno",
	[CONF_SECTION_SESSION] = "Session",
};

static const char *const section_title[] = {
	[CONF_SECTION_HOST] = "Host",
	[CONF_SECTION_MNO] = "Mno",
	[CONF_SECTION_SESSION] = "Session DEVICE",
};

/* What somebody has written, fit for a message. */
static const char *shown(char buf[SHOWN_SIZE], const char *text)
{
	size_t i;

	for (i = 0; text[i] && i < SHOWN_SIZE - 1; i++)
		buf[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	buf[i] = '\0';
	if (text[i])
		strcpy(buf + SHOWN_SIZE - 4, "...");
	return buf;
}

/* Room for one of that line, behind what was said of it before. */
static struct conf_problem *add_problem(struct conf_reader *r, unsigned int line)
{
	size_t n = r->n_problems++;
	struct conf_problem *at;

	if (n >= CONF_MAX_PROBLEMS)
		return NULL;
	for (at = r->problem + n; at > r->problem && at[-1].line > line; at--)
		at[0] = at[-1];
	at->line = line;
	return at;
}

static void say(struct conf_reader *r, unsigned int line, const char *format,
		va_list args)
{
	struct conf_problem *problem = add_problem(r, line);

	if (problem)
		vsnprintf(problem->text, sizeof(problem->text), format, args);
}

void conf_reader_say(struct conf_reader *r, unsigned int line,
		     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(r, line, format, args);
	va_end(args);
}

void conf_reader_reject(struct conf_reader *r, struct conf_draft *draft,
			unsigned int line, const char *format, ...)
{
	va_list args;

	draft->bad = true;
	va_start(args, format);
	say(r, line, format, args);
	va_end(args);
}

static char *trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* --- sections --- */

static void skip_section(struct conf_reader *r)
{
	r->current = NULL;
	r->skip = true;
}

static void begin_section(struct conf_reader *r, struct conf_draft *draft)
{
	draft->session.line = r->line;
	r->current = draft;
	r->skip = false;
}

/* [Host] and [Mno] */
static void read_single_header(struct conf_reader *r, struct conf_draft *draft,
			       const char *operand)
{
	const char *name = section_name[draft->section];
	char buf[SHOWN_SIZE];
	unsigned int before = draft->session.line;

	if (before)
		conf_reader_say(r, r->line, "[%s] was there in line %u already",
				name, before);
	else if (*operand)
		conf_reader_say(r, r->line,
				"'%s': [%s] has nothing behind its name",
				shown(buf, operand), name);
	if (!before)
		begin_section(r, draft);
	else
		skip_section(r);
}

static const struct conf_draft *find_session(const struct conf_reader *r,
					     const char *device)
{
	for (size_t i = 0; i < r->n_sessions; i++)
		if (!strcmp(r->session[i].session.device, device))
			return &r->session[i];
	return NULL;
}

static void name_session(struct conf_reader *r, struct conf_draft *draft,
			 const char *device)
{
	const char *fault = conf_key_device_fault(device);
	const struct conf_draft *before = find_session(r, device);
	char buf[SHOWN_SIZE];

	if (!*device) {
		conf_reader_reject(r, draft, r->line,
				   "[Session] of which device? say [Session DEVICE]");
	} else if (fault) {
		conf_reader_reject(r, draft, r->line, "[Session %s]: %s",
				   shown(buf, device), fault);
	} else if (before) {
		draft->again = true;
		conf_reader_reject(r, draft, r->line,
				   "[Session %s] was there in line %u already",
				   device, before->session.line);
	} else {
		strcpy(draft->session.device, device);
	}
}

static void read_session_header(struct conf_reader *r, const char *operand)
{
	struct conf_draft *draft;

	if (r->n_sessions == CONF_MAX_SESSIONS) {
		conf_reader_say(r, r->line, "more than %d sessions",
				CONF_MAX_SESSIONS);
		skip_section(r);
		return;
	}
	draft = &r->session[r->n_sessions];
	draft->section = CONF_SECTION_SESSION;
	begin_section(r, draft);
	name_session(r, draft, operand);
	r->n_sessions++;
}

static void refuse_section(struct conf_reader *r, const char *name)
{
	size_t host = nearest_distance(name, "Host");
	size_t mno = nearest_distance(name, "Mno");
	size_t session = nearest_distance(name, "Session");
	char buf[SHOWN_SIZE];

	conf_reader_say(r, r->line, "unknown section [%s]%s", shown(buf, name),
			host < session && host < mno ? "; do you mean [Host]?" :
			mno < session ? "; do you mean [Mno]?" :
			session < mno ? "; do you mean [Session DEVICE]?" :
			": there are [Host], [Mno] and [Session DEVICE]");
	skip_section(r);
}

static void read_header(struct conf_reader *r, char *text)
{
	size_t len = strlen(text);
	char buf[SHOWN_SIZE];
	char *name, *operand;

	if (text[len - 1] != ']') {
		conf_reader_say(r, r->line,
				"'%s': a section's line ends with ']'",
				shown(buf, text));
		skip_section(r);
		return;
	}
	text[len - 1] = '\0';
	name = trim(text + 1);
	operand = name + strcspn(name, " \t");
	if (*operand)
		*operand++ = '\0';
	operand = trim(operand);
	if (!strcmp(name, "Host"))
		read_single_header(r, &r->host, operand);
	else if (!strcmp(name, "Mno"))
		read_single_header(r, &r->mno, operand);
	else if (!strcmp(name, "Session"))
		read_session_header(r, operand);
	else
		refuse_section(r, name);
}

/* --- keys --- */

static bool is_of_section(const struct conf_reader *r, const struct conf_key *key)
{
	return r->current->section == key->section;
}

/* Of this section: those of others are found if spelled well. */
static void refuse_key(struct conf_reader *r, const char *name)
{
	const char *section = section_name[r->current->section];
	size_t distance, least = SIZE_MAX;
	const struct conf_key *key, *nearest = NULL;
	char buf[SHOWN_SIZE];

	for (key = conf_key; key < conf_key + CONF_KEYS; key++) {
		distance = nearest_distance(name, key->name);
		if (!is_of_section(r, key) && distance)
			continue;
		if (distance < least) {
			least = distance;
			nearest = key;
		}
	}
	if (nearest && !is_of_section(r, nearest))
		conf_reader_reject(r, r->current, r->line,
				   "%s= is not for [%s], but for [%s]",
				   nearest->name, section,
				   section_title[nearest->section]);
	else
		conf_reader_reject(r, r->current, r->line,
				   "unknown key '%s' in [%s]%s%s%s",
				   shown(buf, name), section,
				   nearest ? "; do you mean " : "",
				   nearest ? nearest->name : "",
				   nearest ? "=?" : "");
}

static const struct conf_key *find_key(const struct conf_reader *r,
				       const char *name)
{
	const struct conf_key *key;

	for (key = conf_key; key < conf_key + CONF_KEYS; key++)
		if (is_of_section(r, key) && !strcmp(key->name, name))
			return key;
	return NULL;
}

static void set_key(struct conf_reader *r, const struct conf_key *key,
		    const char *value)
{
	struct conf_draft *draft = r->current;
	char buf[SHOWN_SIZE];
	const char *fault;

	if (key->set_conf)
		fault = key->set_conf(r->conf, value);
	else
		fault = key->set_session(&draft->session, value);
	if (fault)
		conf_reader_reject(r, draft, r->line, "%s=%s: %s%s", key->name,
				   shown(buf, value), fault,
				   strpbrk(value, "#;") ?
				   " (a comment needs a line of its own)" : "");
}

static void read_key(struct conf_reader *r, const char *name, const char *value)
{
	const struct conf_key *key = find_key(r, name);
	struct conf_draft *draft = r->current;
	unsigned int *line;

	if (!key) {
		refuse_key(r, name);
		return;
	}
	line = &draft->key_line[key - conf_key];
	if (*line)
		conf_reader_reject(r, draft, r->line,
				   "%s= was given in line %u already",
				   key->name, *line);
	else if (!*value)
		conf_reader_reject(r, draft, r->line, "%s= has no value: %s%s",
				   key->name, key->value,
				   key->needed ? "" : ", or no such line");
	else
		set_key(r, key, value);
	if (!*line)
		*line = r->line;
}

static void read_assignment(struct conf_reader *r, char *text)
{
	char *equals = strchr(text, '=');
	char buf[SHOWN_SIZE];

	if (r->skip)
		return;
	if (!equals || equals == text) {
		conf_reader_say(r, r->line,
				"'%s' is no section, no KEY=VALUE and no comment",
				shown(buf, text));
		if (r->current)
			r->current->bad = true;
	} else if (!r->current) {
		conf_reader_say(r, r->line,
				"'%s' is in no section: [Host], [Mno] or [Session DEVICE] comes first",
				shown(buf, text));
	} else {
		*equals = '\0';
		read_key(r, trim(text), trim(equals + 1));
	}
}

/* --- lines --- */

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)text[i]) && !isspace((unsigned char)text[i]))
			return true;
	return false;
}

/* @text has @len characters and a NUL. */
static void read_line(struct conf_reader *r, char *text, size_t len)
{
	bool control = has_control(text, len);
	char *line = trim(text);

	if (*line == '#' || *line == ';')
		return;
	if (control) {
		conf_reader_say(r, r->line, "a control character");
		if (r->current)
			r->current->bad = true;
	} else if (*line == '[') {
		read_header(r, line);
	} else if (*line) {
		read_assignment(r, line);
	}
}

void conf_reader_read(struct conf_reader *r, char *text, size_t len)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *end = text + len, *newline;

	if (!strncmp(text, byte_order_mark, 3))
		text += 3;
	for (; text < end; text = newline + 1) {
		newline = memchr(text, '\n', end - text);
		if (!newline)
			newline = end;
		*newline = '\0';
		r->line++;
		read_line(r, text, newline - text);
	}
}
