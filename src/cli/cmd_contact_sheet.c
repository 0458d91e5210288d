#include "app/contact_sheet.h"
#include "cli/commands.h"
#include "core/file.h"

static const struct cli_option options[] = {
    {"order", 0, "ORDER", "map (default), similarity, colour or random"},
    {"embedding", 0, "SET", "the embedding set of the orders map and similarity (default gist)"},
    {"number", 'n', "N", "how many covers, 1 to 2500 (default 1024)"},
    {"edge", 0, "PIXELS", "the size of a cover, 4 to 64 (default 16, larger in a grid of fewer than 32 columns)"},
    {"seed", 0, "S", "of the sample and of the t-SNE (default 42)"},
    {"out", 'o', "FILE.png|svg", "the figure to write"},
};

static enum status read_settings(const struct cli *cli, struct sheet_settings *settings, int64_t *edge,
                                 struct error *error)
{
    int64_t seed = 42;
    const char *order = cli_value(cli, "order", "map");
    settings->order = sheet_order_find(order);
    if (settings->order == SHEET_ORDER_COUNT)
        return error_set(error, STATUS_USAGE, "--order is map, similarity, colour or random, not %s", order);
    if (cli_flag(cli, "embedding") && (settings->order == SHEET_COLOUR || settings->order == SHEET_RANDOM))
        return error_set(error, STATUS_USAGE, "--order %s uses no embedding", order);
    enum status status = cli_integer(cli, "number", 1, SHEET_COVERS_MAX, SHEET_COVERS, &settings->n, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "edge", 4, SHEET_EDGE_MAX, 0, edge, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    settings->seed = (uint64_t)seed;
    return status;
}

/* A small collection fills a figure, too: 512 pixels, as far as covers may grow. */
static int default_edge(const struct contact_sheet *sheet)
{
    const int edge = SHEET_EDGE * 32 / (sheet->columns > 0 ? sheet->columns : 1);
    return edge < SHEET_EDGE ? SHEET_EDGE : edge > SHEET_EDGE_MAX ? SHEET_EDGE_MAX : edge;
}

static enum status print(const struct cli *cli, const struct contact_sheet *sheet, struct error *error)
{
    struct buffer out = {0};
    if (!cli->json) {
        buffer_printf(&out, "%s\n%s\n%s\n", sheet->title, sheet->caption[0], sheet->caption[1]);
        return cli_print(&out, error);
    }
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_integer(&json, "n", (int64_t)sheet->albums.count);
    json_pair_integer(&json, "rows", sheet->rows);
    json_pair_integer(&json, "columns", sheet->columns);
    json_pair_text(&json, "order", sheet_order_name(sheet->order));
    json_pair_bool(&json, "random_weights", sheet->random_weights);
    json_key(&json, "albums");
    json_array_begin(&json);
    for (size_t i = 0; i < sheet->albums.count; i++) {
        json_object_begin(&json);
        json_pair_integer(&json, "row", sheet->cells[i] / sheet->columns);
        json_pair_integer(&json, "column", sheet->cells[i] % sheet->columns);
        json_pair_text(&json, "key", sheet->albums.items[i].key);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    struct sheet_settings settings = {.set = cli_value(cli, "embedding", "gist"), .progress = &cli->progress};
    const char *out = cli_value(cli, "out", NULL);
    struct app *app = NULL;
    struct contact_sheet sheet = {0};
    int64_t edge;
    if (!out || !(file_has_extension(out, ".png") || file_has_extension(out, ".svg")))
        return error_set(error, STATUS_USAGE, "contact-sheet needs --out FILE ending in .png or .svg");
    enum status status = read_settings(cli, &settings, &edge, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = contact_sheet_make(app, &settings, &sheet, error);
    if (status == STATUS_OK)
        status = contact_sheet_write(app, &sheet, edge > 0 ? (int)edge : default_edge(&sheet), out, error);
    if (status == STATUS_OK)
        status = print(cli, &sheet, error);
    contact_sheet_free(&sheet);
    app_close(app);
    return status;
}

const struct command cli_command_contact_sheet = {
    .name = "contact-sheet",
    .arguments = "[--order map|similarity|colour|random] [--embedding SET] [-n N] --out FILE.png|svg",
    .summary = "write a sample of the covers in a grid as a figure",
    .details =
        "With --order map each cover is near its position in a t-SNE of the embedding: the covers are assigned to the\n"
        "cells of the grid so that the sum of squared distances is least. --order similarity makes rows in which\n"
        "neighbours are similar, --order colour sorts by hue from left to right and has light above dark covers.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
