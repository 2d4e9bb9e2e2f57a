// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include "../common/metric.h"
#include "../common/names.h"

#include <stddef.h>
#include <string.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum number_type {
	NUMBER_U8,
	NUMBER_U32,
	NUMBER_U64,
	NUMBER_S32,
	NUMBER_S64,
};

/**
 * struct figure - a metric that is a member of a struct
 * @metric: the family
 * @offset: of the member
 * @type: of the member
 * @decimals: behind the point, in the metric's unit
 * @attr: there is a value only if the kernel has sent this attribute; 0: always
 * @unknown: the member's value if there is none; for those without @attr
 */
struct figure {
	struct metric metric;
	size_t offset;
	enum number_type type;
	unsigned int decimals;
	unsigned int attr;
	int64_t unknown;
};

#define FIGURE(_struct, _member, _decimals, _attr, _unknown, ...)		\
	{									\
		.metric = { __VA_ARGS__ },					\
		.offset = offsetof(_struct, _member),				\
		.type = _Generic(((_struct *)0)->_member,			\
				 bool: NUMBER_U8, uint8_t: NUMBER_U8,		\
				 uint32_t: NUMBER_U32, uint64_t: NUMBER_U64,	\
				 int32_t: NUMBER_S32, int64_t: NUMBER_S64),	\
		.decimals = _decimals,						\
		.attr = _attr,							\
		.unknown = _unknown,						\
	}

#define PATH(member, decimals, attr, ...) \
	FIGURE(struct session_path, member, decimals, attr, -1, __VA_ARGS__)
#define HELPER(member, decimals, unknown, ...) \
	FIGURE(struct status_session, member, decimals, 0, unknown, __VA_ARGS__)

static const struct figure path_figures[] = {
	PATH(ready, 0, 0, "path_ready", "", false,
	     "1 if the peer answered lately by this path."),
	PATH(rtt_us, 6, SIDESTEP_PATH_A_RTT, "path_rtt", "seconds", false,
	     "Smoothed round-trip time of probes."),
	PATH(rtt_var_us, 6, SIDESTEP_PATH_A_RTT_VAR, "path_rtt_deviation", "seconds",
	     false, "Mean deviation of the round-trip time."),
	PATH(heard_ms, 3, SIDESTEP_PATH_A_HEARD, "path_silence", "seconds", false,
	     "Time since the peer's last answer."),
	PATH(loss_permille, 3, SIDESTEP_PATH_A_LOSS, "path_loss", "ratio", false,
	     "Share of the last probes that was lost."),
	PATH(signal_mbm, 2, SIDESTEP_PATH_A_SIGNAL, "path_signal", "dbm", false,
	     "Received power, filtered."),
	PATH(tx_packets, 0, 0, "path_tx_packets", "", true, "Tagged packets sent."),
	PATH(rx_packets, 0, 0, "path_rx_packets", "", true,
	     "Authentic tagged packets received."),
	PATH(rx_bytes, 0, 0, "path_rx", "bytes", true, "Their bytes."),
	PATH(rx_missed, 0, 0, "path_rx_missed_packets", "", false,
	     "Packets of both paths that came by the other one alone, less those that came late."),
	PATH(probes_sent, 0, 0, "path_probes", "", true, "Probes sent."),
	PATH(probes_answered, 0, 0, "path_probes_answered", "", true,
	     "Probes answered by the peer."),
};

static const struct figure helper_figures[] = {
	HELPER(met, 0, -1, "session_met", "", false,
	       "1 if there is a connection with the peer's helper."),
	HELPER(handshake_s, 0, -1, "standby_handshake_age", "seconds", false,
	       "Time since the tunnel's last handshake."),
	HELPER(standby_bytes_per_day, 0, -1, "standby_day", "bytes", false,
	       "What the tunnel costs in a day in which the session stays at home."),
	HELPER(signal_mbm, 2, INT32_MIN, "radio_signal", "dbm", false,
	       "Received power on the direct link, last reported."),
	HELPER(signal_age_ms, 3, -1, "radio_signal_age", "seconds", false,
	       "Time since it was reported."),
	HELPER(tx_retries_permille, 3, -1, "radio_tx_retries", "ratio", false,
	       "Share of frames that were sent again lately."),
	HELPER(tx_failed_permille, 3, -1, "radio_tx_failed", "ratio", false,
	       "Share of frames that were given up lately."),
	HELPER(agreement, 0, -1, "function_agreement", "", false,
	       "Version of what is agreed with the ProSe Function."),
	HELPER(order, 0, -1, "function_order", "", false,
	       "Number of its last order."),
};

