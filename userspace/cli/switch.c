// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/names.h"
#include "request.h"

#include <stdlib.h>

int cli_switch(struct cli *cli, int argc, char **argv)
{
	struct request req;
	uint8_t state;
	int ret;

	if (argc < 2)
		return cli_misuse(cli, argc ? "which state?" : "which device?");
	if (argc > 2)
		return cli_misuse(cli, "unexpected word '%s'", argv[2]);
	if (!cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	ret = state_from_name(argv[1]);
	if (ret < 0)
		return cli_misuse(cli, "'%s' is no state", argv[1]);
	state = ret;
	request_begin(&req, cli, SIDESTEP_CMD_SWITCH);
	if (!request_put(&req, SIDESTEP_A_WANTED, &state, sizeof(state),
			 "state", argv[1]))
		return EXIT_FAILURE;
	return request_send(&req);
}
