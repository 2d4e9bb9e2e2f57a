/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map: the picture of who talked to whom */
#ifndef DEMO_MAP_H
#define DEMO_MAP_H

#include <stdio.h>

#include "run.h"

/* Of @run, whose logs are in @dir; ends the program if they are not understood. */
void map_write(FILE *out, const struct run *run, const char *dir);

#endif
