// SPDX-License-Identifier: GPL-2.0-or-later
#include "flows.h"

#include "../common/names.h"
#include "cli.h"
#include "print.h"
#include "protect.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

enum column {
	COLUMN_PROTO,
	COLUMN_LOCAL,
	COLUMN_PEER,
	COLUMN_SENT_DIRECT,
	COLUMN_SENT_INFRA,
	COLUMN_GOT_DIRECT,
	COLUMN_GOT_INFRA,
	COLUMN_COPIES,
	COLUMN_IDLE,
	COLUMN_USER,
	COLUMN_INODE,
	COLUMNS,
	/* "[" address "]:" port */
	CELL_SIZE = PRINT_PEER_SIZE + 8,
};

static const char titles[COLUMNS][CELL_SIZE] = {
	"Proto", "Local", "Peer", "Sent direct", "Sent infra", "Got direct",
	"Got infra", "Copies", "Idle", "User", "Inode",
};

/**
 * struct table - lines of text in columns
 * @out: the file
 * @width: of each column
 */
struct table {
	FILE *out;
	int width[COLUMNS];
};

static void address_text(char cell[CELL_SIZE], const struct session_peer *address,
			 uint16_t port)
{
	char text[PRINT_PEER_SIZE];

	print_peer(address, text);
	if (!port)
		strcpy(cell, text);
	else if (address->len == 4)
		snprintf(cell, CELL_SIZE, "%s:%u", text, port);
	else
		snprintf(cell, CELL_SIZE, "[%s]:%u", text, port);
}

static void traffic_text(char cell[CELL_SIZE], uint64_t packets, uint64_t bytes)
{
	snprintf(cell, CELL_SIZE, "%" PRIu64 "/%" PRIu64, packets, bytes);
}

static void idle_text(char cell[CELL_SIZE], uint64_t ms)
{
	if (ms < 10000)
		snprintf(cell, CELL_SIZE, "%" PRIu64 " ms", ms);
	else
		snprintf(cell, CELL_SIZE, "%" PRIu64 " s", ms / 1000);
}

static void number_text(char cell[CELL_SIZE], bool known, uint64_t value)
{
	snprintf(cell, CELL_SIZE, known ? "%" PRIu64 : "-", value);
}

static void flow_text(char cells[COLUMNS][CELL_SIZE], const struct flow *flow)
{
	const struct session_path *direct = &flow->path[SIDESTEP_PATH_DIRECT];
	const struct session_path *infra = &flow->path[SIDESTEP_PATH_INFRA];

	if (protect_proto(flow->proto))
		strcpy(cells[COLUMN_PROTO], protect_proto(flow->proto));
	else
		number_text(cells[COLUMN_PROTO], true, flow->proto);
	address_text(cells[COLUMN_LOCAL], &flow->local, flow->local_port);
	address_text(cells[COLUMN_PEER], &flow->remote, flow->remote_port);
	traffic_text(cells[COLUMN_SENT_DIRECT], direct->tx_packets,
		     direct->tx_bytes);
	traffic_text(cells[COLUMN_SENT_INFRA], infra->tx_packets,
		     infra->tx_bytes);
	traffic_text(cells[COLUMN_GOT_DIRECT], direct->rx_packets,
		     direct->rx_bytes);
	traffic_text(cells[COLUMN_GOT_INFRA], infra->rx_packets,
		     infra->rx_bytes);
	number_text(cells[COLUMN_COPIES], true, flow->eliminated);
	idle_text(cells[COLUMN_IDLE], flow->used_ms);
	number_text(cells[COLUMN_USER], flow_has(flow, SIDESTEP_FLOW_A_UID),
		    flow->uid);
	number_text(cells[COLUMN_INODE], flow_has(flow, SIDESTEP_FLOW_A_INODE),
		    flow->inode);
}

static void widen(struct table *table, const char cells[COLUMNS][CELL_SIZE])
{
	for (int i = 0; i < COLUMNS; i++)
		if (table->width[i] < (int)strlen(cells[i]))
			table->width[i] = strlen(cells[i]);
}

static void print_line(const struct table *table,
		       const char cells[COLUMNS][CELL_SIZE])
{
	for (int i = 0; i < COLUMNS - 1; i++)
		fprintf(table->out, "%-*s  ", table->width[i], cells[i]);
	fprintf(table->out, "%s\n", cells[COLUMNS - 1]);
}

