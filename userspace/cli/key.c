// SPDX-License-Identifier: GPL-2.0-or-later
#include "key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void key_encode(char text[KEY_TEXT_LEN + 1], const uint8_t key[SIDESTEP_KEY_LEN])
{
	size_t i, n = 0;

	for (i = 0; i < SIDESTEP_KEY_LEN; i += 3) {
		size_t left = SIDESTEP_KEY_LEN - i;
		uint32_t bits = key[i] << 16;

		bits |= left > 1 ? key[i + 1] << 8 : 0;
		bits |= left > 2 ? key[i + 2] : 0;
		text[n++] = alphabet[bits >> 18 & 63];
		text[n++] = alphabet[bits >> 12 & 63];
		text[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		text[n++] = left > 2 ? alphabet[bits & 63] : '=';
	}
	text[n] = '\0';
}

static size_t trimmed_len(const char *text, size_t len)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return len;
}

static size_t padding_len(const char *text, size_t len)
{
	size_t pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	return pad;
}

ssize_t key_decode(uint8_t key[SIDESTEP_KEY_LEN], const char *text, size_t len)
{
	unsigned int n_bits = 0;
	uint32_t bits = 0;
	size_t i, n = 0;

	len = trimmed_len(text, len);
	if (len % 4)
		return -EINVAL;
	len -= padding_len(text, len);
	for (i = 0; i < len; i++) {
		const char *digit = memchr(alphabet, text[i], 64);

		if (!digit)
			return -EINVAL;
		bits = bits << 6 | (digit - alphabet);
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (n < SIDESTEP_KEY_LEN)
			key[n] = bits >> n_bits;
		n++;
	}
	return bits & ((1u << n_bits) - 1) ? -EINVAL : (ssize_t)n;
}

/* Return: the number of bytes read, or -errno. */
static ssize_t read_file(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t ret;

	do {
		ret = read(fd, buf + n, size - n);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return -errno;
		n += ret;
	} while (ret && n < size);
	return n;
}

static void warn_if_exposed(const struct cli *cli, const char *word,
			    const char *path, int fd)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & S_IRWXO)
		cli_warn(cli, "%s '%s': the file is accessible to everybody",
			 word, path);
}

static bool read_text(const struct cli *cli, const char *word, const char *path,
		      char *text, size_t size, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t ret = -errno;

	if (fd >= 0) {
		warn_if_exposed(cli, word, path, fd);
		ret = read_file(fd, text, size);
		close(fd);
	}
	if (ret < 0) {
		cli_fail(cli, "%s '%s': %s", word, path, strerror(-ret));
		return false;
	}
	*len = ret;
	return true;
}

bool key_read(const struct cli *cli, const char *word, const char *path,
	      uint8_t key[SIDESTEP_KEY_LEN])
{
	char text[512];
	size_t len = 0;
	ssize_t n = 0;
	bool ok;

	ok = read_text(cli, word, path, text, sizeof(text), &len);
	if (ok) {
		n = key_decode(key, text, len);
		ok = n == SIDESTEP_KEY_LEN;
		if (len == sizeof(text))
			cli_fail(cli, "%s '%s': too long for a key", word, path);
		else if (!trimmed_len(text, len))
			cli_fail(cli, "%s '%s': the file is empty", word, path);
		else if (n < 0)
			cli_fail(cli, "%s '%s': the key is not base64", word,
				 path);
		else if (!ok)
			cli_fail(cli, "%s '%s': the key has %zd bytes, not %d",
				 word, path, n, SIDESTEP_KEY_LEN);
	}
	explicit_bzero(text, sizeof(text));
	return ok;
}
