#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/content_sound_internal.h"
#include "content/tones.h"
#include "core/safetensors.h"

/* The training of a network over sound. */

/* ---- training and predicting ---- */

static struct sound_fit_settings fit_settings(const struct content_sound_training *training)
{
    const int64_t batch = (int64_t)content_sound_value(training, "batch"),
                  epochs = (int64_t)content_sound_value(training, "epochs");
    const bool vectors = training->shape.patches == 0;
    return (struct sound_fit_settings){
        .shape = training->shape,
        .learning_rate = (float)content_sound_value(training, "learning_rate"),
        .rate_decay = (float)content_sound_value(training, "rate_decay"),
        .weight_decay = (float)content_sound_value(training, "weight_decay"),
        .adapted_rate = (float)content_sound_value(training, "adapted_rate"),
        .weights = training->wanted->weights,
        .batch = batch > 0                     ? batch
                 : training->shape.patches > 3 ? 8
                                               : 32,
        .epochs = epochs > 0 ? epochs
                  : vectors  ? 50
                             : 5,
        .patience = (int64_t)content_sound_value(training, "patience"),
        .seed = training->wanted->seed,
        .checkpoint = training->checkpoint.data,
        .identity = training->identity.data,
        .resume = training->again ? access(training->checkpoint.data, F_OK) == 0 : training->wanted->resume,
    };
}

static enum status predict_part(struct content_sound_training *training, struct sound_open *open,
                                const struct sound_inputs *inputs, const int32_t *songs, int64_t n, float **vectors,
                                struct error *error)
{
    free(*vectors);
    *vectors = malloc((size_t)(n * training->items.out) * sizeof **vectors + 1);
    return *vectors ? sound_open_run_all(open, inputs, songs, n, *vectors, training->progress, error)
                    : error_no_memory(error);
}

static enum status open_fitted(const struct content_sound_training *training, struct compute *compute,
                               struct sound_open **open, struct error *error)
{
    const struct sound_fitted *fitted = &training->fitted;
    const struct sound_weights weights = {fitted->weights, fitted->pretrained, fitted->n_weights, fitted->n_pretrained};
    return sound_open(compute, &training->shape, &weights, open, error);
}

/* `all`: every input of a song; `inputs` are those of training. */
static struct sound_data data_of(const struct content_sound_training *training, const struct sound_inputs *inputs)
{
    const struct feature_fit_result *counts = &training->result->train.fit;
    return (struct sound_data){.inputs = *inputs,
                               .targets = training->targets,
                               .width = training->items.out,
                               .training = training->training,
                               .validation = training->validation,
                               .n_training = counts->n_training,
                               .n_validation = counts->n_validation};
}

static enum status fit(struct content_sound_training *training, struct compute *compute,
                       const struct sound_inputs *inputs, const struct sound_inputs *all, struct error *error)
{
    struct sound_fit_settings settings = fit_settings(training);
    const struct feature_fit_result *counts = &training->result->train.fit;
    if (training->embedding) /* it may have been stopped before there was a checkpoint of what follows */
        settings.resume = settings.resume && access(training->checkpoint.data, F_OK) == 0;
    const struct sound_data data = data_of(training, inputs);
    struct sound_open *open = NULL;
    sound_fitted_free(&training->fitted);
    enum status status = sound_fit(compute, &data, &settings, training->progress, &training->fitted, error);
    if (status == STATUS_OK)
        status = open_fitted(training, compute, &open, error);
    if (status == STATUS_OK)
        status =
            predict_part(training, open, all, training->validation, counts->n_validation, &training->validated, error);
    if (status == STATUS_OK)
        status = predict_part(training, open, all, training->held_out, counts->n_held_out, &training->predicted, error);
    sound_open_close(open);
    return status;
}

