#include "grader/store/store.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "grader/store/store_internal.h"
#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static struct store *open_at(const char *path)
{
    struct store *store;
    char error[500];
    int failed = store_open(path, &store, error, sizeof(error));
    ck_assert_msg(failed == 0, "%s", error);
    return store;
}

/* The parts of a record that the store looks at. */
static struct record *make_record(const char *exercise, const char *hash, enum verdict verdict,
                                  double points)
{
    struct record *record = record_create();
    ck_assert_ptr_nonnull(record);
    record_set(&record->exercise, exercise);
    record_set(&record->submission_hash, hash);
    record_set(&record->suite_hash, "suite");
    record_set(&record->grader_hash, "grader");
    record_set(&record->toolchain, "gcc 12.2.0");
    record_set(&record->layers, "namespaces");
    record_set(&record->graded_at, "2026-01-14T09:30:05Z");
    record->verdict = verdict;
    record->points = points;
    record->max_points = 100;
    return record;
}

static void put(struct store *store, const char *student, const char *exercise, const char *hash,
                enum verdict verdict)
{
    struct record *record =
        make_record(exercise, hash, verdict, verdict == VERDICT_PASS ? 100 : 40);
    ck_assert_int_eq(store_put(store, student, record), 0);
    record_destroy(record);
}

static bool found(struct store *store, const char *student, const char *hash)
{
    const struct store_key key = {student, "03_memory/arena", hash,
                                  "suite", "grader",          "gcc 12.2.0"};
    bool done = false;
    ck_assert_int_eq(store_find(store, &key, false, &done), 0);
    return done;
}

/* The current records as one line of text. */
static int note_row(void *context, const struct store_row *row)
{
    char *text = context;
    snprintf(text + strlen(text), 200, "%s:%s:%s:%g ", row->student, row->submission_hash,
             verdict_name(row->verdict), row->points);
    return 0;
}

static void expect_rows(struct store *store, const char *student, const char *expected)
{
    char text[2000] = "";
    ck_assert_int_eq(store_each(store, student, note_row, text), 0);
    ck_assert_str_eq(text, expected);
}

START_TEST(what_is_put_is_found)
{
    struct store *store = open_at(":memory:");
    ck_assert(!found(store, "ann", "h1"));
    put(store, "ann", "03_memory/arena", "h1", VERDICT_FAIL);
    ck_assert(found(store, "ann", "h1"));
    ck_assert(!found(store, "ann", "h2"));
    ck_assert(!found(store, "bob", "h1"));
    expect_rows(store, NULL, "ann:h1:fail:40 ");
    store_close(store);
}
END_TEST

START_TEST(each_part_of_the_key_counts)
{
    struct store *store = open_at(":memory:");
    put(store, "ann", "03_memory/arena", "h1", VERDICT_FAIL);
    const struct store_key keys[] = {
        {"ann", "03_memory/slab", "h1", "suite", "grader", "gcc 12.2.0"},
        {"ann", "03_memory/arena", "h1", "suite 2", "grader", "gcc 12.2.0"},
        {"ann", "03_memory/arena", "h1", "suite", "grader 2", "gcc 12.2.0"},
        {"ann", "03_memory/arena", "h1", "suite", "grader", "gcc 13.1.0"},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        bool done = true;
        ck_assert_int_eq(store_find(store, &keys[i], false, &done), 0);
        ck_assert(!done);
    }
    store_close(store);
}
END_TEST

START_TEST(the_newest_is_current_also_when_it_was_known)
{
    struct store *store = open_at(":memory:");
    put(store, "ann", "03_memory/arena", "h1", VERDICT_FAIL);
    put(store, "ann", "03_memory/arena", "h2", VERDICT_PASS);
    put(store, "bob", "03_memory/arena", "h1", VERDICT_RACE);
    expect_rows(store, NULL, "ann:h2:pass:100 bob:h1:race:40 ");
    ck_assert(found(store, "ann", "h1")); /* handed in again as it was first */
    expect_rows(store, NULL, "ann:h1:fail:40 bob:h1:race:40 ");
    expect_rows(store, "bob", "bob:h1:race:40 ");
    store_close(store);
}
END_TEST

