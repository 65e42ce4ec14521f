/* alias_struct.c - two structs of the same shape.
 *
 * The layouts are the same and the types are not. Two pointers to different struct types do not
 * point at the same object, says the rule. So the store through one is not seen through the other.
 *
 * Rule: ISO C17 6.5p7
 * Expected -O0: 2
 * Expected -O2: 1
 * Seen by: none
 * Repair: one type for one object
 * Repaired: 2
 */
#include <stdio.h>

struct point {
    int x, y;
};
struct size {
    int width, height;
};

#ifdef REPAIRED
static int place(struct point *point, struct point *size)
{
    point->x = 1;
    size->x = 2;
    return point->x;
}
#else
static int place(struct point *point, void *same)
{
    struct size *size = same;
    point->x = 1;
    size->width = 2;
    return point->x;
}
#endif

int main(void)
{
    struct point point;
    printf("%d\n", place(&point, &point));
    return 0;
}
