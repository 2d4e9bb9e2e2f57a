// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What UEs and functions tell each other: what is written is read again, what is wrong
 * is refused and named.
 */
#include "ktap.h"
#include "pf_docs.h"
#include "../../userspace/common/cbor_token.h"

#include <errno.h>
#include <libgen.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MAX_PAIRS = 16,
	/* In sets of keys, so that RFC 9290's are positive, too */
	KEY_BIAS = 4,
};

static char page[4096];

/**
 * struct sample - an encoded document, and where the members of its map are
 * @buf: it
 * @len: its length
 * @n: members
 * @at: where each begins, and where the last one ends
 */
struct sample {
	uint8_t buf[PF_MAX_SIZE + 64];
	size_t len;
	size_t n;
	size_t at[MAX_PAIRS + 1];
};

static void make(const struct pf_doc *kind, union pf_any *doc, bool full)
{
	memset(doc, 0, sizeof(*doc));
	kind->bare(doc);
	if (full)
		kind->full(doc);
}

static void find_pairs(struct sample *sample)
{
	struct cbor_reader reader = { sample->buf, sample->len };
	struct cbor_token token;
	uint64_t n;

	EXPECT(cbor_take_map(&reader, MAX_PAIRS, &n));
	sample->n = n;
	for (size_t i = 0; i <= n; i++) {
		sample->at[i] = sample->len - reader.left;
		for (int item = 0; i < n && item < 2; item++)
			EXPECT(cbor_token_next(&reader, &token) &&
			       cbor_token_skip(&reader, &token));
	}
	EXPECT(!reader.left);
}

static void encode(const struct pf_doc *kind, struct sample *sample, bool full)
{
	union pf_any doc;

	make(kind, &doc, full);
	sample->len = kind->encode(&doc, sample->buf, sizeof(sample->buf));
	ktap_expect(sample->len && sample->len <= PF_MAX_SIZE, __LINE__, "%s: %zu bytes",
		    kind->name, sample->len);
	find_pairs(sample);
}

/* Of exactly that length, so that a byte behind it is seen by the sanitizer. */
static int decode(const struct pf_doc *kind, union pf_any *doc, const uint8_t *buf,
		  size_t len, const char **why)
{
	uint8_t *exact = malloc(len ?: 1);
	int ret;

	memcpy(exact, buf, len);
	memset(doc, 0xff, sizeof(*doc));
	ret = kind->decode(doc, exact, len, why);
	free(exact);
	return ret;
}

static void expect_error(const struct pf_doc *kind, const uint8_t *buf, size_t len,
			 int error, const char *wanted)
{
	static const union pf_any zero;
	const char *why = NULL;
	union pf_any doc;
	int ret = decode(kind, &doc, buf, len, &why);

	ktap_expect(ret == error && why, __LINE__, "%s: %s: %d", kind->name, wanted, ret);
	ktap_expect(!why || strstr(why, wanted), __LINE__, "%s: wanted \"%s\", got \"%s\"",
		    kind->name, wanted, why ?: "");
	ktap_expect(!memcmp(&doc, &zero, kind->size), __LINE__, "%s: %s: not zero",
		    kind->name, wanted);
}

static void expect_round(const struct pf_doc *kind, bool full)
{
	uint8_t buf[PF_MAX_SIZE];
	union pf_any doc, again;
	const char *why = "";
	size_t len;

	make(kind, &doc, full);
	len = kind->encode(&doc, buf, sizeof(buf));
	EXPECT(!decode(kind, &again, buf, len, &why) && !why);
	ktap_expect(!memcmp(&doc, &again, kind->size), __LINE__, "%s: another: %s",
		    kind->name, why ?: "");
}

static void test_round(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		expect_round(&pf_docs[i], false);
		expect_round(&pf_docs[i], true);
	}
}

static void test_room(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		struct sample sample;
		union pf_any doc;

		encode(&pf_docs[i], &sample, true);
		make(&pf_docs[i], &doc, true);
		for (size_t size = 0; size < sample.len; size++) {
			uint8_t *exact = malloc(size ?: 1);

			EXPECT(exact && !pf_docs[i].encode(&doc, exact, size));
			free(exact);
		}
		EXPECT(pf_docs[i].encode(&doc, sample.buf, sample.len) == sample.len);
	}
}

