/* lock_order.c - a list for each thread, a graph for all.
 *
 * Why each possible deadlock is found, and a report means what it says:
 *
 *  1. The edge a -> b is added by a thread that holds a and is about to wait for b, and stays until one of them is
 *     forgotten. So a path from b to a is made of orders that threads did lock in.
 *  2. In a deadlock each thread of a ring holds a lock and waits for the next one's. Each of them called before() with
 *     the lock that it wants while it had the one that it holds: each edge of the ring was offered to the graph. The
 *     graph's lock puts these calls in a row, and the last of them finds a path made of the others: it reports.
 *  3. An edge that closes a cycle is kept, so that it is reported once, but no search follows it. What searches follow
 *     has no cycle.
 *  4. A search visits each lock at most once: it leaves its number there.
 */
#include "02_concurrency/lock_order.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* ---- what a thread holds ---- */

struct holding {
    const void *lock;
    const char *site;
};

static _Thread_local struct {
    struct holding held[LOCK_ORDER_HELD];
    size_t count;
    size_t left_out;   /* held, but not in the list */
    unsigned endings;  /* times that the thread's destructor was called */
    bool has_farewell; /* it will be */
} mine;

static atomic_size_t left_out_count;

static void leave_out(void)
{
    /* relaxed: a count, read when all is over */
    atomic_fetch_add_explicit(&left_out_count, 1, memory_order_relaxed);
}

static struct holding *find_holding(const void *lock)
{
    for (size_t i = mine.count; i-- > 0;)
        if (mine.held[i].lock == lock)
            return &mine.held[i];
    return NULL;
}

/* ---- the graph: all guarded by its lock ---- */

enum { NONE = 0, HASH_BITS = 12, STEPS_MAX = 32 };

struct edge {
    uint32_t to;   /* number of a node */
    uint32_t next; /* of the same node; or free */
    bool closes_cycle;
    const char *held_site, *wanted_site;
};

struct node {
    const void *lock;
    uint32_t next;      /* in the same chain of the table; or free */
    uint32_t edges;     /* the first one */
    uint32_t search;    /* the last that came by, */
    uint32_t from, via; /* from that node, by that edge */
};

/* Nodes and edges are numbered from 1. */
static struct {
    pthread_mutex_t lock;
    uint32_t table[1 << HASH_BITS];
    struct node nodes[LOCK_ORDER_LOCKS + 1];
    struct edge edges[LOCK_ORDER_EDGES + 1];
    uint32_t node_count, edge_count; /* that were ever used */
    uint32_t free_nodes, free_edges;
    uint32_t search;
    uint32_t queue[LOCK_ORDER_LOCKS];
    lock_order_report_fn report;
    void *context;
} graph = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t *chain_of(const void *lock)
{
    uint64_t hash = (uint64_t)(uintptr_t)lock * UINT64_C(0x9e3779b97f4a7c15);
    return &graph.table[hash >> (64 - HASH_BITS)];
}

static uint32_t find_node(const void *lock)
{
    uint32_t node = *chain_of(lock);
    while (node != NONE && graph.nodes[node].lock != lock)
        node = graph.nodes[node].next;
    return node;
}

/* Returns: its number, or NONE: there is no room. */
static uint32_t find_or_add_node(const void *lock)
{
    uint32_t node = find_node(lock);
    if (node != NONE)
        return node;
    node = graph.free_nodes;
    if (node != NONE)
        graph.free_nodes = graph.nodes[node].next;
    else if (graph.node_count < LOCK_ORDER_LOCKS)
        node = ++graph.node_count;
    else
        return NONE;
    uint32_t *chain = chain_of(lock);
    graph.nodes[node] = (struct node){.lock = lock, .next = *chain};
    return *chain = node;
}

static uint32_t find_edge(uint32_t from, uint32_t to)
{
    uint32_t edge = graph.nodes[from].edges;
    while (edge != NONE && graph.edges[edge].to != to)
        edge = graph.edges[edge].next;
    return edge;
}

static uint32_t add_edge(uint32_t from, uint32_t to)
{
    uint32_t edge = graph.free_edges;
    if (edge != NONE)
        graph.free_edges = graph.edges[edge].next;
    else if (graph.edge_count < LOCK_ORDER_EDGES)
        edge = ++graph.edge_count;
    else
        return NONE;
    graph.edges[edge] = (struct edge){.to = to, .next = graph.nodes[from].edges};
    return graph.nodes[from].edges = edge;
}

