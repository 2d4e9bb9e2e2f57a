// SPDX-License-Identifier: GPL-2.0-or-later
#include "trigger.h"

#include "../common/names.h"
#include "../common/session_list.h"
#include "print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which a session goes through them. */
static const uint8_t decisions[] = {
	SIDESTEP_DECISION_PREPARE,
	SIDESTEP_DECISION_EXECUTE,
	SIDESTEP_DECISION_RELEASE,
};

static void print_rule(const struct session_rule *rule)
{
	printf("  %s\n", decision_name(rule->decision));
	for (int i = 0; i <= SIDESTEP_RULE_A_MAX; i++) {
		if (!rule_field_name(i) || !(rule->has & 1u << i))
			continue;
		printf("    %-20s", rule_field_name(i));
		if (rule->value[i] == SIDESTEP_TRIGGER_OFF)
			printf("off\n");
		else
			printf("%" PRId32 "\n", rule->value[i]);
	}
}

static void show_text(const struct session *s)
{
	printf("session: ");
	print_name(stdout, s->ifname);
	printf("\n  %-22s%s\n", "mode",
	       mode_name(s->trigger[SIDESTEP_TRIGGER_A_MODE]));
	printf("  %-22s", "decision");
	print_name(stdout, *s->reason ? s->reason : decision_name(s->decision));
	putchar('\n');
	for (int i = 0; i <= SIDESTEP_TRIGGER_A_MAX; i++)
		if (trigger_field_name(i))
			printf("  %-22s%" PRId32 "\n", trigger_field_name(i),
			       s->trigger[i]);
	for (size_t i = 0; i < sizeof(decisions); i++)
		print_rule(&s->rule[decisions[i]]);
}

static void json_rule(struct json *json, const struct session_rule *rule)
{
	json_object(json, decision_name(rule->decision));
	for (int i = 0; i <= SIDESTEP_RULE_A_MAX; i++) {
		if (!rule_field_name(i) || !(rule->has & 1u << i))
			continue;
		if (rule->value[i] == SIDESTEP_TRIGGER_OFF)
			json_null(json, rule_field_name(i));
		else
			json_signed(json, rule_field_name(i), rule->value[i]);
	}
	json_object_end(json);
}

static void show_json(const struct session *s)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_string(&json, "ifname", s->ifname);
	json_string(&json, "mode", mode_name(s->trigger[SIDESTEP_TRIGGER_A_MODE]));
	json_string(&json, "decision", decision_name(s->decision));
	if (*s->reason)
		json_string(&json, "reason", s->reason);
	else
		json_null(&json, "reason");
	if (session_has(s, SIDESTEP_A_ORDER_ID))
		json_unsigned(&json, "order_id", s->order_id);
	else
		json_null(&json, "order_id");
	for (int i = 0; i <= SIDESTEP_TRIGGER_A_MAX; i++)
		if (trigger_field_name(i))
			json_signed(&json, trigger_field_name(i), s->trigger[i]);
	for (size_t i = 0; i < sizeof(decisions); i++)
		json_rule(&json, &s->rule[decisions[i]]);
	json_object_end(&json);
	putchar('\n');
}

static int trigger_show(struct cli *cli, int argc, char **argv)
{
	struct session_list list;
	int status = EXIT_SUCCESS;
	struct genl genl;
	struct ack ack;

	if (argc)
		return cli_misuse(cli, "unexpected word '%s'", argv[0]);
	if (!cli_open(cli, &genl))
		return EXIT_FAILURE;
	if (session_list_get(&list, &genl, cli->dev, &ack) < 0)
		status = cli_fail(cli, "%s", cli_reason(cli, &ack));
	else if (cli->json)
		show_json(&list.session[0]);
	else
		show_text(&list.session[0]);
	session_list_free(&list);
	genl_close(&genl);
	return status;
}

int cli_trigger(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(struct cli *cli, int argc, char **argv);
	} parts[] = {
		{ "show", trigger_show },
		{ "set", trigger_set },
		{ "order", trigger_order },
	};

	if (!argc)
		return cli_misuse(cli, "show, set or order?");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(argv[0], parts[i].word))
			continue;
		if (cli->json && parts[i].run != trigger_show)
			return cli_misuse(cli, "option -j is for trigger show only");
		if (argc == 1)
			return cli_misuse(cli, "which device?");
		return cli_device(cli, argv[1]) ?
			       parts[i].run(cli, argc - 2, argv + 2) :
			       EXIT_FAILURE;
	}
	return cli_misuse(cli, "unknown word '%s'", argv[0]);
}
