#include "app/embed.h"
#include "cli/commands.h"

/* Written by `prepare` from the table of extractors. */
static char arguments[400], choices[300], details[4000];

static const struct cli_option options[] = {
    {"weights", 0, "FILE", "weights file, for extractors that are neural networks"},
    {"image", 0, "FILE", "print the vector of this image instead (JSON lines; may be given several times)"},
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

static enum status run(struct cli *cli, struct error *error)
{
    const char *images[CLI_VALUES_MAX];
    int n_images = 0;
    const struct embed_settings settings = {
        .extractor = extractor_find(cli->arguments[0]),
        .weights = cli_value(cli, "weights", NULL),
        .threads = cli->threads,
        .progress = &cli->progress,
    };
    if (!settings.extractor)
        return extractor_unknown(cli->arguments[0], error);
    for (const char *image; (image = cli_value_at(cli, "image", n_images)); n_images++)
        images[n_images] = image;
    if (n_images > 0)
        return app_embed_images(&settings, images, n_images, print_row, error);
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = app_embed(catalogue, &settings, error);
    catalogue_close(catalogue);
    return status;
}

static void prepare(void)
{
    struct buffer usage = {0}, names = {0}, help = {0};
    for (size_t i = 0; extractors[i]; i++) {
        buffer_printf(&names, "%s%s", i == 0 ? "" : "|", extractors[i]->name);
        buffer_printf(&help, "%s: %s\n", extractors[i]->name, extractors[i]->summary);
    }
    buffer_printf(&usage, "%s [--weights FILE] [--image FILE]...", names.data ? names.data : "EXTRACTOR");
    buffer_add_text(&help, "`sleeve features` lists the sets of the catalogue.");
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
    .arguments_max = 1,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
