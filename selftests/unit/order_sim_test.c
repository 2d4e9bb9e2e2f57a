// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Window and order in simulated sessions: two paths, a sender that goes from
 * state to state as it likes, and a direct link that dies silently while it is
 * on both paths and comes back while it is on the infra path.
 *
 * In every other session the numbers pass 2^32 on the way. The receiver gets their
 * low halves only, as from a tag.
 *
 * What must hold for each packet of which a copy arrived: it is delivered once
 * and in order. And no gap is longer than the sending interval, the delay
 * difference of the paths and the jitter together. Longer by the margin, and by
 * what the sender's CPUs may swap, it may be where a packet could still come: one
 * that was lost on both paths, or one that may have gone untagged just before.
 * And where some were lost, and the tunnel has said nothing of the packet or of later
 * ones, by as long as it may stall.
 */
#include "ktap.h"
#include "order.h"
#include "random.h"
#include "tag.h"
#include "window.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define US 1000LL
#define MS (1000 * US)
#define MAX_PACKETS 8000
#define RUNS 300
#define LEGS 10
/* Most sessions have more packets, so that their numbers wrap. */
#define WRAP_WITHIN 500
/* The sender is on its way home for as long at least: LINGER_MIN of state.c. */
#define HOME_MIN (100 * MS)
#define DIRECT 0
#define INFRA 1
/* A clock that never was so young: 0 is for what was never heard. */
#define BEGIN (1000 * MS)

/**
 * struct setting - a pair of paths
 * @name: for the test's name
 * @delay: one way
 */
struct setting {
	const char *name;
	__s64 delay[2];
};

/**
 * struct trouble - what the paths do to packets
 * @name: for the test's name
 * @loss: per cent; none on the direct path while the session goes home
 * @jitter: added to the delay at most; no path reorders
 * @error: of the measured delay difference at most
 * @stall: for how long the tunnel brings nothing at most, now and then
 */
struct trouble {
	const char *name;
	unsigned int loss[2];
	__s64 jitter;
	__s64 error;
	__s64 stall;
};

enum state { ON_DIRECT, ON_BOTH, ON_INFRA, GOING_HOME };

static const struct {
	const char *name;
	bool tagged;
	unsigned int paths;
	unsigned int wants;
	enum state next[2];
} states[] = {
	[ON_DIRECT] = { "direct", false, SIDESTEP_ON_DIRECT, SIDESTEP_ON_DIRECT,
			{ ON_BOTH, ON_INFRA } },
	[ON_BOTH] = { "bicast", true, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
		      { ON_INFRA, GOING_HOME } },
	[ON_INFRA] = { "infra", true, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA,
		       { ON_BOTH, ON_BOTH } },
	[GOING_HOME] = { "going home", true, SIDESTEP_ON_BOTH,
			 SIDESTEP_ON_DIRECT, { ON_DIRECT, ON_BOTH } },
};

/**
 * struct leg - a stay in one state
 * @state: of the sender
 * @ends: when, by the sender's clock
 * @dead_from: when the direct link is dead
 * @dead_until: likewise
 * @unforeseen: whether the receiver saw the next leg first
 */
struct leg {
	enum state state;
	__u64 ends;
	__u64 dead_from;
	__u64 dead_until;
	bool unforeseen;
};

/**
 * struct packet - one that the application sends
 * @item: for the order; its number is 0 if the packet goes untagged
 * @leg: of the sender
 * @sent: when
 * @arrives: when, by path; 0 for never
 * @delivered: how often
 */
struct packet {
	struct sidestep_order_item item;
	struct leg *leg;
	__u64 sent;
	__u64 arrives[2];
	unsigned int delivered;
};

/**
 * struct arrival - of a copy
 * @at: when
 * @packet: of what
 * @path: where
 */
struct arrival {
	__u64 at;
	struct packet *packet;
	unsigned int path;
};

