// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a session below its net device in sysfs; docs/sysfs-abi.md says what
 * they are. What a rule can be told is a table of the engine's, and so are these.
 */
#include <linux/kobject.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "engine.h"
#include "probe.h"
#include "session.h"
#include "state.h"
#include "sysfs.h"

enum {
	FIELDS_MAX = 16,
};

/**
 * struct sidestep_sysfs_dir - a directory
 * @kobj: itself
 * @session: whose; valid until the directory is deleted
 * @which: of a rule: enum sidestep_decision; of a path: enum sidestep_path
 */
struct sidestep_sysfs_dir {
	struct kobject		kobj;
	struct sidestep_session	*session;
	unsigned int		which;
};

/**
 * struct sidestep_sysfs_file - a file
 * @attr: itself
 * @field: what it is, if it is of a rule
 * @show: reads it
 * @store: writes it; NULL if it is read only
 */
struct sidestep_sysfs_file {
	struct attribute			attr;
	const struct sidestep_trigger_field	*field;
	ssize_t (*show)(const struct sidestep_sysfs_dir *dir,
			const struct sidestep_sysfs_file *file, char *buf);
	int (*store)(const struct sidestep_sysfs_dir *dir,
		     const struct sidestep_sysfs_file *file, char *word);
};

static const char * const state_names[] = {
	[SIDESTEP_STATE_DIRECT] = "direct",
	[SIDESTEP_STATE_BICAST] = "bicast",
	[SIDESTEP_STATE_INFRA] = "infra",
};

static const char * const mode_names[] = {
	[SIDESTEP_MODE_AUTO] = "auto",
	[SIDESTEP_MODE_HOLD] = "hold",
	[SIDESTEP_MODE_MANUAL] = "manual",
};

static struct sidestep_sysfs_file
	rule_files[SIDESTEP_DECISIONS + 1][FIELDS_MAX + 1];

static struct sidestep_sysfs_dir *dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct sidestep_sysfs_dir, kobj);
}

static const struct sidestep_sysfs_file *file_of(const struct attribute *attr)
{
	return container_of(attr, struct sidestep_sysfs_file, attr);
}

static ssize_t file_show(struct kobject *kobj, struct attribute *attr,
			 char *buf)
{
	const struct sidestep_sysfs_file *file = file_of(attr);

	return file->show(dir_of(kobj), file, buf);
}

