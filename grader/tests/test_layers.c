/* Each layer of the sandbox alone: what it refuses, that it is confirmed only when it was there, and
 * that everything works without it. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "grader/tests/sandbox_fixture.h"

/* ---- Landlock, with neither namespaces nor filter in front of it ---- */

static void set_up_landlock(void)
{
    set_up_as(RUNNER_LAYER_NAMESPACES | RUNNER_LAYER_SECCOMP);
    if (settings.landlock_abi == 0) {
        fprintf(stderr, "skipped: this kernel has no Landlock\n");
        exit(77);
    }
}

static void set_up_no_landlock(void)
{
    set_up_as(RUNNER_LAYER_NAMESPACES | RUNNER_LAYER_SECCOMP | RUNNER_LAYER_LANDLOCK);
}

START_TEST(landlock_refuses_files)
{
    act("landlock");
    expect_output("read /etc/passwd EACCES");
    expect_output("list / EACCES");
    expect_output("read work EACCES");
    expect_output("write work EACCES");
    expect_output("create in work EACCES");
    expect_output("folder in work EACCES");
    expect_output("link in work EACCES");
    expect_output("fifo in work EACCES");
    expect_output("remove in work EACCES");
    expect_output("execute /usr/bin/true EACCES");
    expect_output("device in scratch E"); /* EPERM comes first where it is not root's */
    expect_output("write scratch allowed");
    expect_output("folder in scratch allowed");
    expect_output("execute scratch EACCES");
    if (settings.landlock_abi >= 3)
        expect_output("truncate work EACCES");
}
END_TEST

START_TEST(landlock_refuses_the_outside)
{
    act("landlock");
    if (settings.landlock_abi >= 4)
        expect_output("bind EACCES");
    if (settings.landlock_abi >= 4)
        expect_output("connect EACCES");
    if (settings.landlock_abi >= 6)
        expect_output("signal above EPERM");
    if (settings.landlock_abi < 6)
        fprintf(stderr, "Landlock %u: no scopes on this kernel\n", settings.landlock_abi);
}
END_TEST

START_TEST(landlock_lets_tools_work)
{
    struct sandbox_job job = job_for((const char *const[]){
        "/bin/sh", "-c", "echo x >made && cat secret made && ls \"$1\"", "sh", folder, NULL});
    job.stage = RUNNER_COMPILE;
    job.allow = FILTER_PROCESSES;
    job.process_count = 8;
    job.nonce = NULL;
    run(&job);
    ck_assert_ptr_nonnull(strstr(result.output, "x\n"));
    expect_output("Permission denied"); /* not the folder above, where the kit lies */
}
END_TEST

/* So that the refusals above are Landlock's and nobody else's. */
START_TEST(without_landlock_files_are_open)
{
    act("landlock");
    expect_output("read /etc/passwd allowed");
    expect_output("create in work allowed");
    ck_assert(!(sandbox_layers(sandbox) & RUNNER_LAYER_LANDLOCK));
}
END_TEST

/* ---- control groups ---- */

static void need_cgroups(void)
{
    if (settings.cgroups.version != 0)
        return;
    fprintf(stderr, "skipped: no control groups: %s\n", settings.cgroups.reason);
    exit(77);
}

static void set_up_cgroup(void)
{
    set_up_as(RUNNER_LAYER_NAMESPACES | RUNNER_LAYER_SECCOMP);
    need_cgroups();
}

static void set_up_no_cgroup(void)
{
    set_up_as(RUNNER_LAYER_CGROUP);
}

/* Folders of groups that this process made and that are still there. */
static int count_groups(const char *parent)
{
    char prefix[32];
    int count = 0;
    snprintf(prefix, sizeof(prefix), "syslab-%d_", (int)getpid());
    DIR *folder_of_groups = opendir(parent);
    for (struct dirent *entry; folder_of_groups && (entry = readdir(folder_of_groups));)
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    if (folder_of_groups)
        closedir(folder_of_groups);
    return count;
}

/* 200 MiB in a memory file that nobody maps: the watch, which adds up resident pages, is blind to it. */
static struct sandbox_job memory_file_job(void)
{
    static const char *const arguments[] = {"guest", "memory_file", folder, NULL};
    struct sandbox_job job = job_for(arguments);
    job.file_bytes = 1 << 30;
    job.wall_ns = UINT64_C(30000000000);
    job.cpu_ns = UINT64_C(20000000000);
    return job;
}

START_TEST(cgroup_counts_what_no_process_maps)
{
    struct sandbox_job job = memory_file_job();
    run(&job);
    ck_assert_int_eq(result.end, RUNNER_END_MEMORY);
    ck_assert(sandbox_layers(sandbox) & RUNNER_LAYER_CGROUP);
    act("exit3"); /* the next job has a group of its own */
    ck_assert_int_eq(result.end, RUNNER_END_ITSELF);
    ck_assert_int_eq(WEXITSTATUS(result.status), 3);
}
END_TEST

