/* slab_index_broken.c - accounts in a plain table, named by their index. BROKEN on purpose: an index
 * that was kept too long pays a stranger. slab_index_fixed.c is the repair.
 *
 * Usage: demo_slab_index_broken
 * Lesson: 03_memory/README.md, section slab.
 * Expected output:
 *     Ann has account 0
 *     Ann's account is closed, Bob opens one
 *     a payment for Ann arrives late
 *     Bob has 100
 */
#include <stdio.h>

struct account {
    const char *owner; /* NULL: free */
    int balance;
};

static struct account accounts[8];

static int open_account(const char *owner)
{
    for (int i = 0; i < 8; i++)
        if (!accounts[i].owner) {
            accounts[i] = (struct account){owner, 0};
            return i;
        }
    return -1;
}

static void close_account(int index)
{
    accounts[index].owner = NULL;
}

/* The table looks in use, the index is in range: nothing tells that it means somebody else. */
static void pay(int index, int amount)
{
    if (index >= 0 && index < 8 && accounts[index].owner)
        accounts[index].balance += amount;
    else
        printf("no such account\n");
}

int main(void)
{
    int ann = open_account("Ann");
    printf("Ann has account %d\n", ann);
    close_account(ann);
    int bob = open_account("Bob");
    printf("Ann's account is closed, Bob opens one\n");
    printf("a payment for Ann arrives late\n");
    pay(ann, 100);
    printf("Bob has %d\n", accounts[bob].balance);
    return 0;
}
