// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_store.h"

#include "../common/cbor_put.h"
#include "../common/cbor_token.h"
#include "../common/log.h"
#include "secret.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	N_PARTS = 5,
};

_Static_assert((int)MNO_STORE_MAX_SIZE <= (int)SECRET_MAX_SIZE, "a file can be read");

static bool put_agreed(struct cbor_out *out, const struct pf_agreement *agreed)
{
	uint8_t buf[PF_MAX_SIZE] = {};
	size_t len = agreed->id ? pf_encode_agreement(agreed, buf, sizeof(buf)) : 0;

	cbor_put_bytes(out, buf, len);
	return len || !agreed->id;
}

static bool put_connect(struct cbor_out *out, const struct mno_stored *stored)
{
	uint8_t buf[PF_MAX_SIZE] = {};
	size_t len = 0;

	if (stored->has_connect)
		len = pf_encode_order(&stored->connect, buf, sizeof(buf));
	cbor_put_bytes(out, buf, len);
	explicit_bzero(buf, sizeof(buf));
	return len || !stored->has_connect;
}

size_t mno_store_encode(const struct mno_stored *stored, uint8_t *buf, size_t size)
{
	struct cbor_out out = { .buf = buf, .size = size };
	bool fits;

	cbor_put_array(&out, N_PARTS);
	cbor_put_unsigned(&out, MNO_STORE_VERSION);
	fits = put_agreed(&out, &stored->agreed);
	cbor_put_unsigned(&out, stored->order);
	fits = put_connect(&out, stored) && fits;
	cbor_put_unsigned(&out, stored->has_connect ? stored->state : 0);
	return fits && !out.full ? out.len : 0;
}

static bool take_bytes(struct cbor_reader *reader, struct cbor_token *token)
{
	return cbor_token_next(reader, token) && token->type == CBOR_TOKEN_BYTES;
}

static bool take_agreed(struct cbor_reader *reader, struct pf_agreement *agreed)
{
	struct cbor_token token;
	const char *why;

	if (!take_bytes(reader, &token))
		return false;
	return !token.len ||
	       (!pf_decode_agreement(agreed, token.bytes, token.len, &why) && agreed->id);
}

static bool take_connect(struct cbor_reader *reader, struct mno_stored *stored)
{
	struct cbor_token token;
	const char *why;

	if (!take_bytes(reader, &token))
		return false;
	stored->has_connect = token.len;
	return !token.len ||
	       (!pf_decode_order(&stored->connect, token.bytes, token.len, &why) &&
		stored->connect.kind == PF_ORDER_CONNECT);
}

static bool take_state(struct cbor_reader *reader, struct mno_stored *stored)
{
	uint64_t state;

	if (!cbor_take_unsigned(reader, PF_SESSION_STATES - 1, &state) ||
	    !state != !stored->has_connect)
		return false;
	stored->state = state;
	return true;
}

int mno_store_decode(struct mno_stored *stored, const uint8_t *buf, size_t len)
{
	struct cbor_reader reader = { buf, len };
	uint64_t n, version;

	memset(stored, 0, sizeof(*stored));
	if (cbor_take_array(&reader, N_PARTS, &n) && n == N_PARTS &&
	    cbor_take_unsigned(&reader, UINT64_MAX, &version) &&
	    version == MNO_STORE_VERSION && take_agreed(&reader, &stored->agreed) &&
	    cbor_take_unsigned(&reader, UINT64_MAX, &stored->order) &&
	    take_connect(&reader, stored) && take_state(&reader, stored) && !reader.left)
		return 0;
	explicit_bzero(stored, sizeof(*stored));
	return -EBADMSG;
}

static struct secret file_of(char name[NAME_MAX + 1], const char *dir,
			     const char *session)
{
	snprintf(name, NAME_MAX + 1, "%s.mno", session);
	return (struct secret){ .dir = dir, .name = name, .session = session };
}

void mno_store_read(struct mno_stored *stored, const char *dir, const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);
	uint8_t buf[SECRET_MAX_SIZE];
	ssize_t len;

	memset(stored, 0, sizeof(*stored));
	len = secret_read(&secret, buf);
	if (len < 0)
		return;
	if (mno_store_decode(stored, buf, len))
		log_say(LOG_WARNING, session,
			"%s/%s cannot be used; what it says is asked of the function",
			dir, name);
	explicit_bzero(buf, len);
}

int mno_store_write(const struct mno_stored *stored, const char *dir,
		    const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);
	uint8_t buf[MNO_STORE_MAX_SIZE];
	size_t len = mno_store_encode(stored, buf, sizeof(buf));
	int err = len ? secret_replace(&secret, buf, len) : -EMSGSIZE;

	explicit_bzero(buf, sizeof(buf));
	return err;
}

void mno_store_remove(const char *dir, const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);

	secret_remove(&secret);
}
