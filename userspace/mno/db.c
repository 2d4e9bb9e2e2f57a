// SPDX-License-Identifier: GPL-2.0-or-later
#include "db.h"
#include "../common/clock.h"
#include "../common/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	/* PRAGMA user_version */
	SCHEMA_VERSION = 2,
	BUSY_MS = 2000,
	STATEMENTS = 32,
	ANSWERED = 256,
	/* A full disk fails each write. */
	COMPLAIN_NS = 1000000000,
};

static const char schema[] =
	"CREATE TABLE counter(name INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
	"CREATE TABLE agreement(epuid TEXT NOT NULL, id INTEGER NOT NULL,"
	" confirmed INTEGER NOT NULL, doc BLOB NOT NULL, PRIMARY KEY(epuid, id))"
	" WITHOUT ROWID;"
	"CREATE TABLE session(id TEXT PRIMARY KEY, doc BLOB NOT NULL,"
	" targeted_key BLOB NOT NULL, relay BLOB, state INTEGER NOT NULL,"
	" wants_a INTEGER NOT NULL, wants_b INTEGER NOT NULL, by INTEGER NOT NULL,"
	" began INTEGER NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE outstanding(n INTEGER PRIMARY KEY, epuid TEXT NOT NULL,"
	" doc BLOB NOT NULL, at INTEGER NOT NULL);"
	"CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
	"CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" who TEXT NOT NULL, what TEXT NOT NULL);"
	"PRAGMA user_version = 2;";

/* When its orders were given is not known: now. It may have no settings yet. */
static const char schema_from_1[] =
	"ALTER TABLE outstanding ADD COLUMN at INTEGER NOT NULL DEFAULT 0;"
	"UPDATE outstanding SET at = CAST(strftime('%s', 'now') AS INTEGER);"
	"CREATE TABLE IF NOT EXISTS setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
	"PRAGMA user_version = 2;";

/**
 * struct db - the database
 * @in_begin: between db_begin() and db_commit()
 * @failed: one of these writes did
 * @lazy: the disk is not waited for
 * @unsynced: something is not on it yet
 * @statement: as they were compiled; @sql are literals
 * @answered: orders that can go, @n_answered of them
 */
struct db {
	sqlite3 *sqlite;
	bool in_begin, failed, lazy, unsynced;
	uint64_t complained_ns;
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statement[STATEMENTS];
	uint64_t answered[ANSWERED];
	unsigned int n_answered;
};

/* --- statements ----------------------------------------------------------- */

static void complain(struct db *db, const char *what)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);

	db->failed = true;
	if (db->complained_ns && now - db->complained_ns < COMPLAIN_NS)
		return;
	db->complained_ns = now;
	log_say(LOG_ERR, NULL, "database: %s: %s", what, sqlite3_errmsg(db->sqlite));
}

/* @kinds: i: int64_t, t: text, b: blob and its size_t */
static void bind_all(sqlite3_stmt *stmt, const char *kinds, va_list args)
{
	const void *blob;
	int i;

	for (i = 1; *kinds; kinds++, i++) {
		switch (*kinds) {
		case 'i':
			sqlite3_bind_int64(stmt, i, va_arg(args, int64_t));
			break;
		case 't':
			sqlite3_bind_text(stmt, i, va_arg(args, const char *), -1,
					  SQLITE_STATIC);
			break;
		default:
			blob = va_arg(args, const void *);
			sqlite3_bind_blob(stmt, i, blob, va_arg(args, size_t),
					  SQLITE_STATIC);
			break;
		}
	}
}