START_TEST(a_grader_error_does_not_stand)
{
    struct store *store = open_at(":memory:");
    put(store, "ann", "03_memory/arena", "h1", VERDICT_GRADER_ERROR);
    ck_assert(!found(store, "ann", "h1"));
    put(store, "ann", "03_memory/arena", "h1", VERDICT_PASS);
    ck_assert(found(store, "ann", "h1"));
    expect_rows(store, NULL, "ann:h1:pass:100 ");
    put(store, "ann", "03_memory/arena", "h1", VERDICT_GRADER_ERROR);
    ck_assert(found(store, "ann", "h1")); /* the one before the fault stands, and counts again */
    expect_rows(store, NULL, "ann:h1:pass:100 ");
    store_close(store);
}
END_TEST

START_TEST(without_a_sandbox_stands_only_if_asked)
{
    struct store *store = open_at(":memory:");
    struct record *record = make_record("03_memory/arena", "h1", VERDICT_PASS, 100);
    record_set(&record->layers, "none");
    ck_assert_int_eq(store_put(store, "ann", record), 0);
    record_destroy(record);
    const struct store_key key = {"ann", "03_memory/arena", "h1", "suite", "grader", "gcc 12.2.0"};
    bool done;
    ck_assert_int_eq(store_find(store, &key, false, &done), 0);
    ck_assert(!done);
    ck_assert_int_eq(store_find(store, &key, true, &done), 0);
    ck_assert(done);
    store_close(store);
}
END_TEST

START_TEST(the_whole_record_is_kept)
{
    struct store *store = open_at(scratch_path("s.sqlite"));
    put(store, "it's \"ann\"", "03_memory/arena", "h1", VERDICT_FAIL);
    store_close(store);
    store = open_at(scratch_path("s.sqlite"));
    expect_rows(store, NULL, "it's \"ann\":h1:fail:40 ");
    store_close(store);
}
END_TEST

START_TEST(progress_is_remembered)
{
    unsigned shown = 9;
    bool flag = true;
    struct store *store = open_at(scratch_path("s.sqlite"));
    ck_assert_int_eq(store_hints(store, "03_memory/arena", &shown), 0);
    ck_assert_uint_eq(shown, 0);
    ck_assert_int_eq(store_gave_up(store, "03_memory/arena", &flag), 0);
    ck_assert(!flag);
    ck_assert_int_eq(store_set_hints(store, "03_memory/arena", 1), 0);
    ck_assert_int_eq(store_give_up(store, "03_memory/arena"), 0);
    ck_assert_int_eq(store_set_hints(store, "03_memory/arena", 2), 0);
    store_close(store);
    store = open_at(scratch_path("s.sqlite"));
    ck_assert_int_eq(store_hints(store, "03_memory/arena", &shown), 0);
    ck_assert_uint_eq(shown, 2);
    ck_assert_int_eq(store_gave_up(store, "03_memory/arena", &flag), 0);
    ck_assert(flag);
    store_close(store);
}
END_TEST

START_TEST(a_pass_stands_when_a_later_try_fails)
{
    bool passed;
    struct store *store = open_at(":memory:");
    put(store, "", "03_memory/arena", "h1", VERDICT_FAIL);
    ck_assert_int_eq(store_passed(store, "03_memory/arena", &passed), 0);
    ck_assert(!passed);
    put(store, "", "03_memory/arena", "h2", VERDICT_PASS);
    put(store, "", "03_memory/arena", "h3", VERDICT_FAIL);
    ck_assert_int_eq(store_passed(store, "03_memory/arena", &passed), 0);
    ck_assert(passed);
    store_close(store);
}
END_TEST

static int open_fails(const char *path, char *error, size_t bytes)
{
    struct store *store = NULL;
    return store_open(path, &store, error, bytes);
}

START_TEST(what_is_no_store_is_refused)
{
    char error[500];
    const char *path =
        scratch_write("s.sqlite", "this is a text file, and long enough to be seen "
                                  "as one: SQLite reads a header of 100 bytes first");
    ck_assert_int_eq(open_fails(path, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "not a SQLite database"));
    ck_assert_int_eq(open_fails("/nowhere/s.sqlite", error, sizeof(error)), -EACCES);
}
END_TEST

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

