/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PROBE_H
#define _SIDESTEP_PROBE_H

#include <linux/types.h>

struct sidestep_session;

unsigned int sidestep_probe_ready(const struct sidestep_session *session);
s64 sidestep_probe_skew(const struct sidestep_session *session);
void sidestep_probe_kick(struct sidestep_session *session);
void sidestep_probe_soon(struct sidestep_session *session, unsigned int path);
void sidestep_probe_tune(struct sidestep_session *session);
void sidestep_probe_now(struct sidestep_session *session);
void sidestep_probe_restart(struct sidestep_session *session,
			    unsigned int paths);
void sidestep_probe_init(struct sidestep_session *session);
void sidestep_probe_start(struct sidestep_session *session);
void sidestep_probe_cancel(struct sidestep_session *session);
void sidestep_probe_stop(struct sidestep_session *session);

#endif /* _SIDESTEP_PROBE_H */