/* @sql is a literal. NULL: it cannot be compiled, which is said. */
static sqlite3_stmt *statement_of(struct db *db, const char *sql)
{
	int i;

	for (i = 0; i < STATEMENTS - 1 && db->statement[i].sql; i++)
		if (db->statement[i].sql == sql)
			return db->statement[i].stmt;
	/* The last place is for all that have none of their own. */
	sqlite3_finalize(db->statement[i].stmt);
	db->statement[i].stmt = NULL;
	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &db->statement[i].stmt, NULL) !=
	    SQLITE_OK)
		complain(db, sql);
	else
		db->statement[i].sql = sql;
	return db->statement[i].stmt;
}

/* After a failure the other writes of the same db_begin() are left out.
 *
 * Return: of the first column of the first row; -1 if there is none, or it failed.
 */
static int64_t run(struct db *db, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *stmt;
	int64_t value = -1;
	va_list args;
	int ret;

	if (db->in_begin && db->failed)
		return -1;
	stmt = statement_of(db, sql);
	if (!stmt)
		return -1;
	va_start(args, kinds);
	bind_all(stmt, kinds, args);
	va_end(args);
	ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	else if (ret != SQLITE_DONE)
		complain(db, sql);
	sqlite3_reset(stmt);
	return value;
}

/* --- open ----------------------------------------------------------------- */

static int schema_init(struct db *db, const char *path)
{
	int64_t version = run(db, "PRAGMA user_version", "");

	if (version == SCHEMA_VERSION)
		return 0;
	if (version < 0 || version > SCHEMA_VERSION) {
		log_say(LOG_ERR, NULL, version < 0 ? "%s: not a database of prosefd" :
			"%s: of a later version of prosefd", path);
		return version < 0 ? -EBADMSG : -EPROTO;
	}
	db_begin(db);
	if (!db->failed &&
	    sqlite3_exec(db->sqlite, version ? schema_from_1 : schema, NULL, NULL,
			 NULL) != SQLITE_OK)
		complain(db, "making the tables");
	return db_commit(db);
}

static int db_init(struct db *db, const char *path)
{
	if (sqlite3_open(path, &db->sqlite) != SQLITE_OK) {
		log_say(LOG_ERR, NULL, "%s: %s", path, sqlite3_errmsg(db->sqlite));
		return -EIO;
	}
	sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	/* A power cut takes nothing that was committed. */
	sqlite3_exec(db->sqlite, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
		     NULL, NULL, NULL);
	return schema_init(db, path);
}

int db_open(struct db **result, const char *path)
{
	struct db *db = calloc(1, sizeof(*db));
	int err;

	if (!db)
		return -ENOMEM;
	err = db_init(db, path);
	if (err) {
		db_close(db);
		return err;
	}
	*result = db;
	return 0;
}

void db_close(struct db *db)
{
	int i;

	if (!db)
		return;
	db_tick(db);
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->statement[i].stmt);
	sqlite3_close(db->sqlite);
	free(db);
}

void db_begin(struct db *db)
{
	db->failed = false;
	run(db, "BEGIN IMMEDIATE", "");
	db->in_begin = true;
}

static void delete_order(struct db *db, uint64_t n)
{
	run(db, "DELETE FROM outstanding WHERE n = ?", "i", (int64_t)n);
}

/* Not within a transaction */
static void set_lazy(struct db *db, bool lazy)
{
	if (db->lazy == lazy)
		return;
	db->lazy = lazy;
	sqlite3_exec(db->sqlite, lazy ? "PRAGMA synchronous=NORMAL" :
		     "PRAGMA synchronous=FULL", NULL, NULL, NULL);
}

void db_begin_lazy(struct db *db)
{
	set_lazy(db, true);
	db_begin(db);
}

static int end(struct db *db)
{
	unsigned int i;

	for (i = 0; i < db->n_answered; i++)
		delete_order(db, db->answered[i]);
	run(db, "COMMIT", "");
	db->in_begin = false;
	if (!db->failed) {
		db->n_answered = 0;
		db->unsynced = db->lazy;
		return 0;
	}
	/* After some failures SQLite has done that by itself. */
	if (!sqlite3_get_autocommit(db->sqlite))
		run(db, "ROLLBACK", "");
	return -EIO;
}