/* Free those of a node's edges that lead to another, or with NONE all. */
static void free_edges(struct node *node, uint32_t to)
{
    for (uint32_t *link = &node->edges; *link != NONE;) {
        uint32_t edge = *link;
        if (to != NONE && graph.edges[edge].to != to) {
            link = &graph.edges[edge].next;
            continue;
        }
        *link = graph.edges[edge].next;
        graph.edges[edge].next = graph.free_edges;
        graph.free_edges = edge;
    }
}

/* Breadth first, so that the shortest path is found. Returns: whether there is one; nodes then say how it came. */
static bool search(uint32_t from, uint32_t to)
{
    uint32_t number = ++graph.search;
    size_t first = 0, count = 0;
    graph.queue[count++] = from;
    graph.nodes[from].search = number;
    while (first < count && graph.nodes[to].search != number) {
        uint32_t at = graph.queue[first++];
        for (uint32_t via = graph.nodes[at].edges; via != NONE; via = graph.edges[via].next) {
            struct node *next = &graph.nodes[graph.edges[via].to];
            if (next->search == number || graph.edges[via].closes_cycle)
                continue;
            next->search = number;
            next->from = at;
            next->via = via;
            graph.queue[count++] = graph.edges[via].to;
        }
    }
    return graph.nodes[to].search == number;
}

static struct lock_order_step step_of(uint32_t from, const struct edge *edge)
{
    return (struct lock_order_step){.held = graph.nodes[from].lock,
                                    .wanted = graph.nodes[edge->to].lock,
                                    .held_site = edge->held_site,
                                    .wanted_site = edge->wanted_site};
}

/* The path that search found to `to`, and then the edge that goes back from there, as the last steps before `end`.
 * Returns: how many there are; of a longer cycle the STEPS_MAX last ones. */
static size_t list_steps(uint32_t from, uint32_t to, const struct edge *back,
                         struct lock_order_step *end)
{
    size_t count = 1;
    end[-1] = step_of(to, back);
    for (uint32_t at = to; at != from && count < STEPS_MAX; at = graph.nodes[at].from) {
        count++;
        *(end - count) = step_of(graph.nodes[at].from, &graph.edges[graph.nodes[at].via]);
    }
    return count;
}

/* Remember that wanted is locked while held is. Returns: how many steps a new cycle has, or 0. */
static size_t connect(const struct holding *held, const struct holding *wanted,
                      struct lock_order_step *end)
{
    uint32_t from = find_or_add_node(held->lock), to = find_or_add_node(wanted->lock);
    if (from != NONE && to != NONE && find_edge(from, to) != NONE)
        return 0;
    uint32_t number = from != NONE && to != NONE ? add_edge(from, to) : NONE;
    if (number == NONE) {
        leave_out();
        return 0;
    }
    struct edge *edge = &graph.edges[number];
    edge->held_site = held->site;
    edge->wanted_site = wanted->site;
    edge->closes_cycle = true; /* the search must not go by this one */
    edge->closes_cycle = search(to, from);
    return edge->closes_cycle ? list_steps(to, from, edge, end) : 0;
}

/* ---- reports ---- */

static void print_step(const struct lock_order_step *step, enum lock_order_fault fault,
                       FILE *stream)
{
    switch (fault) {
    case LOCK_ORDER_CYCLE:
        fprintf(stream, "  %p, held since %s, when %p was locked at %s\n", step->held,
                step->held_site, step->wanted, step->wanted_site);
        break;
    case LOCK_ORDER_TWICE:
        fprintf(stream, "  %p, held since %s, and locked again at %s\n", step->held,
                step->held_site, step->wanted_site);
        break;
    case LOCK_ORDER_NOT_HELD:
        fprintf(stream, "  %p, unlocked at %s\n", step->wanted, step->wanted_site);
        break;
    case LOCK_ORDER_DIED_HOLDING:
        fprintf(stream, "  %p, held since %s\n", step->held, step->held_site);
        break;
    }
}

void lock_order_print(const struct lock_order_report *report, FILE *stream)
{
    static const char *const titles[] = {
        [LOCK_ORDER_CYCLE] = "possible deadlock: these orders cannot all be",
        [LOCK_ORDER_TWICE] = "deadlock: a thread locks what it holds itself",
        [LOCK_ORDER_NOT_HELD] = "a thread unlocks what it does not hold",
        [LOCK_ORDER_DIED_HOLDING] = "a thread ended while it held a lock",
    };
    fprintf(stream, "%s\n", titles[report->fault]);
    for (size_t i = 0; i < report->step_count; i++)
        print_step(&report->steps[i], report->fault, stream);
}

