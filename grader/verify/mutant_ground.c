/* mutant_ground.c - where in a source a token stands: in code, in data, or where nothing is mutated. */
#include <stdint.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/verify/mutant_internal.h"

static const char *const openers[] = {"(", "[", "{", "<:", "<%", NULL};
static const char *const closers[] = {")", "]", "}", ":>", "%>", NULL};

/* Brackets, from left to right: the open ones form a list through their parents. */
static void match_brackets(struct maker *maker)
{
    size_t open = NONE;
    for (size_t i = 0; i < maker->tokens.count; i++) {
        maker->match[i] = NONE;
        maker->parent[i] = open;
        if (maker->tokens.tokens[i].directive)
            continue;
        if (mutant_is_one_of(maker, i, openers)) {
            open = i;
        } else if (mutant_is_one_of(maker, i, closers) && open != NONE) {
            maker->match[open] = i;
            maker->match[i] = open;
            maker->parent[i] = maker->parent[open];
            open = maker->parent[open];
        }
    }
}

static void set_ground(struct maker *maker, size_t begin, size_t end, enum ground ground)
{
    for (size_t i = begin; i < end && i < maker->tokens.count; i++)
        if (!maker->tokens.tokens[i].directive)
            maker->ground[i] = ground;
}

static void add_body(struct maker *maker, size_t begin, size_t open)
{
    struct body *body =
        grow((void **)&maker->bodies, maker->body_count, &maker->body_capacity, sizeof(*body));
    if (!body) {
        maker->failed = true;
        return;
    }
    size_t name = begin;
    while (name < open && !mutant_is(maker, name, "("))
        name++;
    *body = (struct body){open, maker->match[open], begin, name > begin ? name - 1 : begin};
    maker->body_count++;
    set_ground(maker, open + 1, maker->match[open], GROUND_CODE);
}

/* One bracket of a declaration outside of functions. Returns: the token after it. */
static size_t walk_bracket(struct maker *maker, size_t begin, size_t at)
{
    size_t close = maker->match[at];
    if (close == NONE)
        return at + 1;
    bool names_enum =
        mutant_is(maker, at - 1, "enum") || (at > begin + 1 && mutant_is(maker, at - 2, "enum"));
    if (mutant_is(maker, at, "["))
        set_ground(maker, at + 1, close, GROUND_DATA);
    else if (mutant_is(maker, at, "{") && at > begin && mutant_is(maker, at - 1, ")"))
        add_body(maker, begin, at);
    else if (mutant_is(maker, at, "{") && at > begin && names_enum)
        set_ground(maker, at + 1, close, GROUND_DATA);
    else if (mutant_is(maker, at, "{"))
        return at + 1; /* a struct: its members are walked like declarations */
    return close + 1;
}

/* What is declared outside of functions, from one `;` or body to the next. */
static void walk_file(struct maker *maker)
{
    bool value = false; /* after a `=` */
    for (size_t begin = 0, i = 0; i < maker->tokens.count;) {
        size_t bodies = maker->body_count, at = i;
        if (maker->tokens.tokens[i].directive) {
            begin = ++i;
            continue;
        }
        value = value ? !mutant_is(maker, i, ";") : mutant_is(maker, i, "=");
        if (value)
            maker->ground[i++] = GROUND_DATA;
        else if (mutant_is_one_of(maker, i, openers))
            i = walk_bracket(maker, begin, i);
        else
            i++;
        if (mutant_is(maker, at, ";") || mutant_is(maker, at, "}") || maker->body_count > bodies)
            begin = i;
    }
}

static void hush(struct maker *maker)
{
    static const char *const quiet[] = {
        "sizeof",   "_Alignof", "_Alignas",      "alignof",    "_Static_assert", "static_assert",
        "offsetof", "typeof",   "__attribute__", "__typeof__", "ASSERT",         "assert",
        "_Generic", NULL};
    for (size_t i = 0; i + 1 < maker->tokens.count; i++)
        if (mutant_is_one_of(maker, i, quiet) && maker->match[i + 1] != NONE)
            set_ground(maker, i, maker->match[i + 1] + 1, GROUND_QUIET);
}

void mutant_ground(struct maker *maker)
{
    match_brackets(maker);
    walk_file(maker);
    hush(maker);
}

bool mutant_names_type(const struct c_token *token)
{
    return token->spelling_length > 2 &&
           memcmp(token->spelling + token->spelling_length - 2, "_t", 2) == 0;
}

bool mutant_is_type(const struct maker *maker, size_t open)
{
    static const char *const begins[] = {
        "struct", "union", "enum",   "const",  "volatile", "void",  "char",    "short", "int",
        "long",   "float", "double", "signed", "unsigned", "_Bool", "_Atomic", "bool",  NULL};
    size_t close = maker->match[open];
    const struct c_token *first = &maker->tokens.tokens[open + 1];
    if (mutant_is_one_of(maker, open + 1, begins))
        return true;
    if (close == NONE || first->kind != C_TOKEN_NAME)
        return false;
    size_t stars = 0;
    while (mutant_is(maker, open + 2 + stars, "*"))
        stars++;
    return open + 2 + stars == close && (stars > 0 || mutant_names_type(first));
}
