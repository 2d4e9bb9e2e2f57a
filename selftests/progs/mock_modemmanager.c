// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mock of ModemManager, as far as the helper asks it: no modem is needed. It is told
 * by lines on stdin what its modems do, and says on stdout what it was asked.
 *
 * Usage: mock_modemmanager [--stranger|--garble]	a stranger does not own the name
 *   add N PORT		a modem appears, with that net port
 *   remove N
 *   lock N yes|no	it has no interface Signal, or has it again
 *   state N NUMBER	MMModemState
 *   technology N BITS	MMModemAccessTechnology
 *   operator N [NAME]
 *   signal N Lte|Nr5g|Umts|Gsm DBM|-
 *   odd N		signals that do not have the types that they should
 *   refuse yes|no	Setup ends with an error
 *   garble yes|no	GetManagedObjects has another type than it should
 *   to NAME		signals go to that connection alone
 *   gone		says that ModemManager has gone
 *   names		print how many connections the bus has
 */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define MANAGER "org.freedesktop.ModemManager1"
#define MANAGER_PATH "/org/freedesktop/ModemManager1"
#define MODEM MANAGER ".Modem"
#define OBJECTS "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum {
	MAX_MODEMS = 32,
	MAX_WORDS = 8,
	/* MMModemPortType */
	PORT_NET = 2,
	PORT_AT = 3,
	PORT_QMI = 6,
};

static const struct {
	const char *name;
	const char *figure;
} technologies[] = {
	{ "Gsm", "rssi" }, { "Umts", "rssi" }, { "Lte", "rsrp" }, { "Nr5g", "rsrp" },
};

#define TECHNOLOGIES (sizeof(technologies) / sizeof(technologies[0]))

struct modem {
	bool present;
	bool locked;
	char port[64];
	int32_t state;
	uint32_t technology;
	char operator[64];
	uint32_t rate;
	double dbm[TECHNOLOGIES];
};

static struct mock {
	sd_bus *bus;
	const char *to;
	bool refuses;
	bool garbles;
	struct modem modem[MAX_MODEMS];
} mock;

static void must(int ret, const char *what)
{
	if (ret < 0)
		die("mock_modemmanager: %s: %s", what, strerror(-ret));
}

static const char *path_of(const struct modem *modem)
{
	static char path[64];

	snprintf(path, sizeof(path), MANAGER_PATH "/Modem/%d", (int)(modem - mock.modem));
	return path;
}

/* --- what modems have ----------------------------------------------------- */

static void put_figures(sd_bus_message *m, size_t i, double dbm)
{
	must(sd_bus_message_open_container(m, 'e', "sv"), "property");
	must(sd_bus_message_append(m, "s", technologies[i].name), "property");
	must(sd_bus_message_open_container(m, 'v', "a{sv}"), "figures");
	if (dbm < 0 || dbm >= 0)
		must(sd_bus_message_append(m, "a{sv}", 3, "snr", "d", 4.5,
					   technologies[i].figure, "d", dbm,
					   "error-rate", "d", 0.0), "figures");
	else
		must(sd_bus_message_append(m, "a{sv}", 0), "figures");
	must(sd_bus_message_close_container(m), "figures");
	must(sd_bus_message_close_container(m), "property");
}

static void put_modem(sd_bus_message *m, const struct modem *modem)
{
	must(sd_bus_message_append(m, "{sa{sv}}", MODEM, 5,
				   "Model", "s", "mock", "State", "i", modem->state,
				   "AccessTechnologies", "u", modem->technology,
				   "SignalQuality", "(ub)", 50, true,
				   "Ports", "a(su)", 3, "cdc-wdm0", PORT_QMI,
				   modem->port, PORT_NET, "ttyUSB0", PORT_AT), "Modem");
	must(sd_bus_message_append(m, "{sa{sv}}", MODEM ".Modem3gpp", 2,
				   "RegistrationState", "u", 1,
				   "OperatorName", "s", modem->operator), "Modem3gpp");
}

static void put_signal(sd_bus_message *m, const struct modem *modem)
{
	must(sd_bus_message_open_container(m, 'e', "sa{sv}"), "Signal");
	must(sd_bus_message_append(m, "s", MODEM ".Signal"), "Signal");
	must(sd_bus_message_open_container(m, 'a', "{sv}"), "Signal");
	must(sd_bus_message_append(m, "{sv}", "Rate", "u", modem->rate), "Signal");
	for (size_t i = 0; i < TECHNOLOGIES; i++)
		put_figures(m, i, modem->dbm[i]);
	must(sd_bus_message_close_container(m), "Signal");
	must(sd_bus_message_close_container(m), "Signal");
}

