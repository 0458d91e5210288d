/* The end of a transaction: counts, totals, fingerprint and log. */
#include "db/ingest/internal.h"

static size_t run_of(const int32_t *sorted, size_t count, size_t at, int32_t track)
{
    size_t end = at;
    while (end < count && sorted[end] == track)
        end++;
    return end - at;
}

/* In order of the numbers, so that the pages of track_counts are visited one after another. */
static enum status write_counts(struct ingest *ingest, struct error *error)
{
    int32_t *entries = numbers(&ingest->counted), *listed = numbers(&ingest->listed);
    size_t n_entries = ingest->counted.size / 4, n_listed = ingest->listed.size / 4;
    if (n_entries == 0)
        return STATUS_OK;
    entries_sort(entries, n_entries);
    entries_sort(listed, n_listed);
    enum status status = STATUS_OK;
    for (size_t e = 0, p = 0; status == STATUS_OK && e < n_entries;) {
        size_t in_entries = run_of(entries, n_entries, e, entries[e]);
        size_t in_playlists = run_of(listed, n_listed, p, entries[e]);
        sqlite3_stmt *statement = ingest->statements[SQL_COUNTS];
        sqlite3_bind_int(statement, 1, entries[e]);
        sqlite3_bind_int64(statement, 2, (int64_t)in_playlists);
        sqlite3_bind_int64(statement, 3, (int64_t)in_entries);
        status = ingest_insert(ingest, SQL_COUNTS, error);
        e += in_entries;
        p += in_playlists;
    }
    buffer_clear(&ingest->counted);
    buffer_clear(&ingest->listed);
    return status;
}

static enum status write_state(struct ingest *ingest, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        ingest->catalogue,
        "UPDATE state SET generation = generation + 1, n_playlists = n_playlists + ?, n_entries = n_entries + ?,"
        " n_repeats = n_repeats + ?, hash_a = ?, hash_b = ?, hash_length = ?, hash_tracks = ?",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    const struct sums *sums = &ingest->sums;
    const int64_t values[7] = {sums->playlists,
                               sums->entries + sums->more_entries,
                               sums->repeats + sums->more_repeats,
                               (int64_t)ingest->hash.a,
                               (int64_t)ingest->hash.b,
                               (int64_t)ingest->hash.length,
                               ingest->tracks.identities.count};
    for (int i = 0; i < 7; i++)
        sqlite3_bind_int64(statement, 1 + i, values[i]);
    status = database_step_done(ingest->catalogue, statement, "import", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK || sums->tracks == 0)
        return status;
    char text[33];
    hash_end(ingest->hash, text);
    status = database_prepare(ingest->catalogue, "INSERT INTO fingerprints VALUES (?, ?)", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(statement, 1, ingest->tracks.identities.count);
    sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
    status = database_step_done(ingest->catalogue, statement, "import", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status write_log(struct ingest *ingest, const struct import_file *file, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        ingest->catalogue,
        "INSERT INTO imports (format, name, size, hash, playlists, entries, skipped) VALUES (?, ?, ?, ?, ?, ?, ?)",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, file->format, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_text(statement, 4, file->hash, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 5, ingest->sums.playlists);
    sqlite3_bind_int64(statement, 6, ingest->sums.entries);
    sqlite3_bind_int64(statement, 7, ingest->report->skipped - ingest->sums.skipped_before);
    status = database_step_done(ingest->catalogue, statement, "import", error);
    sqlite3_finalize(statement);
    return status;
}

enum status ingest_commit(struct ingest *ingest, const struct import_file *file, struct error *error)
{
    enum status status = write_counts(ingest, error);
    if (status == STATUS_OK)
        status = write_state(ingest, error);
    if (status == STATUS_OK && file)
        status = write_log(ingest, file, error);
    if (status == STATUS_OK && ingest->genres)
        status = genres_of_albums(ingest->catalogue, error);
    if (status == STATUS_OK)
        status = database_forget_artwork(ingest->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(ingest->catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct import_report *report = ingest->report;
    report->files += file != NULL;
    report->bytes += file ? file->size : 0;
    report->playlists += ingest->sums.playlists;
    report->entries += ingest->sums.entries;
    report->repeats += ingest->sums.repeats;
    report->new_artists += ingest->sums.artists;
    report->new_albums += ingest->sums.albums;
    report->new_tracks += ingest->sums.tracks;
    return STATUS_OK;
}
