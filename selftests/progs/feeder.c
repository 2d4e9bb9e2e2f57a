// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * feeder: tells a session how strong its radio hears the peer
 *
 * Asks nl80211 for the station, ten times a second, and reports the signal of the
 * last frame that came from it as a measurement of the direct path, with the time
 * at which that came. What is no newer than the last report is not reported again:
 * silence is not a signal. The last line on stdout is one JSON object.
 */
#include "../../userspace/ue/station.h"
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/sidestep.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

enum limits {
	POLLS_A_SECOND = 10,
	/* nl80211's times are this coarse. */
	JIFFY_MS = 10,
};

/**
 * struct options - the command line
 * @radio: the radio's device
 * @session: the session's device, NULL: report nothing
 * @peer: the station's address, if @peer_given; else there must be one only
 * @log: a line for each measurement, "NANOSECONDS MBM" by CLOCK_MONOTONIC, or NULL
 */
struct options {
	const char *radio;
	const char *session;
	uint8_t peer[ETH_ALEN];
	bool peer_given;
	FILE *log;
};

/**
 * struct feeder - what was done
 * @opt: what was asked for
 * @radio: nl80211
 * @session: the sidestep family
 * @ifindex: the radio's
 * @polls: how many there were
 * @silent: of these, told nothing new
 * @measured: told something new
 * @refused: ... which the session would not have
 * @last_at: when the last measurement was made
 * @last_mbm: what it was
 */
struct feeder {
	struct options opt;
	struct genl radio;
	struct genl session;
	unsigned int ifindex;
	uint64_t polls;
	uint64_t silent;
	uint64_t measured;
	uint64_t refused;
	uint64_t last_at;
	int last_mbm;
};

/* Whether the radio knows the station. */
static bool ask_radio(struct feeder *feeder, struct station *station)
{
	uint8_t mac[ETH_ALEN];
	int err;

	if (feeder->opt.peer_given)
		err = station_get(&feeder->radio, feeder->ifindex,
				  feeder->opt.peer, station);
	else
		err = station_only(&feeder->radio, feeder->ifindex, mac, station);
	if (err == -ENOTUNIQ)
		die("%s has more than one station: say which", feeder->opt.radio);
	if (err && err != -ENOENT)
		die("%s: %s", feeder->opt.radio, strerror(-err));
	return !err;
}

static void put_measurement(struct nlmsghdr *msg, int mbm, uint64_t at)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, SIDESTEP_A_MEASUREMENT);

	mnl_attr_put_u8(msg, SIDESTEP_MEASUREMENT_A_PATH, SIDESTEP_PATH_DIRECT);
	mnl_attr_put_u8(msg, SIDESTEP_MEASUREMENT_A_QUANTITY,
			SIDESTEP_QUANTITY_SIGNAL);
	mnl_attr_put_u32(msg, SIDESTEP_MEASUREMENT_A_VALUE, (uint32_t)mbm);
	mnl_attr_put_u64(msg, SIDESTEP_MEASUREMENT_A_AT, at);
	mnl_attr_nest_end(msg, nest);
}

static void report(struct feeder *feeder, int mbm, uint64_t at)
{
	static char buf[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = genl_message(buf, SIDESTEP_CMD_MEASURE,
					    SIDESTEP_GENL_VERSION);
	struct ack ack;
	int err;

	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, feeder->opt.session);
	put_measurement(msg, mbm, at);
	err = genl_call(&feeder->session, msg, NLM_F_ACK, NULL, NULL, &ack);
	if (!err)
		return;
	feeder->refused++;
	fprintf(stderr, "feeder: %d mBm: %s (%s)\n", mbm, ack.text,
		strerror(-err));
}

static void measured(struct feeder *feeder, int mbm, uint64_t at)
{
	feeder->last_at = at;
	feeder->last_mbm = mbm;
	feeder->measured++;
	if (feeder->opt.log)
		fprintf(feeder->opt.log, "%" PRIu64 " %d\n", at,
			feeder->last_mbm);
	if (feeder->opt.session)
		report(feeder, feeder->last_mbm, at);
}

static void poll_radio(struct feeder *feeder)
{
	struct station station = {};
	bool known = ask_radio(feeder, &station);
	uint64_t at;

	feeder->polls++;
	at = clock_ns() - station.inactive_ms * NSEC_PER_MSEC;
	if (known && station.has_signal &&
	    at > feeder->last_at + JIFFY_MS * NSEC_PER_MSEC)
		measured(feeder, station.signal_mbm, at);
	else
		feeder->silent++;
}

static void parse_peer(struct options *opt, const char *text)
{
	uint8_t *mac = opt->peer;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0],
		   &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != ETH_ALEN)
		die("no address of a station: %s", text);
	opt->peer_given = true;
}

static void parse_options(struct options *opt, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "m:s:l:")) != -1) {
		switch (c) {
		case 'm':
			parse_peer(opt, optarg);
			break;
		case 's':
			opt->session = optarg;
			break;
		case 'l':
			opt->log = fopen(optarg, "w");
			if (!opt->log)
				die("%s: %s", optarg, strerror(errno));
			setlinebuf(opt->log);
			break;
		default:
			die("usage: feeder [-s SESSION] [-m STATION] [-l LOG] RADIO");
		}
	}
	if (optind != argc - 1)
		die("which device is the radio's?");
	opt->radio = argv[optind];
}

static void open_all(struct feeder *feeder)
{
	int err;

	feeder->ifindex = if_nametoindex(feeder->opt.radio);
	if (!feeder->ifindex)
		die("no such device: %s", feeder->opt.radio);
	err = station_open(&feeder->radio);
	if (err)
		die("no nl80211: %s", strerror(-err));
	if (!feeder->opt.session)
		return;
	err = genl_open(&feeder->session, SIDESTEP_GENL_NAME,
			SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
}

int main(int argc, char **argv)
{
	struct feeder feeder = { 0 };
	uint64_t next;

	parse_options(&feeder.opt, argc, argv);
	open_all(&feeder);
	stop_init();
	for (next = clock_ns(); !stop_asked;
	     next += NSEC_PER_SEC / POLLS_A_SECOND) {
		poll_radio(&feeder);
		while (!stop_asked && clock_ns() < next)
			wait_fd(-1, 0, next);
	}
	if (feeder.opt.log)
		fclose(feeder.opt.log);
	printf("{\"polls\": %" PRIu64 ", \"measured\": %" PRIu64
	       ", \"silent\": %" PRIu64 ", \"refused\": %" PRIu64
	       ", \"last_mbm\": %d}\n", feeder.polls, feeder.measured,
	       feeder.silent, feeder.refused, feeder.last_mbm);
	return 0;
}
