/* list.h - an intrusive doubly linked list, and container_of.
 *
 * The links live inside the items, so that joining a list allocates nothing and cannot fail, and an
 * item that is in hand leaves its list in O(1) without a search.
 *
 *     struct list              struct task             struct task
 *     +------------+           +------------+          +------------+
 *     |            |           | id         |          | id         |
 *     | head.next -+---------->| node.next -+--------->| node.next -+---> back to head
 *     | head.prev  |<----------+ node.prev  |<---------+ node.prev  |
 *     +------------+           +------------+          +------------+
 *
 * The list is a ring through a sentinel, `head`, which is in no item. So an empty list is a
 * sentinel that points at itself, and no operation has a case for the first, the last or the only
 * item.
 *
 * Invariant: for every node n of the ring, n->next->prev == n and n->prev->next == n. A node that
 * is in no list has next == prev == NULL, if it was initialised or removed.
 *
 * Do not: put one node in two lists (give the item two nodes); free or remove an item that plain
 * list_for_each stands on (use list_for_each_safe); copy or move a `struct list` that is not empty
 * (the ring points at it; list_splice_back moves the items); use it from two threads unlocked.
 *
 * Threads: none of its own; the caller locks. Cost: O(1) but for list_count and list_check.
 * Owns: nothing. Items belong to whoever made them.
 *
 * Interface: container_of list_init list_node_init list_node_is_linked list_is_empty list_first
 *            list_last list_next list_prev list_push_front list_push_back list_insert_after
 *            list_insert_before list_remove list_pop_front list_pop_back list_replace
 *            list_splice_after list_splice_front list_splice_back list_count list_check
 *            list_for_each list_for_each_reverse list_for_each_safe
 * Source: Knuth, The Art of Computer Programming, 2.2.5; Linux include/linux/list.h for the habit.
 */
#ifndef SYSLAB_UNSAFE_LIST_H
#define SYSLAB_UNSAFE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "07_unsafe/assert.h"

/* From the address of a member to the address of the struct that it is in. A pointer of any other
 * type than the member's does not compile; from a const member it gives a const struct. The pointer
 * is evaluated once. It must really point into a `type`: that, no compiler can check. */
/* lesson: container-of */
#define container_of(pointer, type, member)                                                        \
    _Generic((pointer),                                                                            \
        __typeof__(((type *)0)->member) *: (type *)((char *)(pointer)-offsetof(type, member)),     \
        const __typeof__(((type *)0)->member) *: (const type *)((const char *)(pointer)-offsetof(  \
                                                     type, member)))
/* end lesson */

struct list_node {
    struct list_node *next;
    struct list_node *prev;
};

struct list {
    struct list_node head; /* the sentinel: next is the first item, prev the last */
};

/* Make an empty list, in storage of the caller's. There is nothing to undo. */
static inline void list_init(struct list *list)
{
    list->head.next = &list->head;
    list->head.prev = &list->head;
}

/* Mark a node as being in no list. Needed only if list_node_is_linked will be asked. */
static inline void list_node_init(struct list_node *node)
{
    node->next = NULL;
    node->prev = NULL;
}

/* Returns: whether the node is in a list. It must have been in one, or initialised. */
static inline bool list_node_is_linked(const struct list_node *node)
{
    return node->next != NULL;
}

/* Returns: whether no node is in it. */
static inline bool list_is_empty(const struct list *list)
{
    return list->head.next == &list->head;
}

/* Returns: the neighbour, or NULL at the end (and so for an empty list). */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next == &list->head ? NULL : node->next;
}

/* The same, backwards. */
static inline struct list_node *list_prev(const struct list *list, const struct list_node *node)
{
    return node->prev == &list->head ? NULL : node->prev;
}

/* Returns: the first node, or NULL of an empty list. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_next(list, &list->head);
}

/* Returns: the last node, or NULL of an empty list. */
static inline struct list_node *list_last(const struct list *list)
{
    return list_prev(list, &list->head);
}

