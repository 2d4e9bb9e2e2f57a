/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_priv: what the files of relays share
 */
#ifndef _SIDESTEP_RELAY_PRIV_H
#define _SIDESTEP_RELAY_PRIV_H

#include "relay.h"
#include "relay_fast.h"
#include "relay_io.h"
#include "relay_latch.h"

/**
 * struct relay - see there
 * @relays: its table
 * @next: opened after this one
 * @prev: opened before
 * @owner: for whose quota it counts
 * @data: for the ops
 * @wg_key: public key of the UE of each side
 * @number: port of each side, host byte order
 * @port: what each side has latched on
 * @io: sockets
 * @ends_ns: end of its lifetime, CLOCK_BOOTTIME
 * @used_ns: when something of a latched source was forwarded, or the relay was opened
 * @counters: see there
 * @is_fast: the kernel forwards along @path
 * @path: see there
 * @seen: what was read of the kernel's counters for what comes in on each side
 * @next_changed: another one, too
 * @is_changed: the kernel has to be told
 */
struct relay {
	struct relays *relays;
	struct relay *next, *prev;
	char owner[PF_ID_SIZE];
	void *data;
	uint8_t wg_key[RELAY_SIDES][PF_WG_KEY_LEN];
	uint16_t number[RELAY_SIDES];
	struct relay_port port[RELAY_SIDES];
	struct relay_io io;
	uint64_t ends_ns;
	uint64_t used_ns;
	struct relay_counters counters;
	bool is_fast;
	struct relay_fast_path path;
	struct relay_fast_count seen[RELAY_SIDES];
	struct relay *next_changed;
	bool is_changed;
};

/**
 * struct relays - see there
 * @event: the loop
 * @conf: see there
 * @ops: see there
 * @batch: for datagrams on their way
 * @first: the relays
 * @last: likewise
 * @n: how many
 * @by_port: whose port is it? From @conf's first to its last
 * @tick: each second
 * @totals: of those that are over
 * @fast: the kernel's part; NULL: none
 * @changed: relays that the kernel has to be told of
 * @tell: tells it
 * @is_settled: all are there
 * @read_ns: when the kernel's counters are read
 */
struct relays {
	sd_event *event;
	struct relays_conf conf;
	const struct relay_ops *ops;
	struct relay_batch *batch;
	struct relay *first, *last;
	unsigned int n;
	struct relay **by_port;
	sd_event_source *tick;
	struct relay_counters totals;
	struct relay_fast *fast;
	struct relay *changed;
	sd_event_source *tell;
	bool is_settled;
	uint64_t read_ns;
};

#endif /* _SIDESTEP_RELAY_PRIV_H */