static int by_use(const void *a, const void *b)
{
	const struct flow *one = a, *other = b;

	return (one->used_ms > other->used_ms) - (one->used_ms < other->used_ms);
}

void flows_print(FILE *out, struct flow *flows, size_t n)
{
	struct table table = { .out = out };
	char cells[COLUMNS][CELL_SIZE];

	qsort(flows, n, sizeof(*flows), by_use);
	widen(&table, titles);
	for (size_t i = 0; i < n; i++) {
		flow_text(cells, &flows[i]);
		widen(&table, cells);
	}
	print_line(&table, titles);
	for (size_t i = 0; i < n; i++) {
		flow_text(cells, &flows[i]);
		print_line(&table, cells);
	}
}

static void json_number(struct json *json, const char *key,
			const struct flow *flow, enum sidestep_flow_attr attr,
			uint64_t value)
{
	if (flow_has(flow, attr))
		json_unsigned(json, key, value);
	else
		json_null(json, key);
}

static void print_path_json(struct json *json, unsigned int id,
			    const struct session_path *path)
{
	json_object(json, NULL);
	json_string(json, "path", path_name(id));
	json_unsigned(json, "tx_packets", path->tx_packets);
	json_unsigned(json, "tx_bytes", path->tx_bytes);
	json_unsigned(json, "rx_packets", path->rx_packets);
	json_unsigned(json, "rx_bytes", path->rx_bytes);
	json_object_end(json);
}

static void print_flow_json(struct json *json, const struct flow *flow)
{
	char text[PRINT_PEER_SIZE];

	json_object(json, NULL);
	json_unsigned(json, "proto", flow->proto);
	json_string(json, "local", print_peer(&flow->local, text));
	json_number(json, "local_port", flow, SIDESTEP_FLOW_A_LOCAL_PORT,
		    flow->local_port);
	json_string(json, "remote", print_peer(&flow->remote, text));
	json_number(json, "remote_port", flow, SIDESTEP_FLOW_A_REMOTE_PORT,
		    flow->remote_port);
	json_number(json, "uid", flow, SIDESTEP_FLOW_A_UID, flow->uid);
	json_number(json, "socket_mark", flow, SIDESTEP_FLOW_A_MARK, flow->mark);
	json_number(json, "inode", flow, SIDESTEP_FLOW_A_INODE, flow->inode);
	json_unsigned(json, "used_ms", flow->used_ms);
	json_unsigned(json, "eliminated", flow->eliminated);
	json_array(json, "paths");
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		print_path_json(json, i, &flow->path[i]);
	json_array_end(json);
	json_object_end(json);
}

void flows_print_json(FILE *out, const struct flow *flows, size_t n)
{
	struct json json = { .out = out };

	json_array(&json, NULL);
	for (size_t i = 0; i < n; i++)
		print_flow_json(&json, &flows[i]);
	json_array_end(&json);
	fputc('\n', out);
}

/**
 * struct flow_list - what the kernel has answered
 * @flow: the flows
 * @n: how many
 * @room: for how many there is memory
 */
struct flow_list {
	struct flow *flow;
	size_t n;
	size_t room;
};

static int add(const struct nlmsghdr *nlh, void *data)
{
	struct flow_list *list = data;
	struct flow *grown;

	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		grown = reallocarray(list->flow, list->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->flow = grown;
	}
	return flow_parse(nlh, &list->flow[list->n++]);
}

static int show(struct cli *cli, struct genl *genl)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct flow_list list = {};
	int status = EXIT_SUCCESS;
	struct nlmsghdr *msg;
	struct ack ack;

	msg = genl_message(buf, SIDESTEP_CMD_GET_FLOWS, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, cli->dev);
	if (genl_call(genl, msg, NLM_F_DUMP, add, &list, &ack) < 0)
		status = cli_fail(cli, "%s", cli_reason(cli, &ack));
	else if (cli->json)
		flows_print_json(stdout, list.flow, list.n);
	else
		flows_print(stdout, list.flow, list.n);
	free(list.flow);
	return status;
}

int cli_flows(struct cli *cli, int argc, char **argv)
{
	struct genl genl;
	int status;

	if (!argc)
		return cli_misuse(cli, "which device?");
	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	if (!cli_device(cli, argv[0]) || !cli_open(cli, &genl))
		return EXIT_FAILURE;
	status = show(cli, &genl);
	genl_close(&genl);
	return status;
}
