/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_key: the keys of sidestepd.conf(5), and what their values may be
 */
#ifndef _SIDESTEP_CONF_KEY_H
#define _SIDESTEP_CONF_KEY_H

#include "conf.h"

enum conf_key_id {
	CONF_KEY_NAME,
	CONF_KEY_METRICS_FILE,
	CONF_KEY_FUNCTION,
	CONF_KEY_CERTIFICATE,
	CONF_KEY_KEY,
	CONF_KEY_AUTHORITY,
	CONF_KEY_PEER,
	CONF_KEY_PEER_KEY,
	CONF_KEY_DIRECT,
	CONF_KEY_MODEM,
	CONF_KEY_TUNNEL,
	CONF_KEY_LISTEN_PORT,
	CONF_KEY_ENDPOINT,
	CONF_KEY_STANDBY,
	CONF_KEY_KEEPALIVE,
	CONF_KEY_PEER_EPUID,
	CONF_KEY_RELAY_ONLY,
	CONF_KEYS,
};

enum conf_section {
	CONF_SECTION_HOST,
	CONF_SECTION_MNO,
	CONF_SECTION_SESSION,
};

/**
 * struct conf_key - a key
 * @name: as it is spelled
 * @value: what its value is, for people
 * @needed: there is no default
 * @set_conf: takes the value, if it is a key of [Host] or [Mno]; otherwise NULL
 * @set_session: likewise, of [Session]
 * @section: whose key it is
 *
 * Both return what is wrong with the value, or NULL.
 */
struct conf_key {
	const char *name;
	const char *value;
	bool needed;
	const char *(*set_conf)(struct conf *conf, const char *value);
	const char *(*set_session)(struct conf_session *s, const char *value);
	enum conf_section section;
};

/* By enum conf_key_id. */
extern const struct conf_key conf_key[CONF_KEYS];

/* conf_key_name_fault() - what is wrong with a host's name, or NULL */
const char *conf_key_name_fault(const char *name);

/* conf_key_device_fault() - what is wrong with a device's name, or NULL */
const char *conf_key_device_fault(const char *name);

#endif /* _SIDESTEP_CONF_KEY_H */
