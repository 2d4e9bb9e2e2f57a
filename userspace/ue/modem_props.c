// SPDX-License-Identifier: GPL-2.0-or-later
#include "modem_props.h"
#include "../common/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* MM_MODEM_ACCESS_TECHNOLOGY_ANY: nothing that a modem would use. */
#define ANY_TECHNOLOGY UINT32_MAX

enum modem_props_figures {
	/* MM_MODEM_PORT_TYPE_NET */
	PORT_NET = 2,
	/* dBm; ModemManager has figures far outside for "unknown". */
	LEAST_DBM = -200,
	MOST_DBM = 0,
	MBM_A_DBM = 100,
};

/* MMModemState, from -1 on */
static const char *const states[] = {
	"failed", "unknown", "initializing", "locked", "disabled", "disabling",
	"enabling", "enabled", "searching", "registered", "disconnecting",
	"connecting", "connected",
};

/* MMModemAccessTechnology, the best first */
static const struct {
	uint32_t bits;
	const char *name;
} technologies[] = {
	{ 1 << 15, "5gnr" },
	{ 1 << 14 | 1 << 16 | 1 << 17, "lte" },
	{ 0x1f << 5, "umts" },
	{ 0xf << 1, "gsm" },
};

/* Properties of the interface Signal, and what is taken of each. */
static const struct {
	const char *property;
	const char *figure;
} signals[MODEM_SIGNALS] = {
	[MODEM_SIGNAL_LTE] = { "Lte", "rsrp" },
	[MODEM_SIGNAL_NR5G] = { "Nr5g", "rsrp" },
	[MODEM_SIGNAL_UMTS] = { "Umts", "rssi" },
	[MODEM_SIGNAL_GSM] = { "Gsm", "rssi" },
};

typedef int (*take_fn)(sd_bus_message *m, struct modem_props *props);

static int take_state(sd_bus_message *m, struct modem_props *props)
{
	int32_t state;
	int ret = sd_bus_message_read(m, "i", &state);

	if (ret < 0)
		return ret;
	state++;
	snprintf(props->state.state, sizeof(props->state.state), "%s",
		 state >= 0 && (size_t)state < ARRAY_SIZE(states) ? states[state] :
								    "unknown");
	return 0;
}

static int take_technologies(sd_bus_message *m, struct modem_props *props)
{
	const char *name = "";
	uint32_t bits;
	int ret = sd_bus_message_read(m, "u", &bits);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < ARRAY_SIZE(technologies) && !*name; i++)
		if (bits != ANY_TECHNOLOGY && bits & technologies[i].bits)
			name = technologies[i].name;
	snprintf(props->state.technology, sizeof(props->state.technology), "%s", name);
	return 0;
}