int db_commit(struct db *db)
{
	int err = end(db);

	set_lazy(db, false);
	return err;
}

/* SQLite itself would write a page for it. */
int db_sync(struct db *db)
{
	sqlite3_file *wal = NULL;

	if (!db->unsynced)
		return 0;
	if (sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) !=
	    SQLITE_OK || !wal || !wal->pMethods ||
	    wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
		complain(db, "waiting for the disk");
		return -EIO;
	}
	db->unsynced = false;
	return 0;
}

static void write_answered(struct db *db)
{
	if (!db->n_answered)
		return;
	db_begin_lazy(db);
	db_commit(db);
}

void db_tick(struct db *db)
{
	write_answered(db);
	db_sync(db);
}

/* --- write ---------------------------------------------------------------- */

uint64_t db_next(struct db *db, enum db_counter counter)
{
	int64_t value = run(db,
			    "INSERT INTO counter VALUES(?, 1) ON CONFLICT(name)"
			    " DO UPDATE SET value = value + 1 RETURNING value",
			    "i", (int64_t)counter);

	return value < 0 ? 0 : value;
}

int db_draining_put(struct db *db, bool draining)
{
	db_begin(db);
	run(db, "INSERT OR REPLACE INTO setting VALUES('draining', ?)", "i",
	    (int64_t)draining);
	return db_commit(db);
}

bool db_draining(struct db *db)
{
	return run(db, "SELECT value FROM setting WHERE name = 'draining'", "") > 0;
}

void db_agreement_put(struct db *db, const char *epuid, const struct pf_agreement *doc,
		      bool confirmed)
{
	uint8_t buf[PF_MAX_SIZE];
	size_t len = pf_encode_agreement(doc, buf, sizeof(buf));

	run(db, "INSERT OR REPLACE INTO agreement VALUES(?, ?, ?, ?)", "tiib", epuid,
	    (int64_t)doc->id, (int64_t)confirmed, buf, len);
}

void db_agreement_del(struct db *db, const char *epuid, uint32_t id)
{
	run(db, "DELETE FROM agreement WHERE epuid = ? AND id = ?", "ti", epuid,
	    (int64_t)id);
}

/* The relay's state is of this host and this program; a database does not travel. */
void db_session_put(struct db *db, const struct db_session *session)
{
	uint8_t buf[PF_MAX_SIZE];
	size_t len = pf_encode_assist(&session->doc, buf, sizeof(buf));

	run(db, "INSERT OR REPLACE INTO session VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "tbbbiiiiii", session->id, buf, len, session->targeted_key,
	    sizeof(session->targeted_key), session->has_relay ? &session->relay : NULL,
	    session->has_relay ? sizeof(session->relay) : 0, (int64_t)session->state,
	    (int64_t)session->wants[RELAY_A], (int64_t)session->wants[RELAY_B],
	    (int64_t)session->by, session->began, session->ends);
}

void db_session_del(struct db *db, const char *id)
{
	run(db, "DELETE FROM session WHERE id = ?", "t", id);
}

void db_order_put(struct db *db, const char *epuid, uint64_t n, int64_t at,
		  const struct pf_order *order)
{
	uint8_t buf[PF_MAX_SIZE];
	size_t len = pf_encode_order(order, buf, sizeof(buf));

	run(db, "INSERT OR REPLACE INTO outstanding VALUES(?, ?, ?, ?)", "itbi", (int64_t)n,
	    epuid, buf, len, at);
}

void db_order_del(struct db *db, uint64_t n)
{
	delete_order(db, n);
}

void db_order_answered(struct db *db, uint64_t n)
{
	if (db->n_answered == ANSWERED)
		write_answered(db);
	/* As long as nothing can be written, those that come now stay. */
	if (db->n_answered < ANSWERED)
		db->answered[db->n_answered++] = n;
}

