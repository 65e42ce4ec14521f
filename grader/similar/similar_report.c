#include "grader/similar/similar_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/prose.h"

enum { REGIONS_SHOWN = 4 };

void similar_report_who(struct text *out, const struct similar_text *text)
{
    if (text->source == SIMILAR_COURSE)
        text_append(out, "the course's ");
    text_append_bytes(out, text->name, strlen(text->name));
    if (text->source == SIMILAR_ARCHIVE)
        text_append(out, ", earlier class");
}

size_t similar_report_answers(const struct similar_set *set)
{
    size_t answers = 0;
    for (size_t i = 0; i < set->count; i++)
        answers += set->texts[i].source == SIMILAR_CLASS;
    return answers;
}

size_t similar_report_pairs(const struct similar_report *report)
{
    size_t pairs = 0;
    for (size_t i = 0; i < report->count; i++)
        pairs += report->exercises[i].set.pair_count;
    return pairs;
}

/* ---- the table ---- */

static void put_who(const struct terminal *terminal, const struct similar_text *text)
{
    struct text who = {NULL, 0, 0, false};
    similar_report_who(&who, text);
    if (who.data)
        prose_put_name(terminal->out, who.data, terminal->utf8);
    text_fini(&who);
}

static void put_lines(const struct terminal *terminal, const struct similar_set *set,
                      const struct similar_pair *pair)
{
    const struct similar_place *left = set->texts[pair->left].stream.places;
    const struct similar_place *right = set->texts[pair->right].stream.places;
    fprintf(terminal->out, "%33s%slines", "", terminal_style(terminal, STYLE_FAINT));
    for (size_t i = 0; i < pair->region_count && i < REGIONS_SHOWN; i++) {
        const struct similar_region *region = &pair->regions[i];
        fprintf(terminal->out, "%s %u-%u = %u-%u", i ? "," : "", left[region->left_from].line,
                left[region->left_to - 1].last_line, right[region->right_from].line,
                right[region->right_to - 1].last_line);
    }
    if (pair->region_count > REGIONS_SHOWN)
        fprintf(terminal->out, ", and %zu more", pair->region_count - REGIONS_SHOWN);
    fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

static void put_pair(const struct terminal *terminal, const struct similar_set *set,
                     const struct similar_pair *pair)
{
    fprintf(terminal->out, "  %7u %7.0f%% %7.0f%%  ", pair->codes, 100 * pair->left_share,
            100 * pair->right_share);
    fprintf(terminal->out, "  %s", terminal_style(terminal, STYLE_STRONG));
    put_who(terminal, &set->texts[pair->left]);
    fprintf(terminal->out, "%s and %s", terminal_style(terminal, STYLE_PLAIN),
            terminal_style(terminal, STYLE_STRONG));
    put_who(terminal, &set->texts[pair->right]);
    fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
    put_lines(terminal, set, pair);
}

static void put_exercise(const struct terminal *terminal, const struct similar_exercise *exercise)
{
    const struct similar_set *set = &exercise->set;
    size_t answers = similar_report_answers(set);
    fprintf(terminal->out, "%s%s%s: %zu answer%s", terminal_style(terminal, STYLE_STRONG),
            exercise->name, terminal_style(terminal, STYLE_PLAIN), answers,
            answers == 1 ? "" : "s");
    if (set->starters)
        fprintf(terminal->out, ", %zu with nothing of their own", set->starters);
    if (set->own_work)
        fprintf(terminal->out, ", %zu like the student's own earlier one", set->own_work);
    if (set->common)
        fprintf(terminal->out, ", %zu fingerprint%s left out that many of them have", set->common,
                set->common == 1 ? "" : "s");
    fprintf(terminal->out, "; %zu suspicious pair%s\n", set->pair_count,
            set->pair_count == 1 ? "" : "s");
    if (set->pair_count)
        fprintf(terminal->out, "%s   shared  of left of right    pair%s\n",
                terminal_style(terminal, STYLE_FAINT), terminal_style(terminal, STYLE_PLAIN));
    for (size_t i = 0; i < set->pair_count && i < SIMILAR_REPORT_ROWS; i++)
        put_pair(terminal, set, &set->pairs[i]);
    if (set->pair_count > SIMILAR_REPORT_ROWS)
        fprintf(terminal->out, "  and %zu more: --json lists all of them\n",
                set->pair_count - SIMILAR_REPORT_ROWS);
    fputc('\n', terminal->out);
}

static bool is_any_left_out(const struct similar_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->exercises[i].set.common)
            return true;
    return false;
}

