// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What prosefd remembers: after a kill, after a power cut, and when nothing can be written.
 */
#include "ktap.h"
#include "scratch.h"
#include "../../userspace/mno/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

enum {
	KILLS = 25,
	MAX_TOLD = 100000,
	/* Less than the write-ahead log of a new database, more than what is said. */
	FULL = 20000,
	/* When orders were given. */
	AT = 1700000000,
};

/* --- a power cut ---------------------------------------------------------- */

/* What a cut would leave: files as they were when they were last synced. */
static unsigned int syncs;

static void run_command(const char *format, const char *a, const char *b)
{
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), format, a, b);
	if (system(command))
		abort();
}

/* SQLite calls it here. */
int fdatasync(int fd)
{
	char link[64], path[PATH_MAX] = "";

	syncs++;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		abort();
	/* A journal is gone when the database is open. */
	if (strstr(path, "/x.db") && !strstr(path, "/disk/") && !strstr(path, "-journal"))
		run_command("cp %s %s/disk/", path, scratch_dir);
	return 0;
}

/* --- what is there -------------------------------------------------------- */

static struct found {
	bool order[MAX_TOLD], agreement[MAX_TOLD];
	unsigned int orders, sessions;
	int64_t at;
} found;

static void on_agreement(void *data, const char *epuid, const struct pf_agreement *doc,
			 bool confirmed)
{
	(void)data;
	EXPECT(!strcmp(epuid, "ue-a@a.example") && confirmed);
	if (doc->id < MAX_TOLD)
		found.agreement[doc->id] = true;
}

static void on_session(void *data, const struct db_session *session)
{
	(void)data;
	(void)session;
	found.sessions++;
}

static void on_order(void *data, const char *epuid, uint64_t n, int64_t at,
		     const struct pf_order *order)
{
	(void)data;
	(void)order;
	EXPECT(!strcmp(epuid, "ue-a@a.example"));
	found.orders++;
	found.at = at;
	if (n < MAX_TOLD)
		found.order[n] = true;
}

static void look(struct db *db)
{
	static const struct db_ops ops = { on_agreement, on_session, on_order };

	memset(&found, 0, sizeof(found));
	db_load(db, &ops, NULL);
}

static struct db *open_at(const char *name)
{
	struct db *db = NULL;

	EXPECT(!db_open(&db, scratch_path(name)));
	if (!db)
		abort();
	return db;
}

static struct db *open_new(void)
{
	run_command("rm -rf %s/* && mkdir %s/disk", scratch_dir, scratch_dir);
	return open_at("x.db");
}

/* --- what is written ------------------------------------------------------ */

static void put_agreement(struct db *db, uint32_t id)
{
	struct pf_agreement doc = {
		.id = id, .version = 1, .peer = "ue-b@b.example", .wg_key = { 1 }, .window_s = 60,
		.n_triggers = 1, .trigger = { { PF_TRIGGER_S2_PREPARE, -7000, 300, 160 } },
	};

	db_agreement_put(db, "ue-a@a.example", &doc, true);
}

static uint64_t put_order(struct db *db)
{
	struct pf_order order = { .kind = PF_ORDER_RELEASE, .session = "a.example/1" };
	uint64_t n = db_next(db, DB_COUNTER_ORDER);

	if (n)
		db_order_put(db, "ue-a@a.example", n, AT, &order);
	return n;
}

/* An agreement and an order, told when they are committed. 0: they are not. */
static uint64_t tell(struct db *db)
{
	uint64_t n;

	db_begin(db);
	n = put_order(db);
	put_agreement(db, n);
	return db_commit(db) ? 0 : n;
}

/* --- tests ---------------------------------------------------------------- */

/* Until it is killed. Every third order is answered. */
static void tell_all(int told)
{
	struct db *db;
	uint64_t n;

	if (db_open(&db, scratch_path("x.db")))
		_exit(1);
	for (;;) {
		n = tell(db);
		if (write(told, &n, sizeof(n)) != sizeof(n))
			_exit(1);
		if (n % 3 == 0)
			db_order_answered(db, n);
	}
}

