// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const states[] = {
	[SIDESTEP_STATE_DIRECT] = "direct",
	[SIDESTEP_STATE_BICAST] = "bicast",
	[SIDESTEP_STATE_INFRA] = "infra",
};

static const char *const paths[] = {
	[SIDESTEP_PATH_DIRECT] = "direct",
	[SIDESTEP_PATH_INFRA] = "infra",
};

static const char *const events[] = {
	[SIDESTEP_EVENT_CONFIG] = "config",
	[SIDESTEP_EVENT_STATE] = "state",
	[SIDESTEP_EVENT_PATH] = "path",
	[SIDESTEP_EVENT_DECISION] = "decision",
	[SIDESTEP_EVENT_TRIGGER] = "trigger",
};

static const char *const counters[] = {
	[SIDESTEP_COUNTER_TX_TAGGED] = "tx_tagged",
	[SIDESTEP_COUNTER_TX_RESIZED] = "tx_resized",
	[SIDESTEP_COUNTER_TX_NO_PATH] = "tx_no_path",
	[SIDESTEP_COUNTER_TX_NO_MEMORY] = "tx_no_memory",
	[SIDESTEP_COUNTER_TX_NO_ROUTE] = "tx_no_route",
	[SIDESTEP_COUNTER_TX_REFUSED] = "tx_refused",
	[SIDESTEP_COUNTER_TX_NO_PEER] = "tx_no_peer",
	[SIDESTEP_COUNTER_RX_DELIVERED] = "rx_delivered",
	[SIDESTEP_COUNTER_RX_ELIMINATED] = "rx_eliminated",
	[SIDESTEP_COUNTER_RX_HELD] = "rx_held",
	[SIDESTEP_COUNTER_RX_SKIPPED] = "rx_skipped",
	[SIDESTEP_COUNTER_RX_LATE] = "rx_late",
	[SIDESTEP_COUNTER_RX_OLD] = "rx_old",
	[SIDESTEP_COUNTER_RX_SHORT] = "rx_short",
	[SIDESTEP_COUNTER_RX_VERSION] = "rx_version",
	[SIDESTEP_COUNTER_RX_SESSION] = "rx_session",
	[SIDESTEP_COUNTER_RX_DEVICE] = "rx_device",
	[SIDESTEP_COUNTER_RX_EPOCH] = "rx_epoch",
	[SIDESTEP_COUNTER_RX_MAC] = "rx_mac",
	[SIDESTEP_COUNTER_RX_OVERFLOW] = "rx_overflow",
	[SIDESTEP_COUNTER_RX_NO_MEMORY] = "rx_no_memory",
	[SIDESTEP_COUNTER_PROBE_STALE] = "probe_stale",
	[SIDESTEP_COUNTER_PROBE_LIMITED] = "probe_limited",
	[SIDESTEP_COUNTER_PEER_EPOCH] = "peer_epoch",
	[SIDESTEP_COUNTER_SWITCHES] = "switches",
	[SIDESTEP_COUNTER_RX_REPEATED] = "rx_repeated",
	[SIDESTEP_COUNTER_TX_UNPROTECTED] = "tx_unprotected",
	[SIDESTEP_COUNTER_FLOWS_EVICTED] = "flows_evicted",
	[SIDESTEP_COUNTER_RX_BOUND] = "rx_bound",
};

_Static_assert(ARRAY_SIZE(states) == SIDESTEP_STATE_MAX + 1, "a state has no name");
_Static_assert(ARRAY_SIZE(paths) == SIDESTEP_PATH_MAX + 1, "a path has no name");
_Static_assert(ARRAY_SIZE(events) == SIDESTEP_EVENT_MAX + 1, "an event has no name");
_Static_assert(ARRAY_SIZE(counters) == SIDESTEP_COUNTER_MAX + 1,
	       "a counter has no name");

static const char *name_of(const char *const names[], size_t n, unsigned int i)
{
	return i < n && names[i] ? names[i] : "unknown";
}

const char *state_name(unsigned int state)
{
	return name_of(states, ARRAY_SIZE(states), state);
}

const char *path_name(unsigned int path)
{
	return name_of(paths, ARRAY_SIZE(paths), path);
}

const char *event_name(unsigned int event)
{
	return name_of(events, ARRAY_SIZE(events), event);
}

const char *counter_name(unsigned int counter)
{
	return name_of(counters, ARRAY_SIZE(counters), counter);
}

int state_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i], name))
			return i;
	return -EINVAL;
}
