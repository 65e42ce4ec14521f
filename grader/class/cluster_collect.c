/* cluster_collect.c - what is to be handed out, what comes back, and what is left in the end. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/text.h"
#include "grader/class/cluster_internal.h"

/* ---- what is to be done ---- */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct slot *)a)->unit->id, ((const struct slot *)b)->unit->id);
}

int cluster_plan(struct cluster *cluster)
{
    struct bulk *bulk = cluster->bulk;
    cluster->slots = calloc(bulk->units->count + 1, sizeof(*cluster->slots));
    if (!cluster->slots)
        return bulk_fail(bulk, -ENOMEM, "the class", strerror(ENOMEM));
    for (size_t i = 0; i < bulk->units->count; i++) {
        bool done = false;
        int failed = bulk_was_done(bulk, &bulk->units->all[i], &done);
        if (failed)
            return failed;
        if (!done)
            cluster->slots[cluster->count++].unit = &bulk->units->all[i];
    }
    qsort(cluster->slots, cluster->count, sizeof(*cluster->slots), by_id);
    cluster->left = cluster->count;
    return 0;
}

/* ---- what comes back ---- */

/* Not a record of its unit: kept aside for whoever wants to know how that came about. */
static int refuse(struct cluster *cluster, const struct slot *slot, const char *why)
{
    char kept[PATH_MAX];
    int failed = tray_refuse(&cluster->tray, slot->unit->id, kept);
    if (failed)
        return bulk_fail(cluster->bulk, failed, cluster->tray.root, strerror(-failed));
    cluster_say(
        cluster,
        "the record of %s, %s, was refused: %s. It is kept as %s, and the unit is graded again",
        slot->unit->student, slot->unit->manifest->exercise, why, kept);
    return 0;
}

/* A record that settles nothing leaves the tray, so that its unit is graded again. */
static int set_aside(struct cluster *cluster, struct slot *slot, char *json, bool fault)
{
    free(slot->fault);
    slot->fault = fault ? json : NULL;
    if (!fault)
        free(json);
    int failed = tray_take_away(&cluster->tray, slot->unit->id);
    return failed ? bulk_fail(cluster->bulk, failed, cluster->tray.root, strerror(-failed)) : 0;
}

static int take(struct cluster *cluster, struct slot *slot)
{
    struct bulk *bulk = cluster->bulk;
    struct record *record;
    char *json, why[200];
    int failed = tray_get(&cluster->tray, slot->unit->id, &json);
    if (failed == -ENOENT)
        return 0;
    if (failed)
        return refuse(cluster, slot, tray_reason(failed));
    cluster->news_s = cluster_now_s();
    failed = unit_read_record(slot->unit, json, &record, why, sizeof(why));
    if (failed) {
        free(json);
        return refuse(cluster, slot, why);
    }
    if (unit_stands(record, bulk->no_sandbox)) {
        failed = bulk_collect(bulk, slot->unit, record);
        slot->done = failed == 0;
        cluster->left -= slot->done;
        free(json);
    } else {
        failed = set_aside(cluster, slot, json, record->verdict == VERDICT_GRADER_ERROR);
    }
    record_destroy(record);
    return failed;
}

static struct slot *slot_of(const struct cluster *cluster, const char *name)
{
    struct unit unit;
    const struct slot key = {.unit = &unit};
    const char *dot = strrchr(name, '.');
    if (!dot || strcmp(dot, ".json") != 0 || dot - name >= (ptrdiff_t)sizeof(unit.id))
        return NULL;
    snprintf(unit.id, sizeof(unit.id), "%.*s", (int)(dot - name), name);
    return bsearch(&key, cluster->slots, cluster->count, sizeof(key), by_id);
}

int cluster_collect(struct cluster *cluster)
{
    int failed = 0;
    DIR *folder = tray_records(&cluster->tray);
    if (!folder)
        return bulk_fail(cluster->bulk, -errno, cluster->tray.root, strerror(errno));
    for (struct dirent *entry; !failed && (entry = readdir(folder));) {
        struct slot *slot = slot_of(cluster, entry->d_name);
        if (slot && !slot->done)
            failed = take(cluster, slot);
    }
    closedir(folder);
    return failed;
}

/* ---- what is left in the end ---- */

/* The last line of the task's log, "" where there is none. */
static void read_log(const struct cluster *cluster, size_t task, char path[PATH_MAX], char *out,
                     size_t out_bytes)
{
    out[0] = '\0';
    FILE *file = tray_path(&cluster->tray, path, "logs/%s-%zu.txt", cluster->list.job, task) == 0
                     ? tray_log(&cluster->tray, cluster->list.job, task)
                     : NULL;
    char line[300];
    while (file && fgets(line, sizeof(line), file))
        if (line[0] != '\n')
            snprintf(out, out_bytes, "%.*s", (int)strcspn(line, "\n"), line);
    if (file)
        fclose(file);
}

static int describe_loss(const struct cluster *cluster, const struct slot *slot, char **json)
{
    char reason[2 * PATH_MAX + 800], path[PATH_MAX], words[300];
    read_log(cluster, slot->line / cluster->list.units_a_task, path, words, sizeof(words));
    if (words[0])
        snprintf(reason, sizeof(reason),
                 "No machine of the cluster could grade it. The last log, %s, ends: %s", path,
                 words);
    else
        snprintf(reason, sizeof(reason),
                 "No machine of the cluster could grade it (%s), and there is no log: do all of "
                 "them see %s?",
                 cluster->ends, cluster->tray.root);
    char *clean = text_clean(reason, strlen(reason));
    int failed = clean ? unit_give_up(cluster->bulk->engine, slot->unit, clean, json) : -ENOMEM;
    free(clean);
    return failed;
}

static int give_up(struct cluster *cluster, struct slot *slot, bool tell)
{
    struct bulk *bulk = cluster->bulk;
    struct record *record;
    char why[200];
    int failed = slot->fault ? 0 : describe_loss(cluster, slot, &slot->fault);
    if (failed)
        return bulk_fail(bulk, failed, slot->unit->path, strerror(-failed));
    failed = unit_read_record(slot->unit, slot->fault, &record, why, sizeof(why));
    if (failed)
        return bulk_fail(bulk, failed, slot->unit->path, why);
    if (tell)
        cluster_say(cluster, "given up after %d jobs without one more grade. %s, %s: %s",
                    CLUSTER_TRIES, slot->unit->student, slot->unit->manifest->exercise,
                    record->message);
    failed = bulk_collect(bulk, slot->unit, record);
    record_destroy(record);
    return failed;
}

int cluster_give_up(struct cluster *cluster)
{
    int failed = 0;
    bool tell = true; /* of the first: the others' reasons are in their records */
    for (size_t i = 0; i < cluster->count && !failed; i++) {
        if (cluster->slots[i].done)
            continue;
        failed = give_up(cluster, &cluster->slots[i], tell);
        tell = false;
    }
    return failed;
}
