#include "content/predictor_input.h"

#include <stdlib.h>
#include <string.h>

#include "content/sound_fit.h"
#include "content/tones.h"

static const struct spectrogram_settings *preset_of(const struct predictor *predictor)
{
    return spectrogram_preset(predictor->spec->preset);
}

enum status predictor_input_open(struct catalogue *catalogue, const struct predictor *predictor,
                                 struct predictor_input *input, struct error *error)
{
    *input = (struct predictor_input){.predictor = predictor};
    enum status status = predictor->spec ? spectrogram_cache_open(catalogue, preset_of(predictor), &input->cache, error)
                                         : feature_set_open(catalogue, predictor->set, &input->set, error);
    if (status != STATUS_OK)
        return status;
    input->n_rows = predictor->spec ? 0 : input->set.item == FEATURE_TRACKS ? input->set.n_rows : 0;
    for (size_t i = 0; i < input->cache.n_entries; i++)
        input->n_rows = input->cache.entries[i].track > input->n_rows ? input->cache.entries[i].track : input->n_rows;
    return STATUS_OK;
}

void predictor_input_close(struct predictor_input *input)
{
    if (input->set.owner)
        feature_set_close(&input->set);
    spectrogram_cache_close(&input->cache);
    *input = (struct predictor_input){0};
}

bool predictor_input_has(const struct predictor_input *input, int64_t row)
{
    if (row < 0 || row >= input->n_rows)
        return false;
    if (!input->predictor->spec)
        return feature_set_has(&input->set, row);
    return sound_song_is_usable(&input->cache, input->predictor->spec, (int32_t)row);
}

/* ---- feature sets ---- */

static enum status run_set(struct compute *compute, const struct predictor_input *input, const int32_t *rows, int64_t n,
                           float *vectors, struct error *error)
{
    const size_t width = (size_t)input->set.width, count = (size_t)n;
    float *values = malloc(count * width * sizeof *values + 1);
    bool *present = malloc(count + 1);
    enum status status = values && present ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        memcpy(values + i * width, input->set.values + (size_t)rows[i] * width, width * sizeof *values);
        present[i] = true;
    }
    if (status == STATUS_OK) {
        struct feature_set some = input->set;
        some.n_rows = n;
        some.values = values;
        some.present = present;
        status = predictor_run(compute, input->predictor, &some, vectors, error);
    }
    free(values);
    free(present);
    return status;
}

/* ---- networks over sound ---- */

static enum status run_inputs(struct sound_open *open, const struct predictor *predictor,
                              const struct sound_inputs *inputs, const int32_t *rows, int64_t n, float *vectors,
                              struct progress *progress, struct error *error)
{
    const int64_t out = predictor->out;
    enum status status = sound_open_run_all(open, inputs, rows, n, vectors, progress, error);
    for (int64_t i = 0; status == STATUS_OK && i < n * out; i++)
        vectors[i] = (float)((double)vectors[i] * predictor->deviation[i % out] + predictor->mean[i % out]);
    return status;
}

static enum status run_windows(struct sound_open *open, const struct predictor_input *input,
                               const struct sound_shape *shape, const int32_t *rows, int64_t n, float *vectors,
                               struct progress *progress, struct error *error)
{
    const struct sound_windows windows = {.cache = &input->cache,
                                          .settings = preset_of(input->predictor),
                                          .columns = input->predictor->columns,
                                          .shape = *shape};
    const struct sound_inputs inputs = sound_windows_inputs(&windows);
    enum status status = sound_windows_check(&windows, error);
    return status == STATUS_OK ? run_inputs(open, input->predictor, &inputs, rows, n, vectors, progress, error)
                               : status;
}

static enum status run_tones(struct compute *compute, struct sound_open *open, const struct predictor_input *input,
                             const struct sound_shape *shape, const int32_t *rows, int64_t n, float *vectors,
                             struct progress *progress, struct error *error)
{
    struct tones tones = {.n = shape->in,
                          .centres = input->predictor->front,
                          .columns = input->predictor->columns,
                          .n_songs = input->n_rows};
    bool *wanted = calloc((size_t)input->n_rows + 1, sizeof *wanted);
    if (!wanted)
        return error_no_memory(error);
    for (int64_t i = 0; i < n; i++)
        wanted[rows[i]] = true;
    enum status status = tones_histograms(compute, &input->cache, wanted, &tones, progress, error);
    free(wanted);
    if (status != STATUS_OK)
        return status;
    const struct sound_inputs inputs = tones_inputs(&tones);
    status = run_inputs(open, input->predictor, &inputs, rows, n, vectors, progress, error);
    tones_free(&tones);
    return status;
}

