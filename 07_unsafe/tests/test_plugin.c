/* test_plugin.c - what is loaded, what is refused and in which words, and when it may go. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "07_unsafe/demos/counter_plugin.h"

/* PLUGINS: the folder of the built plugins, from CMake. */
#define GOOD PLUGINS "/counter_plugin.so"

static const struct plugin_need need = {COUNTER_INTERFACE, COUNTER_MAJOR, COUNTER_MINOR,
                                        sizeof(struct counter_table)};
static struct plugin plugin;
static char words[256];
static char folder[] = "/tmp/test_plugin.XXXXXX";
static char copy_path[64];

static int open_plugin(const char *path)
{
    words[0] = 0;
    return plugin_open(&plugin, path, &need, words, sizeof(words));
}

static void refuses(const char *path, int number, const char *part)
{
    ck_assert_int_eq(open_plugin(path), number);
    ck_assert_msg(strstr(words, part), "\"%s\" does not say \"%s\"", words, part);
}

START_TEST(a_good_plugin_works)
{
    struct counter *counter;
    ck_assert_int_eq(open_plugin(GOOD), 0);
    const struct counter_table *counters = (const void *)plugin_acquire(&plugin);
    ck_assert_ptr_nonnull(counters);
    ck_assert_str_eq(counters->header.name, "plain counter");
    ck_assert_int_eq(counters->create(&counter, UINT64_MAX - 5), 0);
    ck_assert_int_eq(counters->add(counter, 5, NULL, NULL), 0);
    ck_assert_int_eq(counters->add(counter, 1, NULL, NULL), -EOVERFLOW);
    ck_assert_uint_eq(counters->value(counter), UINT64_MAX);
    counters->destroy(counter);
    plugin_release(&plugin);
    ck_assert_int_eq(plugin_close(&plugin), 0);
}
END_TEST

START_TEST(other_tables_are_refused)
{
    refuses(PLUGINS "/counter_plugin_major.so", -EPROTONOSUPPORT, "made for counter 2.1");
    refuses(PLUGINS "/counter_plugin_minor.so", -EPROTONOSUPPORT, "made for counter 1.0");
    refuses(PLUGINS "/counter_plugin_short.so", -EPROTONOSUPPORT, "bytes");
    refuses(PLUGINS "/counter_plugin_interface.so", -EPROTO, "a plugin for \"filter\"");
    refuses(PLUGINS "/counter_plugin_magic.so", -EPROTO, "not a plugin's table");
    refuses(PLUGINS "/counter_plugin_tiny.so", -EPROTO, "not a plugin's table");
    refuses(PLUGINS "/counter_plugin_nameless.so", -EPROTO, "no symbol plugin_table");
    refuses(PLUGINS "/counter_plugin_anonymous.so", -EPROTO, "not a plugin's table");
    refuses(PLUGINS "/counter_plugin_boasting.so", -EPROTO, "not a plugin's table");
    refuses(PLUGINS "/counter_plugin_gap.so", -EPROTO, "lacks a function");
    refuses(PLUGINS "/counter_plugin_unresolved.so", -ELIBACC, "nobody_defines_this");
}
END_TEST

/* A host of version 1.0 takes a plugin of 1.0, and knows that value is not there. */
START_TEST(an_older_plugin_does_for_an_older_need)
{
    const struct plugin_need older = {COUNTER_INTERFACE, 1, 0, COUNTER_SIZE_1_0};
    ck_assert_int_eq(
        plugin_open(&plugin, PLUGINS "/counter_plugin_minor.so", &older, words, sizeof(words)), 0);
    const struct plugin_header *table = plugin_acquire(&plugin);
    ck_assert(plugin_has(table, offsetof(struct counter_table, add), sizeof(void *)));
    ck_assert(!plugin_has(table, offsetof(struct counter_table, value), sizeof(void *)));
    ck_assert(!plugin_has(table, SIZE_MAX, 8));
    ck_assert(!plugin_has(table, 0, SIZE_MAX));
    plugin_release(&plugin);
    ck_assert_int_eq(plugin_close(&plugin), 0);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------*/

static char *good_bytes;
static size_t good_count;

static void set_up(void)
{
    FILE *file = fopen(GOOD, "rb");
    struct stat about;
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &about), 0);
    good_count = (size_t)about.st_size;
    good_bytes = malloc(good_count);
    ck_assert_uint_eq(fread(good_bytes, 1, good_count, file), good_count);
    fclose(file);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(copy_path, sizeof(copy_path), "%s/copy.so", folder);
}

