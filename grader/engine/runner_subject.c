/* runner_subject.c - the subject from fork to exec. Every layer that took hold is confirmed on the way,
 * so that a record names what was there and not what was hoped for. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grader/engine/runner.h"

enum { FILTER_MAX_INSTRUCTIONS = 4096, STACK_BYTES = 8 << 20, DESCRIPTOR_LIMIT = 64 };

static int set_limit(int resource, uint64_t soft, uint64_t hard)
{
    struct rlimit limit = {soft, hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int set_limits(const struct runner_job *job, struct runner_failure *failure)
{
    const struct runner_request *request = &job->request;
    /* No RLIMIT_CPU for a test: with one, the kernel reads CPU clocks only at its tick, and a test
     * that times itself by them would see nothing. The watch ends a job that uses too much. */
    uint64_t cpu_s = request->cpu_ns / 1000000000u + 1;
    if (request->stage != RUNNER_TEST)
        RUNNER_TRY(set_limit(RLIMIT_CPU, cpu_s, cpu_s + 1), "limit cpu");
    RUNNER_TRY(set_limit(RLIMIT_FSIZE, request->file_bytes, request->file_bytes),
               "limit file size");
    RUNNER_TRY(set_limit(RLIMIT_CORE, 0, 0), "limit core");
    RUNNER_TRY(set_limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT, DESCRIPTOR_LIMIT), "limit descriptors");
    RUNNER_TRY(set_limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES), "limit stack");
    RUNNER_TRY(set_limit(RLIMIT_MEMLOCK, 0, 0), "limit locked memory");
    RUNNER_TRY(set_limit(RLIMIT_MSGQUEUE, 0, 0), "limit message queues");
    /* Counts every process of this user in the sandbox: the runner and two of its children too. */
    if (job->namespaces)
        RUNNER_TRY(set_limit(RLIMIT_NPROC, request->process_count + 3, request->process_count + 3),
                   "limit processes");
    if (request->address_space_bytes)
        RUNNER_TRY(set_limit(RLIMIT_AS, request->address_space_bytes, request->address_space_bytes),
                   "limit address space");
    runner_confirm(job, RUNNER_LAYER_RLIMITS);
    return 0;
}

/* 0, 1, 2 and, for a test, 3 and 4 outlive exec; nothing else does.
 * Returns: where the filter is now. */
static int place_descriptors(const struct runner_job *job, struct runner_failure *failure)
{
    enum { ABOVE = 16 };
    int moved[RUNNER_DESCRIPTORS_MAX];
    int last = job->descriptor_count - (int)job->request.cgroup_entries - 1;
    errno = EBADMSG;
    RUNNER_TRY(last < 2 ? -1 : 0, "descriptors");
    for (int i = 0; i <= last; i++) {
        moved[i] = fcntl(job->descriptors[i], F_DUPFD_CLOEXEC, ABOVE);
        RUNNER_TRY(moved[i], "move descriptor");
    }
    RUNNER_TRY(dup2(moved[0], 0), "standard input");
    RUNNER_TRY(dup2(moved[1], 1), "standard output");
    RUNNER_TRY(dup2(moved[1], 2), "standard error");
    for (int i = 2; i < last; i++)
        RUNNER_TRY(dup2(moved[i], i + 1), "test descriptor");
    RUNNER_TRY(close_range((unsigned)last + 1, ~0u, CLOSE_RANGE_CLOEXEC), "close on exec");
    return moved[last];
}

static int drop_privileges(const struct runner_job *job, struct runner_failure *failure)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    RUNNER_TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
    RUNNER_TRY(syscall(SYS_capset, &header, none), "drop capabilities");
    runner_confirm(job, RUNNER_LAYER_NO_NEW_PRIVS);
    return 0;
}

static int install_filter(const struct runner_job *job, int file, struct runner_failure *failure)
{
    bool lacking = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL;
    if (lacking || job->flags & RUNNER_NO_SECCOMP)
        return 0;
    static struct sock_filter program[FILTER_MAX_INSTRUCTIONS];
    ssize_t got = pread(file, program, sizeof(program), 0);
    RUNNER_TRY(got, "read filter");
    struct sock_fprog filter = {(unsigned short)((size_t)got / sizeof(program[0])), program};
    RUNNER_TRY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), "install filter");
    close(file);
    runner_confirm(job, RUNNER_LAYER_SECCOMP);
    return 0;
}

static int set_identity(const struct runner_job *job, struct runner_failure *failure)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* fails for SIGKILL and SIGSTOP, which have no handlers anyway */
    umask(022);
    setsid();
    if (job->request.fixed_layout)
        RUNNER_TRY(personality(ADDR_NO_RANDOMIZE), "fixed layout");
    RUNNER_TRY(chdir(job->request.stage == RUNNER_TEST ? job->scratch : job->work),
               "change folder");
    return 0;
}

/* Without a mount of its own, scratch is a folder with a name of its own. */
static void name_scratch(const struct runner_job *job, char *text, size_t text_bytes,
                         char **variables)
{
    static const char name[] = "TMPDIR=";
    snprintf(text, text_bytes, "%s%s", name, job->scratch);
    int count = 0;
    for (; job->variables[count]; count++)
        variables[count] =
            strncmp(job->variables[count], name, strlen(name)) == 0 ? text : job->variables[count];
    variables[count] = NULL;
}

void runner_subject_become(const struct runner_job *job, struct runner_failure *failure)
{
    char path[2 * PATH_MAX], scratch[PATH_MAX + 16];
    char *variables[RUNNER_WORDS_MAX + 1];
    bool test = job->request.stage == RUNNER_TEST;
    if (job->request.explored)
        snprintf(path, sizeof(path), "%s/" RUNNER_EXPLORER, job->kit);
    else
        snprintf(path, sizeof(path), "%s%s%s", test ? job->work : "", test ? "/" : "",
                 job->arguments[0]);
    name_scratch(job, scratch, sizeof(scratch), variables);
    if (set_identity(job, failure) < 0 || set_limits(job, failure) < 0 ||
        drop_privileges(job, failure) < 0 || runner_landlock_restrict(job, failure) < 0)
        return;
    int filter = place_descriptors(job, failure);
    if (filter < 0 || install_filter(job, filter, failure) < 0)
        return;
    execve(test && job->namespaces ? RUNNER_SUBJECT : path, job->arguments, variables);
    failure->step = "exec";
    failure->error = errno;
}
