/* mutant_tokens.c - operators that look at one token and what stands beside it. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/verify/mutant_internal.h"

/* ---- what a token does ---- */

/* Whether an expression may end with the token, so that an operator after it has two operands. */
static bool ends_operand(const struct maker *maker, size_t index)
{
    static const char *const controls[] = {"if", "while", "for", "switch", NULL};
    static const char *const others[] = {"]", "++", "--", NULL};
    if (index >= maker->tokens.count)
        return false;
    const struct c_token *token = &maker->tokens.tokens[index];
    if (mutant_is(maker, index, ")") && maker->match[index] != NONE) {
        size_t open = maker->match[index];
        bool measured = open > 0 && (mutant_is(maker, open - 1, "sizeof") ||
                                     mutant_is(maker, open - 1, "_Alignof"));
        bool control = open > 0 && mutant_is_one_of(maker, open - 1, controls);
        return measured || (!control && !mutant_is_type(maker, open));
    }
    return token->kind == C_TOKEN_NAME || token->kind == C_TOKEN_NUMBER ||
           token->kind == C_TOKEN_CHARACTER || mutant_is_one_of(maker, index, others);
}

/* A star after a type's name declares a pointer. */
static bool declares(const struct maker *maker, size_t index)
{
    static const char *const tags[] = {"struct", "union", "enum", NULL};
    return index > 0 && (mutant_names_type(&maker->tokens.tokens[index - 1]) ||
                         (index > 1 && mutant_is_one_of(maker, index - 2, tags)));
}

static bool is_binary(const struct maker *maker, size_t index)
{
    return index > 0 && ends_operand(maker, index - 1) && !declares(maker, index);
}

/* ---- one operator for another ---- */

struct swap {
    const char *operator, * from, *to[3];
};

static const struct swap swaps[] = {
    {"comparison", "<", {"<=", ">=", "!="}},
    {"comparison", "<=", {"<", ">", "=="}},
    {"comparison", ">", {">=", "<=", "!="}},
    {"comparison", ">=", {">", "<", "=="}},
    {"comparison", "==", {"!=", "<=", ">="}},
    {"comparison", "!=", {"==", "<", ">"}},
    {"arithmetic", "+", {"-"}},
    {"arithmetic", "-", {"+"}},
    {"arithmetic", "*", {"/"}},
    {"arithmetic", "/", {"*"}},
    {"arithmetic", "%", {"*"}},
    {"arithmetic", "+=", {"-="}},
    {"arithmetic", "-=", {"+="}},
    {"arithmetic", "*=", {"/="}},
    {"arithmetic", "/=", {"*="}},
    {"arithmetic", "%=", {"*="}},
    {"bitwise", "&", {"|"}},
    {"bitwise", "|", {"&"}},
    {"bitwise", "^", {"&"}},
    {"bitwise", "<<", {">>"}},
    {"bitwise", ">>", {"<<"}},
    {"bitwise", "&=", {"|="}},
    {"bitwise", "|=", {"&="}},
    {"bitwise", "^=", {"&="}},
    {"bitwise", "<<=", {">>="}},
    {"bitwise", ">>=", {"<<="}},
    {"logical", "&&", {"||"}},
    {"logical", "||", {"&&"}},
};

static void swap_binary(struct maker *maker, size_t index)
{
    for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
        for (size_t j = 0; mutant_is(maker, index, swaps[i].from) && j < 3 && swaps[i].to[j]; j++)
            mutant_add(maker, swaps[i].operator, index, index, "%s", swaps[i].to[j]);
}

static void drop_unary(struct maker *maker, size_t index)
{
    if (mutant_is(maker, index, "-"))
        mutant_add(maker, "arithmetic", index, index, "%s", "");
    else if (mutant_is(maker, index, "~"))
        mutant_add(maker, "bitwise", index, index, "%s", "");
    else if (mutant_is(maker, index, "!"))
        mutant_add(maker, "logical", index, index, "%s", "");
}

static void swap_increment(struct maker *maker, size_t index)
{
    if (mutant_is(maker, index, "++"))
        mutant_add(maker, "increment", index, index, "--");
    else if (mutant_is(maker, index, "--"))
        mutant_add(maker, "increment", index, index, "++");
}

/* ---- operands of && and || ---- */

static bool is_border(const struct maker *maker, size_t index, enum binding binding)
{
    static const char *const borders[] = {";",  ",",  "?",  ":",   "{",   "(",      "[",    "}",
                                          ")",  "]",  "=",  "+=",  "-=",  "*=",     "/=",   "%=",
                                          "&=", "|=", "^=", "<<=", ">>=", "return", "case", NULL};
    return mutant_is_one_of(maker, index, borders) ||
           (binding >= BINDS_LIKE_OR && mutant_is(maker, index, "||")) ||
           (binding >= BINDS_LIKE_AND && mutant_is(maker, index, "&&"));
}

size_t mutant_operand_begin(const struct maker *maker, size_t operator, enum binding binding)
{
    size_t at = operator;
    while (at > 0) {
        bool inner = mutant_is(maker, at - 1, ")") || mutant_is(maker, at - 1, "]");
        if (inner && maker->match[at - 1] != NONE)
            at = maker->match[at - 1];
        else if (is_border(maker, at - 1, binding))
            break;
        else
            at--;
    }
    return at;
}

