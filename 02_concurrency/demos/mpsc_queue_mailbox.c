/* mpsc_queue_mailbox.c - an account that one thread keeps and others write letters to.
 *
 * Nobody locks the balance, because only its owner touches it: the others send it messages. A message is a node of the
 * queue and belongs to its sender, to the queue, or to the owner, one after the other; nothing is copied. The
 * pop says in three words what there is: a letter, nothing, or one that is just being put in.
 *
 *   mpsc_queue_mailbox
 *
 * Expected output:
 *     40000 messages from 4 senders
 *     balance 20000, never below 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/mpsc_queue.h"
#include "07_unsafe/list.h"

enum { SENDERS = 4, EACH = 10000 };

struct message {
    int amount;
    struct mpsc_queue_node node;
};

static struct mpsc_queue mailbox;

/* Two in, one out, and so on: of each sender's letters the order is kept, so it never takes what it has not brought. */
static void *send(void *unused)
{
    (void)unused;
    for (int i = 0; i < EACH; i++) {
        struct message *message = malloc(sizeof(*message));
        if (!message)
            abort();
        message->amount = i % 2 ? -1 : 2;
        mpsc_queue_push(&mailbox, &message->node);
    }
    return NULL;
}

int main(void)
{
    pthread_t senders[SENDERS];
    struct backoff backoff = BACKOFF_INIT;
    int messages = 0, balance = 0, lowest = 0;
    mpsc_queue_init(&mailbox);
    for (int i = 0; i < SENDERS; i++)
        if (pthread_create(&senders[i], NULL, send, NULL) != 0)
            return 1;
    while (messages < SENDERS * EACH) {
        struct mpsc_queue_node *node;
        switch (mpsc_queue_try_pop(&mailbox, &node)) {
        case MPSC_QUEUE_EMPTY:     /* here a mailbox would sleep */
        case MPSC_QUEUE_IN_FLIGHT: /* and here it must not, unless the sender wakes it */
            backoff_wait(&backoff);
            break;
        case MPSC_QUEUE_POPPED:
            backoff_reset(&backoff);
            struct message *message = container_of(node, struct message, node);
            balance += message->amount;
            lowest = balance < lowest ? balance : lowest;
            messages++;
            free(message);
        }
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    printf("%d messages from %d senders\n", messages, SENDERS);
    printf("balance %d, %s\n", balance, lowest < 0 ? "and once below 0" : "never below 0");
    return 0;
}
