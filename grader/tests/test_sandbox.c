/* The sandbox, with and without its namespaces, against a guest that tries each limit. */
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>

#include "grader/tests/sandbox_fixture.h"

static void set_up(void)
{
    set_up_as(0);
}

static void set_up_none(void)
{
    set_up_as(RUNNER_LAYER_NAMESPACES);
}

START_TEST(exit_status_is_exact)
{
    act("exit3");
    ck_assert(WIFEXITED(result.status) && WEXITSTATUS(result.status) == 3);
    act("abort");
    ck_assert(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGABRT);
    act("");
    ck_assert_int_eq(result.status, 0);
    ck_assert(result.wall_ns > 0 && result.peak_bytes > 0);
}
END_TEST

START_TEST(own_sigkill_is_the_programs_end)
{
    act("kill_self");
    ck_assert_int_eq(result.end, RUNNER_END_ITSELF);
    ck_assert(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL);
}
END_TEST

static pid_t parent_of(pid_t pid)
{
    char path[64];
    int parent = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    if (file)
        fclose(file);
    return parent;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 5000000}, NULL);
}

/* In another process: as soon as there is a guest, kill the job's init. */
static pid_t kill_init_of_guest(void)
{
    pid_t killer = fork();
    if (killer != 0)
        return killer;
    pid_t guest = 0;
    while (count_processes("guest", &guest) == 0 && getppid() != 1)
        nap();
    _exit(kill(parent_of(guest), SIGKILL) == 0 ? 0 : 1);
}

START_TEST(kill_from_outside_is_a_fault)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "sleep", folder, NULL});
    int status;
    job.wall_ns = UINT64_C(30000000000);
    pid_t killer = kill_init_of_guest();
    ck_assert_int_eq(sandbox_run(sandbox, &job, &result), 0);
    ck_assert_int_eq(waitpid(killer, &status, 0), killer);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(result.end, RUNNER_END_FAULT);
    ck_assert_str_eq(result.fault, "somebody outside of its sandbox killed it");
    act("exit3"); /* and the sandbox goes on */
    ck_assert_int_eq(WEXITSTATUS(result.status), 3);
}
END_TEST

/* Returns: the first child of a process of one thread, or 0. */
static pid_t child_of(pid_t pid)
{
    char path[64], list[32] = "";
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, list, sizeof(list) - 1);
    if (file >= 0)
        close(file);
    return got > 0 ? (pid_t)atoi(list) : 0;
}

/* Returns: whether bubblewrap, stopped at a system call, is about to tell its child, which waits, that its
 * user ids are there. */
static bool is_at_write(pid_t bubblewrap)
{
    struct __ptrace_syscall_info call = {.op = PTRACE_SYSCALL_INFO_NONE};
    ptrace(PTRACE_GET_SYSCALL_INFO, bubblewrap, (void *)sizeof(call), &call);
    return call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == SYS_write &&
           child_of(bubblewrap) != 0;
}

/* Go on from call to call. Whoever is traced from its birth is not missed, however busy the machine is.
 * Returns: bubblewrap, stopped at that write; 0 when it never came there. */
static pid_t trace_to_write(pid_t grader)
{
    pid_t bubblewrap = 0;
    int status;
    for (pid_t who; (who = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status) && (who == grader || who == bubblewrap))
            return 0;
        if (!WIFSTOPPED(status))
            continue;
        int signal = WSTOPSIG(status);
        if (who != grader &&
            bubblewrap == 0) { /* just born: its own children are not ours to trace */
            bubblewrap = who;
            ptrace(PTRACE_SETOPTIONS, who, 0, (void *)PTRACE_O_TRACESYSGOOD);
        }
        if (who == bubblewrap && signal == (SIGTRAP | 0x80) && is_at_write(who))
            return who;
        bool ours = signal == SIGSTOP || signal == SIGTRAP || signal == (SIGTRAP | 0x80);
        ptrace(who == grader ? PTRACE_CONT : PTRACE_SYSCALL, who, 0, (long)(ours ? 0 : signal));
    }
    return 0;
}