static void test_cut(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		struct sample sample;

		encode(&pf_docs[i], &sample, true);
		for (size_t len = 0; len < sample.len; len++)
			expect_error(&pf_docs[i], sample.buf, len, -EBADMSG, "");
		sample.buf[sample.len] = 0;
		expect_error(&pf_docs[i], sample.buf, sample.len + 1, -EBADMSG,
			     "more than one document");
	}
}

/* As @len bytes more, in @n members. */
static void append(struct sample *sample, const void *bytes, size_t len, size_t n)
{
	memcpy(sample->buf + sample->len, bytes, len);
	sample->len += len;
	sample->buf[0] += n;
}

static void test_unknown(void)
{
	static const char members[] = "\x18\x63\xa1\x01\x82\x01\x9f\x05\xff"	/* 99 */
				      "\x61x\xf6"				/* "x" */
				      "\x3b\xff\xff\xff\xff\xff\xff\xff\xff\x00"
				      "\x38\x63\xfb\x01\x02\x03\x04\x05\x06\x07\x08";

	for (size_t i = 0; i < N_PF_DOCS; i++) {
		struct sample sample;
		union pf_any doc, again;
		const char *why;

		make(&pf_docs[i], &doc, false);
		encode(&pf_docs[i], &sample, false);
		append(&sample, members, sizeof(members) - 1, 4);
		EXPECT(!decode(&pf_docs[i], &again, sample.buf, sample.len, &why));
		EXPECT(!memcmp(&doc, &again, pf_docs[i].size));
		append(&sample, "\x40\x00", 2, 1);
		expect_error(&pf_docs[i], sample.buf, sample.len, -EBADMSG,
			     "neither a number nor a text");
	}
}

static void expect_twice(const struct pf_doc *kind, size_t pair)
{
	struct sample sample;
	uint8_t copy[PF_MAX_SIZE];
	size_t len;

	encode(kind, &sample, false);
	/* What is needed alone, so that it is not too long. */
	if (pair >= sample.n)
		return;
	len = sample.at[pair + 1] - sample.at[pair];
	memcpy(copy, sample.buf + sample.at[pair], len);
	append(&sample, copy, len, 1);
	expect_error(kind, sample.buf, sample.len, -EBADMSG, "comes twice");
}

static const char *said_of_missing(const struct pf_doc *kind, size_t pair)
{
	struct sample sample;
	uint8_t key;

	encode(kind, &sample, false);
	key = sample.buf[sample.at[pair]];
	if (kind->decode == decode_order && key == 1)
		return "an order of no known kind";
	if (kind->decode == decode_order && key == 8)
		return "no relay";
	if (kind->decode == decode_assist && key == 7)
		return "no relay";
	return ": missing";
}

static void expect_missing(const struct pf_doc *kind, size_t pair)
{
	struct sample sample;

	encode(kind, &sample, false);
	if (pair >= sample.n)
		return;
	memmove(sample.buf + sample.at[pair], sample.buf + sample.at[pair + 1],
		sample.len - sample.at[pair + 1]);
	sample.len -= sample.at[pair + 1] - sample.at[pair];
	sample.buf[0]--;
	expect_error(kind, sample.buf, sample.len, -EBADMSG, said_of_missing(kind, pair));
}

static void test_members(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		for (size_t pair = 0; pair < MAX_PAIRS; pair++) {
			expect_twice(&pf_docs[i], pair);
			expect_missing(&pf_docs[i], pair);
		}
	}
}

static void test_long(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		uint8_t buf[2 * PF_MAX_SIZE] = {};
		struct sample sample;
		union pf_any doc;
		const char *why;
		size_t pad;

		/* A byte string of what is left to be just as long as may be. */
		encode(&pf_docs[i], &sample, false);
		pad = PF_MAX_SIZE - sample.len - 5;
		memcpy(buf, sample.buf, sample.len);
		buf[0]++;
		memcpy(buf + sample.len, "\x18\x63\x59", 3);
		buf[sample.len + 3] = pad >> 8;
		buf[sample.len + 4] = pad;
		EXPECT(!decode(&pf_docs[i], &doc, buf, PF_MAX_SIZE, &why));
		buf[sample.len + 3] = (pad + 1) >> 8;
		buf[sample.len + 4] = pad + 1;
		expect_error(&pf_docs[i], buf, PF_MAX_SIZE + 1, -EBADMSG, "too long");
	}
}

