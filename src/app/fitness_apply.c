#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/file_rows.h"
#include "app/fitness.h"
#include "app/fitness_inputs.h"
#include "app/track_rows.h"
#include "core/file.h"
#include "core/log.h"
#include "db/track_file.h"
#include "db/tracks.h"
#include "fitness/runner.h"

struct applying {
    struct catalogue *catalogue;
    const struct fitness_model *model;
    const char *const *songs;
    size_t n_songs;
    int64_t track; /* instead of songs; 0: none */
    struct progress *progress;
    enum status (*each)(const struct fitness_ranked *ranked, void *context, struct error *error);
    void *context;
    enum fitness_input_kind kind;
    struct track_rows sets;  /* FITNESS_SETS */
    struct file_rows *files; /* opened for the first file that needs it */
    struct compute *compute;
    float *x, *logits;
    int32_t *order;
    size_t given; /* results that were passed on: they are not repeated on another device */
    size_t n_used;
};

/* ------------------------------------------------------------------ inputs of a song */

struct looking {
    const char *path;
    int64_t track;
};

static enum status same_path(const struct music_file *file, void *context, struct error *error)
{
    struct looking *looking = context;
    (void)error;
    if (file->track > 0 && looking->track == 0 && strcmp(file->path, looking->path) == 0)
        looking->track = file->track;
    return STATUS_OK;
}

/* The track of a key or of a file of the library; 0: none. *path: the song's file, "" where there is none. */
static enum status find_track(struct applying *applying, const char *song, int64_t *track, struct buffer *path,
                              struct error *error)
{
    *track = applying->track;
    if (*track > 0)
        return catalogue_track_file(applying->catalogue, *track, path, error);
    if (file_exists(song)) {
        char *whole = realpath(song, NULL);
        struct looking looking = {.path = whole ? whole : song};
        enum status status = catalogue_music_files(applying->catalogue, same_path, &looking, error);
        *track = looking.track;
        buffer_add_text(path, looking.path);
        free(whole);
        return status == STATUS_OK && path->failed ? error_no_memory(error) : status;
    }
    enum status status = catalogue_track_find(applying->catalogue, song, track, error);
    if (status == STATUS_OK && *track == 0)
        status = error_set(error, STATUS_BAD_DATA, "\"%.200s\" is neither a file nor the key of a track", song);
    if (status == STATUS_OK)
        status = catalogue_track_file(applying->catalogue, *track, path, error);
    return status;
}

static enum status read_sound(struct applying *applying, const char *song, const char *path, struct error *error)
{
    const struct fitness_shape *shape = &applying->model->shape;
    const bool bands = applying->kind == FITNESS_BANDS;
    const struct spectrogram_settings *settings = spectrogram_preset(bands ? "musicnn" : "fitness");
    struct spectrogram_rows rows = {0};
    if (!path || !*path)
        return error_set(error, STATUS_BAD_DATA, "%.200s has no music file; this model listens to files", song);
    enum status status = spectrogram_of_file(path, settings, 0, &rows, NULL, error);
    if (status == STATUS_OK && rows.frames == 0)
        status = error_set(error, STATUS_BAD_DATA, "%.200s: it is too short", path);
    if (status == STATUS_OK && bands)
        fitness_bands(rows.values, rows.frames, rows.width, false, applying->x);
    else if (status == STATUS_OK)
        fitness_pad(rows.values, rows.frames, shape->frames, shape->bands, strstr(applying->model->inputs, "+log"),
                    applying->x);
    spectrogram_rows_free(&rows);
    return status;
}

/* A track's row; a file without one is computed as the sets were. */
static enum status read_row(struct applying *applying, const char *song, int64_t track, const char *path,
                            struct error *error)
{
    if (track_rows_read(&applying->sets, track, applying->x))
        return STATUS_OK;
    if (!path || !*path)
        return error_set(error, STATUS_BAD_DATA, "%.200s has no row in %.200s, and no music file", song,
                         applying->model->inputs);
    enum status status = STATUS_OK;
    if (!applying->files)
        status = file_rows_open(applying->catalogue, applying->compute, applying->model->inputs, false,
                                &applying->files, error);
    return status == STATUS_OK ? file_rows_read(applying->files, path, applying->progress, applying->x, error) : status;
}

static enum status read_song(struct applying *applying, const char *song, struct error *error)
{
    struct buffer path = {0};
    int64_t track;
    enum status status = find_track(applying, song, &track, &path, error);
    if (status == STATUS_OK)
        status = applying->kind == FITNESS_SETS ? read_row(applying, song, track, path.data, error)
                                                : read_sound(applying, song, path.data, error);
    if (status == STATUS_OK && applying->model->shape.kind == FITNESS_HEAD)
        fitness_inputs_scale(applying->model, 1, applying->x);
    buffer_free(&path);
    return status;
}

