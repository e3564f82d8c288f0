#pragma once
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// SQLITE_TRANSIENT is a function-pointer cast, which Swift cannot import.
static inline sqlite3_destructor_type bangban_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int bangban_sqlite_db_config_int(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

// sqlite3_config is variadic too. Counting the memory in use takes a lock for every allocation, which all threads share.
// Without effect once SQLite is initialised.
static inline int bangban_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Makes an empty file that only its owner can read, unless there is one already. SQLite would use the umask, and gives
// the files beside the database (-wal, -shm) the database's own mode. Returns 0 or an errno.
static inline int bangban_create_private_file(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return errno == EEXIST ? 0 : errno;
  close(file);
  return 0;
}

// The size of a file in bytes, or -1 if it cannot be asked.
static inline long long bangban_file_bytes(const char *path) {
  struct stat facts;
  return stat(path, &facts) == 0 ? (long long)facts.st_size : -1;
}

// The size of the write-ahead log in bytes, or -1 where there is none.
static inline long long bangban_sqlite_log_bytes(sqlite3 *db) {
  sqlite3_file *log = 0;
  sqlite3_int64 bytes = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log || !log->pMethods)
    return -1;
  return log->pMethods->xFileSize(log, &bytes) == SQLITE_OK ? (long long)bytes : -1;
}

// Extended result codes are macros that compute, which Swift cannot import.
enum {
  bangban_sqlite_constraint_unique = SQLITE_CONSTRAINT_UNIQUE,
  bangban_sqlite_constraint_primarykey = SQLITE_CONSTRAINT_PRIMARYKEY,
  bangban_sqlite_constraint_rowid = SQLITE_CONSTRAINT_ROWID,
};
