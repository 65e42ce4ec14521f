#include "grader/tests/plagiarist.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/text.h"
#include "grader/inspect/c_tokens.h"

/* One trick at work on one text. */
struct desk {
    struct plagiarist how; /* its seed moves on */
    const char *source;
    struct c_tokens tokens;
    struct text out;
};

static unsigned draw(struct desk *desk, unsigned below)
{
    desk->how.seed = desk->how.seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(desk->how.seed >> 33) % below;
}

static bool chance(struct desk *desk)
{
    return draw(desk, 100) < desk->how.percent;
}

static const struct c_token *token_at(const struct desk *desk, size_t at)
{
    return at < desk->tokens.count ? &desk->tokens.tokens[at] : NULL;
}

static bool is(const struct desk *desk, size_t at, const char *spelling)
{
    return c_token_is(token_at(desk, at), spelling);
}

static size_t end_of(const struct desk *desk, size_t at)
{
    return desk->tokens.tokens[at].offset + desk->tokens.tokens[at].length;
}

/* Copy the source's bytes [from, to). */
static void copy_bytes(struct desk *desk, size_t from, size_t to)
{
    if (to > from)
        text_append_bytes(&desk->out, desk->source + from, to - from);
}

/* The text of tokens [from, to), with what is between them. */
static void copy_tokens(struct desk *desk, size_t from, size_t to)
{
    if (to > from)
        copy_bytes(desk, desk->tokens.tokens[from].offset, end_of(desk, to - 1));
}

/* ---- a little grammar ---- */

/* The token after the bracket that closes the one at `at`. */
static size_t after_bracket(const struct desk *desk, size_t at)
{
    int depth = 0;
    for (; at < desk->tokens.count; at++) {
        if (is(desk, at, "(") || is(desk, at, "{") || is(desk, at, "["))
            depth++;
        else if (is(desk, at, ")") || is(desk, at, "}") || is(desk, at, "]"))
            depth--;
        if (depth == 0)
            return at + 1;
    }
    return at;
}

static size_t after_semicolon(const struct desk *desk, size_t at)
{
    while (at < desk->tokens.count && !is(desk, at, ";")) {
        bool opens = is(desk, at, "(") || is(desk, at, "{") || is(desk, at, "[");
        at = opens ? after_bracket(desk, at) : at + 1;
    }
    return at + 1;
}

static size_t after_statement(const struct desk *desk, size_t at)
{
    if (is(desk, at, "{"))
        return after_bracket(desk, at);
    if (is(desk, at, "if")) {
        size_t then = after_statement(desk, after_bracket(desk, at + 1));
        return is(desk, then, "else") ? after_statement(desk, then + 1) : then;
    }
    if (is(desk, at, "for") || is(desk, at, "while") || is(desk, at, "switch"))
        return after_statement(desk, after_bracket(desk, at + 1));
    if (is(desk, at, "do"))
        return after_semicolon(desk, after_statement(desk, at + 1));
    return after_semicolon(desk, at);
}

/* Whether tokens [from, to) hold a word. */
static bool holds(const struct desk *desk, size_t from, size_t to, const char *word)
{
    for (size_t i = from; i < to && i < desk->tokens.count; i++)
        if (is(desk, i, word))
            return true;
    return false;
}

/* A piece of the file's top level: a directive, a declaration, a function. */
struct item {
    size_t from, to, body; /* tokens; body is where a function's { stands, else 0 */
};

static struct item next_item(const struct desk *desk, size_t at)
{
    struct item item = {.from = at};
    if (desk->tokens.tokens[at].directive) {
        do
            at++;
        while (at < desk->tokens.count && desk->tokens.tokens[at].directive &&
               !desk->tokens.tokens[at].first_in_line);
        item.to = at;
        return item;
    }
    for (; at < desk->tokens.count; at++) {
        if (is(desk, at, "(") || is(desk, at, "["))
            at = after_bracket(desk, at) - 1;
        if (is(desk, at, "{") && at > 0 && is(desk, at - 1, ")")) {
            item.body = at;
            item.to = after_bracket(desk, at);
            return item;
        }
        if (is(desk, at, "{"))
            at = after_bracket(desk, at) - 1;
        if (is(desk, at, ";"))
            break;
    }
    item.to = at < desk->tokens.count ? at + 1 : at;
    return item;
}

/* ---- tricks ---- */

static void copy_whole(struct desk *desk)
{
    copy_bytes(desk, 0, strlen(desk->source));
}