START_TEST(a_newer_store_is_refused_and_left_alone)
{
    char error[500];
    const char *path = scratch_path("s.sqlite");
    store_close(open_at(path));
    run_sql(path, "PRAGMA user_version = 999");
    ck_assert_int_eq(open_fails(path, error, sizeof(error)), -ENOTSUP);
    ck_assert_ptr_nonnull(strstr(error, "newer syslab"));
}
END_TEST

START_TEST(a_migration_that_fails_changes_nothing)
{
    char error[500];
    const char *path = scratch_path("s.sqlite");
    run_sql(path, "CREATE TABLE progress(x)"); /* the schema's last table cannot be made */
    ck_assert_int_ne(open_fails(path, error, sizeof(error)), 0);
    run_sql(path, "DROP TABLE progress");
    store_close(open_at(path)); /* would fail had the first tables stayed */
}
END_TEST

/* PRAGMA max_page_count gives SQLITE_FULL at a chosen size: a full disk without a disk. */
START_TEST(a_full_disk_loses_nothing_that_was_kept)
{
    const char *path = scratch_path("s.sqlite");
    struct store *store = open_at(path);
    struct record *record = make_record("03_memory/arena", "h0", VERDICT_FAIL, 40);
    char *long_text = calloc(1, 40001);
    memset(long_text, 'x', 40000);
    record_set(&record->message, long_text);
    int kept = 0, failed = 0;
    sqlite3_exec(store->db, "PRAGMA max_page_count = 60", NULL, NULL, NULL);
    for (int i = 0; i < 20 && !failed; i++) {
        char hash[16];
        snprintf(hash, sizeof(hash), "h%d", i);
        record_set(&record->submission_hash, hash);
        failed = store_put(store, "ann", record);
        kept += failed == 0;
    }
    ck_assert_int_eq(failed, -ENOSPC);
    ck_assert_str_eq(store_error(), "the disk is full");
    ck_assert_int_gt(kept, 0);
    record_destroy(record);
    free(long_text);
    store_close(store);
    store = open_at(path);
    for (int i = 0; i < 20; i++) {
        char hash[16];
        snprintf(hash, sizeof(hash), "h%d", i);
        ck_assert_int_eq(found(store, "ann", hash), i < kept);
    }
    store_close(store);
}
END_TEST

enum { THREADS = 4, PUTS = 25, THREAD_ROWS = THREADS * PUTS, PROCESS_ROWS = 2 * PUTS };

struct worker {
    struct store *store;
    int number, failed;
};

static void *put_many(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < PUTS; i++) {
        char student[32];
        snprintf(student, sizeof(student), "w%d-%02d", worker->number, i);
        struct record *record = make_record("03_memory/arena", "h", VERDICT_PASS, 100);
        worker->failed |= store_put(worker->store, student, record);
        record_destroy(record);
    }
    return NULL;
}

static int count_row(void *context, const struct store_row *row)
{
    (void)row;
    ++*(int *)context;
    return 0;
}

START_TEST(threads_may_share_a_store)
{
    struct store *store = open_at(scratch_path("s.sqlite"));
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    int rows = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){store, i, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(workers[i].failed, 0);
    }
    ck_assert_int_eq(store_each(store, NULL, count_row, &rows), 0);
    ck_assert_int_eq(rows, THREAD_ROWS);
    store_close(store);
}
END_TEST

START_TEST(processes_may_share_a_store)
{
    const char *path = scratch_path("s.sqlite");
    pid_t children[2];
    int rows = 0;
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct worker worker = {open_at(path), i, 0};
            put_many(&worker);
            store_close(worker.store);
            _exit(worker.failed != 0);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    struct store *store = open_at(path);
    ck_assert_int_eq(store_each(store, NULL, count_row, &rows), 0);
    ck_assert_int_eq(rows, PROCESS_ROWS);
    store_close(store);
}
END_TEST

/* ---- history, changes and sources ---- */

/* A record of a suite, as regrading makes it. */
static void put_under(struct store *store, const char *student, const char *hash, const char *suite,
                      double points)
{
    struct record *record = make_record("03_memory/arena", hash, VERDICT_FAIL, points);
    record_set(&record->suite_hash, suite);
    ck_assert_int_eq(store_put(store, student, record), 0);
    record_destroy(record);
}

