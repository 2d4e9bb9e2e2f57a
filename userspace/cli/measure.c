// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/names.h"
#include "number.h"
#include "request.h"

#include <libmnl/libmnl.h>
#include <string.h>

int cli_measure(struct cli *cli, int argc, char **argv)
{
	uint8_t path, quantity = SIDESTEP_QUANTITY_SIGNAL;
	struct nlattr *nest;
	struct request req;
	int32_t value;
	int ret;

	if (!argc)
		return cli_misuse(cli, "which device?");
	if (!cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	if (argc != 4 || strcmp(argv[2], "signal"))
		return cli_misuse(cli, "a path, 'signal' and a number are needed");
	ret = path_from_name(argv[1]);
	if (ret < 0)
		return cli_misuse(cli, "'%s' is no path", argv[1]);
	path = ret;
	if (!number_s32(argv[3], &value))
		return cli_misuse(cli, "signal '%s': not a number", argv[3]);
	request_begin(&req, cli, SIDESTEP_CMD_MEASURE);
	nest = request_nest(&req, SIDESTEP_A_MEASUREMENT, "signal", argv[3]);
	if (!nest ||
	    !request_put(&req, SIDESTEP_MEASUREMENT_A_PATH, &path, sizeof(path),
			 "path", argv[1]) ||
	    !request_put(&req, SIDESTEP_MEASUREMENT_A_QUANTITY, &quantity,
			 sizeof(quantity), "quantity", argv[2]) ||
	    !request_put(&req, SIDESTEP_MEASUREMENT_A_VALUE, &value,
			 sizeof(value), "signal", argv[3]))
		return EXIT_FAILURE;
	mnl_attr_nest_end(req.msg, nest);
	return request_send(&req);
}
