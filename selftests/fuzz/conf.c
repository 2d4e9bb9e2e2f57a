// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: a configuration of the helper. What is taken from it is written
 * down again, read again, and must be the same.
 *
 * Input: the file; if it begins with "+", then what stands behind a good session.
 */
#include "../../userspace/common/conf.h"
#include "../../userspace/common/base64.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD "[Mno]\nFunction=198.51.100.7\nCertificate=/c\nKey=/k\nAuthority=/a\n" \
	     "[Session p2p0]\nPeer=bob\n"					\
	     "PeerKey=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"	\
	     "Modem=wwan0\nDirect="

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	size_t n;
	unsigned int line;
	unsigned int lines;
};

static void hear(const struct conf_problem *problem, void *data)
{
	struct told *told = data;
	const char *at = problem->text;

	assert(*at && memchr(at, '\0', sizeof(problem->text)));
	for (; *at; at++)
		assert(!iscntrl((unsigned char)*at));
	assert(problem->line >= told->line && problem->line <= told->lines);
	told->line = problem->line;
	told->n++;
}

static void no_problem(const struct conf_problem *problem, void *data)
{
	(void)data;
	fprintf(stderr, "line %u: %s\n", problem->line, problem->text);
	abort();
}

static void check_name(const char *name, size_t size)
{
	size_t len = strnlen(name, size);

	assert(len && len < size);
	for (size_t i = len; i < size; i++)
		assert(!name[i]);
}

static void check_session(const struct conf_session *s)
{
	check_name(s->device, sizeof(s->device));
	check_name(s->peer, sizeof(s->peer));
	check_name(s->direct, sizeof(s->direct));
	check_name(s->modem, sizeof(s->modem));
	check_name(s->tunnel, sizeof(s->tunnel));
	assert(strcmp(s->direct, s->modem) && strcmp(s->tunnel, s->device));
	assert(s->line && s->keepalive_s);
}

static void write_endpoint(FILE *out, const char *key,
			   const struct sockaddr_storage *endpoint)
{
	const struct sockaddr_in6 *in6 = (const void *)endpoint;
	const struct sockaddr_in *in = (const void *)endpoint;
	char text[INET6_ADDRSTRLEN];

	if (endpoint->ss_family == AF_INET)
		fprintf(out, "%s=%s:%u\n", key,
			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
			ntohs(in->sin_port));
	if (endpoint->ss_family == AF_INET6)
		fprintf(out, "%s=[%s]:%u\n", key,
			inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)),
			ntohs(in6->sin6_port));
}

static void write_session(FILE *out, const struct conf_session *s)
{
	char key[BASE64_LEN(CONF_KEY_LEN) + 1];

	base64_encode(key, s->peer_key, CONF_KEY_LEN);
	fprintf(out, "[Session %s]\nPeer=%s\nPeerKey=%s\nDirect=%s\nModem=%s\n",
		s->device, s->peer, key, s->direct, s->modem);
	fprintf(out, "Tunnel=%s\nKeepalive=%u\nStandby=%s\n", s->tunnel,
		s->keepalive_s,
		s->standby == CONF_STANDBY_WARM ? "warm" : "cold");
	if (s->listen_port)
		fprintf(out, "ListenPort=%u\n", s->listen_port);
	if (*s->peer_epuid)
		fprintf(out, "PeerEPUID=%s\n", s->peer_epuid);
	fprintf(out, "RelayOnly=%s\n", s->relay_only ? "yes" : "no");
	write_endpoint(out, "Endpoint", &s->endpoint);
}

static void write_mno(FILE *out, const struct conf_mno *mno)
{
	/* Sessions may need one, though it was bad. */
	if (!mno->line) {
		fputs("[Mno]\nFunction=192.0.2.1\nCertificate=/c\nKey=/k\nAuthority=/a\n", out);
		return;
	}
	fprintf(out, "[Mno]\nCertificate=%s\nKey=%s\nAuthority=%s\n",
		mno->certificate, mno->key, mno->authority);
	write_endpoint(out, "Function", &mno->function);
}

static char *write_down(const struct conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert(out);
	fprintf(out, "[Host]\n");
	if (*conf->name)
		fprintf(out, "Name=%s\n", conf->name);
	if (*conf->metrics_file)
		fprintf(out, "MetricsFile=%s\n", conf->metrics_file);
	write_mno(out, &conf->mno);
	for (size_t i = 0; i < conf->n_sessions; i++)
		write_session(out, &conf->session[i]);
	fclose(out);
	return text;
}

static void read_again(const struct conf *conf)
{
	struct conf again;
	size_t len;
	char *text = write_down(conf, &len);

	assert(!conf_parse(&again, text, len, no_problem, NULL));
	assert(!strcmp(again.name, conf->name));
	assert(!strcmp(again.metrics_file, conf->metrics_file));
	again.mno.line = conf->mno.line;
	assert(!conf->mno.line || !memcmp(&again.mno, &conf->mno, sizeof(conf->mno)));
	assert(again.n_sessions == conf->n_sessions);
	for (size_t i = 0; i < conf->n_sessions; i++) {
		again.session[i].line = conf->session[i].line;
		assert(!memcmp(&again.session[i], &conf->session[i],
			       sizeof(conf->session[i])));
		assert(conf_find(conf, again.session[i].device) ==
		       &conf->session[i]);
	}
	conf_free(&again);
	free(text);
}

/* Exactly as long as the file, so that a look beyond is seen. */
static char *make_file(const uint8_t *data, size_t *size)
{
	size_t before = *size && *data == '+' ? strlen(GOOD) : 0;
	size_t skip = !!before;
	char *text = malloc(before + *size + !*size);

	assert(text);
	memcpy(text, GOOD, before);
	if (*size)
		memcpy(text + before, data + skip, *size - skip);
	*size += before - skip;
	return realloc(text, *size + !*size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told told = { .lines = 1 };
	char *text = make_file(data, &size);
	struct conf conf;
	size_t n;

	for (size_t i = 0; i < size; i++)
		told.lines += text[i] == '\n';
	n = conf_parse(&conf, text, size, hear, &told);
	assert(n == told.n || (n > told.n && told.n == CONF_MAX_PROBLEMS));
	for (size_t i = 0; i < conf.n_sessions; i++)
		check_session(&conf.session[i]);
	read_again(&conf);
	conf_free(&conf);
	free(text);
	return 0;
}
