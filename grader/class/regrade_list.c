/* regrade_list.c - the grades that changed, from the store: see regrade.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/base/prose.h"
#include "grader/class/regrade.h"
#include "grader/record/change.h"

/* ---- read ---- */

/* The text's own string, "" instead of none. */
static char *lines_of(struct text *text)
{
    char *lines = text->data ? text->data : strdup("");
    *text = (struct text){NULL, 0, 0, false};
    return lines;
}

static int describe(const struct store_row *before, const struct store_row *now,
                    struct regrade_change *change)
{
    struct record *records[2] = {NULL, NULL};
    struct change words = {{NULL, 0, 0, false}, {NULL, 0, 0, false}};
    int failed = record_from_json(before->json, &records[0]);
    if (!failed)
        failed = record_from_json(now->json, &records[1]);
    if (!failed)
        failed = change_describe(records[0], records[1], &words);
    else if (failed == -EINVAL) /* of another syslab: the figures are known all the same */
        text_append(&words.causes, "one of the two records cannot be read by this syslab\n");
    change->causes = lines_of(&words.causes);
    change->tests = lines_of(&words.tests);
    for (int i = 0; i < 2; i++)
        record_destroy(records[i]);
    return failed == -ENOMEM || !change->causes || !change->tests ? -ENOMEM : 0;
}

static int add_change(void *context, const struct store_row *before, const struct store_row *now)
{
    struct regrade_list *list = context;
    if (before->verdict == now->verdict && before->points == now->points &&
        before->max_points == now->max_points) {
        list->same++;
        return 0;
    }
    struct regrade_change *change =
        grow((void **)&list->all, list->count, &list->capacity, sizeof(*list->all));
    if (!change)
        return -ENOMEM;
    list->count++;
    change->student = strdup(now->student);
    change->exercise = strdup(now->exercise);
    for (int i = 0; i < 2; i++) {
        const struct store_row *row = i == 0 ? before : now;
        change->verdicts[i] = row->verdict;
        change->points[i] = row->points;
        change->max_points[i] = row->max_points;
    }
    int failed = describe(before, now, change);
    return change->student && change->exercise ? failed : -ENOMEM;
}

int regrade_list_read(struct store *store, struct regrade_list *out)
{
    *out = (struct regrade_list){.all = NULL};
    int failed = store_each_change(store, add_change, out);
    if (failed)
        regrade_list_free(out);
    return failed;
}

void regrade_list_free(struct regrade_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->all[i].student);
        free(list->all[i].exercise);
        free(list->all[i].causes);
        free(list->all[i].tests);
    }
    free(list->all);
    *list = (struct regrade_list){.all = NULL};
}

/* ---- print ---- */

static void put_grade(char *out, size_t out_bytes, const struct regrade_change *change, int which)
{
    if (change->verdicts[which] == VERDICT_GRADER_ERROR)
        snprintf(out, out_bytes, "no grade");
    else
        snprintf(out, out_bytes, "%g of %u %s", change->points[which], change->max_points[which],
                 verdict_name(change->verdicts[which]));
}

static void put_lines(const struct terminal *terminal, const char *label, const char *lines)
{
    for (const char *at = lines; *at;) {
        char line[1000];
        size_t length = strcspn(at, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)length, at);
        fprintf(terminal->out, "    %s%-9s%s", terminal_style(terminal, STYLE_FAINT), label,
                terminal_style(terminal, STYLE_PLAIN));
        prose_wrap(terminal->out, line,
                   (struct prose_layout){13, terminal->columns, terminal->utf8});
        label = "";
        at += length + (at[length] == '\n');
    }
}

void regrade_list_print(const struct regrade_list *list, const struct terminal *terminal)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct regrade_change *change = &list->all[i];
        char before[64], now[64];
        bool better = change->points[1] > change->points[0];
        put_grade(before, sizeof(before), change, 0);
        put_grade(now, sizeof(now), change, 1);
        fputs(terminal_style(terminal, STYLE_STRONG), terminal->out);
        prose_put_name(terminal->out, change->student, terminal->utf8);
        fprintf(terminal->out, "%s  %s  %s %s %s%s%s\n", terminal_style(terminal, STYLE_PLAIN),
                change->exercise, before, terminal->utf8 ? "\u2192" : "->",
                terminal_style(terminal, better ? STYLE_GOOD : STYLE_BAD), now,
                terminal_style(terminal, STYLE_PLAIN));
        put_lines(terminal, "what", change->tests);
        put_lines(terminal, "why", change->causes);
    }
}
