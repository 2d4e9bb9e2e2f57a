// SPDX-License-Identifier: GPL-2.0-or-later
#include "key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void key_encode(char text[KEY_TEXT_LEN + 1], const uint8_t key[SIDESTEP_KEY_LEN])
{
	base64_encode(text, key, SIDESTEP_KEY_LEN);
}

static size_t trimmed_len(const char *text, size_t len)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return len;
}

ssize_t key_decode(uint8_t key[SIDESTEP_KEY_LEN], const char *text, size_t len)
{
	return base64_decode(key, SIDESTEP_KEY_LEN, text, trimmed_len(text, len));
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
