#include "grader/release/release_hidden.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/listing.h"
#include "grader/course/course.h"
#include "grader/course/manifest.h"

/* Where a complaint goes. */
struct complaint {
    char *error;
    size_t error_bytes;
};

static int check_source(const char *path, const struct manifest *manifest,
                        const struct complaint *to)
{
    char *text = NULL, quoted[256];
    size_t size;
    int failed = files_read(path, &text, &size);
    for (size_t i = 0; i < manifest->test_count && !failed; i++) {
        const struct manifest_test *test = &manifest->tests[i];
        snprintf(quoted, sizeof(quoted), "\"%s\"", test->name);
        if (!test->hidden || !memmem(text, size, quoted, strlen(quoted)))
            continue;
        snprintf(to->error, to->error_bytes,
                 "exercises/%s: test '%s' is marked hidden, and tests/%s has it. Move it to "
                 "tests/hidden/",
                 manifest->exercise, test->name, strrchr(path, '/') + 1);
        failed = -EINVAL;
    }
    free(text);
    return failed;
}

static int check_exercise(const char *tree, const struct manifest *manifest,
                          const struct complaint *to)
{
    char folder[PATH_MAX];
    struct listing found;
    if (snprintf(folder, sizeof(folder), "%s/exercises/%s/tests", tree, manifest->exercise) >=
        (int)sizeof(folder))
        return -ENAMETOOLONG;
    int failed = listing_find(&found, folder, "*.[ch]");
    if (!failed && found.count == 0) { /* a guard that sees nothing guards nothing */
        snprintf(to->error, to->error_bytes,
                 "exercises/%s/tests: expected the visible tests, *.c, and found none",
                 manifest->exercise);
        return -EINVAL;
    }
    for (size_t i = 0; i < found.count && !failed; i++)
        failed = check_source(found.paths[i], manifest, to);
    listing_fini(&found);
    return failed;
}

int release_hidden_check(const char *course_root, const char *tree, char *error, size_t error_bytes)
{
    const struct complaint to = {error, error_bytes};
    struct course course = {.build = ""};
    char **names;
    size_t count;
    snprintf(course.root, sizeof(course.root), "%s", course_root);
    int failed = course_exercises(&course, &names, &count);
    if (failed)
        return failed;
    for (size_t i = 0; i < count && !failed; i++) {
        struct manifest *manifest;
        failed = manifest_load(course_root, names[i], &manifest, error, error_bytes);
        if (!failed)
            failed = check_exercise(tree, manifest, &to);
        manifest_free(manifest);
    }
    course_free_names(names, count);
    return failed;
}
