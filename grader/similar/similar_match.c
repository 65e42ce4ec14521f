/* similar_match.c - what two texts share, token by token.
 *
 * Fingerprints that both have are seeds: two places whose grams are (all but surely) equal. A seed is
 * compared and grows both ways while the codes agree. The longest runs are taken first, and no code
 * twice (Wise 1993, greedy string tiling), so that one loop of one side is not matched with every loop of
 * the other. Runs that follow each other closely on both sides are then one region: an inserted statement
 * does not tear it apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/similar/similar_internal.h"

enum {
    GAP_CODES = 16,      /* at most this far apart, two runs are one region */
    SEEDS_PER_HASH = 64, /* more combinations of one fingerprint's places: a table, not a text */
};

struct run {
    uint32_t left, right, length;
};

struct runs {
    struct run *all;
    size_t count, capacity;
};

struct match {
    const struct similar_text *left, *right;
    struct runs seeds, runs, tiles;
    bool *left_taken, *right_taken;
};

static int add(struct runs *runs, struct run run)
{
    struct run *slot = grow((void **)&runs->all, runs->count, &runs->capacity, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    *slot = run;
    runs->count++;
    return 0;
}

static void sort(struct runs *runs, int (*order)(const void *left, const void *right))
{
    if (runs->count)
        qsort(runs->all, runs->count, sizeof(*runs->all), order);
}

/* ---- seeds ---- */

static int print_by_hash(const void *left, const void *right)
{
    const struct fingerprint *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static struct fingerprint *sorted_prints(const struct similar_text *text)
{
    size_t bytes = text->print_count * sizeof(*text->prints);
    struct fingerprint *copy = malloc(bytes + 1);
    if (copy && bytes) {
        memcpy(copy, text->prints, bytes);
        qsort(copy, text->print_count, sizeof(*copy), print_by_hash);
    }
    return copy;
}

static size_t end_of_equal(const struct fingerprint *prints, size_t count, size_t begin)
{
    size_t end = begin;
    while (end < count && prints[end].hash == prints[begin].hash)
        end++;
    return end;
}

static int add_seeds(struct runs *seeds, const struct fingerprint *a, size_t a_count,
                     const struct fingerprint *b, size_t b_count)
{
    int failed = 0;
    if (a_count * b_count > SEEDS_PER_HASH)
        return 0;
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; !failed && j < b_count; j++)
            failed = add(seeds, (struct run){a[i].at, b[j].at, SIMILAR_GRAM});
    return failed;
}

static int find_seeds(struct match *match)
{
    struct fingerprint *a = sorted_prints(match->left), *b = sorted_prints(match->right);
    int failed = a && b ? 0 : -ENOMEM;
    size_t i = 0, j = 0, a_count = match->left->print_count, b_count = match->right->print_count;
    while (!failed && i < a_count && j < b_count) {
        if (a[i].hash != b[j].hash) {
            *(a[i].hash < b[j].hash ? &i : &j) += 1;
            continue;
        }
        size_t a_end = end_of_equal(a, a_count, i), b_end = end_of_equal(b, b_count, j);
        failed = add_seeds(&match->seeds, a + i, a_end - i, b + j, b_end - j);
        i = a_end;
        j = b_end;
    }
    free(a);
    free(b);
    return failed;
}

/* ---- runs ---- */

static int64_t diagonal(const struct run *run)
{
    return (int64_t)run->left - run->right;
}

static int by_diagonal(const void *left, const void *right)
{
    const struct run *a = left, *b = right;
    if (diagonal(a) != diagonal(b))
        return diagonal(a) < diagonal(b) ? -1 : 1;
    return (a->left > b->left) - (a->left < b->left);
}

/* The run of equal codes through the seed, as far as it goes both ways. */
static struct run grown(const struct match *match, struct run seed)
{
    const struct similar_stream *a = &match->left->stream, *b = &match->right->stream;
    struct run run = {seed.left, seed.right, 0};
    while (run.left + run.length < a->count && run.right + run.length < b->count &&
           a->codes[run.left + run.length] == b->codes[run.right + run.length])
        run.length++;
    while (run.length && run.left && run.right &&
           a->codes[run.left - 1] == b->codes[run.right - 1]) {
        run.left--;
        run.right--;
        run.length++;
    }
    return run;
}

static int grow_seeds(struct match *match)
{
    int failed = 0;
    sort(&match->seeds, by_diagonal);
    for (size_t i = 0; !failed && i < match->seeds.count; i++) {
        const struct run *seed = &match->seeds.all[i];
        const struct run *last = match->runs.count ? &match->runs.all[match->runs.count - 1] : NULL;
        if (last && diagonal(last) == diagonal(seed) && seed->left < last->left + last->length)
            continue; /* this run has grown over it */
        struct run run = grown(match, *seed);
        if (run.length >= SIMILAR_GRAM) /* else two grams of one hash */
            failed = add(&match->runs, run);
    }
    return failed;
}

/* ---- tiles ---- */

static int by_length(const void *left, const void *right)
{
    const struct run *a = left, *b = right;
    if (a->length != b->length)
        return a->length > b->length ? -1 : 1;
    return by_diagonal(a, b);
}

static bool is_taken(const struct match *match, const struct run *run, uint32_t at)
{
    return match->left_taken[run->left + at] || match->right_taken[run->right + at];
}

/* Take the parts of the run that are free on both sides, if they are long enough to mean something. */
static int lay(struct match *match, const struct run *run)
{
    int failed = 0;
    for (uint32_t from = 0, to; !failed && from < run->length; from = to + 1) {
        for (to = from; to < run->length && !is_taken(match, run, to); to++)
            ;
        if (to - from < SIMILAR_GRAM)
            continue;
        struct run tile = {run->left + from, run->right + from, to - from};
        memset(match->left_taken + tile.left, true, tile.length);
        memset(match->right_taken + tile.right, true, tile.length);
        failed = add(&match->tiles, tile);
    }
    return failed;
}

static int lay_tiles(struct match *match)
{
    int failed = 0;
    match->left_taken = calloc(match->left->stream.count + 1, sizeof(bool));
    match->right_taken = calloc(match->right->stream.count + 1, sizeof(bool));
    if (!match->left_taken || !match->right_taken)
        return -ENOMEM;
    sort(&match->runs, by_length);
    for (size_t i = 0; !failed && i < match->runs.count; i++)
        failed = lay(match, &match->runs.all[i]);
    return failed;
}

/* ---- regions ---- */

static int by_left(const void *left, const void *right)
{
    const struct run *a = left, *b = right;
    return (a->left > b->left) - (a->left < b->left);
}

static bool follows(const struct similar_region *region, const struct run *tile)
{
    return tile->left - region->left_to <= GAP_CODES && tile->right >= region->right_to &&
           tile->right - region->right_to <= GAP_CODES;
}

/* Codes of the tile that the student was not given. */
static uint32_t own_codes(const struct match *match, const struct run *tile)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < tile->length; i++)
        own += !match->left->given[tile->left + i];
    return own;
}

