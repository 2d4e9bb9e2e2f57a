// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The metrics of both daemons: their grammar (OpenMetrics 1.0, text format), their
 * numbers, and that their pages in docs/ have each with its type and unit, and no other.
 */
#include "ktap.h"
#include "../../userspace/common/names.h"
#include "../../userspace/mno/mno_metrics.h"
#include "../../userspace/ue/metrics.h"

#include <ctype.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	MAX_FAMILIES = 128,
	NAME_SIZE = 80,
};

/**
 * struct family - what the text says of one
 */
struct family {
	char name[NAME_SIZE];
	char type[16];
	char unit[16];
	bool help;
	unsigned int samples;
};

static char docs[4096];
static struct family family[MAX_FAMILIES];
static size_t n_families;

static struct session_list full_list(void)
{
	static struct session session[2];

	session[0] = (struct session){
		.has = 1u << SIDESTEP_A_STATE | 1u << SIDESTEP_A_DECISION |
		       1u << SIDESTEP_A_COUNTERS,
		.ifname = "p\"2\\p\n\xff",
		.state = SIDESTEP_STATE_BICAST,
		.decision = SIDESTEP_DECISION_PREPARE,
		.budget = { .day = 1000, .day_spent = 10 },
	};
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		session[0].path[i] = (struct session_path){
			.has = UINT32_MAX,
			.id = i,
			.ready = !i,
			.rtt_us = 4100 + i,
			.rtt_var_us = 2000001,
			.heard_ms = 80,
			.loss_permille = i ? 1000 : 50,
			.signal_mbm = i ? 25 : -7405,
			.tx_packets = UINT64_MAX,
			.tx_bytes = 15,
			.tx_alone_bytes = 1,
			.tx_copy_bytes = 2,
			.tx_switch_bytes = 4,
			.tx_probe_bytes = 8,
		};
	for (int i = 1; i <= SIDESTEP_COUNTER_MAX; i++)
		session[0].counter[i] = i;
	session[1] = (struct session){ .ifname = "bare" };
	return (struct session_list){ .session = session, .n = 2 };
}

static struct status full_status(void)
{
	static struct status_session session[] = {
		{
			.device = "p2p0", .peer = "bob", .met = true, .met_s = 1,
			.problem = "no route", .standby = "ready", .tunnel = "wg0",
			.modem = "wwan0", .handshake_s = 12,
			.standby_bytes_per_day = 500000, .signal_mbm = -6100,
			.signal_age_ms = 95, .tx_retries_permille = 12,
			.tx_failed_permille = 0, .function = "registered",
			.agreement = 3, .order = 17, .assisted = "by the relay",
		},
		{
			.device = "p2p1", .standby = "no modem", .met_s = -1,
			.handshake_s = -1, .standby_bytes_per_day = -1,
			.signal_mbm = INT32_MIN, .signal_age_ms = -1,
			.tx_retries_permille = -1, .tx_failed_permille = -1,
			.agreement = -1, .order = -1,
		},
	};

	return (struct status){ .version = "0.1.0", .name = "alice", .n_sessions = 2,
				.session = session };
}

/* To be freed. */
static char *printed(const struct status *status, const struct session_list *list)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metrics_print(out, status, list);
	fclose(out);
	return text;
}

static char *printed_full(void)
{
	struct status status = full_status();
	struct session_list list = full_list();

	return printed(&status, &list);
}

/* In place of the relay's */
const char *relay_drop_name(enum relay_drop drop)
{
	static const char *const names[RELAY_DROPS] = {
		"0", "1", "2", "3", "4", "5", "6", "7",
	};

	return names[drop];
}

static struct mno_figures full_figures(void)
{
	struct mno_figures figures = {
		.version = "0.1.0", .pfid = "a.example", .subscribers = 10000,
		.agreements = 20000, .peers = 3, .peers_connected = 2, .relays = 5,
		.relays_fast = 4, .draining = true,
	};

	figures.sessions[PF_SESSION_DIRECT] = 7;
	for (size_t i = 0; i < MNO_COUNTS; i++)
		figures.count[i] = 100 + i;
	figures.response[204] = 9;
	figures.response[531] = 1;
	figures.relay.bytes[RELAY_B] = UINT64_MAX;
	figures.relay.drop[RELAY_B][RELAY_DROP_MAC1] = 6;
	return figures;
}

