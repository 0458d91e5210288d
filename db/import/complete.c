#include "db/import/complete.h"

#include <stdlib.h>

#include "db/playlists.h"

static bool is_part(const int64_t *part, size_t n_part, const int32_t *whole, size_t n_whole)
{
    size_t at = 0;
    for (size_t i = 0; at < n_part && i < n_whole; i++)
        at += part[at] == whole[i];
    return at == n_part;
}

enum status import_complete_playlist(struct catalogue *catalogue, struct ingest *ingest,
                                     const struct playlist_metadata *metadata, const int32_t *tracks, size_t count,
                                     struct import_report *report, bool *done, struct error *error)
{
    struct playlist_list known = {0};
    int64_t id = 0, *ids = NULL;
    size_t n_ids = 0;
    bool changed = false;
    *done = false;
    enum status status = catalogue_playlist_find(catalogue, metadata->key.data, &id, error);
    if (status == STATUS_OK && id > 0)
        status = catalogue_playlist_read(catalogue, id, &known, error);
    if (status == STATUS_OK && known.count == 1 && !known.items[0].own)
        status = catalogue_playlist_entries(catalogue, id, &ids, &n_ids, error);
    if (status == STATUS_OK && ids && n_ids < count && is_part(ids, n_ids, tracks, count)) {
        status = ingest_playlist_replace(ingest, id, metadata->name, tracks, count, &changed, error);
        *done = status == STATUS_OK && changed;
        report->matches.completed += *done;
    }
    free(ids);
    playlist_list_free(&known);
    return status;
}

enum status import_commit(struct ingest *ingest, struct import_report *report, const struct import_file *file,
                          bool again, struct error *error)
{
    if (report->matches.unmatched == 0 && !again)
        return ingest_commit(ingest, file, error);
    enum status status = ingest_commit(ingest, NULL, error);
    if (status == STATUS_OK) {
        report->files++;
        report->bytes += file->size;
    }
    return status;
}
