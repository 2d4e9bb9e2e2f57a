// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli_feed: the command line's parser and printers, fed without a kernel
 *
 * "cli_feed flows text|json" prints three flows. "cli_feed json|text|colour NAME"
 * prints a session with all attributes, on device NAME. "bare" instead prints one that is not configured. "helper text|json"
 * prints what sidestepd says of two sessions, "serve PATH" says it on a socket. "extack WORD
 * TEXT" prints the error for a kernel that objects to WORD of
 * "set p2p0 id 7 peer 10.0.0.2 peer fd00::2 infra eth0" with TEXT.
 */
#include "../../userspace/cli/flows.h"
#include "../../userspace/common/unix_stream.h"
#include "../../userspace/cli/helper_print.h"
#include "../../userspace/cli/print.h"
#include "../../userspace/cli/request.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum feed_limits {
	MESSAGE_SIZE = 8192,
};

static char message[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

static void put_path(struct nlmsghdr *nlh, enum sidestep_path id,
		     const char *ifname, bool ready)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_A_PATH);
	int i;

	mnl_attr_put_u8(nlh, SIDESTEP_PATH_A_ID, id);
	mnl_attr_put_strz(nlh, SIDESTEP_PATH_A_IFNAME, ifname);
	mnl_attr_put_u8(nlh, SIDESTEP_PATH_A_PRESENT, 1);
	mnl_attr_put_u8(nlh, SIDESTEP_PATH_A_READY, ready);
	mnl_attr_put_u32(nlh, SIDESTEP_PATH_A_RTT, ready ? 4100 : 52000);
	mnl_attr_put_u32(nlh, SIDESTEP_PATH_A_RTT_VAR, 200);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_HEARD, ready ? 80 : 3200);
	for (i = SIDESTEP_PATH_A_TX_PACKETS; i < SIDESTEP_PATH_A_PAD; i++)
		mnl_attr_put_u64(nlh, i, (id + 1) * 10000 + i);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_RX_MISSED, id * 10015);
	mnl_attr_put_u8(nlh, SIDESTEP_PATH_A_LINK, ready ? SIDESTEP_LINK_ALIVE :
							   SIDESTEP_LINK_GONE);
	for (i = SIDESTEP_PATH_A_TX_ALONE_BYTES;
	     i <= SIDESTEP_PATH_A_TX_PROBE_BYTES; i++)
		mnl_attr_put_u64(nlh, i, (id + 1) * 1000 + i);
	if (ready) {
		mnl_attr_put_u32(nlh, SIDESTEP_PATH_A_SIGNAL, -7450);
		mnl_attr_put_u32(nlh, SIDESTEP_PATH_A_LOSS, 50);
	}
	mnl_attr_put_u32(nlh, SIDESTEP_PATH_A_MAX + 5, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void put_counters(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_A_COUNTERS);
	int i;

	for (i = 1; i <= SIDESTEP_COUNTER_MAX + 1; i++)
		mnl_attr_put_u64(nlh, i, i % 3 ? i * 1000 : 0);
	mnl_attr_nest_end(nlh, nest);
}

