// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: STUN messages
 *
 * Whatever can be read can be written, and then says the same; a changed one with good
 * integrity is that of who has the key.
 */
#include "../../userspace/common/stun.h"

#include "changed.h"

#include <arpa/inet.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[] = "a key";

static void check(const uint8_t *buf, size_t len)
{
	struct stun_message message, again;
	uint8_t out[STUN_MAX_SIZE];
	size_t out_len;

	stun_is_from(buf, len, key, sizeof(key));
	if (stun_decode(&message, buf, len))
		return;
	expect(stun_looks_like(buf, len));
	expect(message.has_integrity || !stun_is_from(buf, len, key, sizeof(key)));
	out_len = stun_encode(&message, message.has_integrity ? key : NULL, sizeof(key),
			      out, sizeof(out));
	/* A fingerprint may be more than there was. */
	if (!out_len)
		return;
	expect(!stun_decode(&again, out, out_len));
	expect(!memcmp(&message, &again, sizeof(message)));
	expect(stun_is_from(out, out_len, key, sizeof(key)) == message.has_integrity);
}

static void check_good(const uint8_t *data, size_t size)
{
	struct stun_message message = {
		.class = STUN_REQUEST,
		.user = "user",
		.mapped.ss_family = AF_INET,
		.has_priority = true,
		.use_candidate = true,
		.role = STUN_CONTROLLED,
	};
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;

	len = stun_encode(&message, size % 3 ? key : NULL, sizeof(key), buf, sizeof(buf));
	expect(len);
	/* Most changes are found by the fingerprint. */
	if (size % 2) {
		len -= 8;
		buf[3] -= 8;
	}
	check_changed(buf, len, data, size, check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	check_good(data, size);
	return 0;
}
