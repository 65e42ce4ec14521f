#include "grader/assembly.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    /* The keywords begin with two underscores or come from a macro; the rest is how to spell either
     * otherwise: pasted, split over lines, as digraphs or trigraphs. */
    static const char *const signs[] = {"__", "##", "[[", "<:", "%:", "\?\?", "\\\n", "\\\r"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strstr(source, signs[i]))
            return true;
    return false;
}

static bool is_word(char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool gives_names(const char *word, size_t length)
{
    static const char *const words[] = {"asm", "__asm", "__asm__", "__attribute", "__attribute__"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == length && memcmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* Step over a literal. more: set when a string has what ends a name in assembly: an escape, which may
 * be a new line; a separator; a comment. */
static const char *skip_literal(const char *at, bool *more)
{
    char quote = *at++;
    for (; *at && *at != quote && *at != '\n'; at++) {
        if (*at == '\\' || *at == ';' || *at == '#')
            *more = *more || quote == '"';
        at += *at == '\\' && at[1] != '\0';
    }
    return *at ? at + 1 : at;
}

static bool opens(const char *at)
{
    return *at == '(' || *at == '[' || (at[0] == '<' && at[1] == ':');
}

static bool closes(const char *at)
{
    return *at == ')' || *at == ']' || (at[0] == ':' && at[1] == '>');
}

/* Two opening brackets begin an attribute, "[[gnu::section("x")]]", also as the digraphs "<:<:". */
static bool opens_attribute(const char *at)
{
    return (at[0] == '[' && at[1] == '[') || strncmp(at, "<:<:", 4) == 0;
}

bool assembly_find_in_names(const char *at)
{
    unsigned depth = 0;   /* of brackets, inside of what gives names */
    bool awaited = false; /* a keyword was read, its bracket not yet */
    while (*at) {
        if (*at == '"' || *at == '\'') {
            bool more = false;
            at = skip_literal(at, &more);
            if (more && depth > 0)
                return true;
        } else if (is_word(*at)) {
            const char *word = at;
            while (is_word(*at))
                at++;
            awaited = awaited || gives_names(word, (size_t)(at - word));
        } else {
            if (opens(at))
                depth += awaited || depth > 0 || opens_attribute(at);
            else if (closes(at))
                depth -= depth > 0;
            awaited = awaited && depth == 0 && *at != ';';
            at += 1 + (*at == '<' && at[1] == ':') + (*at == ':' && at[1] == '>');
        }
    }
    return false;
}