/**
 * struct run - a session, and what came of it
 * @setting: of its test case
 * @trouble: likewise
 * @interval: between packets
 * @first: number of the first packet with one
 * @legs: what the sender does
 * @busy: when the last packet leaves each path
 * @stalls_at: when the tunnel may stall again
 * @skew: true delay difference
 * @margin: as the receiver knows it
 * @tuned_at: when the receiver measured last
 * @packets: sent so far
 * @arrivals: of copies, in all
 * @last: the latest packet delivered
 * @last_at: when it was
 * @failed: whether something went wrong
 */
struct run {
	const struct setting *setting;
	const struct trouble *trouble;
	__u64 interval;
	__u64 first;
	struct leg legs[LEGS];
	__u64 busy[2];
	__u64 stalls_at;
	__s64 skew;
	__s64 margin;
	__u64 tuned_at;
	unsigned int packets;
	unsigned int arrivals;
	struct packet *last;
	__u64 last_at;
	bool failed;
};

static struct packet packets[MAX_PACKETS];
static struct arrival arrivals[2 * MAX_PACKETS];
static struct sidestep_window window;
static struct sidestep_order order;

static __u64 magnitude(__s64 value)
{
	return value < 0 ? -value : value;
}

static double ms(__u64 time)
{
	return time / 1e6;
}

/* How long after a change of state the playout delay has glided, at worst. */
static __u64 settling(const struct run *run)
{
	__u64 skew = magnitude(run->skew) + run->trouble->error;

	return (SIDESTEP_ORDER_SLOPE_OUT + 1) * skew + 2 * run->margin +
	       2 * run->interval + run->trouble->stall;
}

/*
 * Who leaves home sends at least one packet before the way back begins: in the numbers
 * of a stay without any, nothing tells the receiver that it was.
 */
static __u64 shortest(const struct run *run, enum state at, enum state next)
{
	__u64 home = settling(run);

	if (at == GOING_HOME && next == ON_DIRECT)
		return home > HOME_MIN ? home : HOME_MIN;
	if (at == ON_BOTH)
		return run->interval > 10 * MS ? run->interval : 10 * MS;
	return 10 * MS;
}

static void draw_legs(struct run *run, __u64 *state)
{
	enum state at = ON_DIRECT;
	__u64 now = BEGIN;

	for (struct leg *leg = run->legs; leg < run->legs + LEGS; leg++) {
		enum state next = states[at].next[random_below(state, 4) == 0];

		leg->state = at;
		now += shortest(run, at, next) +
		       random_below(state, settling(run) + 60 * MS);
		leg->ends = now;
		at = next;
	}
}

/* The link dies before it is left, or not at all. */
static void draw_cuts(struct run *run, __u64 *state)
{
	for (struct leg *leg = run->legs + 1; leg < run->legs + LEGS; leg++) {
		__u64 before = leg[-1].ends - (leg > run->legs + 1 ?
					       leg[-2].ends : BEGIN);

		if (leg->state != ON_INFRA || random_below(state, 4) == 0)
			continue;
		leg->dead_until = leg[-1].ends +
				  random_below(state, leg->ends - leg[-1].ends);
		leg->dead_from = leg[-1].ends;
		leg[-1].dead_until = leg[-1].ends;
		leg[-1].dead_from = leg[-1].ends - random_below(state, before);
	}
}

static void draw(struct run *run, __u64 *state)
{
	static const __u64 intervals[] = { 200 * US, 2 * MS, 20 * MS };

	run->interval = intervals[random_below(state, SIZE(intervals))];
	run->first = SIDESTEP_FIRST_SEQ;
	if (random_below(state, 2))
		run->first = (1ULL << 32) - random_below(state, WRAP_WITHIN);
	draw_legs(run, state);
	draw_cuts(run, state);
	while ((run->legs[LEGS - 1].ends - BEGIN) / run->interval >= MAX_PACKETS)
		run->interval *= 2;
}

static bool is_lost(const struct run *run, __u64 *state,
		    const struct packet *packet, unsigned int path)
{
	const struct leg *leg = packet->leg;

	if (path == DIRECT && leg->state == GOING_HOME)
		return false;
	if (path == DIRECT && packet->sent >= leg->dead_from &&
	    packet->sent < leg->dead_until)
		return true;
	return random_below(state, 100) < run->trouble->loss[path];
}

