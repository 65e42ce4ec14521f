#include "bench/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A number that is null where the peer was skipped reads as 0. */
static int unpack(json_t *object, struct result *out, json_error_t *error)
{
    json_t *peer_ns, *ratio, *spread, *skipped;
    int samples, fastest;
    int failed = json_unpack_ex(
        object, error, 0, "{s:s, s:s, s:s, s:s, s:o, s:F, s:o, s:o, s:o, s:F, s:b, s:i}", "bench",
        &out->bench, "work", &out->work, "peer", &out->peer, "state", &out->state, "skipped",
        &skipped, "ours_ns", &out->ours_ns, "peer_ns", &peer_ns, "ratio", &ratio, "spread", &spread,
        "floor", &out->floor, "fastest", &fastest, "samples", &samples);
    if (failed)
        return -EINVAL;
    out->skipped = json_string_value(skipped);
    out->peer_ns = json_number_value(peer_ns);
    out->ratio = json_number_value(ratio);
    out->spread = json_number_value(spread);
    out->fastest = fastest;
    out->samples = (unsigned)samples;
    return 0;
}

int results_load(const char *path, struct results *out)
{
    json_error_t error;
    *out = (struct results){.json = json_load_file(path, 0, &error)};
    if (!out->json || !json_is_array(out->json)) {
        fprintf(stderr, "%s: line %d: %s\n", path, error.line,
                out->json ? "expected an array of rows" : error.text);
        results_free(out);
        return -EINVAL;
    }
    size_t count = json_array_size(out->json);
    out->rows = calloc(count ? count : 1, sizeof(*out->rows));
    if (!out->rows) {
        results_free(out);
        return -ENOMEM;
    }
    for (; out->count < count; out->count++) {
        if (unpack(json_array_get(out->json, out->count), &out->rows[out->count], &error) != 0) {
            fprintf(stderr, "%s: row %zu: %s\n", path, out->count + 1, error.text);
            results_free(out);
            return -EINVAL;
        }
    }
    return 0;
}

void results_free(struct results *results)
{
    json_decref(results->json);
    free(results->rows);
    *results = (struct results){0};
}

bool results_missed(const struct result *row)
{
    return !row->skipped && row->fastest && row->floor > 0 && row->ratio > row->floor;
}
