// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper_print.h"

#include "print.h"

#include <inttypes.h>
#include <string.h>

static void print_seconds(FILE *out, int64_t s)
{
	if (s < 60)
		fprintf(out, "%" PRId64 " s", s);
	else
		page_ms(out, s * 1000);
}

static void print_peer_name(const struct page *page, const struct status_session *helper)
{
	page_label(page, 2, "peer");
	print_name(page->out, helper->peer);
	if (helper->met_s < 0) {
		fputs(helper->met ? ", met" : ", not met yet", page->out);
	} else {
		fputs(helper->met ? ", met for " : ", not there for ", page->out);
		print_seconds(page->out, helper->met_s);
	}
	fputc('\n', page->out);
}

static void print_problem(const struct page *page, const struct status_session *helper)
{
	if (!*helper->problem)
		return;
	page_label(page, 2, "problem");
	fputs(page->bad, page->out);
	print_name(page->out, helper->problem);
	fprintf(page->out, "%s\n", page->plain);
}

/* Packets go by the way that either end asks for; on a change it takes a while. */
static const char *who_wants(const struct session *s)
{
	bool here = s->wanted == s->state;
	bool there = session_has(s, SIDESTEP_A_PEER_WANTED) && s->peer_wanted == s->state;

	if (here && there)
		return "as both ends want it";
	if (here)
		return "as this end wants it";
	return there ? "as the peer wants it" : "until the change is made";
}

static void print_carrier(const struct page *page, const struct session *s)
{
	static const char *const words[] = {
		[SIDESTEP_STATE_DIRECT] = "the direct path",
		[SIDESTEP_STATE_BICAST] = "both paths, a copy on each",
		[SIDESTEP_STATE_INFRA] = "the infra path",
	};

	page_label(page, 2, "carried by");
	if (!session_has(s, SIDESTEP_A_STATE) || s->state > SIDESTEP_STATE_MAX)
		fputs("nothing: the kernel does not have the session\n", page->out);
	else
		fprintf(page->out, "%s, %s\n", words[s->state], who_wants(s));
}

static void print_frames(FILE *out, int32_t permille, const char *what)
{
	if (permille >= 0)
		fprintf(out, ", %.1f %% of the frames %s", permille / 10.0, what);
}

static void print_radio(const struct page *page, const struct status_session *helper)
{
	if (helper->signal_mbm == INT32_MIN)
		return;
	page_label(page, 2, "radio");
	fprintf(page->out, "%.2f dBm", helper->signal_mbm / 100.0);
	if (helper->signal_age_ms >= 0) {
		fputc(' ', page->out);
		page_ms(page->out, helper->signal_age_ms);
		fputs(" ago", page->out);
	}
	print_frames(page->out, helper->tx_retries_permille, "sent again");
	print_frames(page->out, helper->tx_failed_permille, "given up");
	fputc('\n', page->out);
}

static void print_readiness(const struct page *page, const struct status_session *helper)
{
	bool ready = !strcmp(helper->standby, "ready");
	bool cold = !strcmp(helper->standby, "cold");

	fputs(ready ? page->good : page->bad, page->out);
	if (cold)
		fputs("cold, made ready when it is needed", page->out);
	else if (!ready)
		fputs("not ready, ", page->out);
	if (!cold)
		print_name(page->out, helper->standby);
	fputs(page->plain, page->out);
}

static void print_standby(const struct page *page, const struct status_session *helper)
{
	if (!*helper->standby)
		return;
	page_label(page, 2, "standby");
	print_readiness(page, helper);
	if (*helper->tunnel) {
		fputs("; ", page->out);
		print_name(page->out, helper->tunnel);
	}
	if (*helper->endpoint) {
		fputs(" to ", page->out);
		print_name(page->out, helper->endpoint);
	}
	if (helper->handshake_s >= 0) {
		fputs(", handshake ", page->out);
		print_seconds(page->out, helper->handshake_s);
		fputs(" ago", page->out);
	}
	fputc('\n', page->out);
}

static void print_function(const struct page *page, const struct status_session *helper)
{
	bool good = !strcmp(helper->function, "registered");

	if (!*helper->function)
		return;
	page_label(page, 2, "function");
	fputs(good ? page->good : page->bad, page->out);
	print_name(page->out, helper->function);
	fputs(page->plain, page->out);
	if (helper->agreement >= 0)
		fprintf(page->out, ", agreement %" PRId64, helper->agreement);
	if (*helper->assisted) {
		fputs(", the peer ", page->out);
		print_name(page->out, helper->assisted);
		fprintf(page->out, " (order %" PRId64 ")", helper->order);
	}
	if (*helper->function_problem) {
		fputs(": ", page->out);
		print_name(page->out, helper->function_problem);
	}
	fputc('\n', page->out);
}

static void print_cost(const struct page *page, const struct status_session *helper)
{
	if (helper->standby_bytes_per_day < 0)
		return;
	page_label(page, 2, "costs");
	page_bytes(page->out, helper->standby_bytes_per_day);
	fputs(" a day for the standby\n", page->out);
}

static void print_modem(const struct page *page, const struct status_session *helper)
{
	if (!*helper->modem)
		return;
	page_label(page, 2, "modem");
	print_name(page->out, helper->modem);
	if (*helper->modem_state) {
		fputs(", ", page->out);
		print_name(page->out, helper->modem_state);
	}
	if (*helper->operator) {
		fputs(", ", page->out);
		print_name(page->out, helper->operator);
	}
	fputc('\n', page->out);
}

void helper_print(const struct page *page, const struct status_session *helper,
		  const struct session *s)
{
	print_peer_name(page, helper);
	print_problem(page, helper);
	print_carrier(page, s);
	print_radio(page, helper);
	print_standby(page, helper);
	print_modem(page, helper);
	print_function(page, helper);
	print_cost(page, helper);
}

static void text_json(struct json *json, const char *key, const char *text)
{
	json_string_or_null(json, key, *text, text);
}

static void number_json(struct json *json, const char *key, int64_t number)
{
	json_signed_or_null(json, key, number >= 0, number);
}

void helper_print_json(struct json *json, const struct status_session *helper)
{
	if (!helper) {
		json_null(json, "helper");
		return;
	}
	json_object(json, "helper");
	text_json(json, "peer", helper->peer);
	json_bool(json, "met", helper->met);
	number_json(json, "met_s", helper->met_s);
	text_json(json, "problem", helper->problem);
	text_json(json, "standby", helper->standby);
	text_json(json, "tunnel", helper->tunnel);
	text_json(json, "modem", helper->modem);
	text_json(json, "modem_state", helper->modem_state);
	text_json(json, "operator", helper->operator);
	text_json(json, "endpoint", helper->endpoint);
	number_json(json, "handshake_s", helper->handshake_s);
	number_json(json, "standby_bytes_per_day", helper->standby_bytes_per_day);
	json_signed_or_null(json, "signal_mbm", helper->signal_mbm != INT32_MIN,
			    helper->signal_mbm);
	number_json(json, "signal_age_ms", helper->signal_age_ms);
	number_json(json, "tx_retries_permille", helper->tx_retries_permille);
	number_json(json, "tx_failed_permille", helper->tx_failed_permille);
	text_json(json, "function", helper->function);
	text_json(json, "function_problem", helper->function_problem);
	number_json(json, "agreement", helper->agreement);
	number_json(json, "order", helper->order);
	text_json(json, "assisted", helper->assisted);
	json_object_end(json);
}