/* Return: the last number that was told. */
static uint64_t kill_one(unsigned int after_us)
{
	uint64_t n, last = 0;
	int told[2];
	pid_t pid;

	if (pipe(told))
		abort();
	pid = fork();
	if (!pid)
		tell_all(told[1]);
	close(told[1]);
	if (read(told[0], &last, sizeof(last)) != sizeof(last))
		abort();
	usleep(after_us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (read(told[0], &n, sizeof(n)) == sizeof(n)) {
		EXPECT(n > last);
		last = n;
	}
	close(told[0]);
	return last;
}

static bool all_are_there(uint64_t last)
{
	bool all = true;

	for (uint64_t n = 1; n <= last; n++)
		all &= found.agreement[n] && (found.order[n] || n % 3 == 0);
	return all;
}

static void test_killed(void)
{
	uint64_t last = 0, before = 0;
	struct db *db;

	db_close(open_new());
	for (int i = 0; i < KILLS && last < MAX_TOLD / 2; i++) {
		last = kill_one(i * 731 % 20000);
		EXPECT(last > before);
		db = open_at("x.db");
		look(db);
		EXPECT(all_are_there(last));
		before = tell(db);
		EXPECT(before > last);
		db_close(db);
	}
}

static void test_power_cut(void)
{
	struct db *db = open_new();
	uint64_t told = tell(db), again;
	struct db *after;

	db_order_answered(db, told);
	db_begin_lazy(db);
	put_agreement(db, 77);
	EXPECT(!db_commit(db));
	after = open_at("disk/x.db");
	look(after);
	EXPECT(told && found.agreement[told] && found.order[told]);
	again = tell(after);
	EXPECT(again > told);
	db_close(after);

	/* What is synced is there. */
	EXPECT(!db_sync(db));
	after = open_at("disk/x.db");
	look(after);
	EXPECT(found.agreement[told] && found.agreement[77]);
	db_close(after);

	/* The next one takes with it what was not waited for. */
	db_begin_lazy(db);
	put_agreement(db, 78);
	EXPECT(!db_commit(db));
	told = tell(db);
	after = open_at("disk/x.db");
	look(after);
	EXPECT(found.agreement[told] && found.order[told] && found.agreement[78]);
	EXPECT(found.orders == 1);
	db_close(after);
	db_close(db);
}

static void test_waits(void)
{
	struct db *db = open_new();
	uint64_t n = tell(db);

	syncs = 0;
	tell(db);
	EXPECT(syncs == 1);
	db_order_answered(db, n);
	db_begin_lazy(db);
	put_agreement(db, 77);
	EXPECT(!db_commit(db) && syncs == 1);
	db_begin(db);
	put_agreement(db, 78);
	EXPECT(!db_commit(db) && syncs == 2);
	EXPECT(!db_sync(db) && syncs == 2);
	for (uint32_t id = 80; id < 90; id++) {
		db_begin_lazy(db);
		put_agreement(db, id);
		EXPECT(!db_commit(db) && syncs == 2);
	}
	EXPECT(!db_sync(db) && syncs == 3);
	EXPECT(!db_sync(db) && syncs == 3);
	db_close(db);
}

static void limit_files(rlim_t size)
{
	struct rlimit limit = { size, RLIM_INFINITY };

	if (setrlimit(RLIMIT_FSIZE, &limit))
		abort();
}

static void test_full(void)
{
	struct db *db = open_new();
	uint64_t n = tell(db), m;

	scratch_said("");
	limit_files(FULL);
	for (int i = 0; i < 50; i++)
		EXPECT(tell(db) == 0);
	db_order_answered(db, n);
	db_tick(db);
	limit_files(RLIM_INFINITY);
	EXPECT(scratch_said("database: "));
	look(db);
	EXPECT(found.orders == 1 && found.order[n] && found.agreement[n]);
	m = tell(db);
	EXPECT(m > n);
	look(db);
	EXPECT(found.orders == 1 && found.order[m]);
	db_close(db);
}

/* 50 failures in a row are one line, or two if a second has passed. */
static void test_quiet(void)
{
	struct db *db = open_new();
	struct stat log;

	fstat(scratch_log, &log);
	EXPECT(ftruncate(scratch_log, 0) == 0);
	lseek(scratch_log, 0, SEEK_SET);
	limit_files(FULL);
	for (int i = 0; i < 50; i++)
		tell(db);
	limit_files(RLIM_INFINITY);
	fstat(scratch_log, &log);
	EXPECT(log.st_size > 0 && log.st_size < 400);
	db_close(db);
}

static void test_draining(void)
{
	struct db *db = open_new();

	EXPECT(!db_draining(db));
	EXPECT(!db_draining_put(db, true) && db_draining(db));
	db_close(db);
	db = open_at("disk/x.db");
	EXPECT(db_draining(db));
	EXPECT(!db_draining_put(db, false));
	db_close(db);
	db = open_at("disk/x.db");
	EXPECT(!db_draining(db));
	db_close(db);
}

/* --- one of before -------------------------------------------------------- */

/* As it was with the first version; what came later is not there. */
static const char schema_1[] =
	"PRAGMA journal_mode=WAL;"
	"CREATE TABLE counter(name INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
	"CREATE TABLE agreement(epuid TEXT NOT NULL, id INTEGER NOT NULL,"
	" confirmed INTEGER NOT NULL, doc BLOB NOT NULL, PRIMARY KEY(epuid, id))"
	" WITHOUT ROWID;"
	"CREATE TABLE session(id TEXT PRIMARY KEY, doc BLOB NOT NULL,"
	" targeted_key BLOB NOT NULL, relay BLOB, state INTEGER NOT NULL,"
	" wants_a INTEGER NOT NULL, wants_b INTEGER NOT NULL, by INTEGER NOT NULL,"
	" began INTEGER NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE outstanding(n INTEGER PRIMARY KEY, epuid TEXT NOT NULL,"
	" doc BLOB NOT NULL);"
	"CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" who TEXT NOT NULL, what TEXT NOT NULL);"
	"PRAGMA user_version = 1;"
	/* Two orders to go home, of a session that is over. */
	"INSERT INTO counter VALUES(1, 41);"
	"INSERT INTO outstanding VALUES(40, 'ue-a@a.example', x'a20103026b612e6578616d706c652f31');"
	"INSERT INTO outstanding VALUES(41, 'ue-a@a.example', x'a20103026b612e6578616d706c652f32');";

