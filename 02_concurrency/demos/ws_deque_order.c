/* ws_deque_order.c - the two ends of a deque: its owner takes what is newest, a thief what is oldest.
 *
 *   ws_deque_order
 *
 * Expected output:
 *     pushed: a b c d e f
 *     the owner pops f
 *     a thief steals a
 *     a thief steals half of the rest: b c
 *     the owner pops e
 *     the owner pops d
 *     and now it is empty
 */
#include <stdio.h>

#include "02_concurrency/ws_deque.h"

int main(void)
{
    struct ws_deque deque;
    char letters[] = "abcdef";
    void *item, *half[8];
    if (ws_deque_init(&deque, allocator_system(), 4) != 0) /* it will grow */
        return 1;
    printf("pushed:");
    for (char *letter = letters; *letter; letter++) {
        if (ws_deque_push(&deque, letter) != 0)
            return 1;
        printf(" %c", *letter);
    }
    printf("\nthe owner pops %c\n", *(char *)ws_deque_pop(&deque));
    if (ws_deque_steal(&deque, &item) == WS_DEQUE_STOLEN)
        printf("a thief steals %c\n", *(char *)item);
    printf("a thief steals half of the rest:");
    size_t taken = ws_deque_steal_batch(&deque, half, 8);
    for (size_t i = 0; i < taken; i++)
        printf(" %c", *(char *)half[i]);
    puts("");
    while ((item = ws_deque_pop(&deque)) != NULL)
        printf("the owner pops %c\n", *(char *)item);
    puts("and now it is empty");
    ws_deque_fini(&deque);
    return 0;
}
