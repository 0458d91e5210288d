#include <stdlib.h>
#include <string.h>

#include "db/export/exporter.h"
#include "db/export/music_files.h"
#include "db/export/other_ids.h"

#define EXPORTER_ROW(name) &exporter_##name,
const struct exporter *const exporters[] = {EXPORTERS(EXPORTER_ROW) NULL};

/* The names of the exporters, or only of those that guard formulas: "a, b or c". */
static void add_names(bool guards, struct buffer *out)
{
    const struct exporter *rows[sizeof exporters / sizeof *exporters];
    size_t n = 0;
    for (const struct exporter *const *at = exporters; *at; at++)
        if (!guards || (*at)->guards)
            rows[n++] = *at;
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", rows[i]->name);
}

enum status exporter_find(const char *name, bool spreadsheet, const struct exporter **exporter, struct error *error)
{
    struct buffer names = {0};
    const struct exporter *const *at = exporters;
    while (*at && strcmp((*at)->name, name) != 0)
        at++;
    *exporter = *at;
    if (*at && (!spreadsheet || (*at)->guards))
        return STATUS_OK;
    add_names(*at != NULL, &names);
    if (*at)
        error_set(error, STATUS_USAGE, "--spreadsheet is for %s; %s is not for spreadsheets",
                  names.data ? names.data : "", name);
    else
        error_set(error, STATUS_USAGE, "export writes %s, not \"%s\"", names.data ? names.data : "", name);
    buffer_free(&names);
    return STATUS_USAGE;
}

void export_add_line(struct buffer *out, const char *text)
{
    for (; *text; text++)
        buffer_add_byte(out, *text == '\n' || *text == '\r' ? ' ' : *text);
}

/* The id by which an import makes the same playlist: its key, if that differs from its name. Keys that begin with
 * "own:" belong to the explorer, so a playlist whose name begins so gets another id. */
static void add_id(const struct playlist *playlist, struct buffer *id)
{
    if (!playlist->own && strcmp(playlist->key, playlist->name) != 0)
        buffer_add_text(id, playlist->key);
    else if (strncmp(playlist->name, "own:", 4) == 0)
        buffer_printf(id, "\\%s", playlist->name);
}

enum status export_tracks(struct catalogue *catalogue, const struct exported *list, const struct exporter *exporter,
                          struct buffer *out, struct error *error)
{
    struct exported whole = *list;
    struct arena memory = {0};
    enum status status = STATUS_OK;
    if (exporter->files)
        status = export_music_files(catalogue, list->tracks, &memory, &whole.files, error);
    if (status == STATUS_OK && exporter->ids)
        status = export_other_ids(catalogue, list->tracks, &memory, &whole.ids, error);
    if (status == STATUS_OK)
        status = exporter->write(&whole, out, error);
    arena_free(&memory);
    return status;
}

enum status export_playlist(struct catalogue *catalogue, int64_t playlist_id, const struct exporter *exporter,
                            bool spreadsheet, struct buffer *out, struct error *error)
{
    struct playlist_list playlist = {0};
    struct track_list tracks = {0};
    struct buffer id = {0};
    int64_t *ids = NULL;
    size_t count;
    enum status status = catalogue_playlist_read(catalogue, playlist_id, &playlist, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(catalogue, playlist_id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, &tracks, error);
    if (status == STATUS_OK)
        add_id(&playlist.items[0], &id);
    if (id.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = export_tracks(
            catalogue,
            &(struct exported){
                .name = playlist.items[0].name, .id = id.data, .tracks = &tracks, .spreadsheet = spreadsheet},
            exporter, out, error);
    buffer_free(&id);
    free(ids);
    track_list_free(&tracks);
    playlist_list_free(&playlist);
    return status;
}
