/* mutant_internal.h - between mutant.c, which collects; mutant_ground.c, which says where a token
 * stands; mutant_tokens.c, mutant_statements.c and mutant_assembly.c, the operators.
 *
 * Tokens are named by their index. NONE is before the first and after the last.
 */
#ifndef SYSLAB_GRADER_MUTANT_INTERNAL_H
#define SYSLAB_GRADER_MUTANT_INTERNAL_H

#include <stdbool.h>

#include "grader/inspect/c_tokens.h"
#include "grader/verify/mutant.h"

#define NONE SIZE_MAX

enum ground { GROUND_QUIET, GROUND_DATA, GROUND_CODE };

/* A function's body, and what it returns. */
struct body {
    size_t open, close;          /* its braces */
    size_t type_begin, type_end; /* before its name */
};

struct maker {
    const char *source;
    size_t source_length;
    struct c_tokens tokens;
    size_t *match;  /* of a bracket: the other one, or NONE */
    size_t *parent; /* the innermost open bracket around, or NONE */
    enum ground *ground;
    struct body *bodies;
    size_t body_count, body_capacity;
    struct mutants *out;
    size_t capacity;
    bool failed; /* no memory */
};

/* Fill match, parent, ground and bodies. */
void mutant_ground(struct maker *maker);

/* Both take index or NONE. */
bool mutant_is(const struct maker *maker, size_t index, const char *spelling);
bool mutant_is_one_of(const struct maker *maker, size_t index, const char *const *spellings);

/* Whether the tokens between the parentheses name a type: a cast, or what sizeof measures. */
bool mutant_is_type(const struct maker *maker, size_t open);

/* Whether a name is a type's by convention: size_t. */
bool mutant_names_type(const struct c_token *token);

/* Where the operand before ?:, || or && begins: after what binds less. */
enum binding { BINDS_LIKE_CHOICE, BINDS_LIKE_OR, BINDS_LIKE_AND };
size_t mutant_operand_begin(const struct maker *maker, size_t operator, enum binding binding);

/* Replace tokens first to last, both included, by a printf-style text. */
void mutant_add(struct maker *maker, const char *operator, size_t first, size_t last,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The source from token first to last, as it stands there: printf's %.*s takes both. */
#define MUTANT_SPAN(maker, first, last)                                                            \
    (int)((maker)->tokens.tokens[last].offset + (maker)->tokens.tokens[last].length -              \
          (maker)->tokens.tokens[first].offset),                                                   \
        (maker)->source + (maker)->tokens.tokens[first].offset

/* Every operator on one token, and on the statement that may begin with it. */
void mutant_tokens(struct maker *maker, size_t index);
void mutant_statements(struct maker *maker, size_t index);

/* The operator on assembly, wherever it stands. */
void mutant_assembly(struct maker *maker, size_t index);

#endif
