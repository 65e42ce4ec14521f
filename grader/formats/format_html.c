/* format_html.c - the gradebook as one page: the table, each cell of which leads to the reasons
 * below it. It needs no script, no other file and no network. */
#include <stdlib.h>
#include <string.h>

#include "grader/base/html.h"
#include "grader/formats/format_html_internal.h"
#include "grader/formats/format_views.h"

/* A cell's bar is its share of the points. The head and the names stay while the rest scrolls. */
static const char page_style[] =
    ":root{--warn:#8a5a00;--tint:#dff0e3;--part:#e9ecf1;--warntint:#fbf0d9}"
    "@media(prefers-color-scheme:dark){:root{--warn:#e3b341;--tint:#17371f;--part:#2a3037;"
    "--warntint:#3a2f12}}"
    ".warn{color:var(--warn)}"
    ".alarm{background:var(--warntint);border-left:4px solid var(--warn);padding:.6rem 1rem}"
    ".scroll{overflow:auto;max-height:80vh;border:1px solid var(--line);border-radius:6px;"
    "width:fit-content;max-width:100%}"
    ".book{border-collapse:separate;border-spacing:0}"
    ".book caption{position:absolute;clip-path:inset(50%);white-space:nowrap}"
    ".book thead th{position:sticky;top:0;background:var(--panel);z-index:1;vertical-align:bottom}"
    ".book "
    "th:first-child{position:sticky;left:0;background:var(--panel);min-width:8rem;max-width:22rem;"
    "overflow-wrap:anywhere}"
    ".book thead th:first-child{z-index:2}"
    ".book thead .faint{display:block;font-weight:400;font-size:.85em}"
    ".book td{white-space:nowrap}"
    ".book td.share{padding:0}"
    ".book td.share a{display:block;padding:.35rem .8rem;text-decoration:none;color:inherit;"
    "background:linear-gradient(90deg,var(--fill) var(--share),transparent var(--share))}"
    ".book td.share a:hover,.book td.share a:focus{text-decoration:underline}"
    ".book b{display:inline-block;min-width:3.2em;font-variant-numeric:tabular-nums}"
    "section{border-top:1px solid var(--line);margin-top:2.5rem}"
    "h2,h3,summary{overflow-wrap:anywhere}"
    "h3{font-size:1.05rem;margin:1.2rem 0 .4rem}"
    "h2 .number,h3 .number,summary .number{font-weight:400;color:var(--faint);margin-left:.6em}"
    "article{scroll-margin-top:1rem;padding:.1rem 1rem;border-left:4px solid transparent}"
    "article:target{border-left-color:var(--link);background:var(--panel)}"
    ".test{margin:.5rem 0;padding:.45rem .9rem;background:var(--panel);border-radius:6px}"
    ".test>summary{color:inherit;font-weight:600}"
    "article:target .test{background:var(--page)}"
    ".test p{margin:.4rem 0}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.4rem 0}"
    "dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0;max-height:24rem;overflow:auto;"
    "padding:.5rem .7rem;border:1px solid var(--line);border-radius:4px}"
    "details{margin:.4rem 0}summary{cursor:pointer;color:var(--faint)}"
    "ul{margin:.3rem 0;padding-left:1.4rem}"
    "@media print{.scroll{max-height:none;overflow:visible}pre{max-height:none}"
    ".book th{position:static!important}}\n";

static bool is_grade(const struct gradebook_cell *cell)
{
    return cell && cell->verdict != VERDICT_GRADER_ERROR;
}

static const char *fill_of(const struct gradebook_cell *cell)
{
    return cell->verdict == VERDICT_PASS           ? "--tint"
           : cell->verdict == VERDICT_GRADER_ERROR ? "--warntint"
                                                   : "--part";
}

/* Full where there is nothing to measure: a fault should be seen. */
static double share_of(const struct gradebook_cell *cell)
{
    if (!is_grade(cell))
        return 100;
    return cell->max_points ? 100 * cell->points / cell->max_points : 0;
}

static void put_cell(struct text *page, const struct gradebook_cell *cell)
{
    if (!cell) {
        text_append(page, "<td class=\"faint\">none</td>");
        return;
    }
    text_append(page,
                "<td class=\"share\"><a style=\"--fill:var(%s);--share:%.1f%%\" "
                "href=\"#g%zu-%zu\"><b>",
                fill_of(cell), share_of(cell), cell->student, cell->exercise);
    if (is_grade(cell))
        text_append(page, "%g", cell->points);
    else
        text_append(page, "&mdash;");
    text_append(page, "</b> ");
    format_html_verdict(page, cell->verdict);
    text_append(page, "%s</a></td>", cell->unsandboxed ? " <span class=\"warn\">*</span>" : "");
}

static void put_row(struct text *page, const struct gradebook *book, size_t student)
{
    text_append(page, "<tr><th scope=\"row\"><a href=\"#s%zu\">", student);
    html_name(page, book->students[student]);
    text_append(page, "</a></th>");
    for (size_t i = 0; i < book->exercise_count; i++)
        put_cell(page, gradebook_cell(book, student, i));
    text_append(page, "<td class=\"number\">%g</td></tr>\n", gradebook_total(book, student));
}