/* A grader that is killed while its bubblewrap starts. Returns: whether the moment was met. */
static bool kill_grader_at_start(void)
{
    pid_t grader = fork();
    if (grader == 0) {
        char error[512];
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
            _exit(77);
        raise(SIGSTOP);
        sandbox_open(&settings, folder, folder, &sandbox, error, sizeof(error));
        _exit(0);
    }
    int status;
    if (waitpid(grader, &status, 0) != grader || !WIFSTOPPED(status))
        return false;
    long options = PTRACE_O_TRACEVFORK | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE;
    ptrace(PTRACE_SETOPTIONS, grader, 0, options);
    ptrace(PTRACE_CONT, grader, 0, 0);
    pid_t bubblewrap = trace_to_write(grader);
    kill(grader, SIGKILL);
    while (waitpid(grader, &status, __WALL) == grader && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, grader, 0, 0);
    if (bubblewrap != 0 && ptrace(PTRACE_DETACH, bubblewrap, 0, 0) != 0)
        waitpid(bubblewrap, &status, __WALL); /* it was killed too */
    return bubblewrap != 0;
}

static void expect_nothing_left(void)
{
    int left = 1;
    for (int round = 0; round < 2000 && left; round++, nap())
        left = count_processes("/usr/bin/bwrap", NULL) + count_guests();
    ck_assert_int_eq(left, 0);
}

START_TEST(killed_graders_leave_no_bubblewrap)
{
    sandbox_close(sandbox);
    sandbox = NULL;
    if (!kill_grader_at_start())
        fprintf(stderr, "skipped: this machine does not let us stop bubblewrap as it starts\n");
    expect_nothing_left();
}
END_TEST

/* Nobody tells the runner to end its job but the socket's end. */
START_TEST(killed_graders_leave_no_job)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "sleep", folder, NULL});
    job.wall_ns = UINT64_C(50000000000);
    sandbox_close(sandbox);
    sandbox = NULL;
    pid_t grader = fork();
    if (grader == 0) {
        char work[100], error[512];
        snprintf(work, sizeof(work), "%s/work", folder);
        if (sandbox_open(&settings, work, work, &sandbox, error, sizeof(error)) == 0)
            sandbox_run(sandbox, &job, &result);
        _exit(0);
    }
    while (count_guests() == 0)
        nap();
    kill(grader, SIGKILL);
    waitpid(grader, NULL, 0);
    expect_nothing_left();
}
END_TEST

START_TEST(environment_is_what_was_given)
{
    act("environment");
    ck_assert_str_eq(result.output, "ONE=1\n");
}
END_TEST

START_TEST(descriptors_are_the_named_ones)
{
    act("descriptors");
    ck_assert_str_eq(result.output, "0 1 2 3 4 \n");
    struct sandbox_job job = job_for((const char *const[]){"guest", "descriptors", folder, NULL});
    job.nonce = NULL;
    run(&job);
    ck_assert_str_eq(result.output, "0 1 2 \n");
}
END_TEST

START_TEST(nonce_goes_in_and_record_comes_out)
{
    act("nonce");
    ck_assert_str_eq(result.record, "nonce 0123456789abcdef0123456789abcdef");
    ck_assert_str_eq(result.output, "32\n");
}
END_TEST

START_TEST(cpu_limit_kills)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "spin", folder, NULL});
    job.wall_ns = UINT64_C(25000000000); /* on a busy machine a second of CPU takes many */
    run(&job);
    ck_assert_int_eq(result.end, RUNNER_END_CPU);
    ck_assert(result.cpu_ns >= 900000000u && result.cpu_ns < 1500000000u);
}
END_TEST

START_TEST(wall_limit_kills)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "sleep", folder, NULL});
    job.wall_ns = 300000000;
    run(&job);
    ck_assert(result.over_wall && result.end == RUNNER_END_KILLED);
    ck_assert(result.wall_ns < UINT64_C(2000000000));
    ck_assert_int_eq(count_guests(), 0);
    act("exit3"); /* and the sandbox goes on */
    ck_assert_int_eq(WEXITSTATUS(result.status), 3);
}
END_TEST

