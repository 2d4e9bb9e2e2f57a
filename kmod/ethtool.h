/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_ETHTOOL_H
#define _SIDESTEP_ETHTOOL_H

#include <linux/ethtool.h>

extern const struct ethtool_ops sidestep_ethtool_ops;

#endif /* _SIDESTEP_ETHTOOL_H */
