/* intern_words.c - counting words: after interning, a word is an index.
 *
 * No hash table of counts: the id of a word is its place in an array. And no strcmp: two words are
 * the same if their ids are.
 *
 *   intern_words
 *
 * Expected output:
 *     4 the
 *     2 sea
 *     2 of
 *     10 words, 5 different
 *     first and last word are the same: yes
 */
#include <stdio.h>

#include "03_memory/intern.h"

enum { WORDS_MAX = 64 };

/* Put every word of the text; ids[] in order. Returns: how many, or -1: no memory, or too many. */
static int put_words(struct intern *intern, const char *text, uint32_t *ids)
{
    int count = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (count == WORDS_MAX || intern_put(intern, text, length, &ids[count++]) != 0)
            return -1;
        text += length + (text[length] == ' ');
    }
    return count;
}

int main(void)
{
    struct intern *intern;
    uint32_t ids[WORDS_MAX];
    unsigned counts[WORDS_MAX + 1] = {0}; /* by id, from 1 */
    if (intern_create(&intern, allocator_system(), NULL) != 0)
        return 1;
    int words = put_words(intern, "the sea of the wind and the sea of the", ids);
    if (words < 0) {
        intern_destroy(intern);
        return 1;
    }
    for (int i = 0; i < words; i++)
        counts[ids[i]]++;
    for (uint32_t id = 1; id <= intern_count(intern); id++)
        if (counts[id] > 1)
            printf("%u %s\n", counts[id], intern_text(intern, id, NULL));
    printf("%d words, %u different\n", words, intern_count(intern));
    printf("first and last word are the same: %s\n", ids[0] == ids[words - 1] ? "yes" : "no");
    intern_destroy(intern);
    return 0;
}
