// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/names.h"
#include "number.h"
#include "request.h"
#include "trigger.h"

#include <libmnl/libmnl.h>
#include <string.h>

static bool put_s32(struct request *req, int type, int32_t value,
		    const char *word, const char *text)
{
	return request_put(req, type, &value, sizeof(value), word, text);
}

/* Return: true, or false after an error message. */
static bool put_number(struct request *req, int type, const char *word,
		       const char *text, bool may_be_off)
{
	int32_t value = SIDESTEP_TRIGGER_OFF;

	if (!(may_be_off && !strcmp(text, "off")) && !number_s32(text, &value)) {
		cli_fail(req->cli, "%s '%s': not a number", word, text);
		return false;
	}
	return put_s32(req, type, value, word, text);
}

/* What is of no decision. Return: the words used, 0 for none, or -1. */
static int put_common(struct request *req, int argc, char **argv)
{
	int type = trigger_field_from_name(argv[0]), mode;
	bool is_mode = !strcmp(argv[0], "mode");

	if (type < 0 && !is_mode)
		return 0;
	if (argc == 1) {
		cli_misuse(req->cli, "nothing follows '%s'", argv[0]);
		return -1;
	}
	if (!is_mode)
		return put_number(req, type, argv[0], argv[1], false) ? 2 : -1;
	mode = mode_from_name(argv[1]);
	if (mode < 0) {
		cli_misuse(req->cli, "'%s' is no mode", argv[1]);
		return -1;
	}
	return put_s32(req, SIDESTEP_TRIGGER_A_MODE, mode, argv[0], argv[1]) ?
		       2 : -1;
}

/* The fields of a rule. Return: the words used, or -1. */
static int put_fields(struct request *req, int argc, char **argv)
{
	int used = 0, type;

	while (used < argc && (type = rule_field_from_name(argv[used])) >= 0) {
		if (used + 1 == argc) {
			cli_misuse(req->cli, "nothing follows '%s'", argv[used]);
			return -1;
		}
		if (!put_number(req, type, argv[used], argv[used + 1], true))
			return -1;
		used += 2;
	}
	return used;
}

/* A decision and fields of its rule. Return: the words used, 0 for none, or -1. */
static int put_rule(struct request *req, int argc, char **argv)
{
	int decision = decision_from_name(argv[0]), used;
	uint8_t byte = decision;
	struct nlattr *nest;

	if (decision < 0)
		return 0;
	nest = request_nest(req, SIDESTEP_TRIGGER_A_RULE, "rule", argv[0]);
	if (!nest || !request_put(req, SIDESTEP_RULE_A_DECISION, &byte,
				  sizeof(byte), "rule", argv[0]))
		return -1;
	used = put_fields(req, argc - 1, argv + 1);
	mnl_attr_nest_end(req->msg, nest);
	return used < 0 ? -1 : used + 1;
}

static int put_words(struct request *req, int argc, char **argv)
{
	struct nlattr *nest = mnl_attr_nest_start(req->msg, SIDESTEP_A_TRIGGER);
	int used;

	for (; argc; argc -= used, argv += used) {
		used = put_common(req, argc, argv);
		if (!used)
			used = put_rule(req, argc, argv);
		if (!used)
			return cli_misuse(req->cli, "unknown word '%s'", argv[0]);
		if (used < 0)
			return EXIT_FAILURE;
	}
	mnl_attr_nest_end(req->msg, nest);
	return EXIT_SUCCESS;
}

int trigger_set(struct cli *cli, int argc, char **argv)
{
	struct request req;
	int status;

	if (!argc)
		return cli_misuse(cli, "nothing to set");
	request_begin(&req, cli, SIDESTEP_CMD_SET_TRIGGER);
	status = put_words(&req, argc, argv);
	if (status == EXIT_SUCCESS)
		return request_send(&req);
	request_end(&req);
	return status;
}

int trigger_order(struct cli *cli, int argc, char **argv)
{
	int decision = argc ? decision_from_name(argv[0]) : -1;
	struct request req;
	uint8_t byte = decision;
	uint64_t id;

	if (decision < 0)
		return argc ? cli_misuse(cli, "'%s' is no decision", argv[0]) :
			      cli_misuse(cli, "which decision?");
	if (argc < 3 || strcmp(argv[1], "id") || !number_u64(argv[2], &id))
		return cli_misuse(cli, "an order needs an id");
	if (argc > 3 && (argc != 5 || strcmp(argv[3], "reason")))
		return cli_misuse(cli, "unexpected word '%s'", argv[3]);
	request_begin(&req, cli, SIDESTEP_CMD_TRIGGER);
	if (!request_put(&req, SIDESTEP_A_DECISION, &byte, sizeof(byte),
			 "order", argv[0]) ||
	    !request_put(&req, SIDESTEP_A_ORDER_ID, &id, sizeof(id), "id",
			 argv[2]) ||
	    (argc == 5 &&
	     !request_put(&req, SIDESTEP_A_REASON, argv[4], strlen(argv[4]) + 1,
			  "reason", argv[4])))
		return EXIT_FAILURE;
	return request_send(&req);
}
