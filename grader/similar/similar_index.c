/* similar_index.c - an inverted index: sorted by hash, equal fingerprints lie together, and a group
 * names all texts that have it. Only texts that meet in a group are ever a pair. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/similar/similar_internal.h"

struct posting {
    uint64_t hash;
    uint32_t text, count; /* the text has it that often */
};

struct index {
    struct similar_set *set;
    struct posting *postings; /* by hash, then text: a group is one hash's */
    size_t count;
    uint32_t *group_of; /* of each posting: where its group begins */
    uint32_t *by_text;  /* postings, by text */
    size_t *begin;      /* where a text's begin in by_text; one more at the end */
};

/* What one text shares with each text before it. */
struct shared {
    uint32_t ours, theirs; /* fingerprints of either that the other has */
};

static int by_hash(const void *left, const void *right)
{
    const struct posting *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->text > b->text) - (a->text < b->text);
}

static bool reaches(const struct similar_set *set, size_t text, size_t matched, unsigned percent)
{
    return matched > 0 && matched * 100 >= set->texts[text].print_count * percent;
}

static size_t end_of_group(const struct index *index, size_t begin)
{
    size_t end = begin;
    while (end < index->count && index->postings[end].hash == index->postings[begin].hash)
        end++;
    return end;
}

static void merge_equal(struct index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->count; i++) {
        struct posting *last = kept ? &index->postings[kept - 1] : NULL;
        if (last && by_hash(last, &index->postings[i]) == 0)
            last->count++;
        else
            index->postings[kept++] = index->postings[i];
    }
    index->count = kept;
}

static int fill(struct index *index)
{
    const struct similar_set *set = index->set;
    size_t total = 0;
    for (size_t t = 0; t < set->count; t++)
        total += set->texts[t].twin_of == t ? set->texts[t].print_count : 0;
    index->postings = total < UINT32_MAX ? calloc(total + 1, sizeof(*index->postings)) : NULL;
    if (!index->postings)
        return -ENOMEM;
    for (size_t t = 0; t < set->count; t++) {
        const struct similar_text *text = &set->texts[t];
        for (size_t i = 0; text->twin_of == t && i < text->print_count; i++)
            index->postings[index->count++] =
                (struct posting){text->prints[i].hash, (uint32_t)t, 1};
    }
    qsort(index->postings, index->count, sizeof(*index->postings), by_hash);
    merge_equal(index);
    return 0;
}

/* ---- boilerplate ---- */

/* More texts than this have what everybody writes. The course's own do not count: they are kept to
 * resemble each other. */
static size_t common_limit(const struct similar_set *set)
{
    size_t texts = 0;
    for (size_t t = 0; t < set->count; t++)
        texts += set->texts[t].source != SIMILAR_COURSE && set->texts[t].twin_of == t;
    size_t share = texts * SIMILAR_COMMON_PERCENT / 100;
    return share > SIMILAR_COMMON_TEXTS ? share : SIMILAR_COMMON_TEXTS;
}

static bool is_common(const struct index *index, size_t begin, size_t end, size_t limit)
{
    size_t texts = 0;
    for (size_t i = begin; i < end; i++)
        texts += index->set->texts[index->postings[i].text].source != SIMILAR_COURSE;
    return texts > limit;
}

/* How many of each text's fingerprints are common. Owns: the caller frees it. */
static uint32_t *count_common(const struct index *index, size_t limit)
{
    uint32_t *counts = calloc(index->set->count + 1, sizeof(*counts));
    for (size_t begin = 0, end; counts && begin < index->count; begin = end) {
        end = end_of_group(index, begin);
        for (size_t i = begin; i < end && is_common(index, begin, end, limit); i++)
            counts[index->postings[i].text] += index->postings[i].count;
    }
    return counts;
}

/* What everybody writes is a small part of every answer. Where what is common would make most of
 * those that have it a pair by itself, they have not a habit in common but the answer. */
static bool is_copied(const struct index *index, size_t begin, size_t end, const uint32_t *common)
{
    size_t texts = 0, large = 0;
    for (size_t i = begin; i < end; i++) {
        size_t t = index->postings[i].text;
        if (index->set->texts[t].source == SIMILAR_COURSE)
            continue;
        texts++;
        large += reaches(index->set, t, common[t], SIMILAR_MIN_PERCENT);
    }
    return 2 * large > texts;
}