/* "oa{sa{sv}}" */
static void put_object(sd_bus_message *m, const struct modem *modem, bool all)
{
	must(sd_bus_message_append(m, "o", path_of(modem)), "object");
	must(sd_bus_message_open_container(m, 'a', "{sa{sv}}"), "object");
	if (all)
		put_modem(m, modem);
	if (!modem->locked)
		put_signal(m, modem);
	must(sd_bus_message_close_container(m), "object");
}

/* --- calls ---------------------------------------------------------------- */

static int tell_objects(sd_bus_message *call)
{
	sd_bus_message *m = NULL;

	printf("call: GetManagedObjects %s\n", sd_bus_message_get_sender(call));
	if (mock.garbles)
		return sd_bus_reply_method_return(call, "a{os}", 1, "/", "garbled");
	must(sd_bus_message_new_method_return(call, &m), "answer");
	must(sd_bus_message_open_container(m, 'a', "{oa{sa{sv}}}"), "answer");
	for (size_t i = 0; i < MAX_MODEMS; i++) {
		if (!mock.modem[i].present)
			continue;
		must(sd_bus_message_open_container(m, 'e', "oa{sa{sv}}"), "answer");
		put_object(m, &mock.modem[i], true);
		must(sd_bus_message_close_container(m), "answer");
	}
	must(sd_bus_message_close_container(m), "answer");
	must(sd_bus_send(mock.bus, m, NULL), "answer");
	sd_bus_message_unref(m);
	return 1;
}

static struct modem *modem_at(const char *path)
{
	for (size_t i = 0; i < MAX_MODEMS; i++)
		if (mock.modem[i].present && !strcmp(path_of(&mock.modem[i]), path))
			return &mock.modem[i];
	return NULL;
}

static void changed(const struct modem *modem, const char *interface,
		    const char *property, const char *type, ...);

static int set_up(sd_bus_message *call)
{
	struct modem *modem = modem_at(sd_bus_message_get_path(call));
	uint32_t rate;

	must(sd_bus_message_read(call, "u", &rate), "Setup");
	printf("call: Setup %s %u\n", modem ? modem->port : "?", rate);
	if (mock.refuses || !modem)
		return sd_bus_reply_method_errorf(call, MANAGER ".Error.Core.WrongState",
						  "not now");
	modem->rate = rate;
	must(sd_bus_reply_method_return(call, NULL), "Setup");
	changed(modem, MODEM ".Signal", "Rate", "u", rate);
	return 1;
}

static int on_message(sd_bus_message *m, void *data, sd_bus_error *error)
{
	(void)data;
	(void)error;
	if (sd_bus_message_is_method_call(m, OBJECTS, "GetManagedObjects"))
		return tell_objects(m);
	if (sd_bus_message_is_method_call(m, MODEM ".Signal", "Setup"))
		return set_up(m);
	return 0;
}

/* --- signals -------------------------------------------------------------- */

static sd_bus_message *begin(const char *path, const char *interface, const char *member)
{
	sd_bus_message *m = NULL;

	must(sd_bus_message_new_signal(mock.bus, &m, path, interface, member), member);
	return m;
}

static void send_signal(sd_bus_message *m)
{
	must(sd_bus_send_to(mock.bus, m, mock.to, NULL), "signal");
	sd_bus_message_unref(m);
}

static void changed(const struct modem *modem, const char *interface,
		    const char *property, const char *type, ...)
{
	sd_bus_message *m = begin(path_of(modem), PROPERTIES, "PropertiesChanged");
	va_list args;

	va_start(args, type);
	must(sd_bus_message_append(m, "s", interface), property);
	must(sd_bus_message_open_container(m, 'a', "{sv}"), property);
	must(sd_bus_message_open_container(m, 'e', "sv"), property);
	must(sd_bus_message_append(m, "s", property), property);
	must(sd_bus_message_open_container(m, 'v', type), property);
	must(sd_bus_message_appendv(m, type, args), property);
	must(sd_bus_message_close_container(m), property);
	must(sd_bus_message_close_container(m), property);
	must(sd_bus_message_close_container(m), property);
	must(sd_bus_message_append(m, "as", 0), property);
	va_end(args);
	send_signal(m);
}

static void added(const struct modem *modem, bool all)
{
	sd_bus_message *m = begin(MANAGER_PATH, OBJECTS, "InterfacesAdded");

	put_object(m, modem, all);
	send_signal(m);
}

