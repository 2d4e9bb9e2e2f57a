/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PROBE_PATH_H
#define _SIDESTEP_PROBE_PATH_H

#include <linux/types.h>

struct sidestep_path_info;
struct sidestep_session;

void sidestep_probe_path_ready(struct sidestep_session *session,
			       struct sidestep_path_info *path, bool ready);
void sidestep_probe_path_rtt(struct sidestep_path_info *path, u64 sample);
u64 sidestep_probe_path_late_at(const struct sidestep_path_info *path);
u64 sidestep_probe_path_late(const struct sidestep_path_info *path, u64 now);
u64 sidestep_probe_path_lost_at(const struct sidestep_path_info *path);
unsigned int sidestep_probe_path_lost(struct sidestep_path_info *path, u64 now);
u64 sidestep_probe_path_take(struct sidestep_path_info *path, u64 nonce);
bool sidestep_probe_path_measures(struct sidestep_path_info *path, u64 sent_at,
				  u64 now);

#endif /* _SIDESTEP_PROBE_PATH_H */