static const struct pf_doc *kind_of(const char *name)
{
	for (size_t i = 0; i < N_PF_DOCS; i++)
		if (!strcmp(pf_docs[i].name, name))
			return &pf_docs[i];
	abort();
}

/* A bare document in which that member, one there or another one, has that value. */
static void put_value(const struct pf_doc *kind, struct sample *sample, uint8_t key,
		      const char *value, size_t len)
{
	size_t pair = 0;

	encode(kind, sample, false);
	while (pair < sample->n && sample->buf[sample->at[pair]] != key)
		pair++;
	if (pair < sample->n) {
		memmove(sample->buf + sample->at[pair], sample->buf + sample->at[pair + 1],
			sample->len - sample->at[pair + 1]);
		sample->len -= sample->at[pair + 1] - sample->at[pair];
		sample->buf[0]--;
	}
	append(sample, &key, 1, 1);
	append(sample, value, len, 0);
}

static void test_versions(void)
{
	static const char *const versioned[] = {
		"registration", "registered", "assist", "assist_answer"
	};
	struct sample sample;

	for (size_t i = 0; i < SIZE(versioned); i++) {
		const struct pf_doc *kind = kind_of(versioned[i]);

		put_value(kind, &sample, 1, "\x02", 1);
		expect_error(kind, sample.buf, sample.len, -EPROTONOSUPPORT,
			     "another version");
		put_value(kind, &sample, 1, "\x1a\xff\xff\xff\xff", 5);
		expect_error(kind, sample.buf, sample.len, -EPROTONOSUPPORT,
			     "another version");
		expect_error(kind, sample.buf, sample.len - 1, -EBADMSG, "");
		put_value(kind, &sample, 1, "\x00", 1);
		expect_error(kind, sample.buf, sample.len, -EBADMSG, "version");
		put_value(kind, &sample, 1, "\x20", 1);
		expect_error(kind, sample.buf, sample.len, -EBADMSG, "no number");
	}
	/* What another version has besides may be anything. */
	expect_error(kind_of("assist"), (const uint8_t *)"\xa2\x01\x02\x02\x02", 5,
		     -EPROTONOSUPPORT, "another version");
}

/**
 * struct value_case - one value
 * @kind: of document
 * @key: encoded, of one byte
 * @value: its value in CBOR
 * @len: its length
 * @why: what is said; NULL: it is taken
 */
struct value_case {
	const char *kind;
	uint8_t key;
	const char *value;
	size_t len;
	const char *why;
};

#define CASE(kind, key, value, why) { kind, key, value, sizeof(value) - 1, why }
#define U16_MAX "\x19\xff\xff"
#define U32_MAX "\x1a\xff\xff\xff\xff"
#define OVER_U32 "\x1b\x00\x00\x00\x01\x00\x00\x00\x00"
#define U64_MAX "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"
#define NEGATIVE_MAX "\x3b\xff\xff\xff\xff\xff\xff\xff\xff"
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define V6(head, tail) "\x82\x50" head "\0\0\0\0\0\0\0\0\0\0\0\0" tail "\x01"

