// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a configuration must hold beyond its lines.
 */
#include "conf_reader.h"

#include <stdio.h>
#include <string.h>

enum {
	DEFAULT_KEEPALIVE_S = 25,
};

/* Where a key was given, or its section. */
static unsigned int line_of(const struct conf_draft *draft, enum conf_key_id id)
{
	return draft->key_line[id] ? draft->key_line[id] : draft->session.line;
}

static void find_missing(struct conf_reader *r, struct conf_draft *draft)
{
	for (int id = 0; id < CONF_KEYS; id++)
		if (conf_key[id].needed && conf_key[id].section == draft->section &&
		    !draft->key_line[id])
			conf_reader_reject(r, draft, draft->session.line,
					   "%s= is missing: %s",
					   conf_key[id].name, conf_key[id].value);
}

static void fill_in(struct conf_draft *draft)
{
	struct conf_session *s = &draft->session;

	if (!draft->key_line[CONF_KEY_TUNNEL] && *s->device)
		snprintf(s->tunnel, sizeof(s->tunnel), "wg-%.12s", s->device);
	if (!draft->key_line[CONF_KEY_KEEPALIVE])
		s->keepalive_s = DEFAULT_KEEPALIVE_S;
}

static bool same(const char *a, const char *b)
{
	return *a && !strcmp(a, b);
}

/* What the helper makes is not what it finds. */
static void find_made(struct conf_reader *r, struct conf_draft *draft,
		      enum conf_key_id id, const char *ifname)
{
	const struct conf_session *other;

	for (size_t i = 0; i < r->n_sessions; i++) {
		other = &r->session[i].session;
		if (same(ifname, other->device))
			conf_reader_reject(r, draft, line_of(draft, id),
					   "%s=%s is a session device, [Session %s]",
					   conf_key[id].name, ifname,
					   other->device);
		else if (id != CONF_KEY_TUNNEL && same(ifname, other->tunnel))
			conf_reader_reject(r, draft, line_of(draft, id),
					   "%s=%s is the tunnel of [Session %s]",
					   conf_key[id].name, ifname,
					   other->device);
		else
			continue;
		break;
	}
}

static void find_own_clash(struct conf_reader *r, struct conf_draft *draft)
{
	const struct conf_session *s = &draft->session;

	find_made(r, draft, CONF_KEY_DIRECT, s->direct);
	find_made(r, draft, CONF_KEY_TUNNEL, s->tunnel);
	if (same(s->modem, s->direct))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_MODEM),
				   "Modem=%s is the direct device, too: the tunnel must leave by another one",
				   s->modem);
	else
		find_made(r, draft, CONF_KEY_MODEM, s->modem);
}

static bool same_key(const struct conf_draft *a, const struct conf_draft *b)
{
	static const uint8_t none[CONF_KEY_LEN];

	return memcmp(a->session.peer_key, none, CONF_KEY_LEN) &&
	       !memcmp(a->session.peer_key, b->session.peer_key, CONF_KEY_LEN);
}

static void find_clash(struct conf_reader *r, struct conf_draft *draft,
		       const struct conf_draft *before)
{
	const struct conf_session *s = &draft->session, *b = &before->session;

	if (same(s->tunnel, b->tunnel))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_TUNNEL),
				   "Tunnel=%s is that of [Session %s], too: say another Tunnel=",
				   s->tunnel, b->device);
	if (s->listen_port && s->listen_port == b->listen_port)
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_LISTEN_PORT),
				   "ListenPort=%u is that of [Session %s], too: each tunnel needs its own",
				   s->listen_port, b->device);
	if (!same(s->direct, b->direct))
		return;
	if (same_key(draft, before))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_PEER_KEY),
				   "this PeerKey= on %s is that of [Session %s], too: one session is enough for both",
				   s->direct, b->device);
	else if (same(s->peer, b->peer))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_PEER),
				   "Peer=%s on %s is that of [Session %s], too, with another PeerKey=",
				   s->peer, s->direct, b->device);
}

/* Sessions with a function's help share its modem, and the function knows a peer once. */
static void find_mno_clash(struct conf_reader *r, struct conf_draft *draft,
			   const struct conf_draft *before)
{
	const struct conf_session *s = &draft->session, *b = &before->session;

	if (same(s->peer_epuid, b->peer_epuid))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_PEER_EPUID),
				   "PeerEPUID=%s is that of [Session %s], too",
				   s->peer_epuid, b->device);
	else if (*s->peer_epuid && *b->peer_epuid && *b->modem && *s->modem &&
		 strcmp(s->modem, b->modem))
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_MODEM),
				   "Modem=%s with a PeerEPUID=, but that of [Session %s] is %s: the function is reached by one modem",
				   s->modem, b->device, b->modem);
}

/* Return: how many sessions before and with this one want a function's help */
static size_t find_mno_faults(struct conf_reader *r, size_t at, size_t count)
{
	struct conf_draft *draft = &r->session[at];
	size_t i;

	if (!*draft->session.peer_epuid)
		return count;
	for (i = 0; i < at; i++)
		if (!r->session[i].again)
			find_mno_clash(r, draft, &r->session[i]);
	if (!r->mno.session.line)
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_PEER_EPUID),
				   "PeerEPUID=%s without a section [Mno]: which function is to help?",
				   draft->session.peer_epuid);
	if (count == PF_MAX_SESSIONS)
		conf_reader_reject(r, draft, line_of(draft, CONF_KEY_PEER_EPUID),
				   "more than %d sessions with a PeerEPUID=",
				   PF_MAX_SESSIONS);
	return count + (count < PF_MAX_SESSIONS);
}

void conf_rules_apply(struct conf_reader *r)
{
	size_t i, j, assisted = 0;

	if (r->mno.session.line)
		find_missing(r, &r->mno);
	for (i = 0; i < r->n_sessions; i++)
		fill_in(&r->session[i]);
	for (i = 0; i < r->n_sessions; i++) {
		struct conf_draft *draft = &r->session[i];

		if (draft->again)
			continue;
		find_missing(r, draft);
		find_own_clash(r, draft);
		assisted = find_mno_faults(r, i, assisted);
		for (j = 0; j < i; j++)
			if (!r->session[j].again)
				find_clash(r, draft, &r->session[j]);
	}
}
