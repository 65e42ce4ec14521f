#include "grader/verify/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANDLOCK_WITH_SCOPES = 6, ATTACKS_PER_CORE = 3 };

const char hostile_course[] = "grader/hostile/course";
const char hostile_exercise[] = "hostile/target";

static bool waits(const struct sample *sample)
{
    return strncmp(sample->folder, "timeout", strlen("timeout")) == 0 ||
           strstr(sample->shown, "/compile_bomb");
}

static int compare(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    int order = waits(y) - waits(x);
    return order ? order : strcmp(x->path, y->path);
}

int hostile_add(struct samples *samples, const char *root)
{
    char folder[2 * PATH_MAX];
    snprintf(folder, sizeof(folder), "%s/..", root);
    int failed = samples_add(samples, folder, "*/*.c");
    if (samples->count > 0)
        qsort(samples->all, samples->count, sizeof(*samples->all), compare);
    samples->per_core = ATTACKS_PER_CORE; /* many only sleep */
    return failed;
}

/* A layer's word in a record's list, and not that of one which was left out: "without_landlock". */
static bool is_active(const char *layers, const char *layer)
{
    for (const char *at = layers; (at = strstr(at, layer)); at++)
        if (at == layers || at[-1] == ',')
            return true;
    return false;
}

void hostile_expect(struct sample *sample)
{
    static const char *const layers[] = {"namespaces", "seccomp", "landlock", "cgroup"};
    char text[4096], words[64];
    FILE *file = fopen(sample->path, "re");
    size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
        snprintf(words, sizeof(words), "Without %s: ", layers[i]);
        const char *at = strstr(text, words);
        if (!at || is_active(sample->record->layers, layers[i]))
            continue;
        at += strlen(words);
        snprintf(sample->folder, sizeof(sample->folder), "%.*s",
                 (int)strspn(at, "abcdefghijklmnopqrstuvwxyz_"), at);
    }
}

bool hostile_is_held(const struct sandbox_settings *sandbox)
{
    return (sandbox->layers & RUNNER_LAYER_NAMESPACES) ||
           sandbox->landlock_abi >= LANDLOCK_WITH_SCOPES;
}