static void report(enum lock_order_fault fault, const struct lock_order_step *steps, size_t count)
{
    struct lock_order_report what = {fault, steps, count};
    pthread_mutex_lock(&graph.lock);
    lock_order_report_fn to = graph.report;
    void *context = graph.context;
    pthread_mutex_unlock(&graph.lock);
    if (to) {
        to(&what, context);
        return;
    }
    lock_order_print(&what, stderr);
    __builtin_trap();
}

void lock_order_set_report(lock_order_report_fn to, void *context)
{
    pthread_mutex_lock(&graph.lock);
    graph.report = to;
    graph.context = context;
    pthread_mutex_unlock(&graph.lock);
}

/* ---- the end of a thread ---- */

static pthread_key_t farewell;
static bool has_key;

/* Other destructors of the thread may unlock yet: they go first, in two rounds. The last round is the thread
 * sanitizer's, after which nothing can be locked. */
static void at_thread_end(void *value)
{
    mine.has_farewell = false;
    if (mine.count > 0 && ++mine.endings < PTHREAD_DESTRUCTOR_ITERATIONS - 1) {
        mine.has_farewell = pthread_setspecific(farewell, value) == 0;
        return;
    }
    for (; mine.count > 0; mine.count--) {
        struct holding *held = &mine.held[mine.count - 1];
        struct lock_order_step step = {.held = held->lock, .held_site = held->site};
        report(LOCK_ORDER_DIED_HOLDING, &step, 1);
    }
}

static void lock_graph(void)
{
    pthread_mutex_lock(&graph.lock);
}

static void unlock_graph(void)
{
    pthread_mutex_unlock(&graph.lock);
}

__attribute__((constructor)) static void begin(void)
{
    has_key = pthread_key_create(&farewell, at_thread_end) == 0;
    pthread_atfork(lock_graph, unlock_graph, unlock_graph);
}

/* ---- what the locks call ---- */

/* lesson: lock-order-before */
void lock_order_before(const void *lock, const char *site)
{
    struct lock_order_step steps[STEPS_MAX];
    struct holding wanted = {lock, site}, *same = find_holding(lock);
    if (same) {
        steps[0] = (struct lock_order_step){lock, lock, same->site, site};
        report(LOCK_ORDER_TWICE, steps, 1);
        return;
    }
    for (size_t i = 0; i < mine.count; i++) {
        lock_graph();
        size_t count = connect(&mine.held[i], &wanted, steps + STEPS_MAX);
        unlock_graph();
        if (count > 0)
            report(LOCK_ORDER_CYCLE, steps + STEPS_MAX - count, count);
    }
}
/* end lesson */

void lock_order_acquired(const void *lock, const char *site)
{
    if (mine.count == LOCK_ORDER_HELD) {
        mine.left_out++;
        leave_out();
        return;
    }
    mine.held[mine.count++] = (struct holding){lock, site};
    if (!mine.has_farewell && has_key)
        mine.has_farewell = pthread_setspecific(farewell, &mine) == 0;
}

bool lock_order_released(const void *lock, const char *site)
{
    struct holding *held = find_holding(lock);
    if (held) {
        for (; held + 1 < mine.held + mine.count; held++)
            held[0] = held[1];
        mine.count--;
        return true;
    }
    if (mine.left_out > 0) { /* perhaps that one */
        mine.left_out--;
        return true;
    }
    struct lock_order_step step = {.wanted = lock, .wanted_site = site};
    report(LOCK_ORDER_NOT_HELD, &step, 1);
    return false;
}

void lock_order_forget(const void *lock)
{
    lock_graph();
    uint32_t node = find_node(lock);
    if (node != NONE) {
        for (uint32_t other = 1; other <= graph.node_count; other++)
            free_edges(&graph.nodes[other], node);
        free_edges(&graph.nodes[node], NONE);
        uint32_t *link = chain_of(lock);
        while (*link != node)
            link = &graph.nodes[*link].next;
        *link = graph.nodes[node].next;
        graph.nodes[node] = (struct node){.next = graph.free_nodes};
        graph.free_nodes = node;
    }
    unlock_graph();
}

bool lock_order_is_held(const void *lock)
{
    return find_holding(lock) != NULL;
}

size_t lock_order_left_out(void)
{
    /* relaxed: see leave_out */
    return atomic_load_explicit(&left_out_count, memory_order_relaxed);
}
