#include "grader/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/store/store_internal.h"

static _Thread_local char last_error[300];

const char *store_error(void)
{
    return last_error;
}

int store_failed(sqlite3 *db, int code)
{
    static const struct {
        int code, error;
        const char *text;
    } known[] = {
        {SQLITE_FULL, -ENOSPC, "the disk is full"},
        {SQLITE_READONLY, -EROFS, "read-only"},
        {SQLITE_CANTOPEN, -EACCES, "cannot be opened or made there"},
        {SQLITE_BUSY, -EBUSY, "another process holds it"},
        {SQLITE_NOMEM, -ENOMEM, "out of memory"},
        {SQLITE_NOTADB, -EINVAL, "not a SQLite database"},
        {SQLITE_CORRUPT, -EINVAL, "the database is damaged"},
    };
    int primary = code & 0xff;
    /* Under write-ahead logging a full disk can first show as a failed write or a shared-memory
     * file that cannot grow. */
    bool full = primary == SQLITE_IOERR && db && sqlite3_system_errno(db) == ENOSPC;
    if (full || code == SQLITE_IOERR_SHMSIZE)
        primary = SQLITE_FULL;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].code != primary)
            continue;
        snprintf(last_error, sizeof(last_error), "%s", known[i].text);
        return known[i].error;
    }
    snprintf(last_error, sizeof(last_error), "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    return -EIO;
}

int store_begin(struct store *store, const char *sql, const char *const *parameters,
                sqlite3_stmt **out)
{
    pthread_mutex_lock(&store->lock);
    int code = sqlite3_prepare_v2(store->db, sql, -1, out, NULL);
    for (int i = 0; code == SQLITE_OK && parameters && parameters[i]; i++)
        code = sqlite3_bind_text(*out, i + 1, parameters[i], -1, SQLITE_TRANSIENT);
    if (code == SQLITE_OK)
        return 0;
    int failed = store_failed(store->db, code);
    sqlite3_finalize(*out);
    pthread_mutex_unlock(&store->lock);
    return failed;
}

int store_step(struct store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return 1;
    return code == SQLITE_DONE ? 0 : store_failed(store->db, code);
}

int store_end(struct store *store, sqlite3_stmt *statement, int result)
{
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&store->lock);
    return result;
}

int store_run(struct store *store, const char *sql, const char *const *parameters)
{
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, parameters, &statement);
    if (failed)
        return failed;
    return store_end(store, statement, store_step(store, statement));
}

int store_number(struct store *store, const char *sql, const char *const *parameters, int *value)
{
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, parameters, &statement);
    if (failed)
        return failed;
    int stepped = store_step(store, statement);
    if (stepped == 1)
        *value = sqlite3_column_int(statement, 0);
    return store_end(store, statement, stepped < 0 ? stepped : 0);
}

static int insert_record(struct store *store, const char *student, const struct record *record,
                         const char *json)
{
    static const char sql[] =
        "INSERT INTO records(student, exercise, submission_hash, suite_hash, grader_hash, "
        "verdict, layers, graded_at, json, points, max_points) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    const char *const text[] = {student,
                                record->exercise,
                                record->submission_hash,
                                record->suite_hash,
                                record->grader_hash,
                                verdict_name(record->verdict),
                                record->layers,
                                record->graded_at,
                                json,
                                NULL};
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, text, &statement);
    if (failed)
        return failed;
    sqlite3_bind_double(statement, 10, record->points);
    sqlite3_bind_int64(statement, 11, record->max_points);
    return store_end(store, statement, store_step(store, statement));
}

static int make_current(struct store *store, sqlite3_int64 id)
{
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store,
                             "INSERT OR REPLACE INTO current(student, exercise, record) "
                             "SELECT student, exercise, id FROM records WHERE id = ?1",
                             NULL, &statement);
    if (failed)
        return failed;
    sqlite3_bind_int64(statement, 1, id);
    return store_end(store, statement, store_step(store, statement));
}

