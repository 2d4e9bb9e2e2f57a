// SPDX-License-Identifier: GPL-2.0-or-later
/* map.svg: who talked to whom, and how much, from the logs "pairs" and "samples" */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "map.h"
#include "svg.h"

enum layout {
	WIDTH = 1100,
	HEIGHT = 640,
	BOX_W = 190,
	BOX_H = 66,
	ROW = 15,
};

enum node { NODE_UE_A, NODE_UE_B, NODE_MNO_A, NODE_MNO_B, NODES };

/* What is said on a way. */
enum talk { TALK_COAPS, TALK_STUN, TALK_TUNNEL, TALK_RADIO, TALKS };

enum ports { PORT_STUN = 3478, PORT_UE = 5684, PORT_PEER = 5694 };

struct place {
	const char *name;
	const char *title;
	const char *what;
	double x;
	double y;
};

static const struct place places[NODES] = {
	[NODE_UE_A] = { "ue_a", "UE-A", "behind MNO-A's NAT", 190, 520 },
	[NODE_UE_B] = { "ue_b", "UE-B", "behind MNO-B's NAT", 910, 520 },
	[NODE_MNO_A] = { "mno_a", "MNO-A", "ProSe Function", 190, 170 },
	[NODE_MNO_B] = { "mno_b", "MNO-B", "ProSe Function", 910, 170 },
};

static const struct {
	const char *word;
	const char *colour;
} talks[TALKS] = {
	[TALK_COAPS] = { "agreements, reports, orders (coaps)", COLOUR_BICAST },
	[TALK_STUN] = { "what is my address? (STUN)", MUTED },
	[TALK_TUNNEL] = { NULL, COLOUR_INFRA },
	[TALK_RADIO] = { "direct link: the session, probes, hellos", COLOUR_DIRECT },
};

struct count {
	uint64_t packets;
	uint64_t bytes;
};

struct map {
	struct count count[NODES][NODES][TALKS];
	char address[16][48];
	enum node owner[16];
	int addresses;
};

/* --- logs ----------------------------------------------------------------- */

static void load_hosts(struct map *m, const char *dir)
{
	static const char *const names[NODES] = { "ue_a", "ue_b", "mno_a", "mno_b" };
	struct logfile lf;
	char name[16];
	int node;

	logfile_open(&lf, dir, "hosts");
	while (logfile_next(&lf)) {
		if (m->addresses == 16 ||
		    sscanf(lf.line, "%47s %15s", m->address[m->addresses], name) != 2)
			logfile_die(&lf, "not a host: %s", lf.line);
		node = loader_find(names, NODES, name);
		if (node < 0)
			logfile_die(&lf, "unknown host %s", name);
		m->owner[m->addresses++] = node;
	}
	logfile_close(&lf);
}

static enum node owner(const struct map *m, const struct logfile *lf, const char *address)
{
	for (int i = 0; i < m->addresses; i++)
		if (!strcmp(m->address[i], address))
			return m->owner[i];
	logfile_die(lf, "nobody's address: %s", address);
}

static bool is_port(unsigned int from, unsigned int to, unsigned int port)
{
	return from == port || to == port;
}

static enum talk talk_of(unsigned int from, unsigned int to)
{
	if (is_port(from, to, PORT_UE) || is_port(from, to, PORT_PEER))
		return TALK_COAPS;
	return is_port(from, to, PORT_STUN) ? TALK_STUN : TALK_TUNNEL;
}

static void load_pairs(struct map *m, const char *dir)
{
	char from[48], to[48];
	unsigned int from_port, to_port;
	struct logfile lf;
	struct count c;

	logfile_open(&lf, dir, "pairs");
	while (logfile_next(&lf)) {
		struct count *sum;

		if (sscanf(lf.line, "%47s %47s %u %u %" SCNu64 " %" SCNu64, from, to,
			   &from_port, &to_port, &c.packets, &c.bytes) != 6)
			logfile_die(&lf, "not a pair: %s", lf.line);
		sum = &m->count[owner(m, &lf, from)][owner(m, &lf, to)]
			       [talk_of(from_port, to_port)];
		sum->packets += c.packets;
		sum->bytes += c.bytes;
	}
	if (!lf.number)
		logfile_die(&lf, "nobody has talked");
	logfile_close(&lf);
}

