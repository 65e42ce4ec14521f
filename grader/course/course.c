#include "grader/course/course.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/base/listing.h"
#include "grader/build_config.h"
#include "grader/course/manifest.h"

static int find_folder(const char *variable, const char *built_in, char out[PATH_MAX], char *error,
                       size_t error_bytes)
{
    const char *named = getenv(variable);
    const char *path = named && *named ? named : built_in;
    struct stat status;
    int failed = 0;
    if (!realpath(path, out))
        failed = -errno;
    else if (stat(out, &status) != 0)
        failed = -errno;
    else if (!S_ISDIR(status.st_mode))
        failed = -ENOTDIR;
    if (failed)
        snprintf(error, error_bytes, "%s: %s. Set %s to the right folder.", path, strerror(-failed),
                 variable);
    return failed;
}

int course_find(struct course *out, char *error, size_t error_bytes)
{
    int failed = find_folder("SYSLAB_ROOT", BUILD_CONFIG_ROOT, out->root, error, error_bytes);
    if (failed)
        return failed;
    return find_folder("SYSLAB_BUILD", BUILD_CONFIG_BUILD, out->build, error, error_bytes);
}

bool course_is_release(const char *root)
{
    char path[PATH_MAX + sizeof("/" COURSE_RELEASE_FILE)];
    struct stat status;
    snprintf(path, sizeof(path), "%s/" COURSE_RELEASE_FILE, root);
    return stat(path, &status) == 0;
}

void course_free_names(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
}

/* What ordering needs to know of one exercise. */
struct candidate {
    char *name;
    struct manifest *manifest; /* NULL where it cannot be read: no prerequisites */
    bool taken;
};

static bool is_taken(const struct candidate *all, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].taken;
    return true; /* not in this course: nothing to wait for */
}

static bool is_ready(const struct candidate *all, size_t count, const struct candidate *one)
{
    for (size_t i = 0; one->manifest && i < one->manifest->prerequisite_count; i++)
        if (!is_taken(all, count, one->manifest->prerequisites[i]))
            return false;
    return true;
}

/* The first ready candidate by name; in a cycle none is ready, and the first that is left is taken.
 */
static struct candidate *next_candidate(struct candidate *all, size_t count)
{
    struct candidate *left = NULL;
    for (size_t i = 0; i < count; i++) {
        if (all[i].taken)
            continue;
        if (is_ready(all, count, &all[i]))
            return &all[i];
        left = left ? left : &all[i];
    }
    return left;
}

static void order(struct candidate *all, size_t count, char **names)
{
    for (size_t i = 0; i < count; i++) {
        struct candidate *next = next_candidate(all, count);
        next->taken = true;
        names[i] = next->name;
    }
}

static int load_candidates(const struct course *course, const struct listing *found,
                           struct candidate *all)
{
    size_t skip = strlen(course->root) + strlen("/exercises/");
    for (size_t i = 0; i < found->count; i++) {
        const char *start = found->paths[i] + skip;
        all[i].name = strndup(start, strlen(start) - strlen("/exercise.yaml"));
        if (!all[i].name)
            return -ENOMEM;
        char ignored[1];
        manifest_load(course->root, all[i].name, &all[i].manifest, ignored, sizeof(ignored));
    }
    return 0;
}

int course_exercises(const struct course *course, char ***names, size_t *count)
{
    struct listing found;
    int failed = listing_find(&found, course->root, "exercises/*/*/exercise.yaml");
    if (failed)
        return failed;
    size_t total = found.count;
    struct candidate *all = calloc(total + 1, sizeof(*all));
    char **ordered = calloc(total + 1, sizeof(*ordered));
    failed = all && ordered ? 0 : -ENOMEM;
    if (!failed && total > 0)
        failed = load_candidates(course, &found, all);
    if (!failed)
        order(all, total, ordered);
    for (size_t i = 0; all && i < total; i++) {
        manifest_free(all[i].manifest);
        if (failed)
            free(all[i].name);
    }
    free(all);
    listing_fini(&found);
    if (failed) {
        free(ordered);
        return failed;
    }
    *names = ordered;
    *count = total;
    return 0;
}