START_TEST(cgroup_counts_processes)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "fork_bomb", folder, NULL});
    job.process_count = 6;
    job.wall_ns = UINT64_C(60000000000);
    job.cpu_ns = UINT64_C(50000000000); /* a thousand refusals take long on a slow machine */
    run(&job);
    int children = atoi(result.output);
    ck_assert_msg(children >= 5 && children <= 7, "%d children", children);
    ck_assert_int_eq(count_guests(), 0);
}
END_TEST

START_TEST(cgroup_folders_are_removed)
{
    act("exit3");
    struct sandbox_job job = memory_file_job();
    run(&job);
    ck_assert_int_eq(count_groups(settings.cgroups.memory), 0);
    ck_assert_int_eq(count_groups(settings.cgroups.pids), 0);
}
END_TEST

/* The limit of a group above the job's: what a machine with too little memory is to it. */
START_TEST(memory_that_others_took_is_a_fault)
{
    struct cgroup above;
    struct cgroup_base *base = &settings.cgroups;
    const struct cgroup_base found = *base;
    ck_assert_int_eq(cgroup_create(base, 24 << 20, 64, &above), 0);
    ck_assert_uint_lt(strlen(found.memory) + strlen(above.name) + 1, sizeof(base->memory));
    strcat(strcat(base->memory, "/"), above.name);
    if (base->version == 2) {
        char path[2 * PATH_MAX];
        snprintf(base->pids, sizeof(base->pids), "%s", base->memory);
        snprintf(path, sizeof(path), "%s/cgroup.subtree_control", base->memory);
        FILE *file = fopen(path, "w");
        ck_assert(file && fputs("+memory +pids", file) >= 0 && fclose(file) == 0);
    }
    struct sandbox_job job = memory_file_job();
    ck_assert_int_eq(sandbox_run(sandbox, &job, &result), 0);
    *base = found;
    cgroup_destroy(&above);
    ck_assert_int_eq(result.end, RUNNER_END_FAULT);
    ck_assert_str_eq(result.fault, "the machine ran out of memory");
}
END_TEST

START_TEST(without_cgroup_jobs_run)
{
    struct sandbox_job job = memory_file_job();
    run(&job);
    ck_assert_int_eq(result.end, RUNNER_END_ITSELF);
    ck_assert(!(sandbox_layers(sandbox) & RUNNER_LAYER_CGROUP));
    ck_assert(sandbox_layers(sandbox) & RUNNER_LAYER_NAMESPACES);
}
END_TEST

START_TEST(cgroup_that_cannot_be_written_is_no_layer)
{
    struct cgroup group;
    struct cgroup_base *base = &settings.cgroups;
    const struct cgroup_base found = *base;
    snprintf(base->memory, sizeof(base->memory), "/proc");
    ck_assert_int_ne(cgroup_create(base, 1 << 26, 8, &group), 0);
    cgroup_destroy(&group); /* harmless */
    act("exit3");
    ck_assert_int_eq(WEXITSTATUS(result.status), 3);
    ck_assert(!(sandbox_layers(sandbox) & RUNNER_LAYER_CGROUP));
    *base = found; /* which is to be left as it was */
}
END_TEST

/* ---- what a killed grader leaves ---- */