static void do_add(struct modem *modem, char **word)
{
	*modem = (struct modem){ .present = true, .state = 8, .technology = 1 << 14 };
	for (size_t i = 0; i < TECHNOLOGIES; i++)
		modem->dbm[i] = NAN;
	snprintf(modem->port, sizeof(modem->port), "%s", word[2]);
	snprintf(modem->operator, sizeof(modem->operator), "Mock");
	added(modem, true);
}

static void do_remove(struct modem *modem, char **word)
{
	sd_bus_message *m = begin(MANAGER_PATH, OBJECTS, "InterfacesRemoved");

	(void)word;
	modem->present = false;
	must(sd_bus_message_append(m, "oas", path_of(modem), 3, MODEM, MODEM ".Modem3gpp",
				   MODEM ".Signal"), "InterfacesRemoved");
	send_signal(m);
}

static void do_lock(struct modem *modem, char **word)
{
	sd_bus_message *m;

	modem->locked = !strcmp(word[2], "yes");
	modem->rate = 0;
	if (!modem->locked) {
		added(modem, false);
		return;
	}
	m = begin(MANAGER_PATH, OBJECTS, "InterfacesRemoved");
	must(sd_bus_message_append(m, "oas", path_of(modem), 1, MODEM ".Signal"), "lock");
	send_signal(m);
}

static void do_state(struct modem *modem, char **word)
{
	modem->state = atoi(word[2]);
	changed(modem, MODEM, "State", "i", modem->state);
}

static void do_technology(struct modem *modem, char **word)
{
	modem->technology = strtoul(word[2], NULL, 0);
	changed(modem, MODEM, "AccessTechnologies", "u", modem->technology);
}

static void do_operator(struct modem *modem, char **word)
{
	snprintf(modem->operator, sizeof(modem->operator), "%s", word[2] ?: "");
	changed(modem, MODEM ".Modem3gpp", "OperatorName", "s", modem->operator);
}

static void do_signal(struct modem *modem, char **word)
{
	sd_bus_message *m = begin(path_of(modem), PROPERTIES, "PropertiesChanged");

	must(sd_bus_message_append(m, "s", MODEM ".Signal"), "signal");
	must(sd_bus_message_open_container(m, 'a', "{sv}"), "signal");
	for (size_t i = 0; i < TECHNOLOGIES; i++)
		if (!strcmp(word[2], technologies[i].name)) {
			modem->dbm[i] = strcmp(word[3], "-") ? strtod(word[3], NULL) : NAN;
			put_figures(m, i, modem->dbm[i]);
		}
	must(sd_bus_message_close_container(m), "signal");
	must(sd_bus_message_append(m, "as", 0), "signal");
	send_signal(m);
}

/* --- what no ModemManager says -------------------------------------------- */

#define ODD(path, interface, member, ...) \
	must(sd_bus_emit_signal(mock.bus, path, interface, member, __VA_ARGS__), "odd")

static void odd_types(const struct modem *modem)
{
	char path[64], other[64];

	snprintf(path, sizeof(path), "%s", path_of(modem));
	ODD(path, PROPERTIES, "PropertiesChanged", NULL);
	ODD(path, PROPERTIES, "PropertiesChanged", "u", 1);
	ODD(path, PROPERTIES, "PropertiesChanged", "s", MODEM);
	ODD(path, PROPERTIES, "PropertiesChanged", "sa{ss}as", MODEM, 1, "State", "failed", 0);
	ODD(path, PROPERTIES, "PropertiesChanged", "sv", MODEM ".Signal", "d", -1.0);
	ODD(MANAGER_PATH, OBJECTS, "InterfacesAdded", NULL);
	ODD(MANAGER_PATH, OBJECTS, "InterfacesAdded", "s", path);
	ODD(MANAGER_PATH, OBJECTS, "InterfacesAdded", "oas", path, 1, MODEM);
	for (size_t i = 0; i < MAX_MODEMS; i++) {
		snprintf(other, sizeof(other), "/other/%zu", i);
		ODD(MANAGER_PATH, OBJECTS, "InterfacesAdded", "oa{sa{sv}}", other, 1, "a.b", 0);
	}
	ODD(MANAGER_PATH, OBJECTS, "InterfacesRemoved", "s", path);
	ODD(MANAGER_PATH, OBJECTS, "InterfacesRemoved", "o", path);
	ODD(MANAGER_PATH, OBJECTS, "InterfacesRemoved", "oau", path, 1, 1);
}

