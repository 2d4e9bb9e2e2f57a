/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modem: what ModemManager says of the modems, over D-Bus
 */
#ifndef _SIDESTEP_MODEM_H
#define _SIDESTEP_MODEM_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum modem_limits {
	/* Modem.Signal is told to refresh that often; 1 is its minimum. */
	MODEM_RATE_S = 5,
};

/**
 * struct modem_state - of the modem with a net port
 * @state: MMModemState in words, e.g. "registered", "connected", "failed"
 * @operator: its name, "" if not registered
 * @technology: e.g. "lte", "5gnr", "umts"; "" if not known
 * @has_signal: @signal_mbm is there
 * @signal_mbm: RSRP of LTE or NR, or RSSI of older ones, 1/100 dBm
 * @at_ns: CLOCK_MONOTONIC of when it was told
 */
struct modem_state {
	char state[16];
	char operator[64];
	char technology[16];
	bool has_signal;
	int32_t signal_mbm;
	uint64_t at_ns;
};

struct modem_watch;

/**
 * typedef modem_cb - a modem has a new signal, or another state, operator or technology
 * @ifname: its net port
 */
typedef void (*modem_cb)(const char *ifname, const struct modem_state *state,
			 void *data);

/**
 * modem_watch_open() - begin to watch
 * @watch: the result
 * @event: the loop
 * @cb: called with each change
 * @data: for @cb
 *
 * The system bus (or DBUS_SYSTEM_BUS_ADDRESS) and ModemManager may be missing, come
 * and go: they are waited for without polling ModemManager; a bus that is missing is
 * tried again every 30 s. Only missing memory is an error.
 *
 * Return: 0 or a negative errno value.
 */
int modem_watch_open(struct modem_watch **watch, sd_event *event, modem_cb cb,
		     void *data);
void modem_watch_close(struct modem_watch *watch);

/* modem_state() - what is known of the modem with that net port, or NULL */
const struct modem_state *modem_state(const struct modem_watch *watch,
				      const char *ifname);

#endif /* _SIDESTEP_MODEM_H */