static int note_history(void *context, const struct store_row *row, const char *since)
{
    char *text = context;
    ck_assert_uint_eq(strlen(since), strlen("2026-01-14T09:30:05Z"));
    snprintf(text + strlen(text), 200, "%s/%s:%g ", row->submission_hash, row->suite_hash,
             row->points);
    return 0;
}

static void expect_history(struct store *store, const char *student, const char *expected)
{
    char text[2000] = "";
    ck_assert_int_eq(store_each_of(store, student, "03_memory/arena", note_history, text), 0);
    ck_assert_str_eq(text, expected);
}

static int note_change(void *context, const struct store_row *before, const struct store_row *now)
{
    char *text = context;
    ck_assert_str_eq(before->student, now->student);
    snprintf(text + strlen(text), 200, "%s:%g>%g ", now->student, before->points, now->points);
    return 0;
}

static void expect_changes(struct store *store, const char *expected)
{
    char text[2000] = "";
    ck_assert_int_eq(store_each_change(store, note_change, text), 0);
    ck_assert_str_eq(text, expected);
}

START_TEST(what_counted_is_remembered_in_order)
{
    bool done;
    struct store *store = open_at(scratch_path("s.sqlite"));
    put_under(store, "ann", "h1", "s1", 10);
    put_under(store, "ann", "h1", "s1", 11); /* the same grading once more */
    put_under(store, "ann", "h1", "s2", 12);
    const struct store_key first = {"ann", "03_memory/arena", "h1", "s1", "grader", "gcc 12.2.0"};
    ck_assert_int_eq(store_find(store, &first, false, &done), 0); /* the suite was put back */
    ck_assert(done);
    ck_assert_int_eq(store_find(store, &first, false, &done), 0); /* and is current already */
    expect_history(store, "ann", "h1/s1:10 h1/s1:11 h1/s2:12 h1/s1:11 ");
    expect_history(store, "bob", "");
    store_close(store);
}
END_TEST

START_TEST(changes_stay_until_they_are_told_and_can_be_had_again)
{
    struct store *store = open_at(":memory:");
    put_under(store, "ann", "h1", "s1", 10);
    put_under(store, "bob", "h1", "s1", 20);
    put_under(store, "cat", "h1", "s1", 30);
    expect_changes(store, "");
    ck_assert_int_eq(store_tell_changes(store), 0);
    put_under(store, "ann", "h1", "s2", 11);
    expect_changes(store, "ann:10>11 "); /* stopped here; the suite changes again */
    put_under(store, "ann", "h1", "s3", 12);
    put_under(store, "bob", "h1", "s3", 20);
    put_under(store, "cat", "h9", "s3", 99); /* another file is no change of a grade */
    expect_changes(store, "ann:10>12 bob:20>20 ");
    ck_assert_int_eq(store_tell_changes(store), 0);
    expect_changes(store, "ann:10>12 bob:20>20 "); /* the list was lost, say */
    ck_assert_int_eq(store_tell_changes(store), 0);
    expect_changes(store, "ann:10>12 bob:20>20 ");
    put_under(store, "cat", "h9", "s4", 98);
    expect_changes(store, "cat:99>98 ");
    store_close(store);
}
END_TEST

/* The same key throughout: a regrading met a fault, which was told, and 'grade' tried again. */
START_TEST(a_grade_that_was_lost_for_a_while_is_a_change_in_the_list)
{
    struct store *store = open_at(":memory:");
    put(store, "ann", "03_memory/arena", "h1", VERDICT_FAIL);
    ck_assert_int_eq(store_tell_changes(store), 0);
    put(store, "ann", "03_memory/arena", "h1", VERDICT_GRADER_ERROR);
    expect_changes(store, "ann:40>40 ");
    ck_assert_int_eq(store_tell_changes(store), 0);
    put(store, "bob", "03_memory/arena", "h2", VERDICT_PASS);
    put(store, "ann", "03_memory/arena", "h1", VERDICT_PASS);
    expect_changes(store, "ann:40>100 ");
    expect_history(store, "ann", "h1/suite:40 h1/suite:40 h1/suite:100 ");
    store_close(store);
}
END_TEST

