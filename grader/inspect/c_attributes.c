#include "grader/inspect/c_attributes.h"

#include <string.h>

static bool is_word(char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

bool c_attributes_is(const struct c_attributes *walk, const char *bare)
{
    const char *from = walk->word, *end = walk->word + walk->length;
    while (from < end && *from == '_')
        from++;
    while (end > from && end[-1] == '_')
        end--;
    return (size_t)(end - from) == strlen(bare) && memcmp(from, bare, strlen(bare)) == 0;
}

/* A literal ends with its line at the latest: a pragma may have a lone quote. */
static const char *skip_literal(const char *at)
{
    char quote = *at++;
    for (; *at && *at != quote && *at != '\n'; at++)
        at += *at == '\\' && at[1] != '\0' && at[1] != '\n';
    return *at == quote ? at + 1 : at;
}

static bool opens(const char *at)
{
    return *at == '(' || *at == '[' || (at[0] == '<' && at[1] == ':');
}

static bool closes(const char *at)
{
    return *at == ')' || *at == ']' || (at[0] == ':' && at[1] == '>');
}

/* Over white space and the lines that say which line follows, "# 12 \"a.c\"". */
static const char *skip_space(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\v\f");
        if (*at != '#')
            return at;
        at += strcspn(at, "\n");
    }
}

bool c_attributes_calls(const struct c_attributes *walk, const char *bare)
{
    return c_attributes_is(walk, bare) && *skip_space(walk->at) == '(';
}

/* Two opening brackets begin an attribute, "[[gnu::section("x")]]", however far apart. */
static bool opens_attribute(const char *at)
{
    if (*at == '(')
        return false;
    at = skip_space(at + (*at == '[' ? 1 : 2));
    return *at == '[' || (at[0] == '<' && at[1] == ':');
}

static void take_mark(struct c_attributes *walk)
{
    const char *at = walk->at;
    bool space = strchr(" \t\r\n\v\f", *at) != NULL;
    if (opens(at)) {
        walk->depth += walk->awaited || walk->depth > 0 || opens_attribute(at);
        walk->telling = walk->telling == 1 && *at == '(' ? 2 : 0;
    } else if (closes(at)) {
        walk->depth -= walk->depth > 0;
    }
    if (!opens(at) && !space)
        walk->telling = 0;
    walk->awaited = walk->awaited && walk->depth == 0 && *at != ';';
    walk->at += 1 + (*at == '<' && at[1] == ':') + (*at == ':' && at[1] == '>');
}

static void take_word(struct c_attributes *walk)
{
    static const char *const shown[] = {"deprecated", "warning", "error", "unavailable",
                                        "nodiscard"};
    while (is_word(*walk->at))
        walk->at++;
    walk->length = (size_t)(walk->at - walk->word);
    walk->awaited = walk->awaited || c_attributes_is(walk, "asm") ||
                    (walk->word[0] == '_' && c_attributes_is(walk, "attribute"));
    walk->telling = 0;
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        walk->telling = walk->telling || c_attributes_is(walk, shown[i]);
}

bool c_attributes_next(struct c_attributes *walk)
{
    while (*walk->at && *walk->at != '"' && *walk->at != '\'' && !is_word(*walk->at))
        take_mark(walk);
    walk->word = walk->at;
    walk->inside = walk->depth > 0;
    walk->told = false;
    if (!*walk->at)
        return false;
    if (is_word(*walk->at)) {
        take_word(walk);
        return true;
    }
    walk->told = *walk->at == '"' && walk->telling == 2;
    walk->at = skip_literal(walk->at);
    walk->length = (size_t)(walk->at - walk->word);
    return true;
}
