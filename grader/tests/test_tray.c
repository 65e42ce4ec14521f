#include "grader/class/tray.h"

#include <errno.h>
#include <sys/stat.h>

#include "grader/class/cluster.h"
#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

enum { UNITS = 7 };

static const struct manifest manifest = {.exercise = (char *)"03_memory/arena"};
static struct tray tray;

static void open_tray(void)
{
    char where[PATH_MAX];
    scratch_make();
    ck_assert_int_eq(tray_open(scratch_path("tray"), &tray, where), 0);
}

static void close_tray(void)
{
    tray_close(&tray);
    scratch_remove();
}

static struct unit make_unit(const char *student, const char *path)
{
    struct unit unit = {.student = student, .path = path, .manifest = &manifest};
    memset(unit.submission_hash, 'a', 64);
    memset(unit.suite_hash, 'b', 64);
    strcpy(unit.grader_hash, "grader");
    strcpy(unit.toolchain, "gcc 12.2.0");
    ck_assert_int_eq(unit_identify(&unit), 0);
    return unit;
}

static const struct tray_list sample = {.job = "syslab-1",
                                        .course_root = "/course\n",
                                        .build_root = "/b%20/\xff",
                                        .grader_hash = "grader",
                                        .compiler_hash = "compiler",
                                        .toolchain = "gcc 12.2.0",
                                        .no_sandbox = true,
                                        .units_a_task = 3};

static const char *const odd_names[UNITS] = {
    "ann", "", "a\"b\\", "tab\tnew\nline", "100%41", "\xf6\xff\x01", "'$(touch x)'"};

static void publish(void)
{
    struct unit units[UNITS];
    const struct unit *all[UNITS];
    for (size_t i = 0; i < UNITS; i++) {
        units[i] = make_unit(odd_names[i], odd_names[UNITS - 1 - i]);
        all[i] = &units[i];
    }
    ck_assert_int_eq(tray_publish(&tray, &sample, all, UNITS), 0);
}

START_TEST(an_id_tells_every_part)
{
    struct unit one = make_unit("ann", "x"), same = make_unit("ann", "elsewhere");
    struct unit other = make_unit("anna", "x");
    ck_assert_str_eq(one.id, same.id);
    ck_assert_str_ne(one.id, other.id);
    ck_assert_uint_eq(strlen(one.id), 64);
    other = one;
    other.suite_hash[0] = 'c';
    ck_assert_int_eq(unit_identify(&other), 0);
    ck_assert_str_ne(one.id, other.id);
    other = one;
    strcpy(other.grader_hash, "another grader");
    ck_assert_int_eq(unit_identify(&other), 0);
    ck_assert_str_ne(one.id, other.id);
    other = one;
    strcpy(other.toolchain, "gcc 13.1.0");
    ck_assert_int_eq(unit_identify(&other), 0);
    ck_assert_str_ne(one.id, other.id);
}
END_TEST

START_TEST(any_name_makes_the_way_and_each_unit_is_in_one_task)
{
    publish();
    size_t seen = 0;
    for (unsigned task = 0; task < 4; task++) {
        struct tray_work work;
        char error[500];
        ck_assert_int_eq(tray_read(&tray, task, &work, error, sizeof(error)), 0);
        ck_assert_str_eq(work.list.course_root, sample.course_root);
        ck_assert_str_eq(work.list.build_root, sample.build_root);
        ck_assert(work.list.no_sandbox);
        for (size_t i = 0; i < work.count; i++, seen++) {
            ck_assert_str_eq(work.units[i].student, odd_names[seen]);
            ck_assert_str_eq(work.units[i].path, odd_names[UNITS - 1 - seen]);
            ck_assert_str_eq(work.units[i].id, make_unit(odd_names[seen], "").id);
        }
        ck_assert_uint_eq(work.count, task < 2 ? 3 : task == 2 ? 1 : 0);
        tray_fini_work(&work);
    }
    ck_assert_uint_eq(seen, UNITS);
}
END_TEST