static bool figure_value(const struct figure *figure, const void *base,
			 struct metric_value *value)
{
	const void *at = (const char *)base + figure->offset;
	int64_t number = 0;

	*value = (struct metric_value){ .decimals = figure->decimals };
	switch (figure->type) {
	case NUMBER_U8:
		value->number = *(const uint8_t *)at;
		return true;
	case NUMBER_U32:
		value->number = *(const uint32_t *)at;
		return true;
	case NUMBER_U64:
		value->number = *(const uint64_t *)at;
		return true;
	case NUMBER_S32:
		number = *(const int32_t *)at;
		break;
	case NUMBER_S64:
		number = *(const int64_t *)at;
		break;
	}
	value->negative = number < 0;
	value->number = number < 0 ? -(uint64_t)number : (uint64_t)number;
	return figure->attr || number != figure->unknown;
}

static void print_path_figure(FILE *out, const struct figure *figure,
			      const struct session *s)
{
	const struct session_path *path = s->path;
	struct metric_value value;

	for (; path <= &s->path[SIDESTEP_PATH_MAX]; path++) {
		if (!path->has || (figure->attr && !session_path_has(path, figure->attr)) ||
		    !figure_value(figure, path, &value))
			continue;
		metric_begin(out, &figure->metric, "session", s->ifname);
		metric_label(out, "path", path_name(path->id));
		metric_end(out, value);
	}
}

static void print_path_figures(FILE *out, const struct session_list *list)
{
	for (size_t i = 0; i < SIZE(path_figures); i++) {
		metric_head(out, &path_figures[i].metric);
		for (size_t s = 0; s < list->n; s++)
			print_path_figure(out, &path_figures[i], &list->session[s]);
	}
}

static void print_helper_figures(FILE *out, const struct status *status)
{
	const struct figure *figure = helper_figures;
	struct metric_value value;

	for (; figure < &helper_figures[SIZE(helper_figures)]; figure++) {
		metric_head(out, &figure->metric);
		for (size_t i = 0; i < status->n_sessions; i++) {
			if (!figure_value(figure, &status->session[i], &value))
				continue;
			metric_begin(out, &figure->metric, "session", status->session[i].device);
			metric_end(out, value);
		}
	}
}

static void print_spent(FILE *out, const struct session_list *list)
{
	static const struct metric metric = {
		"path_tx", "bytes", true,
		"Bytes sent, by what they were sent for; with IP header and tag, without what the tunnel adds.",
	};

	metric_head(out, &metric);
	for (size_t i = 0; i < list->n * (SIDESTEP_PATH_MAX + 1); i++) {
		const struct session *s = &list->session[i / (SIDESTEP_PATH_MAX + 1)];
		const struct session_path *path = &s->path[i % (SIDESTEP_PATH_MAX + 1)];
		const struct {
			const char *cause;
			uint64_t bytes;
		} spent[] = {
			{ "alone", path->tx_alone_bytes },
			{ "copy", path->tx_copy_bytes },
			{ "switch", path->tx_switch_bytes },
			{ "probe", path->tx_probe_bytes },
		};

		for (size_t cause = 0; path->has && cause < SIZE(spent); cause++) {
			metric_begin(out, &metric, "session", s->ifname);
			metric_label(out, "path", path_name(path->id));
			metric_label(out, "cause", spent[cause].cause);
			metric_end(out, metric_whole(spent[cause].bytes));
		}
	}
}

/* One of so many is 1, the others are 0. */
static void print_choice(FILE *out, const struct metric *metric,
			 const struct session *s, const char *label,
			 const char *(*name)(unsigned int), unsigned int last,
			 unsigned int now)
{
	for (unsigned int i = 0; i <= last; i++) {
		metric_begin(out, metric, "session", s->ifname);
		metric_label(out, label, name(i));
		metric_end(out, metric_whole(i == now));
	}
}

static void print_states(FILE *out, const struct session_list *list)
{
	static const struct metric state = {
		"session_state", "", false, "1 for the state in which the session is.",
	};
	static const struct metric decision = {
		"session_decision", "", false, "1 for the decision that holds.",
	};

	metric_head(out, &state);
	for (size_t i = 0; i < list->n; i++)
		if (session_has(&list->session[i], SIDESTEP_A_STATE))
			print_choice(out, &state, &list->session[i], "state", state_name,
				     SIDESTEP_STATE_MAX, list->session[i].state);
	metric_head(out, &decision);
	for (size_t i = 0; i < list->n; i++)
		if (session_has(&list->session[i], SIDESTEP_A_DECISION))
			print_choice(out, &decision, &list->session[i], "decision",
				     decision_name, SIDESTEP_DECISION_MAX,
				     list->session[i].decision);
}

