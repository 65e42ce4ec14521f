/* list_remove_broken.c - removing an item while plain list_for_each stands on it.
 *
 * The loop's step reads node->next. By then the body has freed the item that the node is in. It
 * often goes well, for years: freed memory keeps its contents until someone else gets it. The repair
 * is in list_remove_fixed.c and differs by five letters.
 *
 *   list_remove_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     ...
 *     ==...ERROR: AddressSanitizer: heap-use-after-free on address ...
 *     READ of size 8 at ...
 *     ...
 *     freed by thread ...
 *     ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/list.h"

struct task {
    int id;
    struct list_node node;
};

int main(void)
{
    struct list tasks;
    list_init(&tasks);
    for (int id = 1; id <= 5; id++) {
        struct task *task = malloc(sizeof(*task));
        if (!task)
            abort();
        task->id = id;
        list_push_back(&tasks, &task->node);
    }
    list_for_each(node, &tasks)
    {
        struct task *task = container_of(node, struct task, node);
        list_remove(node);
        free(task);
    }
    printf("%zu tasks are left\n", list_count(&tasks));
    return 0;
}
