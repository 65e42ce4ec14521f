/* tagged_aba_broken.c - ABA, step by step: a swap that succeeds though the world has changed.
 *
 * One thread pops, and is stopped between its read and its swap. Another goes on meanwhile. Here both
 * are plain calls in one thread, so that the schedule is always the same. The repair, a
 * counter beside the pointer, is in tagged_aba_fixed.c.
 *
 *   tagged_aba_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     one: A is on top, B is next
 *     two: popped A and B, freed B, pushed A
 *     one: A is still on top, so B becomes the top
 *     =================================================================
 *     ==...ERROR: AddressSanitizer: heap-use-after-free on address ...
 *     ...
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *next;
    char name;
};

static struct node *_Atomic top;

static struct node *make(char name, struct node *next)
{
    struct node *node = malloc(sizeof(*node));
    if (!node)
        exit(2);
    *node = (struct node){next, name};
    return node;
}

int main(void)
{
    struct node *b = make('B', NULL), *a = make('A', b);
    atomic_store(&top, a);
    setbuf(stdout, NULL);

    struct node *seen = atomic_load(&top), *next = seen->next; /* one: first half of a pop */
    printf("one: %c is on top, %c is next\n", seen->name, next->name);

    atomic_store(&top, NULL); /* two: pops both, */
    free(b);                  /* is done with B, */
    a->next = NULL;
    atomic_store(&top, a); /* and pushes A */
    printf("two: popped A and B, freed B, pushed A\n");

    if (atomic_compare_exchange_strong(&top, &seen, next)) /* one: second half */
        printf("one: A is still on top, so B becomes the top\n");
    printf("the top is %c\n", atomic_load(&top)->name);
    free(a);
    return 0;
}