static void run_sql(const char *name, const char *sql)
{
	sqlite3 *sqlite;

	EXPECT(sqlite3_open(scratch_path(name), &sqlite) == SQLITE_OK);
	EXPECT(sqlite3_exec(sqlite, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(sqlite);
}

static void test_old(void)
{
	int64_t now = time(NULL);
	struct db *db;

	run_command("rm -rf %s/* && mkdir %s/disk", scratch_dir, scratch_dir);
	run_sql("x.db", schema_1);
	db = open_at("x.db");
	look(db);
	EXPECT(found.orders == 2 && found.order[40] && found.order[41]);
	EXPECT(found.at >= now && found.at <= now + 5);
	EXPECT(!db_draining_put(db, true));
	EXPECT(tell(db) == 42);
	db_close(db);
	/* From then on it is as any other. */
	db = open_at("x.db");
	look(db);
	EXPECT(found.orders == 3 && found.at == AT && db_draining(db));
	db_close(db);
}

static void test_old_full(void)
{
	struct db *db = NULL;

	run_command("rm -rf %s/* && mkdir %s/disk", scratch_dir, scratch_dir);
	run_sql("x.db", schema_1);
	limit_files(1);
	EXPECT(db_open(&db, scratch_path("x.db")));
	limit_files(RLIM_INFINITY);
	db = open_at("x.db");
	look(db);
	EXPECT(found.orders == 2 && db_next(db, DB_COUNTER_ORDER) == 42);
	db_close(db);
}

static void test_later(void)
{
	struct db *db = NULL;

	db_close(open_new());
	run_sql("x.db", "PRAGMA user_version = 3");
	EXPECT(db_open(&db, scratch_path("x.db")) == -EPROTO);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "a kill loses nothing that was told, and no number comes twice", test_killed },
		{ "a power cut loses nothing that was told", test_power_cut },
		{ "the disk is waited for once, and only for what counts", test_waits },
		{ "what cannot be written is not there, and its number is free", test_full },
		{ "a full disk does not fill the log", test_quiet },
		{ "what the operator has said holds", test_draining },
		{ "a database of before is one of now", test_old },
		{ "and stays as it is if that cannot be written", test_old_full },
		{ "one of a later version is left alone", test_later },
	};
	int status;

	scratch_begin();
	signal(SIGXFSZ, SIG_IGN);
	status = ktap_run(KTAP_CASES(cases));
	run_command("rm -rf %s/*%s", scratch_dir, "");
	scratch_end();
	return status;
}
