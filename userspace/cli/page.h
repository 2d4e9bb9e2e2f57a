/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page: text for people: labels, units, colours
 */
#ifndef _SIDESTEP_PAGE_H
#define _SIDESTEP_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct page - where the text for people goes
 * @out: the file
 * @bold: terminal sequences, "" without colour
 * @good: likewise
 * @bad: likewise
 * @plain: ends them
 */
struct page {
	FILE *out;
	const char *bold, *good, *bad, *plain;
};

/* page_init() - a page on @out */
void page_init(struct page *page, FILE *out, bool colour);

/* page_label() - all values begin in the same column */
void page_label(const struct page *page, int indent, const char *label);

void page_ms(FILE *out, uint64_t ms);
void page_us(FILE *out, uint64_t us);
void page_bytes(FILE *out, uint64_t bytes);

#endif /* _SIDESTEP_PAGE_H */
