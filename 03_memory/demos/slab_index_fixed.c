/* slab_index_fixed.c - the accounts of slab_index_broken.c in a slab: the late payment is refused,
 * because the key names a generation as well as a place.
 *
 * Usage: demo_slab_index_fixed
 * Lesson: 03_memory/README.md, section slab.
 * Expected output:
 *     Ann has account 0
 *     Ann's account is closed, Bob opens one
 *     a payment for Ann arrives late
 *     no such account
 *     Bob has 0
 */
#include <stdio.h>

#include "03_memory/slab.h"

struct account {
    const char *owner;
    int balance;
};

static struct slab accounts;

static struct slab_key open_account(const char *owner)
{
    struct slab_key key = SLAB_KEY_NONE;
    struct account *account = slab_insert(&accounts, &key);
    if (account)
        *account = (struct account){owner, 0};
    return key;
}

static void pay(struct slab_key key, int amount)
{
    struct account *account = slab_get(&accounts, key);
    if (account)
        account->balance += amount;
    else
        printf("no such account\n");
}

int main(void)
{
    if (slab_init(&accounts, SLAB_LAYOUT(struct account), allocator_system()) != 0)
        return 1;
    struct slab_key ann = open_account("Ann");
    printf("Ann has account %u\n", slab_key_index(ann));
    slab_remove(&accounts, ann, NULL);
    struct slab_key bob = open_account("Bob");
    printf("Ann's account is closed, Bob opens one\n");
    printf("a payment for Ann arrives late\n");
    pay(ann, 100);
    const struct account *account = slab_get(&accounts, bob);
    printf("Bob has %d\n", account ? account->balance : -1);
    slab_fini(&accounts);
    return 0;
}