static void expect_refused(const char *list)
{
    struct tray_work work;
    char error[500] = "", job[TRAY_JOB_BYTES];
    scratch_write("tray/units.jsonl", list);
    ck_assert_int_eq(tray_read(&tray, 0, &work, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "not a list of units"));
    tray_job(&tray, job);
    ck_assert_uint_lt(strlen(job), TRAY_JOB_BYTES);
}

/* A list cut short at any byte is read up to a whole line or refused, never misread. */
START_TEST(what_is_no_list_is_refused)
{
    char *text;
    size_t size;
    publish();
    ck_assert_int_eq(files_read(scratch_path("tray/units.jsonl"), &text, &size), 0);
    expect_refused("");
    expect_refused("{}\n");
    expect_refused("[1]\n");
    char *header_end = strchr(text, '\n');
    for (char *at = text; at < header_end; at += 7) {
        char kept = *at;
        *at = '\0';
        expect_refused(text);
        *at = kept;
    }
    char *name = strstr(text, "syslab-1");
    static const char *const strange[] = {"--user=a", "syslab-,", "syslab-A", "x,syslab",
                                          "syslabs1"};
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        memcpy(name, strange[i], 8); /* never to reach scancel */
        expect_refused(text);
    }
    memcpy(name, "syslab-1", 8);
    header_end[20] = '\0';
    expect_refused(text);
    static const char *const wrong[] = {"%", "%4", "%zz", "%00", "% 1"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char list[4096];
        header_end[1] = '\0';
        snprintf(list, sizeof(list),
                 "%s{\"id\":\"x\",\"student\":\"%s\",\"exercise\":\"e\",\"path\":\"p\","
                 "\"submission_hash\":\"s\",\"suite_hash\":\"h\"}\n",
                 text, wrong[i]);
        expect_refused(list);
    }
    free(text);
}
END_TEST

START_TEST(the_job_is_told)
{
    char job[TRAY_JOB_BYTES];
    ck_assert_int_eq(tray_job(&tray, job), -ENOENT);
    publish();
    ck_assert_int_eq(tray_job(&tray, job), 0);
    ck_assert_str_eq(job, "syslab-1");
}
END_TEST

static void expect_record(const char *id, const char *expected)
{
    char *json;
    ck_assert_int_eq(tray_get(&tray, id, &json), 0);
    ck_assert_str_eq(json, expected);
    free(json);
}

START_TEST(a_fault_never_takes_a_grades_place)
{
    char *json, kept[PATH_MAX];
    ck_assert_int_eq(tray_put(&tray, "u", "fault", false), 0);
    expect_record("u", "fault");
    ck_assert_int_eq(tray_put(&tray, "u", "grade", true), 0);
    ck_assert_int_eq(tray_put(&tray, "u", "fault", false), 0);
    expect_record("u", "grade");
    ck_assert_int_eq(tray_put(&tray, "u", "the same, from elsewhere", true), 0);
    expect_record("u", "the same, from elsewhere");
    ck_assert_int_eq(tray_refuse(&tray, "u", kept), 0);
    ck_assert(files_exists(kept));
    ck_assert_int_eq(tray_get(&tray, "u", &json), -ENOENT);
    ck_assert_int_eq(tray_take_away(&tray, "u"), 0);
}
END_TEST

