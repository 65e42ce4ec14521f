#include "grader/similar/similar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/similar/similar_internal.h"

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

int similar_set_add_base(struct similar_set *set, const char *code, size_t length)
{
    struct similar_stream stream;
    uint64_t *grams = NULL;
    size_t count = 0;
    int failed = similar_stream_read(code, length, &stream);
    if (failed)
        return failed;
    failed = fingerprint_grams(stream.codes, stream.count, SIMILAR_GRAM, &grams, &count);
    for (size_t i = 0; !failed && i < count; i++) {
        uint64_t *slot =
            grow((void **)&set->base, set->base_count, &set->base_capacity, sizeof(*set->base));
        if (slot)
            set->base[set->base_count++] = grams[i];
        else
            failed = -ENOMEM;
    }
    free(grams);
    similar_stream_fini(&stream);
    return failed;
}

static void text_fini(struct similar_text *text)
{
    free(text->name);
    free(text->path);
    free(text->code);
    similar_stream_fini(&text->stream);
    free(text->given);
    free(text->prints);
    *text = (struct similar_text){.name = NULL};
}

int similar_set_add(struct similar_set *set, const struct similar_text *text)
{
    struct similar_text copy = *text;
    struct similar_text *slot =
        grow((void **)&set->texts, set->count, &set->capacity, sizeof(*slot));
    int failed = slot && copy.name && copy.path
                     ? similar_stream_read(copy.code, copy.length, &copy.stream)
                     : -ENOMEM;
    if (failed) {
        text_fini(&copy);
        return failed;
    }
    *slot = copy;
    set->count++;
    return 0;
}

/* ---- what is left of a text when the base is taken out ---- */

static bool is_given(const struct similar_set *set, uint64_t gram)
{
    return set->base_count &&
           bsearch(&gram, set->base, set->base_count, sizeof(*set->base), by_value);
}

/* Keep the fingerprints that are not the base's. */
static void subtract_base(const struct similar_set *set, struct similar_text *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->print_count; i++)
        if (!is_given(set, text->prints[i].hash))
            text->prints[kept++] = text->prints[i];
    text->print_count = kept;
}

static int take_prints(const struct similar_set *set, struct similar_text *text)
{
    uint64_t *grams;
    size_t count;
    const struct similar_stream *stream = &text->stream;
    text->given = calloc(stream->count + 1, sizeof(*text->given));
    if (!text->given)
        return -ENOMEM;
    int failed = fingerprint_grams(stream->codes, stream->count, SIMILAR_GRAM, &grams, &count);
    if (failed)
        return failed;
    for (size_t i = 0; i < count; i++)
        if (is_given(set, grams[i]))
            memset(text->given + i, true, SIMILAR_GRAM);
    failed = fingerprint_winnow(grams, count, SIMILAR_WINDOW, &text->prints, &text->print_count);
    free(grams);
    if (!failed)
        subtract_base(set, text);
    return failed;
}

/* ---- twins ---- */

static int compare_codes(const struct similar_text *a, const struct similar_text *b)
{
    if (a->stream.count != b->stream.count)
        return a->stream.count < b->stream.count ? -1 : 1;
    if (a->stream.count == 0)
        return 0;
    return memcmp(a->stream.codes, b->stream.codes, a->stream.count * sizeof(*a->stream.codes));
}

/* By sequence, and where that is the same by the order in which they were added. */
static int by_codes(const void *left, const void *right)
{
    const struct similar_text *a = *(struct similar_text *const *)left;
    const struct similar_text *b = *(struct similar_text *const *)right;
    int order = compare_codes(a, b);
    return order ? order : (a > b) - (a < b);
}

static int find_twins(struct similar_set *set)
{
    struct similar_text **order = calloc(set->count + 1, sizeof(*order));
    if (!order)
        return -ENOMEM;
    for (size_t i = 0; i < set->count; i++)
        order[i] = &set->texts[i];
    qsort(order, set->count, sizeof(*order), by_codes);
    for (size_t i = 0; i < set->count; i++) {
        bool same = i > 0 && order[i]->source == order[i - 1]->source &&
                    compare_codes(order[i], order[i - 1]) == 0;
        order[i]->twin_of = same ? order[i - 1]->twin_of : (size_t)(order[i] - set->texts);
    }
    free(order);
    return 0;
}

/* ---- pairs ---- */

