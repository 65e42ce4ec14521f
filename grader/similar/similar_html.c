/* similar_html.c - the page: a table of pairs, and for each pair both sides next to each other, what
 * matches in the same colour and linked. It works without its script, which opens the pair that a link
 * leads to and brings both ends of a region to the same height. */
#include <stdlib.h>
#include <string.h>

#include "grader/base/html.h"
#include "grader/similar/similar_report.h"

enum { COLOURS = 8 };

static const char page_style[] =
    ":root{--c0:#fde7a6;--c1:#bfe3c9;--c2:#c5dbf7;--c3:#f6cfd4;--c4:#dccff2;--c5:#c4e8ea;"
    "--c6:#fbd5b5;--c7:#dfe5b0}"
    "@media(prefers-color-scheme:dark){:root{--c0:#5a4a12;--c1:#1f4a2c;--c2:#1d3f66;--c3:#5c2630;"
    "--c4:#41306a;--c5:#174a4e;--c6:#5f3a17;--c7:#464d17}}"
    ".note{background:var(--panel);border-left:4px solid var(--bad);padding:.6rem 1rem;"
    "max-width:62rem}"
    "table{margin:.5rem 0 1rem}th,td{overflow-wrap:anywhere}td.name{max-width:22rem}"
    "tbody tr:hover{background:var(--panel)}"
    "th[scope=row]{font-weight:400}"
    "details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0}"
    "summary{padding:.45rem .8rem;cursor:pointer;overflow-wrap:anywhere}"
    "summary:hover,details[open]>summary{background:var(--panel)}"
    "details[open]>summary{border-bottom:1px solid var(--line)}"
    ".sides{display:grid;grid-template-columns:1fr 1fr}"
    ".side{min-width:0}.side+.side{border-left:1px solid var(--line)}"
    ".side h3{font-size:.95rem;margin:0;padding:.4rem .8rem;border-bottom:1px solid var(--line);"
    "overflow-wrap:anywhere}.side h3 .faint{font-weight:400;font-size:.85rem;display:block;"
    "white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    "pre{margin:0;padding:.5rem 0;height:70vh;overflow:auto;position:relative;tab-size:4}"
    "pre i{font-style:normal;color:var(--faint);display:inline-block;width:3.2em;"
    "text-align:right;margin-right:1.2em;user-select:none}"
    "pre a{color:inherit;text-decoration:none;border-radius:2px}"
    "pre a.here{box-decoration-break:clone;-webkit-box-decoration-break:clone;"
    "box-shadow:-4px 0 var(--link)}pre a:hover{text-decoration:underline}"
    ".c0{background:var(--c0)}.c1{background:var(--c1)}.c2{background:var(--c2)}"
    ".c3{background:var(--c3)}.c4{background:var(--c4)}.c5{background:var(--c5)}"
    ".c6{background:var(--c6)}.c7{background:var(--c7)}"
    ".jumps{padding:.4rem .8rem;border-bottom:1px solid var(--line)}"
    ".jumps a{display:inline-block;padding:0 .5em;margin:.1em .2em .1em 0;border-radius:3px;"
    "color:inherit;text-decoration:none;font-variant-numeric:tabular-nums}"
    "@media print{pre{height:auto}}\n";

/* A region's ends are p<pair>r<region>a and ...b; a link to one brings both into view. */
static const char page_script[] =
    "'use strict';\n"
    "function centre(end){const pane=end.closest('pre');"
    "pane.scrollTop=end.offsetTop-pane.clientHeight/4;}\n"
    "function show(id){const target=document.getElementById(id);if(!target)return false;"
    "const pair=target.closest('details');if(pair)pair.open=true;"
    "if(!target.closest('pre')){target.scrollIntoView();return true;}"
    "if(pair.getBoundingClientRect().bottom<0||"
    "pair.getBoundingClientRect().top>innerHeight/2)pair.scrollIntoView();"
    "pair.querySelectorAll('pre a.here').forEach(a=>a.classList.remove('here'));"
    "const stem=id.slice(0,-1);['a','b'].forEach(side=>{"
    "const end=document.getElementById(stem+side);end.classList.add('here');centre(end);});"
    "return true;}\n"
    "document.addEventListener('DOMContentLoaded',()=>{"
    "document.addEventListener('click',event=>{const link=event.target.closest('a[href^=\"#\"]');"
    "if(link&&show(link.getAttribute('href').slice(1)))event.preventDefault();});"
    "document.querySelectorAll('details').forEach(pair=>pair.addEventListener('toggle',()=>{"
    "const first=pair.querySelector('pre a');"
    "if(pair.open&&first&&!pair.querySelector('a.here'))show(first.id);}));"
    "if(location.hash)show(location.hash.slice(1));});\n";

