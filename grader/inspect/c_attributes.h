/* c_attributes.h - the words and strings of preprocessed C, and which of them stand in an attribute or a
 * label: there they speak to the compiler, the assembler or the linker, and to nobody else.
 *
 *     int old(int) __attribute__((deprecated("use f"))) __asm__("f");
 *     ~~~ ~~~ ~~~                  inside: deprecated "use f" (told), "f"
 *
 * Interface: struct c_attributes, c_attributes_next c_attributes_is c_attributes_calls
 */
#ifndef SYSLAB_GRADER_C_ATTRIBUTES_H
#define SYSLAB_GRADER_C_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

/* Where a walk is; begin with {.at = preprocessed}. */
struct c_attributes {
    const char *at;
    const char *word; /* the one just passed, not ended by NUL; a string begins with its quote */
    size_t length;
    bool inside; /* of an attribute's brackets, or a label's */
    bool told;   /* a string that a compiler only shows: deprecated("...") and its like */

    unsigned depth; /* the walk's own, as what follows */
    bool awaited;   /* a keyword was read, its bracket not yet */
    int telling;    /* 1: a word such as deprecated was read; 2: its bracket too */
};

/* Go on to the next word, number or literal. Returns: false at the end. */
bool c_attributes_next(struct c_attributes *walk);

/* Whether the word is this one, with or without underscores around it. */
bool c_attributes_is(const struct c_attributes *walk, const char *bare);

/* The same, and a bracket follows, as in section("x"). */
bool c_attributes_calls(const struct c_attributes *walk, const char *bare);

#endif
