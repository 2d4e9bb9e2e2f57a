/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIDESTEP_BENCH_MARK_H
#define SIDESTEP_BENCH_MARK_H

/*
 * Instructions that do nothing, and that nothing else contains: `nopl` with an
 * odd displacement. profile.c looks for them.
 */
#define MARK_BEGIN "\x0f\x1f\x80\x51\xde\x57\xe0"
#define MARK_END   "\x0f\x1f\x80\x51\xde\x57\xe1"

enum mark_len { MARK_LEN = sizeof(MARK_BEGIN) - 1 };

static inline void mark_begin(void)
{
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x51, 0xde, 0x57, 0xe0" : : : "memory");
}

static inline void mark_end(void)
{
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x51, 0xde, 0x57, 0xe1" : : : "memory");
}

#endif /* SIDESTEP_BENCH_MARK_H */
