#include <string.h>

#include "app/sound_picture.h"
#include "cli/commands.h"
#include "core/file.h"

static const struct cli_option options[] = {
    {"preset", 'p', "NAME", "thesis (default), musicnn or fitness: its rate, frames and bands"},
    {"start", 0, "SECONDS", "leave so many seconds out (default 0)"},
    {"duration", 0, "SECONDS", "show so many seconds (default: to the end)"},
    {"out", 'o', "FILE.png|svg", "the figure to write"},
};

static enum status write_figure(const char *path, const struct spectrogram_settings *settings,
                                const struct sound_picture *picture, const char *out, struct error *error)
{
    struct buffer subtitle = {0}, figure = {0};
    const char *name = strrchr(path, '/');
    buffer_printf(&subtitle, "%d Hz, frames of %d, hop %d, %d %s bands", settings->rate, settings->n_fft, settings->hop,
                  picture->bands, settings->scale == MEL_HTK ? "mel (HTK)" : "mel (Slaney)");
    const struct spectrogram_figure of = {
        .title = name ? name + 1 : path,
        .subtitle = subtitle.failed ? "" : subtitle.data,
        .levels = picture->levels,
        .columns = picture->columns,
        .bands = picture->bands,
        .start = picture->start,
        .seconds = picture->seconds,
        .low = picture->low,
        .high = picture->high,
        .ticks = picture->ticks,
        .n_ticks = picture->n_ticks,
    };
    enum status status = spectrogram_figure(&of, file_has_extension(out, ".svg"), &figure, error);
    if (status == STATUS_OK)
        status = atomic_file_write(out, &figure, error);
    buffer_free(&subtitle);
    buffer_free(&figure);
    return status;
}

static enum status print(const struct cli *cli, const struct sound_picture *picture, struct error *error)
{
    struct buffer out = {0};
    const struct audio_info *info = &picture->info;
    if (cli->json) {
        struct json_writer json = {.out = &out};
        json_object_begin(&json);
        json_pair_number(&json, "seconds", picture->seconds);
        json_pair_integer(&json, "channels", info->channels);
        json_pair_integer(&json, "rate", info->rate);
        json_pair_integer(&json, "damaged_packets", info->damaged);
        json_pair_number(&json, "loudest_db", picture->high);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        buffer_printf(&out, "%.1f s shown; the file has %d channel%s at %d Hz\n", picture->seconds, info->channels,
                      info->channels == 1 ? "" : "s", info->rate);
        if (info->damaged > 0)
            buffer_printf(&out, "%lld of %lld packets were damaged and are silent\n", (long long)info->damaged,
                          (long long)info->packets);
    }
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *out = cli_value(cli, "out", NULL), *preset = cli_value(cli, "preset", "thesis");
    const struct spectrogram_settings *settings = spectrogram_preset(preset);
    struct sound_picture picture;
    double start, duration;
    if (!out || !(file_has_extension(out, ".png") || file_has_extension(out, ".svg")))
        return error_set(error, STATUS_USAGE, "spectrogram needs --out FILE ending in .png or .svg");
    if (!settings)
        return error_set(error, STATUS_USAGE, "--preset must be thesis, musicnn or fitness, not \"%s\"", preset);
    enum status status = cli_number(cli, "start", 0, 1e5, 0, &start, error);
    if (status == STATUS_OK)
        status = cli_number(cli, "duration", 0.1, 1e5, settings->duration, &duration, error);
    if (status == STATUS_OK)
        status = sound_picture_of_file(cli->arguments[0], settings, start, duration, NULL, &picture, error);
    if (status != STATUS_OK)
        return status;
    status = write_figure(cli->arguments[0], settings, &picture, out, error);
    if (status == STATUS_OK && (cli->json || !cli->quiet))
        status = print(cli, &picture, error);
    sound_picture_free(&picture);
    return status;
}

const struct command cli_command_spectrogram = {
    .name = "spectrogram",
    .arguments = "FILE [--preset NAME] [--start S] [--duration S] --out FILE.png|svg",
    .summary = "write the spectrogram of a music file as a figure",
    .details = "FILE is a music file in any format that `import library` reads; no catalogue is needed. Its channels "
               "are mixed,\n"
               "and a long file is averaged over time. Power is shown in dB, from 80 dB below the loudest.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
