// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const struct page coloured = {
	.bold = "\033[1m",
	.good = "\033[32m",
	.bad = "\033[31m",
	.plain = "\033[0m",
};

static const struct page black_and_white = {
	.bold = "",
	.good = "",
	.bad = "",
	.plain = "",
};

void page_init(struct page *page, FILE *out, bool colour)
{
	*page = colour ? coloured : black_and_white;
	page->out = out;
}

void page_label(const struct page *page, int indent, const char *label)
{
	fprintf(page->out, "%*s%s%s:%s%*s", indent, "", page->bold, label,
		page->plain, 14 - indent - (int)strlen(label), "");
}

void page_ms(FILE *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		fprintf(out, "%.1f s", ms / 1000.0);
	else if (s < 3600)
		fprintf(out, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		fprintf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			s / 60 % 60);
}

void page_us(FILE *out, uint64_t us)
{
	if (us < 1000)
		fprintf(out, "%" PRIu64 " us", us);
	else if (us < 1000000)
		fprintf(out, "%.1f ms", us / 1000.0);
	else
		page_ms(out, us / 1000);
}

void page_bytes(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = bytes / 1024.0;
	size_t unit = 0;

	if (bytes < 1024) {
		fprintf(out, "%" PRIu64 " B", bytes);
		return;
	}
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	fprintf(out, "%.2f %s", value, units[unit]);
}
