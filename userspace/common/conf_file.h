/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_file: can a file that the configuration names be used?
 */
#ifndef _SIDESTEP_CONF_FILE_H
#define _SIDESTEP_CONF_FILE_H

#include "conf.h"

/**
 * conf_file_fault() - what is wrong with it, by this process's rights
 * @text: the result, in words, with the way out
 * @path: the file
 * @secret: nobody but its owner and group may read it, nobody but its owner write
 *
 * Return: whether anything is.
 */
bool conf_file_fault(char text[CONF_PROBLEM_SIZE], const char *path, bool secret);

#endif /* _SIDESTEP_CONF_FILE_H */
