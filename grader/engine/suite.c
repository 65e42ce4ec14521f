#include "grader/engine/suite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/listing.h"
#include "grader/engine/runner_protocol.h"
#include "grader/engine/suite_internal.h"
#include "grader/engine/workspace.h"

int suite_begin_part(struct suite *suite, const char *name, struct suite_part **out)
{
    if (suite->count == SUITE_PARTS_MAX)
        return -E2BIG;
    struct suite_part *part = &suite->parts[suite->count++];
    *part = (struct suite_part){.text = ""};
    snprintf(part->name, sizeof(part->name), "%s", name);
    *out = part;
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- headers ---- */

/* Each of a folder's public headers, by name. A folder without any is none. */
static int each_header(const char *folder, int (*visit)(void *context, const char *path),
                       void *context)
{
    struct listing found;
    int failed = listing_find(&found, folder, "*.h");
    for (size_t i = 0; !failed && i < found.count; i++)
        if (workspace_is_header(base_name(found.paths[i])))
            failed = visit(context, found.paths[i]);
    listing_fini(&found);
    return failed;
}

static int add_file(void *context, const char *path)
{
    struct suite_part *part;
    int failed = suite_begin_part(context, base_name(path), &part);
    struct hash *hash = failed ? NULL : hash_begin();
    if (!hash)
        return failed ? failed : -ENOMEM;
    failed = hash_add_file(hash, path);
    hash_end(hash, part->hash);
    return failed;
}

/* With its name, for that is how it is included or opened. */
static int hash_file(void *context, const char *path)
{
    hash_add(context, base_name(path), strlen(base_name(path)) + 1);
    return hash_add_file(context, path);
}

static int add_course_headers(struct suite *suite, const char *root, const char *exercise)
{
    char folder[PATH_MAX];
    const char *chapter;
    struct suite_part *part;
    int failed = suite_begin_part(suite, "course headers", &part);
    struct hash *hash = failed ? NULL : hash_begin();
    if (!hash)
        return failed ? failed : -ENOMEM;
    for (size_t i = 0; !failed && (chapter = workspace_chapter(exercise, i)); i++) {
        hash_add(hash, chapter, strlen(chapter) + 1);
        snprintf(folder, sizeof(folder), "%s/%s", root, chapter);
        failed = each_header(folder, hash_file, hash);
    }
    hash_end(hash, part->hash);
    return failed;
}

/* ---- files ---- */

int suite_add_files(struct suite *suite, const char *kit)
{
    struct listing found;
    struct suite_part *part = NULL;
    int failed = listing_find(&found, kit, "files/*");
    if (!failed && found.count > 0)
        failed = suite_begin_part(suite, "files", &part);
    struct hash *hash = part ? hash_begin() : NULL;
    if (part && !hash)
        failed = -ENOMEM;
    for (size_t i = 0; i < found.count && !failed; i++)
        failed = hash_file(hash, found.paths[i]);
    listing_fini(&found);
    if (hash)
        hash_end(hash, part->hash);
    return failed;
}

/* ---- what explores ---- */

/* The program that the kit's tests under interleave run in, where this machine has it. */
static int add_explorer(struct suite *suite, const char *build_root, const char *exercise)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/kits/%s/" RUNNER_EXPLORER, build_root, exercise) >=
        (int)sizeof(path))
        return -ENAMETOOLONG;
    if (access(path, F_OK) != 0)
        return 0;
    return add_file(suite, path);
}

/* ---- the whole ---- */

static int hash_parts(struct suite *suite)
{
    struct hash *hash = hash_begin();
    if (!hash)
        return -ENOMEM;
    for (size_t i = 0; i < suite->count; i++) {
        hash_add(hash, suite->parts[i].name, strlen(suite->parts[i].name) + 1);
        hash_add(hash, suite->parts[i].hash, sizeof(suite->parts[i].hash));
    }
    hash_end(hash, suite->hash);
    return 0;
}

int suite_read(const char *course_root, const char *build_root, const struct manifest *manifest,
               struct suite *out)
{
    char path[PATH_MAX];
    *out = (struct suite){.count = 0};
    if (snprintf(path, sizeof(path), "%s/exercises/%s/exercise.yaml", course_root,
                 manifest->exercise) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int failed = suite_add_manifest(out, path);
    snprintf(path, sizeof(path), "%s/exercises/%s/starter", course_root, manifest->exercise);
    if (!failed)
        failed = each_header(path, add_file, out);
    if (!failed)
        failed = add_course_headers(out, course_root, manifest->exercise);
    for (int build = 0; build < BUILD_COUNT && !failed; build++) {
        const char *name = manifest_build_name((enum build)build);
        if (!manifest_has_build(manifest, (enum build)build))
            continue;
        if (snprintf(path, sizeof(path), "%s/kits/%s/%s.a", build_root, manifest->exercise, name) >=
            (int)sizeof(path))
            return -ENAMETOOLONG;
        failed = suite_add_kit(out, path, name);
        if (failed == -ENOENT && build == BUILD_INTERLEAVE)
            failed = 0; /* a machine without it: the engine says so where it is needed */
    }
    if (!failed && manifest_has_build(manifest, BUILD_INTERLEAVE))
        failed = add_explorer(out, build_root, manifest->exercise);
    snprintf(path, sizeof(path), "%s/kits/%s", build_root, manifest->exercise); /* shorter */
    if (!failed)
        failed = suite_add_files(out, path);
    return failed ? failed : hash_parts(out);
}

bool suite_describe(const struct suite *suite, struct record *record)
{
    bool done =
        record_set(&record->suite_hash, suite->hash) && record_add_parts(record, suite->count);
    for (size_t i = 0; i < suite->count && done; i++)
        done = record_set(&record->parts[i].name, suite->parts[i].name) &&
               record_set(&record->parts[i].hash, suite->parts[i].hash) &&
               record_set(&record->parts[i].text, suite->parts[i].text);
    return done;
}
