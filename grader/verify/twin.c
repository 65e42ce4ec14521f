#include "grader/verify/twin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/hash.h"
#include "grader/engine/engine_internal.h"
#include "grader/engine/workspace.h"

struct twin_place {
    const struct manifest *manifest;
    struct toolchain toolchain; /* the engine's, with two flags more */
    struct sandbox *sandbox;
    char folder[PATH_MAX], path[PATH_MAX + 128];
    int lock;
};

static int add_flags(struct toolchain *toolchain)
{
    for (int build = 0; build < BUILD_COUNT; build++) {
        const char **flags = toolchain->flags[build];
        size_t count = 0;
        while (flags[count])
            count++;
        if (count + 3 > TOOLCHAIN_FLAGS_MAX)
            return -E2BIG;
        flags[count] = "-g0";
        flags[count + 1] = "-fsanitize-undefined-trap-on-error";
        flags[count + 2] = NULL;
    }
    return 0;
}

int twin_open(struct engine *engine, const struct manifest *manifest, struct twin_place **out,
              char *error, size_t error_bytes)
{
    const struct source nothing = {.text = (char *)"", .length = 0};
    struct twin_place *place = calloc(1, sizeof(*place));
    if (!place)
        return -ENOMEM;
    place->manifest = manifest;
    place->toolchain = engine->toolchain;
    int failed = add_flags(&place->toolchain);
    if (!failed)
        failed =
            workspace_create(engine->course_root, manifest, &nothing, place->folder, &place->lock);
    if (failed) {
        snprintf(error, error_bytes, "no place to compile in: %s", strerror(-failed));
        free(place);
        return failed;
    }
    snprintf(place->path, sizeof(place->path), "%s/%s", place->folder, manifest->file);
    failed = sandbox_open(&engine->sandbox, place->folder, place->folder, &place->sandbox, error,
                          error_bytes);
    if (failed) {
        workspace_destroy(place->folder, place->lock);
        free(place);
        return failed;
    }
    *out = place;
    return 0;
}

void twin_close(struct twin_place *place)
{
    if (!place)
        return;
    sandbox_close(place->sandbox);
    workspace_destroy(place->folder, place->lock);
    free(place);
}

int twin_write(struct twin_place *place, const char *text, const char **path)
{
    *path = place->path;
    FILE *file = fopen(place->path, "we");
    if (!file)
        return -errno;
    int failed = fputs(text, file) < 0 ? -errno : 0;
    if (fclose(file) != 0 && !failed)
        failed = -errno;
    return failed;
}

static int hash_output(struct twin_place *place, enum build build, char key[65])
{
    char path[PATH_MAX + 16], *text;
    size_t size;
    snprintf(path, sizeof(path), "%s/%s.s", place->folder, manifest_build_name(build));
    int failed = files_read(path, &text, &size);
    if (failed)
        return failed;
    failed = hash_bytes(text, size, key);
    free(text);
    return failed;
}

int twin_compile(struct twin_place *place, enum build build, char key[65])
{
    struct toolchain_result result;
    key[0] = '\0';
    int failed = toolchain_compile(&place->toolchain, place->sandbox, place->manifest, build, false,
                                   &result);
    if (failed)
        return failed;
    bool done = result.done;
    text_fini(&result.messages);
    return done ? hash_output(place, build, key) : 0;
}
