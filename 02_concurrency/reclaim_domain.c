/* reclaim_domain.c - records that threads take and give back.
 *
 * Why it is correct when threads run at once:
 *
 *  1. The list of records only grows: a record is written whole before a release store makes it the head,
 *     and its next never changes. So it can be walked at any time without the lock.
 *  2. A record's `taken`, its link to its thread, and the orphans change only with the lock held.
 *  3. A record's other fields belong to who took it. The next owner took it under the lock under which the
 *     last one gave it back, and so sees its last writes.
 *  4. A thread's end and reclaim_domain_fini may come together. Both hold the lock: either the thread finds
 *     its record in its list and gives it back, or fini has already unlinked it from there.
 *  5. No destructor runs with the lock held, and the allocator is not called with it by adopt.
 */
#include "02_concurrency/reclaim_domain.h"

#include <errno.h>
#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    pthread_key_t key; /* its destructor makes a thread that ends quit */
    bool has_key;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct {
    struct list records; /* that this thread has taken, in all domains; guarded by registry.lock */
    bool ready, ending;
} self;

void reclaim_domain_init(struct reclaim_domain *domain, const struct reclaim_scheme *scheme,
                         struct allocator *allocator, enum asymmetric_mode mode)
{
    *domain = (struct reclaim_domain){.scheme = scheme, .mode = mode, .allocator = allocator};
}

static void quit_locked(struct reclaim_thread *thread)
{
    struct reclaim_domain *domain = thread->domain;
    domain->scheme->leave(thread);
    reclaim_list_append(&domain->orphans, &thread->retired);
    /* relaxed: a hint; who acts on it takes the lock */
    atomic_store_explicit(&domain->orphan_count, domain->orphans.count, memory_order_relaxed);
    thread->taken = false;
    if (list_node_is_linked(&thread->of_thread))
        list_remove(&thread->of_thread);
}

void reclaim_domain_quit(struct reclaim_thread *thread)
{
    pthread_mutex_lock(&registry.lock);
    quit_locked(thread);
    pthread_mutex_unlock(&registry.lock);
}

/* The thread ends. */
static void quit_all(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&registry.lock);
    self.ending = true;
    list_for_each_safe(node, &self.records)
        quit_locked(container_of(node, struct reclaim_thread, of_thread));
    pthread_mutex_unlock(&registry.lock);
}

static int make_ready_locked(void)
{
    if (!registry.has_key && pthread_key_create(&registry.key, quit_all) != 0)
        return -EAGAIN;
    registry.has_key = true;
    if (self.ready || self.ending)
        return 0;
    if (pthread_setspecific(registry.key, &self) != 0)
        return -ENOMEM;
    list_init(&self.records);
    self.ready = true;
    return 0;
}

static struct reclaim_thread *find_free_locked(struct reclaim_domain *domain)
{
    /* relaxed: the list changes only with the lock held */
    struct reclaim_thread *thread = atomic_load_explicit(&domain->threads, memory_order_relaxed);
    while (thread && thread->taken)
        thread = thread->next;
    return thread;
}

static struct reclaim_thread *make_record_locked(struct reclaim_domain *domain)
{
    struct reclaim_thread *thread =
        allocator_alloc_zeroed(domain->allocator, domain->scheme->record_bytes, CACHE_LINE_APART);
    if (!thread)
        return NULL;
    thread->kind = domain->scheme->kind;
    thread->mode = domain->mode;
    thread->domain = domain;
    thread->next = atomic_load_explicit(&domain->threads, memory_order_relaxed); /* as above */
    /* release: pairs with the acquire of a scheme's scan; the record is whole */
    atomic_store_explicit(&domain->threads, thread, memory_order_release);
    atomic_fetch_add_explicit(&domain->thread_count, 1, memory_order_relaxed); /* sizes, no order */
    return thread;
}

static void adopt_locked(struct reclaim_thread *thread)
{
    reclaim_list_append(&thread->retired, &thread->domain->orphans);
    /* relaxed: a hint, as above */
    atomic_store_explicit(&thread->domain->orphan_count, 0, memory_order_relaxed);
}

static int join_locked(struct reclaim_domain *domain, struct reclaim_thread **out)
{
    int error = make_ready_locked();
    if (error)
        return error;
    struct reclaim_thread *thread = find_free_locked(domain);
    if (!thread)
        thread = make_record_locked(domain);
    if (!thread)
        return -ENOMEM;
    thread->taken = true;
    if (!self.ending)
        list_push_back(&self.records, &thread->of_thread);
    adopt_locked(thread);
    *out = thread;
    return 0;
}

int reclaim_domain_join(struct reclaim_domain *domain, struct reclaim_thread **out)
{
    pthread_mutex_lock(&registry.lock);
    int error = join_locked(domain, out);
    pthread_mutex_unlock(&registry.lock);
    if (!error)
        domain->scheme->arrive(*out);
    return error;
}

void reclaim_domain_adopt(struct reclaim_thread *thread)
{
    /* relaxed: a hint. If it is out of date, the next collection adopts. */
    if (atomic_load_explicit(&thread->domain->orphan_count, memory_order_relaxed) == 0)
        return;
    if (pthread_mutex_trylock(&registry.lock) != 0)
        return;
    adopt_locked(thread);
    pthread_mutex_unlock(&registry.lock);
}

size_t reclaim_domain_run(struct reclaim_thread *thread, struct reclaim_list *list, size_t limit)
{
    struct allocator *allocator = thread->domain->allocator;
    size_t done = 0;
    thread->collecting = true;
    for (; done < limit && list->first; done++) {
        struct reclaim_node *node = list->first;
        list->first = node->next;
        list->count--;
        __builtin_prefetch(list->first);
        node->free(node, allocator);
    }
    thread->collecting = false;
    return done;
}

/* All records' threads leave; what they retired is the domain's. */
static void expel_all(struct reclaim_domain *domain)
{
    pthread_mutex_lock(&registry.lock);
    struct reclaim_thread *thread = atomic_load_explicit(&domain->threads, memory_order_relaxed);
    for (; thread; thread = thread->next)
        quit_locked(thread);
    pthread_mutex_unlock(&registry.lock);
}

void reclaim_domain_fini(struct reclaim_domain *domain)
{
    expel_all(domain);
    /* relaxed: no other thread uses the domain */
    struct reclaim_thread *thread = atomic_load_explicit(&domain->threads, memory_order_relaxed);
    while (domain->orphans.first) {
        reclaim_domain_run(thread, &domain->orphans, SIZE_MAX);
        expel_all(domain); /* a destructor may have retired more */
    }
    while (thread) {
        struct reclaim_thread *next = thread->next;
        allocator_free(domain->allocator, thread, domain->scheme->record_bytes, CACHE_LINE_APART);
        thread = next;
    }
}
