/* store_schema.c - opens a store and brings its schema up to date.
 *
 * A migration is never edited once it has been released: a change is a new one at the end.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/store/store_internal.h"

enum { BUSY_WAIT_MS = 10000 };

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE students(name TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE records("
    "  id INTEGER PRIMARY KEY,"
    "  student TEXT NOT NULL,"
    "  exercise TEXT NOT NULL,"
    "  submission_hash TEXT NOT NULL,"
    "  suite_hash TEXT NOT NULL,"
    "  grader_hash TEXT NOT NULL,"
    "  verdict TEXT NOT NULL,"
    "  points REAL NOT NULL,"
    "  max_points INTEGER NOT NULL,"
    "  layers TEXT NOT NULL,"
    "  graded_at TEXT NOT NULL,"
    "  json TEXT NOT NULL,"
    "  UNIQUE(student, exercise, submission_hash, suite_hash, grader_hash));"
    "CREATE TABLE current("
    "  student TEXT NOT NULL,"
    "  exercise TEXT NOT NULL,"
    "  record INTEGER NOT NULL REFERENCES records(id),"
    "  PRIMARY KEY(student, exercise)) WITHOUT ROWID;"
    "CREATE TABLE progress("
    "  exercise TEXT PRIMARY KEY,"
    "  hints INTEGER NOT NULL DEFAULT 0,"
    "  gave_up_at TEXT) WITHOUT ROWID;",
    /* 2: which record counted when, the graded files, and what has been told of changes. A trigger
     * writes the history, so that no way to a current record goes past it. What an older syslab has
     * left is taken in the order in which it was graded. */
    "CREATE TABLE sources(hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL, deflated BLOB NOT NULL);"
    "CREATE TABLE history("
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  student TEXT NOT NULL,"
    "  exercise TEXT NOT NULL,"
    "  record INTEGER NOT NULL REFERENCES records(id),"
    "  since TEXT NOT NULL);"
    "CREATE INDEX history_of ON history(student, exercise, seq);"
    "CREATE TABLE told(from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL);"
    "INSERT INTO told VALUES(0, 0);"
    "INSERT INTO history(student, exercise, record, since)"
    "  SELECT student, exercise, id, graded_at FROM records ORDER BY id;"
    "INSERT INTO history(student, exercise, record, since)"
    "  SELECT c.student, c.exercise, c.record, r.graded_at FROM current c"
    "  JOIN records r ON r.id = c.record"
    "  WHERE c.record <> (SELECT max(id) FROM records"
    "                     WHERE student = c.student AND exercise = c.exercise);"
    "CREATE TRIGGER current_is_remembered AFTER INSERT ON current"
    "  WHEN NEW.record IS NOT (SELECT record FROM history WHERE student = NEW.student"
    "    AND exercise = NEW.exercise ORDER BY seq DESC LIMIT 1) "
    "BEGIN"
    "  INSERT INTO history(student, exercise, record, since)"
    "    VALUES(NEW.student, NEW.exercise, NEW.record, strftime('%Y-%m-%dT%H:%M:%SZ'));"
    "END;",
    /* 3: a record for each grading, also of the same file by the same tests: what has counted is
     * never written over. The compiler is part of what a grade follows from, and is read from the
     * record itself. */
    "CREATE TABLE gradings("
    "  id INTEGER PRIMARY KEY,"
    "  student TEXT NOT NULL,"
    "  exercise TEXT NOT NULL,"
    "  submission_hash TEXT NOT NULL,"
    "  suite_hash TEXT NOT NULL,"
    "  grader_hash TEXT NOT NULL,"
    "  verdict TEXT NOT NULL,"
    "  points REAL NOT NULL,"
    "  max_points INTEGER NOT NULL,"
    "  layers TEXT NOT NULL,"
    "  graded_at TEXT NOT NULL,"
    "  json TEXT NOT NULL,"
    "  toolchain TEXT AS (CASE WHEN json_valid(json)"
    "    THEN coalesce(json_extract(json, '$.toolchain'), '') ELSE '' END));"
    "INSERT INTO gradings SELECT id, student, exercise, submission_hash, suite_hash, grader_hash,"
    "  verdict, points, max_points, layers, graded_at, json FROM records;"
    "DROP TABLE records;"
    "ALTER TABLE gradings RENAME TO records;"
    "CREATE INDEX records_of ON records(student, exercise, submission_hash, suite_hash,"
    "  grader_hash);",
};

