// SPDX-License-Identifier: GPL-2.0-or-later
#include "stun.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	METHOD_BINDING = 0x001,
	COOKIE = 0x2112a442,
	COOKIE_AT = 4,
	ID_AT = 8,
	ATTR_HEADER_LEN = 4,
	INTEGRITY_LEN = 20,
	FINGERPRINT_LEN = 4,
	FINGERPRINT_XOR = 0x5354554e,
	/* Attributes with this bit need not be understood. */
	OPTIONAL = 0x8000,
	/* Of XOR-MAPPED-ADDRESS */
	FAMILY4 = 1,
	FAMILY6 = 2,
};

enum attr_type {
	USERNAME = 0x0006,
	INTEGRITY = 0x0008,
	ERROR_CODE = 0x0009,
	XOR_MAPPED = 0x0020,
	PRIORITY = 0x0024,
	USE_CANDIDATE = 0x0025,
	FINGERPRINT = 0x8028,
	ICE_CONTROLLED = 0x8029,
	ICE_CONTROLLING = 0x802a,
};

/* --- numbers -------------------------------------------------------------- */

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* ISO HDLC's, as in RFC 8489, 14.7 */
static uint32_t crc32(const uint8_t *buf, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len--) {
		crc ^= *buf++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* make_integrity() - of all before the attribute, as if the message ended with it */
static bool make_integrity(uint8_t sum[INTEGRITY_LEN], const uint8_t *buf,
			   size_t before, const uint8_t *key, size_t key_len)
{
	uint8_t copy[STUN_MAX_SIZE];
	unsigned int len = INTEGRITY_LEN;

	if (before > sizeof(copy))
		return false;
	memcpy(copy, buf, before);
	put16(copy + 2, before + ATTR_HEADER_LEN + INTEGRITY_LEN - STUN_HEADER_LEN);
	return HMAC(EVP_sha1(), key, key_len, copy, before, sum, &len) &&
	       len == INTEGRITY_LEN;
}

int stun_new_id(uint8_t id[STUN_ID_LEN])
{
	return RAND_bytes(id, STUN_ID_LEN) == 1 ? 0 : -EIO;
}

/* --- addresses ------------------------------------------------------------ */

/* The address is hidden with the cookie and the id that follows it. */
static void hide(uint8_t *to, const uint8_t *from, const uint8_t *message, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] ^ message[COOKIE_AT + i];
}

static size_t put_mapped(uint8_t *value, const uint8_t *message,
			 const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *sin6 = (const void *)addr;
	const struct sockaddr_in *sin = (const void *)addr;
	bool is4 = addr->ss_family == AF_INET;

	value[0] = 0;
	value[1] = is4 ? FAMILY4 : FAMILY6;
	hide(value + 2, (const uint8_t *)(is4 ? &sin->sin_port : &sin6->sin6_port),
	     message, 2);
	if (is4)
		hide(value + 4, (const uint8_t *)&sin->sin_addr, message, 4);
	else
		hide(value + 4, sin6->sin6_addr.s6_addr, message, 16);
	return is4 ? 8 : 20;
}

static bool take_mapped(struct sockaddr_storage *addr, const uint8_t *message,
			const uint8_t *value, size_t len)
{
	struct sockaddr_in6 *sin6 = (void *)addr;
	struct sockaddr_in *sin = (void *)addr;

	if (len == 8 && value[1] == FAMILY4) {
		sin->sin_family = AF_INET;
		hide((uint8_t *)&sin->sin_port, value + 2, message, 2);
		hide((uint8_t *)&sin->sin_addr, value + 4, message, 4);
		return true;
	}
	if (len != 20 || value[1] != FAMILY6)
		return false;
	sin6->sin6_family = AF_INET6;
	hide((uint8_t *)&sin6->sin6_port, value + 2, message, 2);
	hide(sin6->sin6_addr.s6_addr, value + 4, message, 16);
	return true;
}

/* --- writing -------------------------------------------------------------- */

/**
 * struct writer - a message that grows
 * @buf: the message
 * @size: room
 * @len: so far; 0: it did not fit
 */
struct writer {
	uint8_t *buf;
	size_t size;
	size_t len;
};

