// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdarg.h>

#include "svg.h"

void svg_rect(FILE *out, double x, double y, double w, double h, const char *fill,
	  double opacity)
{
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"%.2f\"/>\n",
		x, y, fmax(w, 0.5), h, fill, opacity);
}

void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *colour)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
		x1, y1, x2, y2, colour);
}

void svg_text(FILE *out, double x, double y, const char *class, const char *colour,
	  const char *fmt, ...)
{
	va_list ap;

	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" fill=\"%s\">", x,
		y, class, colour);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fprintf(out, "</text>\n");
}

void svg_begin(FILE *out, int width, int height, const char *title)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
		"<title>%s</title>\n"
		"<style>text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif}"
		".name{font-size:20px;font-weight:bold}.head{font-size:14px;font-weight:bold}"
		".label{font-size:12px}.small{font-size:10px}"
		".band{font-size:11px;font-weight:bold;text-anchor:middle}"
		".halo{paint-order:stroke;stroke:#ffffff;stroke-width:5px}.end{text-anchor:end}.middle{text-anchor:middle}</style>\n"
		"<defs><pattern id=\"dead\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		"<rect width=\"8\" height=\"8\" fill=\"#fbe3e5\"/><rect width=\"2\" height=\"8\" fill=\"#f0b9be\"/></pattern></defs>\n",
		width, height, width, height, title);
	svg_rect(out, 0, 0, width, height, "#ffffff", 1);
}
