#include "eval/split.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/log.h"

static char *describe(int64_t test, int64_t validation, uint64_t seed)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_integer(&json, "test", test);
    json_pair_integer(&json, "val", validation);
    json_pair_integer(&json, "seed", (int64_t)seed);
    json_object_end(&json);
    if (!text.failed)
        return text.data;
    buffer_free(&text);
    return NULL;
}

static enum status store(struct catalogue *catalogue, const struct interactions *playlists, const uint8_t *sets,
                         const int32_t *seeds, const char *description, struct error *error)
{
    struct split_row *rows = malloc(((size_t)playlists->n_playlists + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (int64_t i = 0; i < playlists->n_playlists; i++)
        rows[i] = (struct split_row){playlists->playlist_ids[i], (enum split_set)sets[i], seeds[i]};
    enum status status = catalogue_split_write(catalogue, rows, (size_t)playlists->n_playlists, description, error);
    free(rows);
    return status;
}

enum status split_make(struct catalogue *catalogue, int64_t test, int64_t validation, uint64_t seed,
                       struct split_counts *counts, struct error *error)
{
    struct interactions playlists = {0};
    enum status status =
        catalogue_interactions_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST, &playlists, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)playlists.n_playlists;
    int64_t *lengths = malloc((n + 1) * sizeof *lengths);
    uint8_t *sets = malloc(n + 1);
    int32_t *seeds = malloc((n + 1) * sizeof *seeds);
    char *description = describe(test, validation, seed);
    if (!lengths || !sets || !seeds || !description)
        status = error_no_memory(error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        lengths[i] = playlists.starts[i + 1] - playlists.starts[i];
    if (status == STATUS_OK)
        status = split_draw(lengths, (int64_t)n, test, validation, seed, sets, seeds, counts, error);
    if (status == STATUS_OK && counts->test + counts->validation == 0 && test + validation > 0)
        status =
            error_set(error, STATUS_FAILED,
                      "no playlist can be evaluated: %lld of %zu have more than %d distinct tracks, and half of all "
                      "must stay for training",
                      (long long)counts->candidates, n, SPLIT_MORE_THAN);
    if (status == STATUS_OK)
        status = store(catalogue, &playlists, sets, seeds, description, error);
    if (status == STATUS_OK && (counts->test < test || counts->validation < validation))
        log_message(LOG_WARNING,
                    "only %lld test and %lld validation playlists were drawn: %lld of %zu have more than %d distinct "
                    "tracks, and training keeps at least half",
                    (long long)counts->test, (long long)counts->validation, (long long)counts->candidates, n,
                    SPLIT_MORE_THAN);
    free(lengths);
    free(sets);
    free(seeds);
    free(description);
    interactions_free(&playlists);
    return status;
}
