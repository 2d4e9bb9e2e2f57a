/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_GSO_H
#define _SIDESTEP_GSO_H

struct sk_buff;

unsigned int sidestep_gso_segments(const struct sk_buff *skb, unsigned int hlen,
				   unsigned int *bytes);
int sidestep_gso_init(void);
void sidestep_gso_exit(void);

#endif /* _SIDESTEP_GSO_H */
