/* store_history.c - the grades that counted before, and the files that were graded. */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "grader/store/store_internal.h"

int store_each_of(struct store *store, const char *student, const char *exercise,
                  int (*visit)(void *context, const struct store_row *row, const char *since),
                  void *context)
{
    static const char sql[] =
        "SELECT " STORE_ROW_COLUMNS("r") ", h.since FROM history h "
                                         "JOIN records r ON r.id = h.record "
                                         "WHERE h.student = ?1 AND h.exercise = ?2 ORDER BY h.seq";
    sqlite3_stmt *statement = NULL;
    int failed =
        store_begin(store, sql, (const char *const[]){student, exercise, NULL}, &statement);
    if (failed)
        return failed;
    int result;
    while ((result = store_step(store, statement)) == 1) {
        struct store_row row;
        result = store_read_row(statement, 0, &row)
                     ? visit(context, &row, store_column(statement, STORE_ROW_COLUMN_COUNT))
                     : -EINVAL;
        if (result != 0)
            break;
    }
    return store_end(store, statement, result);
}

/* ---- changes ---- */

/* What was told last, unless something has happened since: then what is to be told now. */
#define TOLD                                                                                       \
    "(SELECT CASE WHEN (SELECT max(seq) FROM history) > to_seq THEN to_seq ELSE from_seq END "     \
    "FROM told)"

/* The records of the same submission that counted for it, oldest or latest first. */
#define COUNTED(when, order)                                                                       \
    "(SELECT h.record FROM history h JOIN records x ON x.id = h.record "                           \
    "WHERE h.student = n.student AND h.exercise = n.exercise "                                     \
    "AND x.submission_hash = n.submission_hash AND h.seq " when " ORDER BY h.seq " order           \
    " LIMIT 1)"

int store_each_change(struct store *store,
                      int (*visit)(void *context, const struct store_row *before,
                                   const struct store_row *now),
                      void *context)
{
    static const char sql[] = "SELECT " STORE_ROW_COLUMNS("o") ", " STORE_ROW_COLUMNS(
        "n") " FROM current c "
             "JOIN records n ON n.id = c.record "
             "JOIN records o ON o.id = coalesce(" COUNTED("<= " TOLD, "DESC") ", " COUNTED(
                 "> " TOLD, "ASC") ") WHERE o.id <> n.id ORDER BY n.student, n.exercise";
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, NULL, &statement);
    if (failed)
        return failed;
    int result;
    while ((result = store_step(store, statement)) == 1) {
        struct store_row before, now;
        bool right = store_read_row(statement, 0, &before) &&
                     store_read_row(statement, STORE_ROW_COLUMN_COUNT, &now);
        result = right ? visit(context, &before, &now) : -EINVAL;
        if (result != 0)
            break;
    }
    return store_end(store, statement, result);
}

int store_tell_changes(struct store *store)
{
    return store_run(store,
                     "UPDATE told SET from_seq = to_seq, to_seq = (SELECT max(seq) FROM history) "
                     "WHERE to_seq < (SELECT max(seq) FROM history)",
                     NULL);
}

/* ---- sources ---- */

enum { SOURCE_MAX_BYTES = 16 << 20 }; /* a row that says more is damaged */

/* As text, of which zlib makes a tenth to a quarter; the same file of two students is kept once. */
int store_keep_source(struct store *store, const struct record *record)
{
    uLongf size = compressBound((uLong)record->source_bytes);
    unsigned char *deflated = malloc(size);
    sqlite3_stmt *statement = NULL;
    if (!deflated || compress2(deflated, &size, (const unsigned char *)record->source,
                               (uLong)record->source_bytes, Z_BEST_COMPRESSION) != Z_OK) {
        free(deflated);
        return store_failed(NULL, SQLITE_NOMEM);
    }
    int failed = store_begin(store,
                             "INSERT OR IGNORE INTO sources(hash, bytes, deflated) "
                             "VALUES(?1, ?2, ?3)",
                             (const char *const[]){record->submission_hash, NULL}, &statement);
    if (!failed) {
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)record->source_bytes);
        sqlite3_bind_blob(statement, 3, deflated, (int)size, SQLITE_STATIC);
        failed = store_end(store, statement, store_step(store, statement));
    }
    free(deflated);
    return failed;
}

static int inflate_source(sqlite3_stmt *statement, char **text, size_t *size_bytes)
{
    sqlite3_int64 bytes = sqlite3_column_int64(statement, 0);
    uLongf size = (uLongf)bytes;
    if (bytes < 0 || bytes > SOURCE_MAX_BYTES)
        return store_failed(NULL, SQLITE_CORRUPT);
    char *inflated = malloc((size_t)bytes + 1);
    if (!inflated)
        return store_failed(NULL, SQLITE_NOMEM);
    const unsigned char *deflated = sqlite3_column_blob(statement, 1);
    uLong deflated_bytes = (uLong)sqlite3_column_bytes(statement, 1);
    if (uncompress((unsigned char *)inflated, &size, deflated, deflated_bytes) != Z_OK ||
        size != (uLongf)bytes) {
        free(inflated);
        return store_failed(NULL, SQLITE_CORRUPT);
    }
    inflated[size] = '\0';
    *text = inflated;
    *size_bytes = size;
    return 0;
}

int store_source(struct store *store, const char *hash, char **text, size_t *size_bytes)
{
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, "SELECT bytes, deflated FROM sources WHERE hash = ?1",
                             (const char *const[]){hash, NULL}, &statement);
    if (failed)
        return failed;
    int result = store_step(store, statement);
    if (result == 1)
        result = inflate_source(statement, text, size_bytes);
    else if (result == 0)
        result = -ENOENT;
    return store_end(store, statement, result);
}
