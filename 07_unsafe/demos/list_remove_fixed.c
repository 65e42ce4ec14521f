/* list_remove_fixed.c - the repair of list_remove_broken.c: the next node is read before the body.
 *
 *   list_remove_fixed
 *
 * Expected output:
 *     task 2 is done
 *     task 4 is done
 *     left: 1 3 5
 *     0 tasks are left
 */
#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/list.h"

struct task {
    int id;
    struct list_node node;
};

static void finish(struct task *task)
{
    list_remove(&task->node);
    free(task);
}

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
    list_for_each_safe(node, &tasks)
    {
        struct task *task = container_of(node, struct task, node);
        if (task->id % 2 == 0) {
            printf("task %d is done\n", task->id);
            finish(task);
        }
    }
    printf("left:");
    list_for_each(node, &tasks) printf(" %d", container_of(node, struct task, node)->id);
    printf("\n");
    list_for_each_safe(node, &tasks) finish(container_of(node, struct task, node));
    printf("%zu tasks are left\n", list_count(&tasks));
    return 0;
}
