#include "app/lookup.h"
#include "app/track_attributes.h"
#include "cli/commands.h"

static void add_pair(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, "%s\t", name);
    cli_add_field(out, value, '\n');
}

static enum status print_track(const struct track *track, const struct album_list *albums,
                               const struct track_attributes *attributes, struct error *error)
{
    struct buffer out = {0}, text = {0};
    add_pair(&out, "track", track->title);
    add_pair(&out, "artist", track->artist);
    add_pair(&out, "album", track->album);
    buffer_add_text(&out, "album key\t");
    cli_add_key(&out, albums->count > 0 ? albums->items[0].key : "", '\n');
    buffer_add_text(&out, "time\t");
    cli_add_duration(&out, track->duration_ms);
    buffer_add_text(&out, "\nyear\t");
    cli_add_year(&out, track->year);
    buffer_printf(&out, "\nplaylists\t%lld\n", (long long)track->n_playlists);
    track_attributes_describe(attributes, &text);
    if (text.size > 0)
        add_pair(&out, "attributes", text.data);
    buffer_free(&text);
    buffer_add_text(&out, "key\t");
    cli_add_key(&out, track->key, '\n');
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct item item = {0};
    struct track_attributes attributes = {.any = false};
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = lookup_item(catalogue, cli->arguments[0], &item, error);
    if (status == STATUS_OK && item.kind == ITEM_TRACK)
        status = track_attributes_read(catalogue, item.tracks.items[0].id, &attributes, error);
    catalogue_close(catalogue);
    if (status == STATUS_OK && item.kind == ITEM_TRACK && !cli->json)
        status = print_track(&item.tracks.items[0], &item.albums, &attributes, error);
    else if (status == STATUS_OK)
        status = cli_print_tracks(cli, &item.tracks, error);
    item_free(&item);
    return status;
}

const struct command cli_command_show = {
    .name = "show",
    .arguments = "KEY",
    .summary = "show a track's metadata, or the tracks of an album or a playlist",
    .details = "KEY is a key, a link or a Spotify id; a playlist may also be given by a name that only one has. A "
               "track is shown\n"
               "with the key of its album; `sleeve search TEXT --albums` finds those of others.",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
