// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_priv.h"

#include "../common/conf_file.h"
#include "../common/log.h"
#include "mno_cert.h"
#include "outlet_source.h"
#include "ue_session_mno.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	USEC_PER_MSEC = 1000,
	SLACK_US = 10000,
	/* A credential that does not work is read again after so many failures. */
	FAILURES_TO_RENEW = 5,
};

void mno_say(struct mno *mno, const char *format, ...)
{
	char text[sizeof(mno->why)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!strcmp(text, mno->why))
		return;
	memcpy(mno->why, text, sizeof(text));
	log_say(LOG_WARNING, NULL, "ProSe Function: %s", text);
}

/* --- time ----------------------------------------------------------------- */

static void connect_now(struct mno *mno);
static void lost(struct mno *mno, const char *why);

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct mno *mno = data;

	(void)source;
	(void)usec;
	if (mno->broken)
		lost(mno, "it does not answer");
	else if (!mno->assoc)
		connect_now(mno);
	else if (mno->connected)
		mno_register(mno);
	return 0;
}

void mno_in(struct mno *mno, uint64_t ms)
{
	int err = 0;

	if (!mno->timer)
		err = sd_event_add_time_relative(mno->host->event, &mno->timer,
						 CLOCK_BOOTTIME, ms * USEC_PER_MSEC,
						 SLACK_US, on_timer, mno);
	else
		sd_event_source_set_time_relative(mno->timer, ms * USEC_PER_MSEC);
	if (err < 0)
		log_say(LOG_ERR, NULL, "ProSe Function: no timer");
	else
		sd_event_source_set_enabled(mno->timer, SD_EVENT_ONESHOT);
}

static uint64_t wait_ms(const struct mno *mno)
{
	uint64_t longest = mno->near ? MNO_LONGEST_NEAR_WAIT_MS : MNO_LONGEST_WAIT_MS;
	uint64_t ms = MNO_FIRST_WAIT_MS;

	for (unsigned int i = 1; i < mno->failures && ms < longest; i++)
		ms *= 2;
	return ms < longest ? ms : longest;
}

void mno_again(struct mno *mno)
{
	mno->failures++;
	mno_in(mno, wait_ms(mno));
}

/* --- association ---------------------------------------------------------- */

static void let_go(struct mno *mno)
{
	if (mno->assoc)
		coaps_disconnect(mno->assoc);
	mno->assoc = NULL;
	mno->connected = mno->registered = mno->broken = false;
	mno_forget_all(mno);
}

static void drop_credential(struct mno *mno)
{
	let_go(mno);
	if (mno->coaps)
		coaps_close(mno->coaps);
	mno->coaps = NULL;
}

/* One that was in use is replaced at once, an attempt is repeated later. */
static void lost(struct mno *mno, const char *why)
{
	bool was_registered = mno->registered;

	let_go(mno);
	mno_say(mno, "%s", why);
	if (was_registered)
		mno_in(mno, 0);
	else
		mno_again(mno);
}

/* Not within a call of coaps, which would go on with what is gone. */
void mno_broken(struct mno *mno)
{
	mno->broken = true;
	mno_in(mno, 0);
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	struct mno *mno = data;

	if (assoc != mno->assoc)
		return;
	mno->connected = true;
	mno_register(mno);
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct mno *mno = data;
	char text[STATUS_TEXT_SIZE];

	if (assoc != mno->assoc)
		return;
	mno->assoc = NULL;
	snprintf(text, sizeof(text), "no association with it: %s", why);
	lost(mno, text);
}

static const struct coaps_ops ops = {
	.requested = mno_requested,
	.connected = connected,
	.closed = closed,
};

static bool file_is_bad(struct mno *mno, const char *key, const char *path, bool secret)
{
	char text[CONF_PROBLEM_SIZE];

	if (!conf_file_fault(text, path, secret))
		return false;
	mno_say(mno, "%s=%.80s: %.64s", key, path, text);
	return true;
}

static bool need_credential(struct mno *mno)
{
	struct coaps_setup setup = {
		.cert = mno->conf.certificate,
		.key = mno->conf.key,
		.ca = mno->conf.authority,
		.ops = &ops,
		.data = mno,
	};
	const char *why;
	int err;

	if (mno->coaps)
		return true;
	if (file_is_bad(mno, "Certificate", setup.cert, false) ||
	    file_is_bad(mno, "Key", setup.key, true) ||
	    file_is_bad(mno, "Authority", setup.ca, false))
		return false;
	why = mno_cert_epuid(mno->epuid, setup.cert);
	if (why) {
		mno_say(mno, "Certificate=%.80s: %s", setup.cert, why);
		return false;
	}
	err = coaps_open(&mno->coaps, mno->host->event, &setup);
	if (err)
		mno_say(mno, "the certificate and its key cannot be used: %s",
			strerror(-err));
	return !err;
}

static bool need_way(struct mno *mno, const struct rtnl_prefix *function)
{
	struct host *host = mno->host;

	if (!mno->local.family) {
		mno_say(mno, "the modem %s leads to no such address", mno->modem);
		return false;
	}
	if (outlet_follow(mno->outlet, host->view, &host->rtnl) ||
	    outlet_source_follow(mno->outlet, host->view, &host->rtnl, &mno->local,
				 function)) {
		mno_say(mno, "it cannot be seen to that packets leave by the modem %s",
			mno->modem);
		return false;
	}
	return true;
}

