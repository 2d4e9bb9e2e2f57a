// SPDX-License-Identifier: GPL-2.0-or-later
#include "host.h"
#include "../common/clock.h"
#include "../common/log.h"
#include "mno.h"
#include "station.h"
#include "ue_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum host_limits {
	TICK_US = 1000000,
	SLACK_US = 250000,
};

/* The machine has slept if one clock went on without the other for longer. */
#define ASLEEP_NS 2000000000ll

uint64_t host_now_ns(void)
{
	return clock_now_ns(CLOCK_BOOTTIME);
}

/* How long the machine has slept since it was started; a little less than that. */
static int64_t asleep_ns(void)
{
	uint64_t boottime = clock_now_ns(CLOCK_BOOTTIME);

	return boottime - clock_now_ns(CLOCK_MONOTONIC);
}

/* --- events --------------------------------------------------------------- */

static void on_view(void *data)
{
	struct host *host = data;

	if (host->mno)
		mno_follow(host->mno);
	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_follow(host->session[i]);
}

static void on_kernel(const struct session *told, void *data)
{
	struct host *host = data;

	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_told(host->session[i], told);
}

static void on_hello(const uint8_t hint[HELLO_HINT_LEN],
		     const struct sockaddr_in6 *from, unsigned int version, void *data)
{
	struct host *host = data;

	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_hello(host->session[i], hint, from, version);
}

static void on_modem(const char *ifname, const struct modem_state *state, void *data)
{
	struct host *host = data;

	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_modem(host->session[i], ifname, state);
}

