/* runner_job.c - from a request to a running job.
 *
 * Three processes: the runner clones the job's init into new pid, mount and ipc namespaces; init
 * sets up the mounts, forks the subject and waits; the subject drops what is left and execs. When
 * init ends, the kernel kills everything in its pid namespace, whatever session or parent it hid
 * under.
 */
#include <fcntl.h>
#include <ftw.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/engine/runner.h"

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

/* What is at source stands at place too, and there it cannot be written. */
static int show(const char *source, const char *place, struct runner_failure *failure)
{
    RUNNER_TRY(mount(source, place, NULL, MS_BIND, NULL), "show to the test");
    unsigned long flags = mount_flags(place) | MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID;
    RUNNER_TRY(mount(NULL, place, NULL, flags, NULL), "protect what is shown");
    return 0;
}

static int show_file(const char *source, const char *place, struct runner_failure *failure)
{
    int file = open(place, O_CREAT | O_WRONLY | O_CLOEXEC, 0500);
    RUNNER_TRY(file, "create subject");
    close(file);
    return show(source, place, failure);
}

static int show_subject(const struct runner_job *job, struct runner_failure *failure)
{
    char source[256];
    snprintf(source, sizeof(source), "%s/%s", RUNNER_WORK, job->arguments[0]);
    if (!job->request.explored)
        return show_file(source, RUNNER_SUBJECT, failure);
    if (show_file(RUNNER_KIT "/" RUNNER_EXPLORER, RUNNER_SUBJECT, failure) < 0)
        return -1;
    return show_file(source, RUNNER_SCRATCH "/" RUNNER_PROGRAM, failure);
}

/* Most kits have none. */
static int show_files(struct runner_failure *failure)
{
    if (access(RUNNER_KIT "/" RUNNER_FILES, F_OK) != 0)
        return 0;
    RUNNER_TRY(mkdir(RUNNER_SCRATCH "/" RUNNER_FILES, 0500), "create files");
    return show(RUNNER_KIT "/" RUNNER_FILES, RUNNER_SCRATCH "/" RUNNER_FILES, failure);
}

