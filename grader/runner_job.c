/* runner_job.c - from a request to a running job.
 *
 * Three processes: the runner clones the job's init into new pid, mount and ipc namespaces; init
 * sets up the mounts, forks the subject and waits; the subject drops what is left and execs. When
 * init ends, the kernel kills everything in its pid namespace, whatever session or parent it hid
 * under.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/runner.h"

enum { FILTER_MAX_INSTRUCTIONS = 4096, STACK_BYTES = 8 << 20, DESCRIPTOR_LIMIT = 64 };

struct failure {
    const char *step;
    int error;
};

#define TRY(call, name)                                                                            \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            failure->step = (name);                                                                \
            failure->error = errno;                                                                \
            return -1;                                                                             \
        }                                                                                          \
    } while (0)

/* ---- mounts: in the job's init, which still has CAP_SYS_ADMIN over its own namespaces ---- */

/* The flags that a file's mount has now. A user namespace may add to what it inherited (a /tmp that is
 * nodev, as many machines have it) and never take away: a remount that does not repeat them is refused. */
static unsigned long mount_flags(const char *path)
{
    static const struct {
        unsigned long seen, flag;
    } known[] = {{ST_NODEV, MS_NODEV},           {ST_NOEXEC, MS_NOEXEC},
                 {ST_NOSUID, MS_NOSUID},         {ST_NOATIME, MS_NOATIME},
                 {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME}};
    struct statvfs now;
    unsigned long flags = 0;
    if (statvfs(path, &now) == 0)
        for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
            flags |= now.f_flag & known[i].seen ? known[i].flag : 0;
    return flags;
}

static int show_subject(const struct runner_job *job, struct failure *failure)
{
    char source[256];
    snprintf(source, sizeof(source), "%s/%s", RUNNER_WORK, job->arguments[0]);
    int file = open(RUNNER_SUBJECT, O_CREAT | O_WRONLY | O_CLOEXEC, 0500);
    TRY(file, "create subject");
    close(file);
    TRY(mount(source, RUNNER_SUBJECT, NULL, MS_BIND, NULL), "show subject");
    unsigned long flags =
        mount_flags(RUNNER_SUBJECT) | MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID;
    TRY(mount(NULL, RUNNER_SUBJECT, NULL, flags, NULL), "protect subject");
    return 0;
}

