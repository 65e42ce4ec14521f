/* store_internal.h - what the files of the store share.
 *
 * Interface: struct store, store_begin store_end store_step store_run
 *            store_number store_failed store_column store_read_row store_keep_source
 */
#ifndef SYSLAB_GRADER_STORE_INTERNAL_H
#define SYSLAB_GRADER_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "grader/store/store.h"

struct store {
    pthread_mutex_t lock; /* one statement or transaction of this process at a time */
    sqlite3 *db;
};

/* Take the lock and prepare a statement; text parameters are bound in order, up to a NULL.
 * Returns: 0, or -errno with the lock released. */
int store_begin(struct store *store, const char *sql, const char *const *parameters,
                sqlite3_stmt **out);

/* Take one step. Returns: 1 for a row, 0 when done, or -errno. */
int store_step(struct store *store, sqlite3_stmt *statement);

/* Finish the statement and release the lock. Returns: `result`, unchanged. */
int store_end(struct store *store, sqlite3_stmt *statement, int result);

/* Run a statement that gives no rows, with text parameters up to a NULL. */
int store_run(struct store *store, const char *sql, const char *const *parameters);

/* Run a statement whose first row's first column is a number; *value is untouched without a row. */
int store_number(struct store *store, const char *sql, const char *const *parameters, int *value);

/* The errno for a SQLite result, remembered for store_error. */
int store_failed(sqlite3 *db, int code);

/* A column as text, never NULL. */
const char *store_column(sqlite3_stmt *statement, int index);

/* The columns that store_read_row reads, of the table `r`, in its order. */
#define STORE_ROW_COLUMNS(r)                                                                       \
    r ".student, " r ".exercise, " r ".verdict, " r ".points, " r ".max_points, " r                \
      ".submission_hash, " r ".suite_hash, " r ".grader_hash, " r ".layers, " r ".graded_at, " r   \
      ".json"
enum { STORE_ROW_COLUMN_COUNT = 11 };

/* Returns: false for a verdict that is none. */
bool store_read_row(sqlite3_stmt *statement, int first, struct store_row *row);

/* Within store_put's transaction. */
int store_keep_source(struct store *store, const struct record *record);

#endif
