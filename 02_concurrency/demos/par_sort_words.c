/* par_sort_words.c - a sort for one type and one order, with the comparison inlined; and a filter likewise.
 *
 *   par_sort_words
 *
 * Expected output:
 *     by length: to be or not question
 *     equal lengths stay in order: to be or not the question
 *     more than two letters: not the question
 */
#include <stdio.h>
#include <string.h>

#include "02_concurrency/thread_pool.h"

#define PAR_SORT_NAME       sort_words
#define PAR_SORT_TYPE       const char *
#define PAR_SORT_LESS(a, b) (strlen(a) < strlen(b))
#include "02_concurrency/par_sort_template.h"

#define PAR_FILTER_NAME       keep_longer
#define PAR_FILTER_TYPE       const char *
#define PAR_FILTER_KEEP(word) (strlen(word) > *(size_t *)context)
#include "02_concurrency/par_filter_template.h"

static void print(const char *what, const char **words, size_t count)
{
    printf("%s:", what);
    for (size_t i = 0; i < count; i++)
        printf(" %s", words[i]);
    puts("");
}

int main(void)
{
    const char *few[] = {"question", "to", "be", "not", "or"};
    const char *words[] = {"to", "not", "be", "question", "or", "the"}, *kept[6];
    size_t length = 2;
    struct thread_pool *pool;
    if (thread_pool_create(&pool, allocator_system(), NULL) != 0)
        return 1;
    if (sort_words_stable(pool, allocator_system(), few, 5, NULL) != 0 ||
        sort_words_stable(pool, allocator_system(), words, 6, NULL) != 0)
        return 1;
    print("by length", few, 5);
    print("equal lengths stay in order", words, 6);
    print("more than two letters", kept, keep_longer(pool, words, 6, kept, &length));
    thread_pool_destroy(pool);
    return 0;
}
