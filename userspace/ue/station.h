/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * station: how a radio hears a station (nl80211, GET_STATION): ad-hoc, mesh, P2P, AP
 * and station
 */
#ifndef _SIDESTEP_STATION_H
#define _SIDESTEP_STATION_H

#include "../common/genl.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct station - what nl80211 knows of it
 * @has_signal: @signal_mbm and @inactive_ms are there
 * @signal_mbm: received power of its last frame, 1/100 dBm
 * @inactive_ms: how long ago that was; as coarse as the kernel's ticks
 * @tx_packets: frames sent to it
 * @tx_retries: frames sent again
 * @tx_failed: frames given up
 */
struct station {
	bool has_signal;
	int32_t signal_mbm;
	uint32_t inactive_ms;
	uint32_t tx_packets;
	uint32_t tx_retries;
	uint32_t tx_failed;
};

/* -ENOENT if the kernel has no cfg80211. */
int station_open(struct genl *genl);

/**
 * station_get() - ask
 * @genl: from station_open()
 * @ifindex: the radio's device
 * @mac: the station's address
 * @station: the result
 *
 * Return: 0; -ENOENT if the radio does not know it; -EOPNOTSUPP or -ENODEV if the
 * device is no radio; or another negative errno value.
 */
int station_get(struct genl *genl, uint32_t ifindex, const uint8_t mac[6],
		struct station *station);

/**
 * station_only() - ask for the one station that there is
 * @genl: from station_open()
 * @ifindex: the radio's device
 * @mac: its address, a result
 * @station: the result
 *
 * Return: 0; -ENOENT if there is none, -ENOTUNIQ if there are several; or another
 * negative errno value.
 */
int station_only(struct genl *genl, uint32_t ifindex, uint8_t mac[6],
		 struct station *station);

#endif /* _SIDESTEP_STATION_H */
