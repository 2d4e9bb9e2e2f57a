// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What two helpers tell each other: what is written is read again, what is wrong is
 * refused and named.
 */
#include "ktap.h"
#include "../../userspace/common/cbor_put.h"
#include "../../userspace/ue/offer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	N_KEYS = 7,
};

static struct rtnl_prefix prefix(const char *text, uint8_t bits)
{
	struct rtnl_prefix addr = { .bits = bits };

	addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	EXPECT(inet_pton(addr.family, text, addr.addr) == 1);
	return addr;
}

static void set_endpoint(struct sockaddr_storage *endpoint, const char *text,
			 uint16_t port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	memset(endpoint, 0, sizeof(*endpoint));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(endpoint, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(endpoint, &in6, sizeof(in6));
	else
		abort();
}

/* All bytes are compared, so all are zero first. */
static void make_bare(struct offer *offer)
{
	memset(offer, 0, sizeof(*offer));
	offer->version = OFFER_VERSION;
	strcpy(offer->name, "bob");
	offer->n_addrs = 1;
	offer->addr[0] = prefix("10.77.0.2", 24);
	memset(offer->wg_key, 0xaa, sizeof(offer->wg_key));
}

static void make_full(struct offer *offer)
{
	make_bare(offer);
	memset(offer->name, 'n', sizeof(offer->name) - 1);
	offer->has_keys = true;
	memset(offer->keys_id, 0x11, sizeof(offer->keys_id));
	memcpy(offer->mac, "\x02\0\0\0\0\x01", sizeof(offer->mac));
	offer->n_addrs = OFFER_MAX_ADDRS;
	offer->n_endpoints = OFFER_MAX_ENDPOINTS;
	for (size_t i = 1; i < OFFER_MAX_ADDRS; i++)
		offer->addr[i] = prefix("fd00::2", 64);
	for (size_t i = 0; i < OFFER_MAX_ENDPOINTS; i++)
		set_endpoint(&offer->endpoint[i], "2001:db8::1", 65535);
	set_endpoint(&offer->endpoint[1], "192.0.2.1", 1);
}

static void expect_round(const struct offer *offer)
{
	uint8_t buf[OFFER_MAX_SIZE];
	size_t len = offer_encode(offer, buf, sizeof(buf));
	struct offer again;
	const char *why = "";

	EXPECT(len && len <= OFFER_MAX_SIZE);
	EXPECT(!offer_decode(&again, buf, len, &why) && !why);
	EXPECT(!memcmp(&again, offer, sizeof(again)));
}

static void test_round(void)
{
	struct offer offer;

	make_bare(&offer);
	expect_round(&offer);
	make_full(&offer);
	expect_round(&offer);
}

/* docs/exchange.md has the same bytes. */
static void test_bytes(void)
{
	static const uint8_t wanted[] =
		"\xa5\x01\x01\x02\x63""bob\x05\x81\x82\x44\x0a\x4d\x00\x02\x18\x18"
		"\x06\x58\x20"
		"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
		"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
		"\x07\x81\x82\x44\xc0\x00\x02\x01\x19\xca\x6c";
	uint8_t buf[OFFER_MAX_SIZE];
	struct offer offer;

	make_bare(&offer);
	offer.n_endpoints = 1;
	set_endpoint(&offer.endpoint[0], "192.0.2.1", 51820);
	EXPECT(offer_encode(&offer, buf, sizeof(buf)) == sizeof(wanted) - 1);
	EXPECT(!memcmp(buf, wanted, sizeof(wanted) - 1));
}

static void test_room(void)
{
	uint8_t buf[OFFER_MAX_SIZE];
	struct offer offer;
	size_t len;

	make_full(&offer);
	len = offer_encode(&offer, buf, sizeof(buf));
	for (size_t size = 0; size < len; size++) {
		uint8_t *exact = malloc(size ?: 1);

		EXPECT(exact && !offer_encode(&offer, exact, size));
		free(exact);
	}
	EXPECT(offer_encode(&offer, buf, len) == len);
}

/* Of exactly that length, so that a byte behind it is seen by the sanitizer. */
static int decode(struct offer *offer, const uint8_t *buf, size_t len, const char **why)
{
	uint8_t *exact = malloc(len ?: 1);
	int ret;

	memcpy(exact, buf, len);
	ret = offer_decode(offer, exact, len, why);
	free(exact);
	return ret;
}

static void expect_refused(const uint8_t *buf, size_t len, const char *wanted)
{
	const char *why = NULL;
	struct offer offer;
	int ret = decode(&offer, buf, len, &why);

	ktap_expect(ret == -EBADMSG && why, __LINE__, "%s: taken", wanted);
	ktap_expect(!why || strstr(why, wanted), __LINE__, "%s: \"%s\"", wanted,
		    why ?: "");
}

static void test_cut(void)
{
	uint8_t buf[OFFER_MAX_SIZE + 1];
	struct offer offer;
	size_t len;

	make_full(&offer);
	len = offer_encode(&offer, buf, sizeof(buf));
	for (size_t cut = 0; cut < len; cut++)
		expect_refused(buf, cut, "");
	buf[len] = 0;
	expect_refused(buf, len + 1, "more than one");
	memset(buf, 0, sizeof(buf));
	expect_refused(buf, sizeof(buf), "too long");
}

/**
 * struct change - a good document with something else in it
 * @key: whose value it is; one that is not known comes last
 * @put: writes the value; NULL: the key is left out
 * @wanted: part of what is said of it
 */
struct change {
	uint64_t key;
	void (*put)(struct cbor_out *out);
	const char *wanted;
};

static void put_raw(struct cbor_out *out, const char *raw, size_t len)
{
	memcpy(out->buf + out->len, raw, len);
	out->len += len;
}

/* The value of @key as it should be. */
static void put_good(struct cbor_out *out, uint64_t key)
{
	static const uint8_t zero[32], mac[6] = { 2 }, addr[4] = { 10, 77, 0, 2 };

	if (key == 1)
		cbor_put_unsigned(out, 1);
	if (key == 2)
		cbor_put_text(out, "bob");
	if (key == 3)
		cbor_put_bytes(out, zero, OFFER_KEYS_ID_LEN);
	if (key == 4)
		cbor_put_bytes(out, mac, sizeof(mac));
	if (key == 6)
		cbor_put_bytes(out, zero, sizeof(zero));
	if (key != 5 && key != 7)
		return;
	cbor_put_array(out, 1);
	cbor_put_array(out, 2);
	cbor_put_bytes(out, addr, sizeof(addr));
	cbor_put_unsigned(out, 24);
}

static size_t make_changed(uint8_t buf[OFFER_MAX_SIZE], const struct change *change)
{
	struct cbor_out out = { .buf = buf, .size = OFFER_MAX_SIZE };
	bool more = change->key < 1 || change->key > N_KEYS;

	cbor_put_map(&out, N_KEYS + more - !change->put);
	for (uint64_t key = 1; key <= N_KEYS; key++) {
		if (key == change->key && !change->put)
			continue;
		cbor_put_unsigned(&out, key);
		if (key == change->key)
			change->put(&out);
		else
			put_good(&out, key);
	}
	if (more) {
		cbor_put_unsigned(&out, change->key);
		change->put(&out);
	}
	EXPECT(!out.full);
	return out.len;
}

#define RAW(name, raw)							\
	static void name(struct cbor_out *out)				\
	{								\
		put_raw(out, raw, sizeof(raw) - 1);			\
	}

RAW(put_zero, "\0")
RAW(put_two, "\x02")
RAW(put_huge, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff")
RAW(put_negative, "\x20")
RAW(put_null, "\xf6")
RAW(put_empty_text, "\x60")
RAW(put_newline, "\x63""a\nb")
RAW(put_nul, "\x63""a\0b")
RAW(put_del, "\x61\x7f")
RAW(put_c1, "\x62\xc2\x9b")
RAW(put_latin1, "\x63""b\xf6""b")
RAW(put_half_char, "\x62""b\xc3")
RAW(put_utf8, "\x64""b\xc3\xb6""b")
RAW(put_long_text, "\x78\x40"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
RAW(put_7_bytes, "\x47""1234567")
RAW(put_group_mac, "\x46\x03\0\0\0\0\x01")
RAW(put_zero_mac, "\x46\0\0\0\0\0\0")
RAW(put_no_list, "\x80")
RAW(put_map, "\xa0")
RAW(put_list_until_break, "\x9f\xff")
RAW(put_huge_list, "\x9b\xff\xff\xff\xff\xff\xff\xff\xff")
RAW(put_triple, "\x81\x83\x44\x0a\x4d\0\x02\x18\x18\x01")
RAW(put_single, "\x81\x81\x44\x0a\x4d\0\x02")
RAW(put_addr_5, "\x81\x82\x45\x0a\x4d\0\x02\x02\x18\x18")
RAW(put_addr_text, "\x81\x82\x64""abcd\x18\x18")
RAW(put_bits_0, "\x81\x82\x44\x0a\x4d\0\x02\0")
RAW(put_bits_33, "\x81\x82\x44\x0a\x4d\0\x02\x18\x21")
RAW(put_bits_256, "\x81\x82\x44\x0a\x4d\0\x02\x19\x01\0")
RAW(put_port_65536, "\x81\x82\x44\x0a\x4d\0\x02\x1a\0\x01\0\0")
RAW(put_deep, "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	      "\x81\x81\x81\x81\x81\x81\x81\x81\0")
RAW(put_nested, "\x82\xa1\x61k\x9f\x01\xff\xc0\xfb\0\0\0\0\0\0\0\0")

static void put_7_addrs(struct cbor_out *out)
{
	cbor_put_array(out, OFFER_MAX_ADDRS + 1);
	for (int i = 0; i < OFFER_MAX_ADDRS + 1; i++)
		put_raw(out, "\x82\x44\x0a\x4d\0\x02\x18\x18", 8);
}

static void put_5_endpoints(struct cbor_out *out)
{
	cbor_put_array(out, OFFER_MAX_ENDPOINTS + 1);
	for (int i = 0; i < OFFER_MAX_ENDPOINTS + 1; i++)
		put_raw(out, "\x82\x44\x0a\x4d\0\x02\x18\x18", 8);
}

static const struct change bad[] = {
	{ 1, NULL, "no version" },
	{ 1, put_null, "a version that is none" },
	{ 1, put_negative, "a version that is none" },
	{ 1, put_huge, "a version that is none" },
	{ 2, NULL, "a part is missing" },
	{ 2, put_zero, "a name that is no text" },
	{ 2, put_empty_text, "empty" },
	{ 2, put_long_text, "too long" },
	{ 2, put_newline, "control characters" },
	{ 2, put_nul, "control characters" },
	{ 2, put_del, "control characters" },
	{ 2, put_c1, "control characters" },
	{ 2, put_latin1, "UTF-8" },
	{ 2, put_half_char, "UTF-8" },
	{ 3, put_7_bytes, "an id of keys" },
	{ 3, put_null, "an id of keys" },
	{ 4, put_7_bytes, "a MAC address" },
	{ 4, put_group_mac, "no station's" },
	{ 4, put_zero_mac, "no station's" },
	{ 5, NULL, "a part is missing" },
	{ 5, put_no_list, "no address" },
	{ 5, put_map, "no list" },
	{ 5, put_list_until_break, "no list" },
	{ 5, put_huge_list, "malformed" },
	{ 5, put_7_addrs, "too many" },
	{ 5, put_triple, "an address that is none" },
	{ 5, put_single, "an address that is none" },
	{ 5, put_addr_5, "another length" },
	{ 5, put_addr_text, "an address that is none" },
	{ 5, put_bits_0, "prefix length" },
	{ 5, put_bits_33, "prefix length" },
	{ 5, put_bits_256, "out of range" },
	{ 6, NULL, "a part is missing" },
	{ 6, put_7_bytes, "a WireGuard key" },
	{ 7, put_null, "no list" },
	{ 7, put_5_endpoints, "too many" },
	{ 7, put_bits_0, "port 0" },
	{ 7, put_port_65536, "out of range" },
	{ 8, put_deep, "malformed" },
};

static void test_bad(void)
{
	uint8_t buf[OFFER_MAX_SIZE];

	for (size_t i = 0; i < SIZE(bad); i++)
		expect_refused(buf, make_changed(buf, &bad[i]), bad[i].wanted);
}

static const struct change good[] = {
	{ 2, put_utf8, "UTF-8 in the name" },
	{ 3, NULL, "no keys" },
	{ 4, NULL, "no MAC address" },
	{ 7, NULL, "no endpoints" },
	{ 7, put_no_list, "an empty list of endpoints" },
	{ 0, put_nested, "key 0" },
	{ 8, put_nested, "key 8" },
	{ UINT64_MAX, put_null, "the last key" },
};

static void test_good(void)
{
	uint8_t buf[OFFER_MAX_SIZE];
	const char *why;
	struct offer offer;

	for (size_t i = 0; i < SIZE(good); i++) {
		size_t len = make_changed(buf, &good[i]);
		int ret = decode(&offer, buf, len, &why);

		ktap_expect(!ret, __LINE__, "%s: %s", good[i].wanted, why);
		EXPECT(offer.has_keys == (good[i].key != 3));
		EXPECT(!offer.mac[0] == (good[i].key == 4));
		EXPECT(offer.n_endpoints == (good[i].key != 7));
	}
}

static void test_heads(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *wanted;
	} heads[] = {
		{ "", 0, "no map" },
		{ "\x01", 1, "no map" },
		{ "\xbf\x01\x01\xff", 4, "no map" },
		{ "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9, "no map" },
		{ "\xa1\x61k\x01", 4, "a key that is no number" },
		{ "\xa1\x20\x01", 3, "a key that is no number" },
		{ "\xa2\x01\x01\x01\x01", 5, "a version that is none" },
		{ "\xa3\x01\x01\x02\x61""b\x02\x61""b", 9, "twice" },
		{ "\xa1\x08\xff", 3, "malformed" },
	};

	for (size_t i = 0; i < SIZE(heads); i++)
		expect_refused((const uint8_t *)heads[i].bytes, heads[i].len,
			       heads[i].wanted);
}

/* Of another version nothing but the number is known. */
static void test_version(void)
{
	static const uint8_t two[] = "\xa3\x02\xf6\x61k\x01\x01\x02";
	static const uint8_t version_last[] = "\xa2\x02\xf6\x01\x02";
	const struct change change = { 1, put_two, "" };
	uint8_t buf[OFFER_MAX_SIZE];
	struct offer offer;
	const char *why;

	EXPECT(decode(&offer, buf, make_changed(buf, &change), &why) == -EPROTONOSUPPORT);
	EXPECT(offer.version == 2 && why && !*offer.name);
	EXPECT(decode(&offer, version_last, sizeof(version_last) - 1, &why) ==
	       -EPROTONOSUPPORT && offer.version == 2);
	EXPECT(decode(&offer, two, sizeof(two) - 1, &why) == -EBADMSG);
}

static const struct {
	const char *addr;
	uint8_t bits;
	bool good;
} hosts[] = {
	{ "10.77.0.2", 24, true },	{ "192.0.2.1", 32, true },
	{ "192.0.2.0", 31, true },	{ "192.0.2.1", 31, true },
	{ "1.0.0.1", 1, true },		{ "223.255.255.254", 24, true },
	{ "0.0.0.0", 24, false },	{ "0.1.2.3", 24, false },
	{ "127.0.0.1", 8, false },	{ "169.254.1.1", 16, false },
	{ "224.0.0.1", 24, false },	{ "239.1.1.1", 24, false },
	{ "240.0.0.1", 24, false },	{ "255.255.255.255", 32, false },
	{ "10.77.0.255", 24, false },	{ "10.77.0.0", 24, false },
	{ "10.77.0.3", 30, false },	{ "10.77.255.255", 16, false },
	{ "fd00::2", 64, true },	{ "2001:db8::1", 128, true },
	{ "fec0::1", 64, true },	{ "fd00::", 127, true },
	{ "::", 64, false },		{ "::1", 128, false },
	{ "fe80::1", 64, false },	{ "febf::1", 64, false },
	{ "ff02::1", 64, false },	{ "ff0e::1", 64, false },
	{ "::ffff:10.77.0.2", 96, false }, { "::10.77.0.2", 96, false },
};

static bool takes_addr(const struct rtnl_prefix *addr)
{
	uint8_t buf[OFFER_MAX_SIZE];
	struct offer offer, got;
	const char *why;

	make_bare(&offer);
	offer.n_addrs = 2;
	offer.addr[1] = *addr;
	return !offer_decode(&got, buf, offer_encode(&offer, buf, sizeof(buf)), &why);
}

static bool takes_endpoint(const char *text)
{
	uint8_t buf[OFFER_MAX_SIZE];
	struct offer offer, got;
	const char *why;

	make_bare(&offer);
	offer.n_endpoints = 2;
	set_endpoint(&offer.endpoint[0], "192.0.2.1", 1);
	set_endpoint(&offer.endpoint[1], text, 1);
	return !offer_decode(&got, buf, offer_encode(&offer, buf, sizeof(buf)), &why);
}

static void test_hosts(void)
{
	for (size_t i = 0; i < SIZE(hosts); i++) {
		struct rtnl_prefix addr = prefix(hosts[i].addr, hosts[i].bits);

		ktap_expect(takes_addr(&addr) == hosts[i].good, __LINE__, "%s/%u",
			    hosts[i].addr, hosts[i].bits);
	}
}

static void test_endpoints(void)
{
	static const char *const none[] = {
		"0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "ff02::1", "::ffff:192.0.2.1",
	};

	EXPECT(takes_endpoint("198.51.100.7") && takes_endpoint("2001:db8::7"));
	for (size_t i = 0; i < SIZE(none); i++)
		ktap_expect(!takes_endpoint(none[i]), __LINE__, "%s", none[i]);
}

static const struct ktap_case cases[] = {
	{ "offer: what is written is read again", test_round },
	{ "offer: the bytes are those of the documentation", test_bytes },
	{ "offer: what does not fit is not written", test_room },
	{ "offer: cut short, with something behind it, or too long", test_cut },
	{ "offer: a wrong value is refused and named", test_bad },
	{ "offer: optional parts, and keys that are not known", test_good },
	{ "offer: what is no map of numbers, and keys that come twice", test_heads },
	{ "offer: another version is told from what is malformed", test_version },
	{ "offer: addresses that are no host's are refused", test_hosts },
	{ "offer: endpoints likewise", test_endpoints },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
