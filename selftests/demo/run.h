/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: what the logs of one run of the story say; docs/demo.md has the logs */
#ifndef DEMO_RUN_H
#define DEMO_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_limits {
	RUN_NAME_LEN = 24,
	RUN_MAX_STEPS = 16,
	NS_PER_US = 1000,
	NS_PER_S = 1000 * 1000 * 1000,
};

enum ue { UE_A, UE_B, UES };
enum stream { STREAM_V4, STREAM_V6, STREAMS };
enum path { PATH_DIRECT, PATH_INFRA, PATHS };
enum state { STATE_DIRECT, STATE_BICAST, STATE_INFRA, STATES };

/* The metered device is no path of its own: the infra path goes over it. */
enum device { DEVICE_DIRECT = PATH_DIRECT, DEVICE_INFRA = PATH_INFRA,
	      DEVICE_METERED, DEVICES };

/* A time is CLOCK_MONOTONIC, nanoseconds. */
struct gap {
	int64_t from;
	int64_t to;
};

/**
 * struct step - a part of the story
 * @name: what happened at its begin
 * @state: where the packets were told to go
 * @cut: the direct link is dead
 * @start: begin
 * @end: end; the next one's begin
 * @retransmissions: TCP segments that the two UEs sent again in it
 */
struct step {
	char name[RUN_NAME_LEN];
	enum state state;
	bool cut;
	int64_t start;
	int64_t end;
	uint64_t retransmissions;
};

/**
 * struct flow - a UDP stream in one direction
 * @sent: datagrams
 * @received: of these, once
 * @lost: of these, never
 * @lost_span: how many were sent from the first one that was lost to the last
 * @lost_after: when the one before these was received; 0 if there is none
 * @duplicated: received again
 * @reordered: received after a later one
 * @corrupted: received, but not as sent
 * @arrivals: when each one was received, doubles too
 * @count: of @arrivals
 * @control: the longest gap before the radios began to part
 * @story: the longest gap since
 */
struct flow {
	uint64_t sent;
	uint64_t received;
	uint64_t lost;
	uint64_t lost_span;
	int64_t lost_after;
	uint64_t duplicated;
	uint64_t reordered;
	uint64_t corrupted;
	int64_t *arrivals;
	size_t count;
	struct gap control;
	struct gap story;
};

struct echo {
	int64_t at;
	double rtt_ms;
};

struct ping {
	uint64_t sent;
	uint64_t received;
	uint64_t duplicated;
	uint64_t lost;
	struct echo *echoes;
	size_t count;
};

struct scp {
	bool finished;
	bool sha256_ok;
	uint64_t bytes;
	double seconds;
};

/**
 * struct chat - what one of the two hears of the other
 * @said: lines
 * @heard: of these
 * @wrong: of @heard, that were not the next one
 * @longest_us: longest time from one that was said since the radios began to part
 *	until it was heard
 */
struct chat {
	uint64_t said;
	uint64_t heard;
	uint64_t wrong;
	int64_t longest_us;
};

struct device_count {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
};

/**
 * struct sample - counters at one moment
 * @at: when
 * @dev: of the devices of both UEs
 * @retransmissions: TCP segments sent again since boot, by UE
 * @file_bytes: of the copy that have arrived
 */
struct sample {
	int64_t at;
	struct device_count dev[UES][DEVICES];
	uint64_t retransmissions[UES];
	uint64_t file_bytes;
};

/**
 * struct heard - how strong a radio hears the other one
 * @at: when
 * @mbm: hundredths of a dBm
 */
struct heard {
	int64_t at;
	int mbm;
};

/**
 * struct decision - what a UE's kernel has decided
 * @at: when it was said
 * @ue: whose
 * @letter: P: prepare, E: execute, R: release
 */
struct decision {
	int64_t at;
	enum ue ue;
	char letter;
};

/**
 * struct run - one run of the story
 * @rate_pps: datagrams per second and direction, by stream
 * @delay_us: one way, by path
 * @blind_us: what may pass from a cut that nothing warned of until packets take the other path
 * @tcp_only: there was nothing but scp and the chat
 * @file_bytes: size of the file that scp copies
 * @steps: the first one is the control period
 * @steps_count: of @steps
 * @clock_offset: CLOCK_REALTIME - CLOCK_MONOTONIC
 * @flow: by stream and sender
 * @ping: from UE A
 * @scp: from UE A
 * @chat: by who says it
 * @samples: every 100 ms
 * @samples_count: of @samples
 * @heard: signals, by UE
 * @heard_count: of @heard
 * @decisions: of both UEs
 * @decisions_count: of @decisions
 * @retransmissions: TCP segments sent again in the whole run, set-up included
 */
struct run {
	int64_t rate_pps[STREAMS];
	int64_t delay_us[PATHS];
	int64_t blind_us;
	bool tcp_only;
	uint64_t file_bytes;
	struct step steps[RUN_MAX_STEPS];
	size_t steps_count;
	int64_t clock_offset;
	struct flow flow[STREAMS][UES];
	struct ping ping;
	struct scp scp;
	struct chat chat[UES];
	struct sample *samples;
	size_t samples_count;
	struct heard *heard[UES];
	size_t heard_count[UES];
	struct decision *decisions;
	size_t decisions_count;
	uint64_t retransmissions;
};

extern const char *const state_names[STATES];
/* What they are called in logs and results. */
extern const char *const stream_names[STREAMS];

/**
 * run_load() - read and judge the logs of a run
 * @run: zeroed
 * @dir: of the logs
 *
 * Ends the program with %LOGFILE_EXIT if a log is missing, truncated, not
 * understood, or says otherwise than another.
 */
void run_load(struct run *run, const char *dir);
void run_free(struct run *run);

/* When the radios began to part; the control period ends there. */
int64_t run_story_start(const struct run *run);
int64_t run_story_end(const struct run *run);

/* A moment in seconds since the radios began to part, which is how people are told. */
double run_seconds(const struct run *run, int64_t at);

/* The last sample at or before @at, or the first one of all. */
const struct sample *run_sample_at(const struct run *run, int64_t at);

/* The bytes over both UEs' metered devices, in and out, between two moments. */
uint64_t run_metered_bytes(const struct run *run, int64_t from, int64_t to);

static inline int64_t gap_us(struct gap gap)
{
	return (gap.to - gap.from) / NS_PER_US;
}

#endif
