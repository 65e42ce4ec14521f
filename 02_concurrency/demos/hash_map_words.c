/* hash_map_words.c - four threads count the words of a text in one map.
 *
 * Keys are numbers: intern gives each word one, the same to all threads. A thread that meets a word for the first time inserts
 * it; the others count up by replace_if, which fails when somebody else was faster, and says what there is now.
 *
 * Usage: demo_hash_map_words
 * Expected output:
 *     words: 60000, different: 9
 *     12000 the
 *     6000 a
 *     6000 locks
 *     6000 map
 *     6000 nobody
 *     6000 reader
 *     6000 waits
 *     6000 which
 *     6000 writer
 *     bytes left: 0
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/hash_map.h"
#include "03_memory/intern.h"

enum { THREADS = 4, ROUNDS = 1500, WORDS_MAX = 16 };

static const char *const text[] = {"the",    "writer", "which", "locks", "the",
                                   "reader", "waits",  "a",     "map",   "nobody"};
enum { TEXT_WORDS = sizeof(text) / sizeof(*text) };

static struct epoch epoch;
static struct hash_map counts;
static struct intern *words;

static void count(struct reclaim_thread *me, uint64_t word)
{
    uint64_t seen = 0;
    int error = hash_map_insert(&counts, me, word, 1);
    if (error == 0)
        return;
    while (error == -EEXIST || error == -EAGAIN)
        error = hash_map_replace_if(&counts, me, word, &seen, seen + 1);
    if (error)
        abort();
}

static void *read_text(void *argument)
{
    struct reclaim_thread *me;
    if (reclaim_join(&epoch.domain, &me) != 0)
        abort();
    for (int i = 0; i < ROUNDS * TEXT_WORDS; i++) {
        uint32_t word;
        if (intern_put_string(words, text[i % TEXT_WORDS], &word) != 0)
            abort();
        count(me, word);
    }
    return argument; /* a thread that ends has quit */
}

struct line {
    uint64_t count;
    const char *word;
};

static int compare(const void *a, const void *b)
{
    const struct line *left = a, *right = b;
    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return strcmp(left->word, right->word);
}

static void print_counts(void)
{
    struct reclaim_thread *me;
    struct hash_map_cursor cursor = HASH_MAP_CURSOR_INIT;
    struct line lines[WORDS_MAX];
    uint64_t word, total = 0;
    size_t different = 0;
    if (reclaim_join(&epoch.domain, &me) != 0)
        abort();
    while (different < WORDS_MAX &&
           hash_map_next(&counts, me, &cursor, &word, &lines[different].count)) {
        lines[different].word = intern_text(words, (uint32_t)word, NULL);
        total += lines[different++].count;
    }
    qsort(lines, different, sizeof(*lines), compare);
    printf("words: %llu, different: %zu\n", (unsigned long long)total, different);
    for (size_t i = 0; i < different; i++)
        printf("%llu %s\n", (unsigned long long)lines[i].count, lines[i].word);
}

int main(void)
{
    struct allocator_counting counting;
    pthread_t threads[THREADS];
    allocator_counting_init(&counting, allocator_system());
    epoch_init(&epoch, &counting.base, asymmetric_best());
    if (hash_map_init(&counts, &epoch.domain, NULL) != 0 ||
        intern_create(&words, &counting.base, NULL) != 0)
        return 1;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, read_text, NULL) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    print_counts();
    hash_map_fini(&counts);
    intern_destroy(words);
    epoch_fini(&epoch);
    printf("bytes left: %zu\n", allocator_counting_read(&counting).live_bytes);
    return 0;
}
