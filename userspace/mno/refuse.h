/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refuse: responses that say no, with the reason (RFC 9290)
 */
#ifndef _SIDESTEP_REFUSE_H
#define _SIDESTEP_REFUSE_H

#include "../common/coaps.h"
#include "../common/pf_msg.h"

/* refuse_say() - Return: @code */
unsigned int refuse_say(struct pf_problem *problem, unsigned int code,
			    const char *title, const char *detail);

/* refuse() - fill in the response. Return: @code */
unsigned int refuse(struct coaps_message *response, unsigned int code, const char *title,
		    const char *detail);

/* refuse_not_stored() - the database has failed, and nothing has changed. Return: 5.00 */
unsigned int refuse_not_stored(struct coaps_message *response);

/* refuse_format() - is the body's format no CBOR? Then it is refused */
bool refuse_format(struct coaps_message *response, const struct coaps_message *request);

/* refuse_document() - of a decoder's error, with what it says */
unsigned int refuse_document(struct coaps_message *response, int err, const char *why);

/* refuse_problem() - as @problem says */
unsigned int refuse_problem(struct coaps_message *response, unsigned int code,
			    const struct pf_problem *problem);

#endif /* _SIDESTEP_REFUSE_H */