static void tear_down(void)
{
    free(good_bytes);
    unlink(copy_path);
    rmdir(folder);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static void write_copy(size_t count)
{
    FILE *file = fopen(copy_path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(good_bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_flipped_bit_is_noticed)
{
    for (size_t at = 0; at < good_count; at += good_count / 300 + 1) {
        good_bytes[at] = (char)(good_bytes[at] ^ 0x10);
        write_copy(good_count);
        good_bytes[at] = (char)(good_bytes[at] ^ 0x10);
        refuses(copy_path, -EBADMSG, "damaged");
    }
}
END_TEST

START_TEST(a_short_file_is_noticed)
{
    for (size_t count = 1; count < good_count; count += good_count / 100 + 1) {
        write_copy(count);
        refuses(copy_path, -EBADMSG, "damaged");
    }
    write_copy(good_count - 16); /* whole, and not sealed */
    refuses(copy_path, -EBADMSG, "never sealed");
    write_copy(0);
    refuses(copy_path, -EINVAL, "not a plain file");
}
END_TEST

START_TEST(sealing_is_done_once)
{
    struct stat once, twice;
    write_copy(good_count - 16);
    ck_assert_int_eq(plugin_seal(copy_path), 0);
    ck_assert_int_eq(stat(copy_path, &once), 0);
    ck_assert_int_eq(plugin_seal(copy_path), 0);
    ck_assert_int_eq(stat(copy_path, &twice), 0);
    ck_assert_int_eq(once.st_size, (off_t)good_count);
    ck_assert_int_eq(twice.st_size, once.st_size);
    ck_assert_int_eq(open_plugin(copy_path), 0);
    ck_assert_int_eq(plugin_close(&plugin), 0);
}
END_TEST

START_TEST(what_cannot_be_sealed_is_said)
{
    ck_assert_int_eq(plugin_seal("/nowhere/plugin.so"), -ENOENT);
    ck_assert_int_eq(plugin_seal(folder), -EISDIR);
    write_copy(0);
    ck_assert_int_eq(plugin_seal(copy_path), -EINVAL);
    memset(good_bytes, 'x', 64); /* not ELF */
    write_copy(good_count - 16);
    ck_assert_int_eq(plugin_seal(copy_path), -ENOEXEC);
}
END_TEST

/* The file may grow no further: as on a full disk. */
START_TEST(a_seal_that_does_not_fit_is_said)
{
    struct rlimit limit = {good_count - 16, RLIM_INFINITY};
    write_copy(good_count - 16);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(plugin_seal(copy_path), -EFBIG);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(open_plugin(copy_path), -EBADMSG);
    ck_assert_int_eq(plugin_seal(copy_path), 0);
    ck_assert_int_eq(open_plugin(copy_path), 0);
    ck_assert_int_eq(plugin_close(&plugin), 0);
}
END_TEST

START_TEST(a_sealed_file_for_another_machine_is_refused)
{
    good_bytes[18] = 8; /* e_machine: MIPS */
    write_copy(good_count - 16);
    ck_assert_int_eq(plugin_seal(copy_path), -ENOEXEC);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    refuses("/nowhere/plugin.so", -ENOENT, "No such file");
    refuses("/dev/null", -EINVAL, "not a plain file");
    refuses(folder, -EISDIR, "not a plain file");
    ck_assert_int_eq(mkfifo(copy_path, 0600), 0);
    refuses(copy_path, -EINVAL, "not a plain file"); /* and is not waited for */
}
END_TEST

/* ---- unloading --------------------------------------------------------------------------------*/

START_TEST(no_unload_while_in_use)
{
    ck_assert_int_eq(open_plugin(GOOD), 0);
    ck_assert_ptr_nonnull(plugin_acquire(&plugin));
    ck_assert_ptr_nonnull(plugin_acquire(&plugin));
    ck_assert_int_eq(plugin_close(&plugin), -EBUSY);
    plugin_release(&plugin);
    ck_assert_int_eq(plugin_close(&plugin), -EBUSY);
    ck_assert_ptr_nonnull(plugin_acquire(&plugin)); /* a refused close changes nothing */
    plugin_release(&plugin);
    plugin_release(&plugin);
    ck_assert_int_eq(plugin_close(&plugin), 0);
    ck_assert_ptr_null(plugin_acquire(&plugin));
    ck_assert_int_eq(open_plugin(GOOD), 0); /* and may be loaded again */
    ck_assert_int_eq(plugin_close(&plugin), 0);
}
END_TEST

enum { USERS = 3, USES = 20000 };

static atomic_uint used, wrong;

/* Use the plugin until it is closed. */
static void *use(void *argument)
{
    (void)argument;
    const struct plugin_header *table;
    while ((table = plugin_acquire(&plugin))) {
        if (strcmp(table->name, "plain counter") != 0)
            atomic_fetch_add(&wrong, 1);
        plugin_release(&plugin);
        atomic_fetch_add(&used, 1);
    }
    return NULL;
}

START_TEST(close_races_with_its_users)
{
    pthread_t users[USERS];
    ck_assert_int_eq(open_plugin(GOOD), 0);
    for (int i = 0; i < USERS; i++)
        ck_assert_int_eq(pthread_create(&users[i], NULL, use, NULL), 0);
    while (atomic_load(&used) < USES)
        ;
    while (plugin_close(&plugin) == -EBUSY)
        ;
    for (int i = 0; i < USERS; i++)
        ck_assert_int_eq(pthread_join(users[i], NULL), 0);
    ck_assert_uint_eq(atomic_load(&wrong), 0);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("plugin");
    TCase *table = tcase_create("table");
    tcase_add_test(table, a_good_plugin_works);
    tcase_add_test(table, other_tables_are_refused);
    tcase_add_test(table, an_older_plugin_does_for_an_older_need);
    suite_add_tcase(suite, table);
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, set_up, tear_down);
    tcase_add_test(file, a_flipped_bit_is_noticed);
    tcase_add_test(file, a_short_file_is_noticed);
    tcase_add_test(file, sealing_is_done_once);
    tcase_add_test(file, what_cannot_be_sealed_is_said);
    tcase_add_test(file, a_seal_that_does_not_fit_is_said);
    tcase_add_test(file, a_sealed_file_for_another_machine_is_refused);
    tcase_add_test(file, what_is_no_file_is_refused);
    tcase_set_timeout(file, 50);
    suite_add_tcase(suite, file);
    TCase *unload = tcase_create("unload");
    tcase_add_test(unload, no_unload_while_in_use);
    tcase_add_test(unload, close_races_with_its_users);
    tcase_set_timeout(unload, 50);
    suite_add_tcase(suite, unload);
    return suite;
}
