/* After a removal the node is cleared, as it should be said: but with the size of a job, since each
 * node is in one. A node of another kind of item is in something smaller. */
#include "list.h"

#include <string.h>

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- lists ---- */

void list_init(struct list *list)
{
    list->head.next = &list->head;
    list->head.prev = &list->head;
}

struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next != &list->head ? node->next : NULL;
}

struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    return node->prev != &list->head ? node->prev : NULL;
}

struct list_node *list_first(const struct list *list)
{
    return list_next(list, &list->head);
}

struct list_node *list_last(const struct list *list)
{
    return list_prev(list, &list->head);
}

void list_insert_before(struct list *list, struct list_node *place, struct list_node *node)
{
    (void)list;
    node->next = place;
    node->prev = place->prev;
    place->prev->next = node;
    place->prev = node;
}

void list_push_front(struct list *list, struct list_node *node)
{
    list_insert_before(list, list->head.next, node);
}

void list_push_back(struct list *list, struct list_node *node)
{
    list_insert_before(list, &list->head, node);
}

void list_remove(struct list *list, struct list_node *node)
{
    (void)list;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    memset(node, 0, 3 * sizeof(*node));
}

void list_splice_back(struct list *list, struct list *from)
{
    struct list_node *first = list_first(from), *last = list_last(from), *before = list->head.prev;
    if (!first)
        return;
    before->next = first;
    first->prev = before;
    last->next = &list->head;
    list->head.prev = last;
    list_init(from);
}

/* ---- jobs ---- */

void jobs_init(struct jobs *jobs)
{
    for (size_t i = 0; i < JOB_URGENCIES; i++)
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
    list_push_back(&owner->jobs, &job->in_owner);
    list_push_back(&jobs->waiting[urgency], &job->in_queue);
}

bool jobs_cancel(struct jobs *jobs, struct job *job)
{
    if (!job->owner)
        return false;
    list_remove(&job->owner->jobs, &job->in_owner);
    list_remove(&jobs->waiting[job->urgency], &job->in_queue);
    job->owner = NULL;
    return true;
}

struct job *jobs_take(struct jobs *jobs)
{
    for (size_t i = 0; i < JOB_URGENCIES; i++) {
        struct list_node *first = list_first(&jobs->waiting[i]);
        if (first) {
            struct job *job = container_of(first, struct job, in_queue);
            jobs_cancel(jobs, job);
            return job;
        }
    }
    return NULL;
}

size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context)
{
    size_t count = 0;
    for (struct list_node *first; (first = list_first(&owner->jobs)); count++) {
        struct job *job = container_of(first, struct job, in_owner);
        jobs_cancel(jobs, job);
        cancelled(job, context);
    }
    return count;
}
