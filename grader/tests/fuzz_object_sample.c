/* What fuzz_object.c damages: names of each kind, relocations, data, a thread's own variable. */
#include <stdio.h>

int give(int a);
int helper(int a);

int shared = 4;
static int hidden[100];
static _Thread_local int own;

int helper(int a)
{
    return a + shared + hidden[a & 63];
}

int give(int a)
{
    own += a;
    hidden[own & 63] = helper(a);
    printf("%d %d\n", own, hidden[3]);
    return helper(own);
}
