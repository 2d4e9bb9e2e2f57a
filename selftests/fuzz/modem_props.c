// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what ModemManager may say of a modem. Messages have the types that
 * the input chooses; that their bytes are in order is libsystemd's affair.
 */
#include "../../userspace/ue/modem_props.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	MAX_DEPTH = 4,
	NAME_SIZE = 128,
};

/**
 * struct input - what is left of it
 * @at: the next byte
 * @len: how many there are
 */
struct input {
	const uint8_t *at;
	size_t len;
};

static const char *const interfaces[] = {
	MODEM_INTERFACE, MODEM_SIGNAL_INTERFACE, MODEM_INTERFACE ".Modem3gpp", "a.b",
};

static const char *const names[] = {
	"State", "Ports", "AccessTechnologies", "OperatorName", "Rate",
	"Lte", "Nr5g", "Umts", "Gsm", "rsrp", "rssi",
};

static const char *const types[] = {
	"i", "u", "s", "d", "a{sv}", "a(su)", "v", "t", "a(us)", "(su)", "as", "a{sd}", "y",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define PICK(in, table) ((table)[next(in) % ARRAY_SIZE(table)])

static void expect(bool truth)
{
	if (!truth)
		abort();
}

static unsigned int next(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->at++;
}

/* Any bytes that a string may have: a message has no other. */
static const char *text(struct input *in)
{
	static char buf[NAME_SIZE];
	size_t len = next(in) % sizeof(buf);

	for (size_t i = 0; i < len; i++)
		buf[i] = next(in) % 127 + 1;
	buf[len] = '\0';
	return buf;
}

static void put_basic(sd_bus_message *m, struct input *in, char type)
{
	uint8_t value[sizeof(uint64_t)];

	if (type == 's') {
		expect(sd_bus_message_append_basic(m, type, text(in)) >= 0);
		return;
	}
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = next(in);
	expect(sd_bus_message_append_basic(m, type, value) >= 0);
}

static void put(sd_bus_message *m, struct input *in, const char *type, int depth);

static void put_inside(sd_bus_message *m, struct input *in, char kind,
		       const char *contents, int depth)
{
	expect(sd_bus_message_open_container(m, kind, contents) >= 0);
	for (const char *part = contents; *part; part++)
		put(m, in, *part == 'v' ? "v" : (char[]){ *part, '\0' }, depth);
	expect(sd_bus_message_close_container(m) >= 0);
}

static void put_variant(sd_bus_message *m, struct input *in, int depth)
{
	const char *type = depth < MAX_DEPTH ? PICK(in, types) : "u";

	expect(sd_bus_message_open_container(m, 'v', type) >= 0);
	put(m, in, type, depth + 1);
	expect(sd_bus_message_close_container(m) >= 0);
}

/* "{sv}": a name that counts, mostly */
static void put_property(sd_bus_message *m, struct input *in, int depth)
{
	const char *name = next(in) % 8 ? PICK(in, names) : text(in);

	expect(sd_bus_message_open_container(m, 'e', "sv") >= 0);
	expect(sd_bus_message_append_basic(m, 's', name) >= 0);
	put_variant(m, in, depth);
	expect(sd_bus_message_close_container(m) >= 0);
}

static void put_array(sd_bus_message *m, struct input *in, const char *element, int depth)
{
	char inside[NAME_SIZE] = "";
	size_t len = strlen(element);

	if (len > 2)
		memcpy(inside, element + 1, len - 2);
	expect(sd_bus_message_open_container(m, 'a', element) >= 0);
	for (unsigned int n = next(in) % 8; n; n--) {
		if (!strcmp(element, "{sv}"))
			put_property(m, in, depth);
		else if (len > 2)
			put_inside(m, in, *element == '{' ? 'e' : 'r', inside, depth);
		else
			put(m, in, element, depth);
	}
	expect(sd_bus_message_close_container(m) >= 0);
}

static void put(sd_bus_message *m, struct input *in, const char *type, int depth)
{
	char inside[NAME_SIZE] = "";

	switch (*type) {
	case 'a':
		put_array(m, in, type + 1, depth);
		break;
	case 'v':
		put_variant(m, in, depth);
		break;
	case '(':
		memcpy(inside, type + 1, strlen(type) - 2);
		put_inside(m, in, 'r', inside, depth);
		break;
	default:
		put_basic(m, in, *type);
	}
}

/* "a{sa{sv}}" */
static void put_interfaces(sd_bus_message *m, struct input *in)
{
	expect(sd_bus_message_open_container(m, 'a', "{sa{sv}}") >= 0);
	for (unsigned int n = next(in) % 8; n; n--) {
		expect(sd_bus_message_open_container(m, 'e', "sa{sv}") >= 0);
		expect(sd_bus_message_append_basic(m, 's', PICK(in, interfaces)) >= 0);
		put_array(m, in, "{sv}", 0);
		expect(sd_bus_message_close_container(m) >= 0);
	}
	expect(sd_bus_message_close_container(m) >= 0);
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static void check(const struct modem_props *props)
{
	const struct modem_state *state = &props->state;

	expect(props->n_ports <= MODEM_MAX_PORTS);
	for (size_t i = 0; i < props->n_ports; i++)
		expect(is_text(props->port[i], sizeof(props->port[i])));
	expect(is_text(state->state, sizeof(state->state)));
	expect(is_text(state->operator, sizeof(state->operator)));
	expect(is_text(state->technology, sizeof(state->technology)));
	expect(state->has_signal == !!state->at_ns);
	expect(state->signal_mbm >= -20000 && state->signal_mbm <= 0);
}

static sd_bus *open_bus(void)
{
	sd_bus *bus = NULL;
	int fds[2];

	expect(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
	expect(sd_bus_new(&bus) >= 0);
	expect(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	expect(sd_bus_start(bus) >= 0);
	return bus;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static sd_bus *bus;
	struct input in = { .at = data, .len = size };
	struct modem_props props = {};
	sd_bus_message *m = NULL;

	bus = bus ?: open_bus();
	expect(sd_bus_message_new_signal(bus, &m, "/a", "a.b", "C") >= 0);
	put_interfaces(m, &in);
	expect(sd_bus_message_seal(m, 1, 0) >= 0);
	expect(modem_props_read_all(m, &props) >= 0);
	check(&props);
	modem_props_forget(&props, PICK(&in, interfaces));
	check(&props);
	sd_bus_message_unref(m);
	return 0;
}