void similar_report_print(const struct similar_report *report, const struct terminal *terminal)
{
    for (size_t i = 0; i < report->count; i++)
        put_exercise(terminal, &report->exercises[i]);
    if (similar_report_pairs(report) == 0)
        fprintf(terminal->out,
                "No two answers share %u%% of either, without what the course gave%s.\n",
                report->min_percent, is_any_left_out(report) ? " and what was left out" : "");
    else
        prose_wrap(terminal->out,
                   "shared: tokens in the matching passages, without what the course gave and what "
                   "the class has in common. A pair is a suspicion and proves nothing: read both "
                   "sides (--html FILE) and hear both students first.",
                   (struct prose_layout){0, terminal->columns, terminal->utf8});
}

/* ---- JSON ---- */

/* Any bytes as a string, which JSON wants in UTF-8. */
static json_t *clean_string(const char *text)
{
    char *clean = text_clean(text, strlen(text));
    json_t *string = clean ? json_string(clean) : NULL;
    free(clean);
    return string;
}

static json_t *side_json(const struct similar_text *text, double share)
{
    static const char *const sources[] = {"course", "archive", "class"};
    return json_pack("{s:s, s:o, s:o, s:f}", "source", sources[text->source], "name",
                     clean_string(text->name), "path", clean_string(text->path), "share", share);
}

static json_t *lines_json(const struct similar_text *text, uint32_t from, uint32_t to)
{
    const struct similar_place *places = text->stream.places;
    return json_pack("[i, i]", (int)places[from].line, (int)places[to - 1].last_line);
}

static json_t *pair_json(const struct similar_set *set, const struct similar_pair *pair)
{
    const struct similar_text *left = &set->texts[pair->left], *right = &set->texts[pair->right];
    json_t *regions = json_array();
    for (size_t i = 0; i < pair->region_count; i++) {
        const struct similar_region *region = &pair->regions[i];
        json_array_append_new(
            regions, json_pack("{s:o, s:o, s:i}", "left_lines",
                               lines_json(left, region->left_from, region->left_to), "right_lines",
                               lines_json(right, region->right_from, region->right_to), "tokens",
                               (int)region->codes));
    }
    return json_pack("{s:o, s:o, s:i, s:i, s:o}", "left", side_json(left, pair->left_share),
                     "right", side_json(right, pair->right_share), "tokens", (int)pair->codes,
                     "longest", (int)pair->longest, "regions", regions);
}

static json_t *exercise_json(const struct similar_exercise *exercise)
{
    const struct similar_set *set = &exercise->set;
    json_t *pairs = json_array();
    for (size_t i = 0; i < set->pair_count; i++)
        json_array_append_new(pairs, pair_json(set, &set->pairs[i]));
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "exercise", exercise->name, "answers",
                     (json_int_t)similar_report_answers(set), "nothing_of_their_own",
                     (json_int_t)set->starters, "own_earlier_work", (json_int_t)set->own_work,
                     "common_fingerprints", (json_int_t)set->common, "pairs", pairs);
}

char *similar_report_json(const struct similar_report *report)
{
    json_t *exercises = json_array(), *refused = json_array();
    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(exercises, exercise_json(&report->exercises[i]));
    for (size_t i = 0; i < report->refusals.count; i++)
        json_array_append_new(
            refused, json_pack("{s:o, s:o}", "path", clean_string(report->refusals.all[i].path),
                               "reason", clean_string(report->refusals.all[i].reason)));
    json_t *root = json_pack("{s:i, s:o, s:o}", "min_percent", (int)report->min_percent,
                             "exercises", exercises, "not_compared", refused);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    return text;
}
