#include "grader/engine/filter.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* By name, so that a library or kernel that does not know one of them does no harm. */
static const char *const refused[] = {
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    "pidfd_open",
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "move_mount",
    "open_tree",
    "mount_setattr",
    "unshare",
    "setns",
    "open_by_handle_at",
    "name_to_handle_at",
    "mknod",
    "mknodat",
    "swapon",
    "swapoff",
    "quotactl",
    "acct",
    "keyctl",
    "add_key",
    "request_key",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "syslog",
    "iopl",
    "ioperm",
    "modify_ldt",
    "personality",
    "fanotify_init",
    "lookup_dcookie",
    "vhangup",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "nfsservctl",
    "socket",
    "socketcall",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    "capset",
    "shmget",
    "shmat",
    "semget",
    "msgget",
    "mq_open",
};

/* A flag of clone that opens a namespace. */
static const unsigned long namespace_flags[] = {
    CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS,     CLONE_NEWNET,
    CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP,
};

static int refuse_named(scmp_filter_ctx context)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        int number = seccomp_syscall_resolve_name(refused[i]);
        if (number == __NR_SCMP_ERROR)
            continue;
        int failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 0);
        if (failed && failed != -EDOM)
            return failed;
    }
    return 0;
}

/* clone(2) is both threads and processes: CLONE_THREAD tells. clone3 hides its flags from a filter,
 * so it is said not to exist, and the C library takes clone. */
static int refuse_clone(scmp_filter_ctx context, unsigned allow)
{
    int failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < sizeof(namespace_flags) / sizeof(namespace_flags[0]) && !failed; i++)
        failed =
            seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, namespace_flags[i], namespace_flags[i]));
    if (!failed && !(allow & FILTER_THREADS))
        failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    if (failed || (allow & FILTER_PROCESSES))
        return failed;
    /* What is no thread is a process, but for the leak sanitizer's tracer, which shares memory. */
    unsigned long mask = CLONE_THREAD | (allow & FILTER_TRACING ? CLONE_UNTRACED : 0);
    failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, mask, 0));
    if (!failed)
        failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(fork), 0);
    return failed ? failed : seccomp_rule_add(context, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(vfork), 0);
}

/* kill(-1) means every process that one may signal: in a sandbox nobody else, without one everybody. */
static int refuse_kill_all(scmp_filter_ctx context)
{
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(kill), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffu, 0xffffffffu));
}

static int export(scmp_filter_ctx context, int *out)
{
    int file = memfd_create("filter", MFD_CLOEXEC);
    if (file < 0)
        return -errno;
    int failed = seccomp_export_bpf(context, file);
    if (failed)
        close(file);
    else
        *out = file;
    return failed;
}

static int create_program(unsigned allow, int *out)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    if (!context)
        return -ENOMEM;
    int failed = refuse_named(context);
    if (!failed && !(allow & FILTER_TRACING))
        failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0);
    if (!failed)
        failed = refuse_kill_all(context);
    if (!failed)
        failed = refuse_clone(context, allow);
    if (!failed)
        failed = export(context, out);
    seccomp_release(context);
    return failed;
}

int filter_set_create(struct filter_set *set)
{
    for (unsigned i = 0; i < FILTER_COMBINATIONS; i++)
        set->programs[i] = -1;
    for (unsigned i = 0; i < FILTER_COMBINATIONS; i++) {
        int failed = create_program(i, &set->programs[i]);
        if (failed) {
            filter_set_destroy(set);
            return failed;
        }
    }
    return 0;
}

void filter_set_destroy(struct filter_set *set)
{
    for (unsigned i = 0; i < FILTER_COMBINATIONS; i++)
        if (set->programs[i] >= 0)
            close(set->programs[i]);
}

int filter_set_pick(const struct filter_set *set, unsigned allow)
{
    return set->programs[allow % FILTER_COMBINATIONS];
}
