#include "grader/inspect/assembly.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/inspect/c_attributes.h"

/* ---- asm statements ---- */

/* "\t.loc FILE LINE COLUMN ...": where the code that follows comes from. */
static void take_location(const char *text, unsigned *line)
{
    static const char directive[] = ".loc ";
    text += strspn(text, " \t");
    if (strncmp(text, directive, strlen(directive)) != 0)
        return;
    char *after_file, *end;
    strtoul(text + strlen(directive), &after_file, 10);
    unsigned long number = strtoul(after_file, &end, 10);
    if (end != after_file)
        *line = (unsigned)number;
}

int assembly_find(const char *path, unsigned *line)
{
    char *text = NULL;
    size_t capacity = 0;
    int found = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    *line = 0;
    while (!found && getline(&text, &capacity, file) >= 0) {
        found = strncmp(text + strspn(text, " \t"), "#APP", 4) == 0;
        take_location(text, line);
    }
    if (!found && ferror(file))
        found = -EIO;
    free(text);
    fclose(file);
    return found;
}

/* ---- names ---- */

bool assembly_may_be_named(const char *source)
{
    /* The keywords begin with two underscores or come from a macro; attributes in [[ ]] have a compiler's
     * name; the rest is how to spell either otherwise: pasted, split over lines, as digraphs or
     * trigraphs. Pragmas and the headers of vector
     * instructions are for switch_off.h. */
    static const char *const signs[] = {
        "__",   "##",   "gnu",    "lang",   "<:",     "%:",     "\?\?",
        "\\\n", "\\\r", "pragma", "Pragma", "intrin", "mm3dnow"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strstr(source, signs[i]))
            return true;
    return false;
}

/* What ends a name in assembly: an escape, which may be a new line; a separator; a comment. */
static bool has_more(const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (string[i] == '\\' || string[i] == ';' || string[i] == '#')
            return true;
    return false;
}

bool assembly_find_in_names(const char *preprocessed)
{
    struct c_attributes walk = {.at = preprocessed};
    while (c_attributes_next(&walk))
        if (walk.inside && !walk.told && walk.word[0] == '"' && has_more(walk.word, walk.length))
            return true;
    return false;
}

/* ---- frames ---- */

bool assembly_find_frames(const char *preprocessed, char *name, size_t name_bytes)
{
    static const char prefix[] = "__builtin_";
    static const char *const rest[] = {"return_address",
                                       "extract_return_addr",
                                       "frob_return_addr",
                                       "frame_address",
                                       "dwarf_cfa",
                                       "eh_return",
                                       "unwind_init",
                                       "setjmp",
                                       "longjmp",
                                       "apply_args",
                                       "apply",
                                       "return",
                                       "stack_address",
                                       "sponentry",
                                       "stack_restore"};
    struct c_attributes walk = {.at = preprocessed};
    while (c_attributes_next(&walk)) {
        size_t length = walk.length - (walk.length > strlen(prefix) ? strlen(prefix) : walk.length);
        if (length == 0 || memcmp(walk.word, prefix, strlen(prefix)) != 0)
            continue;
        for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
            if (strlen(rest[i]) != length ||
                memcmp(walk.word + strlen(prefix), rest[i], length) != 0)
                continue;
            snprintf(name, name_bytes, "%.*s", (int)walk.length, walk.word);
            return true;
        }
    }
    return false;
}

/* ---- sections ---- */

bool assembly_chooses_section(const char *preprocessed)
{
    struct c_attributes walk = {.at = preprocessed};
    bool after_clang = false;
    while (c_attributes_next(&walk)) {
        if ((walk.inside && c_attributes_calls(&walk, "section")) ||
            (after_clang && c_attributes_is(&walk, "section")))
            return true;
        after_clang = c_attributes_is(&walk, "clang"); /* #pragma clang section bss="x" */
    }
    return false;
}