/* The songs are embedded, then the network is applied to what comes out. */
static enum status run_embedding(struct compute *compute, struct sound_open *open, const struct predictor_input *input,
                                 const int32_t *rows, int64_t n, float *vectors, struct progress *progress,
                                 struct error *error)
{
    const struct predictor *predictor = input->predictor;
    const struct sound_shape embedding =
        sound_embedding_of(predictor->spec, sound_patches_of(predictor->spec, predictor->seconds));
    const struct sound_weights weights = {.values = predictor->front, .n_values = (size_t)predictor->n_front};
    const struct sound_windows windows = {
        .cache = &input->cache, .settings = preset_of(predictor), .columns = predictor->columns, .shape = embedding};
    const struct sound_inputs sounds = sound_windows_inputs(&windows);
    struct sound_open *embedder = NULL;
    float *embedded = malloc((size_t)(n * embedding.out) * sizeof *embedded + 1);
    int32_t *numbers = malloc((size_t)n * sizeof *numbers + 1);
    bool *present = malloc((size_t)n + 1);
    enum status status = embedded && numbers && present ? sound_windows_check(&windows, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = sound_open(compute, &embedding, &weights, &embedder, error);
    if (status == STATUS_OK)
        status = sound_open_run_all(embedder, &sounds, rows, n, embedded, progress, error);
    sound_open_close(embedder);
    for (int64_t i = 0; i < n && status == STATUS_OK; i++) {
        numbers[i] = (int32_t)i;
        present[i] = true;
    }
    const struct sound_vectors rows_of = {embedding.out, embedded, present};
    const struct sound_inputs inputs = sound_vectors_inputs(&rows_of);
    if (status == STATUS_OK)
        status = run_inputs(open, predictor, &inputs, numbers, n, vectors, progress, error);
    free(embedded);
    free(numbers);
    free(present);
    return status;
}

static enum status open_network(struct compute *compute, const struct predictor *predictor,
                                const struct sound_shape *shape, struct sound_open **open, struct error *error)
{
    const int64_t columns = predictor->spec->kind == SOUND_BAG ? MFCC_WIDTH : shape->bands;
    const bool transfer = sound_is_transfer(predictor->spec);
    const struct sound_weights weights = {predictor->weights.values, transfer ? predictor->front : NULL,
                                          predictor->weights.count, transfer ? (size_t)predictor->n_front : 0};
    if (predictor->in != columns)
        return error_set(error, STATUS_BAD_DATA,
                         "the predictor has no valid columns; train it again with `sleeve content train`");
    return sound_open(compute, shape, &weights, open, error);
}

enum status predictor_input_maps(struct compute *compute, const struct predictor_input *input, int64_t song, int layer,
                                 struct sound_maps *maps, struct error *error)
{
    const struct predictor *predictor = input->predictor;
    struct sound_open *open = NULL;
    if (!predictor->spec)
        return error_set(error, STATUS_USAGE, "only networks over sound (content train --network) have filters");
    const struct sound_shape shape = predictor_shape(predictor);
    enum status status = open_network(compute, predictor, &shape, &open, error);
    if (status == STATUS_OK && song < 0) {
        status = sound_open_filters(open, layer, maps, error);
    } else if (status == STATUS_OK) {
        const struct sound_windows windows = {
            .cache = &input->cache, .settings = preset_of(predictor), .columns = predictor->columns, .shape = shape};
        const struct sound_inputs inputs = sound_windows_inputs(&windows);
        status = sound_windows_check(&windows, error);
        if (status == STATUS_OK)
            status = sound_open_activations(open, &inputs, (int32_t)song,
                                            inputs.count(inputs.context, (int32_t)song) / 2, layer, maps, error);
    }
    sound_open_close(open);
    return status;
}

static enum status run_sound(struct compute *compute, const struct predictor_input *input, const int32_t *rows,
                             int64_t n, float *vectors, struct progress *progress, struct error *error)
{
    const struct predictor *predictor = input->predictor;
    const struct sound_shape shape = predictor_shape(predictor);
    struct sound_open *open = NULL;
    enum status status = open_network(compute, predictor, &shape, &open, error);
    if (status == STATUS_OK)
        status = predictor->spec->kind == SOUND_EMBEDDING
                     ? run_embedding(compute, open, input, rows, n, vectors, progress, error)
                 : predictor->spec->kind == SOUND_BAG
                     ? run_tones(compute, open, input, &shape, rows, n, vectors, progress, error)
                     : run_windows(open, input, &shape, rows, n, vectors, progress, error);
    sound_open_close(open);
    return status;
}

enum status predictor_input_run(struct compute *compute, const struct predictor_input *input, const int32_t *rows,
                                int64_t n, float *vectors, struct progress *progress, struct error *error)
{
    return input->predictor->spec ? run_sound(compute, input, rows, n, vectors, progress, error)
                                  : run_set(compute, input, rows, n, vectors, error);
}
