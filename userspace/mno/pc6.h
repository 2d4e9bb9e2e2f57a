/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pc6: the way to other functions (PC6-role), whatever it is made of
 *
 * A binding sends what it is told, again until there is an answer or the other function
 * cannot be reached, and hands what comes to assist_requested() and its like (assist.h),
 * once it knows that the sender is who it says.
 */
#ifndef _SIDESTEP_PC6_H
#define _SIDESTEP_PC6_H

#include "../common/coaps.h"
#include "../common/pf_msg.h"

struct function;
struct pc6;

/**
 * struct pc6_binding - how functions are reached
 * @open: connects to all peers of the configuration, and stays so. 0 or -errno
 * @close: NULL is fine
 * @connected: how many peers there is a way to now
 * @hellos: what came of those that wanted to make one, added to what is there
 * @assist: ask; assist_answered() is called, later, in any case but @close
 * @candidates: likewise; assist_passed()
 * @alert: assist_unknown() is called if the other one knows no such session
 * @cancel: over_told() is called if the other one has heard it
 */
struct pc6_binding {
	int (*open)(struct pc6 **pc6, struct function *f);
	void (*close)(struct pc6 *pc6);
	unsigned int (*connected)(const struct pc6 *pc6);
	void (*hellos)(const struct pc6 *pc6, struct coaps_hellos *hellos);
	void (*assist)(struct pc6 *pc6, const char *pfid, const char *session,
		       const struct pf_assist *doc);
	void (*candidates)(struct pc6 *pc6, const char *pfid, const char *session,
			   const struct pf_candidates *doc);
	void (*alert)(struct pc6 *pc6, const char *pfid, const char *session,
		      const struct pf_alert *doc);
	void (*cancel)(struct pc6 *pc6, const char *pfid, const char *session);
};

/* CoAP over DTLS */
extern const struct pc6_binding pc6_coap;

#endif /* _SIDESTEP_PC6_H */
