// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"
#include "relay_priv.h"
#include "relay_kernel.h"

#include "../common/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const uint64_t second_ns = 1000000000;

static const char *const drop_names[RELAY_DROPS] = {
	[RELAY_DROP_FORM] = "form",
	[RELAY_DROP_MAC1] = "mac1",
	[RELAY_DROP_UNLATCHED] = "unlatched",
	[RELAY_DROP_SOURCE] = "source",
	[RELAY_DROP_CANDIDATE] = "candidate",
	[RELAY_DROP_ANSWER] = "answer",
	[RELAY_DROP_RATE] = "rate",
	[RELAY_DROP_SEND] = "send",
};

const char *relay_drop_name(enum relay_drop drop)
{
	return drop < RELAY_DROPS ? drop_names[drop] : "?";
}

const char *relay_end_name(enum relay_end end)
{
	return end == RELAY_END_LIFETIME ? "lifetime" : "idle";
}

/* --- the list ------------------------------------------------------------- */

static struct relay **owner_of_port(const struct relays *relays, uint16_t number)
{
	return &relays->by_port[number - relays->conf.port_min];
}

static void link_relay(struct relay *relay)
{
	struct relays *relays = relay->relays;

	relay->prev = relays->last;
	*(relays->last ? &relays->last->next : &relays->first) = relay;
	relays->last = relay;
	relays->n++;
	for (int side = 0; side < RELAY_SIDES; side++)
		*owner_of_port(relays, relay->number[side]) = relay;
}

static void unlink_relay(struct relay *relay)
{
	struct relays *relays = relay->relays;

	*(relay->prev ? &relay->prev->next : &relays->first) = relay->next;
	*(relay->next ? &relay->next->prev : &relays->last) = relay->prev;
	relays->n--;
	for (int side = 0; side < RELAY_SIDES; side++)
		*owner_of_port(relays, relay->number[side]) = NULL;
}

static void add_up(struct relay_counters *sum, const struct relay_counters *one)
{
	for (int side = 0; side < RELAY_SIDES; side++) {
		sum->packets[side] += one->packets[side];
		sum->bytes[side] += one->bytes[side];
		for (int drop = 0; drop < RELAY_DROPS; drop++)
			sum->drop[side][drop] += one->drop[side][drop];
	}
}

struct relay *relays_next(const struct relays *relays, const struct relay *relay)
{
	return relay ? relay->next : relays->first;
}

void relays_totals(const struct relays *relays, struct relay_counters *counters)
{
	*counters = relays->totals;
	for (struct relay *relay = relays->first; relay; relay = relay->next)
		add_up(counters, &relay->counters);
}

/* --- one relay ------------------------------------------------------------ */

static struct relay *relay_new(struct relays *relays, const char *owner,
			       const uint8_t wg_key[RELAY_SIDES][PF_WG_KEY_LEN],
			       uint64_t lifetime_s, void *data)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return NULL;
	relay->relays = relays;
	relay->data = data;
	snprintf(relay->owner, sizeof(relay->owner), "%s", owner);
	relay->used_ns = clock_now_ns(CLOCK_BOOTTIME);
	relay->ends_ns = relay->used_ns + lifetime_s * second_ns;
	memcpy(relay->wg_key, wg_key, sizeof(relay->wg_key));
	relay_io_init(relay);
	for (int side = 0; side < RELAY_SIDES; side++)
		if (wg_mac1_key(&relay->port[side].mac1, relay->wg_key[!side])) {
			free(relay);
			return NULL;
		}
	return relay;
}

static void relay_end(struct relay *relay, bool keep)
{
	relay_io_close(relay);
	if (!keep)
		relay_kernel_end(relay);
	unlink_relay(relay);
	add_up(&relay->relays->totals, &relay->counters);
	free(relay);
}

void relay_close(struct relay *relay)
{
	relay_end(relay, false);
}

void relay_has_latched(struct relay *relay, enum relay_side side)
{
	relay_kernel_changed(relay);
	relay->relays->ops->latched(relay, side, relay->data);
}

/* --- ports ---------------------------------------------------------------- */

static uint16_t next_port(const struct relays *relays, uint16_t number)
{
	return number == relays->conf.port_max ? relays->conf.port_min : number + 1;
}

/* Not to be foreseen, as far as that is possible. */
static uint16_t any_port(const struct relays *relays)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = clock_now_ns(CLOCK_MONOTONIC);
	return relays->conf.port_min +
	       random % (relays->conf.port_max - relays->conf.port_min + 1u);
}

