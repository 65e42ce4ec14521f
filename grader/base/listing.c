#include "grader/base/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"

static int add(struct listing *listing, const char *path)
{
    char *copy = strdup(path);
    char **slot = copy ? grow((void **)&listing->paths, listing->count, &listing->capacity,
                              sizeof(*listing->paths))
                       : NULL;
    if (!slot) {
        free(copy);
        return -ENOMEM;
    }
    *slot = copy;
    listing->count++;
    return 0;
}

static int descend(struct listing *listing, const char *folder, const char *pattern);

/* rest: the pattern's further parts, NULL after the last. */
static int take(struct listing *listing, const char *folder, const char *name, const char *rest)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    return rest ? descend(listing, path, rest) : add(listing, path);
}

static int descend(struct listing *listing, const char *folder, const char *pattern)
{
    char part[NAME_MAX + 1];
    size_t length = strcspn(pattern, "/");
    if (length >= sizeof(part))
        return -ENAMETOOLONG;
    snprintf(part, sizeof(part), "%.*s", (int)length, pattern);
    DIR *stream = opendir(folder);
    if (!stream)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    int failed = 0;
    while (!failed) {
        errno = 0; /* readdir says NULL for an error and for the end */
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            failed = -errno;
            break;
        }
        if (fnmatch(part, entry->d_name, FNM_PERIOD) == 0)
            failed =
                take(listing, folder, entry->d_name, pattern[length] ? pattern + length + 1 : NULL);
    }
    closedir(stream);
    return failed;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int listing_find(struct listing *out, const char *folder, const char *pattern)
{
    *out = (struct listing){.paths = NULL};
    int failed = descend(out, folder, pattern);
    if (failed)
        listing_fini(out);
    else if (out->count > 0)
        qsort(out->paths, out->count, sizeof(*out->paths), by_name);
    return failed;
}

void listing_fini(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->paths[i]);
    free(listing->paths);
    *listing = (struct listing){.paths = NULL};
}
