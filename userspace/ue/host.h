/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the daemon of one host, with all its sessions
 */
#ifndef _SIDESTEP_HOST_H
#define _SIDESTEP_HOST_H

#include "../common/conf.h"
#include "exchange.h"
#include "hello.h"
#include "kernel.h"
#include "modem.h"
#include "netview.h"
#include "serve.h"

struct mno;
struct ue_session;

/**
 * struct host - the daemon
 * @event: the loop
 * @conf_path: the configuration file
 * @state_dir: directory of keys and of what sessions remember
 * @version: of the program
 * @conf: what the file said when it was last read without a problem, and at start
 * @key: this host's
 * @rtnl: requests to rtnetlink
 * @wireguard: requests to WireGuard; valid if @has_wireguard
 * @radio: requests to nl80211; valid if @has_radio
 * @view: links, addresses, routes
 * @kernel: requests to the module, and its events
 * @hello: who is there on direct links
 * @exchange: connections with peers
 * @modems: what ModemManager says
 * @mno: the operator's function; NULL if there is none in the configuration
 * @serve: status and metrics
 * @session: the sessions, @n_sessions of them, in the order of the file
 * @n_sessions: how many
 * @asleep_ns: how long the machine has slept since it booted
 */
struct host {
	sd_event *event;
	const char *conf_path;
	const char *state_dir;
	const char *version;
	struct conf conf;
	struct hostkey key;
	struct rtnl rtnl;
	struct genl wireguard;
	bool has_wireguard;
	struct genl radio;
	bool has_radio;
	struct netview *view;
	struct kernel *kernel;
	struct hello *hello;
	struct exchange *exchange;
	struct modem_watch *modems;
	struct mno *mno;
	struct serve *serve;
	struct ue_session *session[CONF_MAX_SESSIONS];
	size_t n_sessions;
	int64_t asleep_ns;
};

/**
 * host_open() - read the configuration and take up all sessions
 * @host: @event, @conf_path, @state_dir and @version are set, the rest is zero
 *
 * What is wrong with one session does not keep the others. Failures are logged.
 *
 * Return: 0 or a negative errno value; host_close() also then.
 */
int host_open(struct host *host);

/* host_close() - end; what is on the data path stays */
void host_close(struct host *host);

/**
 * host_reload() - read the configuration again
 *
 * Sessions that are the same go on untouched. If anything is wrong with the file, all
 * stays as it is.
 */
void host_reload(struct host *host);

/* host_now_ns() - CLOCK_BOOTTIME: goes on while the machine sleeps */
uint64_t host_now_ns(void);

#endif /* _SIDESTEP_HOST_H */
