// SPDX-License-Identifier: GPL-2.0-or-later
#include "modem.h"
#include "../common/log.h"
#include "modem_props.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER "org.freedesktop.ModemManager1"
#define BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"

enum modem_figures {
	RETRY_US = 30000000,
	SLACK_US = 5000000,
	MAX_MODEMS = 16,
	/* A bus name has 255 characters at most. */
	NAME_SIZE = 256,
};

/**
 * struct modem - one of ModemManager's
 * @next: another one
 * @path: its D-Bus object
 * @props: what is known of it
 * @set_up: the request to measure, until it is answered
 * @asked: it was made since the modem is in its state
 * @refused: people know that it measures nothing
 */
struct modem {
	struct modem *next;
	char *path;
	struct modem_props props;
	sd_bus_slot *set_up;
	bool asked;
	bool refused;
};

/**
 * struct modem_watch - see there
 * @event: the loop
 * @bus: the connection, or NULL
 * @owner: ModemManager's own name there; "" until it has answered
 * @question: the one that it has not answered yet
 * @retry: when that, or the bus, is tried again; or NULL
 * @modems: what ModemManager has
 * @cb: who is told
 * @data: for @cb
 */
struct modem_watch {
	sd_event *event;
	sd_bus *bus;
	char owner[NAME_SIZE];
	sd_bus_slot *question;
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

static struct modem *add(struct modem_watch *watch, const char *path)
{
	struct modem **at = &watch->modems, *modem;
	size_t n = 0;

