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

enum {
	MODEM_MAX_PORTS = 4,
};

/**
 * struct modem_props - of one modem
 * @ports: names of its net ports, @n_ports of them
 * @n_ports: how many
 * @can_measure: it has the interface Signal
 * @state: what is told of it
 */
struct modem_props {
	char port[MODEM_MAX_PORTS][IFNAMSIZ];
	size_t n_ports;
	bool can_measure;
	struct modem_state state;
};

/* modem_props_read() - "a{sv}", those of an interface. Return: < 0 if that is not there */
int modem_props_read(sd_bus_message *m, const char *interface,
		     struct modem_props *props);

/* modem_props_read_all() - "a{sa{sv}}", by interface. Return: likewise */
int modem_props_read_all(sd_bus_message *m, struct modem_props *props);

#endif /* _SIDESTEP_MODEM_PROPS_H */