static size_t operand_end(const struct maker *maker, size_t operator, enum binding binding)
{
    size_t at = operator;
    while (at + 1 < maker->tokens.count) {
        bool inner = mutant_is(maker, at + 1, "(") || mutant_is(maker, at + 1, "[") ||
                     (mutant_is(maker, at + 1, "{") && mutant_is(maker, at, ")"));
        if (inner && maker->match[at + 1] != NONE)
            at = maker->match[at + 1];
        else if (is_border(maker, at + 1, binding))
            break;
        else
            at++;
    }
    return at;
}

/* In a && b && c each of the three is dropped once: with the operator after it, the last with the
 * one before. */
static void drop_operand(struct maker *maker, size_t index)
{
    bool of_and = mutant_is(maker, index, "&&");
    enum binding binding = of_and ? BINDS_LIKE_AND : BINDS_LIKE_OR;
    if (!of_and && !mutant_is(maker, index, "||"))
        return;
    size_t begin = mutant_operand_begin(maker, index, binding);
    size_t end = operand_end(maker, index, binding);
    if (begin < index)
        mutant_add(maker, "logical", begin, index, "%s", "");
    if (end > index && !mutant_is(maker, end + 1, of_and ? "&&" : "||"))
        mutant_add(maker, "logical", index, end, "%s", "");
}

/* ---- constants ---- */

/* In the base and with the suffix that it has. A negative one is put in parentheses: it may stand after
 * a minus. */
static void step_integer(struct maker *maker, size_t index)
{
    char digits[64], *suffix;
    const struct c_token *token = &maker->tokens.tokens[index];
    if (token->spelling_length >= sizeof(digits))
        return;
    memcpy(digits, token->spelling, token->spelling_length);
    digits[token->spelling_length] = '\0';
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    bool octal = !hex && digits[0] == '0' && isdigit((unsigned char)digits[1]);
    errno = 0;
    unsigned long long value = strtoull(digits, &suffix, 0);
    if (errno || strspn(suffix, "uUlL") != strlen(suffix))
        return; /* a floating constant, or none of C17's */
    for (int step = 1; step >= -1; step -= 2) {
        unsigned long long moved = value + (unsigned long long)step;
        if (value == 0 && step < 0)
            mutant_add(maker, "constant", index, index, "(-1)");
        else if (hex)
            mutant_add(maker, "constant", index, index, "0x%llx%s", moved, suffix);
        else if (octal)
            mutant_add(maker, "constant", index, index, "0%llo%s", moved, suffix);
        else
            mutant_add(maker, "constant", index, index, "%llu%s", moved, suffix);
    }
}

static void step_constant(struct maker *maker, size_t index)
{
    switch (maker->tokens.tokens[index].kind) {
    case C_TOKEN_NUMBER:
        step_integer(maker, index);
        break;
    case C_TOKEN_CHARACTER:
        mutant_add(maker, "constant", index, index, "(%.*s + 1)", MUTANT_SPAN(maker, index, index));
        mutant_add(maker, "constant", index, index, "(%.*s - 1)", MUTANT_SPAN(maker, index, index));
        break;
    case C_TOKEN_NAME:
        if (mutant_is(maker, index, "true"))
            mutant_add(maker, "constant", index, index, "false");
        else if (mutant_is(maker, index, "false"))
            mutant_add(maker, "constant", index, index, "true");
        break;
    default:
        break;
    }
}

/* ---- memory orders ---- */

static void weaken_order(struct maker *maker, size_t index)
{
    static const char *const orders[] = {"memory_order_seq_cst", "memory_order_acq_rel",
                                         "memory_order_acquire", "memory_order_release",
                                         "memory_order_consume", NULL};
    if (!mutant_is_one_of(maker, index, orders))
        return;
    mutant_add(maker, "memory_order", index, index, "memory_order_relaxed");
    if (mutant_is(maker, index, "memory_order_acq_rel")) {
        mutant_add(maker, "memory_order", index, index, "memory_order_acquire");
        mutant_add(maker, "memory_order", index, index, "memory_order_release");
    }
}

/* An operation that names no order is sequentially consistent. */
static void weaken_default_order(struct maker *maker, size_t index)
{
    static const char *const operations[] = {"atomic_load",
                                             "atomic_store",
                                             "atomic_exchange",
                                             "atomic_fetch_add",
                                             "atomic_fetch_sub",
                                             "atomic_fetch_and",
                                             "atomic_fetch_or",
                                             "atomic_fetch_xor",
                                             "atomic_flag_clear",
                                             "atomic_flag_test_and_set",
                                             NULL};
    static const char *const two[] = {"atomic_compare_exchange_strong",
                                      "atomic_compare_exchange_weak", NULL};
    bool compares = mutant_is_one_of(maker, index, two);
    if ((!compares && !mutant_is_one_of(maker, index, operations)) ||
        !mutant_is(maker, index + 1, "(") || maker->match[index + 1] == NONE)
        return;
    size_t close = maker->match[index + 1];
    if (close <= index + 2)
        return;
    mutant_add(maker, "memory_order", index, close, "%.*s_explicit(%.*s, memory_order_relaxed%s)",
               MUTANT_SPAN(maker, index, index), MUTANT_SPAN(maker, index + 2, close - 1),
               compares ? ", memory_order_relaxed" : "");
}

void mutant_tokens(struct maker *maker, size_t index)
{
    if (maker->tokens.tokens[index].kind == C_TOKEN_PUNCTUATOR) {
        if (is_binary(maker, index))
            swap_binary(maker, index);
        else
            drop_unary(maker, index);
        swap_increment(maker, index);
        drop_operand(maker, index);
    }
    step_constant(maker, index);
    weaken_order(maker, index);
    weaken_default_order(maker, index);
}