void db_audit(struct db *db, const char *who, const char *what)
{
	run(db, "INSERT INTO audit(at, who, what) VALUES(?, ?, ?)", "itt",
	    (int64_t)time(NULL), who, what);
	if (sqlite3_last_insert_rowid(db->sqlite) % DB_AUDIT_SPARE == 0)
		run(db, "DELETE FROM audit WHERE n <= (SELECT max(n) FROM audit) - ?",
		    "i", (int64_t)DB_AUDIT_ENTRIES);
}

/* --- read ----------------------------------------------------------------- */

static const char *text(sqlite3_stmt *stmt, int column)
{
	const char *value = (const char *)sqlite3_column_text(stmt, column);

	return value ? value : "";
}

/* Return: false if there is no blob of that size. */
static bool blob(sqlite3_stmt *stmt, int column, void *to, size_t size)
{
	const void *from = sqlite3_column_blob(stmt, column);

	if (!from || (size_t)sqlite3_column_bytes(stmt, column) != size)
		return false;
	memcpy(to, from, size);
	return true;
}

static bool load_agreement(sqlite3_stmt *stmt, const struct db_ops *ops, void *data)
{
	struct pf_agreement doc;
	const char *why;

	if (pf_decode_agreement(&doc, sqlite3_column_blob(stmt, 1),
				sqlite3_column_bytes(stmt, 1), &why))
		return false;
	ops->agreement(data, text(stmt, 0), &doc, sqlite3_column_int(stmt, 2));
	return true;
}

static bool load_session(sqlite3_stmt *stmt, const struct db_ops *ops, void *data)
{
	struct db_session session = {
		.state = sqlite3_column_int(stmt, 4),
		.wants = { sqlite3_column_int(stmt, 5), sqlite3_column_int(stmt, 6) },
		.by = sqlite3_column_int(stmt, 7),
		.began = sqlite3_column_int64(stmt, 8),
		.ends = sqlite3_column_int64(stmt, 9),
	};
	const char *why, *id = text(stmt, 0);

	if (pf_session_fault(id) ||
	    pf_decode_assist(&session.doc, sqlite3_column_blob(stmt, 1),
			     sqlite3_column_bytes(stmt, 1), &why) ||
	    !blob(stmt, 2, session.targeted_key, sizeof(session.targeted_key)))
		return false;
	strcpy(session.id, id);
	session.has_relay = blob(stmt, 3, &session.relay, sizeof(session.relay));
	ops->session(data, &session);
	return true;
}

static bool load_order(sqlite3_stmt *stmt, const struct db_ops *ops, void *data)
{
	struct pf_order order;
	const char *why;

	if (pf_decode_order(&order, sqlite3_column_blob(stmt, 2),
			    sqlite3_column_bytes(stmt, 2), &why))
		return false;
	ops->order(data, text(stmt, 1), sqlite3_column_int64(stmt, 0),
		   sqlite3_column_int64(stmt, 3), &order);
	return true;
}

typedef bool (*load_row)(sqlite3_stmt *stmt, const struct db_ops *ops, void *data);

static void load(struct db *db, const char *sql, load_row row, const struct db_ops *ops,
		 void *data)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL) != SQLITE_OK)
		complain(db, sql);
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		if (!row(stmt, ops, data))
			log_say(LOG_ERR, NULL, "database: what \"%s\" finds is unreadable",
				sql);
	sqlite3_finalize(stmt);
}

void db_load(struct db *db, const struct db_ops *ops, void *data)
{
	load(db, "SELECT epuid, doc, confirmed FROM agreement", load_agreement, ops, data);
	load(db,
	     "SELECT id, doc, targeted_key, relay, state, wants_a, wants_b, by, began, ends"
	     " FROM session", load_session, ops, data);
	load(db, "SELECT n, epuid, doc, at FROM outstanding ORDER BY n", load_order, ops, data);
}
