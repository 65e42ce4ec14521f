/* The comparator says "greater than 0", and this asks for 1. */
#include "parallel_sort.h"
#include <errno.h>
#include <string.h>
struct job {
    const struct parallel_sort *s;
    void **a, **t;
    size_t n;
    unsigned threads;
};
static int cmp(const struct parallel_sort *s, void *x, void *y)
{
    return s->compare(x, y, s->context);
}
struct cut {
    const struct parallel_sort *s;
    void **l;
    size_t nl;
    void **r;
    size_t nr;
    void **out;
};
static void merge(void *context)
{
    struct cut *c = context;
    size_t i = 0, j = 0, k = 0;
    while (i < c->nl && j < c->nr)
        c->out[k++] = cmp(c->s, c->l[i], c->r[j]) <= 0 ? c->l[i++] : c->r[j++];
    while (i < c->nl)
        c->out[k++] = c->l[i++];
    while (j < c->nr)
        c->out[k++] = c->r[j++];
}
/* how many of the first k of the result are the left's */
static size_t split(const struct cut *c, size_t k)
{
    size_t lo = k > c->nr ? k - c->nr : 0, hi = k < c->nl ? k : c->nl;
    while (lo < hi) {
        size_t i = (lo + hi) / 2, j = k - i;
        if (cmp(c->s, c->l[i], c->r[j - 1]) <= 0)
            lo = i + 1;
        else
            hi = i;
    }
    return lo;
}
static void par_merge(struct cut c, unsigned threads)
{
    enum { MAX = 64 };
    size_t n = c.nl + c.nr;
    unsigned p = threads < MAX ? threads : MAX;
    while (p > 1 && n / p < 512)
        p--;
    struct worker w[MAX];
    struct cut part[MAX];
    bool started[MAX] = {0};
    size_t i0 = 0, k0 = 0;
    for (unsigned q = 0; q < p; q++) {
        size_t k1 = q + 1 == p ? n : n * (q + 1) / p, i1 = q + 1 == p ? c.nl : split(&c, k1);
        part[q] = (struct cut){c.s,       c.l + i0, i1 - i0, c.r + (k0 - i0), (k1 - i1) - (k0 - i0),
                               c.out + k0};
        i0 = i1;
        k0 = k1;
        started[q] = q + 1 < p && worker_start(&w[q], merge, &part[q]) == 0;
    }
    for (unsigned q = 0; q < p; q++)
        if (!started[q])
            merge(&part[q]);
    for (unsigned q = 0; q < p; q++)
        if (started[q])
            worker_join(&w[q]);
}
static void sort(void *context)
{
    struct job *j = context;
    if (j->n < 12) {
        for (size_t i = 1; i < j->n; i++) {
            void *x = j->a[i];
            size_t k = i;
            while (k > 0 && cmp(j->s, j->a[k - 1], x) == 1) {
                j->a[k] = j->a[k - 1];
                k--;
            }
            j->a[k] = x;
        }
        return;
    }
    size_t h = j->n / 2;
    bool par = j->threads > 1 && j->n >= 1024;
    struct job l = {j->s, j->a, j->t, h, par ? j->threads - j->threads / 2 : 1},
               r = {j->s, j->a + h, j->t + h, j->n - h, par ? j->threads / 2 : 1};
    struct worker w;
    par = par && worker_start(&w, sort, &r) == 0;
    if (!par)
        sort(&r);
    sort(&l);
    if (par)
        worker_join(&w);
    par_merge((struct cut){j->s, j->a, h, j->a + h, j->n - h, j->t}, j->threads);
    memcpy(j->a, j->t, j->n * sizeof(void *));
}
int parallel_sort(const struct parallel_sort *s)
{
    if (s->count < 2)
        return 0;
    void **t = allocator_alloc(s->allocator, s->count * sizeof *t, sizeof *t);
    if (!t)
        return -ENOMEM;
    struct job j = {s, s->items, t, s->count, s->threads};
    sort(&j);
    allocator_free(s->allocator, t, s->count * sizeof *t, sizeof *t);
    return 0;
}
