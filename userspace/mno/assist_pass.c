// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Candidates of one UE on their way to the other, straight or by its function. Who was away
 * is told when it is there again, and nobody is told what it knows.
 */
#include "assist_priv.h"

#include <string.h>

static enum relay_side other_of(enum relay_side side)
{
	return side == RELAY_A ? RELAY_B : RELAY_A;
}

/* Also by what is not confirmed yet. */
static bool is_private_to(const struct assist *a, enum relay_side side)
{
	struct subscriber *s = a->link[side].subscriber;
	struct agreement *agreement = s ? agreement_about(s, assist_peer(a, side)) : NULL;

	return agreement && agreement->doc.relay_only;
}

static bool is_private(const struct assist *a)
{
	return is_private_to(a, RELAY_A) || is_private_to(a, RELAY_B);
}

void assist_order_candidates(struct assist *a, enum relay_side side)
{
	struct pf_order order = {
		.kind = PF_ORDER_CANDIDATES, .candidates = a->told[other_of(side)],
	};

	if (order.candidates.n && !is_private(a))
		assist_tell(a, side, &order);
}

static void pass_to_ue(struct assist *a, enum relay_side side)
{
	assist_open(a);
	assist_order_candidates(a, other_of(side));
	a->untold[side] = assist_commit(a);
}

/* One at a time, so that the last one told is the last one heard. */
static void pass_to_function(struct assist *a, enum relay_side side)
{
	if (a->passing || !a->answered)
		return;
	a->passing = true;
	a->untold[side] = false;
	pc6_coap.candidates(a->function->pc6, assist_pfid(a, other_of(side)), a->id,
			    &a->told[side]);
}

static void pass(struct assist *a, enum relay_side side)
{
	if (!a->untold[side] || is_private(a))
		return;
	if (assist_ours(a, other_of(side)))
		pass_to_ue(a, side);
	else
		pass_to_function(a, side);
}

void assist_pass(struct assist *a, enum relay_side side, const struct pf_candidates *named)
{
	struct pf_candidates told = *named;

	if (!named->n || is_private(a))
		return;
	assist_map(a, side, &told);
	if (!pf_candidates_same(&told, &a->told[side])) {
		a->told[side] = told;
		a->untold[side] = true;
	}
	pass(a, side);
}

void assist_pass_untold(struct assist *a)
{
	pass(a, RELAY_A);
	pass(a, RELAY_B);
}

static bool may_come_again(unsigned int code)
{
	return !code || code == COAPS_TOO_MANY_REQUESTS || code >= COAPS_INTERNAL_ERROR;
}

void assist_passed(struct function *f, const char *id, unsigned int code)
{
	struct assist *a = assist_find(f, id);
	enum relay_side far = a ? assist_far(a) : RELAY_SIDES;

	if (far == RELAY_SIDES)
		return;
	a->passing = false;
	if (code == COAPS_NOT_FOUND)
		assist_unknown(f, id);
	else if (may_come_again(code))
		a->untold[other_of(far)] = true;
	else
		pass(a, other_of(far));
}
