#include "grader/release/release.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/course/course.h"

/* A path that could leave the tree, or reach what is the student's, is none of a release's. */
static bool path_may_be_released(const char *path)
{
    static const char *const others[] = {".git", "build", "work", COURSE_RELEASE_FILE};
    if (strlen(path) >= PATH_MAX / 2)
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t length = strlen(others[i]);
        if (strncmp(path, others[i], length) == 0 && (path[length] == '/' || !path[length]))
            return false;
    }
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");
        bool dots = (length == 1 && part[0] == '.') || (length == 2 && strncmp(part, "..", 2) == 0);
        if (length == 0 || dots)
            return false;
        part += length;
        if (!*part)
            return true;
    }
}

int release_add(struct release *release, const char *path, const char *sha256, bool executable)
{
    const char *last = release->count ? release->files[release->count - 1].path : "";
    if (!path_may_be_released(path) || strlen(sha256) != HASH_TEXT_BYTES - 1 ||
        strcmp(last, path) >= 0)
        return -EINVAL;
    struct release_file *file =
        grow((void **)&release->files, release->count, &release->capacity, sizeof(*release->files));
    char *copy = strdup(path);
    if (!file || !copy) {
        free(copy);
        return -ENOMEM;
    }
    file->path = copy;
    file->executable = executable;
    strcpy(file->sha256, sha256);
    release->count++;
    return 0;
}

void release_free(struct release *release)
{
    for (size_t i = 0; i < release->count; i++)
        free(release->files[i].path);
    free(release->files);
    memset(release, 0, sizeof(*release));
}

static int by_path(const void *name, const void *file)
{
    return strcmp(name, ((const struct release_file *)file)->path);
}

const struct release_file *release_find(const struct release *release, const char *path)
{
    return release->count
               ? bsearch(path, release->files, release->count, sizeof(*release->files), by_path)
               : NULL;
}

static int take_file(struct release *release, json_t *item)
{
    const char *path, *sha256;
    int executable;
    if (json_unpack(item, "{s:s, s:s, s:b}", "path", &path, "sha256", &sha256, "executable",
                    &executable) != 0)
        return -EINVAL;
    return release_add(release, path, sha256, executable);
}

static int take(struct release *release, json_t *whole)
{
    const char *version, *commit, *date;
    json_t *files, *item;
    size_t i;
    if (json_unpack(whole, "{s:s, s:s, s:s, s:o}", "syslab", &version, "commit", &commit, "date",
                    &date, "files", &files) != 0 ||
        !json_is_array(files))
        return -EINVAL;
    snprintf(release->version, sizeof(release->version), "%s", version);
    snprintf(release->commit, sizeof(release->commit), "%s", commit);
    snprintf(release->date, sizeof(release->date), "%s", date);
    int failed = 0;
    json_array_foreach(files, i, item) failed = failed ? failed : take_file(release, item);
    return failed;
}

int release_load(const char *root, struct release *out, char *error, size_t error_bytes)
{
    char path[PATH_MAX + sizeof("/" COURSE_RELEASE_FILE)], *text;
    size_t size;
    memset(out, 0, sizeof(*out));
    snprintf(path, sizeof(path), "%s/" COURSE_RELEASE_FILE, root);
    int failed = files_read(path, &text, &size);
    if (failed) {
        snprintf(error, error_bytes, "%s: %s", path, strerror(-failed));
        return failed;
    }
    json_t *whole = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    failed = whole ? take(out, whole) : -EINVAL;
    json_decref(whole);
    if (failed) {
        release_free(out);
        snprintf(error, error_bytes, "%s: expected what ./syslab release writes, found %s", path,
                 failed == -ENOMEM ? "no memory for it" : "something else");
    }
    return failed;
}

static json_t *to_json(const struct release *release)
{
    json_t *files = json_array();
    for (size_t i = 0; files && i < release->count; i++) {
        const struct release_file *file = &release->files[i];
        json_t *item = json_pack("{s:s, s:s, s:b}", "path", file->path, "sha256", file->sha256,
                                 "executable", file->executable);
        if (!item || json_array_append_new(files, item) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "syslab", release->version, "commit", release->commit,
                     "date", release->date, "files", files);
}

int release_save(const struct release *release, const char *root)
{
    char path[PATH_MAX + sizeof("/" COURSE_RELEASE_FILE)];
    json_t *whole = to_json(release);
    char *text = whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
    json_decref(whole);
    if (!text)
        return -ENOMEM;
    size_t length = strlen(text);
    text[length] = '\n'; /* in the place of the zero byte */
    snprintf(path, sizeof(path), "%s/" COURSE_RELEASE_FILE, root);
    int failed = files_write(path, text, length + 1);
    free(text);
    return failed;
}