/*
 * What is in the tunnel then comes out all at once. One that has brought nothing
 * yet is not known to be alive.
 */
static void stall(struct run *run, __u64 *state, __u64 arrives)
{
	__u64 most = run->trouble->stall;

	if (!most || arrives < run->stalls_at ||
	    arrives > run->busy[INFRA] + run->interval)
		return;
	run->busy[INFRA] = arrives + random_below(state, most + 1);
	run->stalls_at = run->busy[INFRA] + most +
			 random_below(state, 4 * most);
}

/* A path is a queue: no packet arrives before one that was sent earlier. */
static void send_copy(struct run *run, __u64 *state, struct packet *packet,
		      unsigned int path)
{
	__u64 jitter = random_below(state, run->trouble->jitter + 1);
	__u64 arrives = packet->sent + run->setting->delay[path] + jitter;

	if (is_lost(run, state, packet, path))
		return;
	if (path == INFRA)
		stall(run, state, arrives);
	if (arrives > run->busy[path])
		run->busy[path] = arrives;
	packet->arrives[path] = run->busy[path];
	arrivals[run->arrivals++] = (struct arrival){
		.at = run->busy[path], .packet = packet, .path = path,
	};
}

static int by_time(const void *a, const void *b)
{
	const struct arrival *one = a, *other = b;

	if (one->at != other->at)
		return one->at < other->at ? -1 : 1;
	return one->packet < other->packet ? -1 : one->packet > other->packet;
}

static void send_all(struct run *run, __u64 *state)
{
	__u64 seq = run->first - 1;
	struct leg *leg = run->legs;
	const __u64 end = run->legs[LEGS - 1].ends;

	for (__u64 at = BEGIN; at < end; at += run->interval) {
		struct packet *packet = &packets[run->packets++];

		while (at >= leg->ends)
			leg++;
		*packet = (struct packet){ .leg = leg, .sent = at };
		packet->item.paths = states[leg->state].paths;
		if (states[leg->state].tagged)
			packet->item.seq = ++seq;
		for (unsigned int path = DIRECT; path <= INFRA; path++)
			if (packet->item.paths >> path & 1)
				send_copy(run, state, packet, path);
	}
	qsort(arrivals, run->arrivals, sizeof(*arrivals), by_time);
}

static void tell_run(const struct run *run)
{
	printf("# interval %.3f, skew %.3f, margin %.3f, from number %llu\n",
	       ms(run->interval), run->skew / 1e6, ms(run->margin), run->first);
	for (const struct leg *leg = run->legs; leg < run->legs + LEGS; leg++)
		printf("# until %.3f %s, link dead %.3f to %.3f\n",
		       ms(leg->ends), states[leg->state].name,
		       ms(leg->dead_from), ms(leg->dead_until));
}

static void tell_packets(const struct run *run, const struct packet *about)
{
	for (int i = -4; i <= 4; i++) {
		const struct packet *packet = about + i;

		if (packet < packets || packet >= packets + run->packets)
			continue;
		printf("# %c packet %td, number %llu, %s: sent %.3f, direct %.3f, infra %.3f\n",
		       i ? ' ' : '*', packet - packets, packet->item.seq,
		       states[packet->leg->state].name, ms(packet->sent),
		       ms(packet->arrives[DIRECT]), ms(packet->arrives[INFRA]));
	}
}

/* What went wrong first in a session is told for the first such session. */
static void complain(struct run *run, const struct packet *about, __u64 now,
		     const char *what)
{
	bool told = ktap_case_failed;

	if (run->failed)
		return;
	run->failed = true;
	ktap_case_failed = true;
	if (told)
		return;
	printf("# packet %td %s at %.3f ms\n", about - packets, what, ms(now));
	tell_run(run);
	tell_packets(run, about);
	if (run->last)
		printf("# before it: packet %td at %.3f ms\n",
		       run->last - packets, ms(run->last_at));
}

