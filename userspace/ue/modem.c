// SPDX-License-Identifier: GPL-2.0-or-later
#include "modem.h"
#include "log.h"
#include "modem_props.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER "org.freedesktop.ModemManager1"
#define BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"

enum {
	RETRY_US = 30000000,
	SLACK_US = 5000000,
	MAX_MODEMS = 16,
};

/**
 * struct modem - one of ModemManager's
 * @next: another one
 * @path: its D-Bus object
 * @props: what is known of it
 */
struct modem {
	struct modem *next;
	char *path;
	struct modem_props props;
};

/**
 * struct modem_watch - see there
 * @event: the loop
 * @bus: the connection, or NULL
 * @retry: when the bus is tried again; NULL while there is one
 * @modems: what ModemManager has
 * @cb: who is told
 * @data: for @cb
 */
struct modem_watch {
	sd_event *event;
	sd_bus *bus;
	sd_event_source *retry;
	struct modem *modems;
	modem_cb cb;
	void *data;
};

/* --- modems --------------------------------------------------------------- */

static struct modem **find(struct modem_watch *watch, const char *path)
{
	struct modem **at = &watch->modems;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	return at;
}

static struct modem *find_or_make(struct modem_watch *watch, const char *path)
{
	struct modem **at = find(watch, path), *modem;
	size_t n = 0;

	if (*at)
		return *at;
	for (modem = watch->modems; modem; modem = modem->next)
		n++;
	modem = n < MAX_MODEMS ? calloc(1, sizeof(*modem)) : NULL;
	if (!modem)
		return NULL;
	modem->path = strdup(path);
	if (!modem->path) {
		free(modem);
		return NULL;
	}
	*at = modem;
	return modem;
}

static void tell(struct modem_watch *watch, const struct modem *modem)
{
	for (size_t i = 0; i < modem->props.n_ports; i++)
		watch->cb(modem->props.port[i], &modem->props.state, watch->data);
}

static void forget(struct modem **at)
{
	struct modem *modem = *at;

	if (!modem)
		return;
	*at = modem->next;
	free(modem->path);
	free(modem);
}

static void forget_all(struct modem_watch *watch)
{
	while (watch->modems)
		forget(&watch->modems);
}

const struct modem_state *modem_state(const struct modem_watch *watch, const char *ifname)
{
	for (const struct modem *modem = watch->modems; modem; modem = modem->next)
		for (size_t i = 0; i < modem->props.n_ports; i++)
			if (!strcmp(modem->props.port[i], ifname))
				return &modem->props.state;
	return NULL;
}

/* --- messages ------------------------------------------------------------- */

static int on_set_up(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const sd_bus_error *failure = sd_bus_message_get_error(m);

	(void)data;
	(void)error;
	if (failure)
		log_say(LOG_INFO, NULL, "ModemManager measures no signal: %s",
			failure->message);
	return 0;
}

static void measure(struct modem_watch *watch, const struct modem *modem)
{
	sd_bus_call_method_async(watch->bus, NULL, MANAGER, modem->path,
				 MODEM_SIGNAL_INTERFACE, "Setup", on_set_up, watch, "u",
				 (uint32_t)MODEM_RATE_S);
}

/* "oa{sa{sv}}": an object, and what it has */
static int take_object(struct modem_watch *watch, sd_bus_message *m)
{
	struct modem_props props = {};
	struct modem *modem;
	const char *path;
	int ret = sd_bus_message_read(m, "o", &path);

	if (ret <= 0)
		return ret;
	modem = find_or_make(watch, path);
	if (!modem)
		return -ENOMEM;
	props = modem->props;
	ret = modem_props_read_all(m, &props);
	if (props.can_measure && !modem->props.can_measure)
		measure(watch, modem);
	modem->props = props;
	tell(watch, modem);
	return ret;
}