static const struct value_case values[] = {
	CASE("registration", 2, U64_MAX, NULL),
	CASE("registration", 2, "\x20", "boot"),
	CASE("registration", 2, "\x61""1", "boot"),
	CASE("registration", 3, "\x80", NULL),
	CASE("registration", 3, "\x81\x63""a/1", NULL),
	CASE("registration", 3, "\x81\x01", "session"),
	CASE("registration", 3, "\x81\x63""a1/", "PFID/NUMBER"),
	CASE("registration", 3, "\x01", "sessions: no list"),
	CASE("registration", 3, "\x9f\xff", "sessions: no list"),
	CASE("registration", 3, "\x87\x63""a/1\x63""a/1\x63""a/1\x63""a/1\x63""a/1\x63""a/1\x63""a/1",
	     "sessions: no list, or too many"),
	CASE("registered", 2, "\x00", "lifetime"),
	CASE("registered", 2, "\x1a\x00\x01\x51\x80", NULL),
	CASE("registered", 2, "\x1a\x00\x01\x51\x81", "lifetime"),
	CASE("registered", 3, "\x82\x44\xc0\x00\x02\x01\x01", NULL),
	CASE("registered", 3, "\x82\x44\xc0\x00\x02\x01" U16_MAX, NULL),
	CASE("registered", 3, "\x82\x44\xc0\x00\x02\x01\x00", "port 0"),
	CASE("registered", 3, "\x82\x44\xc0\x00\x02\x01\x1a\x00\x01\x00\x00", "STUN"),
	CASE("registered", 3, "\x82\x43\xc0\x00\x02\x01", "STUN"),
	CASE("registered", 3, "\x82\x64""abcd\x01", "STUN"),
	CASE("registered", 3, "\x83\x44\xc0\x00\x02\x01\x01\x01", "STUN"),
	CASE("registered", 3, "\x82\x44\x7f\x00\x00\x01\x01", "no host's"),
	CASE("registered", 3, V6("\x20\x01\x0d\xb8", ""), NULL),
	CASE("registered", 3, V6("\xfe\x80\0\0", ""), "link-local"),
	CASE("agreement", 1, U32_MAX, NULL),
	CASE("agreement", 1, OVER_U32, "id"),
	CASE("agreement", 1, "\x20", "id"),
	CASE("agreement", 3, "\x63""b@b", NULL),
	CASE("agreement", 3, "\x61""b", "USER@PFID"),
	CASE("agreement", 3, "\x43""b@b", "peer"),
	CASE("agreement", 3, "\x64""b@b\0", "peer"),
	CASE("agreement", 4, "\x41\x01", "WireGuard key"),
	CASE("agreement", 4, "\x58\x20" ZEROS ZEROS, "WireGuard key"),
	CASE("agreement", 5, "\x58\x20" ZEROS ZEROS, "peer's WireGuard key"),
	CASE("agreement", 6, "\xf5", NULL),
	CASE("agreement", 6, "\x01", "relay only"),
	CASE("agreement", 7, "\x00", "window"),
	CASE("agreement", 7, "\x1a\x00\x09\x3a\x80", NULL),
	CASE("agreement", 7, "\x1a\x00\x09\x3a\x81", "window"),
	CASE("agreement", 8, "\x1a\x00\x36\xee\x80", NULL),
	CASE("agreement", 8, "\x1a\x00\x36\xee\x81", "report interval"),
	CASE("agreement", 9, "\x81\xa2\x01\x01\x02\x20", NULL),
	CASE("agreement", 9, "\x81\xa1\x01\x01", "threshold: missing"),
	CASE("agreement", 9, "\x81\xa1\x02\x01", "trigger's type: missing"),
	CASE("agreement", 9, "\x81\x01", "no map"),
	CASE("agreement", 9, "\x81\xa3\x01\x01\x01\x01\x02\x20", "comes twice"),
	CASE("agreement", 9, "\x81\xa2\x01\x00\x02\x20", "trigger's type"),
	CASE("agreement", 9, "\x81\xa2\x01\x01\x02\x3a\x7f\xff\xff\xff", NULL),
	CASE("agreement", 9, "\x81\xa2\x01\x01\x02\x3a\x80\x00\x00\x00", "threshold"),
	CASE("agreement", 9, "\x81\xa2\x01\x01\x02\x1a\x80\x00\x00\x00", "threshold"),
	CASE("agreement", 9, "\x81\xa2\x01\x01\x02" NEGATIVE_MAX, "threshold"),
	CASE("agreement", 9, "\x81\xa3\x01\x01\x02\x20\x03\x20", "hysteresis"),
	CASE("agreement", 9, "\x81\xa3\x01\x01\x02\x20\x04\x19\x14\x00", NULL),
	CASE("agreement", 9, "\x81\xa3\x01\x01\x02\x20\x04\x19\x14\x01", "time to trigger"),
	CASE("agreement", 9, "\x89", "triggers: no list, or too many"),
	CASE("agreement", 10, "\x82\x01" U32_MAX, NULL),
	CASE("agreement", 10, "\x81\x00", "trigger's type"),
	CASE("agreement", 10, "\x89\1\2\3\4\5\6\7\x08\x09", "unknown types"),
	CASE("confirm", 1, U32_MAX, NULL),
	CASE("confirm", 1, OVER_U32, "version"),
	CASE("report", 2, OVER_U32, "seq"),
	CASE("report", 3, "\x03", NULL),
	CASE("report", 3, "\x04", "decision"),
	CASE("report", 4, "\x3a\x80\x00\x00\x00", "signal"),
	CASE("report", 4, "\x00", NULL),
	CASE("report", 5, "\x19\x03\xe8", NULL),
	CASE("report", 5, "\x19\x03\xe9", "loss"),
	CASE("report", 6, OVER_U32, "round-trip time"),
	CASE("report", 7, "\xf4", NULL),
	CASE("report", 7, "\xf6", "infra ready"),
	CASE("report", 8, "\x60", NULL),
	CASE("report", 8, "\x62\xc3\xb6", NULL),
	CASE("report", 8, "\x61\xc3", "UTF-8"),
	CASE("report", 8, "\x61\x1b", "control"),
	CASE("report", 8, "\x62\xc2\x85", "control"),
	CASE("report", 8, "\x7f\x61""a\xff", "cause"),
	CASE("session_report", 1, "\x00", "state"),
	CASE("session_report", 1, "\x05", NULL),
	CASE("session_report", 1, "\x06", "state"),
	CASE("session_report", 2, "\x81\xa3\x01\x01\x02\x82\x44\x0a\x00\x00\x01\x01\x03\x00",
	     NULL),
	CASE("session_report", 2, "\x81\xa3\x01\x04\x02\x82\x44\x0a\x00\x00\x01\x01\x03\x00",
	     "candidate's type"),
	CASE("session_report", 2, "\x81\xa3\x01\x01\x02\x82\x44\xe0\x00\x00\x01\x01\x03\x00",
	     "no host's"),
	CASE("session_report", 2, "\x81\xa2\x01\x01\x02\x82\x44\x0a\x00\x00\x01\x01",
	     "priority: missing"),
	CASE("session_report", 2, "\x89", "candidates: no list, or too many"),
	CASE("session_report", 3, "\x00", "why"),
	CASE("sessions", 1, "\x81\xa4\x01\x63""a/1\x02\x63""b@b\x03\x01\x04\x00", NULL),
	CASE("sessions", 1, "\x81\xa4\x01\x63""a/1\x02\x63""b@b\x03\x01\x04\x20", "order"),
	CASE("sessions", 1, "\x81\xa4\x01\x63""a/1\x02\x63""b/b\x03\x01\x04\x00", "USER@PFID"),
	CASE("sessions", 1, "\x81\xa4\x01\x63""a/0\x02\x63""b@b\x03\x01\x04\x00", "PFID/NUMBER"),
	CASE("sessions", 1, "\x87", "sessions: no list, or too many"),
	CASE("connect", 1, "\x00", "no known kind"),
	CASE("connect", 1, "\x04", "no known kind"),
	CASE("connect", 1, "\x61""1", "no number"),
	CASE("connect", 2, "\x63""a@1", "PFID/NUMBER"),
	CASE("connect", 6, "\x58\x20" ZEROS ZEROS, "peer's WireGuard key"),
	CASE("connect", 7, "\x58\x20" ZEROS ZEROS, "check key"),
	CASE("connect", 8, V6("\x20\x01\x0d\xb8", ""), "relay"),
	CASE("connect", 9, V6("\x20\x01\x0d\xb8", ""), NULL),
	CASE("connect", 9, "\x82\x44\xc0\x00\x02\x01\x01", "relay6"),
	CASE("connect", 12, "\x00", "validity"),
	CASE("connect", 13, "\x01", NULL),	/* of another kind: skipped */
	CASE("release", 11, "\x04", "decision"),
	CASE("candidates_order", 13, "\x80", NULL),
	CASE("candidates", 1, "\x80", NULL),
	CASE("assist", 2, "\x61""a", "USER@PFID"),
	CASE("assist", 3, "\x63""a@.", "begins with a dot"),
	CASE("assist", 6, V6("\x20\x01\x0d\xb8", ""), "relay"),
	CASE("assist", 9, "\x1a\x00\x09\x3a\x81", "window"),
	CASE("assist_answer", 2, "\x58\x20" ZEROS ZEROS, "WireGuard key"),
	CASE("alert", 1, "\x06", "state"),
	CASE("alert", 2, "\x20", "decision"),
	CASE("problem", 0x20, "\x60", NULL),
	CASE("problem", 0x20, "\x01", "title"),
	CASE("problem", 0x21, "\x01", "detail"),
	/* RFC 9290 has more: skipped */
	CASE("problem", 0x23, "\x18\x80", NULL),
};

