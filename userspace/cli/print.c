// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include "../common/names.h"
#include "helper_print.h"
#include "page.h"
#include "protect.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

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
		page_ms(out, path->heard_ms);
		break;
	}
}

static void print_traffic(const struct page *page, const char *label,
			  uint64_t packets, uint64_t bytes)
{
	page_label(page, 4, label);
	page_bytes(page->out, bytes);
	fprintf(page->out, " in %" PRIu64 " packet%s\n", packets,
		packets == 1 ? "" : "s");
}

static void print_link(const struct page *page, const struct session_path *path)
{
	if (!session_path_has(path, SIDESTEP_PATH_A_LINK))
		return;
	page_label(page, 4, "link");
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

	page_label(page, 4, "spent");
	for (size_t i = 0; i < sizeof(spent) / sizeof(*spent); i++) {
		fputs(i ? ", " : "", page->out);
		page_bytes(page->out, spent[i].bytes);
		fprintf(page->out, " %s", spent[i].what);
	}
	fputc('\n', page->out);
}

static void print_path(const struct page *page, const struct session_path *path)
{
	fputc('\n', page->out);
	page_label(page, 2, path_name(path->id));
	print_name(page->out, path->ifname);
	fprintf(page->out, ", %s", path->ready ? page->good : page->bad);
	print_health(page->out, path);
	fprintf(page->out, "%s\n", page->plain);
	if (session_path_has(path, SIDESTEP_PATH_A_RTT)) {
		page_label(page, 4, "rtt");
		page_us(page->out, path->rtt_us);
		fputs(", varies by ", page->out);
		page_us(page->out, path->rtt_var_us);
		fputc('\n', page->out);
	}
	print_link(page, path);
	print_traffic(page, "sent", path->tx_packets, path->tx_bytes);
	print_spent(page, path);
	print_traffic(page, "received", path->rx_packets, path->rx_bytes);
	if (path->rx_missed) {
		page_label(page, 4, "missed");
		fprintf(page->out, "%" PRIu64 " that came by the other path alone\n",
			path->rx_missed);
	}
	page_label(page, 4, "probes");
	fprintf(page->out, "%" PRIu64 " sent, %" PRIu64 " answered\n",
		path->probes_sent, path->probes_answered);
}

static void print_peers(const struct page *page, const struct session *s)
{
	char text[PRINT_PEER_SIZE];

	if (!s->n_peers)
		return;
	page_label(page, 2, "peers");
	for (size_t i = 0; i < s->n_peers; i++)
		fprintf(page->out, "%s%s", i ? ", " : "",
			print_peer(&s->peer[i], text));
	fputc('\n', page->out);
}

static void print_selectors(const struct page *page, const char *label,
			    const struct selector *selector, size_t n)
{
	page_label(page, 2, label);
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
	page_label(page, 2, "budget");
	if (budget->rate) {
		page_bytes(page->out, budget->rate);
		fputs("/s, ", page->out);
		page_bytes(page->out, budget->burst);
		fputs(" at once", page->out);
	}
	if (budget->day) {
		fputs(budget->rate ? ", " : "", page->out);
		page_bytes(page->out, budget->day_spent);
		fputs(" of the day's ", page->out);
		page_bytes(page->out, budget->day);
	}
	fputc('\n', page->out);
	print_selectors(page, "important", s->important, s->n_important);
}

static void print_state(const struct page *page, const struct session *s)
{
	if (!session_has(s, SIDESTEP_A_STATE))
		return;
	page_label(page, 2, "state");
	fprintf(page->out, "%s (wanted: %s, peer wants: %s)\n",
		state_name(s->state), state_name(s->wanted),
		session_has(s, SIDESTEP_A_PEER_WANTED) ?
			state_name(s->peer_wanted) : "not known yet");
}

static void print_decision(const struct page *page, const struct session *s)
{
	if (!session_has(s, SIDESTEP_A_DECISION))
		return;
	page_label(page, 2, "decision");
	if (*s->reason)
		print_name(page->out, s->reason);
	else
		fprintf(page->out, "%s, none was made yet", decision_name(s->decision));
	fputc('\n', page->out);
}

static void print_delays(const struct page *page, const struct session *s)
{
	if (session_has(s, SIDESTEP_A_DELAY_DIFF)) {
		page_label(page, 2, "delay diff");
		page_us(page->out, llabs(s->delay_diff_us));
		fprintf(page->out, ", %s is slower\n",
			path_name(s->delay_diff_us < 0 ? SIDESTEP_PATH_DIRECT :
							 SIDESTEP_PATH_INFRA));
	}
	if (session_has(s, SIDESTEP_A_PLAYOUT)) {
		page_label(page, 2, "playout");
		page_us(page->out, s->playout_us < 0 ? 0 : s->playout_us);
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

static void print_kernel(const struct page *page, const struct session *s)
{
	page_label(page, 2, "id");
	if (session_has(s, SIDESTEP_A_ID))
		fprintf(page->out, "%u\n", s->id);
	else
		fprintf(page->out, "not configured yet\n");
	print_peers(page, s);
	if (session_has(s, SIDESTEP_A_ID))
		print_selectors(page, "protect", s->selector, s->n_selectors);
	print_budget(page, s);
	print_state(page, s);
	print_decision(page, s);
	print_delays(page, s);
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		if (s->path[i].has)
			print_path(page, &s->path[i]);
	print_counters(page, s);
}

void print_session(FILE *out, const struct session *s,
		   const struct status_session *helper, bool colour)
{
	struct page page;

	page_init(&page, out, colour);
	fprintf(out, "%s%ssession%s: %s", page.bold, page.good, page.plain,
		page.good);
	print_name(out, s->ifname);
	fprintf(out, "%s\n", page.plain);
	if (helper)
		helper_print(&page, helper, s);
	if (s->ifindex)
		print_kernel(&page, s);
}
