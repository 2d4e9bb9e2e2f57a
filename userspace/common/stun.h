/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stun: Binding requests and their answers (RFC 8489), with what connectivity checks add
 * (RFC 8445). Pure
 *
 * Credentials are short-term (RFC 8489, 9.1): MESSAGE-INTEGRITY is HMAC-SHA1 with the
 * password as its key. Every message that is written ends with FINGERPRINT.
 */
#ifndef _SIDESTEP_STUN_H
#define _SIDESTEP_STUN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stun_sizes {
	STUN_HEADER_LEN = 20,
	STUN_ID_LEN = 12,
	/* USERNAME with its NUL; a longer one is no message for us. */
	STUN_USER_SIZE = 256,
	/* Never longer than what a path of 576 bytes takes (RFC 8489, 6.1). */
	STUN_MAX_SIZE = 548,
};

/* enum stun_class - as in the message's type (RFC 8489, 5) */
enum stun_class {
	STUN_REQUEST = 0x000,
	STUN_INDICATION = 0x010,
	STUN_SUCCESS = 0x100,
	STUN_ERROR = 0x110,
};

/* enum stun_role - who decides which pair is used (RFC 8445, 6.1.1) */
enum stun_role {
	STUN_NO_ROLE,
	STUN_CONTROLLED,
	STUN_CONTROLLING,
};

/**
 * struct stun_message - a Binding message
 * @class: see there
 * @id: transaction id; random in a request, in an answer that of its request
 * @user: USERNAME; "": none
 * @mapped: XOR-MAPPED-ADDRESS; AF_UNSPEC: none
 * @error: ERROR-CODE, 300..699; 0: none
 * @has_priority: PRIORITY is there
 * @priority: see there
 * @use_candidate: USE-CANDIDATE is there
 * @role: the sender's
 * @tie_breaker: with @role
 * @has_integrity: MESSAGE-INTEGRITY is there. stun_decode() does not look whether it
 *		   holds: see stun_is_from()
 */
struct stun_message {
	enum stun_class class;
	uint8_t id[STUN_ID_LEN];
	char user[STUN_USER_SIZE];
	struct sockaddr_storage mapped;
	unsigned int error;
	bool has_priority;
	uint32_t priority;
	bool use_candidate;
	enum stun_role role;
	uint64_t tie_breaker;
	bool has_integrity;
};

/* stun_new_id() - a random transaction id. 0 or -EIO */
int stun_new_id(uint8_t id[STUN_ID_LEN]);

/**
 * stun_encode() - write a message
 * @message: what; @has_integrity does not matter
 * @key: for MESSAGE-INTEGRITY; NULL: without
 * @key_len: of @key, in bytes
 * @buf: the result
 * @size: room in @buf
 *
 * Return: its length, or 0 if it does not fit.
 */
size_t stun_encode(const struct stun_message *message, const uint8_t *key,
		   size_t key_len, uint8_t *buf, size_t size);

/**
 * stun_decode() - read a datagram
 * @message: the result
 * @buf: the datagram
 * @len: its length
 *
 * What follows MESSAGE-INTEGRITY is not read, but FINGERPRINT, which must hold if it is
 * there (RFC 8489, 14.5 and 14.7).
 *
 * Return: 0, or -EBADMSG: no Binding message, malformed, an attribute twice, or one that
 * must be understood and is not known here.
 */
int stun_decode(struct stun_message *message, const uint8_t *buf, size_t len);

/* stun_looks_like() - does it begin like a STUN message? A cheap test before
 * stun_decode(), for who has other datagrams, too
 */
bool stun_looks_like(const uint8_t *buf, size_t len);

/* stun_is_from() - is its MESSAGE-INTEGRITY made with @key? Only for a datagram that
 * stun_decode() could read
 */
bool stun_is_from(const uint8_t *buf, size_t len, const uint8_t *key, size_t key_len);

#endif /* _SIDESTEP_STUN_H */