static void put_selectors(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_A_SELECTOR);

	mnl_attr_put_u8(nlh, SIDESTEP_SELECTOR_A_PROTO, 6);
	mnl_attr_put_u16(nlh, SIDESTEP_SELECTOR_A_SPORT_MIN, 1024);
	mnl_attr_put_u16(nlh, SIDESTEP_SELECTOR_A_SPORT_MAX, 65535);
	mnl_attr_put_u16(nlh, SIDESTEP_SELECTOR_A_DPORT_MIN, 22);
	mnl_attr_put_u16(nlh, SIDESTEP_SELECTOR_A_DPORT_MAX, 22);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, SIDESTEP_A_SELECTOR);
	mnl_attr_put_u32(nlh, SIDESTEP_SELECTOR_A_MARK, 1);
	mnl_attr_put_u32(nlh, SIDESTEP_SELECTOR_A_MASK, 255);
	mnl_attr_put_u8(nlh, SIDESTEP_SELECTOR_A_DSCP, 46);
	mnl_attr_put_u32(nlh, SIDESTEP_SELECTOR_A_UID_MIN, 1000);
	mnl_attr_put_u32(nlh, SIDESTEP_SELECTOR_A_UID_MAX, 1999);
	/* No cgroup has this id. */
	mnl_attr_put_u64(nlh, SIDESTEP_SELECTOR_A_CGROUP, UINT64_MAX);
	mnl_attr_put_u32(nlh, SIDESTEP_SELECTOR_A_MAX + 5, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void put_budget(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_A_IMPORTANT);

	mnl_attr_put_u8(nlh, SIDESTEP_SELECTOR_A_DSCP, 46);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, SIDESTEP_A_BUDGET);
	mnl_attr_put_u32(nlh, SIDESTEP_BUDGET_A_RATE, 20000);
	mnl_attr_put_u32(nlh, SIDESTEP_BUDGET_A_BURST, 131072);
	mnl_attr_put_u64(nlh, SIDESTEP_BUDGET_A_DAY, 1048576);
	mnl_attr_put_u64(nlh, SIDESTEP_BUDGET_A_DAY_SPENT, 1000);
	mnl_attr_put_u32(nlh, SIDESTEP_BUDGET_A_MAX + 5, 1);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *answer(const char *ifname)
{
	struct nlmsghdr *nlh;

	nlh = genl_message(message, SIDESTEP_CMD_GET, SIDESTEP_GENL_VERSION);
	mnl_attr_put_u32(nlh, SIDESTEP_A_IFINDEX, 12);
	mnl_attr_put_strz(nlh, SIDESTEP_A_IFNAME, ifname);
	mnl_attr_put_u8(nlh, SIDESTEP_A_STATE, SIDESTEP_STATE_DIRECT);
	mnl_attr_put_u8(nlh, SIDESTEP_A_WANTED, SIDESTEP_STATE_DIRECT);
	return nlh;
}

static void put_prefix(struct nlmsghdr *nlh, const uint8_t *addr, size_t len,
		       uint8_t bits)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_A_PREFIX);

	mnl_attr_put(nlh, SIDESTEP_PREFIX_A_ADDR, len, addr);
	mnl_attr_put_u8(nlh, SIDESTEP_PREFIX_A_LEN, bits);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *full_answer(const char *ifname)
{
	static const uint8_t peer6[16] = { 0xfd, [15] = 2 };
	static const uint8_t peer4[4] = { 10, 0, 0, 2 };
	static const uint8_t prefix6[16] = { 0xfd, 0x88 };
	static const uint8_t prefix4[4] = { 10, 88 };
	struct nlmsghdr *nlh = answer(ifname);

	mnl_attr_put_u8(nlh, SIDESTEP_A_STATE, SIDESTEP_STATE_BICAST);
	mnl_attr_put_u8(nlh, SIDESTEP_A_WANTED, SIDESTEP_STATE_INFRA);
	mnl_attr_put_u16(nlh, SIDESTEP_A_ID, 7);
	mnl_attr_put(nlh, SIDESTEP_A_PEER, sizeof(peer4), peer4);
	mnl_attr_put(nlh, SIDESTEP_A_PEER, sizeof(peer6), peer6);
	put_prefix(nlh, prefix4, sizeof(prefix4), 16);
	put_prefix(nlh, prefix6, sizeof(prefix6), 64);
	put_selectors(nlh);
	put_budget(nlh);
	mnl_attr_put_u8(nlh, SIDESTEP_A_PEER_WANTED, SIDESTEP_STATE_BICAST);
	mnl_attr_put_u8(nlh, SIDESTEP_A_DECISION, SIDESTEP_DECISION_PREPARE);
	mnl_attr_put_strz(nlh, SIDESTEP_A_REASON,
			  "prepare: signal -74.5 dBm < -72.0 dBm for 160 ms");
	mnl_attr_put_u32(nlh, SIDESTEP_A_DELAY_DIFF, -23400);
	mnl_attr_put_u32(nlh, SIDESTEP_A_PLAYOUT, 500);
	mnl_attr_put_strz(nlh, SIDESTEP_A_MAX + 9, "from a newer kernel");
	put_path(nlh, SIDESTEP_PATH_DIRECT, ifname, true);
	put_path(nlh, SIDESTEP_PATH_INFRA, "wg0", false);
	put_path(nlh, SIDESTEP_PATH_MAX + 1, "newer0", true);
	put_counters(nlh);
	return nlh;
}

