// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_metrics.h"

#include "../common/metric.h"

#include <stddef.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct counted - a sample of a counter's family
 * @metric: the family; NULL: that of the one before
 * @label: of the sample
 * @value: of the label
 */
struct counted {
	const struct metric *metric;
	const char *label;
	const char *value;
};

static const struct metric reports = {
	"mno_reports", "", true, "Reports of UEs that were taken.",
};

static const struct metric orders = {
	"mno_orders", "", true, "Orders to UEs, without retransmissions.",
};

static const struct metric assists = {
	"mno_assists", "", true, "Sessions that were begun, by who wanted them.",
};

static const struct metric refused = {
	"mno_assists_refused", "", true, "Sessions that were not begun, by why.",
};

static const struct metric reached = {
	"mno_sessions_reached", "", true, "Sessions that have come to a state.",
};

static const struct counted counted[MNO_COUNTS] = {
	[MNO_COUNT_REPORTS] = { &reports, NULL, NULL },
	[MNO_COUNT_ORDERS] = { &orders, "result", "sent" },
	[MNO_COUNT_ORDERS_FAILED] = { NULL, "result", "failed" },
	[MNO_COUNT_ASSISTS_UE] = { &assists, "by", "ue" },
	[MNO_COUNT_ASSISTS_OPERATOR] = { NULL, "by", "operator" },
	[MNO_COUNT_ASSISTS_PEER] = { NULL, "by", "peer" },
	[MNO_COUNT_ASSISTS_JUDGE] = { NULL, "by", "judge" },
	[MNO_COUNT_REFUSED_CONSENT] = { &refused, "why", "consent" },
	[MNO_COUNT_REFUSED_BUSY] = { NULL, "why", "busy" },
	[MNO_COUNT_SESSIONS_RELAYED] = { &reached, "state", "relayed" },
	[MNO_COUNT_SESSIONS_DIRECT] = { NULL, "state", "direct" },
	[MNO_COUNT_SESSIONS_FAILED] = { NULL, "state", "failed" },
};

static void print_counts(FILE *out, const struct mno_figures *figures)
{
	const struct metric *metric = NULL;

	for (size_t i = 0; i < MNO_COUNTS; i++) {
		if (counted[i].metric) {
			metric = counted[i].metric;
			metric_head(out, metric);
		}
		metric_begin(out, metric, "pfid", figures->pfid);
		if (counted[i].label)
			metric_label(out, counted[i].label, counted[i].value);
		metric_end(out, metric_whole(figures->count[i]));
	}
}

static void print_one(FILE *out, const struct mno_figures *figures, const char *name,
		      uint64_t number, const char *help)
{
	const struct metric metric = { name, "", false, help };

	metric_head(out, &metric);
	metric_begin(out, &metric, "pfid", figures->pfid);
	metric_end(out, metric_whole(number));
}

static void print_gauges(FILE *out, const struct mno_figures *figures)
{
	print_one(out, figures, "mno_subscribers", figures->subscribers,
		  "UEs that are registered now.");
	print_one(out, figures, "mno_agreements", figures->agreements,
		  "Agreements that are confirmed.");
	print_one(out, figures, "mno_peers", figures->peers,
		  "Other functions in the configuration.");
	print_one(out, figures, "mno_peers_connected", figures->peers_connected,
		  "Of those, with an association.");
	print_one(out, figures, "mno_relays", figures->relays, "Relays that are open.");
	print_one(out, figures, "mno_relays_fast", figures->relays_fast,
		  "Of those, forwarded by the kernel.");
	print_one(out, figures, "mno_handshakes", figures->hellos.unfinished,
		  "DTLS handshakes that are not finished.");
	print_one(out, figures, "mno_draining", figures->draining,
		  "1 if no new sessions are begun.");
}

static void print_info(FILE *out, const struct mno_figures *figures)
{
	static const struct metric metric = {
		"mno_info", "", false, "1, with what the function is.",
	};

	metric_head(out, &metric);
	metric_begin(out, &metric, "pfid", figures->pfid);
	metric_label(out, "version", figures->version);
	metric_end(out, metric_whole(1));
}