static int compare_to_posting(const void *key, const void *element)
{
    uint64_t hash = *(const uint64_t *)key;
    const struct posting *posting = element;
    return (hash > posting->hash) - (hash < posting->hash);
}

/* Keep of each text the fingerprints that are still in the index; its twins have the same. */
static void drop_from_texts(const struct index *index)
{
    for (size_t t = 0; t < index->set->count; t++) {
        struct similar_text *text = &index->set->texts[t];
        size_t kept = 0;
        for (size_t i = 0; i < text->print_count; i++)
            if (bsearch(&text->prints[i].hash, index->postings, index->count,
                        sizeof(*index->postings), compare_to_posting))
                text->prints[kept++] = text->prints[i];
        text->print_count = kept;
    }
}

static int subtract_common(struct index *index)
{
    size_t kept = 0, limit = common_limit(index->set);
    uint32_t *common = count_common(index, limit);
    if (!common)
        return -ENOMEM;
    for (size_t begin = 0, end; begin < index->count; begin = end) {
        end = end_of_group(index, begin);
        if (is_common(index, begin, end, limit) && !is_copied(index, begin, end, common)) {
            index->set->common++;
            continue;
        }
        memmove(index->postings + kept, index->postings + begin,
                (end - begin) * sizeof(*index->postings));
        kept += end - begin;
    }
    free(common);
    index->count = kept;
    if (index->set->common)
        drop_from_texts(index);
    return 0;
}

/* ---- pairs ---- */

static int sort_by_text(struct index *index)
{
    size_t texts = index->set->count;
    index->group_of = calloc(index->count + 1, sizeof(*index->group_of));
    index->by_text = calloc(index->count + 1, sizeof(*index->by_text));
    index->begin = calloc(texts + 2, sizeof(*index->begin));
    if (!index->group_of || !index->by_text || !index->begin)
        return -ENOMEM;
    /* A counting sort: begin[t + 1] ends up as where t's begin, when all of them are in place. */
    for (size_t i = 0; i < index->count; i++)
        index->begin[index->postings[i].text + 2]++;
    for (size_t t = 2; t < texts + 2; t++)
        index->begin[t] += index->begin[t - 1];
    for (size_t i = 0; i < index->count; i++) {
        bool same = i > 0 && index->postings[i].hash == index->postings[i - 1].hash;
        index->group_of[i] = same ? index->group_of[i - 1] : (uint32_t)i;
        index->by_text[index->begin[index->postings[i].text + 1]++] = (uint32_t)i;
    }
    return 0;
}

/* Count what text t shares with each text before it, group by group. */
static void count_shared(const struct index *index, size_t t, struct shared *shared)
{
    for (size_t i = index->begin[t]; i < index->begin[t + 1]; i++) {
        size_t ours = index->by_text[i];
        for (size_t other = index->group_of[ours]; other < ours; other++) {
            const struct posting *theirs = &index->postings[other];
            shared[theirs->text].ours += index->postings[ours].count;
            shared[theirs->text].theirs += theirs->count;
        }
    }
}

static int find_pairs(const struct index *index, unsigned min_percent,
                      int (*found)(struct similar_set *set, size_t left, size_t right))
{
    struct similar_set *set = index->set;
    struct shared *shared = calloc(set->count + 1, sizeof(*shared));
    int failed = shared ? 0 : -ENOMEM;
    for (size_t t = 1; !failed && t < set->count; t++) {
        memset(shared, 0, t * sizeof(*shared));
        count_shared(index, t, shared);
        for (size_t other = 0; !failed && other < t; other++)
            if (reaches(set, t, shared[other].ours, min_percent) ||
                reaches(set, other, shared[other].theirs, min_percent))
                failed = found(set, other, t);
    }
    free(shared);
    return failed;
}

int similar_index_pairs(struct similar_set *set, unsigned min_percent,
                        int (*found)(struct similar_set *set, size_t left, size_t right))
{
    struct index index = {.set = set};
    int failed = fill(&index);
    if (!failed)
        failed = subtract_common(&index);
    if (!failed)
        failed = sort_by_text(&index);
    if (!failed)
        failed = find_pairs(&index, min_percent, found);
    free(index.postings);
    free(index.group_of);
    free(index.by_text);
    free(index.begin);
    return failed;
}
