/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function: a ProSe Function: what it owns, and its clock
 *
 * Everything is in one loop; nothing blocks but the database.
 */
#ifndef _SIDESTEP_FUNCTION_H
#define _SIDESTEP_FUNCTION_H

#include "../common/coaps.h"
#include "control.h"
#include "db.h"
#include "mno_conf.h"
#include "mno_metrics.h"
#include "nat_control.h"
#include "over.h"
#include "pc6.h"
#include "relay.h"
#include "stun_server.h"
#include "subscriber.h"

#include <sys/queue.h>
#include <systemd/sd-event.h>

LIST_HEAD(assist_list, assist);

/**
 * struct function - all of it
 * @conf: the configuration
 * @event: the loop
 * @db: what is remembered
 * @ues: credential for UEs
 * @pc6: the way to other functions; NULL if there are none
 * @relays: all relays
 * @stun: tells UEs of a session their mapped address; NULL: its port is not free
 * @nat: the operator's, that maps UEs' ports; NULL: none
 * @control: the operator's socket; NULL: none
 * @subscribers: all UEs that are known
 * @assists: all sessions
 * @assists_by_id: likewise, that of tsearch(3)
 * @over: sessions that have ended
 * @to_tell: UEs that are told of orders once these are on the disk, by @teller
 * @draining: no new sessions; remembered
 * @grace_until_ns: after a start, sessions that no UE has confirmed end then; 0: over
 * @say_tokens: what strangers may still have written into the log: function_may_say()
 * @say_filled_ns: when that was right
 * @figures: what is counted; the rest of it is filled in when it is asked for
 * @timer: once a second
 */
struct function {
	struct mno_conf conf;
	sd_event *event;
	struct db *db;
	struct coaps *ues;
	struct pc6 *pc6;
	struct relays *relays;
	struct stun_server *stun;
	struct nat_control *nat;
	struct control *control;
	struct subscribers subscribers;
	struct assist_list assists;
	void *assists_by_id;
	struct over over;
	STAILQ_HEAD(, subscriber) to_tell;
	sd_event_source *teller;
	bool draining;
	uint64_t grace_until_ns;
	uint64_t say_tokens, say_filled_ns;
	struct mno_figures figures;
	sd_event_source *timer;
};

/**
 * function_open() - begin
 * @f: all zero but for @conf and @event
 * @state_dir: where the database is
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int function_open(struct function *f, const char *state_dir);

/* function_close() - end; what the kernel relays goes on. Also if it never was open */
void function_close(struct function *f);

/* function_stun() - where UEs that are reached by that family find the STUN server; family
 * AF_UNSPEC: nowhere
 */
void function_stun(const struct function *f, int family, struct sockaddr_storage *addr);

/* function_tell() - a UE is told what is new, after db_sync(), with others */
void function_tell(struct subscriber *s);

/* function_may_say() - is there room in the log for one more line about what a UE or another
 * function does wrong?
 */
bool function_may_say(struct function *f);

/* function_judge_hear() - a report was taken: is its UE to be connected for it? */
void function_judge_hear(struct agreement *agreement, const struct pf_report *report);

/* function_judge_tick() - once a second */
void function_judge_tick(struct function *f);

/* function_control_ops: what prosefctl(8) asks for; its data is the function */
extern const struct control_ops function_control_ops;

#endif /* _SIDESTEP_FUNCTION_H */
