/* par_scope_search.c - a search whose tasks find tasks, called off by the first that succeeds.
 *
 *   par_scope_search
 *
 * Eight queens: a task puts a queen into the next row wherever it is safe, and spawns a task for each. The first one that
 * has all eight cancels the scope; those that were not begun never are. Which answer is the first differs from run to run.
 *
 * Expected output:
 *     the scope was called off: 1
 *     eight queens, none attacks another: yes
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/par_scope.h"
#include "07_unsafe/list.h"

enum { QUEENS = 8, BOARDS_MAX = 4096, FOUND = 1 };

struct board {
    struct par_scope_task task;
    int rows, columns[QUEENS];
};

static struct board boards[BOARDS_MAX]; /* they stay until the scope ends */
static atomic_size_t board_count;
static struct board *_Atomic answer;

static bool is_safe(const struct board *board, int column)
{
    for (int row = 0; row < board->rows; row++)
        if (board->columns[row] == column || abs(board->columns[row] - column) == board->rows - row)
            return false;
    return true;
}

static int place(struct par_scope *scope, struct par_scope_task *task)
{
    const struct board *board = container_of(task, struct board, task);
    if (board->rows == QUEENS) {
        atomic_store(&answer, (struct board *)board);
        return FOUND; /* an error to the scope: no more tasks */
    }
    for (int column = 0; column < QUEENS; column++) {
        if (!is_safe(board, column))
            continue;
        size_t number = atomic_fetch_add(&board_count, 1);
        if (number >= BOARDS_MAX)
            return -1;
        struct board *next = &boards[number];
        next->rows = board->rows + 1;
        memcpy(next->columns, board->columns, sizeof(next->columns));
        next->columns[board->rows] = column;
        par_scope_spawn(scope, &next->task, place);
    }
    return 0;
}

static int begin(struct par_scope *scope, void *empty)
{
    par_scope_spawn(scope, &((struct board *)empty)->task, place);
    return 0;
}

int main(void)
{
    struct thread_pool *pool;
    struct board empty = {.rows = 0};
    if (thread_pool_create(&pool, allocator_system(), NULL) != 0)
        return 1;
    int result = par_scope(pool, begin, &empty);
    printf("the scope was called off: %d\n", result);
    struct board check = *atomic_load(&answer);
    bool good = true;
    for (check.rows = 0; check.rows < QUEENS; check.rows++)
        good = good && is_safe(&check, check.columns[check.rows]);
    printf("eight queens, none attacks another: %s\n", good ? "yes" : "no");
    thread_pool_destroy(pool);
    return 0;
}
