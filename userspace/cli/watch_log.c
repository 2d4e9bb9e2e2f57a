// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

void watch_log_add(struct watch_log *log, const char *format, ...)
{
	char *line = log->line[log->count++ % WATCH_LOG_LINES];
	time_t now = time(NULL);
	struct tm local;
	va_list args;
	size_t len;

	localtime_r(&now, &local);
	len = strftime(line, WATCH_LOG_SIZE, "%H:%M:%S ", &local);
	va_start(args, format);
	vsnprintf(line + len, WATCH_LOG_SIZE - len, format, args);
	va_end(args);
}

const char *watch_log_line(const struct watch_log *log, size_t age)
{
	if (age >= log->count || age >= WATCH_LOG_LINES)
		return NULL;
	return log->line[(log->count - 1 - age) % WATCH_LOG_LINES];
}