static void odd_values(const struct modem *modem)
{
	changed(modem, MODEM, "State", "s", "failed");
	changed(modem, MODEM, "State", "v", "i", -1);
	changed(modem, MODEM, "AccessTechnologies", "t", (uint64_t)1 << 15);
	changed(modem, MODEM, "Ports", "as", 1, "wwan9");
	changed(modem, MODEM, "Ports", "a(us)", 1, PORT_NET, "wwan9");
	changed(modem, MODEM ".Modem3gpp", "OperatorName", "ay", 0);
	changed(modem, MODEM ".Signal", "Lte", "d", -1.0);
	changed(modem, MODEM ".Signal", "Lte", "a{sd}", 1, "rsrp", -1.0);
	changed(modem, MODEM ".Signal", "Rate", "i", 0);
	/* One that is as it should be, behind one that is not. */
	ODD(path_of(modem), PROPERTIES, "PropertiesChanged", "sa{sv}as", MODEM, 2,
	    "AccessTechnologies", "s", "5gnr", "State", "i", 11, 0);
}

static void do_odd(struct modem *modem, char **word)
{
	(void)word;
	odd_types(modem);
	odd_values(modem);
}

/* --- commands ------------------------------------------------------------- */

static const struct {
	const char *word;
	int words;
	void (*run)(struct modem *modem, char **word);
} modem_commands[] = {
	{ "add", 3, do_add },		    { "remove", 2, do_remove },
	{ "lock", 3, do_lock },		    { "state", 3, do_state },
	{ "technology", 3, do_technology }, { "operator", 2, do_operator },
	{ "signal", 4, do_signal },	    { "odd", 2, do_odd },
};

static void say_gone(void)
{
	sd_bus_message *m = begin("/org/freedesktop/DBus", "org.freedesktop.DBus",
				  "NameOwnerChanged");

	must(sd_bus_message_append(m, "sss", MANAGER, ":1.0", ""), "gone");
	send_signal(m);
}

static void say_names(void)
{
	char **names = NULL;
	size_t n = 0;

	must(sd_bus_list_names(mock.bus, &names, NULL), "names");
	for (char **name = names; *name; name++) {
		n += **name == ':';
		free(*name);
	}
	free(names);
	printf("names: %zu\n", n);
}

static bool obey_all(char **word)
{
	bool yes = word[1] && !strcmp(word[1], "yes");

	if (!strcmp(word[0], "refuse"))
		mock.refuses = yes;
	else if (!strcmp(word[0], "garble"))
		mock.garbles = yes;
	else if (!strcmp(word[0], "to") && word[1])
		mock.to = strdup(word[1]);
	else if (!strcmp(word[0], "gone"))
		say_gone();
	else if (!strcmp(word[0], "names"))
		say_names();
	else
		return false;
	return true;
}

static void obey(char *line)
{
	char *word[MAX_WORDS + 1] = {}, *rest = NULL;
	unsigned int number;
	int n = 0;

	for (word[0] = strtok_r(line, " \n", &rest); word[n] && n < MAX_WORDS - 1;)
		word[++n] = strtok_r(NULL, " \n", &rest);
	if (!n || obey_all(word))
		return;
	number = n > 1 ? strtoul(word[1], NULL, 10) : MAX_MODEMS;
	for (size_t i = 0; i < sizeof(modem_commands) / sizeof(modem_commands[0]); i++)
		if (!strcmp(modem_commands[i].word, word[0]) &&
		    n >= modem_commands[i].words && number < MAX_MODEMS) {
			modem_commands[i].run(&mock.modem[number], word);
			return;
		}
	die("mock_modemmanager: what is \"%s\"?", word[0]);
}

static int on_line(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	static char buf[4096];
	static size_t used;
	ssize_t len = read(fd, buf + used, sizeof(buf) - 1 - used);
	char *end;

	(void)revents;
	(void)data;
	if (len <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	used += len;
	buf[used] = '\0';
	while ((end = strchr(buf, '\n'))) {
		*end++ = '\0';
		used -= end - buf;
		obey(buf);
		memmove(buf, end, used + 1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool stranger = argc > 1 && !strcmp(argv[1], "--stranger");
	sd_event *event = NULL;

	mock.garbles = argc > 1 && !strcmp(argv[1], "--garble");
	setvbuf(stdout, NULL, _IOLBF, 0);
	must(sd_event_default(&event), "loop");
	must(sd_bus_open_system(&mock.bus), "bus");
	must(sd_bus_add_filter(mock.bus, NULL, on_message, NULL), "bus");
	must(sd_bus_attach_event(mock.bus, event, SD_EVENT_PRIORITY_NORMAL), "bus");
	must(sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_line, NULL), "stdin");
	if (!stranger)
		must(sd_bus_request_name(mock.bus, MANAGER, 0), MANAGER);
	puts("ready");
	must(sd_event_loop(event), "loop");
	sd_bus_flush_close_unref(mock.bus);
	sd_event_unref(event);
	return 0;
}
