#include "cli/commands.h"

struct printing {
    struct buffer out;
    struct json_writer json;
    bool as_json;
    int64_t count;
};

static void add_json(const struct album_row *row, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "key", row->key);
    json_pair_text(json, "album", row->title);
    json_pair_text(json, "artist", row->artist);
    cli_json_year(json, row->year);
    json_pair_integer(json, "tracks", row->n_tracks);
    json_pair_bool(json, "cover", row->reason[0] == '\0');
    if (row->reason[0])
        json_pair_text(json, "reason", row->reason);
    json_object_end(json);
}

static void add_row(const struct album_row *row, void *context)
{
    struct printing *printing = context;
    struct buffer *out = &printing->out;
    printing->count++;
    if (printing->as_json) {
        add_json(row, &printing->json);
        return;
    }
    cli_add_field(out, row->title, '\t');
    cli_add_field(out, row->artist, '\t');
    cli_add_year(out, row->year);
    buffer_printf(out, "\t%lld\t", (long long)row->n_tracks);
    cli_add_field(out, row->reason[0] ? row->reason : "yes", '\t');
    cli_add_key(out, row->key, '\n');
}

enum status cli_print_albums(struct cli *cli, const struct album_filter *filter, int64_t *count, struct error *error)
{
    struct printing printing = {.as_json = cli->json};
    struct catalogue *catalogue = NULL;
    printing.json.out = &printing.out;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (cli->json)
        json_array_begin(&printing.json);
    else
        buffer_add_text(&printing.out, "album\tartist\tyear\ttracks\tcover\tkey\n");
    if (status == STATUS_OK)
        status = catalogue_albums_list(catalogue, filter, add_row, &printing, error);
    catalogue_close(catalogue);
    *count = printing.count;
    if (cli->json) {
        json_array_end(&printing.json);
        buffer_add_byte(&printing.out, '\n');
    }
    if (status == STATUS_OK)
        return cli->json ? cli_print(&printing.out, error) : cli_print_table(&printing.out, error);
    buffer_free(&printing.out);
    return status;
}
