/* bench_intern.c - strings to ids: ours beside GLib's quarks and string chunk.
 *
 *   ids-1M-10%      a million words, every tenth of them new, from empty; each gives an id
 *   texts-1M-10%    the same words; each gives the one copy of its text
 *   ids-many, texts-many    the same, and ours takes 64 words at a time: the others have no such call
 *   text-of-id      from ids in random order to their texts
 *
 * Every contender starts from strings that end in a zero, so that ours pays for a strlen. A table of
 * quarks is one for the process and is never emptied: each sample loads GLib anew, from a copy. Such
 * a table would grow on pages that nobody used before, and the others on warm ones from their last
 * sample. What a fresh page costs is up to the host, and more than a lookup: so every setup first
 * touches more memory than any of them takes, and leaves it in the heap for whoever comes next.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "03_memory/intern.h"
#include "bench/bench.h"

enum { WORDS = 1 << 20, NEW_EVERY = 10, WORD_MAX_BYTES = 24 };
enum { WARM_BYTES = 16 << 20, HEAP_BLOCK_MAX_BYTES = 32 << 20 }; /* the latter: glibc's limit */

/* ---- the words: a new one every ten, else one that came before, so that any prefix is 10% new --*/

static char word_bytes[WORDS / NEW_EVERY + 1][WORD_MAX_BYTES];
static const char *words[WORDS];

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12; /* xorshift64*, Vigna 2016 */
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* Letters, then the number, so that all differ; 6 to 21 bytes, as identifiers are. */
static void make_word(char *word, unsigned number, uint64_t *state)
{
    size_t letters = 4 + next_random(state) % 12;
    for (size_t at = 0; at < letters; at++)
        word[at] = (char)('a' + (next_random(state) >> 32) % 26);
    snprintf(word + letters, WORD_MAX_BYTES - letters, "%u", number);
}

static void make_words(void)
{
    uint64_t state = 20260108;
    unsigned distinct = 0;
    for (size_t i = 0; i < WORDS && !words[WORDS - 1]; i++) {
        if (i % NEW_EVERY == 0) {
            make_word(word_bytes[distinct], distinct, &state);
            words[i] = word_bytes[distinct++];
        } else {
            words[i] = word_bytes[(next_random(&state) >> 32) % distinct];
        }
    }
}

static const char *word(uint64_t number)
{
    return words[number % WORDS];
}

/* Before each sample, of every contender: the heap has WARM_BYTES that are mapped and free, and does
 * not give them back. Whoever takes some gets no page fault. */
static void set_up_words(void)
{
    make_words();
    mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_MAX_BYTES);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    char *warm = malloc(WARM_BYTES);
    if (!warm)
        return; /* a sample that is slower, and no worse */
    memset(warm, 1, WARM_BYTES);
    bench_keep(warm);
    free(warm);
}

/* What is compared: the first two letters of every text. */
static uint64_t look_at(const char *text)
{
    return (uint64_t)(unsigned char)text[0] << 8 | (unsigned char)text[1];
}

/* ---- ours -------------------------------------------------------------------------------------*/

static void *ours_setup(void)
{
    struct intern *intern;
    set_up_words();
    return intern_create(&intern, allocator_system(), NULL) == 0 ? intern : NULL;
}

static void ours_teardown(void *context)
{
    intern_destroy(context);
}

static uint64_t ours_ids(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t id = INTERN_NONE;
        if (intern_put_string(context, word(i), &id) != 0)
            return 0;
        sum += id;
    }
    return sum;
}

static uint64_t ours_texts(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        const char *text;
        if (intern_put_text(context, word(i), strlen(word(i)), &text) != 0)
            return 0;
        sum += look_at(text);
    }
    return sum;
}

/* ---- ours, 64 words at a time -----------------------------------------------------------------*/

enum { BATCH = 64 };