static void print_budget(FILE *out, const struct session_list *list)
{
	static const struct metric metric = {
		"budget_day_spent", "bytes", false,
		"What copies have cost of the day's budget, if there is one.",
	};

	metric_head(out, &metric);
	for (size_t i = 0; i < list->n; i++) {
		if (!list->session[i].budget.day)
			continue;
		metric_begin(out, &metric, "session", list->session[i].ifname);
		metric_end(out, metric_whole(list->session[i].budget.day_spent));
	}
}

static void print_counters(FILE *out, const struct session_list *list)
{
	for (int counter = 1; counter <= SIDESTEP_COUNTER_MAX; counter++) {
		const struct metric metric = {
			counter_name(counter), "", true,
			"A counter of the session, see docs/counters.md.",
		};

		metric_head(out, &metric);
		for (size_t i = 0; i < list->n; i++) {
			if (!session_has(&list->session[i], SIDESTEP_A_COUNTERS))
				continue;
			metric_begin(out, &metric, "session", list->session[i].ifname);
			metric_end(out, metric_whole(list->session[i].counter[counter]));
		}
	}
}

static void print_host(FILE *out, const struct status *status)
{
	static const struct metric metric = {
		"helper_info", "", false, "1, with what the helper is.",
	};

	metric_head(out, &metric);
	metric_begin(out, &metric, "version", status->version);
	metric_label(out, "name", status->name);
	metric_end(out, metric_whole(1));
}

static void print_info(FILE *out, const struct status *status)
{
	static const struct metric metric = {
		"session_info", "", false, "1, with what the session is made of.",
	};
	const struct status_session *s = status->session;

	metric_head(out, &metric);
	for (; s < status->session + status->n_sessions; s++) {
		metric_begin(out, &metric, "session", s->device);
		metric_label(out, "peer", s->peer);
		metric_label(out, "tunnel", s->tunnel);
		metric_label(out, "modem", s->modem);
		metric_end(out, metric_whole(1));
	}
}

static void print_truth(FILE *out, const struct metric *metric,
			const struct status_session *s, bool truth)
{
	metric_begin(out, metric, "session", s->device);
	metric_end(out, metric_whole(truth));
}

static void print_truths(FILE *out, const struct status *status)
{
	static const struct metric problem = {
		"session_problem", "", false,
		"1 if something is wrong or waited for; `sidestep show` says what.",
	};
	static const struct metric ready = {
		"standby_ready", "", false, "1 if the tunnel has a handshake that holds.",
	};
	const struct status_session *end = status->session + status->n_sessions;

	metric_head(out, &problem);
	for (const struct status_session *s = status->session; s < end; s++)
		print_truth(out, &problem, s, *s->problem);
	metric_head(out, &ready);
	for (const struct status_session *s = status->session; s < end; s++)
		print_truth(out, &ready, s, !strcmp(s->standby, "ready"));
}

/* Of sessions that the operator's function is to help. */
static void print_function(FILE *out, const struct status *status)
{
	static const struct metric registered = {
		"function_registered", "", false,
		"1 if the host is registered with its ProSe Function.",
	};
	static const struct metric assists = {
		"function_assists", "", false,
		"1 if the tunnel goes as the function has ordered.",
	};
	const struct status_session *end = status->session + status->n_sessions;

	metric_head(out, &registered);
	for (const struct status_session *s = status->session; s < end; s++)
		if (*s->function)
			print_truth(out, &registered, s,
				    !strcmp(s->function, "registered"));
	metric_head(out, &assists);
	for (const struct status_session *s = status->session; s < end; s++)
		if (*s->function)
			print_truth(out, &assists, s, strstr(s->assisted, "the relay"));
}

void metrics_print(FILE *out, const struct status *status,
		   const struct session_list *list)
{
	print_host(out, status);
	print_info(out, status);
	print_states(out, list);
	print_truths(out, status);
	print_function(out, status);
	print_helper_figures(out, status);
	print_path_figures(out, list);
	print_spent(out, list);
	print_budget(out, list);
	print_counters(out, list);
	fputs("# EOF\n", out);
}