START_TEST(a_graded_file_is_kept_small_and_whole)
{
    enum { LARGE = 60000 };
    char *text = malloc(LARGE), *back;
    size_t size;
    int bytes = 0;
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < LARGE; i++)
        text[i] = "int main(void);\n"[i % 16];
    struct store *store = open_at(scratch_path("s.sqlite"));
    struct record *record = make_record("03_memory/arena", "h1", VERDICT_PASS, 100);
    ck_assert(record_keep_source(record, text, LARGE));
    ck_assert_int_eq(store_put(store, "ann", record), 0);
    ck_assert_int_eq(store_put(store, "bob", record), 0); /* the same file: kept once */
    record_set(&record->submission_hash, "h2");
    ck_assert_int_eq(store_put(store, "", record), 0); /* a workspace has its files */
    ck_assert_int_eq(store_source(store, "h1", &back, &size), 0);
    ck_assert_uint_eq(size, LARGE);
    ck_assert_int_eq(memcmp(back, text, LARGE), 0);
    free(back);
    ck_assert_int_eq(store_source(store, "h2", &back, &size), -ENOENT);
    ck_assert_int_eq(store_number(store, "SELECT sum(length(deflated)) FROM sources", NULL, &bytes),
                     0);
    ck_assert_int_lt(bytes, LARGE / 4);
    record_destroy(record);
    free(text);
    store_close(store);
}
END_TEST

START_TEST(a_damaged_source_is_no_source)
{
    char *back;
    size_t size;
    const char *path = scratch_path("s.sqlite");
    struct store *store = open_at(path);
    struct record *record = make_record("03_memory/arena", "h1", VERDICT_PASS, 100);
    ck_assert(record_keep_source(record, "int x;", 6));
    ck_assert_int_eq(store_put(store, "ann", record), 0);
    record_destroy(record);
    store_close(store);
    static const char *const damages[] = {
        "UPDATE sources SET bytes = 7", "UPDATE sources SET bytes = -1",
        "UPDATE sources SET bytes = 1 << 40", "UPDATE sources SET bytes = 6, deflated = x'789c'",
        "UPDATE sources SET deflated = x''"};
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        run_sql(path, damages[i]);
        store = open_at(path);
        ck_assert_int_eq(store_source(store, "h1", &back, &size), -EINVAL);
        ck_assert_str_eq(store_error(), "the database is damaged");
        store_close(store);
    }
}
END_TEST

/* The schema as the syslab before made it, with what it had in it. */
static const char schema_1[] =
    "CREATE TABLE students(name TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE records(id INTEGER PRIMARY KEY, student TEXT NOT NULL, exercise TEXT NOT NULL,"
    "  submission_hash TEXT NOT NULL, suite_hash TEXT NOT NULL, grader_hash TEXT NOT NULL,"
    "  verdict TEXT NOT NULL, points REAL NOT NULL, max_points INTEGER NOT NULL,"
    "  layers TEXT NOT NULL, graded_at TEXT NOT NULL, json TEXT NOT NULL,"
    "  UNIQUE(student, exercise, submission_hash, suite_hash, grader_hash));"
    "CREATE TABLE current(student TEXT NOT NULL, exercise TEXT NOT NULL,"
    "  record INTEGER NOT NULL REFERENCES records(id), PRIMARY KEY(student, exercise))"
    "  WITHOUT ROWID;"
    "CREATE TABLE progress(exercise TEXT PRIMARY KEY, hints INTEGER NOT NULL DEFAULT 0,"
    "  gave_up_at TEXT) WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "INSERT INTO students VALUES('ann'), ('bob');"
    "INSERT INTO records VALUES"
    "  (1, 'ann', '03_memory/arena', 'h1', 's1', 'g1', 'fail', 40, 100, 'namespaces',"
    "   '2026-01-14T09:30:05Z', '{}'),"
    "  (2, 'ann', '03_memory/arena', 'h2', 's1', 'g1', 'pass', 100, 100, 'namespaces',"
    "   '2026-01-15T09:30:05Z', '{}'),"
    "  (3, 'bob', '03_memory/arena', 'h3', 's1', 'g1', 'race', 60, 100, 'namespaces',"
    "   '2026-01-15T09:30:06Z', '{}');"
    "INSERT INTO current VALUES('ann', '03_memory/arena', 1), ('bob', '03_memory/arena', 3);"
    "INSERT INTO progress VALUES('03_memory/arena', 2, NULL);";

