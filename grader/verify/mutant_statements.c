/* mutant_statements.c - operators on conditions, statements and what a function returns. */
#include <stdint.h>
#include <string.h>

#include "grader/verify/mutant_internal.h"

static const char *const controls[] = {"if", "while", "for", "switch", NULL};
static const char *const jumps[] = {"return", "goto", "break", "continue", NULL};

/* The token before, or NONE. */
static size_t before(size_t index)
{
    return index > 0 ? index - 1 : NONE;
}

/* ---- where a statement begins ---- */

static const struct body *body_around(const struct maker *maker, size_t index)
{
    for (size_t i = 0; i < maker->body_count; i++)
        if (maker->bodies[i].open < index && index < maker->bodies[i].close)
            return &maker->bodies[i];
    return NULL;
}

static bool closes_control(const struct maker *maker, size_t index)
{
    if (!mutant_is(maker, index, ")") || maker->match[index] == NONE)
        return false;
    return mutant_is_one_of(maker, before(maker->match[index]), controls);
}

/* A brace that holds statements, not the values of an initialiser or of an enum. */
static bool is_block(const struct maker *maker, size_t open)
{
    static const char *const firsts[] = {";", "{", "}", ":", "else", "do", NULL};
    for (size_t i = 0; i < maker->body_count; i++)
        if (maker->bodies[i].open == open)
            return true;
    return mutant_is(maker, open, "{") &&
           (mutant_is_one_of(maker, before(open), firsts) || closes_control(maker, before(open)));
}

/* `name:`, `case 1:` or `default:`, and not the colon of ?:. */
static bool ends_label(const struct maker *maker, size_t colon)
{
    static const char *const limits[] = {";", "{", "}", "?", NULL};
    size_t at = colon;
    while (at > 0 && !mutant_is_one_of(maker, at - 1, limits)) {
        at--;
        if (mutant_is(maker, at, "case") || mutant_is(maker, at, "default"))
            return true;
    }
    return at + 1 == colon && !mutant_is(maker, before(at), "?");
}

static bool begins_statement(const struct maker *maker, size_t index)
{
    size_t around = maker->parent[index], last = before(index);
    if (around == NONE || !is_block(maker, around))
        return false;
    if (mutant_is(maker, last, "}"))
        return maker->match[last] != NONE && is_block(maker, maker->match[last]);
    return last == around || mutant_is(maker, last, ";") || mutant_is(maker, last, "else") ||
           mutant_is(maker, last, "do") || closes_control(maker, last) ||
           (mutant_is(maker, last, ":") && ends_label(maker, last));
}

/* The `;` that ends it, or NONE. */
static size_t statement_end(const struct maker *maker, size_t begin)
{
    for (size_t i = begin; i < maker->tokens.count; i++) {
        if (mutant_is(maker, i, ";") && maker->parent[i] == maker->parent[begin])
            return i;
        if (maker->match[i] != NONE && maker->match[i] > i)
            i = maker->match[i];
    }
    return NONE;
}

/* ---- dropped statements ---- */

static bool is_name(const struct maker *maker, size_t index)
{
    return index < maker->tokens.count && maker->tokens.tokens[index].kind == C_TOKEN_NAME;
}

/* `size_t x`, `size_t *x =`: of two readings of `a * b` a statement has the one with a use. */
static bool is_declaration(const struct maker *maker, size_t begin)
{
    size_t at = begin + 1;
    while (mutant_is(maker, at, "*"))
        at++;
    return is_name(maker, begin) && is_name(maker, at);
}

static bool is_call(const struct maker *maker, size_t begin, size_t end)
{
    size_t name = begin;
    if (mutant_is(maker, begin, "(") && mutant_is(maker, begin + 1, "void"))
        name = begin + 3;
    return is_name(maker, name) && mutant_is(maker, name + 1, "(") &&
           maker->match[name + 1] != NONE && maker->match[name + 1] + 1 == end;
}

static void drop_statement(struct maker *maker, size_t begin)
{
    bool jump = mutant_is_one_of(maker, begin, jumps);
    size_t end = statement_end(maker, begin);
    if (end == NONE || end == begin || mutant_is(maker, begin, "{") || mutant_is(maker, begin, "}"))
        return;
    if (!jump && maker->tokens.tokens[begin].kind == C_TOKEN_KEYWORD)
        return; /* a control statement or a declaration */
    if (mutant_is(maker, begin, "return") && end > begin + 1)
        return; /* without a value it would be undefined */
    if (is_declaration(maker, begin) || mutant_is(maker, begin + 1, ":"))
        return;
    mutant_add(maker, is_call(maker, begin, end) ? "call" : "statement", begin, end - 1, "%s", "");
}

/* ---- conditions ---- */

