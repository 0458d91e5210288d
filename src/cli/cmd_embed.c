#include <stdlib.h>

#include "app/embed_music.h"
#include "app/file_list.h"
#include "cli/commands.h"
#include "core/log.h"
#include "core/text_number.h"

/* Written by `prepare` from the table of extractors. */
static char arguments[400], choices[300], details[4000];

static const struct cli_option options[] = {
    {"weights", 0, "FILE", "weights file, for extractors that are neural networks"},
    {"set", 0, "KEY=VALUE", "of a network: positions=current|old, edge=PIXELS, precision=float32|bfloat16"},
    {"image", 0, "FILE", "print the vectors of images instead (JSON lines): files, folders, or lists as @FILE"},
    {"audio", 0, "FILE", "musicnn, vgg: print embeddings and tags instead: music files, folders, lists"},
    {"patches", 0, NULL, "with --audio: a line for each patch of 3 seconds"},
};

static enum status print_row(const char *path, const float *values, int width, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "path", path);
    json_pair_integer(&json, "dim", width);
    json_key(&json, "values");
    json_array_begin(&json);
    for (int i = 0; i < width; i++)
        json_float(&json, values[i]);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* The tags from the most probable one on. */
static void add_tags(struct json_writer *json, const struct music_result *result)
{
    bool *written = calloc((size_t)result->n_tags, sizeof *written);
    json_key(json, "tags");
    json_object_begin(json);
    for (int i = 0; written && i < result->n_tags; i++) {
        int best = -1;
        for (int tag = 0; tag < result->n_tags; tag++)
            if (!written[tag] && (best < 0 || result->tags[tag] > result->tags[best]))
                best = tag;
        written[best] = true;
        json_key(json, result->tag_names[best]);
        json_float(json, result->tags[best]);
    }
    json_object_end(json);
    free(written);
}

static enum status print_music(const struct music_result *result, void *context, struct error *error)
{
    (void)context;
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "path", result->path);
    json_pair_number(&json, "start", result->start);
    json_pair_number(&json, "seconds", result->seconds);
    json_pair_integer(&json, "patches", result->patches);
    add_tags(&json, result);
    json_pair_integer(&json, "dim", result->width);
    json_key(&json, "values");
    json_array_begin(&json);
    for (int i = 0; i < result->width; i++)
        json_float(&json, result->embedding[i]);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

enum { SETTINGS_MAX = 16 };

static enum status print_music_report(const struct cli *cli, const char *name, const struct extraction_report *report,
                                      struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    char files[32], kept[32];
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "set", name);
        json_pair_integer(&json, "items", (int64_t)report->items);
        json_pair_integer(&json, "files", (int64_t)report->files);
        json_pair_integer(&json, "kept", (int64_t)report->kept);
        json_pair_integer(&json, "unreadable", (int64_t)report->unreadable);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    text_count((int64_t)report->files, files);
    text_count((int64_t)report->kept, kept);
    if (report->kept > 0)
        log_message(LOG_INFO, "%s: %s of %s files were read before and are unchanged", name, kept, files);
    if (report->items > report->files)
        log_message(LOG_WARNING, "%s: %zu of %zu tracks have no music file; they have no row", name,
                    report->items - report->files, report->items);
    return STATUS_OK;
}

static enum status print_report(const struct cli *cli, const char *name, const struct extraction_report *report,
                                struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    char items[32], kept[32];
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "set", name);
        json_pair_integer(&json, "items", (int64_t)report->items);
        json_pair_integer(&json, "kept", (int64_t)report->kept);
        json_pair_integer(&json, "stored_covers", (int64_t)report->stored);
        json_pair_integer(&json, "generated_covers", (int64_t)report->generated);
        json_pair_integer(&json, "without_cover", (int64_t)report->without);
        json_pair_integer(&json, "broken_covers", (int64_t)report->broken);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    text_count((int64_t)report->items, items);
    text_count((int64_t)report->kept, kept);
    if (report->kept > 0)
        log_message(LOG_INFO, "%s: %s of %s rows were computed before and are unchanged", name, kept, items);
    if (report->without > 0)
        log_message(LOG_WARNING, "%s: %zu of %s albums have no cover (%zu of them a broken one); their rows are zero",
                    name, report->without, items, report->broken);
    return STATUS_OK;
}

static enum status embed_catalogue(struct cli *cli, const struct embed_settings *settings, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct extraction_report report = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = app_embed(catalogue, settings, &report, error);
    if (status == STATUS_OK && ranks_rank(cli->ranks) == 0)
        status = (settings->extractor->input == INPUT_MUSIC ? print_music_report : print_report)(
            cli, settings->extractor->name, &report, error);
    catalogue_close(catalogue);
    return status;
}

/* All that follows --image or --audio is such a file, too. */
static enum status list_files(const struct cli *cli, const char *option, struct file_list *files, struct error *error)
{
    enum status status = STATUS_OK;
    const char *file;
    for (int i = 0; status == STATUS_OK && (file = cli_value_at(cli, option, i)); i++)
        status = file_list_add(files, file, error);
    for (int i = 1; status == STATUS_OK && i < cli->n_arguments; i++)
        status = file_list_add(files, cli->arguments[i], error);
    return status;
}

