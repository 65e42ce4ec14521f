/* What may lie where a submission is expected. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "grader/inspect/source.h"
#include "tests/support/check_main.h"

static char folder[] = "/tmp/test_source_XXXXXX";
static char path[100];

static void set_up(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/x.c", folder);
}

static void tear_down(void)
{
    remove(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void expect_refused(const char *words)
{
    struct source source;
    ck_assert_int_eq(source_read(path, 1024, &source), 0);
    ck_assert(source.refused);
    ck_assert_msg(strstr(source.message, words) != NULL, "wanted '%s' in: %s", words,
                  source.message);
    ck_assert_ptr_nonnull(strstr(source.message, "x.c"));
    source_fini(&source);
}

static void write_bytes(const char *bytes, size_t size)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
    close(file);
}

START_TEST(c_text_is_accepted)
{
    struct source source;
    const char text[] = "int x;\r\n/* \xc3\xa9 */\r\n"; /* CRLF and UTF-8 are C to a compiler */
    write_bytes(text, strlen(text));
    ck_assert_int_eq(source_read(path, 1024, &source), 0);
    ck_assert_msg(!source.refused, "%s", source.message);
    ck_assert_str_eq(source.text, text);
    ck_assert_uint_eq(source.length, strlen(text));
    source_fini(&source);
}
END_TEST

START_TEST(other_text_is_refused)
{
    char large[1025];
    memset(large, 'x', sizeof(large));
    write_bytes("", 0);
    expect_refused("is empty");
    write_bytes("int x;\nint\0y;", 13);
    expect_refused("x.c:2: a NUL byte");
    write_bytes("a\nb\n\xe9t\xe9", 7);
    expect_refused("x.c:3: byte 0xe9 is not UTF-8");
    write_bytes(large, 1024);
    struct source source;
    ck_assert_int_eq(source_read(path, 1024, &source), 0);
    ck_assert(!source.refused);
    source_fini(&source);
    write_bytes(large, 1025);
    expect_refused("larger than the 1 KiB");
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    char other[sizeof(path) + 8];
    expect_refused("x.c is missing; the folder is empty.");
    snprintf(other, sizeof(other), "%s/my_x.c", folder);
    close(open(other, O_CREAT | O_WRONLY, 0600));
    expect_refused("x.c is missing; the folder has my_x.c.");
    snprintf(other, sizeof(other), "%s/cv.pdf", folder);
    close(open(other, O_CREAT | O_WRONLY, 0600));
    expect_refused("x.c is missing; the folder has my_x.c.");
    unlink(other);
    snprintf(other, sizeof(other), "%s/my_x.c", folder);
    unlink(other);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    expect_refused("is a folder");
    rmdir(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_refused("is a FIFO");
    unlink(path);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    expect_refused("is a symbolic link");
    unlink(path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    expect_refused("is a socket");
    close(server);
}
END_TEST

START_TEST(device_is_refused_unopened)
{
    struct source source;
    ck_assert_int_eq(source_read("/dev/zero", 1024, &source), 0);
    ck_assert(source.refused);
    ck_assert_ptr_nonnull(strstr(source.message, "is a character device"));
    source_fini(&source);
}
END_TEST

/* What this user may not look at is nobody's zero. Root may, and so becomes another for a while. */
START_TEST(what_the_machine_withholds_is_no_fault_of_the_file)
{
    struct source source;
    char hash[65] = "x";
    bool root = geteuid() == 0;
    write_bytes("int x;", 6);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(chmod(path, i == 0 ? 0 : 0644), 0);
        ck_assert_int_eq(chmod(folder, i == 0 ? 0755 : 0), 0);
        if (root)
            ck_assert_int_eq(seteuid(65534), 0);
        int read = source_read(path, 1024, &source), hashed = source_hash(path, hash);
        if (root)
            ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_eq(chmod(folder, 0700), 0);
        ck_assert_int_eq(read, -EACCES);
        ck_assert_int_eq(hashed, -EACCES);
        ck_assert(!source.refused && !source.text);
        ck_assert_str_eq(hash, "");
    }
    ck_assert_int_eq(source_hash(path, hash), 0);
    ck_assert_uint_eq(strlen(hash), 64);
    unlink(path);
    ck_assert_int_eq(source_hash(path, hash), 0); /* a file that is not there is the student's */
    ck_assert_str_eq(hash, "");
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("source");
    TCase *all = tcase_create("kinds");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, c_text_is_accepted);
    tcase_add_test(all, other_text_is_refused);
    tcase_add_test(all, what_is_no_file_is_refused);
    tcase_add_test(all, device_is_refused_unopened);
    tcase_add_test(all, what_the_machine_withholds_is_no_fault_of_the_file);
    suite_add_tcase(suite, all);
    return suite;
}