/* Whether the statement after an if does nothing but leave, and there is no else. */
static bool only_leaves(const struct maker *maker, size_t begin)
{
    size_t first = begin, end;
    if (mutant_is(maker, begin, "{")) {
        size_t close = maker->match[begin];
        if (close == NONE || mutant_is(maker, close + 1, "else"))
            return false;
        for (first = begin + 1; first < close; first++)
            if (mutant_is_one_of(maker, first, jumps) && begins_statement(maker, first) &&
                maker->parent[first] == begin)
                break;
        end = first < close ? statement_end(maker, first) : NONE;
        return end != NONE && end + 1 == close;
    }
    end = statement_end(maker, begin);
    return mutant_is_one_of(maker, begin, jumps) && end != NONE &&
           !mutant_is(maker, end + 1, "else");
}

static void negate(struct maker *maker, size_t first, size_t last)
{
    mutant_add(maker, "condition", first, last, "!(%.*s)", MUTANT_SPAN(maker, first, last));
}

static void mutate_if(struct maker *maker, size_t open, size_t close)
{
    negate(maker, open + 1, close - 1);
    mutant_add(maker, only_leaves(maker, close + 1) ? "error_check" : "condition", open + 1,
               close - 1, "0");
    mutant_add(maker, "condition", open + 1, close - 1, "1");
}

static void mutate_for(struct maker *maker, size_t open)
{
    size_t first = NONE;
    for (size_t i = open + 1; i < maker->match[open]; i++) {
        if (!mutant_is(maker, i, ";") || maker->parent[i] != open)
            continue;
        if (first == NONE) {
            first = i + 1;
        } else {
            if (i > first) {
                negate(maker, first, i - 1);
                mutant_add(maker, "condition", first, i - 1, "0");
            }
            return;
        }
    }
}

static void mutate_control(struct maker *maker, size_t index)
{
    size_t open = index + 1;
    if (!mutant_is(maker, open, "(") || maker->match[open] == NONE)
        return;
    size_t close = maker->match[open];
    if (close == open + 1)
        return;
    if (mutant_is(maker, index, "if")) {
        mutate_if(maker, open, close);
    } else if (mutant_is(maker, index, "while")) {
        negate(maker, open + 1, close - 1);
        mutant_add(maker, "condition", open + 1, close - 1, "0");
    } else if (mutant_is(maker, index, "for")) {
        mutate_for(maker, open);
    }
}

static void mutate_choice(struct maker *maker, size_t question)
{
    size_t first = mutant_operand_begin(maker, question, BINDS_LIKE_CHOICE);
    if (first == question)
        return;
    negate(maker, first, question - 1);
    mutant_add(maker, "condition", first, question - 1, "0");
    mutant_add(maker, "condition", first, question - 1, "1");
}

/* ---- what a function returns ---- */

static bool is_null(const struct maker *maker, size_t first, size_t last)
{
    return first == last && (mutant_is(maker, first, "NULL") || mutant_is(maker, first, "0"));
}

static void mutate_return(struct maker *maker, size_t index)
{
    const struct body *body = body_around(maker, index);
    size_t end = statement_end(maker, index), first = index + 1;
    if (!body || end == NONE || end == first)
        return;
    size_t last = end - 1, tag = NONE;
    bool pointer = mutant_is(maker, before(body->type_end), "*"), boolean = false;
    for (size_t i = body->type_begin; i < body->type_end; i++) {
        boolean = boolean || mutant_is(maker, i, "bool") || mutant_is(maker, i, "_Bool");
        if (mutant_is(maker, i, "struct") || mutant_is(maker, i, "union"))
            tag = i;
    }
    if (!pointer && tag != NONE) {
        mutant_add(maker, "return_value", first, last, "(%.*s){0}",
                   MUTANT_SPAN(maker, tag, tag + 1));
        return;
    }
    if (!pointer && boolean) {
        if (!mutant_is(maker, first, "true") && !mutant_is(maker, first, "false"))
            mutant_add(maker, "return_value", first, last, "!(%.*s)",
                       MUTANT_SPAN(maker, first, last));
        return;
    }
    if (!is_null(maker, first, last))
        mutant_add(maker, "return_value", first, last, "0");
    if (!pointer)
        mutant_add(maker, "return_value", first, last, "(%.*s) + 1",
                   MUTANT_SPAN(maker, first, last));
}

void mutant_statements(struct maker *maker, size_t index)
{
    if (mutant_is(maker, index, "?"))
        mutate_choice(maker, index);
    else if (mutant_is_one_of(maker, index, controls))
        mutate_control(maker, index);
    else if (mutant_is(maker, index, "return"))
        mutate_return(maker, index);
    if (begins_statement(maker, index))
        drop_statement(maker, index);
}
