/* outcomes.c - strings that are counted. */
#include "02_concurrency/interleave/outcomes.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 32, PART_BYTES = 48 };

struct outcome {
    unsigned long executions;
    char text[]; /* "r1=0 r2=1" */
};

static char parts[PARTS_MAX][PART_BYTES];
static int part_count;
static void *tree;

void outcomes_clear(void)
{
    part_count = 0;
}

void outcomes_note(const char *name, long value)
{
    if (part_count == PARTS_MAX) {
        fprintf(stderr, "interleave: an outcome of more than %d parts\n", PARTS_MAX);
        exit(2);
    }
    snprintf(parts[part_count++], PART_BYTES, "%s=%ld", name, value);
}

static int compare_parts(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int compare_outcomes(const void *a, const void *b)
{
    const struct outcome *first = a, *second = b;
    return strcmp(first->text, second->text);
}

void outcomes_add(const char *text, unsigned long executions)
{
    struct outcome *outcome = malloc(sizeof(*outcome) + strlen(text) + 1);
    if (!outcome)
        exit(2);
    outcome->executions = 0;
    strcpy(outcome->text, text);
    struct outcome **found = tsearch(outcome, &tree, compare_outcomes);
    if (!found)
        exit(2);
    (*found)->executions += executions;
    if (*found != outcome)
        free(outcome);
}

void outcomes_keep(void)
{
    char text[PARTS_MAX * (PART_BYTES + 1) + 1] = "";
    qsort(parts, (size_t)part_count, PART_BYTES, compare_parts);
    for (int part = 0; part < part_count; part++) {
        strcat(text, part > 0 ? " " : "");
        strcat(text, parts[part]);
    }
    outcomes_add(text, 1);
}

void outcomes_forget(void)
{
    while (tree) {
        struct outcome *outcome = *(struct outcome **)tree;
        tdelete(outcome, &tree, compare_outcomes);
        free(outcome);
    }
}

static FILE *print_to;

static void print_one(const void *node, VISIT visit, int depth)
{
    const struct outcome *outcome = *(struct outcome *const *)node;
    (void)depth;
    if (visit == postorder || visit == leaf)
        fprintf(print_to, "%8lu  %s\n", outcome->executions, outcome->text);
}

void outcomes_print(FILE *out)
{
    print_to = out;
    twalk(tree, print_one);
}
