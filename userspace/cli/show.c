// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/session_list.h"
#include "cli.h"
#include "print.h"

#include <stdlib.h>
#include <unistd.h>

static bool want_colour(void)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static void show_text(const struct session_list *list)
{
	bool colour = want_colour();

	for (size_t i = 0; i < list->n; i++) {
		if (i)
			putchar('\n');
		print_session(stdout, &list->session[i], colour);
	}
}

static void show_json(const struct session_list *list)
{
	struct json json = { .out = stdout };

	json_array(&json, NULL);
	for (size_t i = 0; i < list->n; i++) {
		json_object(&json, NULL);
		print_session_json(&json, &list->session[i]);
		json_object_end(&json);
	}
	json_array_end(&json);
	putchar('\n');
}

int cli_show(struct cli *cli, int argc, char **argv)
{
	struct session_list list;
	int status = EXIT_SUCCESS;
	struct genl genl;
	struct ack ack;

	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	if (argc && !cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	if (!cli_open(cli, &genl))
		return EXIT_FAILURE;
	if (session_list_get(&list, &genl, cli->dev, &ack) < 0)
		status = cli_fail(cli, "%s", cli_reason(cli, &ack));
	else if (cli->json)
		show_json(&list);
	else
		show_text(&list);
	session_list_free(&list);
	genl_close(&genl);
	return status;
}
