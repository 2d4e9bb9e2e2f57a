// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: a session's file, and what is in it without the checksum. What can
 * be read can be written, and is the same when it is read again.
 */
#include "../../userspace/ue/store_format.h"
#include "changed.h"

#include <errno.h>
#include <string.h>

static void check_again(const struct stored *stored)
{
	uint8_t buf[STORE_MAX_SIZE];
	size_t len = store_encode(stored, buf, sizeof(buf));
	struct stored again;
	const char *why;

	expect(len);
	expect(!store_decode(&again, buf, len, &why) && !why);
	expect(!memcmp(&again, stored, sizeof(again)));
}

static void check(const struct stored *stored, int ret, const char *why)
{
	expect(!ret || ((ret == -EBADMSG || ret == -EPROTONOSUPPORT) && why));
	if (ret)
		return;
	expect(!stored->has_keys || stored->keys.id);
	expect(stored->n_own <= OFFER_MAX_ADDRS);
	expect(!stored->has_peer || stored->peer.n_addrs);
	check_again(stored);
}

static void check_both(const uint8_t *data, size_t size)
{
	struct stored stored;
	const char *why;
	int ret;

	ret = store_decode(&stored, data, size, &why);
	check(&stored, ret, why);
	ret = store_decode_content(&stored, data, size, &why);
	check(&stored, ret, why);
}

static const struct stored sample = {
	.has_keys = true,
	.keys = { .id = 7 },
	.has_peer = true,
	.peer = {
		.version = OFFER_VERSION,
		.name = "bob",
		.n_addrs = 1,
		.addr = { { AF_INET, 24, { 10, 77, 0, 2 } } },
	},
	.n_own = 2,
	.own = { { AF_INET, 24, { 10, 77, 0, 1 } }, { AF_INET6, 64, { 0xfd, [15] = 1 } } },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The content begins behind the heads of the array and of a byte string of
	 * less than 256 bytes.
	 */
	enum { HEADS = 3, SUM = 34 };
	uint8_t buf[STORE_MAX_SIZE];
	size_t len = store_encode(&sample, buf, sizeof(buf));

	expect(len > HEADS + SUM && buf[1] == 0x58);
	check_both(data, size);
	check_changed(buf + HEADS, len - HEADS - SUM, data, size, check_both);
	return 0;
}
