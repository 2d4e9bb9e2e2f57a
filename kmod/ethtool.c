// SPDX-License-Identifier: GPL-2.0
/*
 * What ethtool asks a session device for; the names are those of
 * `sidestep -j show`, with the path before what is counted by path.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>

#include "counter.h"
#include "ethtool.h"
#include "session.h"

static const char path_names[][ETH_GSTRING_LEN] = {
	"direct_tx_packets", "direct_tx_bytes",
	"direct_tx_alone_bytes", "direct_tx_copy_bytes",
	"direct_tx_switch_bytes", "direct_tx_probe_bytes",
	"direct_rx_packets", "direct_rx_bytes", "direct_rx_missed",
	"infra_tx_packets", "infra_tx_bytes",
	"infra_tx_alone_bytes", "infra_tx_copy_bytes",
	"infra_tx_switch_bytes", "infra_tx_probe_bytes",
	"infra_rx_packets", "infra_rx_bytes", "infra_rx_missed",
};

static void drvinfo_get(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, SIDESTEP_MODULE_VERSION, sizeof(info->version));
}

static int sset_count(struct net_device *dev, int set)
{
	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return SIDESTEP_COUNTER_MAX + ARRAY_SIZE(path_names);
}

static void strings_get(struct net_device *dev, u32 set, u8 *data)
{
	size_t counters = SIDESTEP_COUNTER_MAX * ETH_GSTRING_LEN;

	if (set != ETH_SS_STATS)
		return;
	memcpy(data, sidestep_counter_name[1], counters);
	memcpy(data + counters, path_names, sizeof(path_names));
}

static void stats_get(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct sidestep_sum sum;
	unsigned int path;

	BUILD_BUG_ON(ARRAY_SIZE(path_names) !=
		     (5 + SIDESTEP_SPENT_KINDS) * (SIDESTEP_PATH_MAX + 1));
	sidestep_count_sum(netdev_priv(dev), &sum);
	memcpy(data, &sum.counter[1], SIDESTEP_COUNTER_MAX * sizeof(*data));
	data += SIDESTEP_COUNTER_MAX;
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		*data++ = sum.tx_packets[path];
		*data++ = sidestep_sum_tx(&sum, path);
		memcpy(data, sum.spent[path], sizeof(sum.spent[path]));
		data += SIDESTEP_SPENT_KINDS;
		*data++ = sum.rx_packets[path];
		*data++ = sum.rx_bytes[path];
		*data++ = sum.rx_missed[path];
	}
}

const struct ethtool_ops sidestep_ethtool_ops = {
	.get_drvinfo = drvinfo_get,
	.get_link = ethtool_op_get_link,
	.get_sset_count = sset_count,
	.get_strings = strings_get,
	.get_ethtool_stats = stats_get,
};
