/* container_of_wrong_type.c - must not compile: an int is no list_node. */
#include "07_unsafe/list.h"

struct item {
    int value;
    struct list_node node;
};

struct item *item_of(int *value);
struct item *item_of(int *value)
{
    return container_of(value, struct item, node);
}
