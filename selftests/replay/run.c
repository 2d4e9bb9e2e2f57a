// SPDX-License-Identifier: GPL-2.0-or-later
/* One walk as one strategy sees it: the engine, samples, probes and a clock. */
#include <math.h>

#include "random.h"
#include "replay.h"

#define SAMPLE_NS (100 * NS_PER_MS)
#define PING_NS NS_PER_S
#define START_NS (10 * NS_PER_S)
#define DIRECT SIDESTEP_PATH_DIRECT
#define INFRA SIDESTEP_PATH_INFRA
#define PENDING 64
/* Of the last probes on the direct path, for their loss. */
#define WINDOW 20
/* Half of the packets are lost at that level, and a few whatever it is. */
#define HALF_DBM -87.0
#define STEEP_DB 0.8
#define BASE_LOSS 0.005

/**
 * struct outcome - what will be known of a probe
 * @at: when; 0 if there is none
 * @path: enum sidestep_path
 * @answered: whether it was
 */
struct outcome {
	__u64		at;
	unsigned int	path;
	bool		answered;
};

/**
 * struct simulation - a run that is going on
 * @walk: the walk
 * @strategy: the strategy
 * @run: its result
 * @engine: the engine
 * @state: of random numbers
 * @now: the time
 * @sample_at: when the signal is measured next
 * @ping_at: when the direct path is asked next, by a ping-count monitor
 * @away_at: when the session left home
 * @pending: probes
 * @outcomes: of the last probes on the direct path, a bit each, 1 for lost
 * @known: how many
 */
struct simulation {
	const struct walk	*walk;
	const struct strategy	*strategy;
	struct run		*run;
	struct sidestep_trigger	engine;
	__u64			state;
	__u64			now;
	__u64			sample_at;
	__u64			ping_at;
	__u64			away_at;
	struct outcome		pending[PENDING];
	__u32			outcomes;
	unsigned int		known;
};

static size_t step_of(const struct simulation *sim)
{
	size_t step = (sim->now - START_NS) / STEP_NS;

	return step < sim->walk->steps ? step : sim->walk->steps - 1;
}

static void measure(struct simulation *sim, unsigned int path,
		    unsigned int quantity, __s32 value)
{
	const char *why;

	if (sidestep_trigger_measure(&sim->engine, sim->now, path, quantity,
				     value, sim->now, &why)) {
		fprintf(stderr, "replay: refused: %s\n", why);
		abort();
	}
}

static double chance(struct simulation *sim)
{
	return (random_next(&sim->state) >> 11) * 0x1p-53;
}

/* The request and its answer must both come through. */
static bool direct_answers(struct simulation *sim)
{
	double level = sim->walk->level[step_of(sim)];
	double one = 1 / (1 + exp((level - HALF_DBM) / STEEP_DB));

	return chance(sim) < (1 - one) * (1 - one) * (1 - BASE_LOSS);
}

static bool infra_answers(const struct simulation *sim)
{
	return sim->engine.stage != SIDESTEP_DECISION_RELEASE &&
	       sim->now >= sim->away_at + (__u64)(SETUP_S * NS_PER_S);
}

static void probe(struct simulation *sim, unsigned int path, __u64 rtt,
		  __u64 late)
{
	bool answered = path == DIRECT ? direct_answers(sim) :
					 infra_answers(sim);
	struct outcome *free = sim->pending;

	while (free->at)
		if (++free == sim->pending + PENDING)
			abort();
	*free = (struct outcome){
		.at = sim->now + (answered ? rtt : late),
		.path = path,
		.answered = answered,
	};
	sidestep_pace_sent(&sim->engine.pace[path], sim->now);
	sim->run->probes += path == INFRA;
}

static void note_loss(struct simulation *sim, bool lost)
{
	__u32 window;

	sim->outcomes = sim->outcomes << 1 | lost;
	window = sim->outcomes & ((1U << WINDOW) - 1);
	if (++sim->known >= WINDOW && !sim->strategy->ping)
		measure(sim, DIRECT, SIDESTEP_QUANTITY_LOSS,
			1000 * __builtin_popcount(window) / WINDOW);
}

