// SPDX-License-Identifier: GPL-2.0-or-later
#include "nft.h"

#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * struct nft - see there
 * @ctx: libnftables
 * @commands: what is gathered; NULL: there was no memory, and something is missing
 * @text: its text
 * @size: its length
 */
struct nft {
	struct nft_ctx *ctx;
	FILE *commands;
	char *text;
	size_t size;
};

void nft_forget(struct nft *nft)
{
	if (nft->commands)
		fclose(nft->commands);
	free(nft->text);
	nft->text = NULL;
	nft->size = 0;
	nft->commands = open_memstream(&nft->text, &nft->size);
}

/* Where libnftables gets no socket it ends the process. */
static bool can_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

struct nft *nft_open(void)
{
	struct nft *nft = can_open() ? calloc(1, sizeof(*nft)) : NULL;

	if (!nft)
		return NULL;
	nft_forget(nft);
	nft->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (nft->ctx && nft->commands && !nft_ctx_buffer_output(nft->ctx) &&
	    !nft_ctx_buffer_error(nft->ctx))
		return nft;
	nft_close(nft);
	return NULL;
}

void nft_close(struct nft *nft)
{
	if (!nft)
		return;
	if (nft->commands)
		fclose(nft->commands);
	free(nft->text);
	if (nft->ctx)
		nft_ctx_free(nft->ctx);
	free(nft);
}

void nft_add(struct nft *nft, const char *format, ...)
{
	va_list args;

	if (!nft->commands)
		return;
	va_start(args, format);
	vfprintf(nft->commands, format, args);
	va_end(args);
}

static int run(struct nft *nft, const char *text, const char **why)
{
	static const char label[] = "Error: ";
	char *error;
	int failed;

	failed = nft_run_cmd_from_buffer(nft->ctx, text);
	error = (char *)nft_ctx_get_error_buffer(nft->ctx);
	if (!failed)
		return 0;
	error[strcspn(error, "\n")] = 0;
	*why = strncmp(error, label, strlen(label)) ? error : error + strlen(label);
	return -EIO;
}

int nft_commit(struct nft *nft, const char **why)
{
	int err = -EIO;

	*why = "no memory";
	if (nft->commands && !fflush(nft->commands))
		err = nft->size ? run(nft, nft->text, why) : 0;
	nft_forget(nft);
	return err;
}

char *nft_ask(struct nft *nft, const char *command, const char **why)
{
	char *text;
	int err;

	err = run(nft, command, why);
	text = strdup(nft_ctx_get_output_buffer(nft->ctx));
	if (!err && text)
		return text;
	free(text);
	return NULL;
}