/* What a radio has got is what the other one has said. */
static void count_radio(struct map *m, const struct run *run)
{
	const struct sample *first = &run->samples[0];
	const struct sample *last = &run->samples[run->samples_count - 1];

	for (int ue = 0; ue < UES; ue++) {
		const struct device_count *a = &first->dev[ue][DEVICE_DIRECT];
		const struct device_count *b = &last->dev[ue][DEVICE_DIRECT];

		m->count[ue == UE_A ? NODE_UE_B : NODE_UE_A][ue == UE_A ? NODE_UE_A : NODE_UE_B]
			[TALK_RADIO] = (struct count){ b->rx_packets - a->rx_packets,
						       b->rx_bytes - a->rx_bytes };
	}
}

/* --- picture -------------------------------------------------------------- */

static void draw_node(FILE *out, const struct place *p)
{
	svg_rect(out, p->x - BOX_W / 2.0, p->y - BOX_H / 2.0, BOX_W, BOX_H, "#e9eef3", 1);
	svg_text(out, p->x, p->y - 4, "head middle", INK, "%s", p->title);
	svg_text(out, p->x, p->y + 16, "label middle", MUTED, "%s", p->what);
}

static void amount(char *text, size_t size, struct count c)
{
	if (c.bytes < 1000 * 1000)
		snprintf(text, size, "%" PRIu64 " (%.1f kB)", c.packets, (double)c.bytes / 1e3);
	else
		snprintf(text, size, "%" PRIu64 " (%.1f MB)", c.packets, (double)c.bytes / 1e6);
}

static const char *word_of(enum talk talk, enum node to)
{
	if (talk != TALK_TUNNEL)
		return talks[talk].word;
	return to == NODE_UE_B ? "the session's tunnel, without a relay" :
				 "the session's tunnel, by the relay";
}

/* A line for each kind of talk, one beside the other, and what was said at (@x, @y). */
static void draw_way(FILE *out, const struct map *m, enum node a, enum node b, double x,
		     double y)
{
	const struct place *p = &places[a], *q = &places[b];
	int drawn = 0;

	for (int talk = 0; talk < TALKS; talk++) {
		struct count there = m->count[a][b][talk], back = m->count[b][a][talk];
		char to[48], from[48];

		if (!there.packets && !back.packets)
			continue;
		svg_line(out, p->x + 5 * drawn, p->y + 5 * drawn, q->x + 5 * drawn,
			 q->y + 5 * drawn, talks[talk].colour);
		amount(to, sizeof(to), there);
		amount(from, sizeof(from), back);
		svg_text(out, x, y + 2 * ROW * drawn, "label middle halo", talks[talk].colour, "%s",
			 word_of(talk, b));
		svg_text(out, x, y + 2 * ROW * drawn + ROW - 2, "small middle halo", INK,
			 "%s to %s: %s; %s to %s: %s", p->title, q->title, to, q->title,
			 p->title, from);
		drawn++;
	}
}

static void draw_ways(FILE *out, const struct map *m)
{
	draw_way(out, m, NODE_MNO_A, NODE_MNO_B, 550, 130);
	draw_way(out, m, NODE_UE_A, NODE_MNO_A, 190, 270);
	draw_way(out, m, NODE_UE_B, NODE_MNO_B, 910, 270);
	draw_way(out, m, NODE_UE_B, NODE_MNO_A, 640, 235);
	draw_way(out, m, NODE_UE_A, NODE_MNO_B, 460, 350);
	draw_way(out, m, NODE_UE_A, NODE_UE_B, 550, 545);
}

void map_write(FILE *out, const struct run *run, const char *dir)
{
	struct map m = { 0 };

	load_hosts(&m, dir);
	load_pairs(&m, dir);
	count_radio(&m, run);
	svg_begin(out, WIDTH, HEIGHT, "Sidestep: who talked to whom");
	svg_text(out, 40, 40, "name", INK, "Who talked to whom");
	svg_text(out, 40, 62, "label", MUTED,
		 "Packets, and bytes with their IP headers, in the whole run with Sidestep: what crossed the middle of the internet, and what the radios got.");
	draw_ways(out, &m);
	for (int node = 0; node < NODES; node++)
		draw_node(out, &places[node]);
	fprintf(out, "</svg>\n");
}
