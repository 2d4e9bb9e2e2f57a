// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_MSEC 1000000ull

void mno_report_fill(struct pf_report *report, const struct session *told,
		     int32_t signal_mbm)
{
	const struct session_path *direct = &told->path[SIDESTEP_PATH_DIRECT];

	*report = (struct pf_report){
		.decision = (enum pf_decision)(told->decision + 1),
		.infra_ready = told->path[SIDESTEP_PATH_INFRA].ready,
		.has_signal = signal_mbm != INT32_MIN,
		.has_loss = session_path_has(direct, SIDESTEP_PATH_A_LOSS),
		.has_rtt = session_path_has(direct, SIDESTEP_PATH_A_RTT),
	};
	if (report->has_signal)
		report->signal_mbm = signal_mbm;
	if (report->has_loss)
		report->loss_permille = direct->loss_permille;
	if (report->has_rtt)
		report->rtt_us = direct->rtt_us;
	snprintf(report->cause, sizeof(report->cause), "%.*s",
		 (int)sizeof(report->cause) - 1, told->reason);
}

bool mno_report_near(const struct session *told, const struct session_rule *prepare,
		     int32_t signal_mbm)
{
	int32_t threshold = prepare->value[SIDESTEP_RULE_A_THRESHOLD_MBM];
	uint8_t link = told->path[SIDESTEP_PATH_DIRECT].link;

	if (told->decision != SIDESTEP_DECISION_RELEASE || link > SIDESTEP_LINK_ALIVE)
		return true;
	return prepare->has & 1u << SIDESTEP_RULE_A_THRESHOLD_MBM &&
	       threshold != SIDESTEP_TRIGGER_OFF && signal_mbm != INT32_MIN &&
	       signal_mbm < threshold + MNO_REPORT_NEAR_MBM;
}

static bool changed(const struct pf_report *a, const struct pf_report *b, bool near)
{
	int32_t step = near ? MNO_REPORT_NEAR_SIGNAL_MBM : MNO_REPORT_SIGNAL_MBM;
	int64_t rtt = (int64_t)a->rtt_us - b->rtt_us;

	if (a->has_signal != b->has_signal || a->has_loss != b->has_loss ||
	    a->has_rtt != b->has_rtt || a->infra_ready != b->infra_ready)
		return true;
	return abs(a->signal_mbm - b->signal_mbm) >= step ||
	       abs((int32_t)a->loss_permille - (int32_t)b->loss_permille) >=
		       MNO_REPORT_LOSS_PERMILLE ||
	       llabs(rtt) * MNO_REPORT_RTT_PART > a->rtt_us;
}

bool mno_report_due(const struct mno_reports *reports, const struct pf_report *report,
		    bool near, bool lacking, uint32_t least_ms, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - reports->at_ns;

	if (!reports->sent || report->decision != reports->last.decision)
		return true;
	if (passed_ns < least_ms * NSEC_PER_MSEC)
		return false;
	if (lacking && report->decision > PF_DECISION_RELEASE &&
	    passed_ns >= reports->again_ms * NSEC_PER_MSEC)
		return true;
	return changed(&reports->last, report, near);
}

static uint32_t next_again_ms(const struct mno_reports *reports)
{
	uint32_t ms = 2 * reports->again_ms;

	return ms < MNO_REPORT_AGAIN_MAX_MS ? ms : MNO_REPORT_AGAIN_MAX_MS;
}

void mno_report_take(struct mno_reports *reports, struct pf_report *report, bool lacking,
		     uint32_t wall_s, uint64_t now_ns)
{
	bool again = lacking && reports->sent && report->decision == reports->last.decision;
	uint32_t seq = reports->last.seq + 1;

	reports->again_ms = again ? next_again_ms(reports) : MNO_REPORT_AGAIN_MS;
	report->seq = wall_s > seq ? wall_s : seq;
	reports->last = *report;
	reports->sent = true;
	reports->at_ns = now_ns;
}
