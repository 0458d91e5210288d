#include "app/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/lock_file.h"
#include "core/log.h"
#include "db/interactions.h"
#include "db/registry.h"

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

/* ---- training ---- */

struct training {
    struct catalogue *catalogue;
    struct device_use *device;
    const struct feature_fit_settings *wanted;
    struct content_train_result *result;
    const struct feature_fitted *fitted; /* NULL before the fit */
    char vectors[33];                    /* the fingerprint of the model's vectors */
};

/* At most CALIBRATION_ROWS_MAX of the validation tracks, spread evenly. */
static int64_t thin(const struct feature_fitted *fitted, int32_t *rows, float *vectors)
{
    size_t out = (size_t)fitted->out;
    int64_t n = fitted->n_validation, step = (n + CALIBRATION_ROWS_MAX - 1) / CALIBRATION_ROWS_MAX, count = 0;
    for (int64_t i = 0; i < n; i += step) {
        rows[count] = fitted->validation[i];
        memcpy(vectors + (size_t)count++ * out, fitted->validated + (size_t)i * out, out * sizeof *vectors);
    }
    return count;
}

static enum status find_gain(const struct training *training, struct recommender *recommender, struct error *error)
{
    const struct feature_fitted *fitted = training->fitted;
    struct content_train_result *result = training->result;
    struct seed_texts texts = {0};
    int32_t *rows = malloc(CALIBRATION_ROWS_MAX * sizeof *rows);
    float *vectors = malloc(CALIBRATION_ROWS_MAX * (size_t)fitted->out * sizeof *vectors);
    enum status status = rows && vectors ? STATUS_OK : error_no_memory(error);
    result->validated = true;
    if (status == STATUS_OK)
        status = load_lists(training->catalogue, true, recommender_tracks(recommender), &texts, error);
    if (status == STATUS_OK && texts.lists.count == 0) {
        free_lists(&texts);
        result->validated = false;
        status = load_lists(training->catalogue, false, recommender_tracks(recommender), &texts, error);
    }
    if (status == STATUS_OK && texts.lists.count == 0)
        status = error_set(error, STATUS_FAILED, "there is no playlist to choose the gain by; import playlists first");
    if (status == STATUS_OK) {
        const struct new_tracks_rows known = {thin(fitted, rows, vectors), fitted->out, rows, vectors};
        status = new_tracks_calibrate(recommender, &texts.lists, &known, &result->gain, error);
    }
    free_lists(&texts);
    free(rows);
    free(vectors);
    return status;
}

/* Before the fit: whether the model takes vectors. After it: the gain. */
static enum status use_model(void *context, struct compute *compute, struct error *error)
{
    struct training *training = context;
    struct recommender *recommender = NULL;
    int64_t width;
    enum status status =
        recommender_open_alone(training->catalogue, compute, training->wanted->model, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, training->vectors, error);
    if (status == STATUS_OK && training->fitted)
        status = find_gain(training, recommender, error);
    recommender_close(recommender);
    return status;
}

static enum status take(void *context, const struct feature_fitted *fitted, struct error *error)
{
    struct training *training = context;
    const struct device_work work = {use_model, training};
    char before[33];
    memcpy(before, training->vectors, sizeof before);
    training->fitted = fitted;
    enum status status = device_run(training->device, &work, error);
    if (status == STATUS_OK && strcmp(before, training->vectors) != 0)
        status =
            error_set(error, STATUS_FAILED, "%s was trained again meanwhile; start again", training->wanted->model);
    const struct predictor predictor = {.model = training->wanted->model,
                                        .set = training->wanted->set,
                                        .method = fit_method_names[training->wanted->method],
                                        .settings = fitted->settings,
                                        .figures = fitted->figures,
                                        .vectors = training->vectors,
                                        .gain = training->result->gain.gain,
                                        .in = fitted->set->width,
                                        .out = fitted->out,
                                        .layers = fitted->network.layers,
                                        .hidden = fitted->network.hidden,
                                        .columns = (struct column_statistics *)(uintptr_t)fitted->columns,
                                        .mean = fitted->mean,
                                        .deviation = fitted->deviation,
                                        .weights = *fitted->weights,
                                        .held_out = fitted->held_out,
                                        .n_held_out = fitted->n_held_out};
    return status == STATUS_OK ? predictor_write(training->catalogue, training->wanted->name, &predictor, error)
                               : status;
}