static int set_up_mounts(const struct runner_job *job, struct failure *failure)
{
    uint32_t stage = job->request.stage;
    TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    TRY(mount("scratch", RUNNER_SCRATCH, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=64m,nr_inodes=4096,mode=0700"),
        "mount scratch");
    if (stage == RUNNER_TEST && show_subject(job, failure) < 0)
        return -1;
    if (stage != RUNNER_LINK)
        TRY(umount2(RUNNER_KIT, MNT_DETACH), "hide kit");
    if (stage == RUNNER_TEST)
        TRY(umount2(RUNNER_WORK, MNT_DETACH), "hide work");
    /* The kernel mounts a new /proc only where an old one can be seen: over it, not in its place.
     */
    if (job->request.proc)
        TRY(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount proc");
    else
        TRY(umount2("/proc", MNT_DETACH), "hide proc");
    return 0;
}

/* ---- the subject, from fork to exec ---- */

static int set_limit(int resource, uint64_t soft, uint64_t hard)
{
    struct rlimit limit = {soft, hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int set_limits(const struct runner_request *request, bool namespaces,
                      struct failure *failure)
{
    /* No RLIMIT_CPU for a test: with one, the kernel reads CPU clocks only at its tick, and a test
     * that times itself by them would see nothing. The watch ends a job that uses too much. */
    uint64_t cpu_s = request->cpu_ns / 1000000000u + 1;
    if (request->stage != RUNNER_TEST)
        TRY(set_limit(RLIMIT_CPU, cpu_s, cpu_s + 1), "limit cpu");
    TRY(set_limit(RLIMIT_FSIZE, request->file_bytes, request->file_bytes), "limit file size");
    TRY(set_limit(RLIMIT_CORE, 0, 0), "limit core");
    TRY(set_limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT, DESCRIPTOR_LIMIT), "limit descriptors");
    TRY(set_limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES), "limit stack");
    TRY(set_limit(RLIMIT_MEMLOCK, 0, 0), "limit locked memory");
    TRY(set_limit(RLIMIT_MSGQUEUE, 0, 0), "limit message queues");
    /* Counts every process of this user in the sandbox: the runner and two of its children too. */
    if (namespaces)
        TRY(set_limit(RLIMIT_NPROC, request->process_count + 3, request->process_count + 3),
            "limit processes");
    if (request->address_space_bytes)
        TRY(set_limit(RLIMIT_AS, request->address_space_bytes, request->address_space_bytes),
            "limit address space");
    return 0;
}

/* 0, 1, 2 and, for a test, 3 and 4 outlive exec; nothing else does.
 * Returns: where the filter is now. */
static int place_descriptors(const struct runner_job *job, struct failure *failure)
{
    enum { ABOVE = 16 };
    int moved[RUNNER_DESCRIPTORS_MAX];
    int last = job->descriptor_count - 1;
    for (int i = 0; i <= last; i++) {
        moved[i] = fcntl(job->descriptors[i], F_DUPFD_CLOEXEC, ABOVE);
        TRY(moved[i], "move descriptor");
    }
    TRY(dup2(moved[0], 0), "standard input");
    TRY(dup2(moved[1], 1), "standard output");
    TRY(dup2(moved[1], 2), "standard error");
    for (int i = 2; i < last; i++)
        TRY(dup2(moved[i], i + 1), "test descriptor");
    TRY(close_range((unsigned)last + 1, ~0u, CLOSE_RANGE_CLOEXEC), "close on exec");
    return moved[last];
}

static int drop_privileges(struct failure *failure)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
    TRY(syscall(SYS_capset, &header, none), "drop capabilities");
    return 0;
}

static int install_filter(int file, struct failure *failure)
{
    static struct sock_filter program[FILTER_MAX_INSTRUCTIONS];
    ssize_t got = pread(file, program, sizeof(program), 0);
    TRY(got, "read filter");
    struct sock_fprog filter = {(unsigned short)((size_t)got / sizeof(program[0])), program};
    TRY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), "install filter");
    close(file);
    return 0;
}

static int set_identity(const struct runner_job *job, struct failure *failure)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* fails for SIGKILL and SIGSTOP, which have no handlers anyway */
    umask(022);
    setsid();
    if (job->request.fixed_layout)
        TRY(personality(ADDR_NO_RANDOMIZE), "fixed layout");
    if (job->namespaces)
        TRY(chdir(job->request.stage == RUNNER_TEST ? RUNNER_SCRATCH : RUNNER_WORK),
            "change folder");
    return 0;
}

/* Returns only on failure. report: CLOEXEC, so that its end says that exec has happened. */
static void become_subject(const struct runner_job *job, struct failure *failure)
{
    const char *path = job->arguments[0];
    if (job->request.stage == RUNNER_TEST && job->namespaces)
        path = RUNNER_SUBJECT;
    if (set_identity(job, failure) < 0)
        return;
    if (set_limits(&job->request, job->namespaces, failure) < 0 || drop_privileges(failure) < 0)
        return;
    int filter = place_descriptors(job, failure);
    if (filter < 0 || install_filter(filter, failure) < 0)
        return;
    execve(path, job->arguments, job->variables);
    failure->step = "exec";
    failure->error = errno;
}

/* ---- the job's init ---- */

/* Reaps whatever ends until the subject does. */
static int wait_for(pid_t subject)
{
    int status = 0;
    for (;;) {
        pid_t ended = waitpid(-1, &status, 0);
        if (ended == subject)
            return status;
        if (ended < 0 && errno != EINTR)
            return SIGKILL;
    }
}

/* Without a pid namespace: kill what is left behind, which comes to a subreaper: the job's init when
 * its subject ends, and the runner when it had to kill that init. */
