/* Removing looks after the node behind and the first one. Nobody tells the list that its last node
 * is another one now. */
#include "list.h"

#include <stdint.h>

#define JOB_OF(node, member) ((struct job *)((uintptr_t)(node)-offsetof(struct job, member)))

void list_init(struct list *list)
{
    list->head.next = NULL; /* the first */
    list->head.prev = NULL; /* the last */
}

struct list_node *list_first(const struct list *list)
{
    return list->head.next;
}

struct list_node *list_last(const struct list *list)
{
    return list->head.prev;
}

struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    (void)list;
    return node->next;
}

struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    (void)list;
    return node->prev;
}

/* Between two neighbours, either of which may be missing. */
static void link_between(struct list *list, struct list_node *before, struct list_node *node,
                         struct list_node *behind)
{
    node->prev = before;
    node->next = behind;
    if (before)
        before->next = node;
    else
        list->head.next = node;
    if (behind)
        behind->prev = node;
    else
        list->head.prev = node;
}

void list_push_front(struct list *list, struct list_node *node)
{
    link_between(list, NULL, node, list->head.next);
}

void list_push_back(struct list *list, struct list_node *node)
{
    link_between(list, list->head.prev, node, NULL);
}

void list_insert_before(struct list *list, struct list_node *place, struct list_node *node)
{
    link_between(list, place->prev, node, place);
}

void list_remove(struct list *list, struct list_node *node)
{
    if (node->prev)
        node->prev->next = node->next;
    else
        list->head.next = node->next;
    if (node->next)
        node->next->prev = node->prev;
}

void list_splice_back(struct list *list, struct list *from)
{
    if (from->head.next == NULL)
        return;
    if (list->head.prev) {
        list->head.prev->next = from->head.next;
        from->head.next->prev = list->head.prev;
        list->head.prev = from->head.prev;
    } else {
        *list = *from; /* no node points at its list, so a list can be copied */
    }
    list_init(from);
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
    list_push_back(&owner->jobs, &job->in_owner);
    list_push_back(&jobs->waiting[urgency], &job->in_queue);
}

static void take_out(struct jobs *jobs, struct job *job)
{
    list_remove(&job->owner->jobs, &job->in_owner);
    list_remove(&jobs->waiting[job->urgency], &job->in_queue);
    job->owner = NULL;
}

struct job *jobs_take(struct jobs *jobs)
{
    for (int i = 0; i < JOB_URGENCIES; i++) {
        struct list_node *node = list_first(&jobs->waiting[i]);
        if (!node)
            continue;
        struct job *job = JOB_OF(node, in_queue);
        take_out(jobs, job);
        return job;
    }
    return NULL;
}

bool jobs_cancel(struct jobs *jobs, struct job *job)
{
    bool waits = job->owner != NULL;
    if (waits)
        take_out(jobs, job);
    return waits;
}

size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context)
{
    size_t count = 0;
    while (list_first(&owner->jobs)) {
        struct job *job = JOB_OF(list_first(&owner->jobs), in_owner);
        take_out(jobs, job);
        cancelled(job, context);
        count++;
    }
    return count;
}
