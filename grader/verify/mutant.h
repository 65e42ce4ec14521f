/* mutant.h - small faults put into a C source, one at a time, as a programmer might have made them.
 *
 * What the tests do not notice, they do not test. Operators, by the name that a manifest uses:
 *
 *     comparison     <  to <= >= !=, == to != <= >=, and so on for all six
 *     arithmetic     + and -, * and /, % to *, their assignments; a unary minus dropped
 *     bitwise        & and |, ^ to &, << and >>, their assignments; ~ dropped
 *     logical        && and ||; one operand of them dropped; ! dropped
 *     constant       an integer or character one more, one less; true and false
 *     increment      ++ and --
 *     condition      of if, loops and ?: negated; never true; always true (if and ?:)
 *     error_check    an if that only leaves (return, goto, break, continue) never does
 *     statement      an assignment, a jump or the like dropped
 *     call           a statement that is one call dropped
 *     return_value   0, the negation or one more in place of what is returned
 *     memory_order   each order weakened: to relaxed, acq_rel also to acquire and to release; an
 *                    atomic operation without an order made relaxed
 *     instruction    a line of an asm statement dropped
 *
 * They are Offutt's sufficient operators (1996) in the fewer forms that subsume the others (Kaminski,
 * Ammann and Offutt 2011; Just 2014), and statement deletion (Deng, Offutt and Li 2013).
 *
 * Left alone: comments, other strings, preprocessor lines, floating constants; what stands inside of
 * sizeof, _Alignof, _Static_assert, attributes and ASSERT or assert, which check and do not act; and
 * outside of functions all but initialisers, array sizes and the values of an enum.
 *
 * Interface: mutants_make mutants_free mutant_apply
 */
#ifndef SYSLAB_GRADER_MUTANT_H
#define SYSLAB_GRADER_MUTANT_H

#include <stddef.h>

struct mutant {
    const char *operator;  /* constant */
    size_t offset, length; /* what is replaced in the source */
    char *replacement;     /* has as many ends of lines, so that lines stay where they were */
    unsigned line;
    /* Its name, which outlives a change elsewhere in the file: the source line on which it begins,
     * without the space around; what becomes what, "< -> <="; and which one, from 1, of those that
     * are alike in operator, text and change. */
    char *text, *change;
    unsigned occurrence;
};

struct mutants {
    struct mutant *all; /* in the order of the source */
    size_t count;
};

/* Returns: 0 and *out, or -ENOMEM. Owns: mutants_free. */
int mutants_make(const char *source, size_t length, struct mutants *out);
void mutants_free(struct mutants *mutants);

/* The source with the fault in it. Returns: a string to free, or NULL without memory. */
char *mutant_apply(const struct mutant *mutant, const char *source, size_t length);

#endif