/* Return: a port of no relay's, from @number on, or 0 if there is none. */
static uint16_t free_port(const struct relays *relays, uint16_t number)
{
	uint16_t begin = number;

	while (*owner_of_port(relays, number)) {
		number = next_port(relays, number);
		if (number == begin)
			return 0;
	}
	return number;
}

static int open_somewhere(struct relay *relay)
{
	enum { TRIES = 32 };
	struct relays *relays = relay->relays;
	int err = -EADDRINUSE;

	for (int i = 0; err == -EADDRINUSE && i < TRIES; i++) {
		relay->number[RELAY_A] = free_port(relays, any_port(relays));
		if (!relay->number[RELAY_A])
			return -ENOSPC;
		*owner_of_port(relays, relay->number[RELAY_A]) = relay;
		relay->number[RELAY_B] = free_port(relays, any_port(relays));
		*owner_of_port(relays, relay->number[RELAY_A]) = NULL;
		if (!relay->number[RELAY_B])
			return -ENOSPC;
		err = relay_io_open(relay);
	}
	return err == -EADDRINUSE ? -ENOSPC : err;
}

/* --- open and restore ----------------------------------------------------- */

static unsigned int count_of(const struct relays *relays, const char *owner)
{
	unsigned int n = 0;

	for (const struct relay *relay = relays->first; relay; relay = relay->next)
		n += !strcmp(relay->owner, owner);
	return n;
}

static int check_quota(const struct relays *relays, const char *owner)
{
	const struct relay_limits_conf *limits = &relays->conf.limits;

	if (limits->max && relays->n >= limits->max)
		return -ENOSPC;
	if (limits->max_per_owner && count_of(relays, owner) >= limits->max_per_owner)
		return -EDQUOT;
	return 0;
}

static int begin(struct relay *relay, int err, struct relay **result)
{
	if (err) {
		free(relay);
		return err;
	}
	link_relay(relay);
	sd_event_source_set_enabled(relay->relays->tick, SD_EVENT_ON);
	*result = relay;
	return 0;
}

int relay_open(struct relay **result, struct relays *relays, const char *owner,
	       const uint8_t wg_key[RELAY_SIDES][PF_WG_KEY_LEN], uint32_t window_s,
	       void *data)
{
	struct relay *relay;
	int err = check_quota(relays, owner);

	if (err)
		return err;
	relay = relay_new(relays, owner, wg_key, window_s, data);
	if (!relay)
		return -ENOMEM;
	return begin(relay, open_somewhere(relay), result);
}

static bool is_port_free(const struct relays *relays, uint16_t number)
{
	return number >= relays->conf.port_min && number <= relays->conf.port_max &&
	       !*owner_of_port(relays, number);
}

static void restore_latch(struct relay *relay, const struct relay_state *state)
{
	uint64_t now_ns = clock_now_ns(CLOCK_BOOTTIME);

	for (int side = 0; side < RELAY_SIDES; side++)
		relay_latch_set(&relay->port[side], &state->latch[side], now_ns);
	relay_kernel_changed(relay);
}

int relay_restore(struct relay **result, struct relays *relays, const char *owner,
		  const struct relay_state *state, void *data)
{
	int64_t now = time(NULL);
	struct relay *relay;
	int err;

	if (state->ends <= now)
		return -ETIME;
	if (!is_port_free(relays, state->port[RELAY_A]) ||
	    !is_port_free(relays, state->port[RELAY_B]) ||
	    state->port[RELAY_A] == state->port[RELAY_B])
		return -EINVAL;
	relay = relay_new(relays, owner, state->wg_key, state->ends - now, data);
	if (!relay)
		return -ENOMEM;
	memcpy(relay->number, state->port, sizeof(relay->number));
	err = begin(relay, relay_io_open(relay), result);
	if (!err)
		restore_latch(relay, state);
	return err;
}

/* --- what is told --------------------------------------------------------- */

void relay_address(const struct relay *relay, enum relay_side side, int family,
		   struct sockaddr_storage *addr)
{
	const struct relays_conf *conf = &relay->relays->conf;
	struct sockaddr_in6 *sin6 = (void *)addr;
	struct sockaddr_in *sin = (void *)addr;

