/* mutant.c - the list of mutants: each with its place, its text and its name. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/base/text.h"
#include "grader/verify/mutant_internal.h"

/* ---- one more ---- */

static size_t count_lines(const char *text, size_t length)
{
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Runs of white space become one space; none at the ends. */
static void append_squeezed(struct text *out, const char *text, size_t length)
{
    bool space = false;
    for (size_t i = 0; i < length; i++) {
        if (isspace((unsigned char)text[i])) {
            space = out->length > 0;
            continue;
        }
        if (space)
            text_append_bytes(out, " ", 1);
        space = false;
        text_append_bytes(out, text + i, 1);
    }
}

/* The whole line around a place, without the space around it. */
static char *line_around(const struct maker *maker, size_t offset)
{
    size_t begin = offset, end = offset;
    while (begin > 0 && maker->source[begin - 1] != '\n')
        begin--;
    while (end < maker->source_length && maker->source[end] != '\n')
        end++;
    while (begin < end && isspace((unsigned char)maker->source[begin]))
        begin++;
    while (end > begin && isspace((unsigned char)maker->source[end - 1]))
        end--;
    return strndup(maker->source + begin, end - begin);
}

static char *describe(const char *old, size_t old_length, const char *replacement)
{
    struct text change = {NULL, 0, 0, false};
    append_squeezed(&change, old, old_length);
    text_append(&change, " ->");
    if (replacement[strspn(replacement, " \n")]) {
        text_append(&change, " ");
        append_squeezed(&change, replacement, strlen(replacement));
    }
    if (!change.failed)
        return change.data;
    text_fini(&change);
    return NULL;
}

static unsigned count_alike(const struct mutants *mutants, const struct mutant *one)
{
    unsigned alike = 0;
    for (size_t i = 0; i < mutants->count; i++)
        alike += strcmp(mutants->all[i].operator, one->operator) == 0 &&
                 strcmp(mutants->all[i].text, one->text) == 0 &&
                 strcmp(mutants->all[i].change, one->change) == 0;
    return alike;
}

static void fini_mutant(struct mutant *mutant)
{
    free(mutant->replacement);
    free(mutant->text);
    free(mutant->change);
}

void mutant_add(struct maker *maker, const char *operator, size_t first, size_t last,
                const char *format, ...)
{
    const struct c_token *begin = &maker->tokens.tokens[first], *end = &maker->tokens.tokens[last];
    struct mutant one = {.operator= operator,
                         .offset = begin->offset,
                         .length = end->offset + end->length - begin->offset,
                         .line = begin->line};
    const char *old = maker->source + one.offset;
    va_list args;
    va_start(args, format);
    int wrote = vasprintf(&one.replacement, format, args);
    va_end(args);
    if (wrote < 0)
        one.replacement = NULL;
    one.text = line_around(maker, one.offset);
    one.change = one.replacement ? describe(old, one.length, one.replacement) : NULL;
    size_t lost = count_lines(old, one.length);
    size_t kept = one.replacement ? count_lines(one.replacement, (size_t)wrote) : 0;
    char *longer = lost > kept ? realloc(one.replacement, (size_t)wrote + lost - kept + 1) : NULL;
    if (longer) {
        memset(longer + wrote, '\n', lost - kept);
        longer[(size_t)wrote + lost - kept] = '\0';
        one.replacement = longer;
    }
    struct mutant *place = NULL;
    if (one.change && one.text && (longer || lost <= kept))
        place = grow((void **)&maker->out->all, maker->out->count, &maker->capacity, sizeof(one));
    if (!place) {
        fini_mutant(&one);
        maker->failed = true;
        return;
    }
    one.occurrence = count_alike(maker->out, &one) + 1;
    *place = one;
    maker->out->count++;
}

/* ---- all ---- */

bool mutant_is(const struct maker *maker, size_t index, const char *spelling)
{
    return index < maker->tokens.count && c_token_is(&maker->tokens.tokens[index], spelling);
}

bool mutant_is_one_of(const struct maker *maker, size_t index, const char *const *spellings)
{
    for (; *spellings; spellings++)
        if (mutant_is(maker, index, *spellings))
            return true;
    return false;
}

static int make_all(struct maker *maker)
{
    size_t count = maker->tokens.count;
    maker->match = calloc(count + 1, sizeof(*maker->match));
    maker->parent = calloc(count + 1, sizeof(*maker->parent));
    maker->ground = calloc(count + 1, sizeof(*maker->ground));
    if (!maker->match || !maker->parent || !maker->ground)
        return -ENOMEM;
    mutant_ground(maker);
    for (size_t i = 0; i < count && !maker->failed; i++) {
        if (maker->ground[i] == GROUND_CODE)
            mutant_statements(maker, i);
        if (maker->ground[i] != GROUND_QUIET)
            mutant_tokens(maker, i);
        mutant_assembly(maker, i);
    }
    return maker->failed ? -ENOMEM : 0;
}

int mutants_make(const char *source, size_t length, struct mutants *out)
{
    struct maker maker = {.source = source, .source_length = length, .out = out};
    *out = (struct mutants){.all = NULL};
    int failed = c_tokens_read(source, length, &maker.tokens);
    if (!failed)
        failed = make_all(&maker);
    free(maker.match);
    free(maker.parent);
    free(maker.ground);
    free(maker.bodies);
    c_tokens_fini(&maker.tokens);
    if (failed)
        mutants_free(out);
    return failed;
}

void mutants_free(struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++)
        fini_mutant(&mutants->all[i]);
    free(mutants->all);
    *mutants = (struct mutants){.all = NULL};
}

char *mutant_apply(const struct mutant *mutant, const char *source, size_t length)
{
    size_t added = strlen(mutant->replacement);
    size_t after = mutant->offset + mutant->length;
    char *text = malloc(length - mutant->length + added + 1);
    if (!text)
        return NULL;
    memcpy(text, source, mutant->offset);
    memcpy(text + mutant->offset, mutant->replacement, added);
    memcpy(text + mutant->offset + added, source + after, length - after);
    text[length - mutant->length + added] = '\0';
    return text;
}
