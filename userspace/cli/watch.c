// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include "../common/session_list.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Return: a descriptor that becomes readable when the program shall end. */
static int open_end_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* A misspelt device would be waited for in vain. */
static bool device_exists(const struct cli *cli, struct genl *genl)
{
	struct session_list list;
	struct ack ack;
	int ret;

	if (!cli->dev)
		return true;
	ret = session_list_get(&list, genl, cli->dev, &ack);
	session_list_free(&list);
	if (ret < 0)
		cli_fail(cli, "%s", cli_reason(cli, &ack));
	return ret == 0;
}

static bool join(const struct cli *cli, struct genl *genl)
{
	int ret = genl_join(genl);

	if (ret < 0)
		cli_fail(cli, "cannot join the events: %s", strerror(-ret));
	return ret == 0;
}

static int watch(struct cli *cli, struct genl *genl, int end_fd)
{
	if (cli->json || cli->lines || !watch_screen_fits())
		return watch_lines(cli, genl, end_fd);
	return watch_screen(cli, genl, end_fd);
}

int cli_watch(struct cli *cli, int argc, char **argv)
{
	int status = EXIT_FAILURE;
	struct genl genl;
	int end_fd;

	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	if (argc && !cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	if (!cli_open(cli, &genl))
		return EXIT_FAILURE;
	end_fd = open_end_fd();
	if (end_fd < 0)
		cli_fail(cli, "signalfd: %m");
	else if (device_exists(cli, &genl) && join(cli, &genl))
		status = watch(cli, &genl, end_fd);
	close(end_fd);
	genl_close(&genl);
	return status;
}