static void test_values(void)
{
	for (size_t i = 0; i < SIZE(values); i++) {
		const struct value_case *c = &values[i];
		const struct pf_doc *kind = kind_of(c->kind);
		const char *why = NULL;
		struct sample sample;
		union pf_any doc;

		put_value(kind, &sample, c->key, c->value, c->len);
		if (c->why)
			expect_error(kind, sample.buf, sample.len, -EBADMSG, c->why);
		else
			ktap_expect(!decode(kind, &doc, sample.buf, sample.len, &why),
				    __LINE__, "case %zu: %s %d: %s", i, c->kind, c->key,
				    why ?: "");
	}
}

static void test_no_map(void)
{
	static const char *const bad[] = { "\x80", "\x01", "\xbf\xff", "\xf6", "\xff",
					   "\xbb\xff\xff\xff\xff\xff\xff\xff\xff" };

	for (size_t i = 0; i < N_PF_DOCS; i++)
		for (size_t b = 0; b < SIZE(bad); b++)
			expect_error(&pf_docs[i], (const uint8_t *)bad[b], strlen(bad[b]),
				     -EBADMSG, "no map");
}

/* docs/mno-protocol.md has the same bytes. */
static void test_bytes(void)
{
	static const uint8_t wanted[] =
		"\xa5\x01\x02\x02\x07\x03\x02\x04\x39\x1d\xaf\x08\x6b""fading fast";
	struct pf_report report = {
		.version = 2,
		.seq = 7,
		.decision = PF_DECISION_PREPARE,
		.has_signal = true,
		.signal_mbm = -7600,
		.cause = "fading fast",
	};
	uint8_t buf[PF_MAX_SIZE];

	EXPECT(pf_encode_report(&report, buf, sizeof(buf)) == sizeof(wanted) - 1);
	EXPECT(!memcmp(buf, wanted, sizeof(wanted) - 1));
}

