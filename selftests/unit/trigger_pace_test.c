// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two hosts, a direct link and a clock, with the real engine at both ends: how long
 * a silent cut goes unnoticed, and what probes cost while all is well.
 *
 * Timers are up to 4 ms late, a round trip takes 3 to 5 ms. A probe is 104 bytes:
 * an IPv6 header, tag and probe. On the tunnel it is 192: WireGuard's, UDP's and
 * an IPv6 header more.
 */
#include "ktap.h"
#include "random.h"
#include "trigger.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define DIRECT SIDESTEP_PATH_DIRECT
#define INFRA SIDESTEP_PATH_INFRA
#define MAX_PENDING 64
#define MAX_RTT (5 * MS)

/**
 * struct pending - a request on its way
 * @arrives: at the other host; 0 if there is none
 * @answered: its answer comes back; 0 if it does not
 * @lost: it is given up
 * @path: where
 */
struct pending {
	__u64 arrives;
	__u64 answered;
	__u64 lost;
	unsigned int path;
};

/**
 * struct host - one end
 * @trigger: its engine
 * @pending: its requests
 * @last: when it spoke last
 * @pause_until: it does not speak until then
 * @noticed: when it decided something
 */
struct host {
	struct sidestep_trigger trigger;
	struct pending pending[MAX_PENDING];
	__u64 last;
	__u64 pause_until;
	__u64 noticed;
};

/**
 * struct traffic - what the hosts say to each other
 * @interval: between packets, ns; 0 for none
 * @burst: milliseconds after which they pause, on average; 0 for never
 * @pause: milliseconds for which they do, at most
 */
struct traffic {
	__u64 interval;
	unsigned int burst;
	unsigned int pause;
};

static struct host hosts[2];
static __u64 now, cut_at, seed, requests[2];
/* Requests, and as many answers, that are lost. */
static unsigned int lost_percent;

static bool is_cut(unsigned int path, __u64 at)
{
	return path == DIRECT && at >= cut_at;
}

static bool is_lost(void)
{
	return random_below(&seed, 100) < lost_percent;
}

static void report(struct host *host, unsigned int path, bool answered)
{
	const char *why;

	EXPECT(!sidestep_trigger_measure(&host->trigger, now, path,
					 SIDESTEP_QUANTITY_LIVENESS, answered,
					 now, &why));
}

static void request(struct host *host, unsigned int path)
{
	__u64 rtt = 3 * MS + random_below(&seed, 2 * MS);
	struct pending *free = host->pending;

	while (free->lost)
		free++;
	*free = (struct pending){ .lost = now + MAX_RTT +
					  SIDESTEP_PACE_LATE * MS,
				  .path = path };
	if (!is_cut(path, now + rtt / 2) && !is_lost())
		free->arrives = now + rtt / 2;
	if (free->arrives && !is_cut(path, now + rtt) && !is_lost())
		free->answered = now + rtt;
	sidestep_pace_sent(&host->trigger.pace[path], now);
	requests[path]++;
}

static void deliver(struct host *host, struct host *peer)
{
	for (struct pending *p = host->pending;
	     p < host->pending + MAX_PENDING; p++) {
		if (p->arrives && p->arrives <= now) {
			sidestep_pace_asked(&peer->trigger.pace[p->path], now);
			report(peer, p->path, true);
			p->arrives = 0;
		}
		if (p->answered && p->answered <= now) {
			report(host, p->path, true);
			*p = (struct pending){ 0 };
		} else if (p->lost && p->lost <= now) {
			report(host, p->path, false);
			*p = (struct pending){ 0 };
		}
	}
}

static void speak(struct host *host, struct host *peer,
		  const struct traffic *traffic)
{
	if (!traffic->interval || now < host->pause_until ||
	    now < host->last + traffic->interval)
		return;
	host->last = now;
	if (!is_cut(DIRECT, now))
		sidestep_pace_heard(&peer->trigger.pace[DIRECT], now);
	if (traffic->burst &&
	    random_below(&seed, traffic->burst * MS / traffic->interval) == 0)
		host->pause_until = now + random_below(&seed, traffic->pause) * MS;
}

static void run_timers(struct host *host)
{
	struct sidestep_trigger_verdict verdict;

	sidestep_trigger_tick(&host->trigger, now, &verdict);
	if (verdict.decided && !host->noticed)
		host->noticed = now;
	for (unsigned int path = DIRECT; path <= INFRA; path++)
		if (verdict.probe_at[path] <= now)
			request(host, path);
}

/* In steps of 1 ms; timers are looked at in every fourth. */
static void run_until(__u64 end, const struct traffic *traffic)
{
	for (; now < end; now += MS) {
		deliver(&hosts[0], &hosts[1]);
		deliver(&hosts[1], &hosts[0]);
		speak(&hosts[0], &hosts[1], traffic);
		speak(&hosts[1], &hosts[0], traffic);
		if (now / MS % 4 == 0)
			run_timers(&hosts[0]);
		if (now / MS % 4 == 2)
			run_timers(&hosts[1]);
	}
}

static void begin(void)
{
	memset(hosts, 0, sizeof(hosts));
	lost_percent = 0;
	now = 1000 * SECOND;
	cut_at = ~0ULL;
	sidestep_trigger_init(&hosts[0].trigger, false, now);
	sidestep_trigger_init(&hosts[1].trigger, true, now);
}