/* begin_attr - Return: where its value goes, or NULL if it does not fit */
static uint8_t *begin_attr(struct writer *w, uint16_t type, size_t len)
{
	uint8_t *at = w->buf + w->len;

	if (!w->len || w->size - w->len < ATTR_HEADER_LEN + padded(len)) {
		w->len = 0;
		return NULL;
	}
	put16(at, type);
	put16(at + 2, len);
	memset(at + ATTR_HEADER_LEN, 0, padded(len));
	w->len += ATTR_HEADER_LEN + padded(len);
	put16(w->buf + 2, w->len - STUN_HEADER_LEN);
	return at + ATTR_HEADER_LEN;
}

static void put_bytes(struct writer *w, uint16_t type, const void *bytes, size_t len)
{
	uint8_t *value = begin_attr(w, type, len);

	if (value && len)
		memcpy(value, bytes, len);
}

static void put_address(struct writer *w, const struct sockaddr_storage *addr)
{
	uint8_t value[20];
	size_t len = put_mapped(value, w->buf, addr);

	put_bytes(w, XOR_MAPPED, value, len);
}

static void put_role(struct writer *w, const struct stun_message *message)
{
	uint8_t value[8];

	put32(value, message->tie_breaker >> 32);
	put32(value + 4, message->tie_breaker);
	put_bytes(w, message->role == STUN_CONTROLLED ? ICE_CONTROLLED : ICE_CONTROLLING,
		  value, sizeof(value));
}

static void put_attrs(struct writer *w, const struct stun_message *message)
{
	uint8_t value[4] = { 0, 0, message->error / 100, message->error % 100 };

	if (message->user[0])
		put_bytes(w, USERNAME, message->user, strlen(message->user));
	if (message->error)
		put_bytes(w, ERROR_CODE, value, sizeof(value));
	if (message->mapped.ss_family)
		put_address(w, &message->mapped);
	put32(value, message->priority);
	if (message->has_priority)
		put_bytes(w, PRIORITY, value, sizeof(value));
	if (message->use_candidate)
		put_bytes(w, USE_CANDIDATE, NULL, 0);
	if (message->role != STUN_NO_ROLE)
		put_role(w, message);
}

static void put_integrity(struct writer *w, const uint8_t *key, size_t key_len)
{
	size_t before = w->len;
	uint8_t *value = begin_attr(w, INTEGRITY, INTEGRITY_LEN);

	if (value && !make_integrity(value, w->buf, before, key, key_len))
		w->len = 0;
}

static void put_fingerprint(struct writer *w)
{
	size_t before = w->len;
	uint8_t *value = begin_attr(w, FINGERPRINT, FINGERPRINT_LEN);

	if (value)
		put32(value, crc32(w->buf, before) ^ FINGERPRINT_XOR);
}

size_t stun_encode(const struct stun_message *message, const uint8_t *key,
		   size_t key_len, uint8_t *buf, size_t size)
{
	struct writer w = {
		.buf = buf,
		.size = size < STUN_MAX_SIZE ? size : STUN_MAX_SIZE,
		.len = STUN_HEADER_LEN,
	};

	if (w.size < STUN_HEADER_LEN)
		return 0;
	put16(buf, message->class | METHOD_BINDING);
	put16(buf + 2, 0);
	put32(buf + COOKIE_AT, COOKIE);
	memcpy(buf + ID_AT, message->id, STUN_ID_LEN);
	put_attrs(&w, message);
	if (key)
		put_integrity(&w, key, key_len);
	put_fingerprint(&w);
	return w.len;
}

/* --- reading -------------------------------------------------------------- */

/**
 * struct attr - of a message
 * @type: see there
 * @at: of its header in the message
 * @value: its value
 * @len: of @value
 */
struct attr {
	uint16_t type;
	size_t at;
	const uint8_t *value;
	size_t len;
};

/* next_attr - the one at @at. Return: where the next one is, or 0: malformed */
static size_t next_attr(struct attr *attr, const uint8_t *buf, size_t len, size_t at)
{
	if (len - at < ATTR_HEADER_LEN)
		return 0;
	attr->at = at;
	attr->type = get16(buf + at);
	attr->len = get16(buf + at + 2);
	attr->value = buf + at + ATTR_HEADER_LEN;
	if (len - at - ATTR_HEADER_LEN < padded(attr->len))
		return 0;
	return at + ATTR_HEADER_LEN + padded(attr->len);
}

static bool take_user(struct stun_message *message, const struct attr *attr)
{
	if (!attr->len || attr->len >= sizeof(message->user) || message->user[0] ||
	    memchr(attr->value, 0, attr->len))
		return false;
	memcpy(message->user, attr->value, attr->len);
	return true;
}

