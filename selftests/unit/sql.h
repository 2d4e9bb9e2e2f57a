/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SELFTESTS_SQL_H
#define _SELFTESTS_SQL_H

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>

/* sql_number() - what a statement on a database comes to; -1: no row */
static inline int64_t sql_number(const char *path, const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *sqlite;
	int64_t n = -1;

	if (sqlite3_open(path, &sqlite) == SQLITE_OK &&
	    sqlite3_prepare_v2(sqlite, sql, -1, &stmt, NULL) == SQLITE_OK) {
		if (sqlite3_step(stmt) == SQLITE_ROW)
			n = sqlite3_column_int64(stmt, 0);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(sqlite);
	return n;
}

#endif
