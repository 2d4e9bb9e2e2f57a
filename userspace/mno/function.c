// SPDX-License-Identifier: GPL-2.0-or-later
#include "function.h"
#include "../common/clock.h"
#include "../common/log.h"
#include "assist.h"
#include "outgoing.h"
#include "pc3.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	TICK_US = 1000000,
	/* Lines that others cause: so many a minute, and so many at once. */
	SAY_RATE = 60,
	SAY_BURST = 20,
};

/* --- the clock ------------------------------------------------------------ */

static int on_tick(sd_event_source *source, uint64_t now, void *data)
{
	struct function *f = data;

	(void)now;
	assist_tick(f);
	pc3_tick(f);
	function_judge_tick(f);
	db_tick(f->db);
	sd_event_source_set_time_relative(source, TICK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- UEs are told --------------------------------------------------------- */

/* The disk is waited for once for all that came at the same time. If that fails the orders
 * are tried again each second.
 */
static int on_tell(sd_event_source *source, void *data)
{
	struct function *f = data;
	int err = db_sync(f->db);
	struct subscriber *s;

	(void)source;
	while ((s = STAILQ_FIRST(&f->to_tell))) {
		STAILQ_REMOVE_HEAD(&f->to_tell, telling);
		s->is_new = false;
		if (err)
			continue;
		pc3_send(s);
		pc3_sessions_changed(s);
	}
	return 0;
}

void function_tell(struct subscriber *s)
{
	struct function *f = s->function;

	if (s->is_new)
		return;
	s->is_new = true;
	STAILQ_INSERT_TAIL(&f->to_tell, s, telling);
	sd_event_source_set_enabled(f->teller, SD_EVENT_ONESHOT);
}

static int open_teller(struct function *f)
{
	int err;

	STAILQ_INIT(&f->to_tell);
	err = sd_event_add_defer(f->event, &f->teller, on_tell, f);
	return err < 0 ? err : 0;
}

/* --- relays --------------------------------------------------------------- */

static void on_latched(struct relay *relay, enum relay_side side, void *data)
{
	(void)side;
	(void)data;
	assist_relay_latched(relay_data(relay));
}

static void on_relay_ended(struct relay *relay, enum relay_end end, void *data)
{
	(void)data;
	assist_relay_ended(relay_data(relay), end);
}

static const struct relay_ops relay_ops = { on_latched, on_relay_ended };

/* --- what was remembered -------------------------------------------------- */

static void load_agreement(void *data, const char *epuid, const struct pf_agreement *doc,
			   bool confirmed)
{
	struct subscriber *s = subscriber_get(data, epuid);

	if (s)
		agreement_add(s, doc, confirmed);
}

static void load_session(void *data, const struct db_session *session)
{
	assist_restore(data, session);
}

static void load_order(void *data, const char *epuid, uint64_t n, int64_t at,
		       const struct pf_order *order)
{
	struct subscriber *s = subscriber_get(data, epuid);

	if (s)
		outgoing_restore(s, n, at, order);
}

static const struct db_ops db_ops = { load_agreement, load_session, load_order };

/* The configuration may allow less than when it was agreed on. */
static unsigned int fit(struct subscriber *s)
{
	struct function *f = s->function;
	struct agreement *agreement;
	struct pf_agreement doc;
	unsigned int n = 0;

	LIST_FOREACH(agreement, &s->agreements, entry) {
		doc = agreement->doc;
		if (!agreement_fit(&doc, &f->conf.agreement))
			continue;
		agreement_renew(agreement, &doc);
		db_agreement_put(f->db, s->epuid, &doc, false);
		n++;
	}
	return n;
}

static void fit_all(struct function *f)
{
	struct subscriber *s;
	unsigned int n = 0;

	db_begin(f->db);
	LIST_FOREACH(s, &f->subscribers.list, entry)
		n += fit(s);
	db_commit(f->db);
	if (n)
		log_say(LOG_NOTICE, NULL,
			"%u agreements are not within the limits any more: others are offered", n);
}

static void remember(struct function *f)
{
	db_load(f->db, &db_ops, f);
	fit_all(f);
	f->draining = db_draining(f->db);
	relays_settle(f->relays);
	f->grace_until_ns = clock_now_ns(CLOCK_BOOTTIME) + ASSIST_GRACE_S * 1000000000ull;
}

/* --- open and close ------------------------------------------------------- */

static int open_db(struct function *f, const char *state_dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/prosefd.db", state_dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return db_open(&f->db, path);
}

static int open_relays(struct function *f)
{
	int err = relays_open(&f->relays, f->event, &f->conf.relays, &relay_ops);

	if (err)
		log_say(LOG_ERR, NULL, "relays: %s", strerror(-err));
	return err;
}

/* Where relays are, so is it. Without it UEs have the relay alone. */
static void open_stun(struct function *f)
{
	const struct relays_conf *conf = &f->conf.relays;
	bool has4 = conf->listen4.s_addr != htonl(INADDR_ANY);
	bool has6 = !IN6_IS_ADDR_UNSPECIFIED(&conf->listen6);
	int err = stun_server_open(&f->stun, f->event, has4 ? &conf->listen4 : NULL,
				   has6 ? &conf->listen6 : NULL, STUN_SERVER_PORT);

	if (!err)
		return;
	f->stun = NULL;
	log_say(LOG_WARNING, NULL, "no STUN server at port %d: %s", STUN_SERVER_PORT,
		strerror(-err));
}

/* Without it UEs punch. What is wrong is logged there. */
static void open_nat(struct function *f)
{
	if (*f->conf.nat.device && nat_control_nft.open(&f->nat, f->conf.nat.device))
		f->nat = NULL;
}

void function_stun(const struct function *f, int family, struct sockaddr_storage *addr)
{
	const struct relays_conf *conf = &f->conf.relays;
	struct sockaddr_in6 *in6 = (void *)addr;
	struct sockaddr_in *in = (void *)addr;

	memset(addr, 0, sizeof(*addr));
	if (!f->stun)
		return;
	if (family == AF_INET && conf->listen4.s_addr != htonl(INADDR_ANY))
		*in = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_port = htons(STUN_SERVER_PORT),
			.sin_addr = conf->public4.s_addr ? conf->public4 : conf->listen4,
		};
	if (family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&conf->listen6))
		*in6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6, .sin6_port = htons(STUN_SERVER_PORT),
			.sin6_addr = IN6_IS_ADDR_UNSPECIFIED(&conf->public6) ?
				     conf->listen6 : conf->public6,
		};
}

