// SPDX-License-Identifier: GPL-2.0-or-later
#include "radio.h"
#include "../common/clock.h"
#include "../common/log.h"

#include <errno.h>
#include <string.h>

#define NSEC_PER_MSEC 1000000ull

enum radio_limits {
	POLL_US = 100000,
	/* A station that the radio does not know (yet) is asked for less often. */
	SEARCH_US = 1000000,
	/* Timers may be that late, so that wakeups coincide. */
	SLACK_US = 10000,
	/* inactive_ms is as coarse as the kernel's ticks, 10 ms at most. */
	TICK_MS = 10,
	RATES_MS = 5000,
};

static void tell(struct radio *radio, int32_t mbm, uint64_t at_ns)
{
	struct ack ack;
	int err;

	radio->last_at_ns = at_ns;
	radio->last_mbm = mbm;
	err = kernel_measure(radio->host->kernel, radio->session,
			     SIDESTEP_PATH_DIRECT, mbm, at_ns, &ack);
	if (err && err != -ENOENT && err != -ENODEV && !radio->refused)
		log_say(LOG_WARNING, radio->session,
			"the kernel refuses a signal of %d mBm: %s", mbm,
			*ack.text ? ack.text : strerror(-err));
	radio->refused = err;
}

/* Of the frames sent since the last look. */
static int32_t permille(uint32_t part, uint32_t all)
{
	return all ? (int32_t)((uint64_t)part * 1000 / all) : -1;
}

static void take_rates(struct radio *radio, const struct station *now,
		       uint64_t now_ns)
{
	const struct station *was = &radio->counts;
	uint32_t sent, failed;

	if (radio->counts_at_ns &&
	    now_ns - radio->counts_at_ns < RATES_MS * NSEC_PER_MSEC)
		return;
	sent = now->tx_packets - was->tx_packets;
	failed = now->tx_failed - was->tx_failed;
	if (radio->counts_at_ns) {
		radio->retries_permille =
			permille(now->tx_retries - was->tx_retries, sent);
		radio->failed_permille = permille(failed, sent + failed);
	}
	radio->counts = *now;
	radio->counts_at_ns = now_ns;
}

/* What is no newer than what was told already is not told again: silence is not a
 * signal.
 */
static int poll_station(struct radio *radio)
{
	uint64_t now_ns, at_ns;
	struct station station;
	int err;

	err = station_get(&radio->host->radio, radio->ifindex, radio->mac, &station);
	if (err)
		return err;
	now_ns = clock_now_ns(CLOCK_MONOTONIC);
	at_ns = now_ns - station.inactive_ms * NSEC_PER_MSEC;
	if (station.has_signal &&
	    at_ns > radio->last_at_ns + TICK_MS * NSEC_PER_MSEC)
		tell(radio, station.signal_mbm, at_ns);
	take_rates(radio, &station, now_ns);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct radio *radio = data;
	uint64_t now = 0;
	int err = poll_station(radio);

	(void)usec;
	if (err == -EOPNOTSUPP || err == -ENODEV) {
		radio->timer = sd_event_source_unref(source);
		return 0;
	}
	sd_event_now(radio->host->event, CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(source, now + (err ? SEARCH_US : POLL_US));
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

void radio_init(struct radio *radio, struct host *host, const char *session)
{
	*radio = (struct radio){
		.host = host,
		.session = session,
		.retries_permille = -1,
		.failed_permille = -1,
	};
}

void radio_target(struct radio *radio, uint32_t ifindex, const uint8_t mac[6])
{
	static const uint8_t nobody[6];

	if (ifindex == radio->ifindex && !memcmp(mac, radio->mac, sizeof(radio->mac)))
		return;
	radio->ifindex = ifindex;
	memcpy(radio->mac, mac, sizeof(radio->mac));
	radio->counts_at_ns = 0;
	radio->timer = sd_event_source_disable_unref(radio->timer);
	if (!radio->host->has_radio || !ifindex || !memcmp(mac, nobody, sizeof(nobody)))
		return;
	if (sd_event_add_time_relative(radio->host->event, &radio->timer,
				       CLOCK_MONOTONIC, 0, SLACK_US, on_timer,
				       radio) < 0)
		log_say(LOG_ERR, radio->session, "no timer for the radio");
}
