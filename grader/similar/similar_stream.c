#include "grader/similar/similar_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "grader/inspect/c_tokens.h"

enum { CODE_NONE, CODE_NAME, CODE_NUMBER, CODE_STRING, CODE_OTHER, CODE_TYPE };

static bool is_one_of(const struct c_token *token, const char *const *words)
{
    for (; *words; words++)
        if (c_token_is(token, *words))
            return true;
    return false;
}

/* What can be added to a program, or taken out, with no other thought. */
static bool is_trimming(const struct c_token *token)
{
    static const char *const words[] = {"{",      "}",        "<%",       "%>",     "const",
                                        "static", "inline",   "register", "extern", "volatile",
                                        "auto",   "restrict", NULL};
    return is_one_of(token, words);
}

static bool is_type(const struct c_token *token)
{
    static const char *const words[] = {"void",   "char",     "short",  "int",   "long", "float",
                                        "double", "unsigned", "signed", "_Bool", NULL};
    return token->kind == C_TOKEN_KEYWORD && is_one_of(token, words);
}

/* FNV-1a of the spelling, away from the codes of the classes. */
static uint32_t spelling_code(const struct c_token *token)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < token->spelling_length; i++)
        hash = (hash ^ (unsigned char)token->spelling[i]) * 16777619u;
    return hash | 0x80000000u;
}

static uint32_t code_of(const struct c_token *token)
{
    switch (token->kind) {
    case C_TOKEN_NAME:
        return CODE_NAME;
    case C_TOKEN_NUMBER:
    case C_TOKEN_CHARACTER:
        return CODE_NUMBER;
    case C_TOKEN_STRING:
        return CODE_STRING;
    case C_TOKEN_OTHER:
        return CODE_OTHER;
    case C_TOKEN_KEYWORD:
    case C_TOKEN_PUNCTUATOR:
        break;
    }
    if (is_trimming(token))
        return CODE_NONE;
    return is_type(token) ? CODE_TYPE : spelling_code(token);
}

/* Whether the `#` at `at` begins an #include. */
static bool begins_include(const struct c_tokens *tokens, size_t at)
{
    return tokens->tokens[at].directive && tokens->tokens[at].first_in_line &&
           at + 1 < tokens->count && c_token_is(&tokens->tokens[at + 1], "include");
}

static size_t after_line(const struct c_tokens *tokens, size_t at)
{
    do
        at++;
    while (at < tokens->count && !tokens->tokens[at].first_in_line);
    return at;
}

/* Take a token over: as a code of its own, or into the type or string that stands before it. */
static void add(struct similar_stream *stream, const struct c_token *token, uint32_t code,
                uint32_t *before)
{
    uint32_t end = (uint32_t)(token->offset + token->length);
    bool joins = code == *before && (code == CODE_TYPE || code == CODE_STRING);
    *before = code;
    if (joins) {
        stream->places[stream->count - 1].end = end;
        stream->places[stream->count - 1].last_line = token->line;
        return;
    }
    stream->codes[stream->count] = code == CODE_TYPE ? CODE_NAME : code;
    stream->places[stream->count++] =
        (struct similar_place){(uint32_t)token->offset, end, token->line, token->line};
}

/* There was room for every token. Shrinking that fails leaves things as they are. */
static void fit(struct similar_stream *stream)
{
    uint32_t *codes = reallocarray(stream->codes, stream->count + 1, sizeof(*codes));
    stream->codes = codes ? codes : stream->codes;
    struct similar_place *places = reallocarray(stream->places, stream->count + 1, sizeof(*places));
    stream->places = places ? places : stream->places;
}

int similar_stream_read(const char *source, size_t length, struct similar_stream *out)
{
    struct c_tokens tokens;
    *out = (struct similar_stream){.codes = NULL};
    if (length > INT32_MAX)
        return -EFBIG;
    int failed = c_tokens_read(source, length, &tokens);
    if (failed)
        return failed;
    out->codes = calloc(tokens.count + 1, sizeof(*out->codes));
    out->places = calloc(tokens.count + 1, sizeof(*out->places));
    failed = out->codes && out->places ? 0 : -ENOMEM;
    uint32_t before = CODE_NONE;
    for (size_t i = 0; !failed && i < tokens.count;) {
        if (begins_include(&tokens, i)) {
            i = after_line(&tokens, i);
            continue;
        }
        uint32_t code = code_of(&tokens.tokens[i]);
        if (code != CODE_NONE)
            add(out, &tokens.tokens[i], code, &before);
        i++;
    }
    c_tokens_fini(&tokens);
    if (failed)
        similar_stream_fini(out);
    else
        fit(out);
    return failed;
}

void similar_stream_fini(struct similar_stream *stream)
{
    free(stream->codes);
    free(stream->places);
    *stream = (struct similar_stream){.codes = NULL};
}
