/* runner_landlock.c - which files a job may use, kept by the kernel's Landlock.
 *
 *                 read, execute                          write
 *     a test      its subject; read: libraries, files    scratch
 *     compiler    /usr and the like; read: work          scratch, work
 *     linker      the same, and the kit                  scratch, work
 *
 * Whatever is not listed is refused, and so is every network port, abstract socket and signal to
 * somebody outside. Inside of namespaces this is a second wall; without them it is the only one. Each
 * version of Landlock knows more rights than the one before, and asking for one that the kernel does not
 * know is an error: the masks are cut to what it has.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grader/engine/runner.h"

/* Newer than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

/* struct landlock_ruleset_attr as of version 6: a kernel takes the part that it knows. */
struct ruleset {
    uint64_t files, network, scopes;
};

enum {
    NETWORK_BIND_AND_CONNECT = 3, /* TCP, since version 4 */
    SCOPE_SOCKETS_AND_SIGNALS = 3 /* since version 6 */
};

enum {
    READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    USE = READ | LANDLOCK_ACCESS_FS_EXECUTE,
    CHANGE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_FIFO |
             LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER |
             LANDLOCK_ACCESS_FS_TRUNCATE,
    OF_FILES = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE |
               LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE,
};

unsigned runner_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (unsigned)abi : 0;
}

static uint64_t known_rights(unsigned abi)
{
    return abi >= 5   ? (LANDLOCK_ACCESS_FS_IOCTL_DEV << 1) - 1
           : abi >= 3 ? (LANDLOCK_ACCESS_FS_TRUNCATE << 1) - 1
           : abi == 2 ? (LANDLOCK_ACCESS_FS_REFER << 1) - 1
                      : (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
}

static int create_ruleset(unsigned abi)
{
    const struct ruleset ruleset = {.files = known_rights(abi),
                                    .network = abi >= 4 ? NETWORK_BIND_AND_CONNECT : 0,
                                    .scopes = abi >= 6 ? SCOPE_SOCKETS_AND_SIGNALS : 0};
    size_t size = abi >= 6 ? sizeof(ruleset) : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

/* A path that is not there needs no rule. */
static int allow(int rules, unsigned abi, const char *path, uint64_t rights)
{
    struct stat status;
    int file = open(path, O_PATH | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    bool folder = fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & known_rights(abi) &
                                                                (folder ? ~0ULL : OF_FILES),
                                              .parent_fd = file};
    long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int error = errno;
    close(file);
    errno = error;
    return (int)failed;
}

static int allow_all(int rules, unsigned abi, const char *const *paths, uint64_t rights)
{
    for (; *paths; paths++)
        if (allow(rules, abi, *paths, rights) != 0)
            return -1;
    return 0;
}

/* The kernel itself executes the dynamic loader for a subject. */
static int allow_for_test(int rules, const struct runner_job *job)
{
    static const char *const libraries[] = {"/lib",       "/lib64",           "/usr/lib",
                                            "/usr/lib64", "/etc/ld.so.cache", NULL};
    static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
                                          "/lib/ld-linux-aarch64.so.1", NULL};
    char subject[2 * PATH_MAX], explorer[PATH_MAX + 16], files[PATH_MAX + 16];
    bool explored = job->request.explored && !job->namespaces;
    unsigned abi = job->landlock_abi;
    snprintf(subject, sizeof(subject), "%s/%s", job->work, job->arguments[0]);
    snprintf(explorer, sizeof(explorer), "%s/" RUNNER_EXPLORER, job->kit);
    snprintf(files, sizeof(files), "%s/" RUNNER_FILES,
             job->namespaces ? RUNNER_SCRATCH : job->kit); /* where they were mounted; else, are */
    if (allow_all(rules, abi, libraries, READ) != 0 || allow_all(rules, abi, loaders, USE) != 0 ||
        allow(rules, abi, files, READ) != 0 ||
        (explored && allow(rules, abi, explorer, USE) != 0) ||
        allow(rules, abi, job->namespaces ? RUNNER_SUBJECT : subject, USE) != 0)
        return -1;
    /* Of /proc, itself alone, and what a sanitizer looks up. */
    static const char *const own[] = {"/proc/self", "/proc/sys/vm/overcommit_memory",
                                      "/proc/cpuinfo", NULL};
    return job->request.proc ? allow_all(rules, abi, own, READ) : 0;
}

static int allow_for_tools(int rules, const struct runner_job *job)
{
    static const char *const system[] = {
        "/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", NULL};
    unsigned abi = job->landlock_abi;
    if (allow_all(rules, abi, system, USE) != 0 || allow(rules, abi, job->work, CHANGE) != 0 ||
        allow(rules, abi, "/proc/self", READ) != 0)
        return -1;
    return job->request.stage == RUNNER_LINK ? allow(rules, abi, job->kit, READ) : 0;
}

int runner_landlock_restrict(const struct runner_job *job, struct runner_failure *failure)
{
    if (job->landlock_abi == 0)
        return 0;
    int rules = create_ruleset(job->landlock_abi);
    RUNNER_TRY(rules, "landlock");
    RUNNER_TRY(allow(rules, job->landlock_abi, job->scratch, CHANGE), "landlock scratch");
    RUNNER_TRY(job->request.stage == RUNNER_TEST ? allow_for_test(rules, job)
                                                 : allow_for_tools(rules, job),
               "landlock files");
    RUNNER_TRY(syscall(SYS_landlock_restrict_self, rules, 0), "landlock restrict");
    close(rules);
    runner_confirm(job, RUNNER_LAYER_LANDLOCK);
    return 0;
}
