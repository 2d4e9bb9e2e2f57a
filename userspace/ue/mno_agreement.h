/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_agreement: what this host and its function have agreed upon for one session, and
 * how far they are with it. Pure: no socket, no clock
 *
 * This end offers; the function answers with what it makes of the offer, or offers anew
 * by itself; what it said goes into the kernel; this end confirms; then it holds. Each
 * message may be lost, or come twice: what is asked for is asked again, and what was done
 * already is done again without effect.
 */
#ifndef _SIDESTEP_MNO_AGREEMENT_H
#define _SIDESTEP_MNO_AGREEMENT_H

#include "../common/pf_msg.h"

enum mno_agreement_limits {
	MNO_AGREEMENT_FIRST_WAIT_MS = 1000,
	MNO_AGREEMENT_LONGEST_WAIT_MS = 60000,
};

/**
 * enum mno_agreement_act - what is to be sent
 * @MNO_AGREEMENT_WAIT: nothing
 * @MNO_AGREEMENT_OFFER: POST of the first offer
 * @MNO_AGREEMENT_REOFFER: PUT of another one, for the same id
 * @MNO_AGREEMENT_CONFIRM: PUT of the version that this end takes
 */
enum mno_agreement_act {
	MNO_AGREEMENT_WAIT,
	MNO_AGREEMENT_OFFER,
	MNO_AGREEMENT_REOFFER,
	MNO_AGREEMENT_CONFIRM,
};

/**
 * struct mno_agreement - of one session
 * @agreed: what holds; its id is 0 if nothing does. Its triggers are as the kernel has
 *	    them, which may be rounded
 * @answer: what the function said last, in the kernel and to be confirmed, or being so
 * @has_answer: @answer is there
 * @checked: the function has confirmed @agreed since the last registration
 * @forced: the function knows another version than @agreed: offer again
 * @sent: what is on its way, and not answered
 * @wait_ms: how long to wait after the next failure; 0: nothing has failed
 * @not_before_ns: until when nothing is sent; 0: at once
 * @why: why it was refused, in words; "" if it was not
 */
struct mno_agreement {
	struct pf_agreement agreed;
	struct pf_agreement answer;
	bool has_answer;
	bool checked;
	bool forced;
	enum mno_agreement_act sent;
	uint32_t wait_ms;
	uint64_t not_before_ns;
	char why[PF_TEXT_SIZE];
};

/* mno_agreement_linked() - the function was found (again): what was on its way is lost */
void mno_agreement_linked(struct mno_agreement *a);

/**
 * mno_agreement_next() - what is to be sent now; it is taken to be on its way then
 * @a: the agreement
 * @offer: what this end would offer now; id and version do not count
 * @now_ns: the time, of any clock that does not jump
 */
enum mno_agreement_act mno_agreement_next(struct mno_agreement *a,
					  const struct pf_agreement *offer,
					  uint64_t now_ns);

/* mno_agreement_version() - the version to be confirmed, and its id */
uint32_t mno_agreement_version(const struct mno_agreement *a, uint32_t *id);

/**
 * mno_agreement_is_good() - may that be what the function says to an offer of ours?
 * @a: the agreement
 * @doc: an answer or an offer
 * @peer: the EPUID that it should be about
 */
bool mno_agreement_is_good(const struct mno_agreement *a,
			   const struct pf_agreement *doc, const char *peer);

/* mno_agreement_known() - is it what was answered or agreed upon already? */
bool mno_agreement_known(const struct mno_agreement *a, const struct pf_agreement *doc);

/**
 * mno_agreement_take() - the kernel goes by what the function said
 * @a: the agreement
 * @doc: the answer
 * @offer: what this end would offer, now that the kernel has it
 */
void mno_agreement_take(struct mno_agreement *a, const struct pf_agreement *doc,
			const struct pf_agreement *offer);

/**
 * mno_agreement_failed() - it was refused, by the function or by the kernel
 * @a: the agreement
 * @code: CoAP code; 0 if the kernel has refused
 * @why: in words
 * @now_ns: the time
 *
 * Tried again, ever more rarely; at once if the first refusal says that the function has
 * another version, or knows nothing of it.
 */
void mno_agreement_failed(struct mno_agreement *a, unsigned int code, const char *why,
			  uint64_t now_ns);

/* mno_agreement_confirmed() - the function has taken the confirmation. Return: whether
 * something holds now that did not before
 */
bool mno_agreement_confirmed(struct mno_agreement *a);

/* mno_agreement_doubt() - the function does not know the version that holds here */
void mno_agreement_doubt(struct mno_agreement *a);

/* mno_agreement_holds() - is it the version that holds, or is being confirmed? */
bool mno_agreement_holds(const struct mno_agreement *a, uint32_t id, uint32_t version);

#endif /* _SIDESTEP_MNO_AGREEMENT_H */
