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

/* The sanitizers' own functions, which would tell them what not to look at. The compiler calls them, and nobody
 * else has to, but for one that the course's tagged.h declares. */
static bool is_runtime(const char *name, size_t length)
{
    static const char *const prefixes[] = {"__asan_",  "__tsan_",      "__lsan_",
                                           "__ubsan_", "__sanitizer_", "llvm."};
    static const char wide[] = "__tsan_atomic128_";
    if (length > strlen(wide) && memcmp(name, wide, strlen(wide)) == 0)
        return false;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (length >= strlen(prefixes[i]) && memcmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Memory that is reached by them is not looked at. A pause reaches none, and waiting loops have it. */
static bool is_blind(const struct c_attributes *walk)
{
    return is_runtime(walk->word, walk->length) ||
           (begins(walk, "__builtin_ia32_") && !c_attributes_is(walk, "builtin_ia32_pause")) ||
           (begins(walk, "__seg_") && walk->length == strlen("__seg_fs"));
}

/* The beginning of a label, which may be several strings. */
struct label {
    char text[24];
    size_t length;
};

/* A function by another name; clang takes one whose label begins with "llvm." for an instruction. */
static bool is_renamed(const struct c_attributes *walk, struct label *label)
{
    if (!walk->inside || walk->told || walk->word[0] != '"') {
        label->length = 0;
        return false;
    }
    for (size_t i = 1; i + 1 < walk->length && label->length < sizeof(label->text); i++)
        label->text[label->length++] = walk->word[i];
    return is_runtime(label->text, label->length);
}

/* What gcc expands in place whatever it was told: -fno-builtin is about the names without the prefix. */
static bool is_copy(const struct c_attributes *walk)
{
    static const char prefix[] = "__builtin_";
    static const char *const rest[] = {
        "memcpy",        "memmove",       "memset",        "memcmp",       "mempcpy",
        "memcpy_inline", "bcopy",         "bzero",         "bcmp",         "strcpy",
        "stpcpy",        "strncpy",       "stpncpy",       "strcat",       "strncat",
        "sprintf",       "snprintf",      "clear_padding", "__memcpy_chk", "__memmove_chk",
        "__memset_chk",  "__mempcpy_chk", "__strcpy_chk",  "__stpcpy_chk", "__strncpy_chk",
        "__strcat_chk",  "memset_inline"};
    if (!begins(walk, prefix))
        return false;
    size_t length = walk->length - strlen(prefix);
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        if (strlen(rest[i]) == length && memcmp(walk->word + strlen(prefix), rest[i], length) == 0)
            return true;
    return false;
}

bool switch_off_find_copies(const char *text, char *name, size_t name_bytes)
{
    struct c_attributes walk = {.at = text};
    while (c_attributes_next(&walk))
        if (is_copy(&walk)) {
            snprintf(name, name_bytes, "%.*s", (int)walk.length, walk.word);
            return true;
        }
    return false;
}

bool switch_off_find(const char *text, char *name, size_t name_bytes)
{
    struct c_attributes walk = {.at = text};
    struct label label = {.length = 0};
    bool after_gcc = false;
    while (c_attributes_next(&walk)) {
        bool found = is_blind(&walk) || is_renamed(&walk, &label) ||
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
