#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a function-pointer cast, which Swift cannot import.
static inline sqlite3_destructor_type bangban_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int bangban_sqlite_db_config_int(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}