static bool put_batch(void *context, struct intern_item *items, uint64_t from, uint64_t operations)
{
    size_t count = operations - from < BATCH ? operations - from : BATCH;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct intern_item){.bytes = word(from + i), .length = strlen(word(from + i))};
    for (size_t i = count; i < BATCH; i++)
        items[i] = (struct intern_item){.text = "\0"}; /* adds nothing to a sum */
    return intern_put_many(context, items, count) == 0;
}

static uint64_t ours_ids_many(void *context, uint64_t operations)
{
    struct intern_item items[BATCH];
    uint64_t sum = 0;
    for (uint64_t at = 0; at < operations; at += BATCH) {
        if (!put_batch(context, items, at, operations))
            return 0;
        for (size_t i = 0; i < BATCH; i++)
            sum += items[i].id;
    }
    return sum;
}

static uint64_t ours_texts_many(void *context, uint64_t operations)
{
    struct intern_item items[BATCH];
    uint64_t sum = 0;
    for (uint64_t at = 0; at < operations; at += BATCH) {
        if (!put_batch(context, items, at, operations))
            return 0;
        for (size_t i = 0; i < BATCH; i++)
            sum += look_at(items[i].text);
    }
    return sum;
}

static void *ours_filled(void)
{
    struct intern *intern = ours_setup();
    if (intern)
        ours_ids(intern, WORDS);
    return intern;
}

/* Which id is asked for at a step: all of them, in an order that a prefetcher cannot guess. */
static uint32_t nth_id(uint64_t step)
{
    return (uint32_t)(step * UINT64_C(2654435761) % (WORDS / NEW_EVERY));
}

static uint64_t ours_text_of_id(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += look_at(intern_text(context, nth_id(i) + 1, NULL));
    return sum;
}

/* ---- GQuark -----------------------------------------------------------------------------------*/

struct quarks {
    uint32_t (*from_string)(const char *text);
    const char *(*to_string)(uint32_t quark);
    uint32_t first; /* GLib has some of its own before ours */
};