START_TEST(one_hands_out_and_the_folder_is_its_own)
{
    struct tray second;
    struct stat status;
    char where[PATH_MAX];
    ck_assert_int_eq(tray_open(scratch_path("tray"), &second, where), -EBUSY);
    ck_assert_int_eq(stat(tray.root, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0700);
    scratch_write("file", "");
    ck_assert_int_eq(tray_open(scratch_path("file/tray"), &second, where), -ENOTDIR);
    struct unit unit = make_unit("ann", "x");
    tray_put(&tray, unit.id, "grade", true);
    publish();
    scratch_write("tray/precious", "of somebody else");
    scratch_write("tray/logs/syslab-1-0.txt", "what a machine said");
    tray_clear(&tray);
    ck_assert(!files_exists(scratch_path("tray/logs")));
    ck_assert(files_exists(scratch_path("tray/precious")));
    ck_assert(!files_exists(scratch_path("tray/records")));
    ck_assert(!files_exists(scratch_path("tray/units.jsonl")));
}
END_TEST

static void expect_not_opened(int expected, const char *at)
{
    struct tray refused;
    char where[PATH_MAX];
    ck_assert_int_eq(tray_open(scratch_path("share"), &refused, where), expected);
    ck_assert_str_eq(where, scratch_path(at));
    ck_assert_int_eq(tray_attach(scratch_path("share/"), &refused, where), expected);
}

/* Somebody who writes in a shared folder before it is used puts a link there: what it leads to is not
 * taken for records, and not emptied. */
START_TEST(what_a_stranger_put_there_is_refused)
{
    scratch_write("thesis", "years");
    ck_assert_int_eq(mkdir(scratch_path("share"), 0700), 0);
    ck_assert_int_eq(symlink(scratch_path("tray"), scratch_path("share/logs")), 0);
    ck_assert_int_eq(mkdir(scratch_path("share/records"), 0700), 0);
    expect_not_opened(-ELOOP, "share/logs");
    ck_assert_int_eq(chmod(scratch_path("share"), 0777), 0);
    for (int again = 0; again < 2; again++) /* a refused folder stays refused */
        expect_not_opened(-ENOTEMPTY, "share");
    ck_assert_int_eq(rename(scratch_path("share"), scratch_path("elsewhere")), 0);
    ck_assert_int_eq(chmod(scratch_path("elsewhere"), 0700), 0);
    ck_assert_int_eq(symlink("elsewhere", scratch_path("share")), 0);
    expect_not_opened(-ELOOP, "share");
}
END_TEST

START_TEST(an_empty_folder_that_was_open_to_all_is_taken)
{
    struct tray other;
    struct stat status;
    char where[PATH_MAX];
    ck_assert_int_eq(mkdir(scratch_path("share"), 0700), 0);
    ck_assert_int_eq(chmod(scratch_path("share"), 0777), 0);
    ck_assert_int_eq(tray_open(scratch_path("share"), &other, where), 0);
    ck_assert_int_eq(stat(scratch_path("share"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    tray_close(&other);
    ck_assert_int_eq(tray_attach(scratch_path("share"), &other, where), 0);
    tray_close(&other);
    ck_assert_int_eq(tray_attach(scratch_path("nowhere"), &other, where), -ENOENT);
}
END_TEST

/* Only who may give files away can put somebody else's there. */
START_TEST(what_is_somebody_elses_is_refused)
{
    enum { NOBODY = 65534 };
    char *json, job[TRAY_JOB_BYTES];
    struct unit unit = make_unit("ann", "x");
    if (geteuid() != 0)
        return;
    publish();
    tray_put(&tray, unit.id, "grade", true);
    ck_assert_int_eq(chown(scratch_path("tray/units.jsonl"), NOBODY, NOBODY), 0);
    ck_assert_int_eq(tray_job(&tray, job), -EPERM);
    char record[100];
    snprintf(record, sizeof(record), "tray/records/%s.json", unit.id);
    ck_assert_int_eq(chown(scratch_path(record), NOBODY, NOBODY), 0);
    ck_assert_int_eq(tray_get(&tray, unit.id, &json), -EPERM);
    ck_assert_int_eq(mkdir(scratch_path("share"), 0700), 0);
    ck_assert_int_eq(mkdir(scratch_path("share/records"), 0700), 0);
    ck_assert_int_eq(chown(scratch_path("share/records"), NOBODY, NOBODY), 0);
    expect_not_opened(-EPERM, "share/records");
    ck_assert_int_eq(chown(scratch_path("share"), NOBODY, NOBODY), 0);
    expect_not_opened(-EPERM, "share");
}
END_TEST

START_TEST(a_link_is_not_followed_and_a_strange_name_not_removed)
{
    char *json;
    struct unit unit = make_unit("ann", "x");
    char record[100];
    snprintf(record, sizeof(record), "tray/records/%s.json", unit.id);
    scratch_write("secret", "{}");
    ck_assert_int_eq(symlink(scratch_path("secret"), scratch_path(record)), 0);
    ck_assert_int_eq(tray_get(&tray, unit.id, &json), -ELOOP);
    scratch_write("tray/logs/thesis.tex", "years");
    scratch_write("tray/refused/0.json", "no unit's");
    tray_clear(&tray);
    ck_assert(files_exists(scratch_path("secret")));
    ck_assert(files_exists(scratch_path("tray/logs/thesis.tex")));
    ck_assert(files_exists(scratch_path("tray/refused/0.json")));
    ck_assert(!files_exists(scratch_path("tray/records")));
}
END_TEST

/* What is done to the path meanwhile does not reach the records. */
START_TEST(a_folder_that_is_swapped_is_not_read)
{
    ck_assert_int_eq(tray_put(&tray, "u", "grade", true), 0);
    ck_assert_int_eq(rename(scratch_path("tray"), scratch_path("away")), 0);
    ck_assert_int_eq(mkdir(scratch_path("tray"), 0700), 0);
    ck_assert_int_eq(mkdir(scratch_path("tray/records"), 0700), 0);
    scratch_write("tray/records/u.json", "forged");
    expect_record("u", "grade");
    tray_clear(&tray);
    ck_assert(files_exists(scratch_path("tray/records/u.json")));
}
END_TEST

/* Every unit is in a task, and the tasks fit into the array. */
START_TEST(tasks_fit_the_array)
{
    static const struct {
        size_t units;
        unsigned array, first, again;
    } cases[] = {
        {1, 1001, 1, 1},    {64, 1001, 1, 1},   {65, 1001, 2, 1}, {200, 1001, 4, 1},
        {512, 1001, 8, 1},  {5000, 1001, 8, 5}, {24, 7, 4, 4},    {100000, 1001, 100, 100},
        {1001, 1001, 8, 1}, {1002, 1001, 8, 2}, {5, 1, 5, 5},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned first = cluster_units_a_task(cases[i].units, cases[i].array, false);
        unsigned again = cluster_units_a_task(cases[i].units, cases[i].array, true);
        ck_assert_uint_eq(first, cases[i].first);
        ck_assert_uint_eq(again, cases[i].again);
        ck_assert_uint_le((cases[i].units + first - 1) / first, cases[i].array);
        ck_assert_uint_le((cases[i].units + again - 1) / again, cases[i].array);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("tray");
    TCase *units = tcase_create("units");
    tcase_add_test(units, an_id_tells_every_part);
    tcase_add_test(units, tasks_fit_the_array);
    suite_add_tcase(suite, units);
    TCase *list = tcase_create("list");
    tcase_add_checked_fixture(list, open_tray, close_tray);
    tcase_add_test(list, any_name_makes_the_way_and_each_unit_is_in_one_task);
    tcase_add_test(list, what_is_no_list_is_refused);
    tcase_add_test(list, the_job_is_told);
    suite_add_tcase(suite, list);
    TCase *records = tcase_create("records");
    tcase_add_checked_fixture(records, open_tray, close_tray);
    tcase_add_test(records, a_fault_never_takes_a_grades_place);
    tcase_add_test(records, one_hands_out_and_the_folder_is_its_own);
    tcase_add_test(records, what_a_stranger_put_there_is_refused);
    tcase_add_test(records, an_empty_folder_that_was_open_to_all_is_taken);
    tcase_add_test(records, what_is_somebody_elses_is_refused);
    tcase_add_test(records, a_link_is_not_followed_and_a_strange_name_not_removed);
    tcase_add_test(records, a_folder_that_is_swapped_is_not_read);
    suite_add_tcase(suite, records);
    return suite;
}
