#include <stdlib.h>

#include "cli/commands.h"
#include "vision/embedder.h"

static const struct cli_option options[] = {
    {"image", 0, "FILE", "print the vector of this image instead (JSON lines; may be given several times)"},
};

static enum status print_image(const struct embedder *embedder, const char *path, struct error *error)
{
    struct image fitted = {0};
    float *values = malloc(sizeof *values * (size_t)embedder->dim);
    enum status status = values ? image_load_fitted(path, COVER_EDGE, &fitted, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = embedder->embed(&fitted, values, error);
    struct buffer out = {0};
    if (status == STATUS_OK) {
        struct json_writer json = {.out = &out};
        json_object_begin(&json);
        json_pair_text(&json, "path", path);
        json_pair_integer(&json, "dim", embedder->dim);
        json_key(&json, "values");
        json_array_begin(&json);
        for (int i = 0; i < embedder->dim; i++)
            json_float(&json, values[i]);
        json_array_end(&json);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
        status = cli_print(&out, error);
    }
    image_free(&fitted);
    free(values);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const struct embedder *embedder = embedder_find(cli->arguments[0]);
    if (!embedder) {
        struct buffer names = {0};
        for (const struct embedder *const *at = embedders; *at; at++)
            buffer_printf(&names, "%s%s", at == embedders ? "" : ", ", (*at)->name);
        enum status status = error_set(error, STATUS_USAGE, "there is no embedder \"%s\"; there are: %s",
                                       cli->arguments[0], names.data ? names.data : "");
        buffer_free(&names);
        return status;
    }
    enum status status = STATUS_OK;
    if (cli_value_at(cli, "image", 0)) {
        for (int i = 0; status == STATUS_OK && cli_value_at(cli, "image", i); i++)
            status = print_image(embedder, cli_value_at(cli, "image", i), error);
        return status;
    }
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = pool_create(cli->threads, &pool, error);
    if (status == STATUS_OK)
        status = embedding_sets_make(catalogue, &embedder, 1, pool, &cli->progress, error);
    pool_destroy(pool);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_embed = {
    .name = "embed",
    .arguments = "gray16|gist [--image FILE]...",
    .summary = "cover embeddings of the catalogue, or of single images",
    .details = "gray16: 16 x 16 grey values, standardised. gist: the colour GIST descriptor, 960 numbers.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
