/* mutant_assembly.c - the operator on assembly: one line of a template less.
 *
 *     __asm__("f:\n"             a label, which something may jump to: left alone
 *             "    .cfi_...\n"   directives as well
 *             "    ret\n");      dropped: the string becomes ""
 *
 * A string is one line, as such templates are written; one of several lines goes as a whole. */
#include <ctype.h>
#include <stdint.h>

#include "grader/verify/mutant_internal.h"

/* Whether the bracket opens an asm statement's, and not the label of a declaration: int f(void) __asm__("g"). */
static bool opens_assembly(const struct maker *maker, size_t open)
{
    static const char *const keywords[] = {"asm", "__asm__", "__asm", NULL};
    static const char *const qualifiers[] = {"volatile", "__volatile__", "inline", "goto", NULL};
    if (!mutant_is(maker, open, "("))
        return false;
    size_t before = open;
    while (before > 0 && mutant_is_one_of(maker, before - 1, qualifiers))
        before--;
    return before > 0 && mutant_is_one_of(maker, before - 1, keywords) &&
           !(before > 1 && mutant_is(maker, before - 2, ")"));
}

/* Behind the first colon stand operands and clobbers. */
static bool is_in_template(const struct maker *maker, size_t open, size_t index)
{
    for (size_t i = open + 1; i < index; i++)
        if (maker->parent[i] == open && mutant_is(maker, i, ":"))
            return false;
    return true;
}

/* A word that no colon follows; "\t" and "\n" count as space. */
static bool is_instruction(const struct c_token *token)
{
    const char *at = token->spelling + 1, *end = token->spelling + token->spelling_length;
    while (at < end &&
           (*at == ' ' || (*at == '\\' && end - at > 1 && (at[1] == 't' || at[1] == 'n'))))
        at += *at == ' ' ? 1 : 2;
    if (at == end || !isalpha((unsigned char)*at))
        return false;
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    return at < end && *at != ':';
}

void mutant_assembly(struct maker *maker, size_t index)
{
    const struct c_token *token = &maker->tokens.tokens[index];
    size_t open = maker->parent[index];
    if (token->kind == C_TOKEN_STRING && token->spelling[0] == '"' && open != NONE &&
        opens_assembly(maker, open) && is_in_template(maker, open, index) && is_instruction(token))
        mutant_add(maker, "instruction", index, index, "\"\"");
}
