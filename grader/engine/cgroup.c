/* cgroup.c - groups made, asked and removed; cgroup_base.c finds the place for them. */
#include "grader/engine/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/lock.h"
#include "grader/engine/cgroup_internal.h"

enum { STALE_S = 5, KILL_ROUNDS = 3000 }; /* rounds of a millisecond */

/* The hierarchies that a group has a folder in: version 2 has but one. */
static int hierarchies(const struct cgroup_base *base)
{
    return base->version == 1 ? 2 : 1;
}

int cgroup_write(const char *folder, const char *file, const char *value)
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t wrote = write(fd, value, strlen(value));
    int failed = wrote < 0 ? -errno : 0;
    close(fd);
    return failed;
}

int cgroup_read(const char *folder, const char *file, char *text, size_t text_bytes)
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t got = read(fd, text, text_bytes - 1);
    int failed = got < 0 ? -errno : 0;
    text[got > 0 ? got : 0] = '\0';
    close(fd);
    return failed;
}

static void path_of(const char *parent, const char *name, char out[PATH_MAX])
{
    if ((size_t)snprintf(out, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX)
        out[0] = '\0'; /* no such file */
}

/* ---- limits ---- */

static int limit(const char *folder, const char *file, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    return cgroup_write(folder, file, text);
}

/* Swap would only put the end off. A kernel without swap accounting has no such file. */
static int limit_memory(int version, const char *folder, uint64_t bytes)
{
    int failed = limit(folder, version == 2 ? "memory.max" : "memory.limit_in_bytes", bytes);
    int swap = version == 2 ? limit(folder, "memory.swap.max", 0)
                            : limit(folder, "memory.memsw.limit_in_bytes", bytes);
    return failed ? failed : swap == -ENOENT ? 0 : swap;
}

/* ---- create ---- */

static int open_at(const char *folder, const char *file, int flags)
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    int fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int open_entries(struct cgroup *group, const char *memory, const char *pids)
{
    bool second = group->base->version == 2;
    group->entries[0] =
        second ? open_at(memory, ".", O_RDONLY | O_DIRECTORY) : open_at(memory, "tasks", O_WRONLY);
    if (group->entries[0] < 0 || second)
        return group->entries[0] < 0 ? group->entries[0] : 0;
    group->entries[1] = open_at(pids, "tasks", O_WRONLY);
    return group->entries[1] < 0 ? group->entries[1] : 0;
}

/* Graders of other memory groups and other pid namespaces make theirs in the same pids folder: the random
 * number keeps two from ever being meant by one name. The process id is for people. */
static int draw_name(struct cgroup *group)
{
    uint64_t number;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return -EIO;
    snprintf(group->name, sizeof(group->name), CGROUP_PREFIX "%d_%016llx", (int)getpid(),
             (unsigned long long)number);
    return 0;
}

static int make_folders(struct cgroup *group, char memory[PATH_MAX], char pids[PATH_MAX])
{
    int failed = draw_name(group);
    if (failed)
        return failed;
    path_of(group->base->memory, group->name, memory);
    path_of(group->base->pids, group->name, pids);
    if (mkdir(memory, 0700) != 0)
        return -errno;
    if (group->base->version == 2 || mkdir(pids, 0700) == 0)
        return 0;
    failed = -errno;
    rmdir(memory);
    return failed;
}

/* In each hierarchy: whoever sweeps there may not see the others. */
static int lock_folders(struct cgroup *group, const char *memory, const char *pids)
{
    const char *const folders[] = {memory, pids};
    int failed = 0;
    for (int i = 0; i < hierarchies(group->base) && !failed; i++) {
        group->locks[i] = lock_folder(folders[i]);
        failed = group->locks[i] < 0 ? group->locks[i] : 0;
    }
    return failed;
}

int cgroup_create(const struct cgroup_base *base, uint64_t memory_bytes, uint64_t process_count,
                  struct cgroup *out)
{
    char memory[PATH_MAX], pids[PATH_MAX];
    *out = (struct cgroup){.base = base, .locks = {-1, -1}, .entries = {-1, -1}};
    int failed = make_folders(out, memory, pids);
    if (failed) {
        out->base = NULL;
        return failed;
    }
    failed = lock_folders(out, memory, pids);
    if (!failed)
        failed = limit_memory(base->version, memory, memory_bytes);
    if (!failed)
        failed = limit(pids, "pids.max", process_count);
    if (!failed)
        failed = open_entries(out, memory, pids);
    if (failed)
        cgroup_destroy(out);
    return failed;
}

/* ---- ask ---- */

/* The number behind a word that begins a line: "oom_kill 3". Without the word, or the file, 0. */
static unsigned long counter(const char *folder, const char *file, const char *word)
{
    char text[1024] = "";
    size_t length = strlen(word);
    cgroup_read(folder, file, text, sizeof(text));
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, word, length) == 0)
            return strtoul(line + length, NULL, 10);
    return 0;
}