static void put_column_head(struct text *page, const struct gradebook *book, size_t exercise)
{
    size_t graded = 0, passed = 0;
    double points = 0;
    for (size_t i = 0; i < book->cell_count; i++) {
        const struct gradebook_cell *cell = &book->cells[i];
        if (cell->exercise != exercise || !is_grade(cell))
            continue;
        graded++;
        passed += cell->verdict == VERDICT_PASS;
        points += cell->points;
    }
    text_append(page, "<th scope=\"col\">");
    html_name(page, book->exercises[exercise]);
    text_append(page, "<span class=\"faint\">of %u &middot; %zu of %zu pass",
                book->max_points[exercise], passed, graded);
    if (graded)
        text_append(page, " &middot; mean %.1f", points / (double)graded);
    text_append(page, "</span></th>");
}

static void put_table(struct text *page, const struct gradebook *book)
{
    text_append(page,
                "<div class=\"scroll\" role=\"region\" aria-label=\"Grades\" tabindex=\"0\">\n"
                "<table class=\"book\">\n<caption>Points and verdict of each student in each "
                "exercise; each leads to its reasons</caption>\n<thead><tr>"
                "<th scope=\"col\">student</th>");
    for (size_t i = 0; i < book->exercise_count; i++)
        put_column_head(page, book, i);
    text_append(page, "<th scope=\"col\" class=\"number\">total</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < book->student_count; i++)
        put_row(page, book, i);
    text_append(page, "</tbody>\n</table>\n</div>\n");
}

static void put_summary(struct text *page, const struct gradebook *book)
{
    const char *latest = "";
    bool unsandboxed = false;
    for (size_t i = 0; i < book->cell_count; i++) {
        if (strcmp(book->cells[i].graded_at, latest) > 0)
            latest = book->cells[i].graded_at;
        unsandboxed = unsandboxed || book->cells[i].unsandboxed;
    }
    text_append(page, "<p class=\"faint\">%zu student%s, %zu exercise%s, %zu submission%s",
                book->student_count, book->student_count == 1 ? "" : "s", book->exercise_count,
                book->exercise_count == 1 ? "" : "s", book->cell_count,
                book->cell_count == 1 ? "" : "s");
    text_append(page, *latest ? "; the latest graded at " : "");
    html_name(page, latest);
    text_append(page, ".%s</p>\n",
                unsandboxed ? " <span class=\"warn\">*</span> graded without a sandbox." : "");
}

/* What an instructor has to do something about comes first. */
static void put_faults(struct text *page, const struct gradebook *book)
{
    size_t faults = 0;
    for (size_t i = 0; i < book->cell_count; i++)
        faults += !is_grade(&book->cells[i]);
    if (faults == 0)
        return;
    text_append(
        page,
        "<p class=\"alarm\"><strong>%zu without a grade:</strong> the grader or its machine "
        "failed. They count for nothing in the totals; ./syslab grade tries them again. ",
        faults);
    const char *before = "";
    for (size_t i = 0; i < book->cell_count; i++) {
        const struct gradebook_cell *cell = &book->cells[i];
        if (is_grade(cell))
            continue;
        text_append(page, "%s<a href=\"#g%zu-%zu\">", before, cell->student, cell->exercise);
        html_name(page, book->students[cell->student]);
        text_append(page, ": ");
        html_name(page, book->exercises[cell->exercise]);
        text_append(page, "</a>");
        before = ", ";
    }
    text_append(page, "</p>\n");
}

static int put_student(struct text *page, const struct gradebook *book, size_t student)
{
    size_t submitted = 0;
    int failed = 0;
    text_append(page, "<section id=\"s%zu\">\n<h2>", student);
    html_name(page, book->students[student]);
    text_append(page, "<span class=\"number\">%g points</span></h2>\n",
                gradebook_total(book, student));
    for (size_t i = 0; i < book->exercise_count && !failed; i++) {
        const struct gradebook_cell *cell = gradebook_cell(book, student, i);
        submitted += cell != NULL;
        failed = cell ? format_html_grade(page, book, cell) : 0;
    }
    if (!submitted)
        text_append(page, "<p class=\"faint\">Nothing was submitted.</p>\n");
    text_append(page, "<p><a href=\"#top\">Back to the table</a></p>\n</section>\n");
    return failed;
}

char *format_html(const struct gradebook *book)
{
    struct text page = {NULL, 0, 0, false};
    int failed = 0;
    html_begin(&page, "Gradebook", page_style, NULL);
    text_append(&page, "<main id=\"top\">\n");
    put_summary(&page, book);
    put_faults(&page, book);
    put_table(&page, book);
    for (size_t i = 0; i < book->student_count && !failed; i++)
        failed = put_student(&page, book, i);
    text_append(&page, "</main>\n");
    html_end(&page);
    if (!failed && !page.failed)
        return page.data;
    text_fini(&page);
    return NULL;
}