/* The invariant at one node, which a debug build checks around every change. */
static inline bool list_node_check(const struct list_node *node)
{
    return node->next && node->prev && node->next->prev == node && node->prev->next == node;
}

/* Put a node that is in no list behind one that is. */
static inline void list_insert_after(struct list_node *place, struct list_node *node)
{
    ASSERT(list_node_check(place) && node != place);
    /* lesson: list-insert */
    node->prev = place;
    node->next = place->next;
    place->next->prev = node;
    place->next = node;
    /* end lesson */
}

/* Put a node that is in no list in front of one that is. */
static inline void list_insert_before(struct list_node *place, struct list_node *node)
{
    list_insert_after(place->prev, node);
}

/* Put a node that is in no list in front of all. */
static inline void list_push_front(struct list *list, struct list_node *node)
{
    list_insert_after(&list->head, node);
}

/* Put a node that is in no list behind all. */
static inline void list_push_back(struct list *list, struct list_node *node)
{
    list_insert_after(list->head.prev, node);
}

/* Take a node out of the list that it is in; it may join another at once. Removing it twice is an
 * error that a debug build stops at. */
static inline void list_remove(struct list_node *node)
{
    ASSERT(list_node_check(node));
    /* lesson: list-remove */
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_node_init(node); /* so that a use after removal faults at once and near its cause */
    /* end lesson */
}

/* Remove the first or last node. Returns: it, or NULL from an empty list. */
static inline struct list_node *list_pop_front(struct list *list)
{
    struct list_node *node = list_first(list);
    if (node)
        list_remove(node);
    return node;
}

/* The same, from the other end. */
static inline struct list_node *list_pop_back(struct list *list)
{
    struct list_node *node = list_last(list);
    if (node)
        list_remove(node);
    return node;
}

/* Put `fresh`, which is in no list, into the place of `old`, which then is in none. */
static inline void list_replace(struct list_node *old, struct list_node *fresh)
{
    list_insert_after(old, fresh);
    list_remove(old);
}

/* The ring of `from` between place and its successor; `from` is empty afterwards. */
static inline void list_splice_after(struct list_node *place, struct list *from)
{
    ASSERT(list_node_check(place) && place != &from->head);
    if (list_is_empty(from))
        return;
    struct list_node *first = from->head.next, *last = from->head.prev;
    last->next = place->next;
    place->next->prev = last;
    place->next = first;
    first->prev = place;
    list_init(from);
}

/* Move all of `from` to the front or back of another list, in order. Cost: O(1). */
static inline void list_splice_front(struct list *list, struct list *from)
{
    list_splice_after(&list->head, from);
}

static inline void list_splice_back(struct list *list, struct list *from)
{
    list_splice_after(list->head.prev, from);
}

/* Walk the nodes. `node` is declared by the loop; container_of leads from it to the item. In the
 * body of the _safe one, and only there, `node` itself (no other) may be removed and freed. */
#define list_for_each(node, list)                                                                  \
    for (struct list_node *node = (list)->head.next; node != &(list)->head; node = node->next)

#define list_for_each_reverse(node, list)                                                          \
    for (struct list_node *node = (list)->head.prev; node != &(list)->head; node = node->prev)

#define list_for_each_safe(node, list)                                                             \
    for (struct list_node *node = (list)->head.next, *node##_next = node->next;                    \
         node != &(list)->head; node = node##_next, node##_next = node->next)

/* Returns: how many nodes. Cost: O(n); keep a count beside the list if it is asked for often. */
static inline size_t list_count(const struct list *list)
{
    size_t count = 0;
    list_for_each(node, list) count++;
    return count;
}

/* Returns: whether the invariant holds at every node.
 * It ends on any ring of readable nodes, broken or not: to run forever the walk would have to come
 * back to a node other than head by a second way, and that node's prev can agree with only one. */
static inline bool list_check(const struct list *list)
{
    const struct list_node *node = &list->head;
    do {
        if (!list_node_check(node))
            return false;
        node = node->next;
    } while (node != &list->head);
    return true;
}

#endif