/* Only sets of tracks; the model must be able to take vectors. */
static enum status check(struct training *training, struct error *error)
{
    struct feature_set set;
    const struct device_work work = {use_model, training};
    if (!feature_set_name_is_usable(training->wanted->name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a predictor", training->wanted->name);
    enum status status = feature_set_open(training->catalogue, training->wanted->set, &set, error);
    if (status != STATUS_OK)
        return status;
    bool albums = set.item != FEATURE_TRACKS;
    feature_set_close(&set);
    if (albums)
        return error_set(error, STATUS_USAGE, "the feature set %s is of albums; new songs need a set of tracks",
                         training->wanted->set);
    return device_run(training->device, &work, error);
}

static enum status lock_predictor(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
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

enum status app_content_train(struct catalogue *catalogue, struct device_use *device,
                              const struct feature_fit_settings *wanted, struct progress *progress,
                              struct content_train_result *result, struct error *error)
{
    struct training training = {.catalogue = catalogue, .device = device, .wanted = wanted, .result = result};
    struct lock_file lock = {0};
    struct buffer checkpoint = {0};
    *result = (struct content_train_result){0};
    enum status status = check(&training, error);
    if (status == STATUS_OK)
        status = lock_predictor(catalogue, wanted->name, &lock, error);
    new_tracks_path(catalogue, wanted->name, ".fit", &checkpoint);
    if (status == STATUS_OK && checkpoint.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        const struct feature_fit_sink sink = {take, &training, checkpoint.data};
        struct feature_fit_settings settings = *wanted;
        settings.sink = &sink;
        status = app_feature_fit(catalogue, device, &settings, progress, &result->fit, error);
    }
    lock_file_release(&lock);
    buffer_free(&checkpoint);
    return status;
}

/* ---- applying ---- */

struct applying {
    struct catalogue *catalogue;
    const char *name;
    struct predictor predictor;
    struct feature_set set;
    struct content_apply_result *result;
};

static bool is_unknown(const struct recommender *recommender, int64_t row)
{
    return row >= recommender_tracks(recommender) || !recommender_knows(recommender, (int32_t)row);
}

/* The rows of the set that the model does not know, with the gain, at the beginning of `vectors`. */
static int64_t choose_rows(struct applying *applying, const struct recommender *recommender, int32_t *rows,
                           float *vectors)
{
    struct content_apply_result *result = applying->result;
    size_t out = (size_t)applying->predictor.out;
    int64_t count = 0;
    for (int64_t row = 0; row < result->n_tracks; row++) {
        if (!is_unknown(recommender, row))
            continue;
        result->n_unknown++;
        if (row >= applying->set.n_rows || !feature_set_has(&applying->set, row))
            continue;
        rows[count] = (int32_t)row;
        for (size_t j = 0; j < out; j++)
            vectors[(size_t)count * out + j] =
                (float)(applying->predictor.gain * (double)vectors[(size_t)row * out + j]);
        count++;
    }
    return count;
}

static enum status write_rows(struct applying *applying, struct compute *compute, struct recommender *recommender,
                              struct error *error)
{
    const struct predictor *predictor = &applying->predictor;
    size_t n = (size_t)applying->set.n_rows;
    int32_t *rows = malloc((n + 1) * sizeof *rows);
    float *vectors = malloc(n * (size_t)predictor->out * sizeof *vectors + 1);
    enum status status = rows && vectors ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = predictor_run(compute, predictor, &applying->set, vectors, error);
    if (status == STATUS_OK) {
        applying->result->n_unknown = 0;
        applying->result->n_new = choose_rows(applying, recommender, rows, vectors);
        const struct new_tracks_rows chosen = {applying->result->n_new, predictor->out, rows, vectors};
        status = new_tracks_write(applying->catalogue, predictor->model, recommender, &chosen, error);
    }
    free(rows);
    free(vectors);
    return status;
}

static enum status check_model(const struct applying *applying, const struct recommender *recommender,
                               struct error *error)
{
    char vectors[33];
    int64_t width = 0;
    enum status status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, vectors, error);
    if (status == STATUS_OK && (width != applying->predictor.out || strcmp(vectors, applying->predictor.vectors) != 0))
        status = error_set(error, STATUS_FAILED,
                           "the predictor %s is of an earlier training of %s; train it again: sleeve content train %s "
                           "--model %s --name %s",
                           applying->name, applying->predictor.model, applying->predictor.set,
                           applying->predictor.model, applying->name);
    return status;
}

static enum status apply(void *context, struct compute *compute, struct error *error)
{
    struct applying *applying = context;
    struct recommender *recommender = NULL;
    enum status status =
        recommender_open_alone(applying->catalogue, compute, applying->predictor.model, &recommender, error);
    if (status == STATUS_OK)
        status = check_model(applying, recommender, error);
    if (status == STATUS_OK)
        status = write_rows(applying, compute, recommender, error);
    recommender_close(recommender);
    return status;
}

/* The lists are others now: the model's metrics, which are of the earlier ones, are deleted. */
static enum status forget_metrics(struct catalogue *catalogue, const char *model, bool *evaluated, struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_model_find(catalogue, model, &records, error);
    *evaluated = status == STATUS_OK && records.count > 0 && records.items[0].results[0];
    if (*evaluated) {
        struct model_record record = records.items[0];
        record.results = "";
        status = catalogue_begin(catalogue, error);
        if (status == STATUS_OK) {
            status = catalogue_model_write(catalogue, &record, error);
            if (status == STATUS_OK)
                status = catalogue_commit(catalogue, error);
            else
                catalogue_rollback(catalogue);
        }
    }
    model_list_free(&records);
    return status;
}

enum status app_content_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                              struct content_apply_result *result, struct error *error)
{
    struct applying applying = {.catalogue = catalogue, .name = name, .result = result};
    const struct device_work work = {apply, &applying};
    struct catalogue_counts counts = {0};
    *result = (struct content_apply_result){0};
    enum status status = predictor_open(catalogue, name, &applying.predictor, error);
    if (status != STATUS_OK)
        return status;
    snprintf(result->model, sizeof result->model, "%s", applying.predictor.model);
    snprintf(result->set, sizeof result->set, "%s", applying.predictor.set);
    result->gain = applying.predictor.gain;
    status = feature_set_open(catalogue, applying.predictor.set, &applying.set, error);
    if (status == STATUS_OK)
        status = catalogue_count(catalogue, &counts, error);
    result->n_tracks = counts.tracks;
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    if (status == STATUS_OK)
        status = forget_metrics(catalogue, result->model, &result->evaluated, error);
    if (applying.set.owner)
        feature_set_close(&applying.set);
    predictor_close(&applying.predictor);
    return status;
}