static enum status embed_images(const struct cli *cli, const struct embed_settings *settings, struct error *error)
{
    struct file_list images = {.kind = FILE_LIST_IMAGES};
    enum status status = list_files(cli, "image", &images, error);
    if (status == STATUS_OK)
        status = app_embed_images(settings, images.paths, images.count, print_row, error);
    file_list_free(&images);
    return status;
}

static enum status embed_music(const struct cli *cli, const struct embed_settings *settings, struct error *error)
{
    struct file_list music = {.kind = FILE_LIST_MUSIC};
    enum status status = list_files(cli, "audio", &music, error);
    if (status == STATUS_OK)
        status =
            app_embed_music(settings, cli_flag(cli, "patches"), music.paths, music.count, print_music, NULL, error);
    file_list_free(&music);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *values[SETTINGS_MAX];
    struct cli_device device;
    struct embed_settings settings = {
        .extractor = extractor_find(cli->arguments[0]),
        .weights = cli_value(cli, "weights", NULL),
        .settings = values,
        .threads = cli->threads,
        .device = &device.use,
        .progress = &cli->progress,
        .ranks = cli->ranks,
    };
    bool images = cli_value(cli, "image", NULL) != NULL, music = cli_value(cli, "audio", NULL) != NULL;
    if (!settings.extractor)
        return extractor_unknown(cli->arguments[0], error);
    if (images && music)
        return error_set(error, STATUS_USAGE, "either --image or --audio can be given");
    if ((images || music) && cli->ranks)
        return error_set(error, STATUS_USAGE,
                         "vectors of single files are printed by one process; start it without mpirun");
    if (!images && !music && cli->n_arguments > 1)
        return error_set(error, STATUS_USAGE, "%.200s is not expected; name images with --image and music with --audio",
                         cli->arguments[1]);
    if (cli_flag(cli, "patches") && !music)
        return error_set(error, STATUS_USAGE, "--patches goes with --audio");
    for (const char *value; (value = cli_value_at(cli, "set", (int)settings.n_settings)); settings.n_settings++) {
        if (settings.n_settings == SETTINGS_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", (int)SETTINGS_MAX);
        values[settings.n_settings] = value;
    }
    cli_device_start(cli, &device);
    enum status status = images  ? embed_images(cli, &settings, error)
                         : music ? embed_music(cli, &settings, error)
                                 : embed_catalogue(cli, &settings, error);
    cli_device_end(&device);
    return status;
}

static void prepare(void)
{
    struct buffer usage = {0}, names = {0}, help = {0};
    for (size_t i = 0; extractors[i]; i++) {
        buffer_printf(&names, "%s%s", i == 0 ? "" : "|", extractors[i]->name);
        buffer_printf(&help, "%s: %s\n", extractors[i]->name, extractors[i]->summary);
    }
    buffer_printf(&usage, "%s [--weights FILE] [--set KEY=VALUE]... [--image FILE... | --audio FILE... [--patches]]",
                  names.data ? names.data : "EXTRACTOR");
    buffer_add_text(
        &help,
        "`sleeve features` lists the sets of the catalogue. Networks (clip, dinov2) read the safetensors\n"
        "files that transformers uses. A run of them that was stopped is continued by the same command, and\n"
        "only covers that have changed are computed again. With --image or --audio, all further arguments are\n"
        "such files, too. Folders are searched with their subfolders; a list has one path a line, and @- is\n"
        "standard input. A file that cannot be read is named and left out, and the exit status is then 3.\n"
        "Images are fitted to 224 x 224 pixels on grey first, as covers are: the result is that of transformers for\n"
        "the fitted image.\n"
        "positions: how DINOv2's position embeddings are resized, as by current versions of transformers\n"
        "(the default) or by those before September 2024, with which the papers' embeddings were made.\n"
        "precision: bfloat16 rounds weights and inputs of the layers' products to 8 bits of precision and adds\n"
        "in float32. It is faster on processors with AVX512_BF16, and uses the tensor cores of GPUs; on other\n"
        "processors it is not faster. Vectors differ slightly from those of float32, the default.\n"
        "musicnn and vgg read the music files of tracks (`sleeve import library`) with the weights that\n"
        "scripts/get-musicnn makes. They give four sets of tracks: NAME, the mean of the embeddings of all\n"
        "patches of 3 seconds, NAME-max, their maxima, and NAME-tags and NAME-tags-max, the same of the\n"
        "probabilities of 50 tags. Files are read ahead; only files that have changed are read again, and a\n"
        "file that cannot be read is named and counted.\n"
        "padding: of musicnn and vgg, how a file continues beyond its ends: reflect (the default), with which\n"
        "they were trained, or zero. start, seconds: the part of a file that is used, if not all. A file that ends\n"
        "before the start is read from its beginning.");
    cli_keep_text(&usage, arguments, sizeof arguments);
    cli_keep_text(&names, choices, sizeof choices);
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_embed = {
    .name = "embed",
    .arguments = arguments,
    .summary = "compute a feature set of the catalogue's albums or tracks, or the vectors of images",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = -1,
    .choices = choices,
    .many_ranks = true,
    .prepare = prepare,
    .run = run,
};