START_TEST(output_limit_kills)
{
    act("output");
    ck_assert(result.over_output && result.output_length == 16384 && result.output_cut_bytes > 0);
    act("record");
    ck_assert(result.over_record && !result.over_output);
}
END_TEST

START_TEST(file_size_limit_kills)
{
    act("write_file");
    ck_assert(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGXFSZ);
}
END_TEST

START_TEST(memory_limits_hold)
{
    act("touch");
    ck_assert_int_eq(result.end, RUNNER_END_MEMORY);
    struct sandbox_job job = job_for((const char *const[]){"guest", "allocate", folder, NULL});
    job.address_space_bytes = 64 << 20;
    run(&job);
    ck_assert(WIFEXITED(result.status) && WEXITSTATUS(result.status) == 7);
}
END_TEST

START_TEST(deadlock_is_seen_before_the_wall_limit)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "deadlock", folder, NULL});
    job.allow = FILTER_THREADS;
    job.process_count = 8;
    run(&job);
    ck_assert_int_eq(result.end, RUNNER_END_DEADLOCK);
    act("sleep");
    ck_assert_msg(result.over_wall, "a sleeper is no deadlock");
}
END_TEST

START_TEST(orphans_die_with_the_job)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "orphan", folder, NULL});
    job.allow = FILTER_PROCESSES;
    job.process_count = 8;
    run(&job);
    ck_assert_str_eq(result.output, "left\n");
    ck_assert(!result.over_wall);
    ck_assert_int_eq(count_guests(), 0);
}
END_TEST

START_TEST(fork_bomb_is_contained)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "fork_bomb", folder, NULL});
    run(&job);
    ck_assert_str_eq(result.output, "0\n");
    ck_assert_int_eq(count_guests(), 0);
}
END_TEST

START_TEST(dangerous_calls_are_refused)
{
    act("refused");
    expect_output("ptrace EPERM");
    expect_output("mount EPERM");
    expect_output("unshare EPERM");
    expect_output("socket EPERM");
    expect_output("fork EAGAIN");
    expect_output("keyctl EPERM");
    expect_output("clone3 ENOSYS");
    expect_output("setuid EPERM");
}
END_TEST

START_TEST(file_system_is_empty_but_for_scratch)
{
    for (int round = 0; round < 2; round++) { /* what the first leaves, the second must not see */
        act("files");
        expect_output("/work/secret ENOENT");
        expect_output("/kit/kit ENOENT");
        expect_output("/etc/passwd ENOENT");
        expect_output("/proc/self/maps ENOENT");
        expect_output("/home ENOENT");
        expect_output("write /usr EROFS");
        expect_output("write / EROFS");
        expect_output("write subject ETXTBSY");
        expect_output("scratch left ENOENT");
        expect_output("write scratch allowed");
    }
}
END_TEST

/* Write kit/files/one. */
static void make_files(void)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/kit/files", folder);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    strcat(path, "/one");
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    ck_assert_int_eq(write(file, "one", 3), 3);
    close(file);
}

START_TEST(files_of_a_kit_are_shown_to_its_tests)
{
    act("shown");
    expect_output("read files ENOENT"); /* a kit without any */
    make_files();
    for (int round = 0; round < 2; round++) {
        act("shown");
        expect_output("read files allowed");
        expect_output("map files allowed");
        bool mounted = settings.layers & RUNNER_LAYER_NAMESPACES;
        if (!mounted && settings.landlock_abi == 0)
            continue; /* a link: nothing keeps a job from writing there */
        expect_output(mounted ? "change files EROFS" : "change files EACCES");
        expect_output(mounted ? "create in files EROFS" : "create in files EACCES");
        expect_output(mounted ? "beside files ENOENT" : "beside files EACCES");
    }
}
END_TEST

START_TEST(proc_shows_only_the_job)
{
    struct sandbox_job job = job_for((const char *const[]){"guest", "files", folder, NULL});
    job.proc = true;
    run(&job);
    expect_output("/proc/self/maps allowed");
}
END_TEST