static int set_up_mounts(const struct runner_job *job, struct runner_failure *failure)
{
    uint32_t stage = job->request.stage;
    RUNNER_TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    unsigned long flags = MS_NOSUID | MS_NODEV | (stage == RUNNER_TEST ? MS_NOEXEC : 0);
    RUNNER_TRY(
        mount("scratch", RUNNER_SCRATCH, "tmpfs", flags, "size=64m,nr_inodes=4096,mode=0700"),
        "mount scratch");
    if (stage == RUNNER_TEST && (show_subject(job, failure) < 0 || show_files(failure) < 0))
        return -1;
    if (stage != RUNNER_LINK)
        RUNNER_TRY(umount2(RUNNER_KIT, MNT_DETACH), "hide kit");
    if (stage == RUNNER_TEST)
        RUNNER_TRY(umount2(RUNNER_WORK, MNT_DETACH), "hide work");
    /* The kernel mounts a new /proc only where an old one can be seen: over it, not in its place.
     */
    if (job->request.proc)
        RUNNER_TRY(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
                   "mount proc");
    else
        RUNNER_TRY(umount2("/proc", MNT_DETACH), "hide proc");
    runner_confirm(job, RUNNER_LAYER_NAMESPACES);
    return 0;
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

static void report(int fd, struct runner_result *result, const struct runner_failure *failure)
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

/* fault: a pipe on which the subject writes a struct runner_failure if it cannot exec. Steps are string
 * constants, and a fork keeps them where they are, so the pointer can be sent. */
static int start_subject(const struct runner_job *job, struct runner_failure *failure)
{
    int fault[2];
    RUNNER_TRY(pipe2(fault, O_CLOEXEC), "pipe");
    pid_t subject = fork();
    RUNNER_TRY(subject, "fork");
    if (subject == 0) {
        int kept = fcntl(fault[1], F_DUPFD_CLOEXEC, 16); /* above those that are placed */
        struct runner_failure own = {"", 0};
        runner_subject_become(job, &own);
        ssize_t written = write(kept, &own, sizeof(own));
        _exit(written == sizeof(own) ? 126 : 125);
    }
    close(fault[1]);
    struct runner_failure theirs;
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

/* ---- the control group ---- */

/* The descriptors that join it are a request's last. */
static const int *cgroup_entries(const struct runner_job *job)
{
    return job->descriptors + job->descriptor_count - job->request.cgroup_entries;
}

/* Version 1, by its `tasks` files: they move one thread (init has no other), and spare it the wait that
 * cgroup.procs takes in the kernel for groups of threads. */
static void join_cgroup(const struct runner_job *job)
{
    const int *entries = cgroup_entries(job);
    if (job->request.cgroup_entries == 2 && write(entries[0], "0", 1) == 1 &&
        write(entries[1], "0", 1) == 1)
        runner_confirm(job, RUNNER_LAYER_CGROUP);
}

/* Version 2, by birth. Returns: as clone does, or -1 where there is no such group or kernel. */
static pid_t clone_into_cgroup(const struct runner_job *job, uint64_t flags)
{
    if (job->request.cgroup_entries != 1)
        return -1;
    struct clone_args arguments = {.flags = flags | CLONE_INTO_CGROUP,
                                   .exit_signal = SIGCHLD,
                                   .cgroup = (unsigned)cgroup_entries(job)[0]};
    pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (child == 0)
        runner_confirm(job, RUNNER_LAYER_CGROUP);
    return child;
}

static _Noreturn void run_init(const struct runner_job *job, int report_fd)
{
    struct runner_failure failure = {"", 0};
    struct runner_result result = {.end = RUNNER_END_ITSELF};
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(RUNNER_CONTROL_FD);
    join_cgroup(job);
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

/* ---- scratch without a mount of its own ---- */

static int make_scratch(struct runner_job *job)
{
    int length = snprintf(job->scratch, sizeof(job->scratch), "%s/scratch_XXXXXX", job->work);
    if (length < 0 || length >= (int)sizeof(job->scratch))
        return -ENAMETOOLONG;
    return mkdtemp(job->scratch) ? 0 : -errno;
}

/* A link, where nothing can be mounted. Its target is not followed when scratch is removed. */
static int link_file(const struct runner_job *job, const char *folder, const char *file,
                     const char *name)
{
    char target[2 * PATH_MAX], link[PATH_MAX + 16];
    snprintf(target, sizeof(target), "%s/%s", folder, file);
    snprintf(link, sizeof(link), "%s/%s", job->scratch, name);
    if (access(target, F_OK) != 0)
        return 0;
    return symlink(target, link) == 0 ? 0 : -errno;
}

static int link_files(const struct runner_job *job)
{
    if (job->request.stage != RUNNER_TEST)
        return 0;
    int failed = link_file(job, job->kit, RUNNER_FILES, RUNNER_FILES);
    if (!failed && job->request.explored)
        failed = link_file(job, job->work, job->arguments[0], RUNNER_PROGRAM);
    return failed;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)walk;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

/* ---- the runner's side ---- */

/* Returns: as clone does. */
static pid_t clone_init(const struct runner_job *job)
{
    uint64_t flags = job->namespaces ? CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC : 0;
    if (!job->namespaces)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t child = clone_into_cgroup(job, flags);
    return child >= 0 ? child : (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

int runner_job_start(struct runner_job *job, const char **step)
{
    int pipes[2];
    int failed = 0;
    *step = job->namespaces ? "report pipe" : "scratch folder";
    atomic_store_explicit(job->layers, 0, memory_order_relaxed); /* nobody else is there yet */
    if (!job->namespaces)
        failed = make_scratch(job);
    if (!failed && !job->namespaces)
        failed = link_files(job);
    if (!failed && pipe2(pipes, O_CLOEXEC) != 0)
        failed = -errno;
    if (failed) {
        close_job_descriptors(job);
        return failed;
    }
    *step = "clone";
    job->init = clone_init(job);
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
    if (!job->namespaces) {
        kill_orphans();
        nftw(job->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    }
    if (got != (ssize_t)sizeof(*result)) {
        memset(result, 0, sizeof(*result));
        result->end = !kill_first && job->namespaces ? RUNNER_END_LOST : RUNNER_END_KILLED;
        result->status = status;
        result->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
        result->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    }
    result->layers = atomic_load_explicit(job->layers, memory_order_relaxed); /* all are dead */
}
