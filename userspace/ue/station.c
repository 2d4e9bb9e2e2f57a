// SPDX-License-Identifier: GPL-2.0-or-later
#include "station.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/nl80211.h>
#include <stddef.h>
#include <string.h>

#define GROUP "mlme"

enum station_limits {
	VERSION = 1,
	MBM_A_DBM = 100,
};

/**
 * struct answer - what a message tells
 * @mac: whose; if @has_mac
 * @has_mac: it was there
 * @dbm: if @has_dbm
 * @has_dbm: likewise
 * @has_inactive: likewise, of @station's
 * @station: the rest
 */
struct answer {
	uint8_t mac[ETH_ALEN];
	bool has_mac;
	int8_t dbm;
	bool has_dbm;
	bool has_inactive;
	struct station station;
};

/**
 * struct found - the stations that a dump told
 * @mac: of the last
 * @station: likewise
 * @n: how many
 */
struct found {
	uint8_t mac[ETH_ALEN];
	struct station station;
	unsigned int n;
};

int station_open(struct genl *genl)
{
	return genl_open(genl, NL80211_GENL_NAME, GROUP);
}

static int parse_info(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;
	struct station *station = &answer->station;

	switch (mnl_attr_get_type(attr)) {
	case NL80211_STA_INFO_SIGNAL:
		answer->has_dbm = true;
		return attr_u8(attr, (uint8_t *)&answer->dbm);
	case NL80211_STA_INFO_INACTIVE_TIME:
		answer->has_inactive = true;
		return attr_u32(attr, &station->inactive_ms);
	case NL80211_STA_INFO_TX_PACKETS:
		return attr_u32(attr, &station->tx_packets);
	case NL80211_STA_INFO_TX_RETRIES:
		return attr_u32(attr, &station->tx_retries);
	case NL80211_STA_INFO_TX_FAILED:
		return attr_u32(attr, &station->tx_failed);
	}
	return MNL_CB_OK;
}

static int parse_attr(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;

	switch (mnl_attr_get_type(attr)) {
	case NL80211_ATTR_MAC:
		if (mnl_attr_get_payload_len(attr) != ETH_ALEN)
			return MNL_CB_ERROR;
		memcpy(answer->mac, mnl_attr_get_payload(attr), ETH_ALEN);
		answer->has_mac = true;
		break;
	case NL80211_ATTR_STA_INFO:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		return mnl_attr_parse_nested(attr, parse_info, answer);
	}
	return MNL_CB_OK;
}

static int parse_answer(const struct nlmsghdr *nlh, struct answer *answer)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	*answer = (struct answer){};
	if (len < GENL_HDRLEN ||
	    mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
				   len - GENL_HDRLEN, parse_attr, answer) < 0 ||
	    !answer->has_mac)
		return -EBADMSG;
	answer->station.has_signal = answer->has_dbm && answer->has_inactive;
	answer->station.signal_mbm = answer->dbm * MBM_A_DBM;
	return 0;
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	struct found *found = data;
	struct answer answer;
	int err = parse_answer(nlh, &answer);

	if (err < 0)
		return err;
	memcpy(found->mac, answer.mac, sizeof(found->mac));
	found->station = answer.station;
	found->n++;
	return 0;
}

/* Asks for the station @mac, or, if that is NULL, for all. */
static int ask(struct genl *genl, uint32_t ifindex, const uint8_t *mac,
	       struct found *found)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = genl_message(buf, NL80211_CMD_GET_STATION, VERSION);
	struct ack ack;

	*found = (struct found){};
	mnl_attr_put_u32(msg, NL80211_ATTR_IFINDEX, ifindex);
	if (mac)
		mnl_attr_put(msg, NL80211_ATTR_MAC, ETH_ALEN, mac);
	return genl_call(genl, msg, mac ? NLM_F_ACK : NLM_F_DUMP, take, found, &ack);
}

int station_get(struct genl *genl, uint32_t ifindex, const uint8_t mac[6],
		struct station *station)
{
	struct found found;
	int err = ask(genl, ifindex, mac, &found);

	if (err)
		return err;
	if (!found.n)
		return -ENOENT;
	*station = found.station;
	return 0;
}

int station_only(struct genl *genl, uint32_t ifindex, uint8_t mac[6],
		 struct station *station)
{
	struct found found;
	int err;

	do {
		err = ask(genl, ifindex, NULL, &found);
	} while (err == -EINTR);
	if (err)
		return err;
	if (found.n != 1)
		return found.n ? -ENOTUNIQ : -ENOENT;
	memcpy(mac, found.mac, sizeof(found.mac));
	*station = found.station;
	return 0;
}
