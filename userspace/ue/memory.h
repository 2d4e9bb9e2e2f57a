/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory: what the start needed and the daemon does not
 */
#ifndef _SIDESTEP_MEMORY_H
#define _SIDESTEP_MEMORY_H

/* memory_let_go() - forget pages of programs and libraries that were read from files;
 * those that are needed are found again in the page cache
 */
void memory_let_go(void);

#endif /* _SIDESTEP_MEMORY_H */
