/* cgroup_base.c - where on this machine a grader can make control groups: below its own group, in
 * version 2 if the memory and pids controllers are there, else in version 1.
 *
 * /proc/self/cgroup says which group we are in, as a path in its hierarchy; /proc/self/mountinfo says
 * where the hierarchy, or a part of it, is mounted.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/engine/cgroup_internal.h"

/* Version 2 hands controllers to groups only where no process is beside them. */
static const char leaf[] = "grader.syslab";

__attribute__((format(printf, 2, 3))) static void none(struct cgroup_base *base, const char *format,
                                                       ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(base->reason, sizeof(base->reason), format, args);
    va_end(args);
    base->version = 0;
}

/* Whether a list separated by any of the separators has the word. */
static bool has_word(const char *list, const char *word, const char *separators)
{
    size_t length = strlen(word);
    for (; *list; list += strspn(list, separators)) {
        size_t span = strcspn(list, separators);
        if (span == length && memcmp(list, word, length) == 0)
            return true;
        list += span;
    }
    return false;
}

/* ---- our own group ---- */

/* controller: "" for version 2. Lines are "4:memory:/path"; version 2's is "0::/path". */
static bool find_own_path(const char *controller, char out[PATH_MAX])
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && !found && getline(&line, &capacity, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        found = *controller ? has_word(names + 1, controller, ",") : names[1] == '\0';
        if (found)
            snprintf(out, PATH_MAX, "%s", path);
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

/* One line of mountinfo: "31 23 0:28 ROOT POINT options ... - TYPE source SUPEROPTIONS". */
static bool parse_mount(const char *line, const char *controller, char root[PATH_MAX],
                        char point[PATH_MAX])
{
    char type[32], options[256];
    const char *rest = strstr(line, " - ");
    return rest && sscanf(line, "%*d %*d %*s %4095s %4095s", root, point) == 2 &&
           sscanf(rest, " - %31s %*s %255s", type, options) == 2 &&
           strcmp(type, *controller ? "cgroup" : "cgroup2") == 0 &&
           (!*controller || has_word(options, controller, ","));
}

/* Where our own group is to be seen. */
static bool find_own_folder(const char *controller, char out[PATH_MAX])
{
    char own[PATH_MAX], root[PATH_MAX], point[PATH_MAX], *line = NULL;
    size_t capacity = 0;
    bool found = false;
    if (!find_own_path(controller, own))
        return false;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    while (file && !found && getline(&line, &capacity, file) >= 0) {
        if (!parse_mount(line, controller, root, point))
            continue;
        size_t skip = strcmp(root, "/") == 0 ? 0 : strlen(root);
        const char *below = strncmp(own, root, skip) == 0 ? own + skip : "/";
        found =
            strstr(below, "/..") == NULL && (*below == '/' || *below == '\0') &&
            snprintf(out, PATH_MAX, "%s%s", point, strcmp(below, "/") == 0 ? "" : below) < PATH_MAX;
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

/* ---- version 2 ---- */

static bool hands_out(const char *folder, const char *file)
{
    char text[1024];
    return cgroup_read(folder, file, text, sizeof(text)) == 0 && has_word(text, "memory", " \n") &&
           has_word(text, "pids", " \n");
}

/* Whether this process is the only one in the group: others are not ours to move. */
static bool is_alone(const char *folder)
{
    char text[64], own[32];
    snprintf(own, sizeof(own), "%d\n", (int)getpid());
    return cgroup_read(folder, "cgroup.procs", text, sizeof(text)) == 0 && strcmp(text, own) == 0;
}

static int move_to_leaf(struct cgroup_base *base)
{
    char folder[PATH_MAX + 32];
    snprintf(folder, sizeof(folder), "%s/%s", base->memory, leaf);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return -errno;
    int failed = cgroup_write(folder, "cgroup.procs", "0");
    if (!failed)
        failed = cgroup_write(base->memory, "cgroup.subtree_control", "+memory +pids");
    base->moved = !failed;
    if (failed) {
        cgroup_write(base->memory, "cgroup.procs", "0");
        rmdir(folder);
    }
    return failed;
}

static int hand_out(struct cgroup_base *base)
{
    if (hands_out(base->memory, "cgroup.subtree_control"))
        return 0;
    int failed = cgroup_write(base->memory, "cgroup.subtree_control", "+memory +pids");
    if (failed == -EBUSY && is_alone(base->memory))
        failed = move_to_leaf(base);
    return failed;
}

/* An engine that is the second of its process, or a child of a grader, stands in the leaf already. */
static void leave_leaf(char *folder)
{
    char *last = strrchr(folder, '/');
    if (last && strcmp(last + 1, leaf) == 0)
        *last = '\0';
}

static bool init_second(struct cgroup_base *base)
{
    if (!find_own_folder("", base->memory))
        return false;
    leave_leaf(base->memory);
    if (!hands_out(base->memory, "cgroup.controllers"))
        return false;
    int failed = hand_out(base);
    snprintf(base->pids, sizeof(base->pids), "%s", base->memory);
    base->version = 2;
    if (failed)
        none(base, "%s does not hand out its memory and pids controllers: %s", base->memory,
             failed == -EBUSY ? "other processes are in it" : strerror(-failed));
    return true;
}

/* ---- both ---- */

static void init_first(struct cgroup_base *base)
{
    base->version = 1;
    if (!find_own_folder("memory", base->memory))
        none(base, "no memory controller, neither in version 2 nor in version 1");
    else if (!find_own_folder("pids", base->pids))
        none(base, "no pids controller, neither in version 2 nor in version 1");
}

static void try_once(struct cgroup_base *base)
{
    struct cgroup group;
    int failed = cgroup_create(base, 64 << 20, 16, &group);
    if (!failed)
        cgroup_destroy(&group);
    else
        none(base, "no group can be made in %s: %s", base->memory, strerror(-failed));
}

void cgroup_base_init(struct cgroup_base *base)
{
    *base = (struct cgroup_base){.version = 0};
    if (!init_second(base))
        init_first(base);
    cgroup_sweep(base);
    if (base->version != 0)
        try_once(base);
}

void cgroup_base_fini(struct cgroup_base *base)
{
    char folder[PATH_MAX + 32];
    if (!base->moved)
        return;
    snprintf(folder, sizeof(folder), "%s/%s", base->memory, leaf);
    cgroup_write(base->memory, "cgroup.subtree_control", "-memory -pids");
    cgroup_write(base->memory, "cgroup.procs", "0");
    rmdir(folder);
    base->moved = false;
}
