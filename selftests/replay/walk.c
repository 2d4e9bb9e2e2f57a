// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks: away from the peer until the link is dead, and back; and parts of a day. */
#include <math.h>

#include "random.h"
#include "replay.h"

#define STEP_S ((double)STEP_NS / NS_PER_S)
/* At 1 m from the peer. */
#define NEAR_DBM -36.0
#define SHADOWING_DB 4.0
#define SHADOWING_M 10.0
#define NOISE_DB 2.5
/* The walk goes from this part of the range to that and back. */
#define FROM_RANGE 0.1
#define TO_RANGE 1.3
#define AWAY_S 10.0
#define HOME_S 45.0
#define CORNER_DB 25.0
#define CORNER_S 0.15
#define OBSTACLE_DB 12.0
#define OBSTACLE_S 3.0
#define OBSTACLE_EDGE_S 0.3
/* A twentieth of a day, with one dip in the middle. */
#define STRETCH_S 4320.0
#define DAY_DBM -60.0
#define DIP_DBM -92.0
#define DIP_EDGE_S 30.0
#define DIP_S 20.0

static double uniform(__u64 *state)
{
	return (random_next(state) >> 11) * 0x1p-53;
}

static double gauss(__u64 *state)
{
	double radius = sqrt(-2 * log(1 - uniform(state)));

	return radius * cos(2 * M_PI * uniform(state));
}

/* 0 to 1 to 0 between @begin and @begin + @length, with edges. */
static double trapezium(double t, double begin, double length, double edge)
{
	double up = (t - begin) / edge;
	double down = (begin + length - t) / edge;

	return fmax(0, fmin(1, fmin(up, down)));
}

/**
 * struct course - where a walk leads
 * @range: metres at which the link fails, without shadowing
 * @out_s: until it turns
 * @back_s: until it goes back
 * @home_s: until it is back
 * @corner_s: when it passes the corner on its way out
 * @obstacle_s: when something passes
 */
struct course {
	double range;
	double out_s;
	double back_s;
	double home_s;
	double corner_s;
	double obstacle_s;
};

static struct course course_of(const struct walk *walk, __u64 *state)
{
	struct course c;

	c.range = pow(10, (NEAR_DBM - FAIL_DBM) / (10 * walk->exponent));
	c.out_s = (TO_RANGE - FROM_RANGE) * c.range / walk->speed;
	c.back_s = c.out_s + AWAY_S;
	c.home_s = c.back_s + c.out_s;
	c.corner_s = c.out_s * (0.1 + 0.6 * uniform(state));
	c.obstacle_s = c.home_s * uniform(state);
	return c;
}

static double distance_at(const struct walk *walk, const struct course *c,
			  double t)
{
	double walked = fmin(t, c->out_s);

	if (t > c->back_s)
		walked = c->out_s - fmin(t - c->back_s, c->out_s);
	return FROM_RANGE * c->range + walked * walk->speed;
}

static double mean_at(const struct walk *walk, const struct course *c, double t)
{
	double level = NEAR_DBM - 10 * walk->exponent *
		       log10(distance_at(walk, c, t));
	double behind_s = c->home_s - 2 * c->corner_s;

	if (walk->kind == KIND_CORNER)
		level -= CORNER_DB * trapezium(t, c->corner_s, behind_s,
					       CORNER_S);
	if (walk->kind == KIND_OBSTACLE)
		level -= OBSTACLE_DB * trapezium(t, c->obstacle_s, OBSTACLE_S,
						 OBSTACLE_EDGE_S);
	return level;
}

static double mean_of_day(double t)
{
	return DAY_DBM + (DIP_DBM - DAY_DBM) *
	       trapezium(t, STRETCH_S / 2, DIP_S + 2 * DIP_EDGE_S, DIP_EDGE_S);
}

/**
 * walk_make() - make a walk of its seed, kind, speed and exponent
 * @walk: the walk
 *
 * Return: whether there was memory for it.
 */
bool walk_make(struct walk *walk)
{
	__u64 state = walk->seed;
	struct course c = course_of(walk, &state);
	double seconds = walk->kind == KIND_DAY ? STRETCH_S : c.home_s + HOME_S;
	double keeps = exp(-walk->speed * STEP_S / SHADOWING_M);
	double shadow = SHADOWING_DB * gauss(&state);

	walk->steps = seconds / STEP_S;
	walk->level = calloc(walk->steps, sizeof(*walk->level));
	walk->measured = calloc(walk->steps, sizeof(*walk->measured));
	if (!walk->level || !walk->measured)
		return false;
	for (size_t i = 0; i < walk->steps; i++) {
		double t = i * STEP_S;
		double mean = walk->kind == KIND_DAY ? mean_of_day(t) :
						       mean_at(walk, &c, t);

		walk->level[i] = mean + shadow;
		walk->measured[i] = walk->level[i] + NOISE_DB * gauss(&state);
		shadow = keeps * shadow + sqrt(1 - keeps * keeps) *
			 SHADOWING_DB * gauss(&state);
	}
	return true;
}

void walk_free(struct walk *walk)
{
	free(walk->level);
	free(walk->measured);
}
