#include <stdlib.h>

#include "cli/commands.h"
#include "core/pool.h"
#include "features/extractor.h"

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

static enum status print_image(const struct open_extractor *open, const char *path, struct error *error)
{
    struct image fitted = {0};
    bool present = false;
    float *values = calloc((size_t)open->width, sizeof *values);
    enum status status = values ? image_load_fitted(path, COVER_EDGE, &fitted, error) : error_no_memory(error);
    const struct extractor_batch batch = {.count = 1, .images = &fitted};
    if (status == STATUS_OK)
        status = extractor_extract(open, &batch, values, &present, error);
    if (status == STATUS_OK)
        status = print_row(path, values, open->width, error);
    image_free(&fitted);
    free(values);
    return status;
}

static enum status print_images(struct cli *cli, const struct extractor *extractor, const struct extractor_options *how,
                                struct error *error)
{
    if (extractor->input != INPUT_COVERS)
        return error_set(error, STATUS_USAGE, "%s describes %s of the catalogue, not images", extractor->name,
                         feature_item_name(extractor->item));
    struct open_extractor open;
    enum status status = extractor_open(extractor, how, &open, error);
    for (int i = 0; status == STATUS_OK && cli_value_at(cli, "image", i); i++)
        status = print_image(&open, cli_value_at(cli, "image", i), error);
    extractor_close(&open);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const struct extractor *extractor = extractor_find(cli->arguments[0]);
    if (!extractor)
        return extractor_unknown(cli->arguments[0], error);
    struct extractor_options how = {.weights = cli_value(cli, "weights", NULL)};
    if (cli_value_at(cli, "image", 0))
        return print_images(cli, extractor, &how, error);
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = pool_create(cli->threads, &pool, error);
    how.pool = pool;
    if (status == STATUS_OK)
        status = feature_sets_make(catalogue, &extractor, 1, &how, &cli->progress, error);
    pool_destroy(pool);
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
