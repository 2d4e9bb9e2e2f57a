/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_report: when the function is to hear of a session's measurements and decisions.
 * Pure: no socket, no clock
 */
#ifndef _SIDESTEP_MNO_REPORT_H
#define _SIDESTEP_MNO_REPORT_H

#include "../common/pf_msg.h"
#include "../common/session.h"

enum mno_report_steps {
	/* A change by less is none. Near the trigger to prepare smaller ones count. */
	MNO_REPORT_SIGNAL_MBM = 300,
	MNO_REPORT_NEAR_SIGNAL_MBM = 100,
	MNO_REPORT_NEAR_MBM = 1000,
	MNO_REPORT_LOSS_PERMILLE = 50,
	/* Of the round-trip time, one part of so many. */
	MNO_REPORT_RTT_PART = 4,
	/* The function is asked again after so long, doubled up to the greatest. */
	MNO_REPORT_AGAIN_MS = 3000,
	MNO_REPORT_AGAIN_MAX_MS = 60000,
};

/**
 * struct mno_reports - of one session
 * @last: what was sent last
 * @sent: there is one, of this association
 * @at_ns: when it was sent
 * @again_ms: so long after it, if nothing has come of it, it is sent again
 */
struct mno_reports {
	struct pf_report last;
	bool sent;
	uint64_t at_ns;
	uint32_t again_ms;
};

/**
 * mno_report_fill() - a report of what the kernel says
 * @report: the result, without version and number
 * @told: what it says
 * @signal_mbm: last measured, not filtered; INT32_MIN: not known
 */
void mno_report_fill(struct pf_report *report, const struct session *told,
		     int32_t signal_mbm);

/* mno_report_near() - may the function be needed soon? @prepare: the kernel's rule */
bool mno_report_near(const struct session *told, const struct session_rule *prepare,
		     int32_t signal_mbm);

/**
 * mno_report_due() - is it to be sent?
 * @reports: what was sent before
 * @report: what is so now
 * @near: mno_report_near()
 * @lacking: the function has ordered nothing, or it has failed. With a decision to prepare
 *	     or to execute it is asked again, less and less often
 * @least_ms: reports are so far apart, but for a new decision
 * @now_ns: the time
 */
bool mno_report_due(const struct mno_reports *reports, const struct pf_report *report,
		    bool near, bool lacking, uint32_t least_ms, uint64_t now_ns);

/**
 * mno_report_take() - it is sent now
 * @reports: what was sent before
 * @report: gets its number
 * @lacking: as before
 * @wall_s: CLOCK_REALTIME, so that numbers rise over a restart
 * @now_ns: the time
 */
void mno_report_take(struct mno_reports *reports, struct pf_report *report, bool lacking,
		     uint32_t wall_s, uint64_t now_ns);

#endif /* _SIDESTEP_MNO_REPORT_H */
