// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * failnth: an operation of which one allocation fails, each in its turn
 *
 * "failnth [-l N] DEVICE OPERATION [UNDO...]" does it once, to see what it changes;
 * then again with the first allocation of the kernel failing, the second, and so on,
 * until it needs no more. After each time that it was done UNDO, operations too,
 * take it back; after the last it stays. -l: only the last N, more or less.
 *
 * The rules: who is refused is told ENOMEM or ENOBUFS, and nothing has changed.
 * Who is not has what he asked for, whole. The answer itself may be what was lost:
 * recv() says ENOBUFS then, and either may be so.
 *
 * Operations: add, del, up, down (of DEVICE), set:ATTRIBUTE=HEX[,ATTRIBUTE=HEX...],
 * switch:STATE, get, dump, flows, load:FILE, unload; rest waits until the peer answers
 * and the session is in the state that was asked for. Exit code 1 if a rule was
 * broken. The last line on stdout is one JSON object.
 */
#include "common.h"
#include "hexattr.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum limits {
	MESSAGE_SIZE = 4096,
	/* No operation needs as many. */
	NTH_MAX = 20000,
	REST_MS = 20000,
	REST_PAUSE_US = 50000,
};

/**
 * struct view - what operations may change; to be compared as a whole
 * @loaded: the module is there
 * @there: the device is
 * @up: it is up
 * @told: what the session was told; 0 if the device is none
 */
struct view {
	bool loaded;
	bool there;
	bool up;
	struct told told;
};

/**
 * struct run - one run
 * @device: DEVICE
 * @nth_fd: /proc/self/fail-nth
 * @nth: the allocation that fails; 0 for none
 * @left: how many more it would have taken; 0 if one failed
 * @answers: messages that the last operation has brought
 * @also: what it may say besides ENOMEM and ENOBUFS
 */
struct run {
	const char *device;
	int nth_fd;
	unsigned int nth;
	unsigned int left;
	unsigned int answers;
	int also;
};

/**
 * struct trial - an operation that is tried again and again
 * @before: what is there before
 * @due: what is there when it was done
 * @answers: messages that it brings
 * @err: how it ended the last time
 */
struct trial {
	struct view before;
	struct view due;
	unsigned int answers;
	int err;
};

/**
 * struct operation - a kind of operation
 * @name: its name
 * @run: does it; returns an errno value
 * @also: how the kernel itself may say that memory was short
 */
struct operation {
	const char *name;
	int (*run)(struct run *run, const char *value);
	int also;
};

static void nth_write(const struct run *run, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(run->nth_fd, text, (size_t)len, 0) != len)
		die("fail-nth: %s", strerror(errno));
}

static void arm(const struct run *run)
{
	if (run->nth)
		nth_write(run, run->nth);
}

