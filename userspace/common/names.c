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

static const char *const modes[] = {
	[SIDESTEP_MODE_AUTO] = "auto",
	[SIDESTEP_MODE_HOLD] = "hold",
	[SIDESTEP_MODE_MANUAL] = "manual",
};

static const char *const decisions[] = {
	[SIDESTEP_DECISION_RELEASE] = "release",
	[SIDESTEP_DECISION_PREPARE] = "prepare",
	[SIDESTEP_DECISION_EXECUTE] = "execute",
};

static const char *const links[] = {
	[SIDESTEP_LINK_UNKNOWN] = "unknown",
	[SIDESTEP_LINK_ALIVE] = "alive",
	[SIDESTEP_LINK_SHAKY] = "shaky",
	[SIDESTEP_LINK_FAILED] = "failed",
	[SIDESTEP_LINK_GONE] = "gone",
};

/* What has no name here is no number. */
static const char *const trigger_fields[] = {
	[SIDESTEP_TRIGGER_A_FILTER_COEFFICIENT] = "filter_coefficient",
	[SIDESTEP_TRIGGER_A_STALE_MS] = "stale_ms",
	[SIDESTEP_TRIGGER_A_RULE] = NULL,
};

static const char *const rule_fields[] = {
	[SIDESTEP_RULE_A_THRESHOLD_MBM] = "threshold_mbm",
	[SIDESTEP_RULE_A_LOSS_PERMILLE] = "loss_permille",
	[SIDESTEP_RULE_A_RTT_US] = "rtt_us",
	[SIDESTEP_RULE_A_HYSTERESIS_MDB] = "hysteresis_mdb",
	[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS] = "time_to_trigger_ms",
	[SIDESTEP_RULE_A_HORIZON_MS] = "horizon_ms",
	[SIDESTEP_RULE_A_WINDOW_MS] = "window_ms",
	[SIDESTEP_RULE_A_INFRA_THRESHOLD_MBM] = "infra_threshold_mbm",
	[SIDESTEP_RULE_A_CONSECUTIVE_LOSS] = "consecutive_loss",
	[SIDESTEP_RULE_A_N310] = "n310",
	[SIDESTEP_RULE_A_N311] = "n311",
	[SIDESTEP_RULE_A_T310_MS] = "t310_ms",
	[SIDESTEP_RULE_A_T311_MS] = "t311_ms",
	[SIDESTEP_RULE_A_HOLD_MS] = "hold_ms",
	[SIDESTEP_RULE_A_MIN_STAY_MS] = "min_stay_ms",
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
	[SIDESTEP_COUNTER_TX_BUDGET] = "tx_budget",
};

_Static_assert(ARRAY_SIZE(states) == SIDESTEP_STATE_MAX + 1, "a state has no name");
_Static_assert(ARRAY_SIZE(paths) == SIDESTEP_PATH_MAX + 1, "a path has no name");
_Static_assert(ARRAY_SIZE(events) == SIDESTEP_EVENT_MAX + 1, "an event has no name");
_Static_assert(ARRAY_SIZE(counters) == SIDESTEP_COUNTER_MAX + 1,
	       "a counter has no name");

_Static_assert(ARRAY_SIZE(modes) == SIDESTEP_MODE_MAX + 1, "a mode has no name");
_Static_assert(ARRAY_SIZE(decisions) == SIDESTEP_DECISION_MAX + 1,
	       "a decision has no name");
_Static_assert(ARRAY_SIZE(links) == SIDESTEP_LINK_MAX + 1,
	       "a link's state has no name");
_Static_assert(ARRAY_SIZE(trigger_fields) == SIDESTEP_TRIGGER_A_MAX + 1,
	       "a field has no name");
_Static_assert(ARRAY_SIZE(rule_fields) == SIDESTEP_RULE_A_MAX + 1,
	       "a field has no name");

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

const char *mode_name(unsigned int mode)
{
	return name_of(modes, ARRAY_SIZE(modes), mode);
}

const char *decision_name(unsigned int decision)
{
	return name_of(decisions, ARRAY_SIZE(decisions), decision);
}

const char *link_name(unsigned int link)
{
	return name_of(links, ARRAY_SIZE(links), link);
}

const char *trigger_field_name(unsigned int attr)
{
	return attr < ARRAY_SIZE(trigger_fields) ? trigger_fields[attr] : NULL;
}

const char *rule_field_name(unsigned int attr)
{
	return attr < ARRAY_SIZE(rule_fields) ? rule_fields[attr] : NULL;
}

static int from_name(const char *const names[], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	return -EINVAL;
}

int state_from_name(const char *name)
{
	return from_name(states, ARRAY_SIZE(states), name);
}

int path_from_name(const char *name)
{
	return from_name(paths, ARRAY_SIZE(paths), name);
}

int mode_from_name(const char *name)
{
	return from_name(modes, ARRAY_SIZE(modes), name);
}

int decision_from_name(const char *name)
{
	return from_name(decisions, ARRAY_SIZE(decisions), name);
}

int trigger_field_from_name(const char *name)
{
	return from_name(trigger_fields, ARRAY_SIZE(trigger_fields), name);
}

int rule_field_from_name(const char *name)
{
	return from_name(rule_fields, ARRAY_SIZE(rule_fields), name);
}