static enum status fit_windows(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    struct sound_windows all = {.cache = &training->cache,
                                .settings = spectrogram_preset(training->spec->preset),
                                .columns = training->columns,
                                .shape = training->shape};
    struct sound_windows some = all;
    some.most = (int64_t)content_sound_value(training, "windows");
    const struct sound_inputs inputs = sound_windows_inputs(&some), every = sound_windows_inputs(&all);
    enum status status = sound_windows_check(&all, error);
    return status == STATUS_OK ? fit(training, compute, &inputs, &every, error) : status;
}

/* ---- embeddings ---- */

/* Where the finished embedding is kept until the training is over, so that it can be resumed behind it. */
static enum status embedding_path(const struct content_sound_training *training, const char *suffix,
                                  struct buffer *path, struct error *error)
{
    buffer_printf(path, "%s%s", training->checkpoint.data, suffix);
    return path->failed ? error_no_memory(error) : STATUS_OK;
}

static enum status keep_embedding(const struct content_sound_training *training, const struct buffer *path,
                                  struct error *error)
{
    const struct tensor_source source = {.name = "values",
                                         .dtype = "F32",
                                         .rank = 1,
                                         .shape = {(int64_t)training->n_embedding},
                                         .bytes = training->embedding};
    const struct metadata_pair pair = {"identity", training->identity.data};
    return safetensors_write(path->data, &source, 1, &pair, 1, error);
}

/* Whether the file holds an embedding of this training; then it is read. */
static bool find_embedding(struct content_sound_training *training, const struct buffer *path)
{
    struct safetensors *file = NULL;
    const struct tensor_view *view;
    const float *values;
    const char *identity = NULL;
    if (safetensors_open(path->data, &file, NULL) == STATUS_OK)
        identity = safetensors_metadata(file, "identity");
    bool found = identity && strcmp(identity, training->identity.data) == 0 &&
                 safetensors_floats(file, "values", 1, (const int64_t[]){-1}, &values, &view, NULL) == STATUS_OK;
    if (found)
        training->embedding = malloc((size_t)view->shape[0] * sizeof *training->embedding + 1);
    found = found && training->embedding;
    if (found) {
        training->n_embedding = (size_t)view->shape[0];
        memcpy(training->embedding, values, training->n_embedding * sizeof *values);
    }
    safetensors_close(file);
    return found;
}

static enum status fit_embedding(struct content_sound_training *training, struct compute *compute,
                                 const struct sound_shape *shape, const struct sound_inputs *inputs,
                                 struct error *error)
{
    struct buffer checkpoint = {0}, kept = {0};
    struct sound_fit_settings settings = fit_settings(training);
    struct sound_fitted fitted = {0};
    enum status status = embedding_path(training, ".embedding", &checkpoint, error);
    if (status == STATUS_OK)
        status = embedding_path(training, ".embedded", &kept, error);
    if (status == STATUS_OK && !(settings.resume && find_embedding(training, &kept))) {
        const struct sound_data data = data_of(training, inputs);
        settings.objective = content_sound_value(training, "negatives") > 0 ? SOUND_SEMI_HARD : SOUND_TRIPLETS;
        settings.shape = *shape;
        settings.epochs = (int64_t)content_sound_value(training, "triplet_epochs");
        settings.checkpoint = checkpoint.data;
        status = sound_fit(compute, &data, &settings, training->progress, &fitted, error);
        if (status == STATUS_OK) {
            training->embedding = fitted.weights;
            training->n_embedding = fitted.n_weights;
            fitted.weights = NULL;
            status = keep_embedding(training, &kept, error);
        }
        if (status == STATUS_OK)
            sound_fit_forget(checkpoint.data);
        sound_fitted_free(&fitted);
    }
    buffer_free(&checkpoint);
    buffer_free(&kept);
    return status;
}

