// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlfuzz: random messages to the generic netlink family
 *
 * "nlfuzz [-u|-f] SESSION COUNT" sends COUNT messages of random attribute trees,
 * for all commands. What an error leaves behind is what was there before; only
 * SET and SWITCH change something. -u: without rights, and nothing ever changes.
 * -f: each message has a fault, and each is refused. The seed is printed first;
 * SEED in the environment gives it back. Exit code 1 if a rule was broken. The
 * last line on stdout is one JSON object.
 */
#include "../unit/random.h"
#include "common.h"
#include "told.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum limits {
	MESSAGE_SIZE = 4096,
	ATTRIBUTES = 12,
	NESTS = 3,
	PAYLOAD_MAX = 64,
	ANSWER_MS = 20000,
};

/**
 * struct fuzz - one run
 * @seed: state of the random numbers
 * @genl: for questions
 * @nl: for random messages, so that odd answers harm no question
 * @session: the device
 * @rightless: nothing may change
 * @faulty: nothing may be accepted
 * @accepted: messages that the kernel took
 * @refused: messages that it did not
 */
struct fuzz {
	__u64 seed;
	struct genl genl;
	struct mnl_socket *nl;
	const char *session;
	bool rightless, faulty;
	unsigned int accepted, refused;
};

static __u64 below(struct fuzz *f, __u64 bound)
{
	return random_below(&f->seed, bound);
}

static void ask(struct fuzz *f, struct told *told)
{
	int err = told_ask(&f->genl, f->session, told);

	if (err)
		die("no answer: %s", strerror(-err));
}

static void random_bytes(struct fuzz *f, uint8_t *to, size_t len)
{
	while (len--)
		*to++ = (uint8_t)below(f, 256);
}

/* A value that the attribute could have. */
static size_t likely_value(struct fuzz *f, unsigned int type, uint8_t *to)
{
	static const char *const names[] = { "direct0", "wg0", "lo", "modem0", "nope", "" };
	const char *name = below(f, 4) ? f->session : names[below(f, 6)];
	static const uint8_t selector[] = { 5, 0, SIDESTEP_SELECTOR_A_PROTO, 0, 17, 0, 0, 0 };
	/* As on a little-endian machine. */
	static const uint8_t hold[] = { 8, 0, SIDESTEP_TRIGGER_A_MODE, 0, 0, 0, 0, 0 };
	static const uint8_t signal[] = {
		5, 0, SIDESTEP_MEASUREMENT_A_PATH, 0, SIDESTEP_PATH_DIRECT, 0, 0, 0,
		5, 0, SIDESTEP_MEASUREMENT_A_QUANTITY, 0, SIDESTEP_QUANTITY_SIGNAL, 0, 0, 0,
		8, 0, SIDESTEP_MEASUREMENT_A_VALUE, 0, 0, 0xe0, 0xff, 0xff,
	};
	static const uint8_t budget[] = {
		8, 0, SIDESTEP_BUDGET_A_RATE, 0, 0, 0x10, 0, 0,
		8, 0, SIDESTEP_BUDGET_A_BURST, 0, 0, 0, 0, 0,
		12, 0, SIDESTEP_BUDGET_A_DAY, 0, 0, 0, 1, 0, 0, 0, 0, 0,
	};
	const uint8_t addr[4] = { 10, 77, 0, (uint8_t)below(f, 12) };

	switch (type) {
	case SIDESTEP_A_DIRECT:
	case SIDESTEP_A_INFRA:
		name = names[below(f, 6)];
		/* fall through */
	case SIDESTEP_A_IFNAME:
		strcpy((char *)to, name);
		return strlen(name) + 1;
	case SIDESTEP_A_PEER:
		memcpy(to, addr, sizeof(addr));
		return sizeof(addr);
	case SIDESTEP_A_BUDGET:
		memcpy(to, budget, sizeof(budget));
		to[14] = (uint8_t)below(f, 8);
		return sizeof(budget);
	case SIDESTEP_A_SELECTOR:
	case SIDESTEP_A_IMPORTANT:
		memcpy(to, selector, sizeof(selector));
		return below(f, 4) ? sizeof(selector) : 0;
	case SIDESTEP_A_TRIGGER:
		memcpy(to, hold, sizeof(hold));
		/* In auto it may change by itself. */
		to[4] = (uint8_t)(SIDESTEP_MODE_AUTO + 1 + below(f, SIDESTEP_MODE_MAX + 1));
		return sizeof(hold);
	case SIDESTEP_A_MEASUREMENT:
		memcpy(to, signal, sizeof(signal));
		to[20] = (uint8_t)below(f, 256);
		return sizeof(signal);
	case SIDESTEP_A_DECISION:
		*to = (uint8_t)below(f, SIDESTEP_DECISION_MAX + 2);
		return 1;
	case SIDESTEP_A_ORDER_ID:
		memset(to, 0, 8);
		*to = (uint8_t)below(f, 256);
		return 8;
	case SIDESTEP_A_REASON:
		strcpy((char *)to, "fuzz");
		return 5;
	case SIDESTEP_A_WANTED:
		*to = (uint8_t)below(f, SIDESTEP_STATE_MAX + 2);
		return 1;
	case SIDESTEP_A_ID:
		random_bytes(f, to, 2);
		return 2;
	default:
		random_bytes(f, to, SIDESTEP_KEY_LEN);
		return SIDESTEP_KEY_LEN;
	}
}

