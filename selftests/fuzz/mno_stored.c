// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what the helper remembers of its function's words, and the paths of
 * requests. What is taken is written down again, and must be the same.
 */
#include "../../userspace/ue/mno_path.h"
#include "../../userspace/ue/mno_store.h"
#include "changed.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const uint8_t *data, size_t size)
{
	char *path = strndup((const char *)data, size);
	enum mno_path_kind kind;
	char again[64];
	uint64_t number;

	expect(path);
	kind = mno_path_parse(path, &number);
	snprintf(again, sizeof(again), "pf-c/v1/%s/%llu",
		 kind == MNO_PATH_ORDER ? "orders" : "agreements",
		 kind ? (unsigned long long)number : 0);
	expect(kind == MNO_PATH_NONE || !strcmp(path, again));
	free(path);
}

static void check(const uint8_t *data, size_t size)
{
	struct mno_stored stored, again;
	uint8_t buf[MNO_STORE_MAX_SIZE];
	size_t len;

	if (mno_store_decode(&stored, data, size))
		return;
	len = mno_store_encode(&stored, buf, sizeof(buf));
	expect(len);
	expect(!mno_store_decode(&again, buf, len));
	expect(!memcmp(&again, &stored, sizeof(stored)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mno_stored sample = {
		.agreed = {
			.id = 7, .version = 3, .peer = "b@b.example", .wg_key = { 1 },
			.window_s = 60,
		},
		.order = 9, .has_connect = true, .state = PF_SESSION_DIRECT,
		.connect = {
			.kind = PF_ORDER_CONNECT, .session = "a.example/7",
			.agreement = 7, .version = 3, .peer = "b@b.example",
			.peer_key = { 1 }, .check_key = { 2 }, .valid_s = 60,
			.relay = { .ss_family = AF_INET },
		},
	};
	struct sockaddr_in *relay = (void *)&sample.connect.relay;
	uint8_t buf[MNO_STORE_MAX_SIZE];
	size_t len;

	relay->sin_port = htons(7);
	relay->sin_addr.s_addr = htonl(0xcb007107);
	len = mno_store_encode(&sample, buf, sizeof(buf));
	expect(len);
	check_path(data, size);
	check(data, size);
	check_changed(buf, len, data, size, check);
	return 0;
}
