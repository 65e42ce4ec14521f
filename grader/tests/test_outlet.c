#include "grader/base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static int put(const char *path, const char *text)
{
    struct outlet outlet;
    int failed = outlet_open(path, &outlet);
    if (failed)
        return failed;
    return outlet_close(&outlet, files_write_all(outlet.fd, text, strlen(text)));
}

static void expect_content(const char *path, const char *expected)
{
    char *data;
    size_t size;
    ck_assert_int_eq(files_read(path, &data, &size), 0);
    ck_assert_str_eq(data, expected);
    free(data);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    return status.st_mode;
}

START_TEST(a_file_is_replaced_and_keeps_its_permissions)
{
    ck_assert_int_eq(put(scratch_path("f"), "one"), 0);
    ck_assert_int_eq(chmod(scratch_path("f"), 0600), 0);
    ck_assert_int_eq(put(scratch_path("f"), "two"), 0);
    expect_content(scratch_path("f"), "two");
    ck_assert_uint_eq(mode_of(scratch_path("f")) & 0777, 0600);
}
END_TEST

START_TEST(a_link_is_followed_and_stays)
{
    scratch_write("there/f", "one");
    ck_assert_int_eq(symlink("there/f", scratch_path("link")), 0);
    ck_assert_int_eq(put(scratch_path("link"), "two"), 0);
    ck_assert(S_ISLNK(mode_of(scratch_path("link"))));
    expect_content(scratch_path("there/f"), "two");
}
END_TEST

/* In a folder like /tmp, and elsewhere. Only the administrator can make a link somebody else's. */
START_TEST(a_strangers_link_is_not_followed)
{
    enum { NOBODY = 65534 };
    if (geteuid() != 0)
        return;
    scratch_write("precious", "one");
    ck_assert_int_eq(symlink("precious", scratch_path("link")), 0);
    ck_assert_int_eq(lchown(scratch_path("link"), NOBODY, NOBODY), 0);
    ck_assert_int_eq(put(scratch_path("link"), "two"), -EPERM);
    ck_assert_int_eq(chmod(scratch, 01777), 0);
    ck_assert_int_eq(put(scratch_path("link"), "two"), -EPERM);
    expect_content(scratch_path("precious"), "one");
}
END_TEST

START_TEST(a_fifo_is_written_and_stays)
{
    char got[8] = "";
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(symlink("fifo", scratch_path("link")), 0);
    int reader = open(scratch_path("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_ge(reader, 0);
    ck_assert_int_eq(put(scratch_path("fifo"), "one"), 0);
    ck_assert_int_eq(put(scratch_path("link"), "two"), 0);
    ck_assert_int_eq(read(reader, got, sizeof(got)), 6);
    ck_assert_str_eq(got, "onetwo");
    ck_assert(S_ISFIFO(mode_of(scratch_path("fifo"))));
    ck_assert(S_ISLNK(mode_of(scratch_path("link"))));
    close(reader);
}
END_TEST

START_TEST(what_cannot_be_written_says_why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", scratch);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(symlink("nowhere", scratch_path("link")), 0);
    ck_assert_int_eq(put(scratch, "x"), -EISDIR);
    ck_assert_int_eq(put(scratch_path("socket"), "x"), -ENXIO);
    ck_assert_int_eq(put(scratch_path("link"), "x"), -ENOENT);
    ck_assert_int_eq(put(scratch_path("no/such/folder"), "x"), -ENOENT);
    ck_assert_int_eq(put(scratch_path("ends/"), "x"), -ENOENT);
    ck_assert_int_eq(put("", "x"), -EISDIR);
    ck_assert(S_ISSOCK(mode_of(scratch_path("socket"))));
    close(server);
}
END_TEST

START_TEST(a_failure_half_way_keeps_the_old_file)
{
    static char large[100000];
    const struct rlimit limit = {50000, 50000};
    scratch_write("f", "what was there");
    memset(large, 'x', sizeof(large) - 1);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(put(scratch_path("f"), large), -EFBIG);
    expect_content(scratch_path("f"), "what was there");
}
END_TEST

START_TEST(the_standard_output_is_known_by_any_name)
{
    ck_assert(outlet_names_stdout("-"));
    ck_assert(!outlet_names_stdout(scratch_path("f")));
    int file = open(scratch_path("f"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    int kept = dup(STDOUT_FILENO);
    fflush(stdout);
    ck_assert_int_eq(symlink("/proc/self/fd/1", scratch_path("stdout")), 0);
    dup2(file, STDOUT_FILENO);
    bool by_name = outlet_names_stdout(scratch_path("f"));
    bool by_link = outlet_names_stdout(scratch_path("stdout"));
    int failed = put(scratch_path("stdout"), "said");
    dup2(kept, STDOUT_FILENO);
    close(kept), close(file);
    ck_assert(by_name);
    ck_assert(by_link);
    ck_assert_int_eq(failed, 0);
    expect_content(scratch_path("f"), "said");
    ck_assert(S_ISLNK(mode_of(scratch_path("stdout"))));
}
END_TEST

START_TEST(what_is_not_ours_is_not_replaced)
{
    ck_assert_int_eq(outlet_check(scratch_path("absent"), OUTLET_REPORT), 0);
    scratch_write("f", "");
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_SOURCE), 0);
    scratch_write("f", "student,total\r\n");
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_REPORT), 0);
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_ARCHIVE), -EEXIST);
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_SOURCE), -EEXIST);
    scratch_write("f", "student"); /* shorter than any beginning */
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_REPORT), -EEXIST);
    scratch_write("f", "\x1f\x8b\x08 and more");
    ck_assert_int_eq(outlet_check(scratch_path("f"), OUTLET_ARCHIVE), 0);
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(outlet_check(scratch_path("fifo"), OUTLET_SOURCE), 0);
    ck_assert_ptr_nonnull(strstr(outlet_reason(-EEXIST), "another kind"));
    ck_assert_str_eq(outlet_reason(-ENOSPC), "No space left on device");
}
END_TEST

