// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_test: triggers as the function has them, reports, paths, and what is remembered
 */
#include "ktap.h"
#include "mno_words.h"
#include "../../userspace/ue/mno_path.h"
#include "../../userspace/ue/mno_report.h"
#include "../../userspace/ue/mno_store.h"

#include <stdlib.h>

/* --- triggers ------------------------------------------------------------- */

static void test_trigger_offer(void)
{
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	struct pf_trigger trigger[PF_MAX_TRIGGERS];
	size_t n;

	default_rules(rule);
	n = mno_trigger_offer(trigger, rule);
	EXPECT(n == 5);
	EXPECT(find(trigger, n, PF_TRIGGER_S2_PREPARE)->threshold == -7300);
	EXPECT(find(trigger, n, PF_TRIGGER_S2_PREPARE)->hysteresis == 1000);
	EXPECT(find(trigger, n, PF_TRIGGER_X1_EXECUTE)->threshold == -8200);
	EXPECT(find(trigger, n, PF_TRIGGER_S1_RELEASE)->threshold == -6700);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_PREPARE)->threshold == 200);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_PREPARE)->hysteresis == 0);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_EXECUTE)->time_to_trigger_ms == 160);
	rule[SIDESTEP_DECISION_PREPARE].value[SIDESTEP_RULE_A_RTT_US] = 50000;
	EXPECT(mno_trigger_offer(trigger, rule) == 6);
	EXPECT(find(trigger, 6, PF_TRIGGER_RTT_PREPARE)->threshold == 50000);
}

static void test_trigger_rules(void)
{
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1], said[SIDESTEP_DECISION_MAX + 1];
	struct pf_agreement doc = {
		.n_triggers = 3,
		.trigger = {
			{ PF_TRIGGER_S2_PREPARE, -7000, 2000, 320 },
			{ PF_TRIGGER_LOSS_PREPARE, 200, 0, 640 },
			{ 77, 1, 1, 1 },
		},
	};

	default_rules(rule);
	EXPECT(mno_trigger_rules(said, &doc, rule));
	EXPECT(!said[SIDESTEP_DECISION_EXECUTE].has && !said[SIDESTEP_DECISION_RELEASE].has);
	EXPECT(said[SIDESTEP_DECISION_PREPARE].has ==
	       (1u << SIDESTEP_RULE_A_THRESHOLD_MBM | 1u << SIDESTEP_RULE_A_HYSTERESIS_MDB |
		1u << SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS));
	/* There is one time to trigger, and the signal's counts. */
	EXPECT(said[SIDESTEP_DECISION_PREPARE].value[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS] ==
	       320);
	apply(rule, said);
	EXPECT(!mno_trigger_rules(said, &doc, rule));
}

/* --- reports -------------------------------------------------------------- */

static struct session told(uint8_t decision, uint32_t loss)
{
	struct session s = {
		.has = 1u << SIDESTEP_A_DECISION,
		.decision = decision,
		.reason = "prepare: because",
	};
	struct session_path *direct = &s.path[SIDESTEP_PATH_DIRECT];

	direct->has = 1u << SIDESTEP_PATH_A_LOSS;
	direct->loss_permille = loss;
	direct->link = SIDESTEP_LINK_ALIVE;
	return s;
}

static void test_report(void)
{
	struct session s = told(SIDESTEP_DECISION_RELEASE, 10);
	struct mno_reports reports = {};
	struct pf_report report;

	mno_report_fill(&report, &s, -6000);
	EXPECT(report.decision == PF_DECISION_RELEASE && report.has_signal &&
	       report.signal_mbm == -6000 && report.has_loss && !report.has_rtt);
	EXPECT(mno_report_due(&reports, &report, false, false, 1000, SECOND));
	mno_report_take(&reports, &report, false, 500, SECOND);
	EXPECT(report.seq == 500);
	EXPECT(!mno_report_due(&reports, &report, false, false, 1000, 60 * SECOND));
	report.signal_mbm = -6200;
	EXPECT(!mno_report_due(&reports, &report, false, false, 1000, 3 * SECOND));
	EXPECT(mno_report_due(&reports, &report, true, false, 1000, 3 * SECOND));
	EXPECT(!mno_report_due(&reports, &report, true, false, 1000, 2 * SECOND - 1));
	report.decision = PF_DECISION_PREPARE;
	EXPECT(mno_report_due(&reports, &report, false, false, 1000, SECOND + 1));
	mno_report_take(&reports, &report, false, 500, SECOND + 1);
	EXPECT(report.seq == 501);
	mno_report_fill(&report, &s, INT32_MIN);
	EXPECT(!report.has_signal && !report.signal_mbm);
}

