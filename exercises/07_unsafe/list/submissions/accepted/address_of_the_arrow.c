/* The tail queue of BSD: `prev` is not the node before but the address of the arrow that leads here,
 * which may be the list's own. So removing has one case less, and walking back has one more: the node
 * before is where that arrow begins. list->head.next is the first, list->head.prev the last arrow. */
#include "list.h"

typedef struct list_node *arrow;

/* An arrow is the first member of a node, and of a list's node. */
static arrow *arrow_to(const struct list_node *node)
{
    return (arrow *)(void *)node->prev;
}

static void set_arrow(struct list_node *node, arrow *where)
{
    node->prev = (struct list_node *)(void *)where;
}

void list_init(struct list *list)
{
    list->head.next = NULL;
    set_arrow(&list->head, &list->head.next);
}

struct list_node *list_first(const struct list *list)
{
    return list->head.next;
}

struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    (void)list;
    return node->next;
}

static struct list_node *beginning_of(const struct list *list, arrow *where)
{
    return where == &list->head.next ? NULL : (struct list_node *)(void *)where;
}

struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    return beginning_of(list, arrow_to(node));
}

struct list_node *list_last(const struct list *list)
{
    return beginning_of(list, arrow_to(&list->head));
}

static void insert_at(struct list *list, arrow *where, struct list_node *node)
{
    struct list_node *behind = *where ? *where : &list->head;
    node->next = *where;
    set_arrow(node, where);
    set_arrow(behind, &node->next);
    *where = node;
}

void list_push_front(struct list *list, struct list_node *node)
{
    insert_at(list, &list->head.next, node);
}

void list_push_back(struct list *list, struct list_node *node)
{
    insert_at(list, arrow_to(&list->head), node);
}

void list_insert_before(struct list *list, struct list_node *place, struct list_node *node)
{
    insert_at(list, arrow_to(place), node);
}

void list_remove(struct list *list, struct list_node *node)
{
    struct list_node *behind = node->next ? node->next : &list->head;
    set_arrow(behind, arrow_to(node));
    *arrow_to(node) = node->next;
}

void list_splice_back(struct list *list, struct list *from)
{
    if (!from->head.next)
        return;
    *arrow_to(&list->head) = from->head.next;
    from->head.next->prev = list->head.prev;
    list->head.prev = from->head.prev;
    list_init(from);
}

#define job_at(node, member) ((struct job *)(void *)((char *)(node)-offsetof(struct job, member)))

void jobs_init(struct jobs *jobs)
{
    for (size_t i = 0; i < JOB_URGENCIES; i++)
        list_init(jobs->waiting + i);
}

void job_owner_init(struct job_owner *owner)
{
    list_init(&owner->jobs);
}

void jobs_add(struct jobs *jobs, struct job_owner *owner, struct job *job, unsigned urgency)
{
    *job = (struct job){.owner = owner, .urgency = urgency};
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
    struct list *list = jobs->waiting;
    while (list < jobs->waiting + JOB_URGENCIES && !list_first(list))
        list++;
    if (list == jobs->waiting + JOB_URGENCIES)
        return NULL;
    struct job *job = job_at(list_first(list), in_queue);
    jobs_cancel(jobs, job);
    return job;
}

size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context)
{
    struct list_node *node;
    size_t count = 0;
    while ((node = list_first(&owner->jobs)) != NULL) {
        struct job *job = job_at(node, in_owner);
        jobs_cancel(jobs, job);
        cancelled(job, context);
        ++count;
    }
    return count;
}
