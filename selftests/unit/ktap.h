/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test cases in KTAP. A case is a function; EXPECT() in it says what holds.
 */
#ifndef _SELFTESTS_KTAP_H
#define _SELFTESTS_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * struct ktap_case - a named test
 * @name: what holds if it passes
 * @run: the test
 */
struct ktap_case {
	const char *name;
	void (*run)(void);
};

#define KTAP_CASES(cases) cases, sizeof(cases) / sizeof((cases)[0])
#define EXPECT(holds) ktap_expect(holds, __LINE__, "%s", #holds)

/* One for all files of a test. */
__attribute__((weak)) bool ktap_case_failed;

static inline void __attribute__((format(printf, 3, 4)))
ktap_expect(bool holds, int line, const char *format, ...)
{
	va_list args;

	if (holds)
		return;
	ktap_case_failed = true;
	printf("# line %d: ", line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static inline int ktap_run(const struct ktap_case *cases, size_t count)
{
	bool failed = false;

	printf("KTAP version 1\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		ktap_case_failed = false;
		cases[i].run();
		printf("%s %zu %s\n", ktap_case_failed ? "not ok" : "ok", i + 1,
		       cases[i].name);
		fflush(stdout);
		failed |= ktap_case_failed;
	}
	return failed;
}

#endif /* _SELFTESTS_KTAP_H */
