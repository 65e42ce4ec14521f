/* list.h - an intrusive list, and the jobs of a server that run through two of them at once.
 *
 * The links are in the items. Joining a list takes no memory and cannot fail, and an item that is in hand
 * leaves its list without a search.
 *
 * The two words of a node and of a list are yours: which of them points where, and what stands at the
 * ends, is your design. What the functions promise is not.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: list_init list_first list_last list_next list_prev list_push_front list_push_back
 *            list_insert_before list_remove list_splice_back
 *            jobs_init job_owner_init jobs_add jobs_take jobs_cancel jobs_cancel_owner
 */
#ifndef SYSLAB_EXERCISE_LIST_H
#define SYSLAB_EXERCISE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* ---- lists ---- */

struct list_node {
    struct list_node *next, *prev;
};

struct list {
    struct list_node head;
};

/* Make an empty list. Nothing has to be undone at its end. */
void list_init(struct list *list);

/* Returns: the first or last node, or NULL in an empty list. */
struct list_node *list_first(const struct list *list);
struct list_node *list_last(const struct list *list);

/* node is in the list. Returns: its neighbour, or NULL at the end. */
struct list_node *list_next(const struct list *list, const struct list_node *node);
struct list_node *list_prev(const struct list *list, const struct list_node *node);

/* Put a node that is in no list into this one. What its words held before is not to be looked at. */
void list_push_front(struct list *list, struct list_node *node);
void list_push_back(struct list *list, struct list_node *node);

/* The same, in front of a node that is in the list. */
void list_insert_before(struct list *list, struct list_node *place, struct list_node *node);

/* Take a node out of the list that it is in. From then on its memory is the caller's. */
void list_remove(struct list *list, struct list_node *node);

/* Move all of `from` behind the last of `list`, in order. `from` is empty then, and usable. */
void list_splice_back(struct list *list, struct list *from);

/* ---- jobs ---- */

enum { JOB_URGENCIES = 4 };

/* A client. Its jobs that wait are in `jobs` by their node in_owner, the one added first in front. */
struct job_owner {
    struct list jobs;
};

/* The caller's memory, often a part of something larger. */
struct job {
    struct job_owner *owner; /* whose it is while it waits; else NULL */
    unsigned urgency;        /* below JOB_URGENCIES; 0 is the most urgent */
    struct list_node in_owner;
    struct list_node in_queue;
};

/* All jobs that wait: those of urgency u are in waiting[u] by their node in_queue, the one added first
 * in front. */
struct jobs {
    struct list waiting[JOB_URGENCIES];
};

void jobs_init(struct jobs *jobs);
void job_owner_init(struct job_owner *owner);

/* Let a job wait. Its owner and urgency are set here; what they and its nodes held before is not to be
 * looked at. */
void jobs_add(struct jobs *jobs, struct job_owner *owner, struct job *job, unsigned urgency);

/* Take out the most urgent job, and of those that are equally urgent the one that was added first.
 * Returns: it, which waits no longer and is in neither list, or NULL if none waits. */
struct job *jobs_take(struct jobs *jobs);

/* Take out a job that need not run any more; its owner is NULL if it does not wait (it was taken or
 * cancelled, or says so from the start).
 * Returns: whether it waited. */
bool jobs_cancel(struct jobs *jobs, struct job *job);

/* Its job is out of both lists and its owner is NULL: the function may free it or add it again, for
 * another owner. It may also take and cancel other jobs, whoever owns them. */
typedef void (*job_cancelled_fn)(struct job *job, void *context);

/* Cancel all of an owner's jobs, the one added first in front, and call cancelled(job, context) for
 * each once it is out. Returns: how many it was called for. */
size_t jobs_cancel_owner(struct jobs *jobs, struct job_owner *owner, job_cancelled_fn cancelled,
                         void *context);

#endif
