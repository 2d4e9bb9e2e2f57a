// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf.h"
#include "conf_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool take_sessions(struct conf *conf, const struct conf_reader *r)
{
	if (!r->n_sessions)
		return true;
	conf->session = calloc(r->n_sessions, sizeof(*conf->session));
	if (!conf->session)
		return false;
	for (size_t i = 0; i < r->n_sessions; i++)
		if (!r->session[i].bad)
			memcpy(&conf->session[conf->n_sessions++],
			       &r->session[i].session, sizeof(*conf->session));
	return true;
}

static size_t tell(conf_problem_cb cb, void *data, const char *text)
{
	struct conf_problem problem = {};

	snprintf(problem.text, sizeof(problem.text), "%s", text);
	cb(&problem, data);
	return 1;
}

size_t conf_parse(struct conf *conf, const char *text, size_t len,
		  conf_problem_cb cb, void *data)
{
	struct conf_reader *r = calloc(1, sizeof(*r));
	char *copy = malloc(len + 1);
	size_t n = 0;

	memset(conf, 0, sizeof(*conf));
	if (r && copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		r->conf = conf;
		r->mno.section = CONF_SECTION_MNO;
		conf_reader_read(r, copy, len);
		conf_rules_apply(r);
		conf->mno.line = r->mno.session.line;
		if (r->mno.bad)
			memset(&conf->mno, 0, sizeof(conf->mno));
		n = r->n_problems;
		for (size_t i = 0; i < n && i < CONF_MAX_PROBLEMS; i++)
			cb(&r->problem[i], data);
	}
	if (!r || !copy || !take_sessions(conf, r))
		n += tell(cb, data, strerror(ENOMEM));
	free(copy);
	free(r);
	return n;
}

/* Return: all that is in it, to be freed; or NULL, with errno. */
static char *read_file(int fd, size_t *len)
{
	char *text = malloc(CONF_MAX_FILE + 1);
	ssize_t ret;

	*len = 0;
	do {
		if (!text)
			return NULL;
		ret = read(fd, text + *len, CONF_MAX_FILE + 1 - *len);
		if (ret > 0)
			*len += ret;
		if (*len > CONF_MAX_FILE) {
			errno = EFBIG;
			ret = -1;
		}
	} while (ret > 0 || (ret < 0 && errno == EINTR));
	if (!ret)
		return text;
	free(text);
	return NULL;
}

/* The host name up to its first dot, if the file has none. */
static size_t default_name(struct conf *conf, conf_problem_cb cb, void *data)
{
	struct utsname host;

	if (*conf->name)
		return 0;
	if (uname(&host) < 0)
		return tell(cb, data, strerror(errno));
	host.nodename[strcspn(host.nodename, ".")] = '\0';
	if (conf_key_name_fault(host.nodename))
		return tell(cb, data, "the host name is no name for this: say Name= in [Host]");
	strcpy(conf->name, host.nodename);
	return 0;
}

size_t conf_read(struct conf *conf, const char *path, conf_problem_cb cb,
		 void *data)
{
	char *text = NULL;
	size_t n, len = 0;
	int fd;

	memset(conf, 0, sizeof(*conf));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		text = read_file(fd, &len);
	if (!text)
		n = tell(cb, data, errno == ENOENT ?
			 "no such file; `sidestep init` writes one" :
			 strerror(errno));
	else
		n = conf_parse(conf, text, len, cb, data);
	if (fd >= 0)
		close(fd);
	free(text);
	return n + default_name(conf, cb, data);
}

void conf_free(struct conf *conf)
{
	free(conf->session);
	conf->session = NULL;
	conf->n_sessions = 0;
}

const struct conf_session *conf_find(const struct conf *conf, const char *device)
{
	for (size_t i = 0; i < conf->n_sessions; i++)
		if (!strcmp(conf->session[i].device, device))
			return &conf->session[i];
	return NULL;
}
