// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include "../common/names.h"
#include "protect.h"

static const char *const health_words[] = {
	[PATH_READY] = "ready",
	[PATH_MISSING] = "missing",
	[PATH_DOWN] = "down",
	[PATH_UNHEARD] = "unheard",
	[PATH_SILENT] = "silent",
};

static void print_path_json(struct json *json, const struct session_path *path)
{
	json_object(json, NULL);
	json_string(json, "path", path_name(path->id));
	json_string(json, "ifname", path->ifname);
	json_bool(json, "present", path->present);
	json_bool(json, "ready", path->ready);
	json_string_or_null(json, "not_ready", !path->ready,
		     health_words[path_health(path)]);
	json_signed_or_null(json, "rtt_us",
		      session_path_has(path, SIDESTEP_PATH_A_RTT),
		      path->rtt_us);
	json_signed_or_null(json, "rtt_var_us",
		      session_path_has(path, SIDESTEP_PATH_A_RTT_VAR),
		      path->rtt_var_us);
	json_signed_or_null(json, "heard_ms",
		      session_path_has(path, SIDESTEP_PATH_A_HEARD),
		      path->heard_ms);
	json_string_or_null(json, "link", session_path_has(path, SIDESTEP_PATH_A_LINK),
		     link_name(path->link));
	json_signed_or_null(json, "signal_mbm",
		      session_path_has(path, SIDESTEP_PATH_A_SIGNAL),
		      path->signal_mbm);
	json_signed_or_null(json, "loss_permille",
		      session_path_has(path, SIDESTEP_PATH_A_LOSS),
		      path->loss_permille);
	json_unsigned(json, "tx_packets", path->tx_packets);
	json_unsigned(json, "tx_bytes", path->tx_bytes);
	json_unsigned(json, "tx_alone_bytes", path->tx_alone_bytes);
	json_unsigned(json, "tx_copy_bytes", path->tx_copy_bytes);
	json_unsigned(json, "tx_switch_bytes", path->tx_switch_bytes);
	json_unsigned(json, "tx_probe_bytes", path->tx_probe_bytes);
	json_unsigned(json, "rx_packets", path->rx_packets);
	json_unsigned(json, "rx_bytes", path->rx_bytes);
	json_unsigned(json, "rx_missed", path->rx_missed);
	json_unsigned(json, "probes_sent", path->probes_sent);
	json_unsigned(json, "probes_answered", path->probes_answered);
	json_object_end(json);
}

static void print_paths_json(struct json *json, const struct session *s)
{
	json_array(json, "paths");
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		if (s->path[i].has)
			print_path_json(json, &s->path[i]);
	json_array_end(json);
}

static void print_budget_json(struct json *json, const struct session *s)
{
	json_object(json, "budget");
	json_unsigned(json, "rate_bytes_per_s", s->budget.rate);
	json_unsigned(json, "burst_bytes", s->budget.burst);
	json_unsigned(json, "day_bytes", s->budget.day);
	json_unsigned(json, "day_spent_bytes", s->budget.day_spent);
	json_object_end(json);
}

static void print_selectors_json(struct json *json, const char *key,
				 const struct selector *selector, size_t n)
{
	json_array(json, key);
	for (size_t i = 0; i < n; i++)
		protect_print_json(json, &selector[i]);
	json_array_end(json);
}

static void print_counters_json(struct json *json, const struct session *s)
{
	json_object(json, "counters");
	for (int i = 1; i <= SIDESTEP_COUNTER_MAX; i++)
		json_unsigned(json, counter_name(i), s->counter[i]);
	json_object_end(json);
}

void print_session_json(struct json *json, const struct session *s)
{
	char text[PRINT_PEER_SIZE];

	json_string(json, "ifname", s->ifname);
	json_unsigned(json, "ifindex", s->ifindex);
	json_signed_or_null(json, "id", session_has(s, SIDESTEP_A_ID), s->id);
	json_array(json, "peers");
	for (size_t i = 0; i < s->n_peers; i++)
		json_string(json, NULL, print_peer(&s->peer[i], text));
	json_array_end(json);
	print_selectors_json(json, "protect", s->selector, s->n_selectors);
	print_selectors_json(json, "important", s->important, s->n_important);
	if (session_has(s, SIDESTEP_A_BUDGET))
		print_budget_json(json, s);
	json_string_or_null(json, "state", session_has(s, SIDESTEP_A_STATE),
		     state_name(s->state));
	json_string_or_null(json, "wanted", session_has(s, SIDESTEP_A_WANTED),
		     state_name(s->wanted));
	json_string_or_null(json, "peer_wanted",
		     session_has(s, SIDESTEP_A_PEER_WANTED),
		     state_name(s->peer_wanted));
	json_string_or_null(json, "decision", session_has(s, SIDESTEP_A_DECISION),
		     decision_name(s->decision));
	json_string_or_null(json, "reason", *s->reason, s->reason);
	json_signed_or_null(json, "delay_diff_us",
		      session_has(s, SIDESTEP_A_DELAY_DIFF), s->delay_diff_us);
	json_signed_or_null(json, "playout_us", session_has(s, SIDESTEP_A_PLAYOUT),
		      s->playout_us);
	print_paths_json(json, s);
	if (session_has(s, SIDESTEP_A_COUNTERS))
		print_counters_json(json, s);
}
