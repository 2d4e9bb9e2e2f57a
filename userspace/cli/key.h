/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key: a session's key as text
 */
#ifndef _SIDESTEP_KEY_H
#define _SIDESTEP_KEY_H

#include "../common/base64.h"
#include "cli.h"

#include <linux/sidestep.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum key_limits {
	/* base64 characters of a key */
	KEY_TEXT_LEN = BASE64_LEN(SIDESTEP_KEY_LEN),
};

/* key_encode() - write a key in base64, NUL-terminated */
void key_encode(char text[KEY_TEXT_LEN + 1],
		const uint8_t key[SIDESTEP_KEY_LEN]);

/**
 * key_decode() - read base64
 * @key: the first bytes of the result
 * @text: the text; white space at its end is allowed
 * @len: length of @text
 *
 * Return: the number of bytes that the text holds, which a key's must be
 * SIDESTEP_KEY_LEN, or -EINVAL if it is not base64.
 */
ssize_t key_decode(uint8_t key[SIDESTEP_KEY_LEN], const char *text, size_t len);

/**
 * key_read() - read a key from a file, and warn if everybody may
 * @cli: for messages
 * @word: the keyword that the file was given for
 * @path: the file
 * @key: the result
 *
 * Return: true, or false after an error message.
 */
bool key_read(const struct cli *cli, const char *word, const char *path,
	      uint8_t key[SIDESTEP_KEY_LEN]);

#endif /* _SIDESTEP_KEY_H */