static int on_objects(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;
	int ret;

	(void)error;
	/* ModemManager does not run: its coming is heard of. */
	if (sd_bus_message_is_method_error(m, NULL))
		return 0;
	ret = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
	while (ret >= 0 &&
	       (ret = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
		ret = take_object(watch, m);
		if (ret >= 0)
			ret = sd_bus_message_exit_container(m);
	}
	if (ret < 0)
		log_say(LOG_WARNING, NULL, "ModemManager's answer is not understood: %s",
			strerror(-ret));
	return 0;
}

static void look(struct modem_watch *watch)
{
	sd_bus_call_method_async(watch->bus, NULL, MANAGER,
				 "/org/freedesktop/ModemManager1",
				 "org.freedesktop.DBus.ObjectManager",
				 "GetManagedObjects", on_objects, watch, NULL);
}

static int on_added(sd_bus_message *m, void *data, sd_bus_error *error)
{
	(void)error;
	take_object(data, m);
	return 0;
}

static int on_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *path, *interface;
	int ret;

	(void)error;
	if (sd_bus_message_read(m, "o", &path) <= 0 ||
	    sd_bus_message_enter_container(m, 'a', "s") < 0)
		return 0;
	while ((ret = sd_bus_message_read(m, "s", &interface)) > 0)
		if (!strcmp(interface, MODEM_INTERFACE))
			forget(find(data, path));
	return 0;
}

static int on_changed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;
	struct modem *modem = *find(watch, sd_bus_message_get_path(m));
	const char *interface;

	(void)error;
	if (!modem || sd_bus_message_read(m, "s", &interface) <= 0 ||
	    modem_props_read(m, interface, &modem->props) < 0)
		return 0;
	tell(watch, modem);
	return 0;
}

static int on_owner(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *name, *before, *now;

	(void)error;
	if (sd_bus_message_read(m, "sss", &name, &before, &now) <= 0)
		return 0;
	forget_all(data);
	if (*now)
		look(data);
	return 0;
}

/* --- the bus -------------------------------------------------------------- */

static void reconnect_later(struct modem_watch *watch);

static int on_message(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;

	(void)error;
	if (!sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Disconnected"))
		return 0;
	forget_all(watch);
	reconnect_later(watch);
	return 0;
}

static int follow(struct modem_watch *watch)
{
	static const struct {
		const char *rule;
		sd_bus_message_handler_t handler;
	} matches[] = {
#define FROM "type='signal',sender='" MANAGER "',"
		{ FROM "interface='org.freedesktop.DBus.ObjectManager',member='InterfacesAdded'",
		  on_added },
		{ FROM "interface='org.freedesktop.DBus.ObjectManager',member='InterfacesRemoved'",
		  on_removed },
		{ FROM "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
		  on_changed },
		{ "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" MANAGER "'",
		  on_owner },
#undef FROM
	};
	int ret = sd_bus_add_filter(watch->bus, NULL, on_message, watch);

	for (size_t i = 0; i < sizeof(matches) / sizeof(*matches) && ret >= 0; i++)
		ret = sd_bus_add_match_async(watch->bus, NULL, matches[i].rule,
					     matches[i].handler, NULL, watch);
	if (ret >= 0)
		look(watch);
	return ret;
}

static int connect_bus(struct modem_watch *watch)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int ret;

	watch->bus = sd_bus_close_unref(watch->bus);
	ret = sd_bus_new(&watch->bus);
	if (ret >= 0)
		ret = sd_bus_set_address(watch->bus, address ?: BUS_ADDRESS);
	if (ret >= 0)
		ret = sd_bus_set_bus_client(watch->bus, true);
	if (ret >= 0)
		ret = sd_bus_start(watch->bus);
	if (ret >= 0)
		ret = sd_bus_attach_event(watch->bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
	return ret < 0 ? ret : follow(watch);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct modem_watch *watch = data;

	(void)source;
	(void)usec;
	watch->retry = sd_event_source_disable_unref(watch->retry);
	if (connect_bus(watch) < 0)
		reconnect_later(watch);
	return 0;
}

static void reconnect_later(struct modem_watch *watch)
{
	if (!watch->retry &&
	    sd_event_add_time_relative(watch->event, &watch->retry, CLOCK_BOOTTIME,
				       RETRY_US, SLACK_US, on_retry, watch) < 0)
		log_say(LOG_ERR, NULL, "no memory for a timer: modems are not watched");
}

int modem_watch_open(struct modem_watch **result, sd_event *event, modem_cb cb, void *data)
{
	struct modem_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->event = event;
	watch->cb = cb;
	watch->data = data;
	*result = watch;
	if (connect_bus(watch) < 0)
		reconnect_later(watch);
	return 0;
}

void modem_watch_close(struct modem_watch *watch)
{
	forget_all(watch);
	sd_event_source_disable_unref(watch->retry);
	sd_bus_close_unref(watch->bus);
	free(watch);
}
