/* c_tokens.c - first the source with its splices undone and the place of each byte, then tokens. */
#include "grader/inspect/c_tokens.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"

/* Where a byte of the spliced text comes from. */
struct place {
    size_t offset, end;
    unsigned line;
};

struct lexer {
    const char *text; /* spliced; a NUL follows its last byte */
    struct place *places;
    size_t length, at;
    bool directive, line_begins;
    struct c_tokens *out;
    size_t capacity;
};

/* ---- phases 1 and 2: trigraphs, splices ---- */

/* The byte that stands at source[at], and how many bytes spell it. */
static char byte_at(const char *source, size_t length, size_t at, size_t *bytes)
{
    static const char trigraphs[] = "=#/\\'^([)]!|<{>}-~";
    *bytes = 1;
    if (length - at < 3 || source[at] != '?' || source[at + 1] != '?')
        return source[at];
    for (const char *pair = trigraphs; *pair; pair += 2) {
        if (pair[0] == source[at + 2]) {
            *bytes = 3;
            return pair[1];
        }
    }
    return source[at];
}

/* gcc and clang let white space stand between the backslash and the end of its line. */
static size_t splice_bytes(const char *source, size_t length, size_t after_backslash)
{
    size_t at = after_backslash;
    while (at < length && (source[at] == ' ' || source[at] == '\t' || source[at] == '\r'))
        at++;
    return at < length && source[at] == '\n' ? at + 1 - after_backslash : 0;
}

static size_t undo_splices(const char *source, size_t length, char *text, struct place *places)
{
    size_t count = 0, bytes;
    unsigned line = 1;
    for (size_t at = 0; at < length; at += bytes) {
        char byte = byte_at(source, length, at, &bytes);
        size_t skipped = byte == '\\' ? splice_bytes(source, length, at + bytes) : 0;
        if (skipped) {
            bytes += skipped;
            line++;
            continue;
        }
        text[count] = byte;
        places[count++] = (struct place){at, at + bytes, line};
        line += byte == '\n';
    }
    text[count] = '\0';
    return count;
}

/* ---- phase 3: tokens ---- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Letters of other scripts are bytes from 0x80; a dollar sign is gcc's and clang's. */
static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
           byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->length - lexer->at > ahead ? lexer->text[lexer->at + ahead] : '\0';
}

static void skip_comment(struct lexer *lexer)
{
    const char *from = lexer->text + lexer->at + 2;
    size_t left = lexer->length - lexer->at - 2;
    const char *end =
        peek(lexer, 1) == '/' ? memchr(from, '\n', left) : memmem(from, left, "*/", 2);
    size_t past = peek(lexer, 1) == '/' ? 0 : 2;
    lexer->at = end ? (size_t)(end - lexer->text) + past : lexer->length;
}

/* White space, comments and ends of lines. */
static void skip_to_token(struct lexer *lexer)
{
    while (lexer->at < lexer->length) {
        char byte = peek(lexer, 0);
        if (byte == '\n') {
            lexer->directive = false;
            lexer->line_begins = true;
        }
        if (byte == '/' && (peek(lexer, 1) == '/' || peek(lexer, 1) == '*'))
            skip_comment(lexer);
        else if (byte == ' ' || (byte >= '\t' && byte <= '\r'))
            lexer->at++;
        else
            return;
    }
}

/* A string or a character ends at its quote, or broken at the end of its line. */
static size_t quoted_length(const struct lexer *lexer, size_t prefix)
{
    char quote = peek(lexer, prefix);
    size_t length = prefix + 1;
    while (lexer->at + length < lexer->length && peek(lexer, length) != '\n') {
        char byte = peek(lexer, length++);
        if (byte == quote)
            break;
        if (byte == '\\' && lexer->at + length < lexer->length && peek(lexer, length) != '\n')
            length++;
    }
    return length;
}

/* The length of L, u, U or u8 before a quote, or 0. */
static size_t prefix_length(const struct lexer *lexer)
{
    char first = peek(lexer, 0);
    size_t length = first == 'u' && peek(lexer, 1) == '8' ? 2 : 1;
    bool letter = first == 'L' || first == 'u' || first == 'U';
    char quote = peek(lexer, length);
    return letter && (quote == '"' || quote == '\'') ? length : 0;
}

static size_t number_length(const struct lexer *lexer)
{
    size_t length = 1;
    for (;; length++) {
        char byte = peek(lexer, length), before = peek(lexer, length - 1);
        bool sign = (byte == '+' || byte == '-') && before && strchr("eEpP", before);
        if (!is_name_byte(byte) && byte != '.' && !sign)
            return length;
    }
}

static size_t name_length(const struct lexer *lexer)
{
    size_t length = 1;
    while (is_name_byte(peek(lexer, length)))
        length++;
    return length;
}