START_TEST(an_older_store_is_brought_up_to_date)
{
    unsigned hints = 0;
    const char *path = scratch_path("s.sqlite");
    run_sql(path, schema_1);
    struct store *store = open_at(path);
    expect_rows(store, NULL, "ann:h1:fail:40 bob:h3:race:60 ");
    expect_history(store, "ann", "h1/s1:40 h2/s1:100 h1/s1:40 "); /* she went back to h1 */
    expect_history(store, "bob", "h3/s1:60 ");
    expect_changes(store, "");
    ck_assert_int_eq(store_hints(store, "03_memory/arena", &hints), 0);
    ck_assert_uint_eq(hints, 2);
    put_under(store, "bob", "h3", "s2", 70);
    expect_changes(store, "bob:60>70 ");
    store_close(store);
    store_close(open_at(path)); /* a second time there is nothing to do */
}
END_TEST

/* What the second migration adds, as the syslab that brought it left it, and a record of a compiler. */
static const char schema_2[] =
    "CREATE TABLE sources(hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL, deflated BLOB NOT NULL);"
    "CREATE TABLE history(seq INTEGER PRIMARY KEY AUTOINCREMENT, student TEXT NOT NULL,"
    "  exercise TEXT NOT NULL, record INTEGER NOT NULL REFERENCES records(id),"
    "  since TEXT NOT NULL);"
    "CREATE INDEX history_of ON history(student, exercise, seq);"
    "CREATE TABLE told(from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL);"
    "INSERT INTO told VALUES(0, 1);"
    "INSERT INTO history(student, exercise, record, since) VALUES"
    "  ('bob', '03_memory/arena', 3, '2026-01-15T09:30:06Z'),"
    "  ('ann', '03_memory/arena', 2, '2026-01-15T09:30:05Z'),"
    "  ('ann', '03_memory/arena', 1, '2026-01-16T09:30:05Z');"
    "CREATE TRIGGER current_is_remembered AFTER INSERT ON current"
    "  WHEN NEW.record IS NOT (SELECT record FROM history WHERE student = NEW.student"
    "    AND exercise = NEW.exercise ORDER BY seq DESC LIMIT 1) "
    "BEGIN"
    "  INSERT INTO history(student, exercise, record, since)"
    "    VALUES(NEW.student, NEW.exercise, NEW.record, strftime('%Y-%m-%dT%H:%M:%SZ'));"
    "END;"
    "UPDATE records SET json = '{\"toolchain\": \"gcc 11.4.0\"}' WHERE student = 'bob';"
    "UPDATE records SET json = 'cut sho' WHERE id = 2;"
    "PRAGMA user_version = 2;";

START_TEST(a_store_of_the_second_version_keeps_its_history_and_learns_of_compilers)
{
    bool done;
    const char *path = scratch_path("s.sqlite");
    run_sql(path, schema_1);
    run_sql(path, schema_2);
    struct store *store = open_at(path);
    expect_rows(store, NULL, "ann:h1:fail:40 bob:h3:race:60 ");
    expect_history(store, "ann", "h2/s1:100 h1/s1:40 ");
    struct store_key key = {"bob", "03_memory/arena", "h3", "s1", "g1", "gcc 12.2.0"};
    ck_assert_int_eq(store_find(store, &key, false, &done), 0);
    ck_assert(!done);
    key.toolchain = "gcc 11.4.0";
    ck_assert_int_eq(store_find(store, &key, false, &done), 0);
    ck_assert(done);
    put_under(store, "bob", "h3", "s1", 70);
    expect_history(store, "bob", "h3/s1:60 h3/s1:70 ");
    expect_changes(store, "bob:60>70 ");
    store_close(store);
    int broken = 0; /* others' references lead to the new table, and are held to it */
    store = open_at(path);
    ck_assert_int_eq(
        store_number(store, "SELECT count(*) FROM pragma_foreign_key_check", NULL, &broken), 0);
    ck_assert_int_eq(broken, 0);
    ck_assert_int_ne(store_run(store, "DELETE FROM records WHERE student = 'bob'", NULL), 0);
    store_close(store);
}
END_TEST

