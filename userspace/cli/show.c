// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/session_list.h"
#include "cli.h"
#include "helper.h"
#include "helper_print.h"
#include "print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool want_colour(void)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static void show_text(const struct session_list *list, const struct status *status)
{
	bool colour = want_colour();

	for (size_t i = 0; i < list->n; i++) {
		const struct session *s = &list->session[i];

		if (i)
			putchar('\n');
		print_session(stdout, s, status_find(status, s->ifname), colour);
	}
}

static void show_json(const struct session_list *list, const struct status *status)
{
	struct json json = { .out = stdout };

	json_array(&json, NULL);
	for (size_t i = 0; i < list->n; i++) {
		const struct session *s = &list->session[i];

		json_object(&json, NULL);
		print_session_json(&json, s);
		helper_print_json(&json, status_find(status, s->ifname));
		json_object_end(&json);
	}
	json_array_end(&json);
	putchar('\n');
}

static bool list_has(const struct session_list *list, const char *device)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->session[i].ifname, device))
			return true;
	return false;
}

/* Those that the helper has and the kernel does not, as sessions without a number. */
static void add_missing(const struct cli *cli, const struct status *status,
			struct session_list *list)
{
	size_t n = list->n + status->n_sessions;
	struct session *grown = n ? realloc(list->session, n * sizeof(*grown)) : NULL;

	if (!grown)
		return;
	list->session = grown;
	for (size_t i = 0; i < status->n_sessions; i++) {
		const char *device = status->session[i].device;

		if (list_has(list, device) || (cli->dev && strcmp(cli->dev, device)))
			continue;
		grown[list->n] = (struct session){};
		strcpy(grown[list->n++].ifname, device);
	}
}

/* Return: false after an error message; @list is to be shown also then. */
static bool get_sessions(const struct cli *cli, const struct status *status,
			 struct session_list *list)
{
	struct genl genl;
	struct ack ack;
	int ret;

	if (!cli_open(cli, &genl)) {
		add_missing(cli, status, list);
		return false;
	}
	ret = session_list_get(list, &genl, cli->dev, &ack);
	genl_close(&genl);
	if (ret < 0 && !(ret == -ENODEV && cli->dev && status_find(status, cli->dev))) {
		cli_fail(cli, "%s", cli_reason(cli, &ack));
		list->n = 0;
		return false;
	}
	add_missing(cli, status, list);
	return true;
}

int cli_show(struct cli *cli, int argc, char **argv)
{
	struct session_list list = {};
	struct status status;
	bool got;

	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	if (argc && !cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	helper_ask(cli, &status);
	got = get_sessions(cli, &status, &list);
	if (!cli->json)
		show_text(&list, &status);
	else if (got || list.n)
		show_json(&list, &status);
	session_list_free(&list);
	status_free(&status);
	return got ? EXIT_SUCCESS : EXIT_FAILURE;
}
