// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"
#include "../common/log.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#define CTRL_NAME "nlctrl"
#define CTRL_GROUP "notify"

enum kernel_limits {
	/* An order's, with its NUL: the kernel takes no more. */
	REASON_SIZE = 48,
	/* Larger than any request of this file. */
	REQUEST_SIZE = 1024,
	/* No family has this number, so the kernel answers -ENOENT. */
	NO_FAMILY = UINT16_MAX,
};

/**
 * struct kernel - the module, if it is there
 * @event: the loop
 * @cb: called with each event
 * @data: for @cb
 * @families: the controller, which tells of families that come and go
 * @families_source: its source
 * @requests: to the family; its socket stays when the family is another
 * @events: of the family; there if @events_source is
 * @events_source: its source
 * @is_foreign: there is a family, of another version
 */
struct kernel {
	sd_event *event;
	kernel_cb cb;
	void *data;
	struct genl families;
	sd_event_source *families_source;
	struct genl requests;
	struct genl events;
	sd_event_source *events_source;
	bool is_foreign;
};

/* --- events --------------------------------------------------------------- */

static int take_event(const struct nlmsghdr *nlh, void *data)
{
	struct kernel *kernel = data;
	struct session session;
	int ret = session_event(nlh, &session);

	if (ret < 0)
		log_say(LOG_DEBUG, NULL, "a malformed event of the kernel");
	else if (ret)
		kernel->cb(&session, kernel->data);
	return 0;
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct kernel *kernel = data;
	int err = genl_receive(&kernel->events, take_event, kernel);

	(void)source;
	(void)fd;
	(void)revents;
	if (err < 0) {
		log_say(LOG_DEBUG, NULL, "events of the kernel: %s", strerror(-err));
		kernel->cb(NULL, kernel->data);
	}
	return 0;
}

static int ignore(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return 0;
}

/* A family has come or gone, any: what was lost would say no more. */
static int on_families(sd_event_source *source, int fd, uint32_t revents,
		       void *data)
{
	struct kernel *kernel = data;

	(void)source;
	(void)fd;
	(void)revents;
	genl_receive(&kernel->families, ignore, NULL);
	kernel_check(kernel);
	return 0;
}

/* --- the family ----------------------------------------------------------- */

static void leave_family(struct kernel *kernel)
{
	if (!kernel->events_source)
		return;
	kernel->events_source = sd_event_source_disable_unref(kernel->events_source);
	genl_close(&kernel->events);
	kernel->requests.family = NO_FAMILY;
}

/* Takes over @family, a new socket, or closes it. */
static int join_family(struct kernel *kernel, const struct genl *family)
{
	struct mnl_socket *nl = kernel->requests.nl;
	uint32_t seq = kernel->requests.seq;
	int err;

	kernel->events = *family;
	err = genl_join(&kernel->events);
	if (!err)
		err = sd_event_add_io(kernel->event, &kernel->events_source,
				      genl_fd(&kernel->events), EPOLLIN, on_event,
				      kernel);
	if (err < 0) {
		genl_close(&kernel->events);
		return err;
	}
	kernel->requests = *family;
	kernel->requests.nl = nl;
	kernel->requests.seq = seq;
	return 0;
}

static bool is_same(const struct kernel *kernel, const struct genl *family)
{
	return kernel->events_source && kernel->events.family == family->family &&
	       kernel->events.group == family->group;
}

/* Finds the family, or what has become of it. @changed: it is another, or gone. */
static int find_family(struct kernel *kernel, bool *changed)
{
	struct genl family;
	int err = genl_open(&family, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);

	*changed = false;
	kernel->is_foreign = !err && family.version != SIDESTEP_GENL_VERSION;
	if (kernel->is_foreign) {
		genl_close(&family);
		err = -ENOENT;
	}
	if (!err && is_same(kernel, &family)) {
		genl_close(&family);
		return 0;
	}
	/* A request that failed for want of memory is no word of the family. */
	if (err && err != -ENOENT)
		return err;
	*changed = kernel->events_source;
	leave_family(kernel);
	if (!err) {
		err = join_family(kernel, &family);
		*changed |= !err;
	}
	return err;
}

bool kernel_is_foreign(const struct kernel *kernel)
{
	return kernel->is_foreign;
}

int kernel_check(struct kernel *kernel)
{
	bool changed;
	int err = find_family(kernel, &changed);

	if (changed)
		kernel->cb(NULL, kernel->data);
	return err;
}