static int put_locked(struct store *store, const char *student, const struct record *record,
                      const char *json)
{
    sqlite3_int64 id = 0;
    int failed = store_run(store, "BEGIN IMMEDIATE", NULL);
    if (failed)
        return failed;
    failed = store_run(store, "INSERT OR IGNORE INTO students(name) VALUES(?1)",
                       (const char *const[]){student, NULL});
    if (!failed)
        failed = insert_record(store, student, record, json);
    id = sqlite3_last_insert_rowid(store->db);
    if (!failed && *student && record->source)
        failed = store_keep_source(store, record);
    if (!failed)
        failed = make_current(store, id);
    if (!failed)
        failed = store_run(store, "COMMIT", NULL);
    if (failed)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL,
                     NULL); /* the first error is the one to tell */
    return failed;
}

int store_put(struct store *store, const char *student, const struct record *record)
{
    char *json = record_to_json(record);
    if (!json)
        return store_failed(NULL, SQLITE_NOMEM);
    pthread_mutex_lock(&store->lock); /* held over all of the transaction: the lock is recursive */
    int failed = put_locked(store, student, record, json);
    pthread_mutex_unlock(&store->lock);
    free(json);
    return failed;
}

int store_find(struct store *store, const struct store_key *key, bool unsandboxed, bool *found)
{
    static const char sql[] =
        "SELECT id FROM records WHERE student = ?1 AND exercise = ?2 AND submission_hash = ?3 "
        "AND suite_hash = ?4 AND grader_hash = ?5 AND toolchain = ?6 "
        "AND verdict <> 'grader_error' AND layers LIKE ?7 ORDER BY id DESC LIMIT 1";
    const char *const text[] = {key->student,
                                key->exercise,
                                key->submission_hash,
                                key->suite_hash,
                                key->grader_hash,
                                key->toolchain,
                                unsandboxed ? "%" : "namespaces%",
                                NULL};
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, text, &statement);
    if (failed)
        return failed;
    int stepped = store_step(store, statement);
    *found = stepped == 1;
    sqlite3_int64 id = *found ? sqlite3_column_int64(statement, 0) : 0;
    failed = store_end(store, statement, stepped < 0 ? stepped : 0);
    return *found ? make_current(store, id) : failed;
}

const char *store_column(sqlite3_stmt *statement, int index)
{
    const unsigned char *text = sqlite3_column_text(statement, index);
    return text ? (const char *)text : "";
}

bool store_read_row(sqlite3_stmt *statement, int first, struct store_row *row)
{
    *row = (struct store_row){
        .student = store_column(statement, first),
        .exercise = store_column(statement, first + 1),
        .points = sqlite3_column_double(statement, first + 3),
        .max_points = (unsigned)sqlite3_column_int64(statement, first + 4),
        .submission_hash = store_column(statement, first + 5),
        .suite_hash = store_column(statement, first + 6),
        .grader_hash = store_column(statement, first + 7),
        .layers = store_column(statement, first + 8),
        .graded_at = store_column(statement, first + 9),
        .json = store_column(statement, first + 10),
    };
    return verdict_parse(store_column(statement, first + 2), &row->verdict);
}

int store_each(struct store *store, const char *student,
               int (*visit)(void *context, const struct store_row *row), void *context)
{
    static const char sql[] = "SELECT " STORE_ROW_COLUMNS(
        "r") " FROM current c "
             "JOIN records r ON r.id = c.record WHERE ?1 IS NULL OR r.student = ?1 "
             "ORDER BY r.student, r.exercise";
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, sql, (const char *const[]){student, NULL}, &statement);
    if (failed)
        return failed;
    int result;
    while ((result = store_step(store, statement)) == 1) {
        struct store_row row;
        result = store_read_row(statement, 0, &row) ? visit(context, &row) : -EINVAL;
        if (result != 0)
            break;
    }
    return store_end(store, statement, result);
}

int store_add_student(struct store *store, const char *student)
{
    return store_run(store, "INSERT OR IGNORE INTO students(name) VALUES(?1)",
                     (const char *const[]){student, NULL});
}

int store_each_student(struct store *store, int (*visit)(void *context, const char *student),
                       void *context)
{
    sqlite3_stmt *statement = NULL;
    int failed = store_begin(store, "SELECT name FROM students ORDER BY name", NULL, &statement);
    if (failed)
        return failed;
    int result;
    while ((result = store_step(store, statement)) == 1) {
        result = visit(context, store_column(statement, 0));
        if (result != 0)
            break;
    }
    return store_end(store, statement, result);
}
