/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_WORDS_H
#define _SIDESTEP_WORDS_H

#include "trigger.h"

/* Room for any words of these functions. */
#define SIDESTEP_WORDS_LEN 128

const char *sidestep_words_link(unsigned int state);
int sidestep_words_measured(const struct sidestep_measured *measured,
			    unsigned int quantity, char *buf, size_t size);
int sidestep_words_cause(const struct sidestep_cause *cause, char *buf,
			 size_t size);

#endif /* _SIDESTEP_WORDS_H */