/* The library once more, from a copy in memory: the loader takes another file for another library. */
static void *load_copy(void *symbol)
{
    Dl_info info;
    struct stat about;
    if (!symbol || !dladdr(symbol, &info))
        return NULL;
    int from = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
    int to = memfd_create("glib", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
    void *library = NULL;
    if (from >= 0 && to >= 0 && fstat(from, &about) == 0 &&
        sendfile(to, from, NULL, (size_t)about.st_size) == about.st_size)
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return library;
}

/* GLib never frees its quarks. The leak sanitizer, where there is one, asks here what to overlook. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:/proc/self/fd/";
}

static void *quarks_setup(void)
{
    static struct quarks quarks;
    set_up_words();
    void *original = bench_library("libglib-2.0.so.0");
    void *library = load_copy(original ? bench_symbol(original, "g_quark_from_string") : NULL);
    if (!library)
        return NULL;
    void *from_string = dlsym(library, "g_quark_from_string");
    void *to_string = dlsym(library, "g_quark_to_string");
    memcpy(&quarks.from_string, &from_string, sizeof(from_string));
    memcpy(&quarks.to_string, &to_string, sizeof(to_string));
    quarks.first = quarks.from_string("syslab: the quark before the first word");
    return &quarks;
}

static uint64_t quarks_ids(void *context, uint64_t operations)
{
    const struct quarks *quarks = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += quarks->from_string(word(i)) - quarks->first;
    return sum;
}

static uint64_t quarks_texts(void *context, uint64_t operations)
{
    const struct quarks *quarks = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += look_at(quarks->to_string(quarks->from_string(word(i))));
    return sum;
}

static void *quarks_filled(void)
{
    struct quarks *quarks = quarks_setup();
    if (quarks)
        quarks_ids(quarks, WORDS);
    return quarks;
}

static uint64_t quarks_text_of_id(void *context, uint64_t operations)
{
    const struct quarks *quarks = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += look_at(quarks->to_string(quarks->first + 1 + nth_id(i)));
    return sum;
}

/* ---- GStringChunk: one copy of each text, and no ids ------------------------------------------*/

struct chunk {
    void *(*create)(size_t bytes);
    void (*destroy)(void *chunk);
    char *(*insert_const)(void *chunk, const char *text);
    void *chunk;
};

static void *chunk_setup(void)
{
    static struct chunk chunk;
    set_up_words();
    void *library = bench_library("libglib-2.0.so.0");
    if (!library)
        return NULL;
    void *create = bench_symbol(library, "g_string_chunk_new");
    void *destroy = bench_symbol(library, "g_string_chunk_free");
    void *insert = bench_symbol(library, "g_string_chunk_insert_const");
    if (!create || !destroy || !insert)
        return NULL;
    memcpy(&chunk.create, &create, sizeof(create));
    memcpy(&chunk.destroy, &destroy, sizeof(destroy));
    memcpy(&chunk.insert_const, &insert, sizeof(insert));
    chunk.chunk = chunk.create(4096);
    return &chunk;
}

static void chunk_teardown(void *context)
{
    struct chunk *chunk = context;
    chunk->destroy(chunk->chunk);
}

static uint64_t chunk_texts(void *context, uint64_t operations)
{
    struct chunk *chunk = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += look_at(chunk->insert_const(chunk->chunk, word(i)));
    return sum;
}

/* ---- rows -------------------------------------------------------------------------------------*/

static const struct bench_contender ids[] = {
    {.name = "syslab", .run = ours_ids, .setup = ours_setup, .teardown = ours_teardown},
    {.name = "glib-quark", .run = quarks_ids, .setup = quarks_setup},
    {0},
};
static const struct bench_contender texts[] = {
    {.name = "syslab", .run = ours_texts, .setup = ours_setup, .teardown = ours_teardown},
    {.name = "glib-quark", .run = quarks_texts, .setup = quarks_setup},
    {.name = "glib-string-chunk",
     .run = chunk_texts,
     .setup = chunk_setup,
     .teardown = chunk_teardown},
    {0},
};
static const struct bench_contender ids_many[] = {
    {.name = "syslab", .run = ours_ids_many, .setup = ours_setup, .teardown = ours_teardown},
    {.name = "glib-quark", .run = quarks_ids, .setup = quarks_setup},
    {0},
};
static const struct bench_contender texts_many[] = {
    {.name = "syslab", .run = ours_texts_many, .setup = ours_setup, .teardown = ours_teardown},
    {.name = "glib-string-chunk",
     .run = chunk_texts,
     .setup = chunk_setup,
     .teardown = chunk_teardown},
    {0},
};
static const struct bench_contender text_of_id[] = {
    {.name = "syslab", .run = ours_text_of_id, .setup = ours_filled, .teardown = ours_teardown},
    {.name = "glib-quark", .run = quarks_text_of_id, .setup = quarks_filled},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "intern/ids-1M-10%",
     .work = "1 million words, 10% of them new, to ids; GLib is loaded anew each time",
     .operations = WORDS,
     .floor = 0.8,
     .contenders = ids},
    {.name = "intern/texts-1M-10%",
     .work = "1 million words, 10% of them new, to the one copy; GLib is loaded anew for quarks",
     .operations = WORDS,
     .floor = 0.8,
     .contenders = texts},
    {.name = "intern/ids-many-1M-10%",
     .work = "as ids-1M-10%, and ours is given 64 words a call",
     .operations = WORDS,
     .floor = 0.8,
     .contenders = ids_many},
    {.name = "intern/texts-many-1M-10%",
     .work = "as texts-1M-10%, and ours is given 64 words a call",
     .operations = WORDS,
     .floor = 0.8,
     .contenders = texts_many},
    {.name = "intern/text-of-id",
     .work = "100 000 ids in random order, to their texts",
     .operations = WORDS,
     .contenders = text_of_id},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
