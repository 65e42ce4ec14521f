#include "grader/inspect/switch_off.h"

#include <stdio.h>
#include <string.h>

#include "grader/inspect/c_attributes.h"

static bool begins(const struct c_attributes *walk, const char *with)
{
    return walk->length >= strlen(with) && memcmp(walk->word, with, strlen(with)) == 0;
}

/* Attributes that take a function out of a sanitizer's sight, or give it instructions that are. */
static bool is_switch(const struct c_attributes *walk)
{
    static const char *const names[] = {"no_sanitize",
                                        "no_sanitize_address",
                                        "no_sanitize_thread",
                                        "no_sanitize_memory",
                                        "no_sanitize_undefined",
                                        "no_sanitize_coverage",
                                        "no_address_safety_analysis",
                                        "disable_sanitizer_instrumentation"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (c_attributes_is(walk, names[i]))
            return true;
    return c_attributes_calls(walk, "target") || c_attributes_calls(walk, "target_clones");
}

/* Memory that is reached by them is not looked at. A pause reaches none, and waiting loops have it. */
static bool is_blind(const struct c_attributes *walk)
{
    return (begins(walk, "__builtin_ia32_") && !c_attributes_is(walk, "builtin_ia32_pause")) ||
           (begins(walk, "__seg_") && walk->length == strlen("__seg_fs"));
}

/* The beginning of a label, which may be several strings. */
struct label {
    char text[8];
    size_t length;
};

/* clang takes a function with such a label for an instruction. */
static bool is_instruction(const struct c_attributes *walk, struct label *label)
{
    static const char wanted[] = "llvm.";
    if (!walk->inside || walk->told || walk->word[0] != '"') {
        label->length = 0;
        return false;
    }
    for (size_t i = 1; i + 1 < walk->length && label->length < sizeof(label->text); i++)
        label->text[label->length++] = walk->word[i];
    return label->length >= strlen(wanted) && memcmp(label->text, wanted, strlen(wanted)) == 0;
}

bool switch_off_find(const char *text, char *name, size_t name_bytes)
{
    struct c_attributes walk = {.at = text};
    struct label label = {.length = 0};
    bool after_gcc = false;
    while (c_attributes_next(&walk)) {
        bool found = is_blind(&walk) || is_instruction(&walk, &label) ||
                     (walk.inside && is_switch(&walk)) ||
                     (after_gcc && c_attributes_is(&walk, "target"));
        if (found) {
            snprintf(name, name_bytes, "%.*s", (int)walk.length, walk.word); /* cut to fit */
            return true;
        }
        /* #pragma GCC target, also where it came from a _Pragma */
        after_gcc = walk.length == 3 && memcmp(walk.word, "GCC", 3) == 0;
    }
    return false;
}
