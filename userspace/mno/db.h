/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db: what the function remembers, in SQLite (WAL)
 *
 * What a UE or another function is told is written first. A write is on the disk when
 * db_commit() returns 0, or the function that does it, outside of db_begin(). The disk is
 * slow: all that one message causes is one db_begin(), and many messages are one db_sync().
 */
#ifndef _SIDESTEP_DB_H
#define _SIDESTEP_DB_H

#include "../common/pf_msg.h"
#include "relay.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

/* The audit log keeps so many of its last entries; it is cut once in so many. */
enum db_limits {
	DB_AUDIT_ENTRIES = 100000,
	DB_AUDIT_SPARE = 100,
};

/* enum db_counter - numbers that are never given twice */
enum db_counter {
	DB_COUNTER_SESSION,
	DB_COUNTER_ORDER,
	DB_COUNTER_AGREEMENT,
};

/**
 * struct db_session - a session, as it is remembered
 * @id: PFID/NUMBER
 * @doc: what was asked of the other function, or by it
 * @targeted_key: WireGuard's of the targeted UE
 * @has_relay: @relay is there: it is this function's
 * @relay: its ports and latches
 * @state: enum pf_session_state
 * @wants: by enum relay_side: that UE does not do without it
 * @by: enum assist_by
 * @began: CLOCK_REALTIME, seconds
 * @ends: likewise
 */
struct db_session {
	char id[PF_SESSION_SIZE];
	struct pf_assist doc;
	uint8_t targeted_key[PF_WG_KEY_LEN];
	bool has_relay;
	struct relay_state relay;
	enum pf_session_state state;
	bool wants[RELAY_SIDES];
	unsigned int by;
	int64_t began;
	int64_t ends;
};

/**
 * db_open() - open or make the database; one of before becomes one of now
 * @db: the result
 * @path: file; "-wal" and "-shm" are beside it
 *
 * Return: 0 or a negative errno value: -EBADMSG: it is none, -EPROTO: of a later
 * version. Failures are logged.
 */
int db_open(struct db **db, const char *path);
void db_close(struct db *db);

/* db_begin() - several writes at once, or none of them. They do not nest */
void db_begin(struct db *db);

/* db_begin_lazy() - likewise, but the disk is not waited for: a power cut may take it, until
 * db_sync() or the db_commit() of others returns 0
 */
void db_begin_lazy(struct db *db);

/* db_sync() - all that was committed is on the disk. Return: 0 or -EIO, which is said */
int db_sync(struct db *db);

/* db_commit() - Return: 0, or -EIO: one of them failed, and none is stored */
int db_commit(struct db *db);

/* db_next() - a new number, from 1; 0 if it cannot be remembered */
uint64_t db_next(struct db *db, enum db_counter counter);

/* db_draining_put(), db_draining() - no new sessions, as the operator has said. Return: 0, or
 * -EIO: it could not be stored
 */
int db_draining_put(struct db *db, bool draining);
bool db_draining(struct db *db);

/* All of these log a failure, though not each of many; db_commit() tells of it. */
void db_agreement_put(struct db *db, const char *epuid, const struct pf_agreement *doc,
		      bool confirmed);
void db_agreement_del(struct db *db, const char *epuid, uint32_t id);
void db_session_put(struct db *db, const struct db_session *session);
void db_session_del(struct db *db, const char *id);
/* @at: when it was given, CLOCK_REALTIME, seconds */
void db_order_put(struct db *db, const char *epuid, uint64_t n, int64_t at,
		  const struct pf_order *order);
void db_order_del(struct db *db, uint64_t n);

/* db_order_answered() - likewise, with what is committed next: if that is lost, the UE is
 * told again what it knows
 */
void db_order_answered(struct db *db, uint64_t n);

/* db_tick() - once a second: what others have left */
void db_tick(struct db *db);

/* db_audit() - an entry: who, and what happened */
void db_audit(struct db *db, const char *who, const char *what);

/**
 * struct db_ops - what was remembered, in the order of these
 */
struct db_ops {
	void (*agreement)(void *data, const char *epuid, const struct pf_agreement *doc,
			  bool confirmed);
	void (*session)(void *data, const struct db_session *session);
	void (*order)(void *data, const char *epuid, uint64_t n, int64_t at,
		      const struct pf_order *order);
};

/* db_load() - all; what cannot be read is logged, and left out */
void db_load(struct db *db, const struct db_ops *ops, void *data);

#endif /* _SIDESTEP_DB_H */
