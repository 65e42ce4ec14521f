/* cpu_limit.c - find the control groups of this process, and the least quota on the way up from each.
 *
 *     /proc/self/mountinfo    ... /docker/ab /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
 *                                 what of the hierarchy is mounted, and where
 *     /proc/self/cgroup       4:cpu,cpuacct:/docker/ab/job       the group, from the hierarchy's root
 *                             0::/user.slice/job                 version 2
 *
 * Both together give a folder: /sys/fs/cgroup/cpu/job. Its files, and those of each folder above up to the mount,
 * have the quotas that apply.
 */
#include "02_concurrency/cpu_limit.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 2 * PATH_MAX, CPUS_MAX = 1 << 16 };

/* A mounted hierarchy that has the cpu controller. */
struct hierarchy {
    bool version_2;
    char root[PATH_MAX];  /* the group that is mounted */
    char mount[PATH_MAX]; /* where */
};

static FILE *open_under(const char *root, const char *path)
{
    char whole[2 * PATH_MAX];
    int length = snprintf(whole, sizeof(whole), "%s%s", root, path);
    return length > 0 && (size_t)length < sizeof(whole) ? fopen(whole, "re") : NULL;
}

/* Whether a list like "rw,cpu,cpuacct" names the word. */
static bool names(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

/* ---- one group's quota ---- */

static double cores(double quota_us, double period_us)
{
    return quota_us > 0 && period_us > 0 ? quota_us / period_us : 0;
}

static bool read_number(const char *root, const char *folder, const char *name, double *out)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return false;
    FILE *file = open_under(root, path);
    if (!file)
        return false;
    bool found = fscanf(file, "%lf", out) == 1;
    fclose(file);
    return found;
}

static double group_quota_v1(const char *root, const char *folder)
{
    double quota_us, period_us;
    if (!read_number(root, folder, "cpu.cfs_quota_us", &quota_us) ||
        !read_number(root, folder, "cpu.cfs_period_us", &period_us))
        return 0;
    return cores(quota_us, period_us); /* -1: no limit */
}

static double group_quota_v2(const char *root, const char *folder)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/cpu.max", folder) >= (int)sizeof(path))
        return 0;
    FILE *file = open_under(root, path);
    if (!file)
        return 0;
    double quota_us, period_us;
    bool limited = fscanf(file, "%lf %lf", &quota_us, &period_us) == 2; /* not with "max" */
    fclose(file);
    return limited ? cores(quota_us, period_us) : 0;
}

static double least(double a, double b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* The least quota from the group up to the mount. */
static double quota_on_the_way(const char *root, const struct hierarchy *hierarchy,
                               const char *group)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s%s", hierarchy->mount, group) >= (int)sizeof(folder))
        return 0;
    double quota = 0;
    for (size_t mount_length = strlen(hierarchy->mount);;) {
        quota = least(quota, hierarchy->version_2 ? group_quota_v2(root, folder)
                                                  : group_quota_v1(root, folder));
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= mount_length)
            return quota;
        *slash = '\0';
    }
}

/* ---- which group ---- */

/* A line "4:cpu,cpuacct:/group" of /proc/self/cgroup. Returns: the group if it is this hierarchy's. */
static const char *group_of_line(char *line, const struct hierarchy *hierarchy)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(++controllers, ':') : NULL;
    if (!group)
        return NULL;
    *group++ = '\0';
    bool wanted = hierarchy->version_2 ? *controllers == '\0' : names(controllers, "cpu");
    return wanted ? group : NULL;
}

/* From the group's path in the hierarchy to its path below the mount, which may show a part alone. */
static const char *below_mount(const struct hierarchy *hierarchy, const char *group)
{
    size_t length = strcmp(hierarchy->root, "/") == 0 ? 0 : strlen(hierarchy->root);
    if (strncmp(group, hierarchy->root, length) != 0)
        return ""; /* above what we see: what is mounted is the nearest */
    group += length;
    return strcmp(group, "/") == 0 ? "" : group;
}

static double hierarchy_quota(const char *root, const struct hierarchy *hierarchy)
{
    FILE *file = open_under(root, "/proc/self/cgroup");
    if (!file)
        return 0;
    static _Thread_local char line[LINE_BYTES];
    double quota = 0;
    while (fgets(line, sizeof(line), file)) {
        const char *group = group_of_line(line, hierarchy);
        if (group)
            quota = quota_on_the_way(root, hierarchy, below_mount(hierarchy, group));
    }
    fclose(file);
    return quota;
}

/* "31 23 0:28 ROOT MOUNT rw,relatime shared:1 - TYPE source rw,cpu" */
static bool parse_mount(const char *line, struct hierarchy *out)
{
    char type[32], options[LINE_BYTES];
    const char *separator = strstr(line, " - ");
    _Static_assert(PATH_MAX == 4096, "the widths below are one less");
    if (!separator || sscanf(line, "%*s %*s %*s %4095s %4095s", out->root, out->mount) != 2 ||
        sscanf(separator, " - %31s %*s %8191s", type, options) != 2)
        return false;
    out->version_2 = strcmp(type, "cgroup2") == 0;
    return out->version_2 || (strcmp(type, "cgroup") == 0 && names(options, "cpu"));
}

double cpu_limit_quota(const char *root)
{
    FILE *file = open_under(root, "/proc/self/mountinfo");
    if (!file)
        return 0;
    char line[LINE_BYTES];
    struct hierarchy hierarchy;
    double quota = 0;
    while (fgets(line, sizeof(line), file))
        if (parse_mount(line, &hierarchy))
            quota = least(quota, hierarchy_quota(root, &hierarchy));
    fclose(file);
    return quota;
}

unsigned cpu_limit_affinity(void)
{
    /* The kernel wants a mask for all the cores that it could have, and says EINVAL for less. */
    for (size_t cpus = CPU_SETSIZE; cpus <= CPUS_MAX; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set)
            return 1;
        int failed = sched_getaffinity(0, CPU_ALLOC_SIZE(cpus), set) != 0 ? errno : 0;
        int count = failed ? 0 : CPU_COUNT_S(CPU_ALLOC_SIZE(cpus), set);
        CPU_FREE(set);
        if (count > 0)
            return (unsigned)count;
        if (failed != EINVAL)
            return 1;
    }
    return 1;
}

unsigned cpu_limit_count(void)
{
    unsigned allowed = cpu_limit_affinity();
    double quota = cpu_limit_quota("");
    if (quota <= 0 || quota >= allowed)
        return allowed;
    unsigned whole = (unsigned)quota;
    return whole + (quota > whole);
}