static void take_outcomes(struct simulation *sim)
{
	for (struct outcome *o = sim->pending; o < sim->pending + PENDING; o++) {
		if (!o->at || o->at > sim->now)
			continue;
		measure(sim, o->path, SIDESTEP_QUANTITY_LIVENESS, o->answered);
		if (o->path == DIRECT)
			note_loss(sim, !o->answered);
		o->at = 0;
	}
}

static void take_sample(struct simulation *sim)
{
	double dbm = sim->walk->measured[step_of(sim)];

	if (sim->now < sim->sample_at)
		return;
	sim->sample_at += SAMPLE_NS;
	if (!sim->strategy->ping)
		measure(sim, DIRECT, SIDESTEP_QUANTITY_SIGNAL,
			lround(100 * fmax(-150, fmin(0, dbm))));
}

static void note_change(struct simulation *sim,
			const struct sidestep_cause *cause)
{
	struct run *run = sim->run;

	run->changes = realloc(run->changes,
			       (run->count + 1) * sizeof(*run->changes));
	if (!run->changes)
		abort();
	run->changes[run->count++] = (struct change){
		.at = sim->now - START_NS, .cause = *cause,
	};
	if (cause->decision == SIDESTEP_DECISION_RELEASE)
		sidestep_trigger_forget(&sim->engine, sim->now, INFRA);
	else if (run->count == 1 || run->changes[run->count - 2].cause.decision ==
		 SIDESTEP_DECISION_RELEASE)
		sim->away_at = sim->now;
}

static void send_probes(struct simulation *sim,
			const struct sidestep_trigger_verdict *verdict)
{
	if (sim->strategy->ping) {
		if (sim->now < sim->ping_at)
			return;
		sim->ping_at += PING_NS;
		probe(sim, DIRECT, 5 * NS_PER_MS, NS_PER_S);
		return;
	}
	if (verdict->probe_at[DIRECT] <= sim->now)
		probe(sim, DIRECT, 5 * NS_PER_MS, 20 * NS_PER_MS);
	if (verdict->probe_at[INFRA] <= sim->now)
		probe(sim, INFRA, 60 * NS_PER_MS, 90 * NS_PER_MS);
}

static __u64 earlier(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

/* When something happens next, but not at once again. */
static __u64 next_of(const struct simulation *sim,
		     const struct sidestep_trigger_verdict *verdict)
{
	__u64 next = earlier(sim->sample_at, verdict->tick_at);

	if (sim->strategy->ping)
		next = earlier(next, sim->ping_at);
	else
		next = earlier(next, earlier(verdict->probe_at[DIRECT],
					     verdict->probe_at[INFRA]));
	for (int i = 0; i < PENDING; i++)
		if (sim->pending[i].at)
			next = earlier(next, sim->pending[i].at);
	return next > sim->now ? next : sim->now + 1;
}

static void begin(struct simulation *sim)
{
	struct sidestep_trigger_order both = {
		.decision = SIDESTEP_DECISION_PREPARE, .why = "",
	};
	const char *why;

	sim->state = ~sim->walk->seed;
	sim->now = START_NS;
	sim->sample_at = START_NS;
	sim->ping_at = START_NS;
	sidestep_trigger_init(&sim->engine, false, START_NS);
	sidestep_trigger_configure(&sim->engine, START_NS,
				   &sim->strategy->config);
	if (sim->strategy->always)
		sidestep_trigger_order(&sim->engine, START_NS, &both, &why);
}

/**
 * run_walk() - let a strategy decide on a walk
 * @run: the result, to be freed with run_free()
 * @walk: the walk
 * @strategy: the strategy
 */
void run_walk(struct run *run, const struct walk *walk,
	      const struct strategy *strategy)
{
	struct simulation sim = {
		.walk = walk, .strategy = strategy, .run = run,
	};
	struct sidestep_trigger_verdict verdict;

	*run = (struct run){ 0 };
	for (begin(&sim); sim.now < START_NS + walk->steps * STEP_NS;
	     sim.now = next_of(&sim, &verdict)) {
		take_outcomes(&sim);
		take_sample(&sim);
		sidestep_trigger_tick(&sim.engine, sim.now, &verdict);
		if (verdict.decided)
			note_change(&sim, &verdict.cause);
		send_probes(&sim, &verdict);
		sidestep_trigger_tick(&sim.engine, sim.now, &verdict);
	}
}

void run_free(struct run *run)
{
	free(run->changes);
}
