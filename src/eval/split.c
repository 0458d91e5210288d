#include "eval/split.h"

#include <stdlib.h>

#include "core/log.h"

static char *describe(const struct split_options *options)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_integer(&json, "test", options->test);
    json_pair_integer(&json, "val", options->validation);
    json_pair_integer(&json, "seed", (int64_t)options->seed);
    if (options->n_seeds > 0) {
        json_key(&json, "seeds");
        json_array_begin(&json);
        for (int i = 0; i < options->n_seeds; i++)
            json_integer(&json, options->seeds[i]);
        json_array_end(&json);
    }
    split_cold_describe(&options->cold, &json);
    json_object_end(&json);
    if (!text.failed)
        return text.data;
    buffer_free(&text);
    return NULL;
}

/* What is drawn, by playlist and by track. */
struct drawing {
    struct interactions playlists; /* all of the catalogue, whole */
    int64_t *lengths;
    uint8_t *sets;
    int32_t *seeds;
    bool *cold;
};

static enum status open_drawing(struct catalogue *catalogue, struct drawing *drawing, struct error *error)
{
    enum status status =
        catalogue_interactions_load(catalogue, SPLIT_ALL | SPLIT_WITH_COLD, &drawing->playlists, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)drawing->playlists.n_playlists;
    drawing->lengths = malloc((n + 1) * sizeof *drawing->lengths);
    drawing->sets = malloc(n + 1);
    drawing->seeds = malloc((n + 1) * sizeof *drawing->seeds);
    drawing->cold = calloc((size_t)drawing->playlists.n_tracks + 1, sizeof *drawing->cold);
    if (!drawing->lengths || !drawing->sets || !drawing->seeds || !drawing->cold)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        drawing->lengths[i] = drawing->playlists.starts[i + 1] - drawing->playlists.starts[i];
    return STATUS_OK;
}

static void close_drawing(struct drawing *drawing)
{
    interactions_free(&drawing->playlists);
    free(drawing->lengths);
    free(drawing->sets);
    free(drawing->seeds);
    free(drawing->cold);
}

static enum status draw(struct catalogue *catalogue, const struct split_options *options, struct drawing *drawing,
                        struct split_counts *counts, struct error *error)
{
    int64_t n = drawing->playlists.n_playlists;
    enum status status = split_draw(drawing->lengths, n, options, drawing->sets, drawing->seeds, counts, error);
    if (status == STATUS_OK && counts->test + counts->validation == 0 && options->test + options->validation > 0)
        status =
            error_set(error, STATUS_FAILED,
                      "no playlist can be evaluated: %lld of %lld have more than %d distinct tracks, and half of all "
                      "must stay for training",
                      (long long)counts->candidates, (long long)n, split_more_than(options));
    if (status == STATUS_OK)
        status = split_cold_choose(catalogue, &options->cold, options->seed, drawing->playlists.n_tracks, drawing->cold,
                                   error);
    return status;
}

enum status split_make(struct catalogue *catalogue, const struct split_options *options, struct split_counts *counts,
                       struct error *error)
{
    struct drawing drawing = {0};
    char *description = describe(options);
    enum status status = description ? open_drawing(catalogue, &drawing, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = draw(catalogue, options, &drawing, counts, error);
    if (status == STATUS_OK)
        status = split_store(catalogue, &drawing.playlists, drawing.sets, drawing.seeds, drawing.cold, description,
                             counts, error);
    if (status == STATUS_OK && (counts->test < options->test || counts->validation < options->validation))
        log_message(LOG_WARNING,
                    "only %lld test and %lld validation playlists were drawn: %lld of %lld have more than %d distinct "
                    "tracks, and training keeps at least half",
                    (long long)counts->test, (long long)counts->validation, (long long)counts->candidates,
                    (long long)drawing.playlists.n_playlists, split_more_than(options));
    close_drawing(&drawing);
    free(description);
    return status;
}