static size_t punctuator_length(const struct lexer *lexer)
{
    static const char *const longest_first[] = {
        "%:%:", "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=",
        ">=",   "==",  "!=",  "&&",  "||", "*=", "/=", "%=", "+=", "-=",
        "&=",   "^=",  "|=",  "##",  "<:", ":>", "<%", "%>", "%:",
    };
    for (size_t i = 0; i < sizeof(longest_first) / sizeof(longest_first[0]); i++) {
        size_t length = strlen(longest_first[i]);
        if (lexer->length - lexer->at >= length &&
            memcmp(lexer->text + lexer->at, longest_first[i], length) == 0)
            return length;
    }
    return peek(lexer, 0) && strchr("[](){}.&*+-~!/%<>^|?:;=,#", peek(lexer, 0)) ? 1 : 0;
}

static bool is_keyword(const char *name, size_t length)
{
    static const char words[] =
        " auto break case char const continue default do double else enum extern float for goto if "
        "inline int long register restrict return short signed sizeof static struct switch typedef "
        "union unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic "
        "_Imaginary _Noreturn _Static_assert _Thread_local ";
    for (const char *at = words; (at = memmem(at, strlen(at), name, length)); at++)
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

/* Between `#include` and the end of its line, <...> is one name. */
static size_t header_length(const struct lexer *lexer)
{
    const struct c_tokens *out = lexer->out;
    if (!lexer->directive || peek(lexer, 0) != '<' || out->count < 2 ||
        !out->tokens[out->count - 2].first_in_line ||
        !c_token_is(&out->tokens[out->count - 1], "include"))
        return 0;
    const char *from = lexer->text + lexer->at;
    size_t length = strcspn(from, ">\n");
    return from[length] == '>' ? length + 1 : 0;
}

static size_t measure(const struct lexer *lexer, enum c_token_kind *kind)
{
    char first = peek(lexer, 0);
    size_t prefix = prefix_length(lexer), length = header_length(lexer);
    *kind = C_TOKEN_STRING;
    if (length)
        return length;
    if (prefix || first == '"' || first == '\'') {
        *kind = peek(lexer, prefix) == '"' ? C_TOKEN_STRING : C_TOKEN_CHARACTER;
        return quoted_length(lexer, prefix);
    }
    *kind = C_TOKEN_NUMBER;
    if (is_digit(first) || (first == '.' && is_digit(peek(lexer, 1))))
        return number_length(lexer);
    if (is_name_byte(first)) {
        length = name_length(lexer);
        *kind = is_keyword(lexer->text + lexer->at, length) ? C_TOKEN_KEYWORD : C_TOKEN_NAME;
        return length;
    }
    length = punctuator_length(lexer);
    *kind = length ? C_TOKEN_PUNCTUATOR : C_TOKEN_OTHER;
    return length ? length : 1;
}

static int add_token(struct lexer *lexer)
{
    struct c_tokens *out = lexer->out;
    enum c_token_kind kind;
    size_t length = measure(lexer, &kind);
    struct c_token *token =
        grow((void **)&out->tokens, out->count, &lexer->capacity, sizeof(*token));
    if (!token)
        return -ENOMEM;
    const struct place *begin = &lexer->places[lexer->at];
    *token = (struct c_token){
        .kind = kind,
        .spelling = lexer->text + lexer->at,
        .spelling_length = length,
        .offset = begin->offset,
        .length = lexer->places[lexer->at + length - 1].end - begin->offset,
        .line = begin->line,
        .first_in_line = lexer->line_begins,
    };
    if (lexer->line_begins && (c_token_is(token, "#") || c_token_is(token, "%:")))
        lexer->directive = true;
    token->directive = lexer->directive;
    lexer->line_begins = false;
    lexer->at += length;
    out->count++;
    return 0;
}

int c_tokens_read(const char *source, size_t length, struct c_tokens *out)
{
    *out = (struct c_tokens){.spliced = malloc(length + 1)};
    struct place *places = calloc(length + 1, sizeof(*places));
    int failed = out->spliced && places ? 0 : -ENOMEM;
    if (!failed) {
        struct lexer lexer = {.text = out->spliced,
                              .places = places,
                              .length = undo_splices(source, length, out->spliced, places),
                              .line_begins = true,
                              .out = out};
        skip_to_token(&lexer);
        while (lexer.at < lexer.length && !failed) {
            failed = add_token(&lexer);
            skip_to_token(&lexer);
        }
    }
    free(places);
    if (failed)
        c_tokens_fini(out);
    return failed;
}

void c_tokens_fini(struct c_tokens *tokens)
{
    free(tokens->tokens);
    free(tokens->spliced);
    *tokens = (struct c_tokens){.tokens = NULL};
}

bool c_token_is(const struct c_token *token, const char *spelling)
{
    return token && token->spelling_length == strlen(spelling) &&
           memcmp(token->spelling, spelling, token->spelling_length) == 0;
}
