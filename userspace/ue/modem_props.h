/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modem_props: properties of ModemManager's modems, out of D-Bus messages
 *
 * What has another type than ModemManager's documents say is skipped.
 */
#ifndef _SIDESTEP_MODEM_PROPS_H
#define _SIDESTEP_MODEM_PROPS_H

#include "modem.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define MODEM_INTERFACE "org.freedesktop.ModemManager1.Modem"
#define MODEM_SIGNAL_INTERFACE MODEM_INTERFACE ".Signal"

enum modem_props_limits {
	MODEM_MAX_PORTS = 4,
};

/**
 * enum modem_signal - technologies with a signal of their own, the one that counts first
 *
 * Where a modem has two radios, the session hangs on LTE: NR comes with it, and goes.
 */
enum modem_signal {
	MODEM_SIGNAL_LTE,
	MODEM_SIGNAL_NR5G,
	MODEM_SIGNAL_UMTS,
	MODEM_SIGNAL_GSM,
	MODEM_SIGNALS,
};

/**
 * struct modem_props - of one modem
 * @is_modem: it has the interface Modem
 * @can_measure: it has the interface Signal
 * @rate_s: how often Signal is refreshed; 0 for never
 * @port: names of its net ports, @n_ports of them
 * @n_ports: how many
 * @signal: by technology; @at_ns is 0 if there is none
 * @state: what is told of it
 */
struct modem_props {
	bool is_modem;
	bool can_measure;
	uint32_t rate_s;
	char port[MODEM_MAX_PORTS][IFNAMSIZ];
	size_t n_ports;
	struct {
		int32_t mbm;
		uint64_t at_ns;
	} signal[MODEM_SIGNALS];
	struct modem_state state;
};

/* modem_props_read() - "a{sv}", those of an interface. Return: < 0 if that is not there */
int modem_props_read(sd_bus_message *m, const char *interface,
		     struct modem_props *props);

/* modem_props_read_all() - "a{sa{sv}}", by interface. Return: likewise */
int modem_props_read_all(sd_bus_message *m, struct modem_props *props);

/* modem_props_forget() - it has an interface no more */
void modem_props_forget(struct modem_props *props, const char *interface);

#endif /* _SIDESTEP_MODEM_PROPS_H */