START_TEST(compiler_does_not_see_the_kit)
{
    struct sandbox_job job =
        job_for((const char *const[]){"/usr/bin/ls", "/work/secret", "/kit", "/proc", NULL});
    job.stage = RUNNER_COMPILE;
    job.nonce = NULL;
    run(&job); /* an empty folder, which Landlock does not even let it list */
    ck_assert_ptr_null(strstr(result.output, "kit:\nkit"));
    expect_output("/work/secret");
    job.stage = RUNNER_LINK;
    run(&job);
    expect_output("/kit:\nkit");
}
END_TEST

START_TEST(missing_program_is_a_fault)
{
    struct sandbox_job job = job_for((const char *const[]){"/no/such/program", NULL});
    job.stage = RUNNER_COMPILE;
    job.nonce = NULL;
    ck_assert_int_eq(sandbox_run(sandbox, &job, &result), 0);
    ck_assert_int_eq(result.end, RUNNER_END_FAULT);
    ck_assert_str_eq(result.fault, "exec: No such file or directory");
}
END_TEST

START_TEST(sandbox_that_cannot_start_says_why)
{
    struct sandbox *broken;
    char error[512] = "";
    settings.runner[0] = 'x';
    ck_assert_int_ne(sandbox_open(&settings, folder, folder, &broken, error, sizeof(error)), 0);
    ck_assert_msg(error[0] != '\0', "no reason given");
    ck_assert_int_eq(sandbox_settings_init(&settings, "/no/such", 0, error, sizeof(error)), -2);
    ck_assert_ptr_nonnull(strstr(error, "/no/such/grader/runner"));
}
END_TEST

static void add_cases(Suite *suite, TCase *both, TCase *limits)
{
    tcase_add_test(both, exit_status_is_exact);
    tcase_add_test(both, own_sigkill_is_the_programs_end);
    tcase_add_test(both, environment_is_what_was_given);
    tcase_add_test(both, descriptors_are_the_named_ones);
    tcase_add_test(both, nonce_goes_in_and_record_comes_out);
    tcase_add_test(both, missing_program_is_a_fault);
    tcase_add_test(both, files_of_a_kit_are_shown_to_its_tests);
    tcase_add_test(limits, cpu_limit_kills);
    tcase_add_test(limits, wall_limit_kills);
    tcase_add_test(limits, output_limit_kills);
    tcase_add_test(limits, file_size_limit_kills);
    tcase_add_test(limits, memory_limits_hold);
    tcase_add_test(limits, deadlock_is_seen_before_the_wall_limit);
    tcase_add_test(limits, orphans_die_with_the_job);
    tcase_add_test(limits, fork_bomb_is_contained);
    tcase_add_test(limits, dangerous_calls_are_refused);
    tcase_set_timeout(limits, 60);
    suite_add_tcase(suite, both);
    suite_add_tcase(suite, limits);
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *basics = tcase_create("basics");
    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(basics, set_up, tear_down);
    tcase_add_checked_fixture(limits, set_up, tear_down);
    tcase_add_test(basics, sandbox_that_cannot_start_says_why);
    tcase_add_test(basics, kill_from_outside_is_a_fault);
    TCase *killed = tcase_create("killed");
    tcase_add_checked_fixture(killed, set_up, tear_down);
    tcase_add_test(killed, killed_graders_leave_no_bubblewrap);
    tcase_add_test(killed, killed_graders_leave_no_job);
    tcase_set_timeout(killed, 60);
    suite_add_tcase(suite, killed);
    add_cases(suite, basics, limits);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, set_up, tear_down);
    tcase_add_test(files, file_system_is_empty_but_for_scratch);
    tcase_add_test(files, proc_shows_only_the_job);
    tcase_add_test(files, compiler_does_not_see_the_kit);
    suite_add_tcase(suite, files);
    TCase *none_basics = tcase_create("no_sandbox_basics");
    TCase *none_limits = tcase_create("no_sandbox_limits");
    tcase_add_checked_fixture(none_basics, set_up_none, tear_down);
    tcase_add_checked_fixture(none_limits, set_up_none, tear_down);
    add_cases(suite, none_basics, none_limits);
    return suite;
}