static char *printed_mno(void)
{
	struct mno_figures figures = full_figures();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	mno_metrics_print(out, &figures);
	fclose(out);
	return text;
}

static bool skip_word(const char **at, const char *more)
{
	const char *begin = *at;

	while (isalnum((unsigned char)**at) || **at == '_' || (**at && strchr(more, **at)))
		++*at;
	return *at > begin && !isdigit((unsigned char)*begin);
}

/* name="value", with \\, \" and \n alone escaped */
static bool skip_label(const char **at)
{
	if (!skip_word(at, "") || strncmp(*at, "=\"", 2))
		return false;
	for (*at += 2; **at && **at != '"'; ++*at)
		if (**at == '\\' && !strchr("\\\"n", *++*at))
			return false;
	return *(*at)++ == '"';
}

static bool skip_labels(const char **at)
{
	if (*(*at)++ != '{')
		return false;
	while (skip_label(at))
		if (*(*at)++ != ',')
			return (*at)[-1] == '}';
	return false;
}

static bool is_number(const char *at)
{
	at += *at == '-';
	at += strspn(at, "0123456789");
	if (!isdigit((unsigned char)at[-1]) || !*at)
		return !*at;
	return *at == '.' && at[1] && !at[1 + strspn(at + 1, "0123456789")];
}

static struct family *begin_family(const char *name)
{
	for (size_t i = 0; i < n_families; i++)
		EXPECT(strcmp(family[i].name, name));
	EXPECT(n_families < MAX_FAMILIES && strlen(name) < NAME_SIZE);
	strcpy(family[n_families].name, name);
	return &family[n_families++];
}

/* "# TYPE name value" and the like; TYPE is the first of a family. */
static bool read_about(char *line)
{
	char *what = strtok(line, " "), *name = strtok(NULL, " ");
	char *value = strtok(NULL, "");
	struct family *now;

	if (!what || !name || !value)
		return false;
	if (!strcmp(what, "TYPE")) {
		strcpy(begin_family(name)->type, value);
		return !strcmp(value, "gauge") || !strcmp(value, "counter");
	}
	now = n_families ? &family[n_families - 1] : NULL;
	if (!now || strcmp(now->name, name) || now->samples)
		return false;
	if (!strcmp(what, "UNIT"))
		strcpy(now->unit, value);
	else
		now->help = true;
	return !strcmp(what, "UNIT") || !strcmp(what, "HELP");
}

static bool read_sample(const char *line)
{
	struct family *now = n_families ? &family[n_families - 1] : NULL;
	const char *at = line;
	char name[NAME_SIZE + 8];

	if (!now || !skip_word(&at, ":"))
		return false;
	snprintf(name, sizeof(name), "%s%s", now->name,
		 strcmp(now->type, "counter") ? "" : "_total");
	now->samples++;
	return strlen(name) == (size_t)(at - line) &&
	       !strncmp(name, line, strlen(name)) && skip_labels(&at) && *at++ == ' ' &&
	       is_number(at);
}

/* Reads all into @family. */
static void read_metrics(char *(*print)(void))
{
	char *text = print(), *line, *rest = text;
	bool eof = false;

	memset(family, 0, sizeof(family));
	n_families = 0;
	while ((line = strsep(&rest, "\n")) && rest) {
		char *copy = strdup(line);

		EXPECT(!eof);
		if (!strcmp(line, "# EOF"))
			eof = true;
		else
			ktap_expect(strncmp(line, "# ", 2) ? read_sample(line) :
							     read_about(line + 2),
				    __LINE__, "line: %s", copy);
		free(copy);
	}
	EXPECT(eof && line && !*line);
	free(text);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && !strcmp(text + len - end_len, end);
}