static struct rtnl_prefix prefix_of(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	const struct sockaddr_in *in = (const void *)addr;
	struct rtnl_prefix prefix = { .family = addr->ss_family, .bits = 128 };

	if (addr->ss_family == AF_INET6) {
		memcpy(prefix.addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
		return prefix;
	}
	prefix.bits = 32;
	memcpy(prefix.addr, &in->sin_addr, sizeof(in->sin_addr));
	return prefix;
}

static void connect_now(struct mno *mno)
{
	struct rtnl_prefix function = prefix_of(&mno->conf.function);
	struct sockaddr_storage local = {};

	if (!*mno->modem)
		return;
	if (mno->failures && mno->failures % FAILURES_TO_RENEW == 0)
		drop_credential(mno);
	if (!need_way(mno, &function))
		return;
	if (!need_credential(mno)) {
		mno_again(mno);
		return;
	}
	prefix_endpoint(&local, &mno->local, 0);
	mno->assoc = coaps_connect(mno->coaps, &local, &mno->conf.function,
				   pf_epuid_pfid(mno->epuid),
				   mno->near ? MNO_KEEPALIVE_NEAR_S : MNO_KEEPALIVE_S, mno);
	if (mno->assoc)
		return;
	mno_say(mno, "no association with it: %s", strerror(errno));
	mno_again(mno);
}

/* --- following ------------------------------------------------------------ */

static struct rtnl_prefix find_local(const struct mno *mno)
{
	uint8_t family = mno->conf.function.ss_family;
	const struct way *way = &mno->way;

	for (size_t i = 0; way_leads(way, family) && i < way->n_addrs; i++)
		if (way->addr[i].family == family) {
			struct rtnl_prefix local = way->addr[i];

			local.bits = family == AF_INET ? 32 : 128;
			return local;
		}
	return (struct rtnl_prefix){};
}

/* Is the address that is used still one of the modem's? Another one may have come. */
static bool is_still_there(const struct mno *mno)
{
	const struct way *way = &mno->way;

	for (size_t i = 0; i < way->n_addrs; i++)
		if (way->addr[i].family == mno->local.family &&
		    !memcmp(way->addr[i].addr, mno->local.addr, sizeof(mno->local.addr)))
			return way_leads(way, mno->local.family);
	return false;
}

void mno_follow(struct mno *mno)
{
	if (!*mno->modem)
		return;
	way_read(&mno->way, mno->host->view, mno->modem);
	if (is_still_there(mno)) {
		outlet_follow(mno->outlet, mno->host->view, &mno->host->rtnl);
		return;
	}
	let_go(mno);
	mno->local = find_local(mno);
	mno->failures = 0;
	connect_now(mno);
	for (size_t i = 0; i < mno->host->n_sessions; i++)
		ue_session_mno_moved(mno->host->session[i]);
}

void mno_tick(struct mno *mno)
{
	bool near = false;

	for (size_t i = 0; i < mno->host->n_sessions; i++)
		near |= ue_session_mno_is_near(mno->host->session[i]);
	if (near == mno->near)
		return;
	mno->near = near;
	if (mno->assoc)
		coaps_set_keepalive(mno->assoc,
				    near ? MNO_KEEPALIVE_NEAR_S : MNO_KEEPALIVE_S);
	else if (near && mno->local.family)
		mno_in(mno, 0);
}

void mno_renew(struct mno *mno)
{
	drop_credential(mno);
	mno->failures = 0;
	connect_now(mno);
}

/* --- life ----------------------------------------------------------------- */

/* The same for all sessions that have an EPUID. */
static void find_modem(struct mno *mno)
{
	const struct conf *conf = &mno->host->conf;

	for (size_t i = 0; i < conf->n_sessions; i++)
		if (*conf->session[i].peer_epuid)
			memcpy(mno->modem, conf->session[i].modem, sizeof(mno->modem));
}

int mno_open(struct mno **result, struct host *host)
{
	struct mno *mno = calloc(1, sizeof(*mno));

	if (!mno)
		return -ENOMEM;
	mno->host = host;
	mno->conf = host->conf.mno;
	find_modem(mno);
	mno->outlet = outlet_get(mno->modem);
	if (!mno->outlet || getrandom(&mno->boot, sizeof(mno->boot), 0) < 0) {
		free(mno);
		return -ENOMEM;
	}
	*result = mno;
	mno_follow(mno);
	return 0;
}

void mno_close(struct mno *mno, bool remove)
{
	drop_credential(mno);
	if (remove)
		outlet_source_follow(mno->outlet, mno->host->view, &mno->host->rtnl, NULL,
				     NULL);
	sd_event_source_disable_unref(mno->timer);
	outlet_put(mno->outlet, &mno->host->rtnl, false);
	free(mno);
}

bool mno_is_registered(const struct mno *mno)
{
	return mno && mno->registered;
}

const char *mno_why(const struct mno *mno)
{
	return mno->registered ? "" : *mno->why ? mno->why : "it has not answered yet";
}

const char *mno_epuid(const struct mno *mno)
{
	return mno->epuid;
}

const struct sockaddr_storage *mno_stun(const struct mno *mno)
{
	return &mno->answer.stun;
}