/* Only who may change the net device may write. */
static ssize_t file_store(struct kobject *kobj, struct attribute *attr,
			  const char *buf, size_t count)
{
	const struct sidestep_sysfs_file *file = file_of(attr);
	struct sidestep_sysfs_dir *dir = dir_of(kobj);
	char word[16];
	int err;

	if (!ns_capable(dev_net(dir->session->dev)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (strscpy(word, buf, sizeof(word)) < 0)
		return -EINVAL;
	err = file->store(dir, file, strim(word));
	return err ?: count;
}

static const struct sysfs_ops file_ops = {
	.show = file_show,
	.store = file_store,
};

static void dir_release(struct kobject *kobj)
{
	kfree(dir_of(kobj));
}

static void dir_ownership(compat_owned_kobject *kobj, kuid_t *uid,
			  kgid_t *gid)
{
	const struct sidestep_sysfs_dir *dir =
		container_of(kobj, struct sidestep_sysfs_dir, kobj);

	net_ns_get_ownership(dev_net(dir->session->dev), uid, gid);
}

static ssize_t state_show(const struct sidestep_sysfs_dir *dir,
			  const struct sidestep_sysfs_file *file, char *buf)
{
	unsigned int plan = READ_ONCE(dir->session->tx_plan);

	return sysfs_emit(buf, "%s\n",
			  state_names[sidestep_state_of(sidestep_plan_paths(plan))]);
}

/* Waiting for RTNL here could be for ever: its holder may wait for us. */
static int state_store(const struct sidestep_sysfs_dir *dir,
		       const struct sidestep_sysfs_file *file, char *word)
{
	struct netlink_ext_ack extack = {};
	int err, state = match_string(state_names, ARRAY_SIZE(state_names),
				      word);

	if (state < 0)
		return -EINVAL;
	if (!rtnl_trylock())
		return restart_syscall();
	err = sidestep_state_switch(dir->session, state, &extack);
	if (err)
		netdev_info(dir->session->dev, "state: %s\n", extack._msg);
	rtnl_unlock();
	return err;
}

static ssize_t mode_show(const struct sidestep_sysfs_dir *dir,
			 const struct sidestep_sysfs_file *file, char *buf)
{
	struct sidestep_engine_view view;

	sidestep_engine_view(dir->session, &view);
	return sysfs_emit(buf, "%s\n", mode_names[view.config.mode]);
}

static void mode_set(struct sidestep_trigger_config *config, const void *with)
{
	config->mode = *(const int *)with;
}

static int mode_store(const struct sidestep_sysfs_dir *dir,
		      const struct sidestep_sysfs_file *file, char *word)
{
	int mode = match_string(mode_names, ARRAY_SIZE(mode_names), word);
	struct sidestep_trigger_fault fault;

	if (mode < 0)
		return -EINVAL;
	return sidestep_state_configure(dir->session, mode_set, &mode, &fault);
}

static ssize_t reason_show(const struct sidestep_sysfs_dir *dir,
			   const struct sidestep_sysfs_file *file, char *buf)
{
	struct sidestep_engine_view view;

	sidestep_engine_view(dir->session, &view);
	return sysfs_emit(buf, "%s\n", view.reason);
}

static ssize_t link_show(const struct sidestep_sysfs_dir *dir,
			 const struct sidestep_sysfs_file *file, char *buf)
{
	struct sidestep_engine_view view;

	sidestep_engine_view(dir->session, &view);
	return sysfs_emit(buf, "%s\n",
			  sidestep_words_link(view.link[dir->which]));
}

static ssize_t ready_show(const struct sidestep_sysfs_dir *dir,
			  const struct sidestep_sysfs_file *file, char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  READ_ONCE(dir->session->path[dir->which].ready));
}

static ssize_t measured_show(const struct sidestep_sysfs_dir *dir, char *buf,
			     unsigned int quantity)
{
	struct sidestep_engine_view view;
	const struct sidestep_measured *measured =
		&view.measured[dir->which][quantity];

	sidestep_engine_view(dir->session, &view);
	if (!measured->known)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%d\n", measured->value);
}

static ssize_t signal_show(const struct sidestep_sysfs_dir *dir,
			   const struct sidestep_sysfs_file *file, char *buf)
{
	return measured_show(dir, buf, SIDESTEP_QUANTITY_SIGNAL);
}

static ssize_t loss_show(const struct sidestep_sysfs_dir *dir,
			 const struct sidestep_sysfs_file *file, char *buf)
{
	return measured_show(dir, buf, SIDESTEP_QUANTITY_LOSS);
}

static ssize_t rtt_show(const struct sidestep_sysfs_dir *dir,
			const struct sidestep_sysfs_file *file, char *buf)
{
	return measured_show(dir, buf, SIDESTEP_QUANTITY_RTT);
}

static ssize_t field_show(const struct sidestep_sysfs_dir *dir,
			  const struct sidestep_sysfs_file *file, char *buf)
{
	struct sidestep_engine_view view;
	s32 value;

	sidestep_engine_view(dir->session, &view);
	value = sidestep_trigger_get(&view.config, dir->which, file->field);
	if (value == SIDESTEP_TRIGGER_OFF)
		return sysfs_emit(buf, "off\n");
	return sysfs_emit(buf, "%d\n", value);
}

struct field_value {
	unsigned int				decision;
	const struct sidestep_trigger_field	*field;
	s32					value;
};

static void field_set(struct sidestep_trigger_config *config, const void *with)
{
	const struct field_value *it = with;

	sidestep_trigger_set(config, it->decision, it->field, it->value);
}

static int field_store(const struct sidestep_sysfs_dir *dir,
		       const struct sidestep_sysfs_file *file, char *word)
{
	struct field_value it = { dir->which, file->field,
				  SIDESTEP_TRIGGER_OFF };
	struct sidestep_trigger_fault fault;
	int err;

	if (strcmp(word, "off") && kstrtos32(word, 10, &it.value))
		return -EINVAL;
	err = sidestep_state_configure(dir->session, field_set, &it, &fault);
	if (err)
		netdev_info(dir->session->dev, "trigger: %s: %s\n",
			    fault.field, fault.why);
	return err;
}

#define FILE_RO(name_, show_)						\
	{ .attr = { .name = (name_), .mode = 0444 }, .show = (show_) }
#define FILE_RW(name_, show_, store_)					\
	{ .attr = { .name = (name_), .mode = 0644 }, .show = (show_),	\
	  .store = (store_) }

static const struct sidestep_sysfs_file top_files[] = {
	FILE_RW("state", state_show, state_store),
	FILE_RW("mode", mode_show, mode_store),
	FILE_RO("reason", reason_show),
	{},
};

static const struct sidestep_sysfs_file path_files[] = {
	FILE_RO("link", link_show),
	FILE_RO("ready", ready_show),
	FILE_RO("signal_mbm", signal_show),
	FILE_RO("loss_permille", loss_show),
	FILE_RO("rtt_us", rtt_show),
	{},
};

static const struct sidestep_sysfs_file no_files[] = { {} };

static const struct kobj_type dir_type = {
	.release = dir_release,
	.sysfs_ops = &file_ops,
	.get_ownership = dir_ownership,
};

/* Where each directory is in the tree; @parent is an index, -1 for the device. */
static const struct {
	const char	*name;
	int		parent;
	unsigned int	which;
	const struct sidestep_sysfs_file *files;
} tree[SIDESTEP_SYSFS_DIRS] = {
	{ "sidestep", -1, 0, top_files },
	{ "paths", 0, 0, no_files },
	{ "direct", 1, SIDESTEP_PATH_DIRECT, path_files },
	{ "infra", 1, SIDESTEP_PATH_INFRA, path_files },
	{ "trigger", 0, SIDESTEP_DECISIONS, rule_files[SIDESTEP_DECISIONS] },
	{ "prepare", 4, SIDESTEP_DECISION_PREPARE,
	  rule_files[SIDESTEP_DECISION_PREPARE] },
	{ "execute", 4, SIDESTEP_DECISION_EXECUTE,
	  rule_files[SIDESTEP_DECISION_EXECUTE] },
	{ "release", 4, SIDESTEP_DECISION_RELEASE,
	  rule_files[SIDESTEP_DECISION_RELEASE] },
};

static int dir_add(struct sidestep_session *session, unsigned int i)
{
	const struct sidestep_sysfs_file *file = tree[i].files;
	struct kobject *parent = tree[i].parent < 0 ?
				 &session->dev->dev.kobj :
				 &session->sysfs[tree[i].parent]->kobj;
	struct sidestep_sysfs_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int err;

	if (!dir)
		return -ENOMEM;
	dir->session = session;
	dir->which = tree[i].which;
	err = kobject_init_and_add(&dir->kobj, &dir_type, parent, "%s",
				   tree[i].name);
	for (; !err && file->attr.name; file++)
		err = sysfs_create_file(&dir->kobj, &file->attr);
	if (err) {
		kobject_del(&dir->kobj);
		kobject_put(&dir->kobj);
		return err;
	}
	session->sysfs[i] = dir;
	return 0;
}

/**
 * sidestep_sysfs_add() - make a session's files
 * @session: the session, whose device is registered
 *
 * Return: 0 or a negative error, with no file.
 */
int sidestep_sysfs_add(struct sidestep_session *session)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < SIDESTEP_SYSFS_DIRS && !err; i++)
		err = dir_add(session, i);
	if (err)
		sidestep_sysfs_del(session);
	return err;
}

/**
 * sidestep_sysfs_del() - delete them, and see readers and writers off
 * @session: the session
 */
void sidestep_sysfs_del(struct sidestep_session *session)
{
	unsigned int i = SIDESTEP_SYSFS_DIRS;

	while (i--) {
		struct sidestep_sysfs_dir *dir = session->sysfs[i];

		if (!dir)
			continue;
		kobject_del(&dir->kobj);
		kobject_put(&dir->kobj);
		session->sysfs[i] = NULL;
	}
}

/**
 * sidestep_sysfs_init() - make files of the engine's table
 */
void __init sidestep_sysfs_init(void)
{
	const struct sidestep_trigger_field *field;
	unsigned int d, i;

	for (d = 0; d <= SIDESTEP_DECISIONS; d++) {
		struct sidestep_sysfs_file *file = rule_files[d];

		for (i = 0; (field = sidestep_trigger_field(d, i)); i++) {
			if (d == SIDESTEP_DECISIONS &&
			    field->attr == SIDESTEP_TRIGGER_A_MODE)
				continue;
			*file++ = (struct sidestep_sysfs_file) {
				.attr = { .name = field->name, .mode = 0644 },
				.field = field,
				.show = field_show,
				.store = field_store,
			};
		}
	}
}