bool function_may_say(struct function *f)
{
	return subscriber_may(&f->say_tokens, &f->say_filled_ns, SAY_RATE, SAY_BURST);
}

static bool has_peers(const struct function *f)
{
	return f->conf.n_peers || f->conf.listen_peers.ss_family;
}

int function_open(struct function *f, const char *state_dir)
{
	int err = open_db(f, state_dir);

	if (!err)
		err = open_teller(f);
	if (!err)
		err = open_relays(f);
	if (!err)
		err = pc3_open(f);
	if (!err && has_peers(f))
		err = pc6_coap.open(&f->pc6, f);
	if (err)
		return err;
	open_stun(f);
	open_nat(f);
	remember(f);
	err = control_open(&f->control, f->event, &function_control_ops, f);
	if (err)
		return err;
	err = sd_event_add_time_relative(f->event, &f->timer, CLOCK_BOOTTIME, TICK_US, 0,
					 on_tick, f);
	return err < 0 ? err : 0;
}

void function_close(struct function *f)
{
	sd_event_source_disable_unref(f->timer);
	sd_event_source_disable_unref(f->teller);
	control_close(f->control);
	pc6_coap.close(f->pc6);
	coaps_close(f->ues);
	assists_free(f);
	if (f->stun)
		stun_server_close(f->stun);
	nat_control_nft.close(f->nat);
	relays_close(f->relays, true);
	subscribers_free(f);
	db_close(f->db);
}
