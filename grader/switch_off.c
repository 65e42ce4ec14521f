#include "grader/switch_off.h"

#include <stdio.h>
#include <string.h>

static bool is_word(char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool switches_off(const char *word)
{
    static const char *const names[] = {"no_sanitize", "no_address_safety_analysis",
                                        "disable_sanitizer_instrumentation"};
    word += strspn(word, "_");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(word, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* A literal ends with its line at the latest: a pragma may have a lone quote. */
static const char *skip_literal(const char *at)
{
    char quote = *at++;
    for (; *at && *at != quote && *at != '\n'; at++)
        at += *at == '\\' && at[1] != '\0' && at[1] != '\n';
    return *at == quote ? at + 1 : at;
}

bool switch_off_find(const char *at, char *name, size_t name_bytes)
{
    while (*at) {
        if (*at == '"' || *at == '\'') {
            at = skip_literal(at);
        } else if (is_word(*at)) {
            const char *word = at;
            while (is_word(*at))
                at++;
            if (switches_off(word)) {
                snprintf(name, name_bytes, "%.*s", (int)(at - word), word); /* cut to fit */
                return true;
            }
        } else {
            at++;
        }
    }
    return false;
}
