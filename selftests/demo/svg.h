/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svg: what pictures are drawn with, those of the replay, too */
#ifndef DEMO_SVG_H
#define DEMO_SVG_H

#include <stdio.h>

#define INK "#22303c"
#define FAINT "#d5dce2"
#define MUTED "#66737f"
#define GOOD "#1a7f4b"
#define BAD "#c62f3d"
#define COLOUR_DIRECT "#2a9d6f"
#define COLOUR_INFRA "#3d6fd1"
#define COLOUR_BICAST "#8a5cc2"
#define COLOUR_A_TO_B "#d9822b"
#define COLOUR_B_TO_A "#0f8b9d"

/* The picture's begin: white, with the classes of text; "</svg>" ends it. */
void svg_begin(FILE *out, int width, int height, const char *title);
void svg_rect(FILE *out, double x, double y, double w, double h, const char *fill,
	      double opacity);
void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *colour);
void svg_text(FILE *out, double x, double y, const char *class, const char *colour,
	      const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
