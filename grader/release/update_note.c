/* update_note.c - what an update has to say, kept on the disk until it is said: work/.syslab/unfinished.json.
 *
 *     {"backups": ["20260114-093005"], "files": [{"name": "01_x/alpha/alpha.c", "of_course": false,
 *       "outcome": "conflict"}, ...]}
 *
 * Once a file is what the new version makes of it, the next update sees nothing to do there. After an update
 * that was stopped half-way it would call a conflict "unchanged", had nobody written down that there was one.
 *
 * Invariant: the note is on the disk before the first file changes, and goes after the last word is out. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/release/update_internal.h"

/* Also the place of an error. */
static int find_note(struct update *update)
{
    return update_path(update->where, "%s/.syslab/unfinished.json", update->workspace->root);
}

/* ---- what the stopped update did ---- */

static struct update_change *find_change(const struct update *update, const char *name,
                                         bool of_course)
{
    for (size_t i = 0; i < update->count; i++)
        if (update->changes[i].of_course == of_course && strcmp(update->changes[i].name, name) == 0)
            return &update->changes[i];
    return NULL;
}

static void recall(struct update_change *change, enum update_outcome noted)
{
    bool settled = !change->of_course && update_text_same(&change->before, &change->theirs);
    if (noted == UPDATE_CONFLICT) {
        bool done = change->outcome == UPDATE_UNCHANGED || change->write;
        change->outcome = done && !settled ? UPDATE_CONFLICT : change->outcome;
    } else if (change->outcome == UPDATE_UNCHANGED) {
        change->outcome = noted;
    }
}

static int take_file(struct update *update, json_t *item)
{
    const char *name, *word;
    int of_course;
    if (json_unpack(item, "{s:s, s:b, s:s}", "name", &name, "of_course", &of_course, "outcome",
                    &word) != 0)
        return -EBADMSG;
    struct update_change *change = find_change(update, name, of_course);
    for (int noted = 0; noted < UPDATE_OUTCOMES; noted++)
        if (change && strcmp(update_outcome_word((enum update_outcome)noted), word) == 0)
            recall(change, (enum update_outcome)noted);
    return 0;
}

static int take_backup(struct update *update, json_t *item)
{
    if (!json_is_string(item))
        return -EBADMSG;
    char **slot = grow((void **)&update->earlier, update->earlier_count, &update->earlier_capacity,
                       sizeof(*update->earlier));
    char *copy = slot ? strdup(json_string_value(item)) : NULL;
    if (!copy)
        return -ENOMEM;
    *slot = copy;
    update->earlier_count++;
    return 0;
}

static int take(struct update *update, json_t *whole)
{
    json_t *backups, *files, *item;
    size_t i;
    int failed = 0;
    if (json_unpack(whole, "{s:o, s:o}", "backups", &backups, "files", &files) != 0)
        return -EBADMSG;
    json_array_foreach(backups, i, item) failed = failed ? failed : take_backup(update, item);
    json_array_foreach(files, i, item) failed = failed ? failed : take_file(update, item);
    return failed;
}

int update_note_read(struct update *update)
{
    struct update_text note;
    int failed = find_note(update);
    if (!failed)
        failed = update_read_text(update->where, &note);
    if (failed)
        return failed == -ENOENT ? 0 : failed;
    json_t *whole = json_loadb(note.data, note.size, JSON_REJECT_DUPLICATES, NULL);
    failed = whole ? take(update, whole) : -EBADMSG;
    json_decref(whole);
    update_text_fini(&note);
    return failed;
}

/* ---- what this one will do ---- */

/* Of the course's own files, those of which the student hears by name. */
static bool is_told(const struct update_change *change)
{
    bool edited = change->outcome == UPDATE_MERGED || change->outcome == UPDATE_CONFLICT;
    bool fresh = change->outcome == UPDATE_UPDATED || change->outcome == UPDATE_NEW;
    return edited || (fresh && !change->of_course);
}

static json_t *files_json(const struct update *update)
{
    json_t *files = json_array();
    for (size_t i = 0; files && i < update->count; i++) {
        const struct update_change *change = &update->changes[i];
        if (!is_told(change))
            continue;
        json_t *item =
            json_pack("{s:s, s:b, s:s}", "name", change->name, "of_course", change->of_course,
                      "outcome", update_outcome_word(change->outcome));
        if (!item || json_array_append_new(files, item) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

static json_t *backups_json(const struct update *update)
{
    json_t *backups = json_array();
    bool done = backups != NULL;
    for (size_t i = 0; done && i < update->earlier_count; i++)
        done = json_array_append_new(backups, json_string(update->earlier[i])) == 0;
    if (done && update->backup[0])
        done = json_array_append_new(backups, json_string(strrchr(update->backup, '/') + 1)) == 0;
    if (done)
        return backups;
    json_decref(backups);
    return NULL;
}

int update_note_write(struct update *update)
{
    json_t *files = files_json(update), *backups = backups_json(update);
    json_t *whole =
        files && backups ? json_pack("{s:O, s:O}", "backups", backups, "files", files) : NULL;
    bool empty = whole && json_array_size(files) + json_array_size(backups) == 0;
    char *text = whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
    json_decref(whole);
    json_decref(files);
    json_decref(backups);
    int failed = text ? find_note(update) : -ENOMEM;
    if (!failed && !empty)
        failed = files_write(update->where, text, strlen(text));
    free(text);
    return failed;
}

int update_note_remove(struct update *update)
{
    int failed = find_note(update);
    return failed || unlink(update->where) == 0 || errno == ENOENT ? failed : -errno;
}