START_TEST(one_file_is_known_by_all_its_names)
{
    scratch_write("d/f", "x");
    ck_assert_int_eq(symlink("d/f", scratch_path("soft")), 0);
    ck_assert_int_eq(link(scratch_path("d/f"), scratch_path("hard")), 0);
    ck_assert_int_eq(symlink("d", scratch_path("e")), 0);
    ck_assert(outlet_is(scratch_path("soft"), scratch_path("d/f")));
    ck_assert(outlet_is(scratch_path("hard"), scratch_path("d/f")));
    ck_assert(outlet_is(scratch_path("d/../e/f"), scratch_path("d/f")));
    ck_assert(outlet_is(scratch_path("e/absent"), scratch_path("d/absent")));
    ck_assert(!outlet_is(scratch_path("d/g"), scratch_path("d/f")));
    ck_assert(!outlet_is(scratch_path("g"), scratch_path("d/g")));
}
END_TEST

START_TEST(only_a_regular_file_can_be_a_database)
{
    scratch_write("f", "x");
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(files_regular_or_absent(scratch_path("f")), 0);
    ck_assert_int_eq(files_regular_or_absent(scratch_path("absent")), 0);
    ck_assert_int_eq(files_regular_or_absent(scratch_path("f/below")), -ENOTDIR);
    ck_assert_int_eq(files_regular_or_absent(scratch_path("fifo")), -EINVAL);
    ck_assert_int_eq(files_regular_or_absent("/dev/null"), -EINVAL);
    ck_assert_int_eq(files_regular_or_absent(scratch), -EISDIR);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("outlet");
    TCase *targets = tcase_create("targets");
    tcase_add_checked_fixture(targets, scratch_make, scratch_remove);
    tcase_add_test(targets, a_file_is_replaced_and_keeps_its_permissions);
    tcase_add_test(targets, a_link_is_followed_and_stays);
    tcase_add_test(targets, a_strangers_link_is_not_followed);
    tcase_add_test(targets, a_fifo_is_written_and_stays);
    tcase_add_test(targets, what_cannot_be_written_says_why);
    tcase_add_test(targets, a_failure_half_way_keeps_the_old_file);
    suite_add_tcase(suite, targets);
    TCase *names = tcase_create("names");
    tcase_add_checked_fixture(names, scratch_make, scratch_remove);
    tcase_add_test(names, the_standard_output_is_known_by_any_name);
    tcase_add_test(names, what_is_not_ours_is_not_replaced);
    tcase_add_test(names, one_file_is_known_by_all_its_names);
    tcase_add_test(names, only_a_regular_file_can_be_a_database);
    suite_add_tcase(suite, names);
    return suite;
}
