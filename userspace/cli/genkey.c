// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"
#include "key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool random_key(uint8_t key[SIDESTEP_KEY_LEN])
{
	ssize_t ret;

	do {
		ret = getrandom(key, SIDESTEP_KEY_LEN, 0);
	} while (ret < 0 && errno == EINTR);
	return ret == SIDESTEP_KEY_LEN;
}

int cli_genkey(struct cli *cli, int argc, char **argv)
{
	uint8_t key[SIDESTEP_KEY_LEN];
	char text[KEY_TEXT_LEN + 1];
	struct stat st;

	if (argc)
		return cli_misuse(cli, "unexpected word '%s'", argv[0]);
	if (!fstat(STDOUT_FILENO, &st) && S_ISREG(st.st_mode) &&
	    st.st_mode & S_IRWXO)
		cli_warn(cli, "the file is accessible to everybody; 'umask 077' before avoids that");
	if (!random_key(key))
		return cli_fail(cli, "no random bytes: %m");
	key_encode(text, key);
	puts(text);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return EXIT_SUCCESS;
}