static bool take_error(struct stun_message *message, const struct attr *attr)
{
	if (attr->len < 4 || message->error)
		return false;
	message->error = (attr->value[2] & 7) * 100 + attr->value[3];
	return attr->value[3] < 100 && message->error >= 300 && message->error < 700;
}

static bool take_priority(struct stun_message *message, const struct attr *attr)
{
	if (attr->len != 4 || message->has_priority)
		return false;
	message->has_priority = true;
	message->priority = get32(attr->value);
	return true;
}

static bool take_use_candidate(struct stun_message *message, const struct attr *attr)
{
	if (attr->len || message->use_candidate)
		return false;
	message->use_candidate = true;
	return true;
}

static bool take_role(struct stun_message *message, const struct attr *attr)
{
	if (attr->len != 8 || message->role != STUN_NO_ROLE)
		return false;
	message->role = attr->type == ICE_CONTROLLED ? STUN_CONTROLLED : STUN_CONTROLLING;
	message->tie_breaker = (uint64_t)get32(attr->value) << 32 | get32(attr->value + 4);
	return true;
}

static bool take(struct stun_message *message, const uint8_t *buf,
		 const struct attr *attr)
{
	switch (attr->type) {
	case USERNAME:
		return take_user(message, attr);
	case ERROR_CODE:
		return take_error(message, attr);
	case XOR_MAPPED:
		return !message->mapped.ss_family &&
		       take_mapped(&message->mapped, buf, attr->value, attr->len);
	case PRIORITY:
		return take_priority(message, attr);
	case USE_CANDIDATE:
		return take_use_candidate(message, attr);
	case ICE_CONTROLLED:
	case ICE_CONTROLLING:
		return take_role(message, attr);
	case INTEGRITY:
		message->has_integrity = true;
		return attr->len == INTEGRITY_LEN;
	default:
		return attr->type & OPTIONAL;
	}
}

static bool is_fingerprint_good(const uint8_t *buf, size_t len, const struct attr *attr,
				size_t end)
{
	return attr->len == FINGERPRINT_LEN && end == len &&
	       get32(attr->value) == (crc32(buf, attr->at) ^ FINGERPRINT_XOR);
}

static bool take_attrs(struct stun_message *message, const uint8_t *buf, size_t len)
{
	struct attr attr;
	size_t at, end;

	for (at = STUN_HEADER_LEN; at < len; at = end) {
		end = next_attr(&attr, buf, len, at);
		if (!end)
			return false;
		if (attr.type == FINGERPRINT) {
			if (!is_fingerprint_good(buf, len, &attr, end))
				return false;
		} else if (!message->has_integrity && !take(message, buf, &attr)) {
			return false;
		}
	}
	return true;
}

bool stun_looks_like(const uint8_t *buf, size_t len)
{
	return len >= STUN_HEADER_LEN && !(buf[0] & 0xc0) && get32(buf + COOKIE_AT) == COOKIE;
}

int stun_decode(struct stun_message *message, const uint8_t *buf, size_t len)
{
	uint16_t type;

	memset(message, 0, sizeof(*message));
	if (!stun_looks_like(buf, len) || len > STUN_MAX_SIZE ||
	    get16(buf + 2) != len - STUN_HEADER_LEN)
		return -EBADMSG;
	type = get16(buf);
	message->class = type & STUN_ERROR;
	if ((type & ~STUN_ERROR) != METHOD_BINDING)
		return -EBADMSG;
	memcpy(message->id, buf + ID_AT, STUN_ID_LEN);
	return take_attrs(message, buf, len) ? 0 : -EBADMSG;
}

bool stun_is_from(const uint8_t *buf, size_t len, const uint8_t *key, size_t key_len)
{
	uint8_t sum[INTEGRITY_LEN];
	struct attr attr;
	size_t at, end;

	for (at = STUN_HEADER_LEN; at < len; at = end) {
		end = next_attr(&attr, buf, len, at);
		if (!end)
			return false;
		if (attr.type == INTEGRITY)
			return attr.len == INTEGRITY_LEN &&
			       make_integrity(sum, buf, at, key, key_len) &&
			       !CRYPTO_memcmp(sum, attr.value, INTEGRITY_LEN);
	}
	return false;
}