static void expect_grammar(char *(*print)(void), size_t least)
{
	read_metrics(print);
	EXPECT(n_families >= least);
	for (size_t i = 0; i < n_families; i++) {
		const struct family *f = &family[i];

		ktap_expect(f->help && f->samples, __LINE__, "%s: no help, or no sample",
			    f->name);
		ktap_expect(!*f->unit || (ends_with(f->name, f->unit) &&
					  f->name[strlen(f->name) - strlen(f->unit) - 1] == '_'),
			    __LINE__, "%s: does not end with its unit", f->name);
		ktap_expect(!ends_with(f->name, "_total") && !ends_with(f->name, "_bucket") &&
			    !ends_with(f->name, "_count") && !ends_with(f->name, "_sum"),
			    __LINE__, "%s: a reserved suffix", f->name);
	}
}

static void test_grammar(void)
{
	expect_grammar(printed_full, 40);
	expect_grammar(printed_mno, 15);
}

#define P2P "session=\"p\\\"2\\\\p\\n\xef\xbf\xbd\""

static void expect_line(const char *text, const char *wanted)
{
	char line[256];

	snprintf(line, sizeof(line), "\n%s\n", wanted);
	ktap_expect(strstr(text, line), __LINE__, "not there: %s", wanted);
}

static void test_values(void)
{
	static const char *const lines[] = {
		"sidestep_helper_info{version=\"0.1.0\",name=\"alice\"} 1",
		"sidestep_session_info{session=\"p2p0\",peer=\"bob\",tunnel=\"wg0\",modem=\"wwan0\"} 1",
		"sidestep_session_state{" P2P ",state=\"direct\"} 0",
		"sidestep_session_state{" P2P ",state=\"bicast\"} 1",
		"sidestep_session_decision{" P2P ",decision=\"prepare\"} 1",
		"sidestep_session_problem{session=\"p2p0\"} 1",
		"sidestep_session_problem{session=\"p2p1\"} 0",
		"sidestep_session_met{session=\"p2p0\"} 1",
		"sidestep_session_met{session=\"p2p1\"} 0",
		"sidestep_standby_ready{session=\"p2p0\"} 1",
		"sidestep_standby_ready{session=\"p2p1\"} 0",
		"sidestep_standby_day_bytes{session=\"p2p0\"} 500000",
		"sidestep_radio_signal_dbm{session=\"p2p0\"} -61.00",
		"sidestep_radio_tx_retries_ratio{session=\"p2p0\"} 0.012",
		"sidestep_path_ready{" P2P ",path=\"direct\"} 1",
		"sidestep_path_ready{" P2P ",path=\"infra\"} 0",
		"sidestep_path_rtt_seconds{" P2P ",path=\"infra\"} 0.004101",
		"sidestep_path_rtt_deviation_seconds{" P2P ",path=\"direct\"} 2.000001",
		"sidestep_path_loss_ratio{" P2P ",path=\"infra\"} 1.000",
		"sidestep_path_signal_dbm{" P2P ",path=\"direct\"} -74.05",
		"sidestep_path_signal_dbm{" P2P ",path=\"infra\"} 0.25",
		"sidestep_path_tx_packets_total{" P2P ",path=\"direct\"} 18446744073709551615",
		"sidestep_path_tx_bytes_total{" P2P ",path=\"infra\",cause=\"probe\"} 8",
		"sidestep_budget_day_spent_bytes{" P2P "} 10",
		"sidestep_tx_tagged_total{" P2P "} 1",
	};
	static const char *const absent[] = {
		"session=\"bare\"",
		"sidestep_radio_signal_dbm{session=\"p2p1\"}",
		"sidestep_standby_handshake_age_seconds{session=\"p2p1\"}",
	};
	char *text = printed_full();

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect_line(text, lines[i]);
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		ktap_expect(!strstr(text, absent[i]), __LINE__, "there: %s", absent[i]);
	free(text);
}