static int make_regions(struct match *match, struct similar_pair *pair)
{
    size_t capacity = 0;
    sort(&match->tiles, by_left);
    for (size_t i = 0; i < match->tiles.count; i++) {
        const struct run *tile = &match->tiles.all[i];
        struct similar_region *region =
            pair->region_count ? &pair->regions[pair->region_count - 1] : NULL;
        if (!region || !follows(region, tile)) {
            region = grow((void **)&pair->regions, pair->region_count, &capacity, sizeof(*region));
            if (!region)
                return -ENOMEM;
            *region = (struct similar_region){.left_from = tile->left, .right_from = tile->right};
            pair->region_count++;
        }
        region->left_to = tile->left + tile->length;
        region->right_to = tile->right + tile->length;
        region->codes += own_codes(match, tile);
    }
    return 0;
}

/* The part of a side's fingerprints whose grams lie in what was taken. */
static double share(const struct similar_text *text, const bool *taken)
{
    size_t matched = 0;
    for (size_t i = 0; i < text->print_count; i++)
        matched += taken[text->prints[i].at] && taken[text->prints[i].at + SIMILAR_GRAM - 1];
    return text->print_count ? (double)matched / (double)text->print_count : 0;
}

static void sum_up(const struct match *match, struct similar_pair *pair)
{
    pair->left_share = share(match->left, match->left_taken);
    pair->right_share = share(match->right, match->right_taken);
    for (size_t i = 0; i < pair->region_count; i++) {
        pair->codes += pair->regions[i].codes;
        if (pair->regions[i].codes > pair->longest)
            pair->longest = pair->regions[i].codes;
    }
}

int similar_match(const struct similar_set *set, struct similar_pair *pair)
{
    struct match match = {.left = &set->texts[pair->left], .right = &set->texts[pair->right]};
    int failed = find_seeds(&match);
    if (!failed)
        failed = grow_seeds(&match);
    if (!failed)
        failed = lay_tiles(&match);
    if (!failed)
        failed = make_regions(&match, pair);
    if (!failed)
        sum_up(&match, pair);
    free(match.seeds.all);
    free(match.runs.all);
    free(match.tiles.all);
    free(match.left_taken);
    free(match.right_taken);
    return failed;
}
