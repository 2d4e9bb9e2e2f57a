// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the words of a selector. Those that are taken are printed
 * as words that make the same selector.
 *
 * Input: words, one a line.
 */
#include "../../userspace/cli/cgroup.h"
#include "../../userspace/cli/protect.h"

#include <assert.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	MAX_WORDS = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Complaints are not looked at here. */
int cli_fail(const struct cli *cli, const char *format, ...)
{
	(void)cli;
	(void)format;
	return EXIT_FAILURE;
}

int cli_misuse(const struct cli *cli, const char *format, ...)
{
	(void)cli;
	(void)format;
	return EXIT_FAILURE;
}

/* Nothing is sent here. */
bool cli_open(const struct cli *cli, struct genl *genl)
{
	(void)cli;
	(void)genl;
	return false;
}

const char *cli_reason(const struct cli *cli, const struct ack *ack)
{
	(void)cli;
	return ack->text;
}

/* In this test a cgroup's path is its id, with "#" before it. */
const char *cgroup_id(const char *path, uint64_t *id)
{
	char *end;

	*id = strtoull(path + 1, &end, 10);
	return *path == '#' && end != path + 1 && !*end ? NULL : "no cgroup";
}

const char *cgroup_path(uint64_t id, char path[PATH_MAX])
{
	(void)id;
	(void)path;
	return NULL;
}

static int split(char *text, char **words, const char *between)
{
	char *rest = text;
	int n = 0;

	while (rest && n < MAX_WORDS) {
		words[n] = strsep(&rest, between);
		n++;
	}
	return n;
}

/* Return: how many words were taken, or -1. */
static int parse(struct selector *selector, int n, char **words)
{
	static const struct cli cli = { .dev = "p2p0" };
	char *line[MAX_WORDS + 1];
	struct request req;
	uint32_t start;
	int taken;

	request_begin(&req, &cli, SIDESTEP_CMD_SET);
	start = req.msg->nlmsg_len;
	line[0] = "protect";
	memcpy(line + 1, words, n * sizeof(*words));
	taken = protect_put(&req, SIDESTEP_A_SELECTOR, n + 1, line);
	assert(taken <= n && req.msg->nlmsg_len <= sizeof(req.buf));
	if (taken >= 0)
		assert(selector_parse((void *)(req.buf + start), selector) ==
		       MNL_CB_OK);
	return taken;
}

static void check(const struct selector *selector)
{
	char *words[MAX_WORDS], *text = NULL;
	struct selector again;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int n;

	assert(out);
	protect_print(out, selector);
	fclose(out);
	n = split(text, words, " ");
	assert(parse(&again, n, words) == n);
	assert(!memcmp(selector, &again, sizeof(again)));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[MAX_WORDS], *text;
	struct selector selector;
	int n, taken;

	text = malloc(size + 1);
	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	n = split(text, words, "\n");
	taken = parse(&selector, n, words);
	if (taken > 0 && selector.has)
		check(&selector);
	free(text);
	return 0;
}