static void test_mno_values(void)
{
	static const char *const lines[] = {
		"sidestep_mno_info{pfid=\"a.example\",version=\"0.1.0\"} 1",
		"sidestep_mno_subscribers{pfid=\"a.example\"} 10000",
		"sidestep_mno_agreements{pfid=\"a.example\"} 20000",
		"sidestep_mno_peers{pfid=\"a.example\"} 3",
		"sidestep_mno_peers_connected{pfid=\"a.example\"} 2",
		"sidestep_mno_relays{pfid=\"a.example\"} 5",
		"sidestep_mno_relays_fast{pfid=\"a.example\"} 4",
		"sidestep_mno_draining{pfid=\"a.example\"} 1",
		"sidestep_mno_sessions{pfid=\"a.example\",state=\"direct\"} 7",
		"sidestep_mno_sessions{pfid=\"a.example\",state=\"asked\"} 0",
		"sidestep_mno_reports_total{pfid=\"a.example\"} 100",
		"sidestep_mno_orders_total{pfid=\"a.example\",result=\"failed\"} 102",
		"sidestep_mno_assists_total{pfid=\"a.example\",by=\"peer\"} 105",
		"sidestep_mno_assists_total{pfid=\"a.example\",by=\"judge\"} 106",
		"sidestep_mno_assists_refused_total{pfid=\"a.example\",why=\"consent\"} 107",
		"sidestep_mno_sessions_reached_total{pfid=\"a.example\",state=\"failed\"} 111",
		"sidestep_mno_requests_total{pfid=\"a.example\",code=\"2.04\"} 9",
		"sidestep_mno_requests_total{pfid=\"a.example\",code=\"5.31\"} 1",
		"sidestep_mno_relay_bytes_total{pfid=\"a.example\",from=\"b\"} 18446744073709551615",
		"sidestep_mno_relay_dropped_packets_total{pfid=\"a.example\",from=\"b\",why=\"1\"} 6",
	};
	char *text = printed_mno();

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect_line(text, lines[i]);
	EXPECT(!strstr(text, "code=\"2.05\""));
	free(text);
}

static void test_nothing(void)
{
	struct session_list list = {};
	struct status status = {};
	char *text = printed(&status, &list);

	EXPECT(strstr(text, "sidestep_helper_info{version=\"\",name=\"\"} 1\n"));
	EXPECT(ends_with(text, "\n# EOF\n"));
	free(text);
}

/* "| `name` | type | unit | ..." */
static bool read_row(char *line, char *name, char *type, char *unit)
{
	return sscanf(line, "| `%79[a-z0-9_]` | %15[a-z] | %15[a-z] |", name, type, unit) >= 2;
}

static bool agrees(const struct family *f, const char *name, const char *type,
		   const char *unit)
{
	size_t len = strlen(f->name);

	return !strncmp(f->name, name, len) &&
	       !strcmp(name + len, strcmp(f->type, "counter") ? "" : "_total") &&
	       !strcmp(f->type, type) && !strcmp(f->unit, unit);
}

static void expect_documented(char *(*print)(void), const char *page)
{
	char path[sizeof(docs) + 32], line[1024], name[NAME_SIZE], type[16], unit[16];
	bool found[MAX_FAMILIES] = {};
	size_t rows = 0, i;
	FILE *in;

	read_metrics(print);
	snprintf(path, sizeof(path), "%s/%s", docs, page);
	in = fopen(path, "r");
	EXPECT(in);
	while (in && fgets(line, sizeof(line), in)) {
		*unit = '\0';
		if (!read_row(line, name, type, unit))
			continue;
		rows++;
		for (i = 0; i < n_families && !agrees(&family[i], name, type, unit); i++)
			;
		ktap_expect(i < n_families && !found[i], __LINE__,
			    "no such metric, or twice: %s", line);
		if (i < n_families)
			found[i] = true;
	}
	ktap_expect(rows == n_families, __LINE__, "%zu rows for %zu metrics", rows,
		    n_families);
	if (in)
		fclose(in);
}

static void test_documented(void)
{
	expect_documented(printed_full, "metrics.md");
	expect_documented(printed_mno, "mno-metrics.md");
}

static const struct ktap_case cases[] = {
	{ "metrics: grammar of OpenMetrics", test_grammar },
	{ "metrics: numbers and labels", test_values },
	{ "metrics: numbers and labels of prosefd", test_mno_values },
	{ "metrics: nothing to say", test_nothing },
	{ "metrics: the pages in docs/ have each, and no other", test_documented },
};

/* With an argument the text is printed, for other programs to read. */
int main(int argc, char **argv)
{
	char *text;

	if (argc > 1) {
		text = printed_full();
		fputs(text, stdout);
		free(text);
		return 0;
	}
	snprintf(docs, sizeof(docs), "%s/../../docs", dirname(argv[0]));
	return ktap_run(KTAP_CASES(cases));
}
