/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_store: what was agreed with the function for a session, and ordered last, in a file
 * of its own: the helper may be killed at any moment
 *
 * DEVICE.mno, a CBOR array: version, agreement, number of the last order, the order to
 * connect that holds, state of its session. The documents are those of pf_msg.h in byte
 * strings, empty if there is none.
 */
#ifndef _SIDESTEP_MNO_STORE_H
#define _SIDESTEP_MNO_STORE_H

#include "../common/pf_msg.h"
#include "mno_call.h"

enum mno_store_limits {
	MNO_STORE_VERSION = 1,
	/* A file is never longer. */
	MNO_STORE_MAX_SIZE = 2 * PF_MAX_SIZE + 64,
};

/**
 * struct mno_stored - the file's content
 * @agreed: what holds; id 0: nothing
 * @order: number of the last order; 0: none
 * @has_connect: @connect holds, and so does @state
 * @connect: the order to connect
 * @state: of its session
 */
struct mno_stored {
	struct pf_agreement agreed;
	uint64_t order;
	bool has_connect;
	struct pf_order connect;
	enum pf_session_state state;
};

/* mno_store_encode() - Return: its length, or 0 if it does not fit */
size_t mno_store_encode(const struct mno_stored *stored, uint8_t *buf, size_t size);

/* mno_store_decode() - Return: 0 or -EBADMSG, with @stored all zero */
int mno_store_decode(struct mno_stored *stored, const uint8_t *buf, size_t len);

/* mno_store_read() - all zero if there is none, or it cannot be used: that is logged, and
 * nothing is lost but what the function knows, too
 */
void mno_store_read(struct mno_stored *stored, const char *dir, const char *session);

/* mno_store_write() - failures are logged */
int mno_store_write(const struct mno_stored *stored, const char *dir,
		    const char *session);
void mno_store_remove(const char *dir, const char *session);

#endif /* _SIDESTEP_MNO_STORE_H */