static int print(const char *mode, const struct nlmsghdr *nlh)
{
	struct json json = { .out = stdout };
	struct session s;

	if (session_parse(nlh, &s) < 0)
		return EXIT_FAILURE;
	if (strcmp(mode, "json")) {
		print_session(stdout, &s, NULL, !strcmp(mode, "colour"));
		return EXIT_SUCCESS;
	}
	json_object(&json, NULL);
	print_session_json(&json, &s);
	json_object_end(&json);
	putchar('\n');
	return EXIT_SUCCESS;
}

static struct status_session helpers[] = {
	{
		.device = "lo", .peer = "bob", .met = true, .met_s = 200,
		.standby = "ready", .tunnel = "wg0", .modem = "wwan0",
		.modem_state = "connected", .operator = "One \x1b[2J",
		.endpoint = "192.0.2.1:51820", .handshake_s = 12,
		.standby_bytes_per_day = 500000, .signal_mbm = -6125,
		.signal_age_ms = 95, .tx_retries_permille = 12,
		.tx_failed_permille = 0,
		.function = "registered", .agreement = 3, .order = 17,
		.assisted = "by the relay",
	},
	{
		.device = "p2p9", .peer = "eve", .met_s = -1,
		.problem = "the direct device wlan9 is missing",
		.standby = "no modem", .handshake_s = -1,
		.standby_bytes_per_day = -1, .signal_mbm = INT32_MIN,
		.signal_age_ms = -1, .tx_retries_permille = -1,
		.tx_failed_permille = -1, .function = "not registered",
		.function_problem = "no way", .agreement = -1, .order = -1,
	},
};

static int print_helpers(bool as_json)
{
	struct session s;

	if (session_parse(full_answer("lo"), &s) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < 2; i++) {
		struct json json = { .out = stdout };

		if (as_json) {
			json_object(&json, NULL);
			helper_print_json(&json, &helpers[i]);
			json_object_end(&json);
			putchar('\n');
		} else {
			print_session(stdout, &s, &helpers[i], false);
		}
		s = (struct session){ .ifname = "p2p9" };
	}
	return EXIT_SUCCESS;
}

/* A daemon: one document for each who asks, until it is killed. */
static int serve(const char *path)
{
	struct status status = { .version = "1", .session = helpers, .n_sessions = 2 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), client;
	struct sockaddr_un address;
	uint8_t *document;
	size_t len;

	document = status_encode(&status, &len);
	if (!document || unix_address(&address, path) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		return EXIT_FAILURE;
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (write(client, document, len) != (ssize_t)len)
			break;
		close(client);
	}
	return EXIT_FAILURE;
}

static void put_traffic(struct nlmsghdr *nlh, enum sidestep_path id, int first)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, SIDESTEP_FLOW_A_PATH);

	mnl_attr_put_u8(nlh, SIDESTEP_PATH_A_ID, id);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_TX_PACKETS, first);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_TX_BYTES, first + 1);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_RX_PACKETS, first + 2);
	mnl_attr_put_u64(nlh, SIDESTEP_PATH_A_RX_BYTES, first + 3);
	mnl_attr_nest_end(nlh, nest);
}

