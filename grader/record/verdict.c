#include "grader/record/verdict.h"

#include <stddef.h>
#include <string.h>

static const char *const names[VERDICT_COUNT] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "fail",
    [VERDICT_COMPILE_ERROR] = "compile_error",
    [VERDICT_TIMEOUT_CPU] = "timeout_cpu",
    [VERDICT_TIMEOUT_WALL] = "timeout_wall",
    [VERDICT_MEMORY_LIMIT] = "memory_limit",
    [VERDICT_OUTPUT_LIMIT] = "output_limit",
    [VERDICT_SIGNAL] = "signal",
    [VERDICT_RACE] = "race",
    [VERDICT_LEAK] = "leak",
    [VERDICT_UNDEFINED] = "undefined",
    [VERDICT_DEADLOCK] = "deadlock",
    [VERDICT_FORGED] = "forged",
    [VERDICT_SKIPPED] = "skipped",
    [VERDICT_GRADER_ERROR] = "grader_error",
};

#define BIT(verdict) (1u << (verdict))

/* Which verdicts a folder's name stands for. */
static const struct {
    const char *folder;
    unsigned verdicts;
} folders[] = {
    {"accepted", BIT(VERDICT_PASS)},
    {"solution", BIT(VERDICT_PASS)},
    {"starter", BIT(VERDICT_FAIL)},
    {"wrong", BIT(VERDICT_FAIL) | BIT(VERDICT_COMPILE_ERROR)},
    {"race", BIT(VERDICT_RACE)},
    {"leak", BIT(VERDICT_LEAK)},
    {"crash", BIT(VERDICT_SIGNAL) | BIT(VERDICT_UNDEFINED)},
    {"timeout", BIT(VERDICT_TIMEOUT_CPU) | BIT(VERDICT_TIMEOUT_WALL)},
    {"deadlock", BIT(VERDICT_DEADLOCK)},
    {"cheat", BIT(VERDICT_FORGED) | BIT(VERDICT_COMPILE_ERROR)},
};

const char *verdict_name(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? names[verdict] : "unknown";
}

bool verdict_parse(const char *name, enum verdict *out)
{
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum verdict)i;
            return true;
        }
    }
    return false;
}

bool verdict_matches_folder(enum verdict verdict, const char *folder)
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (strcmp(folder, folders[i].folder) == 0)
            return folders[i].verdicts & BIT(verdict);
    /* grader/hostile/ names its folders by the verdict itself. */
    enum verdict named;
    return verdict_parse(folder, &named) && named == verdict;
}
