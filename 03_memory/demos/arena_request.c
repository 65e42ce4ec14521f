/* arena_request.c - a scratch arena for each request: nothing is freed, nothing leaks.
 *
 * A server takes a request apart into small blocks: copies of names, a list of headers, an answer.
 * All are done with at the same moment. The arena is reset there, once, whichever way the handler
 * ended, and the next request uses the same memory: look at the column "chunks asked for".
 *
 * Usage: demo_arena_request
 * Expected output:
 *     GET /index.html -> 200 /index.html for example.org, 2 headers
 *     chunks asked for so far: 1
 *     GET /missing -> 404 /missing for example.org, 1 headers
 *     chunks asked for so far: 1
 *     BREW -> 400 bad request
 *     chunks asked for so far: 1
 *     GET /index.html -> 200 /index.html for example.org, 3 headers
 *     chunks asked for so far: 1
 *     leaked: 0 bytes
 */
#include <stdio.h>
#include <string.h>

#include "03_memory/arena.h"

struct header {
    const char *name, *value;
    struct header *next;
};

struct request {
    const char *method, *path;
    struct header *headers;
    int header_count;
};

/* Cut the next piece off *text, up to a separator. Returns: a copy, or NULL: there is none. */
static char *piece(struct arena *scratch, const char **text, const char *separator)
{
    const char *end = strstr(*text, separator);
    if (!end)
        return NULL;
    char *copy = arena_strndup(scratch, *text, (size_t)(end - *text));
    *text = end + strlen(separator);
    return copy;
}

static struct request *parse(struct arena *scratch, const char *text)
{
    struct request *request =
        arena_alloc_zeroed(scratch, sizeof(*request), _Alignof(struct request));
    if (!request)
        return NULL;
    request->method = piece(scratch, &text, " ");
    request->path = piece(scratch, &text, "\n");
    if (!request->method || !request->path)
        return NULL; /* half a request is left behind, and that is no leak */
    for (char *name; (name = piece(scratch, &text, ": ")) != NULL;) {
        struct header *header = arena_new(scratch, struct header);
        char *value = piece(scratch, &text, "\n");
        if (!header || !value)
            return NULL;
        *header = (struct header){name, value, request->headers};
        request->headers = header;
        request->header_count++;
    }
    return request;
}

static const char *host_of(const struct request *request)
{
    for (const struct header *header = request->headers; header; header = header->next)
        if (strcmp(header->name, "Host") == 0)
            return header->value;
    return "nobody";
}

static const char *handle(struct arena *scratch, const char *text)
{
    struct request *request = parse(scratch, text);
    if (!request)
        return "400 bad request";
    int status = strcmp(request->path, "/index.html") == 0 ? 200 : 404;
    const char *answer = arena_printf(scratch, "%d %s for %s, %d headers", status, request->path,
                                      host_of(request), request->header_count);
    return answer ? answer : "503 out of memory";
}

int main(void)
{
    static const char *const requests[] = {
        "GET /index.html\nHost: example.org\nAccept: text/html\n",
        "GET /missing\nHost: example.org\n",
        "BREW\n",
        "GET /index.html\nHost: example.org\nAccept: */*\nCookie: a=1\n",
    };
    struct allocator_counting counting;
    allocator_counting_init(&counting, allocator_system());
    struct arena scratch;
    arena_init(&scratch, &counting.base, 0);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        printf("%.*s -> %s\n", (int)strcspn(requests[i], "\n"), requests[i],
               handle(&scratch, requests[i]));
        printf("chunks asked for so far: %zu\n", allocator_counting_read(&counting).alloc_calls);
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    printf("leaked: %zu bytes\n", allocator_counting_read(&counting).live_bytes);
    return 0;
}
