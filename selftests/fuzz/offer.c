// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what a peer offers. What can be read can be written, and is the same
 * when it is read again.
 */
#include "../../userspace/ue/offer.h"
#include "changed.h"

#include <errno.h>
#include <string.h>

static void check_offer(const struct offer *offer)
{
	expect(offer->version == OFFER_VERSION);
	expect(*offer->name && memchr(offer->name, '\0', sizeof(offer->name)));
	expect(offer->n_addrs >= 1 && offer->n_addrs <= OFFER_MAX_ADDRS);
	expect(offer->n_endpoints <= OFFER_MAX_ENDPOINTS);
	for (size_t i = 0; i < offer->n_addrs; i++)
		expect(offer->addr[i].bits &&
		       offer->addr[i].bits <=
			       (offer->addr[i].family == AF_INET ? 32 : 128));
	for (size_t i = 0; i < offer->n_endpoints; i++)
		expect(((const struct sockaddr_in *)&offer->endpoint[i])->sin_port);
}

static void check_again(const struct offer *offer)
{
	uint8_t buf[OFFER_MAX_SIZE];
	size_t len = offer_encode(offer, buf, sizeof(buf));
	struct offer again;
	const char *why;

	expect(len);
	expect(!offer_decode(&again, buf, len, &why) && !why);
	expect(!memcmp(&again, offer, sizeof(again)));
}

static void check(const uint8_t *data, size_t size)
{
	struct offer offer;
	const char *why;
	int ret = offer_decode(&offer, data, size, &why);

	expect(!ret || ((ret == -EBADMSG || ret == -EPROTONOSUPPORT) && why));
	expect(ret != -EPROTONOSUPPORT || offer.version != OFFER_VERSION);
	if (!ret) {
		check_offer(&offer);
		check_again(&offer);
	}
}

static size_t sample(uint8_t buf[OFFER_MAX_SIZE])
{
	struct offer offer = {
		.version = OFFER_VERSION,
		.name = "b\xc3\xb6""b",
		.has_keys = true,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.n_addrs = 2,
		.addr = { { AF_INET, 24, { 10, 77, 0, 2 } },
			  { AF_INET6, 64, { 0xfd, [15] = 2 } } },
		.n_endpoints = 2,
	};
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = 1,
				    .sin6_addr.s6_addr = { 0x20, [15] = 1 } };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = 1,
				  .sin_addr.s_addr = 0x01020304 };

	memcpy(&offer.endpoint[0], &in6, sizeof(in6));
	memcpy(&offer.endpoint[1], &in, sizeof(in));
	return offer_encode(&offer, buf, OFFER_MAX_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[OFFER_MAX_SIZE];
	size_t len = sample(buf);

	expect(len);
	check(data, size);
	check_changed(buf, len, data, size, check);
	return 0;
}
