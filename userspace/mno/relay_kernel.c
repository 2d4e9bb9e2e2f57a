// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_kernel.h"
#include "relay_priv.h"

#include "../common/clock.h"
#include "../common/log.h"
#include "../common/pf_msg.h"

#include <errno.h>
#include <string.h>

enum {
	/* Changes are gathered for so long. */
	TELL_USEC = 20000,
	READ_S = 5,
	/* As long as nothing is known to have arrived */
	READ_DOUBTING_S = 1,
	/* Of all time, reading may take one part, but latched sources must not be
	 * thought to be silent.
	 */
	READ_PARTS = 50,
	READ_MAX_S = 15,
};

static const uint64_t second_ns = 1000000000;

static void tell_soon(struct relays *relays)
{
	sd_event_source_set_time_relative(relays->tell, TELL_USEC);
	sd_event_source_set_enabled(relays->tell, SD_EVENT_ONESHOT);
}

/* Give up: all is the process's again. */
static void withdraw(struct relays *relays, const char *why)
{
	log_say(LOG_WARNING, NULL, "the kernel does not forward for relays any more: %s",
		why);
	for (struct relay *relay = relays->first; relay; relay = relay->next)
		relay->is_fast = relay->is_changed = false;
	relays->changed = NULL;
	relay_fast_close(relays->fast, false);
	relays->fast = NULL;
}

/* --- what the kernel should forward --------------------------------------- */

/* The host's own cannot be forwarded, and those of one link not beyond it. */
static bool can_be_fast(const struct relay *relay)
{
	const struct sockaddr_storage *a = &relay->port[RELAY_A].latch.addr;
	const struct sockaddr_storage *b = &relay->port[RELAY_B].latch.addr;

	return a->ss_family == b->ss_family &&
	       relay_fast_can(relay->relays->fast, a->ss_family) &&
	       !pf_addr_fault(a) && !pf_addr_fault(b);
}

static bool is_same_pair(const struct relay *a, const struct relay *b)
{
	const struct sockaddr_storage *source = b->path.source;

	return (relay_same_source(&a->port[0].latch.addr, &source[0]) &&
		relay_same_source(&a->port[1].latch.addr, &source[1])) ||
	       (relay_same_source(&a->port[0].latch.addr, &source[1]) &&
		relay_same_source(&a->port[1].latch.addr, &source[0]));
}

/* In postrouting a packet is told by its source and destination only. */
static bool is_pair_taken(const struct relay *relay)
{
	const struct relay *other;

	for (other = relay->relays->first; other; other = other->next)
		if (other != relay && other->is_fast && is_same_pair(relay, other))
			return true;
	return false;
}

static void slow_down(struct relay *relay)
{
	if (!relay->is_fast)
		return;
	relay_fast_del(relay->relays->fast, &relay->path);
	relay->is_fast = false;
}

static void speed_up(struct relay *relay)
{
	uint64_t now_ns = clock_now_ns(CLOCK_BOOTTIME);

	if (!can_be_fast(relay) || is_pair_taken(relay) || relay->ends_ns <= now_ns)
		return;
	for (int side = 0; side < RELAY_SIDES; side++) {
		relay->path.source[side] = relay->port[side].latch.addr;
		relay->path.port[side] = relay->number[side];
	}
	memset(relay->seen, 0, sizeof(relay->seen));
	relay_fast_add(relay->relays->fast, &relay->path,
		       (relay->ends_ns - now_ns) / second_ns);
	relay->is_fast = true;
}

/* All anew: the kernel has something else than it should. */
static int tell_all(struct relays *relays, const char **why)
{
	relay_fast_del_all(relays->fast);
	relay_fast_alive(relays->fast);
	for (struct relay *relay = relays->first; relay; relay = relay->next)
		relay->is_fast = false;
	for (struct relay *relay = relays->first; relay; relay = relay->next)
		speed_up(relay);
	return relay_fast_commit(relays->fast, why);
}

void relay_kernel_tell(struct relays *relays)
{
	struct relay *relay;
	const char *why;

	if (!relays->fast || !relays->is_settled)
		return;
	while ((relay = relays->changed)) {
		relays->changed = relay->next_changed;
		relay->is_changed = false;
		slow_down(relay);
		speed_up(relay);
	}
	relay_fast_alive(relays->fast);
	if (relay_fast_commit(relays->fast, &why) && tell_all(relays, &why))
		withdraw(relays, why);
}