/* What somebody else has written, or was cut, is made fit to be read. */
static void test_words(void)
{
	struct pf_problem problem = { .title = "a\x1b[1m\xc3\xb6\xc2\x85" };
	struct pf_problem again;
	uint8_t buf[PF_MAX_SIZE];
	const char *why = NULL;
	size_t len;

	memset(problem.detail, 'd', sizeof(problem.detail) - 2);
	problem.detail[sizeof(problem.detail) - 2] = '\xc3';
	len = pf_encode_problem(&problem, buf, sizeof(buf));
	EXPECT(!pf_decode_problem(&again, buf, len, &why));
	EXPECT(!strcmp(again.title, "a?[1m\xc3\xb6??"));
	EXPECT(again.detail[sizeof(again.detail) - 2] == '?');
}

static void test_misuse(void)
{
	struct pf_candidates candidates = { .n = PF_MAX_CANDIDATES + 1 };
	struct pf_order order = { .kind = PF_ORDER_KINDS };
	uint8_t buf[PF_MAX_SIZE];

	EXPECT(!pf_encode_candidates(&candidates, buf, sizeof(buf)));
	EXPECT(!pf_encode_order(&order, buf, sizeof(buf)));
	order.kind = 0;
	EXPECT(!pf_encode_order(&order, buf, sizeof(buf)));
}

/* What only another kind of order has is not taken over. */
static void test_kinds(void)
{
	static const uint8_t buf[] = "\xa3\x01\x03\x02\x63""a/1\x05\x63""b@b";
	struct pf_order order;
	const char *why;

	EXPECT(!pf_decode_order(&order, buf, sizeof(buf) - 1, &why));
	EXPECT(order.kind == PF_ORDER_RELEASE && !*order.peer);
}