static void disarm(struct run *run)
{
	char text[16] = "";

	if (!run->nth)
		return;
	if (pread(run->nth_fd, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth: %s", strerror(errno));
	run->left = (unsigned int)strtoul(text, NULL, 10);
	nth_write(run, 0);
}

static int count_answer(const struct nlmsghdr *nlh, void *data)
{
	struct run *run = data;

	(void)nlh;
	run->answers++;
	return 0;
}

/* Sends a request and hears the answer while allocations may fail. */
static int call(struct run *run, struct genl *genl, struct nlmsghdr *msg, uint16_t flags)
{
	struct ack ack;
	int err;

	run->answers = 0;
	arm(run);
	err = genl_call(genl, msg, flags, count_answer, run, &ack);
	disarm(run);
	genl_close(genl);
	if (*ack.text && err != -ENOMEM)
		printf("# the kernel says: %s\n", ack.text);
	return -err;
}

static struct genl sidestep_open(void)
{
	struct genl genl;
	int err;

	err = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	return genl;
}

static int request(struct run *run, uint8_t cmd, const char *value)
{
	static char buf[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct genl genl = sidestep_open();
	bool dump = cmd == SIDESTEP_CMD_GET_FLOWS || (cmd == SIDESTEP_CMD_GET && !value);
	struct nlmsghdr *msg = genl_message(buf, cmd, SIDESTEP_GENL_VERSION);
	char *attributes = strdup(value ? value : ""), *rest = attributes, *attribute;

	if (cmd != SIDESTEP_CMD_GET || !dump)
		mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, run->device);
	while ((attribute = strsep(&rest, ",")))
		if (*attribute)
			hexattr_put(msg, sizeof(buf), attribute);
	free(attributes);
	return call(run, &genl, msg, dump ? NLM_F_DUMP : NLM_F_ACK);
}

static int do_set(struct run *run, const char *value)
{
	return request(run, SIDESTEP_CMD_SET, value);
}

static int do_switch(struct run *run, const char *value)
{
	char attribute[16];

	snprintf(attribute, sizeof(attribute), "%d=%02x", SIDESTEP_A_WANTED, atoi(value));
	return request(run, SIDESTEP_CMD_SWITCH, attribute);
}

static int do_get(struct run *run, const char *value)
{
	return request(run, SIDESTEP_CMD_GET, value);
}

static int do_dump(struct run *run, const char *value)
{
	(void)value;
	return request(run, SIDESTEP_CMD_GET, NULL);
}

static int do_flows(struct run *run, const char *value)
{
	return request(run, SIDESTEP_CMD_GET_FLOWS, value);
}

/* A request to rtnetlink; @flags and @change as in struct ifinfomsg. */
static int link_request(struct run *run, uint16_t type, unsigned int flags, unsigned int change)
{
	static char buf[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct genl genl = { .nl = mnl_socket_open(NETLINK_ROUTE) };
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	uint16_t create = 0;
	struct nlattr *nest;

	if (!genl.nl || mnl_socket_bind(genl.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("no socket: %s", strerror(errno));
	msg->nlmsg_type = type;
	info->ifi_flags = flags;
	info->ifi_change = change;
	mnl_attr_put_strz(msg, IFLA_IFNAME, run->device);
	if (type == RTM_NEWLINK && !change) {
		create = NLM_F_CREATE | NLM_F_EXCL;
		nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
		mnl_attr_put_str(msg, IFLA_INFO_KIND, "sidestep");
		mnl_attr_nest_end(msg, nest);
	}
	return call(run, &genl, msg, NLM_F_ACK | create);
}

static int do_add(struct run *run, const char *value)
{
	(void)value;
	return link_request(run, RTM_NEWLINK, 0, 0);
}

static int do_del(struct run *run, const char *value)
{
	(void)value;
	return link_request(run, RTM_DELLINK, 0, 0);
}

static int do_up(struct run *run, const char *value)
{
	(void)value;
	return link_request(run, RTM_NEWLINK, IFF_UP, IFF_UP);
}

static int do_down(struct run *run, const char *value)
{
	(void)value;
	return link_request(run, RTM_NEWLINK, 0, IFF_UP);
}

static int do_load(struct run *run, const char *value)
{
	int fd = open(value, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		die("%s: %s", value, strerror(errno));
	arm(run);
	if (syscall(SYS_finit_module, fd, "", 0))
		err = errno;
	disarm(run);
	close(fd);
	return err;
}

static int do_unload(struct run *run, const char *value)
{
	int err = 0;

	(void)value;
	arm(run);
	if (syscall(SYS_delete_module, "sidestep", O_NONBLOCK))
		err = errno;
	disarm(run);
	return err;
}

static int take_rest(const struct nlmsghdr *nlh, void *data)
{
	bool *rests = data;
	struct session s;

	if (session_parse(nlh, &s))
		die("an answer that cannot be read");
	/* What the peer wants is done, too. */
	*rests = (s.state == s.wanted ||
		  (session_has(&s, SIDESTEP_A_PEER_WANTED) &&
		   s.state == s.peer_wanted)) &&
		 s.path[SIDESTEP_PATH_DIRECT].ready &&
		 s.path[SIDESTEP_PATH_INFRA].ready;
	return 0;
}

static int do_rest(struct run *run, const char *value)
{
	static char buf[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint64_t until = clock_ns() + REST_MS * NSEC_PER_MSEC;
	struct genl genl = sidestep_open();
	struct nlmsghdr *msg;
	bool rests = false;
	struct ack ack;

	(void)value;
	msg = genl_message(buf, SIDESTEP_CMD_GET, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, run->device);
	while (!rests) {
		if (genl_call(&genl, msg, NLM_F_ACK, take_rest, &rests, &ack))
			die("rest: %s", ack.text);
		if (clock_ns() > until)
			die("the session does not come to rest");
		if (!rests)
			usleep(REST_PAUSE_US);
	}
	genl_close(&genl);
	return 0;
}

static const struct operation operations[] = {
	/* device_add(), of a device for whose name there was no memory. */
	{ .name = "add", .run = do_add, .also = EINVAL },
	{ .name = "del", .run = do_del },
	{ .name = "up", .run = do_up },
	{ .name = "down", .run = do_down },
	{ .name = "set", .run = do_set },
	{ .name = "switch", .run = do_switch },
	{ .name = "get", .run = do_get },
	{ .name = "dump", .run = do_dump },
	{ .name = "flows", .run = do_flows },
	{ .name = "load", .run = do_load },
	{ .name = "unload", .run = do_unload },
	{ .name = "rest", .run = do_rest },
};

static int operate(struct run *run, const char *word)
{
	size_t len = strcspn(word, ":"), i;
	const char *value = word[len] ? word + len + 1 : "";

	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		if (strlen(operations[i].name) != len || memcmp(operations[i].name, word, len))
			continue;
		run->also = operations[i].also;
		return operations[i].run(run, value);
	}
	die("no such operation: %s", word);
}

static bool is_up(const char *device)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };
	bool up;

	strncpy(ifr.ifr_name, device, IFNAMSIZ - 1);
	up = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &ifr) && ifr.ifr_flags & IFF_UP;
	close(fd);
	return up;
}

static struct view look(const struct run *run)
{
	struct view view;
	struct genl genl;

	memset(&view, 0, sizeof(view));
	view.loaded = !access("/sys/module/sidestep", F_OK);
	view.there = if_nametoindex(run->device);
	view.up = view.there && is_up(run->device);
	if (view.there && !genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP)) {
		told_ask(&genl, run->device, &view.told);
		genl_close(&genl);
	}
	return view;
}

static bool same(const struct view *a, const struct view *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void undo(struct run *run, char *const *words)
{
	unsigned int nth = run->nth;
	int err;

	run->nth = 0;
	for (; *words; words++) {
		err = operate(run, *words);
		if (err)
			die("%s: %s", *words, strerror(err));
	}
	run->nth = nth;
}

/* What is wrong with the outcome of an operation; NULL if nothing is. */
static const char *fault_in(const struct trial *trial, const struct view *after,
			    const struct run *run)
{
	bool is_done = same(after, &trial->due);

	if (!trial->err)
		return !is_done ? "it was done, but not all of it" :
		       run->answers != trial->answers ? "the answer is not whole" : NULL;
	if (trial->err != ENOMEM && trial->err != ENOBUFS && trial->err != run->also)
		return "it was refused for another reason than want of memory";
	if (run->left)
		return "it was refused though nothing failed";
	if (same(after, &trial->before) || (trial->err == ENOBUFS && is_done))
		return NULL;
	return "it was refused, but something has changed";
}

/* The operation without a fault: what it changes and answers, and what it needs. */
static unsigned int do_once(struct run *run, const char *word, struct trial *trial)
{
	int err;

	trial->before = look(run);
	run->nth = NTH_MAX;
	err = operate(run, word);
	if (err)
		die("%s, without a fault: %s", word, strerror(err));
	trial->due = look(run);
	trial->answers = run->answers;
	return NTH_MAX - run->left;
}

/* The operation with a fault. Returns whether the rules hold. */
static bool do_short(struct run *run, const char *word, char *const *undo_words,
		     struct trial *trial)
{
	struct view after = look(run);
	const char *fault;

	if (same(&after, &trial->due)) {
		undo(run, undo_words);
		after = look(run);
	}
	if (!same(&after, &trial->before))
		die("%u: undoing it does not lead back", run->nth);
	trial->err = operate(run, word);
	after = look(run);
	fault = fault_in(trial, &after, run);
	if (fault)
		printf("# allocation %u: %s: %s\n", run->nth, strerror(trial->err), fault);
	return !fault;
}

/* Prints what came of it; returns whether the rules hold. */
static bool try_all(struct run *run, const char *word, char *const *undo_words,
		    unsigned int last)
{
	unsigned int n, first = 1, refused = 0;
	struct trial trial;
	bool holds = true;

	n = do_once(run, word, &trial);
	if (last) {
		/* The first time may have needed what stays. */
		undo(run, undo_words);
		n = do_once(run, word, &trial);
		first = n > last ? n - last : 1;
	}
	for (run->nth = first; holds; run->nth++) {
		if (run->nth == NTH_MAX)
			die("it never ends");
		holds = do_short(run, word, undo_words, &trial);
		if (run->left)
			break;
		refused += !!trial.err;
	}
	printf("{\"holds\": %s, \"failed\": %u, \"refused\": %u}\n", holds ? "true" : "false",
	       run->nth - first, refused);
	return holds;
}

static void usage(void)
{
	fprintf(stderr, "usage: failnth [-l N] DEVICE OPERATION [UNDO...]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	unsigned int last = 0;
	int c;

	while ((c = getopt(argc, argv, "l:")) != -1) {
		if (c != 'l')
			usage();
		last = (unsigned int)parse_number(optarg, "N", 1, NTH_MAX);
	}
	if (argc - optind < 2)
		usage();
	setlinebuf(stdout);
	run.device = argv[optind];
	run.nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (run.nth_fd < 0)
		die("fail-nth: %s", strerror(errno));
	return try_all(&run, argv[optind + 1], argv + optind + 2, last) ? 0 : 1;
}
