// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_check.h"

#include "../common/log.h"
#include "../common/wg_mac1.h"

#include <errno.h>
#include <string.h>

/* The socket stays until the session is over. */
static struct raw_udp *raw_of(struct ue_session *s)
{
	int err;

	if (s->mno.raw || !s->tunnel)
		return s->mno.raw;
	err = raw_udp_open(&s->mno.raw, s->host->event, s->conf.listen_port,
			   tunnel_mark(s->tunnel), NULL, s);
	if (err)
		log_say(LOG_WARNING, s->conf.device,
			"nothing can be sent from the tunnel's port: %s%s", strerror(-err),
			err == -EPERM ? "; CAP_NET_RAW is needed" : "");
	return s->mno.raw;
}

void ue_session_check_punch(struct ue_session *s)
{
	const struct sockaddr_storage *relay = endpoint_now(&s->endpoint);
	struct raw_udp *raw = raw_of(s);
	uint8_t punch[WG_INITIATION_LEN];
	struct wg_mac1_key key;
	int err;

	if (s->endpoint.hold)
		relay = &s->endpoint.said[ENDPOINT_RELAY];
	if (!raw || !relay->ss_family)
		return;
	if (wg_mac1_key(&key, s->stored.peer.wg_key) || wg_mac1_punch(punch, &key))
		return;
	err = raw_udp_send(raw, relay, punch, sizeof(punch));
	if (err)
		log_say(LOG_WARNING, s->conf.device, "nothing can be sent to the relay: %s",
			strerror(-err));
}

void ue_session_check_begin(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_candidates(struct ue_session *s,
				 const struct pf_candidates *candidates)
{
	(void)s;
	(void)candidates;
}

void ue_session_check_moved(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_end(struct ue_session *s)
{
	raw_udp_close(s->mno.raw);
	s->mno.raw = NULL;
}