/* The first has all attributes, the others only what each has. */
static struct nlmsghdr *flow_answer(size_t i)
{
	static const uint8_t addresses[2][16] = { { 10, 0, 0, 2 }, { 0xfd, [15] = 2 } };
	static const uint8_t protos[] = { 17, 6, 89 };
	size_t len = i == 1 ? 16 : 4;
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	nlh = genl_message(message, SIDESTEP_CMD_GET_FLOWS, SIDESTEP_GENL_VERSION);
	mnl_attr_put_u32(nlh, SIDESTEP_A_IFINDEX, 12);
	nest = mnl_attr_nest_start(nlh, SIDESTEP_A_FLOW);
	mnl_attr_put_u8(nlh, SIDESTEP_FLOW_A_PROTO, protos[i]);
	mnl_attr_put(nlh, SIDESTEP_FLOW_A_LOCAL, len, addresses[i == 1]);
	mnl_attr_put(nlh, SIDESTEP_FLOW_A_REMOTE, len, addresses[i == 1]);
	if (i < 2) {
		mnl_attr_put_u16(nlh, SIDESTEP_FLOW_A_LOCAL_PORT, 5000);
		mnl_attr_put_u16(nlh, SIDESTEP_FLOW_A_REMOTE_PORT, 22);
	}
	if (!i) {
		mnl_attr_put_u32(nlh, SIDESTEP_FLOW_A_UID, 1000);
		mnl_attr_put_u32(nlh, SIDESTEP_FLOW_A_MARK, 7);
		mnl_attr_put_u64(nlh, SIDESTEP_FLOW_A_INODE, 123456);
	}
	mnl_attr_put_u64(nlh, SIDESTEP_FLOW_A_USED, i == 1 ? 12 : 60000 / (i + 1));
	mnl_attr_put_u64(nlh, SIDESTEP_FLOW_A_ELIMINATED, 5);
	put_traffic(nlh, SIDESTEP_PATH_DIRECT, 10);
	put_traffic(nlh, SIDESTEP_PATH_INFRA, 20);
	put_traffic(nlh, SIDESTEP_PATH_MAX + 1, 30);
	mnl_attr_put_u32(nlh, SIDESTEP_FLOW_A_MAX + 5, 1);
	mnl_attr_nest_end(nlh, nest);
	return nlh;
}

static int print_flows(bool as_json)
{
	struct flow flows[3];

	for (size_t i = 0; i < 3; i++)
		if (flow_parse(flow_answer(i), &flows[i]) < 0)
			return EXIT_FAILURE;
	if (as_json)
		flows_print_json(stdout, flows, 3);
	else
		flows_print(stdout, flows, 3);
	return EXIT_SUCCESS;
}

/* What the kernel says if it objects to the attribute at @offset. */
static int refusal(const char *text, uint32_t offset, bool capped,
		   struct ack *ack)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(message);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	err->error = -ENODEV;
	err->msg.nlmsg_len = sizeof(err->msg) + 20;
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
	if (!capped)
		mnl_nlmsg_put_extra_header(nlh, 20);
	if (*text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, offset);
	return ack_parse(nlh, ack);
}

static int refuse(const char *objection, const char *text)
{
	static const struct cli_command set = { .name = "set" };
	static const struct cli cli = { .command = &set, .dev = "p2p0" };
	static const char *const words[][2] = {
		{ "id", "7" }, { "peer", "10.0.0.2" }, { "peer", "fd00::2" },
		{ "infra", "eth0" },
	};
	struct request req;
	uint32_t offset = 0;
	struct ack ack;
	size_t i;

	request_begin(&req, &cli, SIDESTEP_CMD_SET);
	if (!strcmp(objection, "p2p0"))
		offset = NLMSG_HDRLEN + 4;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(objection, words[i][1]))
			offset = req.msg->nlmsg_len;
		request_put(&req, SIDESTEP_A_PEER, words[i][1],
			    strlen(words[i][1]), words[i][0], words[i][1]);
	}
	for (i = 0; i < 2; i++) {
		if (refusal(text, offset, i, &ack) < 0)
			return EXIT_FAILURE;
		request_fail(&req, &ack);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "extack"))
		return refuse(argv[2], argv[3]);
	if (argc != 3)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "flows"))
		return print_flows(!strcmp(argv[2], "json"));
	if (!strcmp(argv[1], "helper"))
		return print_helpers(!strcmp(argv[2], "json"));
	if (!strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (!strcmp(argv[1], "bare"))
		return print("text", answer(argv[2]));
	return print(argv[1], full_answer(argv[2]));
}
