/* The spectrogram of a music file. */
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "features/audio/spectrogram.h"
#include "features/audio/spectrogram_internal.h"

/* Rows on their way to the caller. */
struct passing {
    const struct spectrogram_settings *settings;
    struct spectrogram_rows rows;
    spectrogram_take *take;
    void *context;
};

static enum status take(struct passing *passing, float *values, int64_t frames, struct error *error)
{
    if (passing->settings->patch > 0)
        spectrogram_limit(passing->settings, values, frames);
    return passing->take(passing->context, values, frames, error);
}

/* Passes complete patches on, or all rows without patches or at the end. */
static enum status pass(struct passing *passing, bool at_end, struct error *error)
{
    struct spectrogram_rows *rows = &passing->rows;
    const int64_t patch = passing->settings->patch > 0 ? passing->settings->patch : rows->frames;
    int64_t done = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && done < rows->frames && (at_end || rows->frames - done >= patch)) {
        const int64_t frames = rows->frames - done < patch ? rows->frames - done : patch;
        status = take(passing, rows->values + done * rows->width, frames, error);
        done += frames;
    }
    rows->frames -= done;
    if (done > 0)
        memmove(rows->values, rows->values + done * rows->width,
                (size_t)rows->frames * (size_t)rows->width * sizeof *rows->values);
    return status;
}

static enum status decode(struct spectrogram *spectrogram, struct audio_stream *audio, struct passing *passing,
                          struct error *error)
{
    const float *samples;
    size_t count;
    for (;;) {
        enum status status = audio_next(audio, &samples, &count, error);
        if (status == STATUS_OK)
            status = count > 0 ? spectrogram_add(spectrogram, samples, count, &passing->rows, error)
                               : spectrogram_end(spectrogram, &passing->rows, error);
        if (status == STATUS_OK)
            status = pass(passing, count == 0, error);
        if (status != STATUS_OK || count == 0)
            return status;
    }
}

enum status spectrogram_stream(struct spectrogram *spectrogram, int descriptor, const char *name, double start,
                               spectrogram_take *taken, void *context, struct audio_info *info, struct error *error)
{
    const struct spectrogram_settings *settings = spectrogram_settings_of(spectrogram);
    const struct audio_request request = {.rate = settings->rate, .start = start, .duration = settings->duration};
    struct passing passing = {.settings = settings, .take = taken, .context = context};
    struct audio_stream *audio;
    enum status status = audio_open(descriptor, name, &request, &audio, error);
    if (status != STATUS_OK)
        return status;
    spectrogram_begin(spectrogram);
    status = decode(spectrogram, audio, &passing, error);
    if (info)
        *info = *audio_stream_info(audio);
    audio_close(audio);
    spectrogram_rows_free(&passing.rows);
    return status;
}

/* ------------------------------------------------------------------ whole */

static enum status append(void *context, const float *values, int64_t frames, struct error *error)
{
    struct spectrogram_rows *rows = context;
    if (!spectrogram_rows_append(rows, values, frames))
        return error_no_memory(error);
    return STATUS_OK;
}

enum status spectrogram_of_file(const char *path, const struct spectrogram_settings *settings, double start,
                                struct spectrogram_rows *rows, struct audio_info *info, struct error *error)
{
    int descriptor;
    struct spectrogram *spectrogram;
    *rows = (struct spectrogram_rows){.width = spectrogram_width(settings)};
    enum status status = spectrogram_create(settings, &spectrogram, error);
    if (status != STATUS_OK)
        return status;
    status = file_open_input(path, &descriptor, NULL, error);
    if (status == STATUS_OK) {
        status = spectrogram_stream(spectrogram, descriptor, path, start, append, rows, info, error);
        close(descriptor);
    }
    spectrogram_destroy(spectrogram);
    if (status != STATUS_OK)
        spectrogram_rows_free(rows);
    else if (settings->patch == 0)
        spectrogram_limit(settings, rows->values, rows->frames);
    return status;
}
