/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8: characters of a text that may be anything (RFC 3629)
 */
#ifndef _SIDESTEP_UTF8_H
#define _SIDESTEP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* utf8_len() - bytes of the character at @s, which ends with NUL; 0 if it is none */
static inline size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t len;
	} forms[] = {
		/* first byte, range of the second, length */
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	if (*s < 0x80)
		return 1;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (*s >= forms[i].first && *s <= forms[i].last)
			break;
	if (i == sizeof(forms) / sizeof(forms[0]) || s[1] < forms[i].low ||
	    s[1] > forms[i].high)
		return 0;
	for (n = 2; n < forms[i].len; n++)
		if ((s[n] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* utf8_is_control() - is the character at @s C0, DEL, or C1 (U+0080 to U+009F)? */
static inline bool utf8_is_control(const unsigned char *s)
{
	return *s < ' ' || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

#endif /* _SIDESTEP_UTF8_H */