static int open_sockets(struct kernel *kernel)
{
	int err = genl_open(&kernel->families, CTRL_NAME, CTRL_GROUP);

	if (!err)
		err = genl_open(&kernel->requests, CTRL_NAME, CTRL_GROUP);
	if (err)
		return err;
	kernel->requests.family = NO_FAMILY;
	err = genl_join(&kernel->families);
	if (err)
		return err;
	return sd_event_add_io(kernel->event, &kernel->families_source,
			       genl_fd(&kernel->families), EPOLLIN, on_families,
			       kernel);
}

int kernel_open(struct kernel **kernel, sd_event *event, kernel_cb cb, void *data)
{
	struct kernel *k = calloc(1, sizeof(*k));
	bool changed;
	int err;

	if (!k)
		return -ENOMEM;
	k->event = sd_event_ref(event);
	k->cb = cb;
	k->data = data;
	err = open_sockets(k);
	if (err >= 0)
		err = find_family(k, &changed);
	if (err < 0 && err != -ENOENT) {
		kernel_close(k);
		return err;
	}
	*kernel = k;
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	leave_family(kernel);
	sd_event_source_disable_unref(kernel->families_source);
	if (kernel->requests.nl)
		genl_close(&kernel->requests);
	if (kernel->families.nl)
		genl_close(&kernel->families);
	sd_event_unref(kernel->event);
	free(kernel);
}

struct genl *kernel_genl(struct kernel *kernel)
{
	return &kernel->requests;
}

/* --- requests ------------------------------------------------------------- */

/* No device is no session; that it is of another kind is said as it is. */
static int no_session(int err)
{
	return err == -ENODEV ? -ENOENT : err;
}

int kernel_get(struct kernel *kernel, const char *ifname, struct session *session,
	       struct ack *ack)
{
	struct session_list list;
	int err = session_list_get(&list, &kernel->requests, ifname, ack);

	if (!err && list.n != 1)
		err = -ENOENT;
	if (!err)
		*session = list.session[0];
	session_list_free(&list);
	return no_session(err);
}

static struct nlmsghdr *begin(char buf[REQUEST_SIZE], enum sidestep_cmd cmd,
			      const char *ifname)
{
	struct nlmsghdr *msg = genl_message(buf, cmd, SIDESTEP_GENL_VERSION);

	return mnl_attr_put_strz_check(msg, REQUEST_SIZE, SIDESTEP_A_IFNAME,
				       ifname) ? msg : NULL;
}

static bool put_peers(struct nlmsghdr *msg, const struct kernel_config *config)
{
	size_t len;

	if (config->n_peers > SIDESTEP_MAX_PEERS)
		return false;
	for (size_t i = 0; i < config->n_peers; i++) {
		len = config->peer[i].family == AF_INET ? 4 : 16;
		if (!mnl_attr_put_check(msg, REQUEST_SIZE, SIDESTEP_A_PEER, len,
					config->peer[i].addr))
			return false;
	}
	return true;
}

static bool put_keys(struct nlmsghdr *msg, const struct kernel_config *config)
{
	return mnl_attr_put_check(msg, REQUEST_SIZE, SIDESTEP_A_TX_KEY,
				  SIDESTEP_KEY_LEN, config->tx_key) &&
	       mnl_attr_put_check(msg, REQUEST_SIZE, SIDESTEP_A_RX_KEY,
				  SIDESTEP_KEY_LEN, config->rx_key);
}

static bool put_config(struct nlmsghdr *msg, const struct kernel_config *config)
{
	unsigned int flags = config->flags;

	return (!(flags & KERNEL_CONFIG_ID) ||
		mnl_attr_put_u16_check(msg, REQUEST_SIZE, SIDESTEP_A_ID,
				       config->id)) &&
	       (!(flags & KERNEL_CONFIG_PEERS) || put_peers(msg, config)) &&
	       (!(flags & KERNEL_CONFIG_KEYS) || put_keys(msg, config)) &&
	       (!(flags & KERNEL_CONFIG_DIRECT) ||
		mnl_attr_put_strz_check(msg, REQUEST_SIZE, SIDESTEP_A_DIRECT,
					config->direct)) &&
	       (!(flags & KERNEL_CONFIG_INFRA) ||
		mnl_attr_put_strz_check(msg, REQUEST_SIZE, SIDESTEP_A_INFRA,
					config->infra));
}

