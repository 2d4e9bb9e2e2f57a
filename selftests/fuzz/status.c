// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the status document. What can be read can be written, and is the
 * same when it is read again.
 */
#include "../../userspace/common/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool truth)
{
	if (!truth)
		abort();
}

static void check_session(const struct status_session *s)
{
	expect(*s->device && memchr(s->device, '\0', sizeof(s->device)));
	expect(memchr(s->peer, '\0', sizeof(s->peer)));
	expect(memchr(s->problem, '\0', sizeof(s->problem)));
	expect(memchr(s->standby, '\0', sizeof(s->standby)));
	expect(memchr(s->endpoint, '\0', sizeof(s->endpoint)));
}

static void check_again(const struct status *status)
{
	struct status again;
	uint8_t *first, *second;
	size_t first_len, second_len;

	first = status_encode(status, &first_len);
	expect(first);
	expect(!status_decode(&again, first, first_len));
	expect(again.n_sessions == status->n_sessions);
	second = status_encode(&again, &second_len);
	expect(second && first_len == second_len &&
	       !memcmp(first, second, first_len));
	status_free(&again);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct status status;
	int ret = status_decode(&status, data, size);

	expect(!ret || ret == -EBADMSG);
	expect(status.n_sessions <= STATUS_MAX_SESSIONS);
	if (!ret) {
		for (size_t i = 0; i < status.n_sessions; i++)
			check_session(&status.session[i]);
		check_again(&status);
	}
	status_free(&status);
	return 0;
}
