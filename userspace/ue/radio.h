/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio: how the direct link's radio hears the peer, ten times a second, told to the
 * kernel with its time
 */
#ifndef _SIDESTEP_RADIO_H
#define _SIDESTEP_RADIO_H

#include "host.h"
#include "station.h"

/**
 * struct radio - the poll of one session
 * @host: for requests
 * @session: the session device
 * @timer: the next poll; NULL while there is nothing to ask, or no radio
 * @ifindex: the radio's device; 0 for none
 * @mac: the peer's address on it
 * @last_at_ns: when what was told last was measured (CLOCK_MONOTONIC); 0 for never
 * @last_mbm: what it was
 * @refused: the kernel did not want it; logged once
 * @counts: of the last look at @counts_at_ns, for the rates below
 * @counts_at_ns: see there
 * @retries_permille: frames sent again, of those sent; -1 if not known
 * @failed_permille: frames given up, likewise
 */
struct radio {
	struct host *host;
	const char *session;
	sd_event_source *timer;
	uint32_t ifindex;
	uint8_t mac[6];
	uint64_t last_at_ns;
	int32_t last_mbm;
	bool refused;
	struct station counts;
	uint64_t counts_at_ns;
	int32_t retries_permille;
	int32_t failed_permille;
};

void radio_init(struct radio *radio, struct host *host, const char *session);

/* radio_target() - from now on this station on that device; ifindex 0 or a MAC of
 * zeros: none
 */
void radio_target(struct radio *radio, uint32_t ifindex, const uint8_t mac[6]);

#endif /* _SIDESTEP_RADIO_H */
