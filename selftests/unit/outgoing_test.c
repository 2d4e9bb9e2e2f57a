// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders that UEs have not answered: which comes after which, and when one is given up.
 */
#include "ktap.h"
#include "scratch.h"
#include "sql.h"
#include "../../userspace/mno/function.h"
#include "../../userspace/mno/outgoing.h"

#include <time.h>

#define UE "ue-a@a.example"

static struct function f;
static struct subscriber *ue;

/* --- what is there -------------------------------------------------------- */

static void begin(void)
{
	unlink(scratch_path("x.db"));
	unlink(scratch_path("x.db-wal"));
	unlink(scratch_path("x.db-shm"));
	if (db_open(&f.db, scratch_path("x.db")))
		abort();
	ue = subscriber_get(&f, UE);
}

static void end(void)
{
	subscribers_free(&f);
	db_close(f.db);
}

static void add(enum pf_order_kind kind, const char *session, bool stored)
{
	struct pf_order order = {
		.kind = kind, .peer = "ue-b@b.example", .peer_key = { 1 }, .check_key = { 1 },
		.valid_s = 60,
	};

	strcpy(order.session, session);
	*(struct sockaddr_in *)&order.relay = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = 7, .sin_addr = { htonl(0xc0000201) },
	};
	db_begin(f.db);
	outgoing_add(ue, &order);
	EXPECT(!db_commit(f.db) == stored);
	outgoing_settle(ue, stored);
}

static void on_order(void *data, const char *epuid, uint64_t n, int64_t at,
		     const struct pf_order *order)
{
	struct subscriber *s = subscriber_get(&f, epuid);

	(void)data;
	EXPECT(outgoing_restore(s, n, at, order));
}

/* As after a start. */
static void remember(void)
{
	static const struct db_ops ops = { .order = on_order };

	end();
	if (db_open(&f.db, scratch_path("x.db")))
		abort();
	db_load(f.db, &ops, NULL);
	ue = subscriber_get(&f, UE);
}

/* As letters of their kinds: "rK" is a release, then candidates that wait. */
static const char *orders(void)
{
	static const char letters[] = "?ckr", waiting[] = "?CKR";
	static char text[32];
	struct outgoing *out;
	uint64_t last = 0;
	size_t n = 0;

	STAILQ_FOREACH(out, &ue->outgoing, entry) {
		EXPECT(out->n > last);
		last = out->n;
		text[n++] = (outgoing_waits(out) ? waiting : letters)[out->order.kind];
	}
	text[n] = '\0';
	return text;
}

static int64_t count(const char *sql)
{
	return sql_number(scratch_path("x.db"), sql);
}

/* --- which comes after which ---------------------------------------------- */

static void test_candidates_wait(void)
{
	begin();
	add(PF_ORDER_CONNECT, "a.example/1", true);
	add(PF_ORDER_CANDIDATES, "a.example/1", true);
	EXPECT(!strcmp(orders(), "cK"));
	/* Another session's does not. */
	add(PF_ORDER_CANDIDATES, "a.example/2", true);
	EXPECT(!strcmp(orders(), "cKk"));
	remember();
	EXPECT(!strcmp(orders(), "cKk"));
	outgoing_answered(STAILQ_FIRST(&ue->outgoing));
	EXPECT(!strcmp(orders(), "kk"));
	end();
}

/* The UE takes no order with a number below the last. */
static void test_behind(void)
{
	begin();
	add(PF_ORDER_CANDIDATES, "a.example/1", true);
	add(PF_ORDER_CONNECT, "a.example/1", true);
	EXPECT(!strcmp(orders(), "cK"));
	add(PF_ORDER_CONNECT, "a.example/1", true);
	EXPECT(!strcmp(orders(), "cK"));
	remember();
	EXPECT(!strcmp(orders(), "cK"));
	add(PF_ORDER_CANDIDATES, "a.example/1", true);
	EXPECT(!strcmp(orders(), "cK"));
	add(PF_ORDER_RELEASE, "a.example/1", true);
	EXPECT(!strcmp(orders(), "r"));
	remember();
	EXPECT(!strcmp(orders(), "r"));
	end();
}