static void make_older(const char *parent, const char *name)
{
    char path[PATH_MAX + 100];
    struct timespec times[2] = {{time(NULL) - 60, 0}, {time(NULL) - 60, 0}};
    snprintf(path, sizeof(path), "%s/%s", parent, name);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Those that the process made. */
static void make_groups_older(const char *parent, pid_t maker)
{
    char prefix[32];
    snprintf(prefix, sizeof(prefix), "syslab-%d_", (int)maker);
    DIR *groups = opendir(parent);
    for (struct dirent *entry; groups && (entry = readdir(groups));)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            make_older(parent, entry->d_name);
    if (groups)
        closedir(groups);
}

static bool is_there(const char *parent, const char *name)
{
    char path[PATH_MAX + 100];
    snprintf(path, sizeof(path), "%s/%s", parent, name);
    return access(path, F_OK) == 0;
}

/* A grader that makes a group, starts something in it, and is killed. *name is where. */
static pid_t die_with_a_group(char name[64])
{
    int pipe_ends[2];
    struct {
        char name[64];
        pid_t guest;
    } told = {"", 0};
    ck_assert_int_eq(pipe(pipe_ends), 0);
    pid_t grader = fork();
    if (grader == 0) {
        struct cgroup group;
        if (cgroup_create(&settings.cgroups, 1 << 26, 8, &group) != 0)
            _exit(1);
        told.guest = fork();
        if (told.guest == 0) {
            close(group.locks[0]); /* a job has none of the grader's descriptors */
            close(group.locks[1]);
            for (;;)
                pause();
        }
        char path[2 * PATH_MAX], text[16];
        snprintf(path, sizeof(path), "%s/%s/cgroup.procs", settings.cgroups.pids, group.name);
        int procs = open(path, O_WRONLY);
        int length = snprintf(text, sizeof(text), "%d", (int)told.guest);
        if (write(procs, text, (size_t)length) != length)
            _exit(2);
        memcpy(told.name, group.name, sizeof(told.name));
        if (write(pipe_ends[1], &told, sizeof(told)) != sizeof(told))
            _exit(3);
        raise(SIGKILL);
    }
    waitpid(grader, NULL, 0);
    ck_assert_int_eq(read(pipe_ends[0], &told, sizeof(told)), sizeof(told));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    memcpy(name, told.name, sizeof(told.name));
    return told.guest;
}

START_TEST(sweep_removes_what_a_killed_grader_left)
{
    char name[64];
    const struct cgroup_base *base = &settings.cgroups;
    pid_t guest = die_with_a_group(name);
    ck_assert(is_there(base->memory, name) && is_there(base->pids, name));
    cgroup_sweep(base);
    ck_assert_msg(is_there(base->memory, name), "too young to be told from one in the making");
    make_older(base->memory, name);
    make_older(base->pids, name);
    cgroup_sweep(base);
    ck_assert_msg(is_there(base->pids, name) && kill(guest, 0) == 0, "somebody was in it");
    kill(guest, SIGKILL);
    for (int round = 0; round < 2000 && is_there(base->pids, name); round++) {
        nanosleep(&(struct timespec){0, 1000000}, NULL); /* until it is dead for the kernel too */
        cgroup_sweep(base);
    }
    ck_assert(!is_there(base->memory, name) && !is_there(base->pids, name));
}
END_TEST

START_TEST(sweep_leaves_living_graders_alone)
{
    struct cgroup group;
    const struct cgroup_base *base = &settings.cgroups;
    ck_assert_int_eq(cgroup_create(base, 1 << 26, 8, &group), 0);
    make_older(base->memory, group.name);
    make_older(base->pids, group.name);
    cgroup_sweep(base);
    ck_assert(is_there(base->memory, group.name) && is_there(base->pids, group.name));
    cgroup_destroy(&group);
    ck_assert_int_eq(count_groups(base->memory), 0);
}
END_TEST

/* Another grader, in a memory group of its own, which comes upon our groups when they are old. */
static pid_t start_other_grader(const struct cgroup *home)
{
    const struct cgroup_base *base = &settings.cgroups;
    pid_t grader = fork();
    if (grader != 0)
        return grader;
    char path[2 * PATH_MAX];
    struct cgroup_base other;
    while (count_guests() == 0 && getppid() != 1)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    make_groups_older(base->memory, getppid());
    make_groups_older(base->pids, getppid());
    snprintf(path, sizeof(path), "%s/%s/cgroup.procs", base->memory, home->name);
    FILE *procs = fopen(path, "w");
    if (!procs || fputs("0", procs) < 0 || fclose(procs) != 0)
        _exit(1);
    cgroup_base_init(&other); /* sweeps */
    bool elsewhere = other.version == 0 || strcmp(other.memory, base->memory) != 0;
    cgroup_base_fini(&other);
    _exit(elsewhere ? 0 : 2);
}

START_TEST(graders_in_other_memory_groups_do_no_harm)
{
    struct cgroup home;
    int status;
    struct sandbox_job job = job_for((const char *const[]){"guest", "sleep", folder, NULL});
    job.wall_ns = UINT64_C(3000000000);
    ck_assert_int_eq(cgroup_create(&settings.cgroups, 1 << 26, 16, &home), 0);
    pid_t other = start_other_grader(&home);
    run(&job);
    ck_assert_int_eq(waitpid(other, &status, 0), other);
    cgroup_destroy(&home);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(result.over_wall, "it was killed: status %d", result.status);
}
END_TEST

START_TEST(kill_ends_whoever_is_in_the_group)
{
    struct cgroup group;
    const struct cgroup_base *base = &settings.cgroups;
    char path[2 * PATH_MAX], text[16];
    ck_assert_int_eq(cgroup_create(base, 1 << 26, 8, &group), 0);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    snprintf(path, sizeof(path), "%s/%s/cgroup.procs", base->pids, group.name);
    int procs = open(path, O_WRONLY | O_CLOEXEC);
    int length = snprintf(text, sizeof(text), "%d", (int)child);
    ck_assert_int_eq(write(procs, text, (size_t)length), length);
    close(procs);
    ck_assert_int_eq(cgroup_kill(&group), 0);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    cgroup_destroy(&group);
}
END_TEST

/* ---- everything is dead, whatever the layers ---- */

static const unsigned configurations[] = {0,
                                          RUNNER_LAYER_NAMESPACES,
                                          RUNNER_LAYER_LANDLOCK,
                                          RUNNER_LAYER_CGROUP,
                                          RUNNER_LAYER_SECCOMP,
                                          RUNNER_LAYER_NAMESPACES | RUNNER_LAYER_CGROUP};

enum { CONFIGURATIONS = sizeof(configurations) / sizeof(configurations[0]) };

START_TEST(everything_is_dead_after_a_job)
{
    static const char *const acts[] = {"orphan", "daemon", "stopped", "vforked", "moving"};
    set_up_as(configurations[_i]);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        struct sandbox_job job = job_for((const char *const[]){"guest", acts[i], folder, NULL});
        job.allow = FILTER_PROCESSES;
        job.process_count = 8;
        job.wall_ns = 400000000;
        run(&job);
        ck_assert_msg(count_guests() == 0, "%s lives on", acts[i]);
    }
    tear_down();
}
END_TEST