static void kill_orphans(void)
{
    char path[64];
    char list[4096];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    for (int round = 0; round < 1000; round++) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = file < 0 ? 0 : read(file, list, sizeof(list) - 1);
        if (file >= 0)
            close(file);
        if (got <= 0)
            return;
        list[got] = '\0';
        for (char *at = list; *at > ' ';) {
            kill((pid_t)strtol(at, &at, 10), SIGKILL);
            at += strspn(at, " ");
        }
        waitpid(-1, NULL, 0);
    }
}

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static void report(int fd, struct runner_result *result, const struct failure *failure)
{
    struct rusage usage;
    if (failure->error) {
        result->end = RUNNER_END_FAULT;
        result->error = failure->error;
        strncpy(result->step, failure->step, sizeof(result->step) - 1);
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    result->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
    result->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    ssize_t written = write(fd, result, sizeof(*result));
    (void)written; /* nobody is left to hear of it */
}

/* fault: a pipe on which the subject writes a struct failure if it cannot exec. Steps are string
 * constants, and a fork keeps them where they are, so the pointer can be sent. */
static int start_subject(const struct runner_job *job, struct failure *failure)
{
    int fault[2];
    TRY(pipe2(fault, O_CLOEXEC), "pipe");
    pid_t subject = fork();
    TRY(subject, "fork");
    if (subject == 0) {
        int kept = fcntl(fault[1], F_DUPFD_CLOEXEC, 16); /* above those that are placed */
        struct failure own = {"", 0};
        become_subject(job, &own);
        ssize_t written = write(kept, &own, sizeof(own));
        _exit(written == sizeof(own) ? 126 : 125);
    }
    close(fault[1]);
    struct failure theirs;
    ssize_t got = read(fault[0], &theirs, sizeof(theirs));
    close(fault[0]);
    if (got == (ssize_t)sizeof(theirs))
        *failure = theirs;
    return subject;
}

static void close_job_descriptors(const struct runner_job *job)
{
    for (int i = 0; i < job->descriptor_count; i++)
        close(job->descriptors[i]);
}

static _Noreturn void run_init(const struct runner_job *job, int report_fd)
{
    struct failure failure = {"", 0};
    struct runner_result result = {.end = RUNNER_END_ITSELF};
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(RUNNER_CONTROL_FD);
    if (!job->namespaces) {
        setpgid(0, 0);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
    if (!job->namespaces || set_up_mounts(job, &failure) == 0) {
        pid_t subject = start_subject(job, &failure);
        close_job_descriptors(job);
        if (subject > 0)
            result.status = wait_for(subject);
    }
    if (!job->namespaces)
        kill_orphans();
    report(report_fd, &result, &failure);
    _exit(0);
}

/* ---- the runner's side ---- */

int runner_job_start(struct runner_job *job, const char **step)
{
    int pipes[2];
    int failed = 0;
    *step = "report pipe";
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        failed = -errno;
        close_job_descriptors(job);
        return failed;
    }
    unsigned long flags = SIGCHLD;
    if (!job->namespaces)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (job->namespaces)
        flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    *step = "clone";
    job->init = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
    if (job->init == 0)
        run_init(job, pipes[1]);
    if (job->init < 0)
        failed = -errno;
    close(pipes[1]);
    close_job_descriptors(job);
    job->report_fd = pipes[0];
    if (failed)
        close(pipes[0]);
    return failed;
}

/* Without a pid namespace, killing init would leave its children to run: kill the tree first. */
static void kill_tree(pid_t parent)
{
    char path[64];
    char list[4096];
    kill(parent, SIGSTOP);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, list, sizeof(list) - 1);
    if (file >= 0)
        close(file);
    list[got > 0 ? got : 0] = '\0';
    for (char *at = list; *at > ' ';) {
        kill_tree((pid_t)strtol(at, &at, 10));
        at += strspn(at, " ");
    }
    kill(parent, SIGKILL);
}

void runner_job_finish(struct runner_job *job, bool kill_first, struct runner_result *result)
{
    if (kill_first && job->namespaces)
        kill(job->init, SIGKILL);
    else if (kill_first)
        kill_tree(job->init);
    /* End of file comes when init is dead, which is after everything below it is. */
    ssize_t got = read(job->report_fd, result, sizeof(*result));
    close(job->report_fd);
    struct rusage usage;
    int status = 0;
    while (wait4(job->init, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    if (!job->namespaces)
        kill_orphans();
    if (got == (ssize_t)sizeof(*result))
        return;
    memset(result, 0, sizeof(*result));
    result->end = RUNNER_END_KILLED;
    result->status = status;
    result->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
    result->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
}
