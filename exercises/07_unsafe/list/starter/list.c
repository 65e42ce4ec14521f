/* list.c - your list, and the jobs in it. The handout is README.md; the contract is list.h.
 *
 * A good order of work, one red test after the other:
 *   1. Draw an empty list, one node, two nodes. Decide what stands at the two ends.
 *   2. list_init, list_push_back, and the four that look: list_first, _last, _next, _prev.
 *   3. list_push_front, list_insert_before, list_remove, list_splice_back.
 *   4. The jobs: from a node back to the job that it is in.
 */
#include "list.h"

void list_init(struct list *list)
{
    (void)list; /* step 2 */
}

struct list_node *list_first(const struct list *list)
{
    (void)list;
    return NULL; /* step 2 */
}

struct list_node *list_last(const struct list *list)
{
    (void)list;
    return NULL; /* step 2 */
}

struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    (void)list, (void)node;
    return NULL; /* step 2 */
}

struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    (void)list, (void)node;
    return NULL; /* step 2 */
}

void list_push_front(struct list *list, struct list_node *node)
{
    (void)list, (void)node; /* step 3 */
}

void list_push_back(struct list *list, struct list_node *node)
{
    (void)list, (void)node; /* step 2 */
}

void list_insert_before(struct list *list, struct list_node *place, struct list_node *node)
{
    (void)list, (void)place, (void)node; /* step 3 */
}

void list_remove(struct list *list, struct list_node *node)
{
    (void)list, (void)node; /* step 3 */
}

void list_splice_back(struct list *list, struct list *from)
{
    (void)list, (void)from; /* step 3 */
}

void jobs_init(struct jobs *jobs)
{
    (void)jobs; /* step 4: the list of each urgency */
}

void job_owner_init(struct job_owner *owner)
{
    (void)owner; /* step 4 */
}

void jobs_add(struct jobs *jobs, struct job_owner *owner, struct job *job, unsigned urgency)
{
    (void)jobs, (void)owner, (void)job, (void)urgency; /* step 4: two lists */
}

struct job *jobs_take(struct jobs *jobs)
{
    (void)jobs;
    return NULL; /* step 4 */
}

bool jobs_cancel(struct jobs *jobs, struct job *job)
{
    (void)jobs, (void)job;
    return false; /* step 4 */
}

size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context)
{
    (void)jobs, (void)owner, (void)cancelled, (void)context;
    return 0; /* step 4: what may the function do to the jobs that come next? */
}