/* What came of it was nothing, or is over. */
static void test_report_again(void)
{
	static const unsigned int wait_s[] = { 3, 6, 12, 24, 48, 60, 60 };
	struct session s = told(SIDESTEP_DECISION_PREPARE, 10);
	struct mno_reports reports = {};
	struct pf_report report;
	uint64_t now = SECOND;

	mno_report_fill(&report, &s, -6000);
	mno_report_take(&reports, &report, true, 500, now);
	for (size_t i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++) {
		EXPECT(!mno_report_due(&reports, &report, false, true, 1000,
				       now + wait_s[i] * SECOND - 1));
		now += wait_s[i] * SECOND;
		EXPECT(!mno_report_due(&reports, &report, false, false, 1000, now));
		EXPECT(!mno_report_due(&reports, &report, false, true, 61000, now));
		EXPECT(mno_report_due(&reports, &report, false, true, 1000, now));
		mno_report_take(&reports, &report, true, 500, now);
	}
	/* It has worked for a while; the next failure is another one. */
	mno_report_take(&reports, &report, false, 500, now);
	EXPECT(mno_report_due(&reports, &report, false, true, 1000, now + 3 * SECOND));
	report.decision = PF_DECISION_RELEASE;
	mno_report_take(&reports, &report, true, 500, now);
	EXPECT(!mno_report_due(&reports, &report, false, true, 1000, now + 600 * SECOND));
}

static void test_report_near(void)
{
	struct session s = told(SIDESTEP_DECISION_RELEASE, 0);
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	struct session_rule *prepare = &rule[SIDESTEP_DECISION_PREPARE];

	default_rules(rule);
	EXPECT(!mno_report_near(&s, prepare, -6000));
	EXPECT(mno_report_near(&s, prepare, -6301));
	EXPECT(!mno_report_near(&s, prepare, INT32_MIN));
	s.path[SIDESTEP_PATH_DIRECT].link = SIDESTEP_LINK_SHAKY;
	EXPECT(mno_report_near(&s, prepare, -6000));
	s = told(SIDESTEP_DECISION_PREPARE, 0);
	EXPECT(mno_report_near(&s, prepare, -6000));
	s = told(SIDESTEP_DECISION_RELEASE, 0);
	prepare->value[SIDESTEP_RULE_A_THRESHOLD_MBM] = SIDESTEP_TRIGGER_OFF;
	EXPECT(!mno_report_near(&s, prepare, -9000));
}

/* --- what is remembered --------------------------------------------------- */

static void test_store(void)
{
	struct mno_stored stored = {
		.agreed = {
			.id = 7, .version = 3, .peer = PEER, .wg_key = { 1 },
			.window_s = 60, .min_report_ms = 1000, .n_triggers = 1,
			.trigger = { { PF_TRIGGER_S2_PREPARE, -7000, 1000, 160 } },
		},
		.order = UINT64_MAX, .has_connect = true, .connect = connect_order(true),
		.state = PF_SESSION_DIRECT,
	};
	uint8_t buf[MNO_STORE_MAX_SIZE];
	struct mno_stored again;
	size_t len = mno_store_encode(&stored, buf, sizeof(buf));

	EXPECT(len && !mno_store_decode(&again, buf, len));
	EXPECT(!memcmp(&again, &stored, sizeof(stored)));
	for (size_t cut = 0; cut < len; cut++)
		EXPECT(mno_store_decode(&again, buf, cut));
	EXPECT(!mno_store_encode(&stored, buf, len - 1));
	stored = (struct mno_stored){ .order = 4 };
	len = mno_store_encode(&stored, buf, sizeof(buf));
	EXPECT(len && !mno_store_decode(&again, buf, len));
	EXPECT(!memcmp(&again, &stored, sizeof(stored)));
	buf[len] = 0;
	EXPECT(mno_store_decode(&again, buf, len + 1));
}

static void test_paths(void)
{
	static const struct {
		const char *path;
		enum mno_path_kind kind;
		uint64_t number;
	} rows[] = {
		{ "pf-c/v1/orders/1", MNO_PATH_ORDER, 1 },
		{ "pf-c/v1/orders/18446744073709551615", MNO_PATH_ORDER, UINT64_MAX },
		{ "pf-c/v1/orders/18446744073709551616", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/agreements/70", MNO_PATH_AGREEMENT, 70 },
		{ "pf-c/v1/orders/", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/0", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/01", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/-1", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/1/2", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/1 ", MNO_PATH_NONE, 0 },
		{ "pf-c/v2/orders/1", MNO_PATH_NONE, 0 },
		{ "", MNO_PATH_NONE, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 0;
		enum mno_path_kind kind = mno_path_parse(rows[i].path, &number);

		ktap_expect(kind == rows[i].kind && (!kind || number == rows[i].number),
			    __LINE__, "%s", rows[i].path);
	}
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "triggers: what is offered", test_trigger_offer },
		{ "triggers: what the kernel is told", test_trigger_rules },
		{ "report: what changes, and decisions at once", test_report },
		{ "report: near a decision", test_report_near },
		{ "report: again, if nothing came of it", test_report_again },
		{ "store: what is written is read", test_store },
		{ "path: orders and agreements", test_paths },
	};

	return ktap_run(KTAP_CASES(cases));
}