static void put_random(struct fuzz *f, struct nlmsghdr *msg, int depth)
{
	static const uint16_t flags[] = { 0, 0, 0, 0, 0, 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER };
	unsigned int type = (unsigned int)below(f, below(f, 8) ? SIDESTEP_A_MAX + 3 : 0x4000);
	uint8_t value[PAYLOAD_MAX];
	struct nlattr *nest;
	size_t len;

	if (depth < NESTS && !below(f, 6)) {
		nest = mnl_attr_nest_start_check(msg, MESSAGE_SIZE / 2, (uint16_t)type);
		if (!nest)
			return;
		for (int n = (int)below(f, 4); n; n--)
			put_random(f, msg, depth + 1);
		mnl_attr_nest_end(msg, nest);
		return;
	}
	len = likely_value(f, type, value);
	if (!below(f, 6))
		random_bytes(f, value, len = below(f, PAYLOAD_MAX));
	mnl_attr_put_check(msg, MESSAGE_SIZE / 2, (uint16_t)type | flags[below(f, 8)], len, value);
}

static bool is_nest(unsigned int type)
{
	return type == SIDESTEP_A_SELECTOR || type == SIDESTEP_A_TRIGGER ||
	       type == SIDESTEP_A_MEASUREMENT || type == SIDESTEP_A_BUDGET ||
	       type == SIDESTEP_A_IMPORTANT;
}

/* What a program could say that means no harm. */
static void put_likely(struct fuzz *f, struct nlmsghdr *msg)
{
	static const uint8_t types[] = {
		SIDESTEP_A_ID, SIDESTEP_A_PEER, SIDESTEP_A_TX_KEY, SIDESTEP_A_RX_KEY,
		SIDESTEP_A_DIRECT, SIDESTEP_A_INFRA, SIDESTEP_A_WANTED,
		SIDESTEP_A_SELECTOR, SIDESTEP_A_TRIGGER, SIDESTEP_A_MEASUREMENT,
		SIDESTEP_A_DECISION, SIDESTEP_A_ORDER_ID, SIDESTEP_A_REASON,
		SIDESTEP_A_BUDGET, SIDESTEP_A_IMPORTANT,
	};
	uint8_t type = types[below(f, sizeof(types))], value[PAYLOAD_MAX];
	size_t len = likely_value(f, type, value);

	mnl_attr_put(msg, is_nest(type) ? type | NLA_F_NESTED : type, len, value);
}

/* Something that makes the whole message worth nothing. */
static void put_fault(struct fuzz *f, struct nlmsghdr *msg)
{
	static const uint8_t bytes[20];

	switch (below(f, 4)) {
	case 0:
		mnl_attr_put(msg, SIDESTEP_A_TX_KEY, 15, bytes);
		break;
	case 1:
		mnl_attr_put_u16(msg, SIDESTEP_A_ID, 0);
		break;
	case 2:
		mnl_attr_put(msg, SIDESTEP_A_PEER, 5, bytes);
		break;
	default:
		mnl_attr_put_strz(msg, SIDESTEP_A_INFRA, "nope");
		break;
	}
}

/* A change of everything, and a fault at the end. */
static void make_faulty(struct fuzz *f, struct nlmsghdr *msg)
{
	uint8_t value[PAYLOAD_MAX];
	unsigned int type;

	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, f->session);
	for (type = SIDESTEP_A_ID; type <= SIDESTEP_A_RX_KEY; type++)
		if (below(f, 4))
			mnl_attr_put(msg, (uint16_t)type, likely_value(f, type, value), value);
	if (below(f, 2))
		mnl_attr_put_strz(msg, SIDESTEP_A_DIRECT, "modem0");
	put_fault(f, msg);
}