#define LONG_63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_ids(void)
{
	static const char *const epuids[] = { "a@b", "ue-a@a.example", "1@2", "a@b.",
		"a@" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };
	static const char *const no_epuids[] = { "", "a", "@", "@b", "a@", "a@b@c", "a b@c",
		"a@b/c", "a/b@c", "a%@b", "a\"@b", "a'@b", "a`@b", "a\\@b", "a?@b", "a#@b",
		"a&@b", "a\t@b", "a\x7f@b", "\xc3\xb6@b", "a@.", "a@..", "a@" LONG_63 };
	static const char *const pfids[] = { "a", "a.example", LONG_63 "x" };
	static const char *const no_pfids[] = { "", "@", "a@b", ".", ".a", "a/b", "a b",
						LONG_63 "xx" };
	static const char *const sessions[] = { "a/1", "a.example/42",
						"a/9223372036854775807",
						LONG_63 "x/9223372036854775807" };
	static const char *const no_sessions[] = { "", "a", "a/", "/1", "a/0", "a/01",
		"a/-1", "a/+1", "a/ 1", "a/1a", "a/1/2", "a@b/1", "./1", "a/9223372036854775808",
		"a/99999999999999999999", LONG_63 "xx/1" };

	for (size_t i = 0; i < SIZE(epuids); i++)
		ktap_expect(!pf_epuid_fault(epuids[i]), __LINE__, "%s", epuids[i]);
	for (size_t i = 0; i < SIZE(no_epuids); i++)
		ktap_expect(pf_epuid_fault(no_epuids[i]), __LINE__, "%s", no_epuids[i]);
	for (size_t i = 0; i < SIZE(pfids); i++)
		ktap_expect(!pf_pfid_fault(pfids[i]), __LINE__, "%s", pfids[i]);
	for (size_t i = 0; i < SIZE(no_pfids); i++)
		ktap_expect(pf_pfid_fault(no_pfids[i]), __LINE__, "%s", no_pfids[i]);
	for (size_t i = 0; i < SIZE(sessions); i++)
		ktap_expect(!pf_session_fault(sessions[i]), __LINE__, "%s", sessions[i]);
	for (size_t i = 0; i < SIZE(no_sessions); i++)
		ktap_expect(pf_session_fault(no_sessions[i]), __LINE__, "%s", no_sessions[i]);
	EXPECT(!strcmp(pf_epuid_pfid("ue-a@a.example"), "a.example"));
}

static void expect_addr(const char *text, uint16_t port, const char *wanted)
{
	struct sockaddr_storage addr;
	const char *why;

	set_addr(&addr, text, port);
	why = pf_addr_fault(&addr);
	ktap_expect(!why == !wanted && (!why || strstr(why, wanted)), __LINE__, "%s: %s",
		    text, why ?: "taken");
}

static void test_addrs(void)
{
	static const char *const good[] = { "192.0.2.1", "10.0.0.1", "1.0.0.0",
		"223.255.255.255", "126.0.0.1", "128.0.0.1", "169.253.0.1", "100.64.0.1",
		"2001:db8::1", "fd00::1", "::2:0:0" };
	static const char *const bad[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1",
		"255.255.255.255", "240.0.0.1", "::", "::1", "ff02::1", "ff3e::1",
		"::ffff:192.0.2.1", "::192.0.2.1" };
	struct sockaddr_storage none = { .ss_family = AF_UNIX };

	for (size_t i = 0; i < SIZE(good); i++) {
		expect_addr(good[i], 1, NULL);
		expect_addr(good[i], 0, "port 0");
	}
	for (size_t i = 0; i < SIZE(bad); i++)
		expect_addr(bad[i], 1, "no host's");
	expect_addr("169.254.0.1", 1, "link-local");
	expect_addr("fe80::1", 1, "link-local");
	expect_addr("febf::1", 1, "link-local");
	EXPECT(pf_addr_fault(&none));
	none.ss_family = AF_UNSPEC;
	EXPECT(pf_addr_fault(&none));
}

/* Which keys a document has, as bits. */
static uint32_t keys_of(const struct pf_doc *kind, bool full)
{
	struct sample sample;
	struct cbor_token token;
	uint32_t keys = 0;

	encode(kind, &sample, full);
	for (size_t i = 0; i < sample.n; i++) {
		struct cbor_reader reader = { sample.buf + sample.at[i],
					      sample.len - sample.at[i] };

		EXPECT(cbor_token_next(&reader, &token));
		keys |= 1u << (KEY_BIAS + (token.type == CBOR_TOKEN_NEGATIVE ?
					   -1 - (int)token.number : (int)token.number));
	}
	return keys;
}

