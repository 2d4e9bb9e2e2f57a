/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat_control: where the operator has the NAT, it is told to map a UE's port, and no
 * hole has to be punched
 *
 * A back end is a table of functions; nat_control_nft is for a NAT on the host of the
 * function itself. One that speaks PCP (RFC 6887, MAP) would be another.
 */
#ifndef _SIDESTEP_NAT_CONTROL_H
#define _SIDESTEP_NAT_CONTROL_H

#include <stdint.h>
#include <sys/socket.h>

/**
 * struct nat_mapping - one UDP port, both ways, with nobody filtered
 * @inside: the UE's address and port, as the NAT sees them
 * @outside: the NAT's own; of the same family as @inside
 * @lifetime_s: the NAT forgets it by itself then
 */
struct nat_mapping {
	struct sockaddr_storage inside;
	struct sockaddr_storage outside;
	uint32_t lifetime_s;
};

/* struct nat_control - a NAT that does what it is told */
struct nat_control;

/**
 * struct nat_control_backend - a kind of NAT
 * @open: @target is what the configuration says of it. 0 or a negative errno value
 * @close: mappings stay, up to their lifetime; NULL is fine
 * @map: also gives an existing one a new lifetime. 0, -EEXIST: @inside or @outside is
 *	 another mapping's, -EINVAL: families, or no lifetime, -EIO. @why: in words, if it
 *	 is not 0; until the next call
 * @unmap: nothing is done if there is none. What is connected already stays connected
 *
 * Mappings outlive the process, but not the next open(): who starts again maps again what is
 * still wanted. What they have connected stays connected.
 */
struct nat_control_backend {
	int (*open)(struct nat_control **nat, const char *target);
	void (*close)(struct nat_control *nat);
	int (*map)(struct nat_control *nat, const struct nat_mapping *mapping,
		   const char **why);
	void (*unmap)(struct nat_control *nat, const struct nat_mapping *mapping);
};

/* This host's kernel, table "inet prosefd-nat" of nftables, before the operator's own
 * NAT rules. Its firewall must forward what was translated (ct status dnat). The target
 * is the name of the device that leads out.
 */
extern const struct nat_control_backend nat_control_nft;

#endif /* _SIDESTEP_NAT_CONTROL_H */
