/* tagged_aba_fixed.c - the repair of tagged_aba_broken.c: a counter that every change makes larger.
 *
 *   tagged_aba_fixed
 *
 * Expected output:
 *     one: A is on top, change 2
 *     two: popped A and B, freed B, pushed A
 *     one: A is on top, but it is change 5: the swap fails
 *     the top is A
 */
#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/tagged.h"

struct node {
    struct node *next;
    char name;
};

static struct tagged_pair top;

static struct node *make(char name)
{
    struct node *node = malloc(sizeof(*node));
    if (!node)
        exit(2);
    *node = (struct node){NULL, name};
    return node;
}

static void push(struct node *node)
{
    struct tagged_pair expected = tagged_pair_guess(&top), desired = {node, 0};
    do {
        node->next = expected.pointer;
        desired.count = expected.count + 1;
    } while (!tagged_pair_compare_exchange(&top, &expected, desired));
}

static void pop(void)
{
    struct tagged_pair expected = tagged_pair_guess(&top), desired;
    do {
        desired.pointer = ((struct node *)expected.pointer)->next;
        desired.count = expected.count + 1;
    } while (!tagged_pair_compare_exchange(&top, &expected, desired));
}

int main(void)
{
    struct node *a = make('A'), *b = make('B');
    push(b);
    push(a);

    struct tagged_pair seen = tagged_pair_guess(&top); /* one: first half of a pop */
    struct tagged_pair desired = {((struct node *)seen.pointer)->next, seen.count + 1};
    printf("one: %c is on top, change %zu\n", ((struct node *)seen.pointer)->name,
           (size_t)seen.count);

    pop(); /* two */
    pop();
    free(b);
    push(a);
    printf("two: popped A and B, freed B, pushed A\n");

    if (!tagged_pair_compare_exchange(&top, &seen, desired)) /* one: second half */
        printf("one: %c is on top, but it is change %zu: the swap fails\n",
               ((struct node *)seen.pointer)->name, (size_t)seen.count);
    printf("the top is %c\n", ((struct node *)top.pointer)->name);
    free(a);
    return 0;
}