/* Lengths that are wrong, bytes that are others. */
static void damage(struct fuzz *f, struct nlmsghdr *msg)
{
	uint8_t *body = mnl_nlmsg_get_payload(msg);
	size_t len = msg->nlmsg_len - NLMSG_HDRLEN;

	switch (below(f, 8)) {
	case 0:
		body[below(f, len)] = (uint8_t)below(f, 256);
		break;
	case 1:
		msg->nlmsg_len = NLMSG_HDRLEN + (uint32_t)below(f, len + 1);
		break;
	case 2:
		random_bytes(f, body + len, 16);
		msg->nlmsg_len += (uint32_t)below(f, 16);
		break;
	}
}

static struct nlmsghdr *make(struct fuzz *f)
{
	static char buf[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	static const uint16_t flags[] = { 0, 0, 0, NLM_F_DUMP, NLM_F_ROOT, NLM_F_CREATE | NLM_F_EXCL };
	struct nlmsghdr *msg;

	msg = genl_message(buf, f->faulty ? SIDESTEP_CMD_SET :
			   (uint8_t)below(f, below(f, 8) ? SIDESTEP_CMD_MAX + 1 : 256),
			   (uint8_t)(below(f, 8) ? SIDESTEP_GENL_VERSION : below(f, 256)));
	msg->nlmsg_type = f->genl.family;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (f->faulty) {
		make_faulty(f, msg);
		return msg;
	}
	if (below(f, 8))
		mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, f->session);
	if (below(f, 2)) {
		for (int n = (int)below(f, 3); n; n--)
			put_likely(f, msg);
		return msg;
	}
	msg->nlmsg_flags |= flags[below(f, 6)];
	for (int n = (int)below(f, ATTRIBUTES); n; n--)
		put_random(f, msg, 0);
	damage(f, msg);
	return msg;
}

/* Sends a message; returns the error that it ends in, 0 for none. */
static int shoot(struct fuzz *f, struct nlmsghdr *msg)
{
	static char buf[NETLINK_RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint64_t until = clock_ns() + ANSWER_MS * NSEC_PER_MSEC;
	const struct nlmsghdr *nlh;
	ssize_t size;
	int len;

	msg->nlmsg_seq = (uint32_t)random_next(&f->seed);
	if (mnl_socket_sendto(f->nl, msg, msg->nlmsg_len) < 0)
		return errno;
	while (wait_fd(mnl_socket_get_fd(f->nl), POLLIN, until)) {
		size = mnl_socket_recvfrom(f->nl, buf, sizeof(buf));
		if (size < 0)
			die("receive: %s", strerror(errno));
		len = (int)size;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return 0;
		}
	}
	die("no answer to a message");
}

static bool may_change(const struct fuzz *f, unsigned int cmd, int error)
{
	return !error && !f->rightless && !f->faulty &&
	       (cmd == SIDESTEP_CMD_SET || cmd == SIDESTEP_CMD_SWITCH ||
		cmd == SIDESTEP_CMD_TRIGGER || cmd == SIDESTEP_CMD_SET_TRIGGER);
}

/* One message; returns whether all rules held. */
static bool round_holds(struct fuzz *f, struct told *before)
{
	struct nlmsghdr *msg = make(f);
	unsigned int cmd = ((struct genlmsghdr *)mnl_nlmsg_get_payload(msg))->cmd;
	int error = shoot(f, msg);
	struct told after;

	if (error)
		f->refused++;
	else
		f->accepted++;
	ask(f, &after);
	if (!may_change(f, cmd, error) && memcmp(&after, before, sizeof(after))) {
		printf("# command %u: %s, but something has changed\n", cmd, strerror(error));
		return false;
	}
	if (!error && f->faulty) {
		printf("# a message with a fault was accepted\n");
		return false;
	}
	*before = after;
	return true;
}

static void usage(void)
{
	fprintf(stderr, "usage: nlfuzz [-u|-f] SESSION COUNT\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct fuzz f = { 0 };
	struct told told;
	int c, err, count;
	bool holds = true;

	while ((c = getopt(argc, argv, "uf")) != -1) {
		if (c != 'u' && c != 'f')
			usage();
		f.rightless |= c == 'u';
		f.faulty |= c == 'f';
	}
	if (argc - optind != 2)
		usage();
	f.session = argv[optind];
	count = (int)parse_number(argv[optind + 1], "COUNT", 1, 1e6);
	f.seed = random_seed();
	err = genl_open(&f.genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	f.nl = mnl_socket_open(NETLINK_GENERIC);
	if (!f.nl || mnl_socket_bind(f.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("no socket: %s", strerror(errno));
	ask(&f, &told);
	while (holds && count--)
		holds = round_holds(&f, &told);
	printf("{\"holds\": %s, \"accepted\": %u, \"refused\": %u}\n",
	       holds ? "true" : "false", f.accepted, f.refused);
	return holds ? 0 : 1;
}
