/* checked_size_fixed.c - the repair of checked_size_broken.c: the product says that it does not fit.
 *
 *   checked_size_fixed
 *
 * Expected output:
 *     3 points take 48 bytes
 *     1152921504606846977 points: no array is that large
 */
#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/checked.h"

struct point {
    int x, y, z, color;
};

static int read_points(size_t count)
{
    size_t size;
    if (!checked_array(count, sizeof(struct point), &size)) {
        printf("%zu points: no array is that large\n", count);
        return 0;
    }
    printf("%zu points take %zu bytes\n", count, size);
    struct point *points = malloc(size);
    if (!points)
        return 1;
    for (size_t i = 0; i < count; i++)
        points[i].x = 0;
    free(points);
    return 0;
}

int main(void)
{
    return read_points(3) || read_points(((size_t)1 << 60) + 1);
}