static bool is_word_byte(char byte)
{
    return byte == '_' || (byte && strchr("abcdefghijklmnopqrstuvwxyz0123456789"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                          byte));
}

/* Whether the name is a word of the text, which begins and ends with none. */
static bool is_word_of(const char *text, const struct c_token *name)
{
    size_t length = name->spelling_length;
    for (const char *at = text; (at = memmem(at, strlen(at), name->spelling, length)); at++)
        if (!is_word_byte(at[-1]) && !is_word_byte(at[length]))
            return true;
    return false;
}

/* A name is the file's own where it is seen to be declared: after struct or enum, after a type's
 * name or a star and before what can follow a declarator. Members of given structs are not. */
static bool is_declared(const struct desk *desk, const struct c_token *name)
{
    for (size_t i = 1; i + 1 < desk->tokens.count; i++) {
        const struct c_token *token = token_at(desk, i), *before = token_at(desk, i - 1);
        if (token->directive || token->spelling_length != name->spelling_length ||
            memcmp(token->spelling, name->spelling, name->spelling_length) != 0)
            continue;
        bool after_type = before->kind == C_TOKEN_NAME ||
                          (before->kind == C_TOKEN_KEYWORD && !c_token_is(before, "return") &&
                           !c_token_is(before, "goto") && !c_token_is(before, "sizeof") &&
                           !c_token_is(before, "else") && !c_token_is(before, "case")) ||
                          c_token_is(before, "*");
        bool ends = is(desk, i + 1, ";") || is(desk, i + 1, "=") || is(desk, i + 1, ",") ||
                    is(desk, i + 1, ")") || is(desk, i + 1, "(") || is(desk, i + 1, "{") ||
                    is(desk, i + 1, "[");
        if (after_type && ends)
            return true;
    }
    return false;
}

static const char library[] =
    " NULL SIZE_MAX main size_t ssize_t bool true false uintptr_t intptr_t uint8_t uint16_t "
    "uint32_t "
    "uint64_t int32_t int64_t max_align_t ptrdiff_t memcpy memmove memset memcmp strlen strcpy "
    "errno pthread_t pthread_mutex_t pthread_once_t pthread_key_t offsetof "
    "atomic_size_t atomic_uint atomic_bool atomic_flag atomic_int atomic_uintptr_t "
    "uint_fast32_t defined __attribute__ __builtin_expect";