START_TEST(layers_are_named_as_they_were)
{
    char names[SANDBOX_LAYERS_BYTES];
    set_up_as(configurations[_i]);
    act("exit3");
    uint32_t layers = sandbox_layers(sandbox);
    ck_assert_uint_eq(layers, settings.layers); /* as the first program had them */
    ck_assert_uint_eq(layers & configurations[_i], 0);
    ck_assert(layers & RUNNER_LAYER_NO_NEW_PRIVS && layers & RUNNER_LAYER_RLIMITS);
    sandbox_name_layers(&settings, layers, names);
    bool none = configurations[_i] & RUNNER_LAYER_NAMESPACES;
    ck_assert_int_eq(strncmp(names, "namespaces", 10) == 0, !none);
    ck_assert_int_eq(strstr(names, "without_namespaces") != NULL, none);
    ck_assert_int_eq(strstr(names, "without_landlock") != NULL,
                     (configurations[_i] & RUNNER_LAYER_LANDLOCK) != 0);
    tear_down();
}
END_TEST

START_TEST(only_what_a_machine_can_lack_is_taken_away)
{
    ck_assert_int_eq(sandbox_layer("landlock"), RUNNER_LAYER_LANDLOCK);
    ck_assert_int_eq(sandbox_layer("rlimits"), 0);
    ck_assert_int_eq(sandbox_layer(""), 0);
}
END_TEST

static TCase *add_case(Suite *suite, TCase *tcase, void (*begin)(void))
{
    tcase_add_checked_fixture(tcase, begin, tear_down);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("layers");
    TCase *landlock = add_case(suite, tcase_create("landlock"), set_up_landlock);
    tcase_add_test(landlock, landlock_refuses_files);
    tcase_add_test(landlock, landlock_refuses_the_outside);
    tcase_add_test(landlock, landlock_lets_tools_work);
    TCase *no_landlock = add_case(suite, tcase_create("no_landlock"), set_up_no_landlock);
    tcase_add_test(no_landlock, without_landlock_files_are_open);
    TCase *cgroup = add_case(suite, tcase_create("cgroup"), set_up_cgroup);
    tcase_add_test(cgroup, cgroup_counts_what_no_process_maps);
    tcase_add_test(cgroup, cgroup_counts_processes);
    tcase_add_test(cgroup, cgroup_folders_are_removed);
    tcase_add_test(cgroup, memory_that_others_took_is_a_fault);
    tcase_add_test(cgroup, cgroup_that_cannot_be_written_is_no_layer);
    tcase_add_test(cgroup, sweep_removes_what_a_killed_grader_left);
    tcase_add_test(cgroup, sweep_leaves_living_graders_alone);
    tcase_add_test(cgroup, graders_in_other_memory_groups_do_no_harm);
    tcase_add_test(cgroup, kill_ends_whoever_is_in_the_group);
    TCase *no_cgroup = add_case(suite, tcase_create("no_cgroup"), set_up_no_cgroup);
    tcase_add_test(no_cgroup, without_cgroup_jobs_run);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, everything_is_dead_after_a_job, 0, CONFIGURATIONS);
    tcase_add_loop_test(each, layers_are_named_as_they_were, 0, CONFIGURATIONS);
    tcase_add_test(each, only_what_a_machine_can_lack_is_taken_away);
    suite_add_tcase(suite, each);
    return suite;
}