/* values [n_tracks x width] of the known songs. */
static enum status embed_songs(struct content_sound_training *training, struct compute *compute,
                               const struct sound_shape *shape, const struct sound_inputs *inputs, const bool *known,
                               float *values, struct error *error)
{
    const struct sound_weights weights = {.values = training->embedding, .n_values = training->n_embedding};
    struct sound_open *open = NULL;
    enum status status = sound_open(compute, shape, &weights, &open, error);
    progress_stage(training->progress, "embedding", "songs", (double)training->n_tracks);
    for (int64_t t = 0; t < training->n_tracks && status == STATUS_OK; t++) {
        if (progress_cancelled(training->progress))
            status = error_set(error, STATUS_INTERRUPTED, "the training was stopped while songs were embedded");
        else if (known[t])
            status = sound_open_run(open, inputs, (int32_t)t, values + t * shape->out, error);
        progress_step(training->progress, (double)t + 1);
    }
    progress_end(training->progress);
    sound_open_close(open);
    return status;
}

static bool *list_known(const struct content_sound_training *training)
{
    bool *known = calloc((size_t)training->n_tracks + 1, sizeof *known);
    for (int64_t t = 0; known && t < training->n_tracks; t++)
        known[t] = training->items.parts[t] != PART_NONE;
    return known;
}

static enum status fit_embedded(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    const struct sound_shape shape =
        sound_embedding_of(training->spec, sound_patches_of(training->spec, training->wanted->seconds));
    const struct sound_windows all = {.cache = &training->cache,
                                      .settings = spectrogram_preset(training->spec->preset),
                                      .columns = training->columns,
                                      .shape = shape};
    struct sound_windows some = all;
    some.most = (int64_t)content_sound_value(training, "windows");
    const struct sound_inputs inputs = sound_windows_inputs(&some), every = sound_windows_inputs(&all);
    bool *known = list_known(training);
    float *values = calloc((size_t)(training->n_tracks * shape.out) + 1, sizeof *values);
    enum status status = known && values ? sound_windows_check(&all, error) : error_no_memory(error);
    if (status == STATUS_OK && !training->embedding)
        status = fit_embedding(training, compute, &shape, &inputs, error);
    if (status == STATUS_OK)
        status = embed_songs(training, compute, &shape, &every, known, values, error);
    const struct sound_vectors vectors = {shape.out, values, known};
    const struct sound_inputs embedded = sound_vectors_inputs(&vectors);
    if (status == STATUS_OK)
        status = fit(training, compute, &embedded, &embedded, error);
    free(known);
    free(values);
    return status;
}

/* ---- bags of tones ---- */

static enum status make_centres(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    const struct tones_settings settings = {.tones = training->shape.in,
                                            .batches = (int64_t)content_sound_value(training, "tone_batches"),
                                            .seed = training->wanted->seed};
    float *centres = malloc((size_t)(training->shape.in * MFCC_WIDTH) * sizeof *centres);
    enum status status =
        centres ? tones_learn(compute, &training->cache, training->training, training->result->train.fit.n_training,
                              training->columns, &settings, centres, training->progress, error)
                : error_no_memory(error);
    if (status == STATUS_OK)
        training->centres = centres;
    else
        free(centres);
    return status;
}

static enum status fit_tones(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    bool *known = list_known(training);
    if (!known)
        return error_no_memory(error);
    enum status status = training->centres ? STATUS_OK : make_centres(training, compute, error);
    struct tones tones = {.n = training->shape.in,
                          .centres = training->centres,
                          .columns = training->columns,
                          .n_songs = training->n_tracks};
    if (status == STATUS_OK)
        status = tones_histograms(compute, &training->cache, known, &tones, training->progress, error);
    free(known);
    if (status != STATUS_OK)
        return status;
    const struct sound_inputs inputs = tones_inputs(&tones);
    status = fit(training, compute, &inputs, &inputs, error);
    tones_free(&tones);
    return status;
}

enum status content_sound_fit(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    switch (training->spec->kind) {
    case SOUND_BAG:
        return fit_tones(training, compute, error);
    case SOUND_EMBEDDING:
        return fit_embedded(training, compute, error);
    default:
        return fit_windows(training, compute, error);
    }
}
