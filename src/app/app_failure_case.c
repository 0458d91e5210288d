/* One playlist of the evaluation, as it was shown to the models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/failures.h"

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The index at which a number first occurs in a sorted list that holds it. */
static size_t first_place(const int64_t *sorted, size_t n, int64_t number)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum status app_distinct_tracks(int64_t *ids, size_t *count, struct error *error)
{
    size_t n = *count, kept = 0;
    int64_t *sorted = malloc((n + 1) * sizeof *sorted);
    bool *seen = calloc(n + 1, sizeof *seen);
    if (!sorted || !seen) {
        free(sorted);
        free(seen);
        return error_no_memory(error);
    }
    memcpy(sorted, ids, n * sizeof *ids);
    qsort(sorted, n, sizeof *sorted, by_number);
    for (size_t i = 0; i < n; i++) {
        size_t place = first_place(sorted, n, ids[i]);
        if (!seen[place])
            ids[kept++] = ids[i];
        seen[place] = true;
    }
    *count = kept;
    free(sorted);
    free(seen);
    return STATUS_OK;
}

/* Whether the model was given the titles (src/app/evaluate.c stores it). */
static enum status read_titled(struct catalogue *catalogue, struct failure_side *side, struct error *error)
{
    struct model_list record = {0};
    enum status status = catalogue_model_find(catalogue, side->model, &record, error);
    side->titled = status == STATUS_OK && record.count > 0 && strstr(record.items[0].results, "\"titles\":true");
    model_list_free(&record);
    return status;
}

enum status failure_side_read(struct catalogue *catalogue, int64_t playlist_id, struct failure_side *side,
                              int32_t *seeds, struct error *error)
{
    struct result_row row;
    enum status status = results_read_one(catalogue, side->model, playlist_id, &row, &side->evaluated, error);
    if (status == STATUS_OK)
        status = read_titled(catalogue, side, error);
    if (status == STATUS_OK && side->evaluated) {
        memcpy(side->values, row.values, sizeof side->values);
        *seeds = row.seeds;
    }
    return status;
}

static enum status read_playlist(struct catalogue *catalogue, int64_t id, struct failure_case *opened,
                                 struct error *error)
{
    struct playlist_list playlists = {0};
    enum status status = catalogue_playlist_read(catalogue, id, &playlists, error);
    if (status != STATUS_OK)
        return status;
    const struct playlist *playlist = &playlists.items[0];
    opened->playlist_id = id;
    opened->name = strdup(playlist->name[0] ? playlist->name : playlist->key);
    playlist_list_free(&playlists);
    return opened->name ? STATUS_OK : error_no_memory(error);
}

static enum status read_case(struct catalogue *catalogue, int64_t id, struct failure_case *opened, struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    int32_t shown = 0, ignored = 0;
    enum status status = read_playlist(catalogue, id, opened, error);
    if (status == STATUS_OK)
        status = failure_side_read(catalogue, id, &opened->sides[0], &shown, error);
    if (status == STATUS_OK && !opened->sides[0].evaluated)
        status = error_set(error, STATUS_FAILED,
                           "%s has no result for \"%s\", because it was trained again; evaluate it again",
                           opened->sides[0].model, opened->name);
    if (status == STATUS_OK && opened->n_sides > 1)
        status = failure_side_read(catalogue, id, &opened->sides[1], &ignored, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(catalogue, id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_split_entries(catalogue, id, ids, &count, error);
    if (status == STATUS_OK)
        status = app_distinct_tracks(ids, &count, error);
    size_t seeds = (size_t)shown < count ? (size_t)shown : count;
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, seeds, &opened->seeds, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids + seeds, count - seeds, &opened->held_out, error);
    free(ids);
    return status;
}

static enum status recommend(struct app *app, const struct failure_case *opened, struct failure_side *side,
                             struct error *error)
{
    const struct track_list *seeds = &opened->seeds;
    int64_t *ids = malloc((seeds->count + 1) * sizeof *ids);
    side->list = calloc(METRICS_LENGTH, sizeof *side->list);
    if (!ids || !side->list) {
        free(ids);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < seeds->count; i++)
        ids[i] = seeds->items[i].id;
    const struct recommend_query query = {
        .seeds = ids, .n_seeds = seeds->count, .title = side->titled ? opened->name : NULL};
    enum status status =
        app_recommend(app, side->model, &query, METRICS_LENGTH, side->list, &side->tracks, &side->answer, error);
    side->count = side->tracks.count;
    free(ids);
    return status;
}

enum status app_failure_open(struct app *app, int64_t playlist_id, const char *model, const char *against,
                             struct failure_case *opened, struct error *error)
{
    *opened = (struct failure_case){.n_sides = against[0] ? 2 : 1};
    snprintf(opened->sides[0].model, sizeof opened->sides[0].model, "%s", model);
    snprintf(opened->sides[1].model, sizeof opened->sides[1].model, "%s", against);
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status == STATUS_OK) {
        status = read_case(catalogue, playlist_id, opened, error);
        app_return(app, catalogue);
    }
    for (int i = 0; i < opened->n_sides && status == STATUS_OK; i++) {
        status = recommend(app, opened, &opened->sides[i], error);
        if (status == STATUS_OK)
            status = failure_side_match(&opened->sides[i], &opened->held_out, error);
    }
    if (status != STATUS_OK)
        failure_case_free(opened);
    return status;
}