/* ------------------------------------------------------------------ ranking */

static void sort_classes(const struct applying *applying)
{
    const int32_t n = applying->model->shape.n_classes;
    for (int32_t i = 0; i < n; i++) {
        int32_t at = i;
        for (; at > 0 && applying->logits[i] > applying->logits[applying->order[at - 1]]; at--)
            applying->order[at] = applying->order[at - 1];
        applying->order[at] = i;
    }
}

static enum status rank_songs(void *context, struct compute *compute, struct error *error)
{
    struct applying *applying = context;
    struct fitness_open *open = NULL;
    applying->compute = compute;
    enum status status =
        fitness_open(compute, &applying->model->shape, applying->model->weights, applying->model->linear, &open, error);
    for (; status == STATUS_OK && applying->given < applying->n_songs; applying->given++) {
        const char *song = applying->songs[applying->given];
        struct error why;
        status = read_song(applying, song, &why);
        if (!applying->track && (status == STATUS_BAD_DATA || status == STATUS_USAGE)) {
            log_message(LOG_WARNING, "left out: %s", why.text);
            status = STATUS_OK;
            continue;
        }
        if (status != STATUS_OK) {
            *error = why;
            break;
        }
        status = fitness_open_run(open, applying->x, 1, applying->logits, error);
        if (status != STATUS_OK)
            break;
        sort_classes(applying);
        applying->n_used++;
        const struct fitness_ranked ranked = {song, applying->logits, applying->order};
        status = applying->each(&ranked, applying->context, error);
        if (status == STATUS_OK && progress_cancelled(applying->progress))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    file_rows_close(applying->files);
    applying->files = NULL;
    fitness_open_close(open);
    return status;
}

static enum status open_applying(struct applying *applying, struct error *error)
{
    const struct fitness_shape *shape = &applying->model->shape;
    applying->kind = shape->kind == FITNESS_CNN ? FITNESS_SPECTROGRAM : fitness_input_kind_of(applying->model->inputs);
    applying->x = malloc((size_t)fitness_input_size(shape) * sizeof *applying->x);
    applying->logits = malloc((size_t)shape->n_classes * sizeof *applying->logits);
    applying->order = malloc((size_t)shape->n_classes * sizeof *applying->order);
    if (!applying->x || !applying->logits || !applying->order)
        return error_no_memory(error);
    enum status status = applying->kind == FITNESS_SETS
                             ? track_rows_open(applying->catalogue, applying->model->inputs, &applying->sets, error)
                             : STATUS_OK;
    const int64_t width = applying->kind == FITNESS_SETS ? applying->sets.width
                          : applying->kind == FITNESS_BANDS
                              ? 2 * (int64_t)spectrogram_width(spectrogram_preset("musicnn"))
                              : shape->bands;
    const int64_t expected =
        shape->kind == FITNESS_CNN ? spectrogram_width(spectrogram_preset("fitness")) : shape->width;
    if (status == STATUS_OK && width != expected)
        status = error_set(error, STATUS_BAD_DATA,
                           "the model was trained with %lld numbers a song, and %.200s has %lld now; train it again",
                           (long long)expected, applying->model->inputs, (long long)width);
    return status;
}

static enum status apply(struct applying *applying, struct device_use *device, struct error *error)
{
    const struct device_work work = {rank_songs, applying};
    enum status status = open_applying(applying, error);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    if (status == STATUS_OK && applying->n_used == 0)
        status = error_set(error, STATUS_BAD_DATA, "none of the %zu songs could be used", applying->n_songs);
    track_rows_close(&applying->sets);
    free(applying->x);
    free(applying->logits);
    free(applying->order);
    return status;
}

enum status app_fitness_apply(struct catalogue *catalogue, struct device_use *device, const struct fitness_model *model,
                              const char *const *songs, size_t n_songs, struct progress *progress,
                              enum status (*each)(const struct fitness_ranked *ranked, void *context,
                                                  struct error *error),
                              void *context, struct error *error)
{
    struct applying applying = {.catalogue = catalogue,
                                .model = model,
                                .songs = songs,
                                .n_songs = n_songs,
                                .progress = progress,
                                .each = each,
                                .context = context};
    return apply(&applying, device, error);
}

enum status app_fitness_of_track(struct catalogue *catalogue, struct device_use *device,
                                 const struct fitness_model *model, int64_t track, struct progress *progress,
                                 enum status (*each)(const struct fitness_ranked *ranked, void *context,
                                                     struct error *error),
                                 void *context, struct error *error)
{
    const char *const songs[] = {"the track"};
    struct applying applying = {.catalogue = catalogue,
                                .model = model,
                                .songs = songs,
                                .n_songs = 1,
                                .track = track,
                                .progress = progress,
                                .each = each,
                                .context = context};
    return apply(&applying, device, error);
}