/* A student who takes the course again may hand in their own work again. */
static bool is_own_work(const struct similar_text *a, const struct similar_text *b)
{
    return a->source != b->source && a->source != SIMILAR_COURSE && b->source != SIMILAR_COURSE &&
           strcmp(a->name, b->name) == 0;
}

/* The class's side is the left one; of two of the class, the first by name. */
static int add_pair(struct similar_set *set, size_t one, size_t other)
{
    const struct similar_text *a = &set->texts[one], *b = &set->texts[other];
    if (a->source != SIMILAR_CLASS && b->source != SIMILAR_CLASS)
        return 0;
    if (is_own_work(a, b)) {
        set->own_work++;
        return 0;
    }
    bool ordered =
        a->source != b->source ? a->source == SIMILAR_CLASS : strcmp(a->name, b->name) < 0;
    struct similar_pair *pair =
        grow((void **)&set->pairs, set->pair_count, &set->pair_capacity, sizeof(*pair));
    if (!pair)
        return -ENOMEM;
    pair->left = ordered ? one : other;
    pair->right = ordered ? other : one;
    set->pair_count++;
    return similar_match(set, pair);
}

/* The index pairs the first of each source; the others of the class are paired here, as it was. */
static int add_twin(struct similar_set *set, size_t twin)
{
    const struct similar_text *first = &set->texts[set->texts[twin].twin_of];
    int failed = add_pair(set, set->texts[twin].twin_of, twin);
    for (size_t i = 0; !failed && i < set->count && set->texts[i].source != first->source; i++)
        if (set->texts[i].twin_of == i && compare_codes(&set->texts[i], first) == 0)
            failed = add_pair(set, i, twin);
    return failed;
}

static int add_twins(struct similar_set *set)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < set->count; i++)
        if (set->texts[i].twin_of != i && set->texts[i].print_count)
            failed = add_twin(set, i);
    return failed;
}

static int by_amount(const void *left, const void *right)
{
    const struct similar_pair *a = left, *b = right;
    if (a->codes != b->codes)
        return a->codes > b->codes ? -1 : 1;
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    return (a->right > b->right) - (a->right < b->right);
}

/* Whether an earlier pair, which matches more, has told of this student and the course. */
static bool is_told(const struct similar_set *set, const bool *told,
                    const struct similar_pair *pair)
{
    return set->texts[pair->right].source == SIMILAR_COURSE && told[pair->left];
}

static bool is_enough(const struct similar_pair *pair, unsigned min_percent)
{
    double share = pair->left_share > pair->right_share ? pair->left_share : pair->right_share;
    return share * 100 >= min_percent && pair->codes >= SIMILAR_MIN_CODES;
}

/* Drop what does not reach the threshold, and all but the best of a student with the course. */
static int keep_the_best(struct similar_set *set, unsigned min_percent)
{
    bool *told = calloc(set->count + 1, sizeof(*told));
    if (!told)
        return -ENOMEM;
    size_t kept = 0;
    if (set->pair_count)
        qsort(set->pairs, set->pair_count, sizeof(*set->pairs), by_amount);
    for (size_t i = 0; i < set->pair_count; i++) {
        struct similar_pair *pair = &set->pairs[i];
        if (!is_enough(pair, min_percent) || is_told(set, told, pair)) {
            free(pair->regions);
            continue;
        }
        told[pair->left] |= set->texts[pair->right].source == SIMILAR_COURSE;
        set->pairs[kept++] = *pair;
    }
    set->pair_count = kept;
    free(told);
    return 0;
}

int similar_set_compare(struct similar_set *set, unsigned min_percent)
{
    if (set->base_count)
        qsort(set->base, set->base_count, sizeof(*set->base), by_value);
    int failed = find_twins(set);
    for (size_t i = 0; !failed && i < set->count; i++) {
        struct similar_text *text = &set->texts[i];
        failed = take_prints(set, text);
        set->starters += !failed && text->source == SIMILAR_CLASS && text->print_count == 0;
    }
    if (!failed)
        failed = similar_index_pairs(set, min_percent, add_pair);
    if (!failed)
        failed = add_twins(set);
    return failed ? failed : keep_the_best(set, min_percent);
}

void similar_set_fini(struct similar_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        text_fini(&set->texts[i]);
    for (size_t i = 0; i < set->pair_count; i++)
        free(set->pairs[i].regions);
    free(set->texts);
    free(set->base);
    free(set->pairs);
    *set = (struct similar_set){.texts = NULL};
}