START_TEST(an_older_store_survives_a_migration_that_fails)
{
    char error[500];
    const char *path = scratch_path("s.sqlite");
    run_sql(path, schema_1);
    run_sql(path, "CREATE TABLE told(x)"); /* in the way of the second migration's last table */
    ck_assert_int_ne(open_fails(path, error, sizeof(error)), 0);
    run_sql(path, "DROP TABLE told");
    run_sql(path, "CREATE TABLE gradings(x)"); /* in the way of the third */
    ck_assert_int_ne(open_fails(path, error, sizeof(error)), 0);
    run_sql(path, "DROP TABLE gradings");
    struct store *store = open_at(path);
    expect_rows(store, NULL, "ann:h1:fail:40 bob:h3:race:60 ");
    expect_history(store, "bob", "h3/s1:60 ");
    store_close(store);
}
END_TEST

START_TEST(what_nobody_may_write_can_be_read)
{
    char error[500];
    struct store *store;
    const char *folder = scratch_path("100% #1?");
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/s.sqlite", folder);
    ck_assert_int_eq(files_make_folders(folder), 0);
    store = open_at(path);
    put(store, "ann", "03_memory/arena", "h1", VERDICT_FAIL);
    store_close(store); /* the log is gone with its last writer */
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    ck_assert_int_eq(chmod(path, 0444), 0);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0); /* root may write anything */
    int failed = store_open_reading(path, &store, error, sizeof(error));
    if (failed == 0) {
        expect_rows(store, NULL, "ann:h1:fail:40 ");
        ck_assert_int_ne(store_add_student(store, "bob"), 0);
        store_close(store);
    }
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    chmod(folder, 0755);
    ck_assert_msg(failed == 0, "%s", error);
}
END_TEST

static TCase *new_case(Suite *suite, TCase *tcase)
{
    tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *records = new_case(suite, tcase_create("records"));
    tcase_add_test(records, what_is_put_is_found);
    tcase_add_test(records, each_part_of_the_key_counts);
    tcase_add_test(records, the_newest_is_current_also_when_it_was_known);
    tcase_add_test(records, a_grader_error_does_not_stand);
    tcase_add_test(records, without_a_sandbox_stands_only_if_asked);
    tcase_add_test(records, the_whole_record_is_kept);
    TCase *progress = new_case(suite, tcase_create("progress"));
    tcase_add_test(progress, progress_is_remembered);
    tcase_add_test(progress, a_pass_stands_when_a_later_try_fails);
    TCase *history = new_case(suite, tcase_create("history"));
    tcase_add_test(history, what_counted_is_remembered_in_order);
    tcase_add_test(history, changes_stay_until_they_are_told_and_can_be_had_again);
    tcase_add_test(history, a_grade_that_was_lost_for_a_while_is_a_change_in_the_list);
    tcase_add_test(history, a_graded_file_is_kept_small_and_whole);
    tcase_add_test(history, an_older_store_is_brought_up_to_date);
    tcase_add_test(history,
                   a_store_of_the_second_version_keeps_its_history_and_learns_of_compilers);
    TCase *errors = new_case(suite, tcase_create("errors"));
    tcase_add_test(errors, what_is_no_store_is_refused);
    tcase_add_test(errors, a_newer_store_is_refused_and_left_alone);
    tcase_add_test(errors, a_migration_that_fails_changes_nothing);
    tcase_add_test(errors, a_full_disk_loses_nothing_that_was_kept);
    tcase_add_test(errors, a_damaged_source_is_no_source);
    tcase_add_test(errors, an_older_store_survives_a_migration_that_fails);
    tcase_add_test(errors, what_nobody_may_write_can_be_read);
    TCase *sharing = new_case(suite, tcase_create("sharing"));
    tcase_set_timeout(sharing, 30);
    tcase_add_test(sharing, threads_may_share_a_store);
    tcase_add_test(sharing, processes_may_share_a_store);
    return suite;
}
