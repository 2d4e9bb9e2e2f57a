/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_reader: a configuration while it is read. For conf*.c alone
 */
#ifndef _SIDESTEP_CONF_READER_H
#define _SIDESTEP_CONF_READER_H

#include "conf_key.h"

/**
 * struct conf_draft - a section while it is read
 * @section: what it is
 * @session: what a section [Session] says; its line that of the others, too
 * @key_line: where each key was given, 0 if it was not
 * @again: there was a section of this device before
 * @bad: something of it is wrong
 */
struct conf_draft {
	enum conf_section section;
	struct conf_session session;
	unsigned int key_line[CONF_KEYS];
	bool again;
	bool bad;
};

/**
 * struct conf_reader - the state of conf_parse()
 * @conf: the result
 * @line: number of the line that is read
 * @host: the section [Host]
 * @mno: the section [Mno]
 * @session: the sections [Session], @n_sessions of them
 * @n_sessions: how many
 * @current: the section that is read; NULL: none, or one to be skipped
 * @skip: it is one to be skipped, something was said of it
 * @problem: by line; @n_problems of them, or CONF_MAX_PROBLEMS if that is less
 * @n_problems: how many
 */
struct conf_reader {
	struct conf *conf;
	unsigned int line;
	struct conf_draft host;
	struct conf_draft mno;
	struct conf_draft session[CONF_MAX_SESSIONS];
	size_t n_sessions;
	struct conf_draft *current;
	bool skip;
	struct conf_problem problem[CONF_MAX_PROBLEMS];
	size_t n_problems;
};

/* conf_reader_say() - something is wrong with that line */
void conf_reader_say(struct conf_reader *r, unsigned int line,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* conf_reader_reject() - likewise, and so with the section */
void conf_reader_reject(struct conf_reader *r, struct conf_draft *draft,
			unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * conf_reader_read() - read lines
 * @r: all zero but for @conf
 * @text: the lines, and a NUL behind them; is written to
 * @len: without the NUL
 */
void conf_reader_read(struct conf_reader *r, char *text, size_t len);

/* conf_rules_apply() - all is read: fill in defaults; what is missing, what clashes? */
void conf_rules_apply(struct conf_reader *r);

#endif /* _SIDESTEP_CONF_READER_H */