	for (; *at; at = &(*at)->next)
		n++;
	modem = n < MAX_MODEMS ? calloc(1, sizeof(*modem)) : NULL;
	if (modem)
		modem->path = strdup(path);
	if (!modem || !modem->path) {
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
	sd_bus_slot_unref(modem->set_up);
	free(modem->path);
	free(modem);
}

static void forget_all(struct modem_watch *watch)
{
	while (watch->modems)
		forget(&watch->modems);
	watch->question = sd_bus_slot_unref(watch->question);
	*watch->owner = '\0';
}

const struct modem_state *modem_state(const struct modem_watch *watch, const char *ifname)
{
	for (const struct modem *modem = watch->modems; modem; modem = modem->next)
		for (size_t i = 0; i < modem->props.n_ports; i++)
			if (!strcmp(modem->props.port[i], ifname))
				return &modem->props.state;
	return NULL;
}

/* --- what modems measure -------------------------------------------------- */

static int on_set_up(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const sd_bus_error *failure = sd_bus_message_get_error(m);
	struct modem *modem = data;

	(void)error;
	modem->set_up = sd_bus_slot_unref(modem->set_up);
	if (failure)
		log_say(modem->refused ? LOG_DEBUG : LOG_WARNING, NULL,
			"ModemManager has no signal of modem %s measured: %s",
			modem->props.port[0], failure->message);
	modem->refused = failure;
	return 0;
}

/* Who wants it more often is left alone. A modem that cannot measure yet may be able to
 * in another state.
 */
static void measure(struct modem_watch *watch, struct modem *modem)
{
	const struct modem_props *props = &modem->props;

	if (!props->can_measure || !props->n_ports || modem->asked || modem->set_up ||
	    (props->rate_s && props->rate_s <= MODEM_RATE_S))
		return;
	modem->asked = true;
	sd_bus_call_method_async(watch->bus, &modem->set_up, MANAGER, modem->path,
				 MODEM_SIGNAL_INTERFACE, "Setup", on_set_up, modem, "u",
				 (uint32_t)MODEM_RATE_S);
}

static bool same_state(const struct modem_state *a, const struct modem_state *b)
{
	return !strcmp(a->state, b->state) && !strcmp(a->operator, b->operator) &&
	       !strcmp(a->technology, b->technology) && a->at_ns == b->at_ns;
}

static void update(struct modem_watch *watch, struct modem *modem,
		   const struct modem_props *now)
{
	const struct modem_props was = modem->props;

	modem->props = *now;
	if (strcmp(was.state.state, now->state.state) || !now->can_measure)
		modem->asked = false;
	measure(watch, modem);
	if (!same_state(&was.state, &now->state) || was.n_ports != now->n_ports ||
	    memcmp(was.port, now->port, sizeof(was.port)))
		tell(watch, modem);
}

/* --- messages ------------------------------------------------------------- */

/* What others on the bus say of modems does not count. */
static bool is_owner(const struct modem_watch *watch, sd_bus_message *m)
{
	const char *sender = sd_bus_message_get_sender(m);

	return sender && *watch->owner && !strcmp(sender, watch->owner);
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
	modem = *find(watch, path);
	if (modem)
		props = modem->props;
	ret = modem_props_read_all(m, &props);
	if (ret < 0 || !props.is_modem)
		return ret;
	if (!modem)
		modem = add(watch, path);
	if (modem)
		update(watch, modem, &props);
	else
		log_say(LOG_DEBUG, NULL, "no room for modem %s", path);
	return 0;
}

static int take_objects(struct modem_watch *watch, sd_bus_message *m)
{
	int ret = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");

	while (ret >= 0 &&
	       (ret = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
		ret = take_object(watch, m);
		if (ret >= 0)
			ret = sd_bus_message_exit_container(m);
	}
	return ret;
}

static bool is_absent(sd_bus_message *m)
{
	return sd_bus_message_is_method_error(m, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	       sd_bus_message_is_method_error(m, SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

static void try_later(struct modem_watch *watch);

static int on_objects(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;
	const char *sender = sd_bus_message_get_sender(m);
	int ret = -sd_bus_message_get_errno(m);

	(void)error;
	watch->question = sd_bus_slot_unref(watch->question);
	/* Its coming is heard of. */
	if (is_absent(m))
		return 0;
	if (!ret) {
		snprintf(watch->owner, sizeof(watch->owner), "%s", sender ?: "");
		ret = take_objects(watch, m);
	}
	if (ret < 0) {
		log_say(LOG_DEBUG, NULL, "no modems from ModemManager: %s",
			strerror(-ret));
		try_later(watch);
	}
	return 0;
}

/* ModemManager is not started for this. */
static int look(struct modem_watch *watch)
{
	sd_bus_message *m = NULL;
	int ret;

	watch->question = sd_bus_slot_unref(watch->question);
	ret = sd_bus_message_new_method_call(watch->bus, &m, MANAGER,
					     "/org/freedesktop/ModemManager1",
					     "org.freedesktop.DBus.ObjectManager",
					     "GetManagedObjects");
	if (ret >= 0)
		ret = sd_bus_message_set_auto_start(m, false);
	if (ret >= 0)
		ret = sd_bus_call_async(watch->bus, &watch->question, m, on_objects,
					watch, 0);
	sd_bus_message_unref(m);
	return ret;
}

static int on_added(sd_bus_message *m, void *data, sd_bus_error *error)
{
	(void)error;
	if (is_owner(data, m))
		take_object(data, m);
	return 0;
}

static int on_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;
	const char *path, *interface;
	struct modem_props props;
	struct modem **at;

	(void)error;
	if (!is_owner(watch, m) || sd_bus_message_read(m, "o", &path) <= 0 ||
	    !*(at = find(watch, path)) ||
	    sd_bus_message_enter_container(m, 'a', "s") < 0)
		return 0;
	props = (*at)->props;
	while (sd_bus_message_read(m, "s", &interface) > 0)
		modem_props_forget(&props, interface);
	if (props.is_modem)
		update(watch, *at, &props);
	else
		forget(at);
	return 0;
}

static int on_changed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;
	struct modem *modem = *find(watch, sd_bus_message_get_path(m));
	struct modem_props props;
	const char *interface;

	(void)error;
	if (!modem || !is_owner(watch, m) ||
	    sd_bus_message_read(m, "s", &interface) <= 0)
		return 0;
	props = modem->props;
	if (modem_props_read(m, interface, &props) >= 0)
		update(watch, modem, &props);
	return 0;
}

static int on_owner(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *sender = sd_bus_message_get_sender(m);
	const char *name, *before, *now;

	(void)error;
	if (!sender || strcmp(sender, "org.freedesktop.DBus") ||
	    sd_bus_message_read(m, "sss", &name, &before, &now) <= 0)
		return 0;
	forget_all(data);
	if (*now && look(data) < 0)
		try_later(data);
	return 0;
}

/* --- the bus -------------------------------------------------------------- */

static int on_message(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct modem_watch *watch = data;

	(void)error;
	if (!sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Disconnected"))
		return 0;
	log_say(LOG_DEBUG, NULL, "the system bus is gone");
	forget_all(watch);
	try_later(watch);
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
	return ret < 0 ? ret : look(watch);
}

static int connect_bus(struct modem_watch *watch)
{
	const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int ret;

	forget_all(watch);
	watch->bus = sd_bus_close_unref(watch->bus);
	ret = sd_bus_new(&watch->bus);
	if (ret >= 0)
		ret = sd_bus_set_address(watch->bus, address ?: BUS_ADDRESS);
	if (ret >= 0)
		ret = sd_bus_set_bus_client(watch->bus, true);
	/* What has not been sent by then is not waited for. */
	if (ret >= 0)
		ret = sd_bus_set_close_on_exit(watch->bus, false);
	if (ret >= 0)
		ret = sd_bus_start(watch->bus);
	if (ret >= 0)
		ret = sd_bus_attach_event(watch->bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
	return ret < 0 ? ret : follow(watch);
}

static void connect_or_wait(struct modem_watch *watch)
{
	int ret = connect_bus(watch);

	if (ret < 0) {
		log_say(LOG_DEBUG, NULL, "no system bus: %s", strerror(-ret));
		try_later(watch);
	}
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct modem_watch *watch = data;

	(void)source;
	(void)usec;
	watch->retry = sd_event_source_disable_unref(watch->retry);
	if (sd_bus_is_open(watch->bus) <= 0 || look(watch) < 0)
		connect_or_wait(watch);
	return 0;
}

static void try_later(struct modem_watch *watch)
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
	connect_or_wait(watch);
	return 0;
}

void modem_watch_close(struct modem_watch *watch)
{
	forget_all(watch);
	sd_event_source_disable_unref(watch->retry);
	sd_bus_close_unref(watch->bus);
	free(watch);
}
