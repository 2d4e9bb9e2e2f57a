// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what UEs and functions tell each other; the first byte says which
 * document. What can be read can be written, and is the same when it is read again.
 */
#include "../unit/pf_docs.h"
#include "changed.h"

#include <errno.h>

static const struct pf_doc *kind;

static void check_again(const union pf_any *doc)
{
	uint8_t buf[PF_MAX_SIZE];
	size_t len = kind->encode(doc, buf, sizeof(buf));
	union pf_any again;
	const char *why;

	expect(len);
	expect(!kind->decode(&again, buf, len, &why) && !why);
	expect(!memcmp(&again, doc, kind->size));
}

static void check(const uint8_t *data, size_t size)
{
	static const union pf_any zero;
	union pf_any doc;
	const char *why;
	int ret;

	memset(&doc, 0xff, sizeof(doc));
	ret = kind->decode(&doc, data, size, &why);
	expect(!ret || ((ret == -EBADMSG || ret == -EPROTONOSUPPORT) && why));
	if (ret)
		expect(!memcmp(&doc, &zero, kind->size));
	else
		check_again(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[PF_MAX_SIZE];
	union pf_any doc = {};
	size_t len;

	if (!size)
		return 0;
	kind = &pf_docs[data[0] % N_PF_DOCS];
	kind->bare(&doc);
	if (data[0] & 0x80)
		kind->full(&doc);
	len = kind->encode(&doc, buf, sizeof(buf));
	expect(len);
	check(data + 1, size - 1);
	check_changed(buf, len, data + 1, size - 1, check);
	return 0;
}
