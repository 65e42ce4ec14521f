/* sandbox_fixture.h - a sandbox with a guest in it, for the tests of its limits and of its layers. */
#ifndef SYSLAB_GRADER_TESTS_SANDBOX_FIXTURE_H
#define SYSLAB_GRADER_TESTS_SANDBOX_FIXTURE_H

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/engine/sandbox.h"
#include "tests/support/check_main.h"

static struct sandbox_settings settings;
static struct sandbox *sandbox;
static struct sandbox_result result;
static char folder[] = "/tmp/test_sandbox_XXXXXX";

static void set_up_as(unsigned without)
{
    char command[600];
    char error[1024] = "";
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(command, sizeof(command),
             "mkdir %s/work %s/kit && cp %s/grader/sandbox_guest %s/work/guest && "
             "touch %s/work/secret %s/kit/kit",
             folder, folder, TEST_BUILD, folder, folder, folder);
    ck_assert_int_eq(system(command), 0);
    int failed = sandbox_settings_init(&settings, TEST_BUILD, without, error, sizeof(error));
    if (failed == -95 && without == 0) {
        fprintf(stderr, "skipped: %s\n", error);
        exit(77);
    }
    ck_assert_msg(failed == 0, "%s", error);
    char work[100], kit[100];
    snprintf(work, sizeof(work), "%s/work", folder);
    snprintf(kit, sizeof(kit), "%s/kit", folder);
    ck_assert_msg(sandbox_open(&settings, work, kit, &sandbox, error, sizeof(error)) == 0, "%s",
                  error);
}

static void tear_down(void)
{
    char command[100];
    sandbox_result_fini(&result);
    sandbox_close(sandbox);
    sandbox_settings_fini(&settings);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static struct sandbox_job job_for(const char *const *arguments)
{
    static const char *const variables[] = {"ONE=1", NULL};
    return (struct sandbox_job){
        .stage = RUNNER_TEST,
        .arguments = arguments,
        .variables = variables,
        .nonce = "0123456789abcdef0123456789abcdef",
        .watch_deadlock = true,
        .wall_ns = UINT64_C(5000000000),
        .cpu_ns = UINT64_C(1000000000),
        .process_count = 1,
        .file_bytes = 65536,
        .resident_bytes = 100 << 20,
        .output_bytes = 16384,
    };
}

static void run(const struct sandbox_job *job)
{
    sandbox_result_fini(&result);
    ck_assert_int_eq(sandbox_run(sandbox, job, &result), 0);
    ck_assert_msg(result.end != RUNNER_END_FAULT, "%s", result.fault);
}

static void act(const char *name)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", name, folder, NULL});
    run(&job);
}

static void expect_output(const char *words)
{
    ck_assert_msg(strstr(result.output, words) != NULL, "wanted '%s' in: %s", words, result.output);
}

/* How many processes of this machine are of this test: they have its folder as an argument, and begin with
 * that name. *one: any of them. */
static int count_processes(const char *name, pid_t *one)
{
    int count = 0;
    DIR *all = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(all));) {
        char path[300], words[4096] = "";
        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        FILE *file = fopen(path, "r");
        size_t got = file ? fread(words, 1, sizeof(words) - 1, file) : 0;
        bool ours =
            strncmp(words, name, strlen(name)) == 0 && memmem(words, got, folder, strlen(folder));
        count += ours;
        if (ours && one)
            *one = (pid_t)atoi(entry->d_name);
        if (file)
            fclose(file);
    }
    closedir(all);
    return count;
}

static int count_guests(void)
{
    return count_processes("guest", NULL);
}

#endif
