#include "grader/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static void expect_content(const char *path, const char *expected)
{
    char *data;
    size_t size;
    ck_assert_int_eq(files_read(path, &data, &size), 0);
    ck_assert_str_eq(data, expected);
    ck_assert_uint_eq(size, strlen(expected));
    free(data);
}

/* Nothing may be left behind under a temporary name. */
static unsigned count_entries(void)
{
    char command[200];
    snprintf(command, sizeof(command), "ls -A '%s' | wc -l", scratch);
    FILE *pipe = popen(command, "r");
    char count[16] = "";
    ck_assert_ptr_nonnull(fgets(count, sizeof(count), pipe));
    pclose(pipe);
    return (unsigned)strtoul(count, NULL, 10);
}

START_TEST(write_replaces_and_create_does_not)
{
    const char *path = scratch_path("f");
    ck_assert_int_eq(files_create(path, "one", 3), 0);
    ck_assert_int_eq(files_create(path, "two", 3), -EEXIST);
    expect_content(path, "one");
    ck_assert_int_eq(files_write(path, "two", 3), 0);
    expect_content(path, "two");
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

START_TEST(replace_only_what_was_expected)
{
    const char *path = scratch_write("f", "one");
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(files_replace(path, "two", 3, "none", 4), -EAGAIN);
    expect_content(path, "one");
    ck_assert_int_eq(files_replace(path, "two", 3, "one", 3), 0);
    expect_content(path, "two");
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
    ck_assert_int_eq(files_replace(scratch_path("absent"), "x", 1, "", 0), -ENOENT);
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

/* What an editor saves to the file at `path` just before each exchange or rename; NULL: nothing. */
static struct {
    const char *path;
    const char *texts[4];
    unsigned count;
} editor;

/* In the place of libc's, so that an editor can save in between. */
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (editor.path && editor.count < 4 && editor.texts[editor.count]) {
        const char *text = editor.texts[editor.count];
        char saved[PATH_MAX];
        snprintf(saved, sizeof(saved), "%s.editor", editor.path);
        FILE *file = fopen(saved, "w");
        fputs(text, file);
        fclose(file);
        ck_assert_int_eq(rename(saved, editor.path), 0);
    }
    editor.count++;
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

static int replace_while_saved(const char *first, const char *second)
{
    editor.path = scratch_write("f", "one");
    editor.texts[0] = first;
    editor.texts[1] = second;
    editor.count = 0;
    int failed = files_replace(editor.path, "two", 3, "one", 3);
    editor.path = NULL;
    return failed;
}

START_TEST(what_is_saved_between_two_looks_is_kept)
{
    ck_assert_int_eq(replace_while_saved("saved", NULL), -EAGAIN);
    expect_content(scratch_path("f"), "saved");
    ck_assert_uint_eq(count_entries(), 1);
    ck_assert_int_eq(replace_while_saved("saved", "saved again"), -EAGAIN);
    expect_content(scratch_path("f"), "saved");
    expect_content(scratch_path("f.saved"), "saved again");
    ck_assert_int_eq(replace_while_saved("saved", "and again"), -EAGAIN);
    expect_content(scratch_path("f.saved"), "saved again");
    expect_content(scratch_path("f.saved.1"), "and again");
    ck_assert_uint_eq(count_entries(), 3);
}
END_TEST

START_TEST(remove_only_what_was_expected)
{
    const char *path = scratch_write("f", "one");
    ck_assert_int_eq(files_remove(path, "none", 4), -EAGAIN);
    expect_content(path, "one");
    ck_assert_uint_eq(count_entries(), 1);
    ck_assert_int_eq(files_remove(path, "one", 3), 0);
    ck_assert_uint_eq(count_entries(), 0);
    ck_assert_int_eq(files_remove(path, "one", 3), -ENOENT);
    ck_assert_int_eq(files_remove(scratch_path("no/f"), "one", 3), -ENOENT);
    ck_assert_int_eq(files_make_folders(path), 0);
    ck_assert_int_lt(files_remove(path, "", 0), 0);
    ck_assert(files_exists(path));
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

START_TEST(removing_a_link_leaves_what_it_leads_to)
{
    scratch_write("target", "one");
    ck_assert_int_eq(symlink("target", scratch_path("link")), 0);
    ck_assert_int_eq(files_remove(scratch_path("link"), "one", 3), 0);
    ck_assert(!files_exists(scratch_path("link")));
    expect_content(scratch_path("target"), "one");
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

/* Moved aside, found to be another, and the name is taken again by then: both are there. */
START_TEST(a_save_while_a_file_is_put_back_is_kept)
{
    editor.path = scratch_write("f", "edited");
    editor.texts[0] = "saved";
    editor.texts[1] = NULL;
    editor.count = 0;
    ck_assert_int_eq(files_remove(editor.path, "one", 3), -EAGAIN);
    editor.path = NULL;
    expect_content(scratch_path("f"), "saved");
    expect_content(scratch_path("f.saved"), "edited");
    ck_assert_uint_eq(count_entries(), 2);
}
END_TEST

START_TEST(a_copy_never_overwrites)
{
    scratch_write("from", "starter");
    scratch_write("to", "a student's work");
    ck_assert_int_eq(files_copy_new(scratch_path("from"), scratch_path("to")), -EEXIST);
    expect_content(scratch_path("to"), "a student's work");
    ck_assert_int_eq(files_copy_new(scratch_path("from"), scratch_path("new")), 0);
    expect_content(scratch_path("new"), "starter");
    ck_assert_int_eq(files_copy_new(scratch_path("absent"), scratch_path("new2")), -ENOENT);
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_not_written_through)
{
    ck_assert_int_eq(symlink(scratch_path("target"), scratch_path("link")), 0);
    ck_assert_int_eq(files_create(scratch_path("link"), "x", 1), -EEXIST);
    ck_assert(!files_exists(scratch_path("target")));
}
END_TEST

START_TEST(what_is_no_file_is_not_read)
{
    char *data = NULL;
    size_t size;
    ck_assert_int_eq(files_read(scratch, &data, &size), -EISDIR);
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(files_read(scratch_path("fifo"), &data, &size), -EINVAL);
    ck_assert_int_eq(files_read(scratch_path("absent"), &data, &size), -ENOENT);
    int fd = open(scratch_path("huge"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_eq(ftruncate(fd, (off_t)1 << 40), 0);
    close(fd);
    ck_assert_int_eq(files_read(scratch_path("huge"), &data, &size), -EFBIG);
    ck_assert_ptr_null(data);
}
END_TEST

START_TEST(folders_are_made_and_a_file_in_the_way_is_named)
{
    ck_assert_int_eq(files_make_folders(scratch_path("a/b/c")), 0);
    ck_assert_int_eq(files_make_folders(scratch_path("a/b/c")), 0);
    scratch_write("a/file", "x");
    ck_assert_int_eq(files_make_folders(scratch_path("a/file/d")), -ENOTDIR);
}
END_TEST

/* A limit on file size stands for a disk that is full half-way: write fails after some bytes. */
START_TEST(a_write_that_fails_half_way_keeps_the_old_file)
{
    static char large[100000];
    const struct rlimit limit = {50000, 50000};
    scratch_write("f", "what was there");
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(files_write(scratch_path("f"), large, sizeof(large)), -EFBIG);
    ck_assert_int_eq(files_create(scratch_path("g"), large, sizeof(large)), -EFBIG);
    expect_content(scratch_path("f"), "what was there");
    ck_assert(!files_exists(scratch_path("g")));
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

START_TEST(same_compares_bytes)
{
    scratch_write("a", "one");
    scratch_write("b", "one");
    scratch_write("c", "two");
    ck_assert(files_same(scratch_path("a"), scratch_path("b")));
    ck_assert(!files_same(scratch_path("a"), scratch_path("c")));
    ck_assert(!files_same(scratch_path("a"), scratch_path("absent")));
}
END_TEST

START_TEST(paths_below_are_shown_relative)
{
    char here[PATH_MAX], path[PATH_MAX + 10];
    ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
    snprintf(path, sizeof(path), "%s/work/a.c", here);
    ck_assert_str_eq(files_display_path(path), "work/a.c");
    snprintf(path, sizeof(path), "%s-other/a.c", here);
    ck_assert_str_eq(files_display_path(path), path);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *whole = tcase_create("whole_or_absent");
    tcase_add_checked_fixture(whole, scratch_make, scratch_remove);
    tcase_add_test(whole, write_replaces_and_create_does_not);
    tcase_add_test(whole, replace_only_what_was_expected);
    tcase_add_test(whole, what_is_saved_between_two_looks_is_kept);
    tcase_add_test(whole, remove_only_what_was_expected);
    tcase_add_test(whole, removing_a_link_leaves_what_it_leads_to);
    tcase_add_test(whole, a_save_while_a_file_is_put_back_is_kept);
    tcase_add_test(whole, a_copy_never_overwrites);
    tcase_add_test(whole, a_link_that_leads_nowhere_is_not_written_through);
    tcase_add_test(whole, a_write_that_fails_half_way_keeps_the_old_file);
    suite_add_tcase(suite, whole);
    TCase *reading = tcase_create("reading");
    tcase_add_checked_fixture(reading, scratch_make, scratch_remove);
    tcase_add_test(reading, what_is_no_file_is_not_read);
    tcase_add_test(reading, folders_are_made_and_a_file_in_the_way_is_named);
    tcase_add_test(reading, same_compares_bytes);
    tcase_add_test(reading, paths_below_are_shown_relative);
    suite_add_tcase(suite, reading);
    return suite;
}
