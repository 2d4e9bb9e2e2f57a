/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: what sidestepd knows and the kernel does not, for the command line
 *
 * A connection to STATUS_SOCKET brings one document in CBOR and is closed; nothing is
 * read from it. The document is a map with text keys, so that programs of another
 * version skip what they do not know. docs/status.md
 */
#ifndef _SIDESTEP_STATUS_H
#define _SIDESTEP_STATUS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The environment's SIDESTEP_STATUS names another one, for tests: status_path(). */
#define STATUS_SOCKET "/run/sidestep/status"

enum status_limits {
	STATUS_NAME_SIZE = 64,
	STATUS_TEXT_SIZE = 160,
	STATUS_KEY_SIZE = 45,
	STATUS_MAX_SESSIONS = 256,
	STATUS_MAX_SIZE = 1 << 20,
};

/**
 * struct status_session - of one session
 * @device: the session device
 * @peer: the peer's name
 * @met: there is a connection with the peer's helper on the direct link
 * @met_s: seconds since it began or ended; -1 if there never was one
 * @problem: what is wrong or waited for, in words, with the way out; "" for nothing
 * @standby: enum tunnel_readiness in words: "no modem", "no route", "no peer",
 *	     "no endpoint", "cold", "no handshake", "ready"
 * @tunnel: the WireGuard device
 * @modem: the modem's device
 * @modem_state: what ModemManager says of it; "" if it does not run
 * @operator: the operator's name; "" if not known
 * @endpoint: where the peer's end is; "" if not known
 * @handshake_s: seconds since the last handshake; -1 if there was none
 * @standby_bytes_per_day: what the tunnel costs in a day in which the session stays at
 *			   home, from what it cost so far; -1 until an hour's worth, or
 *			   what there is, can tell
 * @signal_mbm: of the direct link, last reported; INT32_MIN if none
 * @signal_age_ms: how long ago
 * @tx_retries_permille: frames that were sent again lately, of 1000; -1 if not known
 * @tx_failed_permille: frames that were given up, likewise
 * @function: the operator's ProSe Function: "registered" or "not registered"; "" if none
 *	      is to help
 * @function_problem: why it does not, in words; "" for nothing
 * @agreement: version of what is agreed with it; -1 for nothing
 * @order: number of its last order; -1 for none
 * @assisted: the session that it has ordered: "connecting", "by the relay", "without the
 *	      relay", "going home", "failed"; "" for none
 */
struct status_session {
	char device[IFNAMSIZ];
	char peer[STATUS_NAME_SIZE];
	bool met;
	int64_t met_s;
	char problem[STATUS_TEXT_SIZE];
	char standby[16];
	char tunnel[IFNAMSIZ];
	char modem[IFNAMSIZ];
	char modem_state[16];
	char operator[STATUS_NAME_SIZE];
	char endpoint[STATUS_NAME_SIZE];
	int64_t handshake_s;
	int64_t standby_bytes_per_day;
	int32_t signal_mbm;
	int64_t signal_age_ms;
	int32_t tx_retries_permille;
	int32_t tx_failed_permille;
	char function[16];
	char function_problem[STATUS_TEXT_SIZE];
	int64_t agreement;
	int64_t order;
	char assisted[24];
};

/**
 * struct status - the document
 * @version: of the program
 * @name: this host's
 * @key: its public key, base64
 * @n_sessions: entries of @session
 * @session: the sessions
 */
struct status {
	char version[16];
	char name[STATUS_NAME_SIZE];
	char key[STATUS_KEY_SIZE];
	size_t n_sessions;
	struct status_session *session;
};

/* status_encode() - Return: the document (malloc()), its length in @len; or NULL */
uint8_t *status_encode(const struct status *status, size_t *len);

/* status_decode() - Return: 0, -EBADMSG or -ENOMEM; status_free() also then */
int status_decode(struct status *status, const uint8_t *buf, size_t len);
void status_free(struct status *status);

/* status_path() - where the socket is */
const char *status_path(void);

/**
 * status_get() - ask the daemon
 * @status: the result; status_free() also on error
 *
 * Return: 0; -ENOENT or -ECONNREFUSED if none runs; -ETIMEDOUT if it does not answer
 * within a second; -EBADMSG; or another negative errno value.
 */
int status_get(struct status *status);

/* status_find() - the session of that device, or NULL */
const struct status_session *status_find(const struct status *status,
					 const char *device);

#endif /* _SIDESTEP_STATUS_H */