	memset(addr, 0, sizeof(*addr));
	if (relay->io.socket[side][family == AF_INET ? RELAY_IO4 : RELAY_IO6].fd < 0)
		return;
	addr->ss_family = family;
	if (family == AF_INET) {
		sin->sin_addr = conf->public4.s_addr ? conf->public4 : conf->listen4;
		sin->sin_port = htons(relay->number[side]);
	} else {
		sin6->sin6_addr = IN6_IS_ADDR_UNSPECIFIED(&conf->public6) ?
				  conf->listen6 : conf->public6;
		sin6->sin6_port = htons(relay->number[side]);
	}
}

void relay_state(const struct relay *relay, struct relay_state *state)
{
	int64_t left_ns = relay->ends_ns - clock_now_ns(CLOCK_BOOTTIME);

	memset(state, 0, sizeof(*state));
	memcpy(state->port, relay->number, sizeof(state->port));
	memcpy(state->wg_key, relay->wg_key, sizeof(state->wg_key));
	for (int side = 0; side < RELAY_SIDES; side++)
		state->latch[side] = relay->port[side].latch.addr;
	state->ends = time(NULL) + left_ns / (int64_t)second_ns;
}

void relay_counters(const struct relay *relay, struct relay_counters *counters)
{
	*counters = relay->counters;
}

bool relay_is_fast(const struct relay *relay)
{
	return relay->is_fast;
}

const char *relay_owner(const struct relay *relay)
{
	return relay->owner;
}

void *relay_data(const struct relay *relay)
{
	return relay->data;
}

/* --- the table ------------------------------------------------------------ */

/* Return: is it over? */
static bool check_end(struct relay *relay, uint64_t now_ns, enum relay_end *end)
{
	uint32_t idle_s = relay->relays->conf.limits.idle_s;

	*end = RELAY_END_LIFETIME;
	if (now_ns >= relay->ends_ns)
		return true;
	*end = RELAY_END_IDLE;
	return idle_s && now_ns - relay->used_ns >= idle_s * second_ns;
}

/* The owner may close others when it hears of one, so it begins anew after each. */
static bool end_one(struct relays *relays, uint64_t now_ns)
{
	enum relay_end end;

	for (struct relay *relay = relays->first; relay; relay = relay->next) {
		if (!check_end(relay, now_ns, &end))
			continue;
		relays->ops->ended(relay, end, relay->data);
		relay_end(relay, false);
		return true;
	}
	return false;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct relays *relays = data;
	uint64_t now_ns;

	(void)usec;
	relay_kernel_tick(relays);
	now_ns = clock_now_ns(CLOCK_BOOTTIME);
	while (end_one(relays, now_ns))
		;
	sd_event_source_set_time_relative(source, 1000000);
	return sd_event_source_set_enabled(source, relays->n ? SD_EVENT_ON : SD_EVENT_OFF);
}

static bool is_sound(const struct relays_conf *conf)
{
	return (conf->listen4.s_addr || !IN6_IS_ADDR_UNSPECIFIED(&conf->listen6)) &&
	       conf->port_min && conf->port_min < conf->port_max;
}

static int start(struct relays *relays)
{
	int err;

	relays->batch = relay_batch_new();
	relays->by_port = calloc(relays->conf.port_max - relays->conf.port_min + 1u,
				 sizeof(*relays->by_port));
	if (!relays->batch || !relays->by_port)
		return -ENOMEM;
	err = sd_event_add_time_relative(relays->event, &relays->tick, CLOCK_BOOTTIME,
					 1000000, 100000, on_tick, relays);
	return err < 0 ? err : relay_kernel_open(relays);
}

int relays_open(struct relays **result, sd_event *event,
		const struct relays_conf *conf, const struct relay_ops *ops)
{
	struct relays *relays;
	int err;

	if (!is_sound(conf))
		return -EINVAL;
	relays = calloc(1, sizeof(*relays));
	if (!relays)
		return -ENOMEM;
	relays->event = event;
	relays->conf = *conf;
	relays->ops = ops;
	err = start(relays);
	if (err < 0) {
		relays_close(relays, true);
		return err;
	}
	*result = relays;
	return 0;
}

void relays_close(struct relays *relays, bool keep)
{
	if (!relays)
		return;
	if (keep)
		relay_kernel_tell(relays);
	while (relays->first)
		relay_end(relays->first, true);
	relay_kernel_close(relays, keep);
	sd_event_source_disable_unref(relays->tick);
	relay_batch_free(relays->batch);
	free(relays->by_port);
	free(relays);
}