static int on_tell(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	relay_kernel_tell(data);
	return 0;
}

void relay_kernel_changed(struct relay *relay)
{
	struct relays *relays = relay->relays;

	if (!relays->fast || relay->is_changed)
		return;
	relay->is_changed = true;
	relay->next_changed = relays->changed;
	relays->changed = relay;
	tell_soon(relays);
}

static void forget_change(struct relay *relay)
{
	struct relay **at = &relay->relays->changed;

	while (*at && *at != relay)
		at = &(*at)->next_changed;
	if (*at)
		*at = relay->next_changed;
}

void relay_kernel_end(struct relay *relay)
{
	struct relays *relays = relay->relays;
	struct relay *other;

	if (!relays->fast)
		return;
	if (relay->is_changed)
		forget_change(relay);
	if (!relay->is_fast)
		return;
	slow_down(relay);
	for (other = relays->first; other; other = other->next)
		if (other != relay && is_same_pair(other, relay))
			relay_kernel_changed(other);
	tell_soon(relays);
}

void relays_settle(struct relays *relays)
{
	const char *why;

	relays->is_settled = true;
	if (relays->fast && tell_all(relays, &why))
		withdraw(relays, why);
}

/* --- counters ------------------------------------------------------------- */

static void count(uint16_t port, bool is_over, const struct relay_fast_count *now,
		  void *data)
{
	struct relays *relays = data;
	struct relay_fast_count *seen;
	enum relay_side in;
	struct relay *relay;

	if (port < relays->conf.port_min || port > relays->conf.port_max)
		return;
	relay = relays->by_port[port - relays->conf.port_min];
	if (!relay || !relay->is_fast)
		return;
	in = (port == relay->number[RELAY_B]) != !is_over;
	seen = &relay->seen[in];
	if (is_over) {
		relay->counters.drop[in][RELAY_DROP_RATE] += now->over - seen->over;
		seen->over = now->over;
		return;
	}
	relay->counters.packets[in] += now->packets - seen->packets;
	relay->counters.bytes[in] += now->bytes - seen->bytes;
	if (now->packets != seen->packets)
		relay->used_ns = relay->port[in].latch.heard_ns =
			clock_now_ns(CLOCK_BOOTTIME);
	seen->packets = now->packets;
	seen->bytes = now->bytes;
}

static bool is_any_fast(const struct relays *relays)
{
	const struct relay *relay = relays->first;

	while (relay && !relay->is_fast)
		relay = relay->next;
	return relay;
}

/* What it asks of nftables takes its time, in which relays of two families stand still. */
void relay_kernel_tick(struct relays *relays)
{
	uint64_t now_ns, pause_ns;
	bool trusted;

	if (!relays->fast || (!relays->changed && !is_any_fast(relays)))
		return;
	relay_kernel_tell(relays);
	now_ns = clock_now_ns(CLOCK_BOOTTIME);
	if (!relays->fast || now_ns < relays->read_ns)
		return;
	relay_fast_read(relays->fast, count, relays);
	if (relay_fast_eaten(relays->fast, &trusted)) {
		withdraw(relays, "nothing arrives; does the firewall let it through?");
		return;
	}
	pause_ns = (trusted ? READ_S : READ_DOUBTING_S) * second_ns +
		   (clock_now_ns(CLOCK_BOOTTIME) - now_ns) * READ_PARTS;
	relays->read_ns = now_ns + (pause_ns < READ_MAX_S * second_ns ? pause_ns :
				    READ_MAX_S * second_ns);
}

/* --- open and close ------------------------------------------------------- */

int relay_kernel_open(struct relays *relays)
{
	int err;

	err = sd_event_add_time_relative(relays->event, &relays->tell, CLOCK_BOOTTIME, 0,
					 TELL_USEC / 4, on_tell, relays);
	if (err < 0)
		return err;
	sd_event_source_set_enabled(relays->tell, SD_EVENT_OFF);
	if (relays->conf.fast)
		relay_fast_open(&relays->fast, &relays->conf);
	return 0;
}

void relay_kernel_close(struct relays *relays, bool keep)
{
	relay_fast_close(relays->fast, keep);
	sd_event_source_disable_unref(relays->tell);
}