/* Returns how long the slower host took, in ms, at worst. */
static unsigned int worst_of_cuts(const struct traffic *traffic)
{
	__u64 worst = 0;

	for (int i = 0; i < 300; i++) {
		begin();
		run_until(now + 3 * SECOND, traffic);
		cut_at = now + random_below(&seed, 500 * MS);
		run_until(cut_at + SECOND, traffic);
		for (int h = 0; h < 2; h++) {
			EXPECT(hosts[h].noticed >= cut_at);
			if (hosts[h].noticed - cut_at > worst)
				worst = hosts[h].noticed - cut_at;
		}
	}
	return (worst + MS - 1) / MS;
}

static void cut_while_idle(void)
{
	static const struct traffic idle;
	unsigned int worst = worst_of_cuts(&idle);

	printf("# a silent cut, idle: known after %u ms at worst\n", worst);
	EXPECT(worst <= 300);
}

static void cut_under_traffic(void)
{
	static const struct traffic steady = { .interval = 20 * MS };
	unsigned int worst = worst_of_cuts(&steady);

	printf("# a silent cut under traffic: known after %u ms at worst\n",
	       worst);
	EXPECT(worst <= 100);
}

/* Bits a second of all that probes are, both ways and of both hosts. */
static double cost(unsigned int path, const struct traffic *traffic,
		   unsigned int seconds)
{
	const unsigned int bytes = path == DIRECT ? 104 : 192;
	__u64 before;

	begin();
	run_until(now + 5 * SECOND, traffic);
	before = requests[path];
	run_until(now + seconds * SECOND, traffic);
	EXPECT(!hosts[0].noticed && !hosts[1].noticed);
	return (requests[path] - before) * 2.0 * 8 * bytes / seconds;
}

static void cost_of_calm(void)
{
	static const struct traffic kinds[] = {
		{ 0, 0, 0 },
		{ 20 * MS, 0, 0 },
		{ 20 * MS, 200, 100 },
		{ 20 * MS, 1000, 2000 },
		{ 5 * MS, 300, 50 },
		{ 5 * MS, 100, 500 },
		{ 40 * MS, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		double bits = cost(DIRECT, &kinds[i], 240);

		printf("# probes on the direct path, packets every %llu ms, bursts of %u ms, pauses of up to %u ms: %.0f bit/s\n",
		       kinds[i].interval / MS, kinds[i].burst, kinds[i].pause,
		       bits);
		EXPECT(bits <= 8000);
	}
}

/* A long time, for there are few. Both hosts ask. */
static void cost_of_standby(void)
{
	static const struct traffic idle;
	double bits = cost(INFRA, &idle, 3000);

	printf("# probes on the infra path: %.1f bit/s\n", bits);
	EXPECT(bits > 0 && bits <= 100);
}

/* An hour in which nothing was asked; then 100 pauses in 8.5 s. */
static void savings_are_limited(void)
{
	const unsigned int accrues = 8500 / SIDESTEP_PACE_CALM;
	struct sidestep_pace pace;
	unsigned int asked = 0;

	now = 1000 * SECOND;
	sidestep_pace_init(&pace, true, now);
	now += 3600 * SECOND;
	sidestep_pace_asked(&pace, now);
	for (int pause = 0; pause < 100; pause++) {
		for (int i = 0; i < 12; i++, now += 5 * MS)
			sidestep_pace_heard(&pace, now);
		now += SIDESTEP_PACE_SILENCE * MS;
		if (sidestep_pace_calm(&pace) > now)
			continue;
		sidestep_pace_sent(&pace, now);
		asked++;
	}
	EXPECT(asked >= accrues && asked <= accrues + SIDESTEP_PACE_SAVED);
}

static struct sidestep_trigger_config soonest_stale(void)
{
	struct sidestep_trigger_config config = sidestep_trigger_defaults;
	struct sidestep_trigger_fault fault;

	config.stale_ms = 1;
	while (!sidestep_trigger_check(&config, &fault))
		config.stale_ms++;
	return config;
}

/* Returns whether at both hosts it was known all the time that the path lives, or not. */
static bool liveness_stays_known(__u64 end, const struct traffic *traffic)
{
	while (now < end) {
		run_until(now + 10 * MS, traffic);
		for (int h = 0; h < 2; h++)
			if (!hosts[h].trigger.measured[DIRECT]
			    [SIDESTEP_QUANTITY_LIVENESS].known)
				return false;
	}
	return true;
}

/* At the least age that may be told, with a tenth of the probes lost. */
static void nothing_is_stale(void)
{
	static const struct traffic kinds[] = { { 0 }, { .interval = 20 * MS } };
	struct sidestep_trigger_config config = soonest_stale();

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin();
		for (int h = 0; h < 2; h++)
			sidestep_trigger_configure(&hosts[h].trigger, now,
						   &config);
		lost_percent = 10;
		run_until(now + SECOND, &kinds[i]);
		EXPECT(liveness_stays_known(now + 600 * SECOND, &kinds[i]));
		cut_at = now;
		EXPECT(liveness_stays_known(now + 60 * SECOND, &kinds[i]));
	}
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "trigger: a silent cut while idle is known after 300 ms",
		  cut_while_idle },
		{ "trigger: a silent cut under traffic is known after 100 ms",
		  cut_under_traffic },
		{ "trigger: 8 kbit/s on the direct path while all is well",
		  cost_of_calm },
		{ "trigger: 0.1 kbit/s on the infra path while all is well",
		  cost_of_standby },
		{ "trigger: what is saved for silences is limited",
		  savings_are_limited },
		{ "trigger: nothing is stale before the next probe",
		  nothing_is_stale },
	};

	seed = random_seed();
	return ktap_run(KTAP_CASES(cases));
}
