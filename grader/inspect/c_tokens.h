/* c_tokens.h - C source as a list of tokens (ISO C17, 5.1.1.2 phases 1 to 3), each with its place.
 *
 * Comments and white space are no tokens. What stands in a preprocessor line is tokens like any other,
 * marked as such. Nothing is expanded and nothing is judged: every input has tokens, C or not.
 *
 *     if (a \        the tokens `if` `(` `a` `<=` `b` `)`: a line splice (backslash, newline) and the
 *     <\             trigraph ??/ are undone, so that `<=` is one token whose place in the source is
 *     = b)           four bytes long and whose spelling is two
 *
 * Interface: struct c_token, c_tokens_read c_tokens_fini c_token_is
 */
#ifndef SYSLAB_GRADER_C_TOKENS_H
#define SYSLAB_GRADER_C_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum c_token_kind {
    C_TOKEN_NAME,
    C_TOKEN_KEYWORD,    /* of C17 */
    C_TOKEN_NUMBER,     /* a preprocessing number: 0x1p-3, 10u */
    C_TOKEN_CHARACTER,  /* with its prefix: L'a' */
    C_TOKEN_STRING,     /* with its prefix; the file of an #include <...> as well */
    C_TOKEN_PUNCTUATOR, /* the longest that fits; digraphs as they are spelled */
    C_TOKEN_OTHER,      /* one byte that is none of these */
};

struct c_token {
    enum c_token_kind kind;
    const char *spelling; /* not ended by NUL; splices undone */
    size_t spelling_length;
    size_t offset, length; /* in the source, from its first byte to its last */
    unsigned line;         /* in the source, from 1: where it begins */
    bool directive;        /* in a preprocessor line; its `#` too */
    bool first_in_line;    /* the first of its logical line */
};

struct c_tokens {
    struct c_token *tokens;
    size_t count;
    char *spliced; /* what the spellings point into */
};

/* Returns: 0 and *out, or -ENOMEM. Owns: c_tokens_fini. Cost: linear; some 40 bytes a byte of source. */
int c_tokens_read(const char *source, size_t length, struct c_tokens *out);
void c_tokens_fini(struct c_tokens *tokens);

/* Whether the token is spelled so; false for NULL, which stands for what is not there. */
bool c_token_is(const struct c_token *token, const char *spelling);

#endif
