/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: sidestepd.conf(5) as a plain struct
 *
 *	[Host]
 *	Name=alice
 *
 *	[Session p2p0]
 *	Peer=bob
 *	PeerKey=mQxy...=
 *	Direct=wlan0
 *	Modem=wwan0
 *	Endpoint=203.0.113.2:51820
 *
 * and for hosts whose operators bring them together:
 *
 *	[Mno]
 *	Function=198.51.100.7
 *	Certificate=/etc/sidestep/ue.pem
 *	Key=/etc/sidestep/ue.key
 *	Authority=/etc/sidestep/authority.pem
 *
 * Sections and keys as in systemd's files: "#" and ";" begin a comment line, white
 * space around "=" does not count, keys are spelled exactly.
 */
#ifndef _SIDESTEP_CONF_H
#define _SIDESTEP_CONF_H

#include "pf_msg.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define CONF_PATH "/etc/sidestep/sidestepd.conf"

enum conf_limits {
	/* A host's name, with its NUL: letters, digits, "-", "_" and ".". */
	CONF_NAME_SIZE = 64,
	/* Ed25519 public key (RFC 8032). */
	CONF_KEY_LEN = 32,
	CONF_MAX_SESSIONS = 256,
	CONF_MAX_FILE = 1 << 20,
	CONF_PATH_SIZE = 256,
	/* Of coaps (RFC 7252 6.2). */
	CONF_MNO_PORT = 5684,
	/* Text of a problem, with its NUL. */
	CONF_PROBLEM_SIZE = 256,
	/* More are counted, but not told. */
	CONF_MAX_PROBLEMS = 1000,
};

/**
 * enum conf_standby - what is done with the tunnel while the session is at home
 * @CONF_STANDBY_WARM: it is kept up, with keepalives
 * @CONF_STANDBY_COLD: it is down, and brought up by the decision to prepare
 */
enum conf_standby {
	CONF_STANDBY_WARM,
	CONF_STANDBY_COLD,
};

/**
 * struct conf_session - a section [Session DEVICE]
 * @line: where it begins
 * @device: the session device; the section's operand
 * @peer: Peer=, the other host's Name=; needed
 * @peer_key: PeerKey=, its public key, base64 (`sidestepd --key` there); needed
 * @direct: Direct=, device of the direct link; needed
 * @modem: Modem=, device by which the tunnel's packets leave; needed, not @direct
 * @tunnel: Tunnel=, name of the WireGuard device; "wg-" and @device if not given,
 *	    cut to fit
 * @listen_port: ListenPort=, UDP port of the tunnel, 1..65535; 0: the kernel
 *		 chooses one
 * @endpoint: Endpoint=, where the peer's end of the tunnel is reached:
 *	      ADDRESS:PORT or [ADDRESS]:PORT; family AF_UNSPEC if not given: the one
 *	      that the peer tells, if it has a public address
 * @standby: Standby=, "warm" (default) or "cold"
 * @keepalive_s: Keepalive=, seconds between keepalives of a warm tunnel, 1..65535;
 *		 25 if not given
 * @peer_epuid: PeerEPUID=, by which the ProSe Functions know the peer; needs [Mno].
 *		"": no function assists
 * @relay_only: RelayOnly=, "yes": the peer is never told this host's addresses
 *
 * Two are the same if memcmp() says so but for @line: what is not used is zero.
 */
struct conf_session {
	unsigned int line;
	char device[IFNAMSIZ];
	char peer[CONF_NAME_SIZE];
	uint8_t peer_key[CONF_KEY_LEN];
	char direct[IFNAMSIZ];
	char modem[IFNAMSIZ];
	char tunnel[IFNAMSIZ];
	uint16_t listen_port;
	struct sockaddr_storage endpoint;
	enum conf_standby standby;
	uint16_t keepalive_s;
	char peer_epuid[PF_ID_SIZE];
	bool relay_only;
};

/**
 * struct conf_mno - the section [Mno]: this host's ProSe Function. All is needed
 * @line: where it begins; 0 if there is none
 * @function: Function=, where it is: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT
 * @certificate: Certificate=, PEM; its common name is this host's EPUID
 * @key: Key=, the certificate's private key, PEM
 * @authority: Authority=, certificates of who vouches for the function, PEM
 *
 * It is reached by the modem of the sessions with a PeerEPUID=, which have the same.
 */
struct conf_mno {
	unsigned int line;
	struct sockaddr_storage function;
	char certificate[CONF_PATH_SIZE];
	char key[CONF_PATH_SIZE];
	char authority[CONF_PATH_SIZE];
};

/**
 * struct conf - the file
 * @name: [Host] Name=; the host name (uname) up to its first dot if not given;
 *	  conf_parse() leaves that to conf_read()
 * @metrics_file: [Host] MetricsFile=, an absolute path; "" for none
 * @mno: [Mno]
 * @session: the sessions, @n_sessions of them, in the order of the file
 * @n_sessions: how many
 */
struct conf {
	char name[CONF_NAME_SIZE];
	char metrics_file[CONF_PATH_SIZE];
	struct conf_mno mno;
	struct conf_session *session;
	size_t n_sessions;
};

/**
 * struct conf_problem - what is wrong with the file
 * @line: where, from 1; 0 if it is about the file as a whole
 * @text: what, with the value, and the way out
 */
struct conf_problem {
	unsigned int line;
	char text[CONF_PROBLEM_SIZE];
};

/**
 * typedef conf_problem_cb - called with each problem, in the order of lines
 */
typedef void (*conf_problem_cb)(const struct conf_problem *problem, void *data);

/**
 * conf_parse() - read a configuration
 * @conf: the result, to be freed with conf_free(), also on error. A session of which
 *	  something is wrong is not in it, others are; likewise [Mno]
 * @text: what the file says
 * @len: of @text
 * @cb: told what is wrong
 * @data: for @cb
 *
 * Wrong are: lines that are neither, unknown sections and keys (with the nearest
 * known name, if one is near), keys given twice, two sections of one device, one
 * tunnel or listen port for two sessions, two sessions with the same peer on the same
 * direct device or with the same EPUID, more than PF_MAX_SESSIONS with one or by
 * several modems, values out of range, and needed keys that are missing.
 *
 * Return: the number of problems.
 */
size_t conf_parse(struct conf *conf, const char *text, size_t len,
		  conf_problem_cb cb, void *data);

/**
 * conf_read() - read a file
 * @conf: as for conf_parse()
 * @path: the file
 * @cb: told what is wrong, also if the file cannot be read (line 0)
 * @data: for @cb
 *
 * Return: the number of problems.
 */
size_t conf_read(struct conf *conf, const char *path, conf_problem_cb cb,
		 void *data);

void conf_free(struct conf *conf);

/* conf_find() - the session of that device, or NULL */
const struct conf_session *conf_find(const struct conf *conf, const char *device);

#endif /* _SIDESTEP_CONF_H */
