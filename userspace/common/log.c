// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Which line of this file says something is no news. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

enum log_limits {
	/* What is longer is cut. */
	LOG_TEXT_SIZE = 1024,
	/* Of a message in the journal. */
	FIELDS = 5,
};

/* systemd.exec(5): the variable may have been inherited, so stderr must be the same. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}

static bool is_wanted(int priority)
{
	const char *debug;

	if (priority != LOG_DEBUG)
		return true;
	debug = getenv("SIDESTEP_DEBUG");
	return debug && !strcmp(debug, "1");
}

static void hide_control(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			*text = '?';
}

static void to_journal(int priority, const char *session, const char *decision,
		       const char *text)
{
	char buf[FIELDS][LOG_TEXT_SIZE];
	struct iovec field[FIELDS];
	char digit[2] = { '0' + priority, 0 };
	const char *const said[FIELDS][2] = {
		{ "MESSAGE", text },
		{ "PRIORITY", digit },
		{ "SYSLOG_IDENTIFIER", program_invocation_short_name },
		{ "SIDESTEP_SESSION", session },
		{ "SIDESTEP_DECISION", decision },
	};
	int n = 0;

	for (int i = 0; i < FIELDS; i++) {
		if (!said[i][1])
			continue;
		snprintf(buf[n], sizeof(buf[n]), "%s=%s", said[i][0], said[i][1]);
		field[n].iov_base = buf[n];
		field[n].iov_len = strlen(buf[n]);
		n++;
	}
	sd_journal_sendv(field, n);
}

static void to_stderr(const char *session, const char *text)
{
	dprintf(STDERR_FILENO, "%s: %s%s%s\n", program_invocation_short_name,
		session ?: "", session ? ": " : "", text);
}

static void say(int priority, const char *session, const char *decision,
		char *text)
{
	hide_control(text);
	if (stderr_is_journal())
		to_journal(priority, session, decision, text);
	else
		to_stderr(session, text);
}

void log_say(int priority, const char *session, const char *format, ...)
{
	char text[LOG_TEXT_SIZE];
	int saved = errno;
	va_list args;

	if (!is_wanted(priority))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(priority, session, NULL, text);
	errno = saved;
}

void log_decision(const char *session, const char *decision, const char *reason)
{
	char text[LOG_TEXT_SIZE];
	int saved = errno;

	snprintf(text, sizeof(text), "%s", *reason ? reason : decision);
	say(LOG_NOTICE, session, decision, text);
	errno = saved;
}
