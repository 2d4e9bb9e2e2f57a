/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_diff: what the kernel must be told of a session
 */
#ifndef _SIDESTEP_KERNEL_DIFF_H
#define _SIDESTEP_KERNEL_DIFF_H

#include "../common/conf.h"
#include "kernel.h"
#include "store.h"

/**
 * kernel_diff() - what differs from what it says
 * @config: the result; @flags is 0 if nothing does. Points into @stored and @conf
 * @conf: what the file says
 * @stored: with @has_peer and @has_keys
 * @told: what the kernel says
 * @new_keys: it was not told yet of these keys
 *
 * Keys are never read back. The session id comes from the same secret, so where that
 * is another, the keys are, too. Pure.
 */
void kernel_diff(struct kernel_config *config, const struct conf_session *conf,
		 const struct stored *stored, const struct session *told,
		 bool new_keys);

#endif /* _SIDESTEP_KERNEL_DIFF_H */
