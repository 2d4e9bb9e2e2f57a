// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget.h"

#include "number.h"

#include <libmnl/libmnl.h>
#include <string.h>

struct limit {
	const char *word;
	uint16_t type;
	uint64_t most;
};

static const struct limit limits[] = {
	{ "rate", SIDESTEP_BUDGET_A_RATE, UINT32_MAX },
	{ "burst", SIDESTEP_BUDGET_A_BURST, UINT32_MAX },
	{ "day", SIDESTEP_BUDGET_A_DAY, UINT64_MAX },
	{}
};

static const struct limit *find_limit(const char *word)
{
	const struct limit *limit;

	for (limit = limits; limit->word; limit++)
		if (!strcmp(limit->word, word))
			return limit;
	return NULL;
}

static bool put_number(struct request *req, const struct limit *limit,
		       uint64_t number, const char *value)
{
	uint32_t small = number;

	if (limit->most > UINT32_MAX)
		return request_put(req, limit->type, &number, sizeof(number),
				   limit->word, value);
	return request_put(req, limit->type, &small, sizeof(small), limit->word,
			   value);
}

static bool put_limit(struct request *req, const struct limit *limit,
		      const char *value)
{
	uint64_t number;

	if (number_u64(value, &number) && number <= limit->most)
		return put_number(req, limit, number, value);
	cli_fail(req->cli, "%s '%s': not a number of bytes up to %llu",
		 limit->word, value, (unsigned long long)limit->most);
	return false;
}

static int put_limits(struct request *req, int argc, char **argv)
{
	const struct limit *limit;
	int i;

	for (i = 0; i < argc; i += 2) {
		limit = find_limit(argv[i]);
		if (!limit)
			break;
		if (request_has(req, limit->word)) {
			cli_misuse(req->cli, "'%s' is given twice", argv[i]);
			return -1;
		}
		if (i + 1 == argc) {
			cli_misuse(req->cli, "nothing follows '%s'", argv[i]);
			return -1;
		}
		if (!put_limit(req, limit, argv[i + 1]))
			return -1;
	}
	return i;
}

static int put_off(struct request *req, const char *off)
{
	return put_number(req, find_limit("rate"), 0, off) &&
	       put_number(req, find_limit("day"), 0, off) ? 1 : -1;
}

int budget_put(struct request *req, int argc, char **argv)
{
	bool off = argc && !strcmp(argv[0], "off");
	struct nlattr *nest;
	int words;

	if (!argc) {
		cli_misuse(req->cli, "nothing follows 'budget'");
		return -1;
	}
	if (!off && !find_limit(argv[0])) {
		cli_misuse(req->cli, "budget: unknown word '%s'", argv[0]);
		return -1;
	}
	if (request_has(req, "budget")) {
		cli_misuse(req->cli, "'budget' is given twice");
		return -1;
	}
	nest = request_nest(req, SIDESTEP_A_BUDGET, "budget", argv[0]);
	if (!nest)
		return -1;
	words = off ? put_off(req, argv[0]) : put_limits(req, argc, argv);
	mnl_attr_nest_end(req->msg, nest);
	return words;
}
