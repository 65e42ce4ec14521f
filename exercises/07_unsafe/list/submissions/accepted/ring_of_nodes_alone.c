/* A ring of nodes alone: the list is no part of it, and points at the first; the last is the one before that. An end
 * is where the ring comes round to the first. */
#include "list.h"

#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))
void list_init(struct list *list)
{
    list->head.next = NULL;
    list->head.prev = NULL;
}

struct list_node *list_first(const struct list *list)
{
    return list->head.next;
}

struct list_node *list_last(const struct list *list)
{
    return list->head.next ? list->head.next->prev : NULL;
}

struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next == list->head.next ? NULL : node->next;
}

struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    return node == list->head.next ? NULL : node->prev;
}

static void between(struct list_node *a, struct list_node *n, struct list_node *b)
{
    n->prev = a;
    n->next = b;
    a->next = n;
    b->prev = n;
}

void list_push_back(struct list *list, struct list_node *node)
{
    struct list_node *f = list->head.next;
    if (!f) {
        list->head.next = node->next = node->prev = node;
        return;
    }
    between(f->prev, node, f);
}

void list_push_front(struct list *list, struct list_node *node)
{
    list_push_back(list, node);
    list->head.next = node;
}

void list_insert_before(struct list *list, struct list_node *place, struct list_node *node)
{
    if (place == list->head.next)
        list_push_front(list, node);
    else
        between(place->prev, node, place);
}

void list_remove(struct list *list, struct list_node *node)
{
    if (node->next == node) {
        list->head.next = NULL;
        return;
    }
    node->prev->next = node->next;
    node->next->prev = node->prev;
    if (list->head.next == node)
        list->head.next = node->next;
}

void list_splice_back(struct list *list, struct list *from)
{
    struct list_node *a = list->head.next, *b = from->head.next;
    if (!b)
        return;
    from->head.next = NULL;
    if (!a) {
        list->head.next = b;
        return;
    }
    struct list_node *al = a->prev, *bl = b->prev;
    al->next = b;
    b->prev = al;
    bl->next = a;
    a->prev = bl;
}

void jobs_init(struct jobs *jobs)
{
    for (int i = 0; i < JOB_URGENCIES; i++)
        list_init(&jobs->waiting[i]);
}

void job_owner_init(struct job_owner *owner)
{
    list_init(&owner->jobs);
}

void jobs_add(struct jobs *jobs, struct job_owner *owner, struct job *job, unsigned urgency)
{
    job->owner = owner;
    job->urgency = urgency;
    list_push_back(&jobs->waiting[urgency], &job->in_queue);
    list_push_back(&owner->jobs, &job->in_owner);
}

bool jobs_cancel(struct jobs *jobs, struct job *job)
{
    if (!job->owner)
        return false;
    list_remove(&jobs->waiting[job->urgency], &job->in_queue);
    list_remove(&job->owner->jobs, &job->in_owner);
    job->owner = NULL;
    return true;
}

struct job *jobs_take(struct jobs *jobs)
{
    for (int i = 0; i < JOB_URGENCIES; i++) {
        struct list_node *n = list_first(&jobs->waiting[i]);
        if (n) {
            struct job *j = container_of(n, struct job, in_queue);
            jobs_cancel(jobs, j);
            return j;
        }
    }
    return NULL;
}

size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context)
{
    size_t count = 0;
    for (struct list_node *n; (n = list_first(&owner->jobs)); count++) {
        struct job *j = container_of(n, struct job, in_owner);
        jobs_cancel(jobs, j);
        cancelled(j, context);
    }
    return count;
}