static bool fill_status(struct status *status, void *data)
{
	struct host *host = data;

	*status = (struct status){ .n_sessions = host->n_sessions };
	snprintf(status->version, sizeof(status->version), "%s", host->version);
	snprintf(status->name, sizeof(status->name), "%s", host->conf.name);
	hostkey_text(status->key, host->key.public);
	status->session = calloc(host->n_sessions + 1, sizeof(*status->session));
	if (!status->session)
		return false;
	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_status(host->session[i], &status->session[i]);
	return true;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct host *host = data;
	int64_t asleep = asleep_ns();
	bool woken = asleep > host->asleep_ns + ASLEEP_NS;

	(void)usec;
	if (woken)
		log_say(LOG_NOTICE, NULL, "the machine has slept for %lld s",
			(long long)(asleep - host->asleep_ns) / 1000000000);
	host->asleep_ns = asleep;
	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_tick(host->session[i], woken);
	if (host->mno)
		mno_tick(host->mno);
	sd_event_source_set_time_relative(source, TICK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int failed(const char *what, int err)
{
	if (err < 0)
		log_say(LOG_ERR, NULL, "%s: %s", what, strerror(-err));
	return err;
}

/* --- configuration -------------------------------------------------------- */

static void on_problem(const struct conf_problem *problem, void *data)
{
	const struct host *host = data;

	log_say(LOG_ERR, NULL, "%s:%u: %s", host->conf_path, problem->line,
		problem->text);
}

static bool same(const struct conf_session *a, const struct conf_session *b)
{
	struct conf_session c = *b;

	c.line = a->line;
	return !memcmp(a, &c, sizeof(c));
}

/* Devices of a session with other names do not serve the new one. */
static bool same_devices(const struct conf_session *a, const struct conf_session *b)
{
	return !strcmp(a->device, b->device) && !strcmp(a->tunnel, b->tunnel) &&
	       !strcmp(a->modem, b->modem);
}

static void add_session(struct host *host, const struct conf_session *conf)
{
	struct ue_session *s = ue_session_open(host, conf);

	if (!s) {
		log_say(LOG_ERR, conf->device, "no memory");
		return;
	}
	host->session[host->n_sessions++] = s;
}

/* Those that are not in @conf as they were go; what is new in it is left to be added. */
static void drop_changed(struct host *host, const struct conf *conf)
{
	const struct conf_session *now;
	size_t kept = 0;

	for (size_t i = 0; i < host->n_sessions; i++) {
		struct ue_session *s = host->session[i];

		now = conf_find(conf, s->conf.device);
		if (now && same(&s->conf, now))
			host->session[kept++] = s;
		else
			ue_session_close(s, !now || !same_devices(&s->conf, now));
	}
	host->n_sessions = kept;
}

static bool is_open(const struct host *host, const char *device)
{
	for (size_t i = 0; i < host->n_sessions; i++)
		if (!strcmp(host->session[i]->conf.device, device))
			return true;
	return false;
}

/* The modem is that of the first session that needs the function. */
static const char *mno_modem(const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_sessions; i++)
		if (*conf->session[i].peer_epuid)
			return conf->session[i].modem;
	return "";
}

static bool same_mno(const struct conf *a, const struct conf *b)
{
	struct conf_mno mno = b->mno;

	mno.line = a->mno.line;
	return !memcmp(&a->mno, &mno, sizeof(mno)) &&
	       !strcmp(mno_modem(a), mno_modem(b));
}

static void close_mno(struct host *host, bool remove)
{
	if (host->mno)
		mno_close(host->mno, remove);
	host->mno = NULL;
}

static void open_mno(struct host *host)
{
	if (host->mno)
		mno_renew(host->mno);
	else if (host->conf.mno.line && *mno_modem(&host->conf))
		failed("ProSe Function", mno_open(&host->mno, host));
}

static void apply(struct host *host, struct conf *conf)
{
	drop_changed(host, conf);
	if (!same_mno(&host->conf, conf))
		close_mno(host, true);
	conf_free(&host->conf);
	host->conf = *conf;
	for (size_t i = 0; i < conf->n_sessions; i++)
		if (!is_open(host, conf->session[i].device))
			add_session(host, &conf->session[i]);
	open_mno(host);
	serve_metrics(host->serve, host->conf.metrics_file);
}

void host_reload(struct host *host)
{
	struct conf conf;
	size_t problems = conf_read(&conf, host->conf_path, on_problem, host);

	if (problems) {
		log_say(LOG_ERR, NULL, "%s has %zu problem%s: all stays as it was",
			host->conf_path, problems, problems == 1 ? "" : "s");
		conf_free(&conf);
		return;
	}
	apply(host, &conf);
	log_say(LOG_NOTICE, NULL, "%s was read again", host->conf_path);
}

/* --- life ----------------------------------------------------------------- */

/* Not every host has these; some get them later. */
static void open_optional(struct host *host)
{
	host->has_wireguard = !wireguard_open(&host->wireguard);
	host->has_radio = !station_open(&host->radio);
}

static int open_parts(struct host *host)
{
	int err;

	if ((err = failed(host->state_dir, hostkey_load(&host->key, host->state_dir))) ||
	    (err = failed("rtnetlink", rtnl_open(&host->rtnl))) ||
	    (err = failed("links", netview_open(&host->view, host->event, on_view, host))) ||
	    (err = failed("kernel", kernel_open(&host->kernel, host->event, on_kernel, host))) ||
	    (err = failed("hellos", hello_open(&host->hello, host->event, host->key.public,
					       on_hello, host))) ||
	    (err = failed("exchange", exchange_open(&host->exchange, host->event, &host->key,
						    &ue_session_exchange_ops))) ||
	    (err = failed("modems", modem_watch_open(&host->modems, host->event, on_modem,
						     host))))
		return err;
	open_optional(host);
	return failed(STATUS_SOCKET, serve_open(&host->serve, host->event,
						kernel_genl(host->kernel),
						fill_status, host));
}

int host_open(struct host *host)
{
	struct conf conf;
	int err = open_parts(host);

	if (err)
		return err;
	host->asleep_ns = asleep_ns();
	conf_read(&conf, host->conf_path, on_problem, host);
	apply(host, &conf);
	return failed("timer", sd_event_add_time_relative(host->event, NULL,
							  CLOCK_BOOTTIME, TICK_US,
							  SLACK_US, on_tick, host));
}

void host_close(struct host *host)
{
	for (size_t i = 0; i < host->n_sessions; i++)
		ue_session_close(host->session[i], false);
	host->n_sessions = 0;
	close_mno(host, false);
	if (host->serve)
		serve_close(host->serve);
	if (host->modems)
		modem_watch_close(host->modems);
	if (host->exchange)
		exchange_close(host->exchange);
	if (host->hello)
		hello_close(host->hello);
	if (host->kernel)
		kernel_close(host->kernel);
	if (host->view)
		netview_close(host->view);
	if (host->has_radio)
		genl_close(&host->radio);
	if (host->has_wireguard)
		genl_close(&host->wireguard);
	if (host->rtnl.nl)
		rtnl_close(&host->rtnl);
	hostkey_free(&host->key);
	conf_free(&host->conf);
}