/* Those of a rule of the page; what is in deeper brackets is another map's. */
static void read_rule(const char *name, uint32_t *needed, uint32_t *all)
{
	char line[512], begin[64], optional;
	FILE *in = fopen(page, "r");
	bool inside = false;
	int key;

	EXPECT(in);
	snprintf(begin, sizeof(begin), "    %s = ", name);
	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, begin, strlen(begin)))
			inside = strpbrk(line, "{(");
		else if (inside && !strncmp(line, "    }", 5))
			break;
		else if (inside && !strncmp(line, "    )", 5))
			break;
		else if (inside && !strcmp(line, "        about,\n"))
			read_rule("about", needed, all);
		else if (inside && sscanf(line, "        ? %d =>%c", &key, &optional) == 2)
			*all |= 1u << (KEY_BIAS + key);
		else if (inside && strncmp(line, "         ", 9) &&
			 sscanf(line, "        %d =>%c", &key, &optional) == 2)
			*needed |= 1u << (KEY_BIAS + key);
	}
	if (in)
		fclose(in);
	*all |= *needed;
}

static void test_same(void)
{
	struct pf_candidates none = {}, one = { .n = 1 }, two = { .n = 2 }, other;
	struct sockaddr_in *in = (void *)&two.candidate[1].addr;

	for (size_t i = 0; i < 2; i++)
		two.candidate[i] = (struct pf_candidate){ .type = PF_CANDIDATE_HOST };
	in->sin_family = AF_INET;
	one.candidate[0] = two.candidate[0];
	EXPECT(pf_candidates_same(&none, &none) && pf_candidates_same(&two, &two));
	EXPECT(!pf_candidates_same(&none, &one) && !pf_candidates_same(&one, &none));
	EXPECT(!pf_candidates_same(&two, &one) && !pf_candidates_same(&one, &two));
	other = two;
	other.candidate[0] = two.candidate[1];
	other.candidate[1] = two.candidate[0];
	EXPECT(pf_candidates_same(&two, &other));
	other.candidate[0].priority++;
	EXPECT(!pf_candidates_same(&two, &other));
	other = two;
	other.candidate[0].type = PF_CANDIDATE_SRFLX;
	EXPECT(!pf_candidates_same(&two, &other));
	other = two;
	in = (void *)&other.candidate[1].addr;
	in->sin_port++;
	EXPECT(!pf_candidates_same(&two, &other) && !pf_candidates_same(&other, &two));
}

/* docs/mno-protocol.md has each key, and says rightly which are needed. */
static void test_page(void)
{
	for (size_t i = 0; i < N_PF_DOCS; i++) {
		const struct pf_doc *kind = &pf_docs[i];
		uint32_t needed = 0, all = 0, bare = keys_of(kind, false);
		char name[32];

		snprintf(name, sizeof(name), "%s", kind->name);
		for (char *dash = name; (dash = strchr(dash, '_'));)
			*dash = '-';
		read_rule(name, &needed, &all);
		/* The one relay that a sample has could be the other one. */
		if (!strcmp(name, "connect"))
			needed |= 1u << (KEY_BIAS + 8);
		if (!strcmp(name, "assist"))
			needed |= 1u << (KEY_BIAS + 7);
		ktap_expect(needed == bare, __LINE__, "%s: needed: %x, said: %x", name,
			    bare, needed);
		ktap_expect(all == keys_of(kind, true), __LINE__, "%s: all: %x, said: %x",
			    name, keys_of(kind, true), all);
	}
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "pf_msg: what is written is read again", test_round },
		{ "pf_msg: the bytes of the documentation", test_bytes },
		{ "pf_msg: nothing is written beyond the buffer", test_room },
		{ "pf_msg: what is cut off, or goes on, is refused", test_cut },
		{ "pf_msg: unknown keys are skipped", test_unknown },
		{ "pf_msg: each key once, and all that are needed", test_members },
		{ "pf_msg: 1024 bytes at most", test_long },
		{ "pf_msg: another version is told from what is malformed", test_versions },
		{ "pf_msg: values out of range are refused", test_values },
		{ "pf_msg: what is no map is refused", test_no_map },
		{ "pf_msg: words are made fit to be read", test_words },
		{ "pf_msg: what is no document is not written", test_misuse },
		{ "pf_msg: an order has what its kind has", test_kinds },
		{ "pf_msg: ids", test_ids },
		{ "pf_msg: addresses", test_addrs },
		{ "pf_msg: the same candidates in any order", test_same },
		{ "pf_msg: docs/mno-protocol.md has each key", test_page },
	};

	(void)argc;
	snprintf(page, sizeof(page), "%s/../../docs/mno-protocol.md", dirname(argv[0]));
	return ktap_run(KTAP_CASES(cases));
}
