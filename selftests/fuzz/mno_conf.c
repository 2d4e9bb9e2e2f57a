// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: a configuration of the function. It is good and whole, or one
 * problem is told, with its line.
 *
 * Input: the file; if it begins with "+", then what stands behind a good one.
 */
#include "../../userspace/mno/mno_conf.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD "[Function]\nPFID=a.example\nListen=192.0.2.1\nCertificate=/c\nKey=/k\n"	\
	     "Authority=/a\nRelayAddress=192.0.2.1\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as long as the file, so that a look beyond is seen. */
static char *make_file(const uint8_t *data, size_t *size)
{
	size_t before = *size && *data == '+' ? strlen(GOOD) : 0;
	size_t skip = !!before;
	char *text = malloc(before + *size + 1);

	assert(text);
	memcpy(text, GOOD, before);
	if (*size)
		memcpy(text + before, data + skip, *size - skip);
	*size += before - skip;
	return realloc(text, *size + !*size);
}

static void check_problem(const char *problem, unsigned int lines)
{
	unsigned int line;

	assert(memchr(problem, '\0', MNO_CONF_PROBLEM_SIZE));
	assert(sscanf(problem, "line %u: ", &line) == 1 && line <= lines);
}

static void check_conf(const struct mno_conf *conf)
{
	assert(!pf_pfid_fault(conf->pfid));
	assert(conf->listen.ss_family && *conf->ue.cert && *conf->ue.key && *conf->ue.ca);
	assert(conf->relays.port_min && conf->relays.port_min < conf->relays.port_max);
	assert(conf->relays.listen4.s_addr || !IN6_IS_ADDR_UNSPECIFIED(&conf->relays.listen6));
	assert(conf->n_peers <= MNO_CONF_MAX_PEERS);
	assert(conf->own.n <= MNO_MAX_NETWORKS &&
	       conf->nat.behind.n <= MNO_MAX_NETWORKS);
	assert(!*conf->nat.device || (conf->nat.addr.s_addr && conf->nat.behind.n &&
				       conf->nat.port_min < conf->nat.port_max));
	assert(!conf->n_peers || *conf->peer.cert);
	for (size_t i = 0; i < conf->n_peers; i++) {
		assert(!pf_pfid_fault(conf->peers[i].pfid));
		assert(mno_conf_find(conf, conf->peers[i].pfid) == &conf->peers[i]);
		mno_conf_is_own(conf, &conf->peers[i].addr);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mno_conf conf;
	char problem[MNO_CONF_PROBLEM_SIZE];
	char *text = make_file(data, &size);
	unsigned int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	if (mno_conf_parse(&conf, text, size, problem))
		check_conf(&conf);
	else
		check_problem(problem, lines);
	free(text);
	return 0;
}