/* Version 1, whose count of failures newer kernels have given up: whether it came near to its limit. */
static bool was_full(const char *folder)
{
    enum { NEAR = 1 << 20 }; /* the kernel charges many pages at once */
    return counter(folder, "memory.max_usage_in_bytes", "") + NEAR >=
           counter(folder, "memory.limit_in_bytes", "");
}

enum cgroup_memory cgroup_memory(const struct cgroup *group)
{
    char path[PATH_MAX];
    if (!group->base)
        return CGROUP_MEMORY_SUFFICED;
    path_of(group->base->memory, group->name, path);
    bool second = group->base->version == 2;
    if (counter(path, second ? "memory.events" : "memory.oom_control", "oom_kill ") == 0)
        return CGROUP_MEMORY_SUFFICED;
    bool own = second ? counter(path, "memory.events", "oom ") > 0 : was_full(path);
    return own ? CGROUP_MEMORY_OVER_LIMIT : CGROUP_MEMORY_TAKEN_AWAY;
}

/* ---- kill, remove ---- */

/* Returns: whether somebody was there. */
static bool kill_members(const char *folder)
{
    char text[8192];
    bool found = false;
    if (cgroup_read(folder, "cgroup.procs", text, sizeof(text)) != 0)
        return false;
    for (char *at = text; *at >= '0' && *at <= '9'; at += *at == '\n') {
        pid_t member = (pid_t)strtol(at, &at, 10);
        if (member > 0)
            kill(member, SIGKILL);
        found = true;
    }
    return found;
}

/* No room for another process comes first: whoever forks faster than it can be killed is stopped so. */
static int kill_all(const char *memory, const char *pids)
{
    if (!kill_members(memory) && !kill_members(pids))
        return 0;
    cgroup_write(pids, "pids.max", "0");
    for (int round = 0; round < KILL_ROUNDS; round++) {
        bool found = kill_members(memory);
        if (!kill_members(pids) && !found)
            return 0;
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return -EBUSY;
}

int cgroup_kill(const struct cgroup *group)
{
    char memory[PATH_MAX], pids[PATH_MAX];
    if (!group->base)
        return 0;
    path_of(group->base->memory, group->name, memory);
    path_of(group->base->pids, group->name, pids);
    return kill_all(memory, pids);
}

/* What has just died may hold the folder for a moment. */
static void remove_folder(const char *folder)
{
    for (int round = 0; round < 200; round++) {
        if (rmdir(folder) == 0 || errno != EBUSY)
            return;
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
}

void cgroup_destroy(struct cgroup *group)
{
    char memory[PATH_MAX], pids[PATH_MAX];
    if (!group->base)
        return;
    for (int i = 0; i < 2; i++)
        if (group->entries[i] >= 0)
            close(group->entries[i]);
    path_of(group->base->memory, group->name, memory);
    path_of(group->base->pids, group->name, pids);
    kill_all(memory, pids);
    remove_folder(memory);
    if (group->base->version == 1)
        remove_folder(pids);
    for (int i = 0; i < 2; i++)
        if (group->locks[i] >= 0)
            close(group->locks[i]);
    group->base = NULL;
}

/* ---- sweep ---- */

/* From mkdir to the lock takes less than STALE_S. */
static bool may_be_stale(const char *path, const char *name)
{
    struct stat status;
    return strncmp(name, CGROUP_PREFIX, strlen(CGROUP_PREFIX)) == 0 && lstat(path, &status) == 0 &&
           S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           time(NULL) - status.st_mtime > STALE_S;
}

/* Each folder by its own lock alone. What it stands for in another hierarchy is not ours to know: its
 * grader's own group may be another one there. A group that has somebody in it the kernel does not remove. */
static void sweep_folder(const char *parent)
{
    char path[PATH_MAX];
    DIR *folder = opendir(parent);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        path_of(parent, entry->d_name, path);
        int lock = may_be_stale(path, entry->d_name) ? lock_folder(path) : -EAGAIN;
        if (lock < 0)
            continue;
        rmdir(path);
        close(lock);
    }
    if (folder)
        closedir(folder);
}

void cgroup_sweep(const struct cgroup_base *base)
{
    const char *const folders[] = {base->memory, base->pids};
    for (int i = 0; base->version != 0 && i < hierarchies(base); i++)
        sweep_folder(folders[i]);
}
