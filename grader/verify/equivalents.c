#include "grader/verify/equivalents.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/course/manifest_internal.h"

struct raw_equivalents {
    struct equivalent *all;
    unsigned all_count;
};

static const cyaml_schema_field_t equivalent_fields[] = {
    CYAML_FIELD_STRING_PTR("operator", CYAML_FLAG_POINTER, struct equivalent, operator, 1, 40),
    CYAML_FIELD_STRING_PTR("line", CYAML_FLAG_POINTER, struct equivalent, line, 1, 400),
    CYAML_FIELD_STRING_PTR("change", CYAML_FLAG_POINTER, struct equivalent, change, 1, 2000),
    CYAML_FIELD_UINT("occurrence", CYAML_FLAG_OPTIONAL, struct equivalent, occurrence),
    CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_POINTER, struct equivalent, reason, 1, 1000),
    CYAML_FIELD_END};

static const cyaml_schema_value_t equivalent_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct equivalent, equivalent_fields)};

static const cyaml_schema_field_t fields[] = {CYAML_FIELD_SEQUENCE("equivalent", CYAML_FLAG_POINTER,
                                                                   struct raw_equivalents, all,
                                                                   &equivalent_value, 0, 1000),
                                              CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_equivalents, fields)};

static bool is_same(const struct equivalent *one, const struct equivalent *other)
{
    unsigned occurrence = other->occurrence ? other->occurrence : 1;
    return strcmp(one->operator, other->operator) == 0 && strcmp(one->line, other->line) == 0 &&
           strcmp(one->change, other->change) == 0 &&
           (one->occurrence ? one->occurrence : 1) == occurrence;
}

static int check_twice(const struct equivalents *equivalents, const char *shown, char *error,
                       size_t error_bytes)
{
    for (unsigned i = 0; i < equivalents->count; i++)
        for (unsigned j = 0; j < i; j++)
            if (is_same(&equivalents->all[i], &equivalents->all[j])) {
                snprintf(error, error_bytes, "%s: listed twice: %s, %s, %s", shown,
                         equivalents->all[i].operator, equivalents->all[i].line,
                         equivalents->all[i].change);
                return -EINVAL;
            }
    return 0;
}

int equivalents_load(const char *root, const char *exercise, struct equivalents *out, char *error,
                     size_t error_bytes)
{
    char path[PATH_MAX], shown[400], *text;
    size_t size;
    void *loaded;
    *out = (struct equivalents){.all = NULL};
    snprintf(shown, sizeof(shown), "exercises/%s/solution/mutants.yaml", exercise);
    if (snprintf(path, sizeof(path), "%s/%s", root, shown) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int failed = files_read(path, &text, &size);
    if (failed == -ENOENT)
        return 0;
    if (failed) {
        snprintf(error, error_bytes, "%s: %s", path, strerror(-failed));
        return failed;
    }
    const struct manifest_complaint complaint = {shown, text, error, error_bytes,
                                                 "grader/verify/equivalents.h"};
    failed = manifest_parse(&complaint, &schema, &loaded);
    free(text);
    if (failed)
        return failed;
    const struct raw_equivalents *raw = loaded;
    *out = (struct equivalents){raw->all, raw->all_count, loaded};
    failed = check_twice(out, shown, error, error_bytes);
    if (failed)
        equivalents_free(out);
    return failed;
}

void equivalents_free(struct equivalents *equivalents)
{
    manifest_parse_free(&schema, equivalents->loaded);
    *equivalents = (struct equivalents){.all = NULL};
}

const struct equivalent *equivalents_find(const struct equivalents *equivalents,
                                          const struct mutant *mutant)
{
    const struct equivalent wanted = {(char *)mutant->operator, mutant->text, mutant->change, NULL,
                                      mutant->occurrence};
    for (unsigned i = 0; i < equivalents->count; i++)
        if (is_same(&equivalents->all[i], &wanted))
            return &equivalents->all[i];
    return NULL;
}