enum { SCHEMA_VERSION = sizeof(migrations) / sizeof(migrations[0]) };

static int run(sqlite3 *db, const char *sql)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : store_failed(db, code);
}

static int read_version(sqlite3 *db, int *version)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (code != SQLITE_OK)
        return store_failed(db, code);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : store_failed(db, code);
}

static int migrate_from(sqlite3 *db, int version)
{
    for (int i = version; i < SCHEMA_VERSION; i++) {
        char set_version[64];
        snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", i + 1);
        int failed = run(db, migrations[i]);
        if (!failed)
            failed = run(db, set_version);
        if (failed)
            return failed;
    }
    return 0;
}

/* Version and schema change in one transaction, so that no other process sees one without the
 * other; the version is read again inside it, because another process may have been quicker. */
static int migrate(sqlite3 *db)
{
    int version = 0;
    int failed = read_version(db, &version);
    if (failed || version == SCHEMA_VERSION)
        return failed;
    failed = run(db, "BEGIN IMMEDIATE");
    if (failed)
        return failed;
    failed = read_version(db, &version);
    if (!failed && version > SCHEMA_VERSION)
        failed = -ENOTSUP;
    if (!failed)
        failed = migrate_from(db, version);
    if (!failed)
        failed = run(db, "COMMIT");
    if (failed)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return failed;
}

static int open_db(const char *path, sqlite3 **db)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, db, flags, NULL);
    if (code != SQLITE_OK)
        return store_failed(*db, code);
    sqlite3_extended_result_codes(*db, 1);
    sqlite3_busy_timeout(*db, BUSY_WAIT_MS);
    /* A table that others refer to can be replaced only while nobody looks. */
    int failed = run(*db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                          "PRAGMA foreign_keys = OFF");
    if (!failed)
        failed = migrate(*db);
    return failed ? failed : run(*db, "PRAGMA foreign_keys = ON");
}

/* A file that nobody can write has no writer to wait for: "immutable" reads it without the files that
 * write-ahead logging needs beside it. What such a log still holds would be passed over. */
static int open_unwritable(const char *path, sqlite3 **db)
{
    char log[PATH_MAX], uri[3 * PATH_MAX + 32] = "file:";
    struct stat status;
    size_t used = strlen(uri);
    int version = 0;
    if (snprintf(log, sizeof(log), "%s-wal", path) >= (int)sizeof(log))
        return -ENAMETOOLONG;
    if (stat(log, &status) == 0 && status.st_size > 0)
        return -EROFS;
    for (const char *at = path; *at; at++)
        used += (size_t)snprintf(uri + used, sizeof(uri) - used,
                                 strchr("%?#", *at) ? "%%%02X" : "%c", *at);
    snprintf(uri + used, sizeof(uri) - used, "?immutable=1");
    int code = sqlite3_open_v2(uri, db,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    if (code != SQLITE_OK)
        return store_failed(*db, code);
    int failed = read_version(*db, &version);
    return failed ? failed : version == SCHEMA_VERSION ? 0 : -ENOTSUP;
}

/* Recursive, so that a transaction can be made of the same calls as a single statement. */
static void init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static int open_by(int (*open)(const char *path, sqlite3 **db), const char *path,
                   struct store **out, char *error, size_t error_bytes)
{
    struct store *store = calloc(1, sizeof(*store));
    if (!store)
        return -ENOMEM;
    init_lock(&store->lock);
    int failed = open(path, &store->db);
    if (failed) {
        const char *why = failed != -ENOTSUP        ? store_error()
                          : open == open_unwritable ? "made by another syslab, and read-only"
                                                    : "made by a newer syslab";
        snprintf(error, error_bytes, "%s: %s", path, why);
        store_close(store);
        return failed;
    }
    *out = store;
    return 0;
}

int store_open(const char *path, struct store **out, char *error, size_t error_bytes)
{
    return open_by(open_db, path, out, error, error_bytes);
}

int store_open_reading(const char *path, struct store **out, char *error, size_t error_bytes)
{
    int failed = store_open(path, out, error, error_bytes);
    if (failed != -EROFS && failed != -EACCES)
        return failed;
    return open_by(open_unwritable, path, out, error, error_bytes);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->db);
    pthread_mutex_destroy(&store->lock);
    free(store);
}