/* Whether untagged packets may have been on their way when it was sent. */
static bool maybe_untagged_before(const struct run *run,
				  const struct packet *packet)
{
	__u64 way = magnitude(run->skew) + 2 * run->margin + 2 * run->interval;

	for (const struct leg *leg = run->legs; leg < packet->leg; leg++)
		if (states[leg->state].wants == SIDESTEP_ON_DIRECT &&
		    packet->sent - leg->ends < way)
			return packet->item.seq;
	return false;
}

/*
 * Whether the tunnel has brought neither @packet nor a later one until just before
 * @now, but something not long ago.
 */
static bool is_stalling(const struct run *run, const struct packet *packet,
			__u64 now)
{
	__u64 heard_at = 0;

	for (const struct arrival *arrival = arrivals;
	     arrival < arrivals + run->arrivals && arrival->at < now; arrival++) {
		if (arrival->path != INFRA)
			continue;
		if (arrival->packet >= packet)
			return false;
		heard_at = arrival->at;
	}
	return heard_at && now - heard_at <= SIDESTEP_ORDER_STALL;
}

static void check_gap(struct run *run, struct packet *packet, __u64 now)
{
	unsigned int steps = packet - run->last;
	__u64 limit = steps * run->interval + magnitude(run->skew) +
		      run->trouble->jitter + 2 * run->trouble->error +
		      run->trouble->stall;

	if (steps > 1 || maybe_untagged_before(run, packet))
		limit += run->margin + SIDESTEP_ORDER_SWAP;
	if (now - run->last_at > limit &&
	    !(steps > 1 && is_stalling(run, packet, now)))
		complain(run, packet, now, "came after too long a gap");
}

/*
 * A stay on both paths so short that the receiver saw nothing of it before the
 * next one on the infra path alone: it could not know what to wait for.
 */
static bool is_unforeseen(const struct run *run, const struct packet *late)
{
	if (late->leg->unforeseen)
		return true;
	if (late->leg->state != ON_BOTH || run->last->leg->state != ON_INFRA)
		return false;
	for (const struct packet *other = packets; other <= run->last; other++)
		if (other != late && other->leg == late->leg &&
		    other->delivered)
			return false;
	return late->leg->unforeseen = true;
}

static void deliver(struct run *run, struct packet *packet, __u64 now)
{
	if (packet->delivered++)
		complain(run, packet, now, "was delivered twice");
	else if (run->last && packet > run->last)
		check_gap(run, packet, now);
	else if (run->last && !is_unforeseen(run, packet))
		complain(run, packet, now, "was delivered out of order");
	run->last = packet;
	run->last_at = now;
}

static void deliver_held(struct run *run, __u64 now)
{
	struct sidestep_order_item *item;
	__u64 skipped = 0;

	while ((item = sidestep_order_get(&order, now, &skipped)))
		deliver(run, list_entry(item, struct packet, item), now);
}

static void receive(struct run *run, const struct arrival *arrival)
{
	struct packet *packet = arrival->packet;
	__u64 seq = packet->item.seq;

	if (!seq) {
		deliver(run, packet, arrival->at);
		return;
	}
	if (sidestep_seq_extend(seq, window.top) != seq)
		complain(run, packet, arrival->at, "was taken for another");
	sidestep_order_heard(&order, arrival->path, seq, arrival->at);
	if (seq > window.top)
		sidestep_order_glide(&order, packet->item.paths,
				     states[packet->leg->state].wants,
				     arrival->at);
	if (sidestep_window_check(&window, seq) == SIDESTEP_SEQ_NEW) {
		sidestep_window_mark(&window, seq);
		sidestep_order_put(&order, &packet->item, arrival->path,
				   arrival->at);
	}
	deliver_held(run, arrival->at);
}

static void wake_until(struct run *run, __u64 now)
{
	__u64 at;

	while ((at = sidestep_order_wake(&order)) <= now && at != ~0ULL)
		deliver_held(run, at);
}