static bool is_own_name(const struct desk *desk, const struct c_token *token)
{
    static const char *const prefixes[] = {"pthread_",     "PTHREAD_", "atomic_", "ATOMIC_",
                                           "memory_order", "__",       "sched_"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (token->spelling_length >= strlen(prefixes[i]) &&
            memcmp(token->spelling, prefixes[i], strlen(prefixes[i])) == 0)
            return false;
    return !is_word_of(library, token) && !is_word_of(desk->how.given, token) &&
           is_declared(desk, token);
}

/* The same name gets the same other name: one made of where it stands first. */
static void append_renamed(struct desk *desk, const struct c_token *token)
{
    static const char *const stems[] = {"my_", "the_", "tmp_", "cur_", "x_", "do_"};
    size_t first = 0;
    while (desk->tokens.tokens[first].spelling_length != token->spelling_length ||
           memcmp(desk->tokens.tokens[first].spelling, token->spelling, token->spelling_length) !=
               0)
        first++;
    text_append(&desk->out, "%s%zu", stems[(first + desk->how.seed) % 6], first);
}

static void rename_all(struct desk *desk)
{
    size_t copied = 0;
    for (size_t i = 0; i < desk->tokens.count; i++) {
        const struct c_token *token = &desk->tokens.tokens[i];
        if (token->kind != C_TOKEN_NAME || !is_own_name(desk, token))
            continue;
        copy_bytes(desk, copied, token->offset);
        append_renamed(desk, token);
        copied = token->offset + token->length;
    }
    copy_bytes(desk, copied, strlen(desk->source));
}

static void reformat(struct desk *desk)
{
    static const char *const remarks[] = {"/* check */", "// next step", "/* TODO: tidy up */",
                                          "// important!"};
    for (size_t i = 0; i < desk->tokens.count; i++) {
        const struct c_token *token = &desk->tokens.tokens[i];
        bool line = token->directive && token->first_in_line;
        bool after = i > 0 && desk->tokens.tokens[i - 1].directive &&
                     (!token->directive || token->first_in_line);
        if (line || after)
            text_append(&desk->out, "\n");
        if (!token->directive && draw(desk, 12) == 0)
            text_append(&desk->out, "\n%*s%s\n", (int)draw(desk, 9), "", remarks[draw(desk, 4)]);
        copy_bytes(desk, token->offset, token->offset + token->length);
        /* A macro's name and what follows it stay as they are: a space would change its kind. */
        bool glued = token->directive && i + 1 < desk->tokens.count &&
                     desk->tokens.tokens[i + 1].offset == token->offset + token->length;
        bool end = is(desk, i, ";") || is(desk, i, "{") || is(desk, i, "}");
        if (!glued)
            text_append(&desk->out, "%s", !token->directive && end ? "\n" : " ");
    }
    text_append(&desk->out, "\n");
}

enum { ITEMS_MAX = 200 };

static void reorder(struct desk *desk)
{
    struct item functions[ITEMS_MAX];
    size_t count = 0;
    for (size_t at = 0; at < desk->tokens.count;) {
        struct item item = next_item(desk, at);
        at = item.to;
        if (item.body && count < ITEMS_MAX) {
            functions[count++] = item;
            continue;
        }
        copy_tokens(desk, item.from, item.to);
        text_append(&desk->out, "\n");
    }
    for (size_t i = 0; i < count; i++) {
        copy_tokens(desk, functions[i].from, functions[i].body);
        text_append(&desk->out, ";\n");
    }
    for (size_t i = count; i > 0; i--) {
        size_t taken = draw(desk, (unsigned)i);
        copy_tokens(desk, functions[taken].from, functions[taken].to);
        text_append(&desk->out, "\n\n");
        functions[taken] = functions[i - 1];
    }
}

static void append_dead_value(struct desk *desk)
{
    static const char *const joints[] = {" + ", " * ", " ^ ", " - ", " | "};
    text_append(&desk->out, "%u", draw(desk, 100));
    for (unsigned more = draw(desk, 4); more > 0; more--)
        text_append(&desk->out, "%s%u", joints[draw(desk, 5)], draw(desk, 100));
}

/* No two need be alike: else the tricks of two copyists would be what their copies share. */
static void append_dead_statement(struct desk *desk, unsigned number)
{
    static const char *const begins[] = {
        "int spare%u = ",
        "unsigned long spare%u[2] = {1, ",
        "const char *spare%u = \"abc\" + 0 * (",
        "int spare%u = 0;\n    while (spare%u > 0)\n        spare%u -= ",
        "int spare%u = sizeof(char) == 1 ? 0 : ",
        "int spare%u = 7;\n    if (spare%u < 0)\n        spare%u = ",
    };
    static const char *const ends[] = {";", "};", ");", ";", ";", ";"};
    unsigned kind = draw(desk, 6);
    text_append(&desk->out, "\n    ");
    text_append(&desk->out, begins[kind], number, number, number);
    append_dead_value(desk);
    text_append(&desk->out, "%s\n    (void)spare%u;", ends[kind], number);
}

/* Between the statements of functions, not where an else would lose its if. */
static void add_dead_code(struct desk *desk)
{
    size_t copied = 0;
    unsigned number = 0;
    for (size_t at = 0; at < desk->tokens.count;) {
        struct item item = next_item(desk, at);
        at = item.to;
        for (size_t i = item.body + 1; item.body && i + 1 < item.to; i++) {
            if (is(desk, i, "(")) {
                i = after_bracket(desk, i) - 1; /* the semicolons of a for */
                continue;
            }
            if (!is(desk, i, ";") || is(desk, i + 1, "else") || is(desk, i + 1, "while") ||
                !chance(desk))
                continue;
            copy_bytes(desk, copied, end_of(desk, i));
            copied = end_of(desk, i);
            number++;
            append_dead_statement(desk, number);
        }
    }
    copy_bytes(desk, copied, strlen(desk->source));
}

static void put_block(struct desk *desk, size_t from, size_t to)
{
    text_append(&desk->out, " {\n");
    copy_tokens(desk, from, to);
    text_append(&desk->out, "\n}");
}

static bool swap_else(struct desk *desk, size_t at)
{
    size_t then = after_bracket(desk, at + 1), otherwise = after_statement(desk, then);
    if (!is(desk, otherwise, "else"))
        return false;
    size_t end = after_statement(desk, otherwise + 1);
    copy_bytes(desk, 0, desk->tokens.tokens[at].offset);
    text_append(&desk->out, "if (!");
    copy_tokens(desk, at + 1, then);
    text_append(&desk->out, ")");
    put_block(desk, otherwise + 1, end);
    text_append(&desk->out, " else");
    put_block(desk, then, otherwise);
    copy_bytes(desk, end_of(desk, end - 1), strlen(desk->source));
    return true;
}

/* A continue would skip the third part of the for. */
static bool for_as_while(struct desk *desk, size_t at)
{
    size_t body = after_bracket(desk, at + 1), end = after_statement(desk, body);
    size_t condition = after_semicolon(desk, at + 2), step = after_semicolon(desk, condition);
    if (holds(desk, body, end, "continue") || step > body)
        return false;
    copy_bytes(desk, 0, desk->tokens.tokens[at].offset);
    text_append(&desk->out, "{\n");
    copy_tokens(desk, at + 2, condition);
    text_append(&desk->out, "\nwhile (");
    if (step - 1 > condition)
        copy_tokens(desk, condition, step - 1);
    else
        text_append(&desk->out, "1");
    text_append(&desk->out, ") {\n");
    copy_tokens(desk, body, end);
    text_append(&desk->out, "\n");
    copy_tokens(desk, step, body - 1);
    text_append(&desk->out, ";\n}\n}");
    copy_bytes(desk, end_of(desk, end - 1), strlen(desk->source));
    return true;
}

static bool while_as_for(struct desk *desk, size_t at)
{
    size_t body = after_bracket(desk, at + 1);
    if (is(desk, body, ";")) /* the end of a do */
        return false;
    copy_bytes(desk, 0, desk->tokens.tokens[at].offset);
    text_append(&desk->out, "for (;");
    copy_tokens(desk, at + 2, body - 1);
    text_append(&desk->out, ";)");
    copy_bytes(desk, end_of(desk, body - 1), strlen(desk->source));
    return true;
}

static bool rewrite(struct desk *desk, unsigned trick, size_t at)
{
    if (desk->tokens.tokens[at].directive)
        return false;
    if (trick == PLAGIARIST_SWAP_ELSE)
        return is(desk, at, "if") && !is(desk, at - 1, "else") && swap_else(desk, at);
    if (is(desk, at, "for"))
        return for_as_while(desk, at);
    return is(desk, at, "while") && while_as_for(desk, at);
}

/* ---- one after the other ---- */

static bool begin(struct desk *desk, const char *source)
{
    desk->source = source;
    desk->out = (struct text){NULL, 0, 0, false};
    return c_tokens_read(source, strlen(source), &desk->tokens) == 0;
}

/* Give the new text for the old one, which is freed. */
static char *end(struct desk *desk, char *source)
{
    c_tokens_fini(&desk->tokens);
    if (desk->out.failed)
        text_fini(&desk->out);
    free(source);
    return desk->out.data;
}

static char *apply(struct desk *desk, char *source, void (*trick)(struct desk *desk))
{
    if (!source || !begin(desk, source))
        return NULL;
    trick(desk);
    return end(desk, source);
}

/* From the last place to the first: what is rewritten lies behind what is still to be looked at. */
static char *apply_at_places(struct desk *desk, char *source, unsigned trick)
{
    if (!source || !begin(desk, source))
        return NULL;
    for (size_t at = desk->tokens.count; at-- > 1;) {
        if (!chance(desk) || !rewrite(desk, trick, at))
            continue;
        source = end(desk, source);
        if (!source || !begin(desk, source))
            return NULL;
    }
    c_tokens_fini(&desk->tokens);
    return source;
}

char *plagiarist_copy(const struct plagiarist *how, const char *source)
{
    struct desk desk = {.how = *how};
    char *copy = apply(&desk, strdup(source), copy_whole);
    if (how->tricks & PLAGIARIST_LOOPS)
        copy = apply_at_places(&desk, copy, PLAGIARIST_LOOPS);
    if (how->tricks & PLAGIARIST_SWAP_ELSE)
        copy = apply_at_places(&desk, copy, PLAGIARIST_SWAP_ELSE);
    if (how->tricks & PLAGIARIST_DEAD_CODE)
        copy = apply(&desk, copy, add_dead_code);
    if (how->tricks & PLAGIARIST_REORDER)
        copy = apply(&desk, copy, reorder);
    if (how->tricks & PLAGIARIST_RENAME)
        copy = apply(&desk, copy, rename_all);
    if (how->tricks & PLAGIARIST_REFORMAT)
        copy = apply(&desk, copy, reformat);
    return copy;
}