/* One end of a region on one side. */
struct end {
    uint32_t begin, end; /* bytes */
    size_t region;
};

struct side {
    const struct similar_text *text;
    char letter;      /* a: left, b: right */
    size_t pair;      /* its number on the page */
    struct end *ends; /* by place */
    size_t count;
};

static void append_who(struct text *page, const struct similar_text *text)
{
    struct text who = {NULL, 0, 0, false};
    similar_report_who(&who, text);
    html_name(page, who.data ? who.data : "");
    page->failed |= who.failed;
    text_fini(&who);
}

/* ---- one side ---- */

static int by_place(const void *left, const void *right)
{
    const struct end *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

static bool fill_side(struct side *side, const struct similar_pair *pair)
{
    const struct similar_place *places = side->text->stream.places;
    side->ends = calloc(pair->region_count + 1, sizeof(*side->ends));
    for (size_t i = 0; side->ends && i < pair->region_count; i++) {
        const struct similar_region *region = &pair->regions[i];
        bool left = side->letter == 'a';
        uint32_t from = left ? region->left_from : region->right_from;
        uint32_t to = left ? region->left_to : region->right_to;
        side->ends[side->count++] = (struct end){places[from].begin, places[to - 1].end, i};
    }
    if (side->ends)
        qsort(side->ends, side->count, sizeof(*side->ends), by_place);
    return side->ends != NULL;
}

/* Bytes [from, to), with the number of each line at its beginning. */
static void append_code(struct text *page, const struct similar_text *text, uint32_t from,
                        uint32_t to, unsigned *line)
{
    while (from < to) {
        if (from == 0 || text->code[from - 1] == '\n')
            text_append(page, "<i>%u</i>", ++*line);
        const char *newline = memchr(text->code + from, '\n', to - from);
        uint32_t stop = newline ? (uint32_t)(newline - text->code) + 1 : to;
        uint32_t length = stop - from;
        bool crlf = newline && length > 1 && newline[-1] == '\r';
        html_text(page, text->code + from, length - (newline ? 1 : 0) - (crlf ? 1 : 0));
        if (newline)
            text_append(page, "\n");
        from = stop;
    }
}

static void append_side(struct text *page, const struct side *side, double share)
{
    const struct similar_text *text = side->text;
    uint32_t at = 0;
    unsigned line = 0;
    text_append(page, "<div class=\"side\"><h3>");
    append_who(page, text);
    text_append(page, " <span class=\"faint\">%.0f%% of it matches &middot; ", 100 * share);
    html_name(page, text->path);
    text_append(page, "</span></h3>\n<pre tabindex=\"0\">");
    for (size_t i = 0; i < side->count; i++) {
        const struct end *end = &side->ends[i];
        char other = side->letter == 'a' ? 'b' : 'a';
        append_code(page, text, at, end->begin, &line);
        text_append(page, "<a class=\"c%zu\" id=\"p%zur%zu%c\" href=\"#p%zur%zu%c\">",
                    end->region % COLOURS, side->pair, end->region, side->letter, side->pair,
                    end->region, other);
        append_code(page, text, end->begin, end->end, &line);
        text_append(page, "</a>");
        at = end->end;
    }
    append_code(page, text, at, (uint32_t)text->length, &line);
    text_append(page, "</pre></div>\n");
}

/* ---- pairs ---- */

static void append_jumps(struct text *page, const struct similar_set *set,
                         const struct similar_pair *pair, size_t number)
{
    const struct similar_place *left = set->texts[pair->left].stream.places;
    const struct similar_place *right = set->texts[pair->right].stream.places;
    text_append(page, "<div class=\"jumps\">Lines ");
    for (size_t i = 0; i < pair->region_count; i++) {
        const struct similar_region *region = &pair->regions[i];
        text_append(page, "<a class=\"c%zu\" href=\"#p%zur%zua\">%u&ndash;%u = %u&ndash;%u</a>",
                    i % COLOURS, number, i, left[region->left_from].line,
                    left[region->left_to - 1].last_line, right[region->right_from].line,
                    right[region->right_to - 1].last_line);
    }
    text_append(page, "</div>\n");
}

static void append_pair(struct text *page, const struct similar_set *set,
                        const struct similar_pair *pair, size_t number)
{
    struct side left = {.text = &set->texts[pair->left], .letter = 'a', .pair = number};
    struct side right = {.text = &set->texts[pair->right], .letter = 'b', .pair = number};
    page->failed |= !fill_side(&left, pair) || !fill_side(&right, pair);
    text_append(page, "<details id=\"p%zu\"><summary><b>", number);
    append_who(page, left.text);
    text_append(page, "</b> and <b>");
    append_who(page, right.text);
    text_append(page, "</b> <span class=\"faint\">%.0f%% and %.0f%%</span></summary>\n",
                100 * pair->left_share, 100 * pair->right_share);
    append_jumps(page, set, pair, number);
    text_append(page, "<div class=\"sides\">\n");
    if (!page->failed) {
        append_side(page, &left, pair->left_share);
        append_side(page, &right, pair->right_share);
    }
    text_append(page, "</div></details>\n");
    free(left.ends);
    free(right.ends);
}

static void append_row(struct text *page, const struct similar_set *set,
                       const struct similar_pair *pair, size_t number)
{
    text_append(page, "<tr><td class=\"number\">%zu</td><td class=\"name\"><a href=\"#p%zu\">",
                number, number);
    append_who(page, &set->texts[pair->left]);
    text_append(page, "</a></td><td class=\"number\">%.0f%%</td><td class=\"name\">",
                100 * pair->left_share);
    append_who(page, &set->texts[pair->right]);
    text_append(page,
                "</td><td class=\"number\">%.0f%%</td><td class=\"number\">%u</td>"
                "<td class=\"number\">%u</td></tr>\n",
                100 * pair->right_share, pair->codes, pair->longest);
}

static void append_exercise(struct text *page, const struct similar_exercise *exercise,
                            size_t *number)
{
    const struct similar_set *set = &exercise->set;
    size_t shown = set->pair_count < SIMILAR_REPORT_SIDES ? set->pair_count : SIMILAR_REPORT_SIDES;
    text_append(page, "<h2>");
    html_name(page, exercise->name);
    text_append(page, "</h2>\n<p>Answers: %zu. Suspicious pairs: %zu", similar_report_answers(set),
                set->pair_count);
    if (shown < set->pair_count)
        text_append(page, "; the %zu that share most are shown, <code>--json</code> lists all",
                    shown);
    if (set->common)
        text_append(page, ". Fingerprints left out that many of them have: %zu", set->common);
    text_append(page, ".</p>\n");
    if (shown == 0)
        return;
    text_append(page, "<table><thead><tr><th>pair<th>left<th class=\"number\">matched<th>right"
                      "<th class=\"number\">matched<th class=\"number\">tokens"
                      "<th class=\"number\">longest passage</tr></thead><tbody>\n");
    for (size_t i = 0; i < shown; i++)
        append_row(page, set, &set->pairs[i], *number + i);
    text_append(page, "</tbody></table>\n");
    for (size_t i = 0; i < shown; i++)
        append_pair(page, set, &set->pairs[i], *number + i);
    *number += shown;
}

static void append_refusals(struct text *page, const struct similar_refusals *refusals)
{
    if (refusals->count == 0)
        return;
    text_append(page, "<h2>Not compared</h2>\n<table><tbody>\n");
    for (size_t i = 0; i < refusals->count; i++) {
        text_append(page, "<tr><td class=\"name\">");
        html_name(page, refusals->all[i].path);
        text_append(page, "</td><td>");
        html_name(page, refusals->all[i].reason);
        text_append(page, "</td></tr>\n");
    }
    text_append(page, "</tbody></table>\n");
}

char *similar_report_html(const struct similar_report *report)
{
    struct text page = {NULL, 0, 0, false};
    size_t number = 1;
    html_begin(&page, "Look-alikes", page_style, page_script);
    text_append(
        &page,
        "<p class=\"note\"><b>These are suspicions, and prove nothing.</b> Two students may have "
        "learned from one source, worked together where that was allowed, or found the same short "
        "way. Read both sides, and hear both students, before anything follows.</p>\n"
        "<p class=\"faint\">Names, types, comments and layout are ignored, and so is what the "
        "course gave to everybody and the little that many in the class wrote alike. A pair is "
        "listed from "
        "%u%% of either side. Equal files are listed with the first of them. A coloured passage "
        "leads to its other end.</p>\n",
        report->min_percent);
    for (size_t i = 0; i < report->count; i++)
        append_exercise(&page, &report->exercises[i], &number);
    append_refusals(&page, &report->refusals);
    html_end(&page);
    if (page.failed)
        text_fini(&page);
    return page.data;
}
