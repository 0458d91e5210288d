#include <string.h>

#include "app/content.h"
#include "cli/content_sound.h"
#include "core/file.h"
#include "db/export/exporter.h"

/* `sleeve content compare`: lists side by side, as a table, JSON or files. */

static void add_song(const struct content_list *list, size_t row, char after, struct buffer *out)
{
    if (row >= list->tracks.count) {
        buffer_add_byte(out, after);
        return;
    }
    cli_add_field(out, list->tracks.items[row].title, ' ');
    buffer_add_text(out, "/ ");
    cli_add_field(out, list->tracks.items[row].artist, after);
}

/* The lists are columns; the last row says how far each agrees with the true one, if there is one. */
static void add_columns(const struct content_comparison *comparison, struct buffer *out)
{
    size_t rows = 0;
    bool agree = false;
    buffer_add_text(out, "rank");
    for (int i = 0; i < comparison->n_lists; i++) {
        const struct content_list *list = &comparison->lists[i];
        buffer_printf(out, "\t%s%s", list->name, list->held_out ? " (held out)" : "");
        rows = list->tracks.count > rows ? list->tracks.count : rows;
        agree = agree || list->overlap >= 0;
    }
    buffer_add_byte(out, '\n');
    for (size_t row = 0; row < rows; row++) {
        buffer_printf(out, "%zu\t", row + 1);
        for (int i = 0; i < comparison->n_lists; i++)
            add_song(&comparison->lists[i], row, i + 1 < comparison->n_lists ? '\t' : '\n', out);
    }
    if (!agree)
        return;
    buffer_add_text(out, "true ones\tall");
    for (int i = 1; i < comparison->n_lists; i++)
        buffer_printf(out, "\t%lld of %zu, by chance %.2f", (long long)comparison->lists[i].overlap,
                      comparison->lists[i].tracks.count,
                      (double)comparison->lists[i].tracks.count * (double)comparison->lists[i].tracks.count /
                          (double)comparison->n_known);
    buffer_add_byte(out, '\n');
}

static void json_lists(const struct content_comparison *comparison, struct json_writer *json)
{
    json_array_begin(json);
    for (int i = 0; i < comparison->n_lists; i++) {
        const struct content_list *list = &comparison->lists[i];
        json_object_begin(json);
        json_pair_text(json, "name", list->name);
        json_pair_bool(json, "held_out", list->held_out);
        if (list->overlap >= 0)
            json_pair_integer(json, "in_true_list", list->overlap);
        json_key(json, "tracks");
        json_array_begin(json);
        for (size_t t = 0; t < list->tracks.count; t++) {
            json_object_begin(json);
            cli_json_track(json, &list->tracks.items[t]);
            json_key(json, "cosine");
            json_float(json, list->cosines[t]);
            json_object_end(json);
        }
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status print_comparison(const struct cli *cli, const struct content_comparison *comparison,
                                    struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        add_columns(comparison, &out);
        return cli_print_table(&out, error);
    }
    json_object_begin(&json);
    json_key(&json, "song");
    json_object_begin(&json);
    cli_json_track(&json, &comparison->tracks.items[0]);
    json_object_end(&json);
    json_pair_integer(&json, "known_tracks", comparison->n_known);
    json_key(&json, "lists");
    json_lists(comparison, &json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- files ---- */

/* By the end of the file's name; NULL: none has it. */
static const struct exporter *exporter_of(const char *path)
{
    for (size_t i = 0; exporters[i]; i++)
        if (exporters[i]->write && file_has_extension(path, exporters[i]->extension))
            return exporters[i];
    return NULL;
}

static const struct content_list *find_list(const struct content_comparison *comparison, const char *name)
{
    for (int i = 0; i < comparison->n_lists; i++)
        if (!name || strcmp(comparison->lists[i].name, name) == 0)
            return &comparison->lists[i];
    return NULL;
}

/* A list as a playlist; of a table without its first row if there is one before it. */
static enum status add_list(struct catalogue *catalogue, const struct content_list *list,
                            const struct exporter *exporter, struct buffer *out, struct error *error)
{
    struct buffer one = {0};
    const struct exported playlist = {.name = list->name, .tracks = &list->tracks};
    enum status status = export_tracks(catalogue, &playlist, exporter, &one, error);
    const char *line = out->size > 0 && one.data ? strchr(one.data, '\n') : NULL;
    const char *from = line ? line + 1 : one.data;
    if (status == STATUS_OK && from)
        buffer_add(out, from, one.size - (size_t)(from - one.data));
    buffer_free(&one);
    return status == STATUS_OK && out->failed ? error_no_memory(error) : status;
}

static enum status write_lists(const struct cli *cli, struct catalogue *catalogue,
                               const struct content_comparison *comparison, const char *path, struct error *error)
{
    const char *name = cli_value(cli, "list", NULL);
    const struct exporter *exporter = exporter_of(path);
    const struct content_list *chosen = find_list(comparison, name);
    struct buffer out = {0};
    enum status status = STATUS_OK;
    if (!exporter)
        return error_set(error, STATUS_USAGE,
                         "--out needs a file that ends in .csv, .m3u8, .xspf, .jspf or .txt, not \"%s\"", path);
    if (!chosen)
        return error_set(error, STATUS_USAGE,
                         "there is no list \"%.80s\" of this song; the lists are the columns of "
                         "the table",
                         name);
    const bool all = exporter == &exporter_csv && !name;
    for (int i = 0; i < comparison->n_lists && status == STATUS_OK; i++)
        if (all || &comparison->lists[i] == chosen)
            status = add_list(catalogue, &comparison->lists[i], exporter, &out, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &out, error);
    buffer_free(&out);
    return status;
}

enum status content_compare(struct cli *cli, const char *song, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct content_comparison comparison = {0};
    struct cli_device device;
    const char *model = cli_value(cli, "model", NULL), *path = cli_value(cli, "out", NULL);
    int64_t number;
    if (!model)
        return error_set(error, STATUS_USAGE, "content compare needs --model MODEL");
    if (cli_value(cli, "list", NULL) && !path)
        return error_set(error, STATUS_USAGE, "--list chooses the list of --out FILE");
    enum status status = cli_integer(cli, "number", 1, 1000, 10, &number, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_content_compare(catalogue, &device.use, model, song, (size_t)number, &comparison, error);
    if (status == STATUS_OK)
        status =
            path ? write_lists(cli, catalogue, &comparison, path, error) : print_comparison(cli, &comparison, error);
    if (status == STATUS_OK && comparison.n_left_out > 0)
        log_message(LOG_WARNING, "%d %s no list here; %s", comparison.n_left_out,
                    comparison.n_left_out == 1 ? "predictor has" : "predictors have", comparison.reason);
    content_comparison_free(&comparison);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}