static void test_not_stored(void)
{
	struct rlimit full = { 0, RLIM_INFINITY }, free_again = { RLIM_INFINITY, RLIM_INFINITY };

	begin();
	add(PF_ORDER_CANDIDATES, "a.example/1", true);
	setrlimit(RLIMIT_FSIZE, &full);
	add(PF_ORDER_CONNECT, "a.example/1", false);
	setrlimit(RLIMIT_FSIZE, &free_again);
	EXPECT(!strcmp(orders(), "k"));
	remember();
	EXPECT(!strcmp(orders(), "k"));
	end();
}

/* --- when one is given up ------------------------------------------------- */

/* The first order is of so many seconds ago. */
static void make_old(int64_t seconds)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "UPDATE outstanding SET at = at - %lld WHERE n = (SELECT min(n) FROM outstanding)",
		 (long long)seconds);
	count(sql);
	remember();
}

static void test_expires(void)
{
	int64_t now = time(NULL);

	begin();
	add(PF_ORDER_RELEASE, "a.example/1", true);
	add(PF_ORDER_RELEASE, "a.example/2", true);
	remember();
	EXPECT(STAILQ_FIRST(&ue->outgoing)->at >= now &&
	       STAILQ_FIRST(&ue->outgoing)->at <= now + 5);
	make_old(OUTGOING_LIFE_S - 60);
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "rr") && count("SELECT count(*) FROM audit") == 0);
	make_old(60);
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "r"));
	EXPECT(!strcmp(STAILQ_FIRST(&ue->outgoing)->order.session, "a.example/2"));
	EXPECT(count("SELECT count(*) FROM outstanding") == 1);
	EXPECT(count("SELECT count(*) FROM audit WHERE who = '" UE "' AND what LIKE"
		     " 'order 1 about a.example/1 is dropped: no answer for 24 h'") == 1);
	remember();
	EXPECT(!strcmp(orders(), "r"));
	end();
}

/* A clock that goes back keeps them, one that goes ahead takes none from who is there. */
static void test_clock(void)
{
	begin();
	add(PF_ORDER_RELEASE, "a.example/1", true);
	make_old(-10 * OUTGOING_LIFE_S);
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "r"));
	make_old(20 * OUTGOING_LIFE_S);
	ue->registered = true;
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "r"));
	ue->registered = false;
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "") && count("SELECT count(*) FROM outstanding") == 0);
	end();
}

static void test_expires_full(void)
{
	struct rlimit full = { 0, RLIM_INFINITY }, free_again = { RLIM_INFINITY, RLIM_INFINITY };

	begin();
	add(PF_ORDER_RELEASE, "a.example/1", true);
	make_old(OUTGOING_LIFE_S);
	setrlimit(RLIMIT_FSIZE, &full);
	outgoing_expire(&f);
	setrlimit(RLIMIT_FSIZE, &free_again);
	EXPECT(!strcmp(orders(), "r") && count("SELECT count(*) FROM outstanding") == 1);
	outgoing_expire(&f);
	EXPECT(!strcmp(orders(), "") && count("SELECT count(*) FROM outstanding") == 0);
	end();
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "candidates wait for what connects", test_candidates_wait },
		{ "and come after it, whatever was first", test_behind },
		{ "what is not stored has not changed anything", test_not_stored },
		{ "an order that nobody answers goes after a day", test_expires },
		{ "whatever the clock does", test_clock },
		{ "and later, if that cannot be stored", test_expires_full },
	};
	char command[PATH_MAX];
	int status;

	scratch_begin();
	signal(SIGXFSZ, SIG_IGN);
	status = ktap_run(KTAP_CASES(cases));
	snprintf(command, sizeof(command), "rm -rf %s/*", scratch_dir);
	if (system(command))
		abort();
	scratch_end();
	return status;
}
