// SPDX-License-Identifier: GPL-2.0
/*
 * For a guest that is to be suspended and to go on: 9p over virtio, on which its root is,
 * does not come back from sleep, so it goes no further than the freezer (pm_test), and
 * the clocks that count sleep are moved as the kernel does it when a host wakes up.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/suspend.h>
#include <linux/time64.h>

static unsigned int asleep_s;
module_param_named(seconds, asleep_s, uint, 0644);
MODULE_PARM_DESC(seconds, "how long it will have slept");

static void (*inject)(const struct timespec64 *delta);

static int asleep_notify(struct notifier_block *nb, unsigned long event, void *unused)
{
	const struct timespec64 delta = { .tv_sec = asleep_s };

	if (event == PM_POST_SUSPEND)
		inject(&delta);
	return NOTIFY_OK;
}

static struct notifier_block asleep_notifier = { .notifier_call = asleep_notify };

/* It is not exported; who may put a probe there is told where it is. */
static int __init asleep_init(void)
{
	struct kprobe probe = { .symbol_name = "timekeeping_inject_sleeptime64" };
	int err = register_kprobe(&probe);

	if (err)
		return err;
	inject = (void *)probe.addr;
	unregister_kprobe(&probe);
	return register_pm_notifier(&asleep_notifier);
}

static void __exit asleep_exit(void)
{
	unregister_pm_notifier(&asleep_notifier);
}

module_init(asleep_init);
module_exit(asleep_exit);

MODULE_DESCRIPTION("A guest that wakes up again");
MODULE_LICENSE("GPL");
