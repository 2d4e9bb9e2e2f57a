/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PATH_H
#define _SIDESTEP_PATH_H

#include "config.h"

struct sk_buff;

bool sidestep_path_usable(const struct sidestep_config *config,
			  unsigned int path);
unsigned int sidestep_path_headroom(const struct sidestep_config *config);
void sidestep_path_send(struct sidestep_peer *peer, unsigned int path,
			struct sk_buff *skb);

#endif /* _SIDESTEP_PATH_H */
