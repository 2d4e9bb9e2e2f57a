/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_conf: prosefd.conf(5)
 */
#ifndef _SIDESTEP_MNO_CONF_H
#define _SIDESTEP_MNO_CONF_H

#include "../common/pf_msg.h"
#include "agreement.h"
#include "mno_value.h"
#include "relay.h"

#include <limits.h>
#include <net/if.h>

#define MNO_CONF_PATH "/etc/prosefd/prosefd.conf"

enum mno_conf_limits {
	MNO_CONF_MAX_PEERS = 32,
	/* Of the file, bytes. */
	MNO_CONF_MAX_FILE = 65536,
	MNO_CONF_PROBLEM_SIZE = 256,
	MNO_CONF_UE_PORT = 5684,
	MNO_CONF_PEER_PORT = 5694,
	MNO_CONF_RELAY_PORT_MIN = 40000,
	MNO_CONF_RELAY_PORT_MAX = 49999,
	MNO_CONF_NAT_PORT_MIN = 50000,
	MNO_CONF_NAT_PORT_MAX = 59999,
};

/* struct mno_credential - files, PEM */
struct mno_credential {
	char cert[PATH_MAX];
	char key[PATH_MAX];
	char ca[PATH_MAX];
};

/* struct mno_conf_peer - another function: [Peer] */
struct mno_conf_peer {
	char pfid[PF_ID_SIZE];
	struct sockaddr_storage addr;
};

/**
 * struct mno_nat - the operator's NAT, on this host
 * @device: that leads out of it; "": there is none
 * @addr: its own, outside
 * @port_min: ports that it gives to UEs
 * @port_max: the last one
 * @behind: where UEs are behind it
 */
struct mno_nat {
	char device[IFNAMSIZ];
	struct in_addr addr;
	in_port_t port_min, port_max;
	struct mno_networks behind;
};

/**
 * struct mno_conf - what the file says
 * @pfid: this function's
 * @listen: for UEs
 * @listen_peers: for other functions; AF_UNSPEC: none
 * @ue: certificate for UEs
 * @peer: certificate for functions; empty if there are none
 * @relays: ports and limits of relays
 * @agreement: limits of agreements
 * @assists_per_minute: that one UE may cause
 * @own: OwnNetworks=, that no UE may name
 * @nat: NatControl= and what belongs to it
 * @peers: [Peer]
 */
struct mno_conf {
	char pfid[PF_ID_SIZE];
	struct sockaddr_storage listen;
	struct sockaddr_storage listen_peers;
	struct mno_credential ue;
	struct mno_credential peer;
	struct relays_conf relays;
	struct agreement_limits agreement;
	unsigned int assists_per_minute;
	struct mno_networks own;
	struct mno_nat nat;
	size_t n_peers;
	struct mno_conf_peer peers[MNO_CONF_MAX_PEERS];
};

/**
 * mno_conf_parse() - read it
 * @conf: the result
 * @text: of the file
 * @len: of it
 * @problem: what is wrong: "line 3: ..."
 *
 * Return: is it good?
 */
bool mno_conf_parse(struct mno_conf *conf, const char *text, size_t len,
		    char problem[MNO_CONF_PROBLEM_SIZE]);

/* mno_conf_read() - likewise, of a file; what is wrong is logged. Return: is it good? */
bool mno_conf_read(struct mno_conf *conf, const char *path);

/* mno_conf_find() - the peer of that name, or NULL */
const struct mno_conf_peer *mno_conf_find(const struct mno_conf *conf, const char *pfid);

/* mno_conf_is_own() - is it in one of the operator's networks? */
bool mno_conf_is_own(const struct mno_conf *conf, const struct sockaddr_storage *addr);

/* mno_conf_is_behind() - is it of a UE behind the operator's NAT? */
bool mno_conf_is_behind(const struct mno_conf *conf, const struct sockaddr_storage *addr);

#endif /* _SIDESTEP_MNO_CONF_H */
