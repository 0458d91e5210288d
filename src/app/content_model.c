#include <stdlib.h>
#include <string.h>

#include "app/content_internal.h"
#include "core/file.h"
#include "db/interactions.h"

/* What every training of a predictor needs of its model. */

enum { CALIBRATION_LISTS = 400 };

/* ---- the playlists that choose the gain ---- */

/* Playlists that a model continues: the seeds of validation playlists, or the first halves of training playlists. */
struct seed_texts {
    struct interactions playlists;
    int64_t *starts;
    int32_t *rows, *sorted;
    struct seed_lists lists;
};

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static int64_t seeds_of(const struct interactions *playlists, int64_t p, bool validation)
{
    int64_t length = playlists->starts[p + 1] - playlists->starts[p];
    return validation ? playlists->seeds[p] : (length + 1) / 2;
}

/* At most CALIBRATION_LISTS of them, spread evenly, with at least one seed that the model has. */
static void add_lists(struct seed_texts *texts, bool validation, int64_t n_tracks)
{
    const struct interactions *playlists = &texts->playlists;
    int64_t n = playlists->n_playlists, step = n > CALIBRATION_LISTS ? n / CALIBRATION_LISTS : 1;
    size_t count = 0;
    for (int64_t p = 0; p < n && count < CALIBRATION_LISTS; p += step) {
        int64_t end = texts->starts[count];
        const int32_t *tracks = playlists->tracks + playlists->starts[p];
        for (int64_t i = 0; i < seeds_of(playlists, p, validation); i++)
            if (tracks[i] < n_tracks)
                texts->rows[end++] = tracks[i];
        if (end == texts->starts[count])
            continue;
        memcpy(texts->sorted + texts->starts[count], texts->rows + texts->starts[count],
               (size_t)(end - texts->starts[count]) * sizeof *texts->sorted);
        qsort(texts->sorted + texts->starts[count], (size_t)(end - texts->starts[count]), sizeof *texts->sorted,
              by_row);
        texts->starts[++count] = end;
    }
    texts->lists = (struct seed_lists){count, texts->starts, texts->rows, texts->sorted, NULL};
}

static void free_lists(struct seed_texts *texts)
{
    free(texts->starts);
    free(texts->rows);
    free(texts->sorted);
    interactions_free(&texts->playlists);
    *texts = (struct seed_texts){0};
}

static enum status load_lists(struct catalogue *catalogue, bool validation, int64_t n_tracks, struct seed_texts *texts,
                              struct error *error)
{
    enum status status =
        catalogue_interactions_load(catalogue, validation ? SPLIT_VALIDATION : SPLIT_TRAIN, &texts->playlists, error);
    if (status != STATUS_OK)
        return status;
    size_t entries = (size_t)texts->playlists.starts[texts->playlists.n_playlists];
    texts->starts = calloc(CALIBRATION_LISTS + 1, sizeof *texts->starts);
    texts->rows = malloc((entries + 1) * sizeof *texts->rows);
    texts->sorted = malloc((entries + 1) * sizeof *texts->sorted);
    if (!texts->starts || !texts->rows || !texts->sorted)
        return error_no_memory(error);
    add_lists(texts, validation, n_tracks);
    return status;
}

/* ---- the gain ---- */

/* At most CALIBRATION_ROWS_MAX of the tracks, spread evenly. */
static int64_t thin(const struct content_known *known, int32_t *rows, float *vectors)
{
    size_t out = (size_t)known->out;
    int64_t n = known->n, step = (n + CALIBRATION_ROWS_MAX - 1) / CALIBRATION_ROWS_MAX, count = 0;
    for (int64_t i = 0; i < n; i += step) {
        rows[count] = known->rows[i];
        memcpy(vectors + (size_t)count++ * out, known->vectors + (size_t)i * out, out * sizeof *vectors);
    }
    return count;
}

static enum status find_gain(const struct content_model *model, struct recommender *recommender, struct error *error)
{
    const struct content_known *known = model->known;
    struct content_train_result *result = model->result;
    struct seed_texts texts = {0};
    int32_t *rows = malloc(CALIBRATION_ROWS_MAX * sizeof *rows);
    float *vectors = malloc(CALIBRATION_ROWS_MAX * (size_t)known->out * sizeof *vectors);
    enum status status = rows && vectors ? STATUS_OK : error_no_memory(error);
    result->validated = true;
    if (status == STATUS_OK)
        status = load_lists(model->catalogue, true, recommender_tracks(recommender), &texts, error);
    if (status == STATUS_OK && texts.lists.count == 0) {
        free_lists(&texts);
        result->validated = false;
        status = load_lists(model->catalogue, false, recommender_tracks(recommender), &texts, error);
    }
    if (status == STATUS_OK && texts.lists.count == 0)
        status = error_set(error, STATUS_FAILED, "there is no playlist to choose the gain by; import playlists first");
    if (status == STATUS_OK) {
        const struct new_tracks_rows predicted = {NEW_SEEDS_NEVER, thin(known, rows, vectors), known->out, rows,
                                                  vectors};
        status = new_tracks_calibrate(recommender, &texts.lists, &predicted, &result->gain, error);
    }
    free_lists(&texts);
    free(rows);
    free(vectors);
    return status;
}

static enum status use_model(void *context, struct compute *compute, struct error *error)
{
    struct content_model *model = context;
    struct recommender *recommender = NULL;
    int64_t width;
    enum status status = recommender_open_alone(model->catalogue, compute, model->name, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, model->vectors, error);
    if (status == STATUS_OK && model->known)
        status = find_gain(model, recommender, error);
    recommender_close(recommender);
    return status;
}

enum status content_model_check(struct content_model *model, struct device_use *device, struct error *error)
{
    const struct device_work work = {use_model, model};
    model->known = NULL;
    return device_run(device, &work, error);
}

enum status content_model_gain(struct content_model *model, struct device_use *device,
                               const struct content_known *known, struct error *error)
{
    const struct device_work work = {use_model, model};
    char before[33];
    memcpy(before, model->vectors, sizeof before);
    model->known = known;
    enum status status = device_run(device, &work, error);
    if (status == STATUS_OK && strcmp(before, model->vectors) != 0)
        status = error_set(error, STATUS_FAILED, "%s was trained again meanwhile; start again", model->name);
    return status;
}

enum status content_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                         struct error *error)
{
    struct buffer folder = {0}, path = {0};
    bool busy = false;
    catalogue_sidecar(catalogue, "content", &folder);
    new_tracks_path(catalogue, name, ".lock", &path);
    enum status status = folder.failed || path.failed ? error_no_memory(error) : folder_make(folder.data, error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, &busy, error);
    if (busy)
        status = error_set(error, STATUS_FAILED, "the predictor %s is in use by another process; wait for it", name);
    buffer_free(&folder);
    buffer_free(&path);
    return status;
}