/* As probes do, a few times a second. */
static void measure(struct run *run, __u64 *state, __u64 now)
{
	__s64 error = run->trouble->error;

	if (run->tuned_at && now - run->tuned_at < 100 * MS)
		return;
	run->tuned_at = now;
	error -= random_below(state, 2 * error + 1);
	sidestep_order_tune(&order, run->skew + error, run->margin);
}

static void receive_all(struct run *run, __u64 *state)
{
	sidestep_window_reset(&window, run->first - 1);
	sidestep_order_init(&order);
	sidestep_order_restart(&order, run->first);
	for (unsigned int i = 0; i < run->arrivals; i++) {
		wake_until(run, arrivals[i].at);
		measure(run, state, arrivals[i].at);
		receive(run, &arrivals[i]);
	}
	wake_until(run, ~0ULL);
	for (unsigned int i = 0; i < run->packets; i++) {
		struct packet *packet = &packets[i];
		bool arrived = packet->arrives[DIRECT] || packet->arrives[INFRA];

		if (arrived && !packet->delivered)
			complain(run, packet, run->last_at,
				 "was never delivered");
	}
}

static bool simulate(const struct setting *setting,
		     const struct trouble *trouble, __u64 *state)
{
	struct run run = {
		.setting = setting,
		.trouble = trouble,
		.skew = setting->delay[INFRA] - setting->delay[DIRECT],
		.margin = trouble->jitter + trouble->error,
	};

	draw(&run, state);
	send_all(&run, state);
	receive_all(&run, state);
	return run.failed;
}

static const struct setting settings[] = {
	{ "2/25 ms", { 2 * MS, 25 * MS } },
	{ "25/2 ms", { 25 * MS, 2 * MS } },
	{ "0/0 ms", { 0, 0 } },
	{ "2/300 ms", { 2 * MS, 300 * MS } },
	{ "2/4 ms", { 2 * MS, 4 * MS } },
	{ "2/3.5 ms", { 2 * MS, 3500 * US } },
};

static const struct trouble troubles[] = {
	{ "clean", { 0, 0 }, 0, 0, 0 },
	{ "5 % lost on direct", { 5, 0 }, 0, 0, 0 },
	{ "20 % lost on direct", { 20, 0 }, 0, 0, 0 },
	{ "80 % lost on direct", { 80, 0 }, 0, 0, 0 },
	{ "5 % lost on infra", { 0, 5 }, 0, 0, 0 },
	{ "20 % lost on infra", { 0, 20 }, 0, 0, 0 },
	{ "80 % lost on infra", { 0, 80 }, 0, 0, 0 },
	{ "jitter", { 0, 0 }, 5 * MS, 0, 0 },
	{ "jitter, 20 % lost on direct", { 20, 0 }, 5 * MS, 0, 0 },
	{ "jitter, 20 % lost on infra", { 0, 20 }, 5 * MS, 0, 0 },
	{ "measured badly", { 0, 0 }, 0, 3 * MS, 0 },
	{ "measured badly, jitter, loss on both", { 10, 10 }, 5 * MS, 3 * MS, 0 },
	{ "tunnel stalls", { 0, 0 }, 0, 0, 40 * MS },
};

static bool simulate_many(const struct setting *setting,
			  const struct trouble *trouble, __u64 *state)
{
	static unsigned int number;
	unsigned int failed = 0;

	ktap_case_failed = false;
	for (int i = 0; i < RUNS; i++)
		failed += simulate(setting, trouble, state);
	printf("%s %u order_sim: %s, %s: %u of %u sessions\n",
	       failed ? "not ok" : "ok", ++number, setting->name, trouble->name,
	       RUNS - failed, RUNS);
	return failed;
}

int main(void)
{
	__u64 state = random_seed();
	bool failed = false;

	printf("KTAP version 1\n1..%zu\n", SIZE(settings) * SIZE(troubles));
	for (size_t i = 0; i < SIZE(settings); i++)
		for (size_t j = 0; j < SIZE(troubles); j++)
			failed |= simulate_many(&settings[i], &troubles[j],
						&state);
	return failed;
}
