/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_NOTIFIER_H
#define _SIDESTEP_NOTIFIER_H

int sidestep_notifier_init(void);
void sidestep_notifier_exit(void);

#endif /* _SIDESTEP_NOTIFIER_H */
