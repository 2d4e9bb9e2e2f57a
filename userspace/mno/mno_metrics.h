/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_metrics: figures of prosefd in OpenMetrics' text format. docs/mno-metrics.md
 */
#ifndef _SIDESTEP_MNO_METRICS_H
#define _SIDESTEP_MNO_METRICS_H

#include "../common/coaps.h"
#include "../common/pf_msg.h"
#include "relay.h"

#include <stdint.h>
#include <stdio.h>

/* Codes of responses are counted by their class and detail as one number, up to 5.31. */
enum mno_metrics_limits {
	MNO_MAX_CODE = 532,
};

/**
 * enum mno_count - what is counted since the process began
 */
enum mno_count {
	MNO_COUNT_REPORTS,		/* taken */
	MNO_COUNT_ORDERS,		/* sent, without retransmissions */
	MNO_COUNT_ORDERS_FAILED,	/* refused, or not answered */
	MNO_COUNT_ASSISTS_UE,		/* begun: a UE's own decision */
	MNO_COUNT_ASSISTS_OPERATOR,
	MNO_COUNT_ASSISTS_PEER,		/* another function's request */
	MNO_COUNT_ASSISTS_JUDGE,	/* this function's, from reports */
	MNO_COUNT_REFUSED_CONSENT,	/* no agreement of the targeted UE */
	MNO_COUNT_REFUSED_BUSY,		/* draining, no relay, too many */
	MNO_COUNT_SESSIONS_RELAYED,	/* ready by relay */
	MNO_COUNT_SESSIONS_DIRECT,	/* promoted */
	MNO_COUNT_SESSIONS_FAILED,
	MNO_COUNTS,
};

/**
 * struct mno_figures - what is told
 * @version: of the program
 * @pfid: this function's
 * @subscribers: UEs registered now
 * @agreements: confirmed ones
 * @sessions: by enum pf_session_state
 * @peers: other functions in the configuration
 * @peers_connected: with an association
 * @relays: open
 * @relays_fast: forwarded by the kernel
 * @draining: no new sessions
 * @relay: of all relays, those that are over included
 * @hellos: at both ports
 * @count: by enum mno_count
 * @response: requests of UEs and functions, by the code of the response
 */
struct mno_figures {
	const char *version;
	const char *pfid;
	uint64_t subscribers;
	uint64_t agreements;
	uint64_t sessions[PF_SESSION_STATES];
	uint64_t peers;
	uint64_t peers_connected;
	uint64_t relays;
	uint64_t relays_fast;
	bool draining;
	struct coaps_hellos hellos;
	struct relay_counters relay;
	uint64_t count[MNO_COUNTS];
	uint64_t response[MNO_MAX_CODE];
};

/* mno_metrics_print() - write all, "# EOF" and all. common/metrics_file.h writes files */
void mno_metrics_print(FILE *out, const struct mno_figures *figures);

#endif /* _SIDESTEP_MNO_METRICS_H */