static void print_sessions(FILE *out, const struct mno_figures *figures)
{
	static const struct metric metric = {
		"mno_sessions", "", false, "Sessions now, by their state.",
	};

	metric_head(out, &metric);
	for (size_t state = PF_SESSION_ASKED; state < PF_SESSION_STATES; state++) {
		metric_begin(out, &metric, "pfid", figures->pfid);
		metric_label(out, "state", pf_session_state_name(state));
		metric_end(out, metric_whole(figures->sessions[state]));
	}
}

static void print_responses(FILE *out, const struct mno_figures *figures)
{
	static const struct metric metric = {
		"mno_requests", "", true,
		"Requests of UEs and other functions, by the code of the response.",
	};
	char code[16];

	metric_head(out, &metric);
	for (unsigned int i = 0; i < MNO_MAX_CODE; i++) {
		if (!figures->response[i])
			continue;
		snprintf(code, sizeof(code), "%u.%02u", i / 100, i % 100);
		metric_begin(out, &metric, "pfid", figures->pfid);
		metric_label(out, "code", code);
		metric_end(out, metric_whole(figures->response[i]));
	}
}

static void print_hellos(FILE *out, const struct mno_figures *figures)
{
	static const struct metric metric = {
		"mno_hellos", "", true, "DTLS ClientHellos, by what came of them.",
	};
	const struct coaps_hellos *hellos = &figures->hellos;
	const struct {
		const char *result;
		uint64_t number;
	} rows[] = {
		{ "asked", hellos->asked },
		{ "begun", hellos->begun },
		{ "refused_source", hellos->refused_source },
		{ "refused_full", hellos->refused_full },
		{ "stray", hellos->stray },
	};

	metric_head(out, &metric);
	for (size_t i = 0; i < SIZE(rows); i++) {
		metric_begin(out, &metric, "pfid", figures->pfid);
		metric_label(out, "result", rows[i].result);
		metric_end(out, metric_whole(rows[i].number));
	}
}

static const char *const side_names[RELAY_SIDES] = {
	[RELAY_A] = "a",
	[RELAY_B] = "b",
};

static void print_sides(FILE *out, const struct mno_figures *figures,
			const struct metric *metric, const uint64_t *number)
{
	metric_head(out, metric);
	for (size_t side = 0; side < RELAY_SIDES; side++) {
		metric_begin(out, metric, "pfid", figures->pfid);
		metric_label(out, "from", side_names[side]);
		metric_end(out, metric_whole(number[side]));
	}
}

static void print_relays(FILE *out, const struct mno_figures *figures)
{
	static const struct metric packets = {
		"mno_relay_packets", "", true,
		"Packets forwarded; from a: of the UE of the function that has asked.",
	};
	static const struct metric bytes = {
		"mno_relay", "bytes", true, "Their bytes, of UDP payload.",
	};
	static const struct metric drops = {
		"mno_relay_dropped_packets", "", true, "Packets not forwarded, by why.",
	};

	print_sides(out, figures, &packets, figures->relay.packets);
	print_sides(out, figures, &bytes, figures->relay.bytes);
	metric_head(out, &drops);
	for (size_t i = 0; i < RELAY_SIDES * RELAY_DROPS; i++) {
		enum relay_drop drop = i % RELAY_DROPS;

		metric_begin(out, &drops, "pfid", figures->pfid);
		metric_label(out, "from", side_names[i / RELAY_DROPS]);
		metric_label(out, "why", relay_drop_name(drop));
		metric_end(out, metric_whole(figures->relay.drop[i / RELAY_DROPS][drop]));
	}
}

void mno_metrics_print(FILE *out, const struct mno_figures *figures)
{
	print_info(out, figures);
	print_gauges(out, figures);
	print_sessions(out, figures);
	print_counts(out, figures);
	print_responses(out, figures);
	print_hellos(out, figures);
	print_relays(out, figures);
	fputs("# EOF\n", out);
}
