// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include "../common/names.h"
#include "protect.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const char *const health_words[] = {
	[PATH_READY] = "ready",
	[PATH_MISSING] = "missing",
	[PATH_DOWN] = "down",
	[PATH_UNHEARD] = "unheard",
	[PATH_SILENT] = "silent",
};

enum path_health path_health(const struct session_path *path)
{
	if (path->ready)
		return PATH_READY;
	if (!path->present)
		return if_nametoindex(path->ifname) ? PATH_DOWN : PATH_MISSING;
	if (!session_path_has(path, SIDESTEP_PATH_A_HEARD))
		return PATH_UNHEARD;
	return PATH_SILENT;
}

const char *print_peer(const struct session_peer *peer,
		       char text[PRINT_PEER_SIZE])
{
	inet_ntop(peer->len == 4 ? AF_INET : AF_INET6, peer->addr, text,
		  INET6_ADDRSTRLEN);
	if (peer->is_prefix)
		sprintf(text + strlen(text), "/%u", peer->bits);
	return text;
}

void print_name(FILE *out, const char *name)
{
	for (; *name; name++) {
		unsigned char c = *name;

		fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

static void print_ms(FILE *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		fprintf(out, "%.1f s", ms / 1000.0);
	else if (s < 3600)
		fprintf(out, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		fprintf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			s / 60 % 60);
}

static void print_us(FILE *out, uint64_t us)
{
	if (us < 1000)
		fprintf(out, "%" PRIu64 " us", us);
	else if (us < 1000000)
		fprintf(out, "%.1f ms", us / 1000.0);
	else
		print_ms(out, us / 1000);
}

static void print_bytes(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = bytes / 1024.0;
	size_t unit = 0;

	if (bytes < 1024) {
		fprintf(out, "%" PRIu64 " B", bytes);
		return;
	}
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	fprintf(out, "%.2f %s", value, units[unit]);
}

void print_health(FILE *out, const struct session_path *path)
{
	switch (path_health(path)) {
	case PATH_READY:
		fputs("ready", out);
		break;
	case PATH_MISSING:
		fputs("not ready, device missing", out);
		break;
	case PATH_DOWN:
		fputs("not ready, device down", out);
		break;
	case PATH_UNHEARD:
		fputs("not ready, peer never answered", out);
		break;
	case PATH_SILENT:
		fputs("not ready, silent for ", out);
		print_ms(out, path->heard_ms);
		break;
	}
}

/**
 * struct page - where the text for people goes
 * @out: the file
 * @bold: terminal sequences, "" without colour
 * @good: likewise
 * @bad: likewise
 * @plain: ends them
 */
struct page {
	FILE *out;
	const char *bold, *good, *bad, *plain;
};

static const struct page coloured = {
	.bold = "\033[1m",
	.good = "\033[32m",
	.bad = "\033[31m",
	.plain = "\033[0m",
};

static const struct page black_and_white = {
	.bold = "",
	.good = "",
	.bad = "",
	.plain = "",
};

/* All values begin in the same column. */
static void print_label(const struct page *page, int indent, const char *label)
{
	fprintf(page->out, "%*s%s%s:%s%*s", indent, "", page->bold, label,
		page->plain, 14 - indent - (int)strlen(label), "");
}

static void print_traffic(const struct page *page, const char *label,
			  uint64_t packets, uint64_t bytes)
{
	print_label(page, 4, label);
	print_bytes(page->out, bytes);
	fprintf(page->out, " in %" PRIu64 " packet%s\n", packets,
		packets == 1 ? "" : "s");
}

static void print_link(const struct page *page, const struct session_path *path)
{
	if (!session_path_has(path, SIDESTEP_PATH_A_LINK))
		return;
	print_label(page, 4, "link");
	fputs(link_name(path->link), page->out);
	if (session_path_has(path, SIDESTEP_PATH_A_LOSS))
		fprintf(page->out, ", %.1f %% of the probes lost",
			path->loss_permille / 10.0);
	if (session_path_has(path, SIDESTEP_PATH_A_SIGNAL))
		fprintf(page->out, ", signal %.2f dBm", path->signal_mbm / 100.0);
	fputc('\n', page->out);
}

static void print_spent(const struct page *page, const struct session_path *path)
{
	const struct {
		const char *what;
		uint64_t bytes;
	} spent[] = {
		{ "alone", path->tx_alone_bytes },
		{ "as copies", path->tx_copy_bytes },
		{ "to switch", path->tx_switch_bytes },
		{ "in probes", path->tx_probe_bytes },
	};

	print_label(page, 4, "spent");
	for (size_t i = 0; i < sizeof(spent) / sizeof(*spent); i++) {
		fputs(i ? ", " : "", page->out);
		print_bytes(page->out, spent[i].bytes);
		fprintf(page->out, " %s", spent[i].what);
	}
	fputc('\n', page->out);
}

static void print_path(const struct page *page, const struct session_path *path)
{
	fputc('\n', page->out);
	print_label(page, 2, path_name(path->id));
	print_name(page->out, path->ifname);
	fprintf(page->out, ", %s", path->ready ? page->good : page->bad);
	print_health(page->out, path);
	fprintf(page->out, "%s\n", page->plain);
	if (session_path_has(path, SIDESTEP_PATH_A_RTT)) {
		print_label(page, 4, "rtt");
		print_us(page->out, path->rtt_us);
		fputs(", varies by ", page->out);
		print_us(page->out, path->rtt_var_us);
		fputc('\n', page->out);
	}
	print_link(page, path);
	print_traffic(page, "sent", path->tx_packets, path->tx_bytes);
	print_spent(page, path);
	print_traffic(page, "received", path->rx_packets, path->rx_bytes);
	if (path->rx_missed) {
		print_label(page, 4, "missed");
		fprintf(page->out, "%" PRIu64 " that came by the other path alone\n",
			path->rx_missed);
	}
	print_label(page, 4, "probes");
	fprintf(page->out, "%" PRIu64 " sent, %" PRIu64 " answered\n",
		path->probes_sent, path->probes_answered);
}

static void print_peers(const struct page *page, const struct session *s)
{
	char text[PRINT_PEER_SIZE];

	if (!s->n_peers)
		return;
	print_label(page, 2, "peers");
	for (size_t i = 0; i < s->n_peers; i++)
		fprintf(page->out, "%s%s", i ? ", " : "",
			print_peer(&s->peer[i], text));
	fputc('\n', page->out);
}

static void print_selectors(const struct page *page, const char *label,
			    const struct selector *selector, size_t n)
{
	print_label(page, 2, label);
	if (!n)
		fputs("all", page->out);
	for (size_t i = 0; i < n; i++) {
		if (i)
			fputs(", ", page->out);
		protect_print(page->out, &selector[i]);
	}
	fputc('\n', page->out);
}

static void print_budget(const struct page *page, const struct session *s)
{
	const struct session_budget *budget = &s->budget;

	if (!budget->rate && !budget->day)
		return;
	print_label(page, 2, "budget");
	if (budget->rate) {
		print_bytes(page->out, budget->rate);
		fputs("/s, ", page->out);
		print_bytes(page->out, budget->burst);
		fputs(" at once", page->out);
	}
	if (budget->day) {
		fputs(budget->rate ? ", " : "", page->out);
		print_bytes(page->out, budget->day_spent);
		fputs(" of the day's ", page->out);
		print_bytes(page->out, budget->day);
	}
	fputc('\n', page->out);
	print_selectors(page, "important", s->important, s->n_important);
}

static void print_state(const struct page *page, const struct session *s)
{
	if (!session_has(s, SIDESTEP_A_STATE))
		return;
	print_label(page, 2, "state");
	fprintf(page->out, "%s (wanted: %s, peer wants: %s)\n",
		state_name(s->state), state_name(s->wanted),
		session_has(s, SIDESTEP_A_PEER_WANTED) ?
			state_name(s->peer_wanted) : "not known yet");
}

static void print_decision(const struct page *page, const struct session *s)
{
	if (!session_has(s, SIDESTEP_A_DECISION))
		return;
	print_label(page, 2, "decision");
	if (*s->reason)
		print_name(page->out, s->reason);
	else
		fprintf(page->out, "%s, none was made yet", decision_name(s->decision));
	fputc('\n', page->out);
}

static void print_delays(const struct page *page, const struct session *s)
{
	if (session_has(s, SIDESTEP_A_DELAY_DIFF)) {
		print_label(page, 2, "delay diff");
		print_us(page->out, llabs(s->delay_diff_us));
		fprintf(page->out, ", %s is slower\n",
			path_name(s->delay_diff_us < 0 ? SIDESTEP_PATH_DIRECT :
							 SIDESTEP_PATH_INFRA));
	}
	if (session_has(s, SIDESTEP_A_PLAYOUT)) {
		print_label(page, 2, "playout");
		print_us(page->out, s->playout_us < 0 ? 0 : s->playout_us);
		fputc('\n', page->out);
	}
}

static void print_counters(const struct page *page, const struct session *s)
{
	bool any = false;

	for (int i = 1; i <= SIDESTEP_COUNTER_MAX; i++) {
		if (!s->counter[i])
			continue;
		if (!any)
			fprintf(page->out, "\n  %scounters:%s\n", page->bold,
				page->plain);
		any = true;
		fprintf(page->out, "    %-16s%" PRIu64 "\n", counter_name(i),
			s->counter[i]);
	}
}

void print_session(FILE *out, const struct session *s, bool colour)
{
	struct page page = colour ? coloured : black_and_white;

	page.out = out;
	fprintf(out, "%s%ssession%s: %s", page.bold, page.good, page.plain,
		page.good);
	print_name(out, s->ifname);
	fprintf(out, "%s\n", page.plain);
	print_label(&page, 2, "id");
	if (session_has(s, SIDESTEP_A_ID))
		fprintf(out, "%u\n", s->id);
	else
		fprintf(out, "not configured yet\n");
	print_peers(&page, s);
	if (session_has(s, SIDESTEP_A_ID))
		print_selectors(&page, "protect", s->selector, s->n_selectors);
	print_budget(&page, s);
	print_state(&page, s);
	print_decision(&page, s);
	print_delays(&page, s);
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		if (s->path[i].has)
			print_path(&page, &s->path[i]);
	print_counters(&page, s);
}

static void json_name_of(struct json *json, const char *key, bool known,
			 const char *name)
{
	if (known)
		json_string(json, key, name);
	else
		json_null(json, key);
}

static void json_measured(struct json *json, const char *key, bool known,
			  int64_t value)
{
	if (known)
		json_signed(json, key, value);
	else
		json_null(json, key);
}

static void print_path_json(struct json *json, const struct session_path *path)
{
	json_object(json, NULL);
	json_string(json, "path", path_name(path->id));
	json_string(json, "ifname", path->ifname);
	json_bool(json, "present", path->present);
	json_bool(json, "ready", path->ready);
	json_name_of(json, "not_ready", !path->ready,
		     health_words[path_health(path)]);
	json_measured(json, "rtt_us",
		      session_path_has(path, SIDESTEP_PATH_A_RTT),
		      path->rtt_us);
	json_measured(json, "rtt_var_us",
		      session_path_has(path, SIDESTEP_PATH_A_RTT_VAR),
		      path->rtt_var_us);
	json_measured(json, "heard_ms",
		      session_path_has(path, SIDESTEP_PATH_A_HEARD),
		      path->heard_ms);
	json_name_of(json, "link", session_path_has(path, SIDESTEP_PATH_A_LINK),
		     link_name(path->link));
	json_measured(json, "signal_mbm",
		      session_path_has(path, SIDESTEP_PATH_A_SIGNAL),
		      path->signal_mbm);
	json_measured(json, "loss_permille",
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
	json_measured(json, "id", session_has(s, SIDESTEP_A_ID), s->id);
	json_array(json, "peers");
	for (size_t i = 0; i < s->n_peers; i++)
		json_string(json, NULL, print_peer(&s->peer[i], text));
	json_array_end(json);
	print_selectors_json(json, "protect", s->selector, s->n_selectors);
	print_selectors_json(json, "important", s->important, s->n_important);
	if (session_has(s, SIDESTEP_A_BUDGET))
		print_budget_json(json, s);
	json_name_of(json, "state", session_has(s, SIDESTEP_A_STATE),
		     state_name(s->state));
	json_name_of(json, "wanted", session_has(s, SIDESTEP_A_WANTED),
		     state_name(s->wanted));
	json_name_of(json, "peer_wanted",
		     session_has(s, SIDESTEP_A_PEER_WANTED),
		     state_name(s->peer_wanted));
	json_name_of(json, "decision", session_has(s, SIDESTEP_A_DECISION),
		     decision_name(s->decision));
	json_name_of(json, "reason", *s->reason, s->reason);
	json_measured(json, "delay_diff_us",
		      session_has(s, SIDESTEP_A_DELAY_DIFF), s->delay_diff_us);
	json_measured(json, "playout_us", session_has(s, SIDESTEP_A_PLAYOUT),
		      s->playout_us);
	print_paths_json(json, s);
	if (session_has(s, SIDESTEP_A_COUNTERS))
		print_counters_json(json, s);
}