/* The kernel does not say what of a request that it has not got is wrong. */
static int too_much(struct ack *ack)
{
	*ack = (struct ack){ .error = EMSGSIZE };
	return -EMSGSIZE;
}

/* Is it the session that is missing, the first attribute, not one of its paths? */
static bool is_of_session(const struct ack *ack)
{
	return !ack->offset || ack->offset == NLMSG_LENGTH(GENL_HDRLEN);
}

static int call(struct kernel *kernel, struct nlmsghdr *msg, struct ack *ack)
{
	int err = genl_call(&kernel->requests, msg, NLM_F_ACK, NULL, NULL, ack);

	return is_of_session(ack) ? no_session(err) : err;
}

int kernel_set(struct kernel *kernel, const char *ifname,
	       const struct kernel_config *config, struct ack *ack)
{
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, SIDESTEP_CMD_SET, ifname);
	int err;

	if (msg && put_config(msg, config))
		err = call(kernel, msg, ack);
	else
		err = too_much(ack);
	explicit_bzero(buf, sizeof(buf));
	return err;
}

int kernel_measure(struct kernel *kernel, const char *ifname,
		   enum sidestep_path path, int32_t mbm, uint64_t at_ns,
		   struct ack *ack)
{
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, SIDESTEP_CMD_MEASURE, ifname);
	struct nlattr *nest;

	if (!msg)
		return too_much(ack);
	nest = mnl_attr_nest_start(msg, SIDESTEP_A_MEASUREMENT);
	mnl_attr_put_u8(msg, SIDESTEP_MEASUREMENT_A_PATH, path);
	mnl_attr_put_u8(msg, SIDESTEP_MEASUREMENT_A_QUANTITY,
			SIDESTEP_QUANTITY_SIGNAL);
	mnl_attr_put_u32(msg, SIDESTEP_MEASUREMENT_A_VALUE, (uint32_t)mbm);
	mnl_attr_put_u64(msg, SIDESTEP_MEASUREMENT_A_AT, at_ns);
	mnl_attr_nest_end(msg, nest);
	return call(kernel, msg, ack);
}

static bool put_rule(struct nlmsghdr *msg, const struct session_rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start_check(msg, REQUEST_SIZE,
							SIDESTEP_TRIGGER_A_RULE);

	if (!nest || !mnl_attr_put_u8_check(msg, REQUEST_SIZE, SIDESTEP_RULE_A_DECISION,
					    rule->decision))
		return false;
	for (unsigned int attr = SIDESTEP_RULE_A_THRESHOLD_MBM;
	     attr <= SIDESTEP_RULE_A_MAX; attr++)
		if (rule->has & 1u << attr &&
		    !mnl_attr_put_u32_check(msg, REQUEST_SIZE, attr,
					    (uint32_t)rule->value[attr]))
			return false;
	mnl_attr_nest_end(msg, nest);
	return true;
}

int kernel_set_rules(struct kernel *kernel, const char *ifname,
		     const struct session_rule rule[SIDESTEP_DECISION_MAX + 1],
		     struct ack *ack)
{
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, SIDESTEP_CMD_SET_TRIGGER, ifname);
	struct nlattr *nest;

	if (!msg)
		return too_much(ack);
	nest = mnl_attr_nest_start(msg, SIDESTEP_A_TRIGGER);
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++)
		if (rule[i].has && !put_rule(msg, &rule[i]))
			return too_much(ack);
	mnl_attr_nest_end(msg, nest);
	return call(kernel, msg, ack);
}

int kernel_order(struct kernel *kernel, const char *ifname,
		 enum sidestep_decision decision, uint64_t id, const char *reason,
		 struct ack *ack)
{
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, SIDESTEP_CMD_TRIGGER, ifname);
	char words[REASON_SIZE];
	size_t i;

	if (!msg)
		return too_much(ack);
	for (i = 0; reason[i] && i < sizeof(words) - 1; i++)
		words[i] = reason[i] < ' ' || reason[i] > '~' ? '?' : reason[i];
	words[i] = '\0';
	mnl_attr_put_u8(msg, SIDESTEP_A_DECISION, decision);
	mnl_attr_put_u64(msg, SIDESTEP_A_ORDER_ID, id);
	if (i)
		mnl_attr_put_strz(msg, SIDESTEP_A_REASON, words);
	return call(kernel, msg, ack);
}
