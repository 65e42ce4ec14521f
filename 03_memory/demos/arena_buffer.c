/* arena_buffer.c - an arena in a buffer on the stack: no allocation until the buffer is full.
 *
 * Most inputs are short. The buffer serves them without a single call to the allocator; a long one
 * goes on to chunks by itself. With NULL in place of an allocator it would end at the buffer: that
 * is an arena for a signal handler's thread, or for a machine without a heap.
 *
 * Usage: demo_arena_buffer
 * Expected output:
 *     4 words, 0 allocations
 *     100 words, 1 allocations
 *     without an allocator: 100 words do not fit
 */
#include <stdio.h>
#include <string.h>

#include "03_memory/arena.h"

struct word {
    char text[8];
    struct word *next;
};

/* Returns: how many words were made, or -1: no memory. */
static int make_words(struct arena *arena, int count)
{
    struct word *list = NULL;
    for (int i = 0; i < count; i++) {
        struct word *word = arena_new(arena, struct word);
        if (!word)
            return -1;
        memcpy(word->text, "a word.", sizeof(word->text));
        word->next = list;
        list = word;
    }
    return count;
}

static void run(int count)
{
    _Alignas(ARENA_ALIGN) char buffer[512];
    struct allocator_counting counting;
    struct arena arena;
    allocator_counting_init(&counting, allocator_system());
    arena_init_buffer(&arena, buffer, sizeof(buffer), &counting.base);
    int made = make_words(&arena, count);
    size_t calls = allocator_counting_read(&counting).alloc_calls;
    printf("%d words, %zu allocations\n", made, calls);
    arena_fini(&arena);
}

int main(void)
{
    run(4);
    run(100);
    _Alignas(ARENA_ALIGN) char buffer[512];
    struct arena fixed;
    arena_init_buffer(&fixed, buffer, sizeof(buffer), NULL);
    printf("without an allocator: 100 words %s\n",
           make_words(&fixed, 100) < 0 ? "do not fit" : "fit");
    arena_fini(&fixed);
    return 0;
}