static int take_ports(sd_bus_message *m, struct modem_props *props)
{
	const char *name;
	uint32_t type;
	int ret = sd_bus_message_enter_container(m, 'a', "(su)");

	if (ret < 0)
		return ret;
	props->n_ports = 0;
	while ((ret = sd_bus_message_read(m, "(su)", &name, &type)) > 0)
		if (type == PORT_NET && props->n_ports < MODEM_MAX_PORTS &&
		    strlen(name) < IFNAMSIZ)
			strcpy(props->port[props->n_ports++], name);
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

static int take_operator(sd_bus_message *m, struct modem_props *props)
{
	const char *name;
	int ret = sd_bus_message_read(m, "s", &name);

	if (ret >= 0)
		snprintf(props->state.operator, sizeof(props->state.operator), "%s", name);
	return ret;
}

static int take_rate(sd_bus_message *m, struct modem_props *props)
{
	return sd_bus_message_read(m, "u", &props->rate_s);
}

static void take_dbm(struct modem_props *props, enum modem_signal i, double dbm)
{
	/* False for what is no number, too. */
	if (!(dbm >= LEAST_DBM && dbm <= MOST_DBM))
		return;
	props->signal[i].mbm = dbm * MBM_A_DBM - 0.5;
	props->signal[i].at_ns = clock_now_ns(CLOCK_MONOTONIC);
}

/* "a{sv}": figures by name. ModemManager leaves out what it does not know. */
static int take_figures(sd_bus_message *m, enum modem_signal i, struct modem_props *props)
{
	const char *name;
	double dbm;
	int ret = sd_bus_message_enter_container(m, 'a', "{sv}");

	props->signal[i].at_ns = 0;
	while (ret >= 0 && (ret = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		ret = sd_bus_message_read(m, "s", &name);
		if (ret < 0)
			break;
		if (!strcmp(name, signals[i].figure) &&
		    sd_bus_message_read(m, "v", "d", &dbm) >= 0)
			take_dbm(props, i, dbm);
		else
			ret = sd_bus_message_skip(m, "v");
		if (ret >= 0)
			ret = sd_bus_message_exit_container(m);
	}
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

static const struct {
	const char *interface;
	const char *property;
	const char *type;
	take_fn take;
} wanted[] = {
	{ MODEM_INTERFACE, "State", "i", take_state },
	{ MODEM_INTERFACE, "Ports", "a(su)", take_ports },
	{ MODEM_INTERFACE, "AccessTechnologies", "u", take_technologies },
	{ MODEM_INTERFACE ".Modem3gpp", "OperatorName", "s", take_operator },
	{ MODEM_SIGNAL_INTERFACE, "Rate", "u", take_rate },
};

/* Return: > 0 if the next thing is a variant of that type, which is entered. */
static int enter_variant(sd_bus_message *m, const char *type)
{
	const char *contents;
	char kind;
	int ret = sd_bus_message_peek_type(m, &kind, &contents);

	if (ret <= 0 || kind != 'v' || strcmp(contents, type))
		return ret < 0 ? ret : 0;
	return sd_bus_message_enter_container(m, 'v', type);
}

static int take_signal(sd_bus_message *m, enum modem_signal i, struct modem_props *props)
{
	int ret = enter_variant(m, "a{sv}");

	if (ret <= 0)
		return ret < 0 ? ret : sd_bus_message_skip(m, "v");
	ret = take_figures(m, i, props);
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

static int take_wanted(sd_bus_message *m, size_t i, struct modem_props *props)
{
	int ret = enter_variant(m, wanted[i].type);

	if (ret <= 0)
		return ret < 0 ? ret : sd_bus_message_skip(m, "v");
	ret = wanted[i].take(m, props);
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

static int take(sd_bus_message *m, const char *interface, const char *property,
		struct modem_props *props)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!strcmp(interface, wanted[i].interface) &&
		    !strcmp(property, wanted[i].property))
			return take_wanted(m, i, props);
	if (strcmp(interface, MODEM_SIGNAL_INTERFACE))
		return sd_bus_message_skip(m, "v");
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!strcmp(property, signals[i].property))
			return take_signal(m, i, props);
	return sd_bus_message_skip(m, "v");
}

/* Of the signals, the one that counts. */
static void choose_signal(struct modem_props *props)
{
	struct modem_state *state = &props->state;
	size_t i = 0;

	while (i < MODEM_SIGNALS && !props->signal[i].at_ns)
		i++;
	state->has_signal = i < MODEM_SIGNALS;
	state->signal_mbm = state->has_signal ? props->signal[i].mbm : 0;
	state->at_ns = state->has_signal ? props->signal[i].at_ns : 0;
}

int modem_props_read(sd_bus_message *m, const char *interface, struct modem_props *props)
{
	const char *property;
	int ret = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (ret >= 0 && (ret = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		ret = sd_bus_message_read(m, "s", &property);
		if (ret >= 0)
			ret = take(m, interface, property, props);
		if (ret >= 0)
			ret = sd_bus_message_exit_container(m);
	}
	choose_signal(props);
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

int modem_props_read_all(sd_bus_message *m, struct modem_props *props)
{
	const char *interface;
	int ret = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");

	while (ret >= 0 && (ret = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		ret = sd_bus_message_read(m, "s", &interface);
		if (ret < 0)
			break;
		props->is_modem |= !strcmp(interface, MODEM_INTERFACE);
		props->can_measure |= !strcmp(interface, MODEM_SIGNAL_INTERFACE);
		ret = modem_props_read(m, interface, props);
		if (ret >= 0)
			ret = sd_bus_message_exit_container(m);
	}
	return ret < 0 ? ret : sd_bus_message_exit_container(m);
}

void modem_props_forget(struct modem_props *props, const char *interface)
{
	if (!strcmp(interface, MODEM_INTERFACE))
		props->is_modem = false;
	if (!strcmp(interface, MODEM_INTERFACE ".Modem3gpp"))
		props->state.operator[0] = '\0';
	if (!strcmp(interface, MODEM_SIGNAL_INTERFACE)) {
		props->can_measure = false;
		props->rate_s = 0;
		memset(props->signal, 0, sizeof(props->signal));
		choose_signal(props);
	}
}
