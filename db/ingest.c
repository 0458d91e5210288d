#include "db/ingest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "db/import/note.h"
#include "db/named.h"

enum statement {
    ARTIST,
    ALBUM,
    ALBUM_DATE,
    TRACK,
    TRACK_METADATA,
    AUDIO,
    PLAYLIST,
    ENTRIES,
    COUNTS,
    GENRE,
    PLAYLIST_GENRE,
    KNOWN,
    PLAYLIST_KNOWN,
    PLAYLIST_TRACKS,
    ARTIST_NAME,
    ALBUM_TITLE,
    TRACK_TITLE,
    ARTIST_ALIAS,
    ALBUM_ALIAS,
    TRACK_ALIAS,
    STATEMENTS
};

static const char *const statement_sql[STATEMENTS] = {
    [ARTIST] = "INSERT INTO artists (id, key, name) VALUES (?, ?, ?)",
    [ALBUM] = "INSERT INTO albums (id, key, title, artist_id, release_date) VALUES (?, ?, ?, ?, ?)",
    [TRACK] = "INSERT INTO tracks (id, key, title, artist_id, album_id, duration_ms, popularity)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
    [ALBUM_DATE] = "UPDATE albums SET release_date = coalesce(release_date, ?) WHERE id = ?",
    [TRACK_METADATA] = "UPDATE tracks SET album_id = coalesce(album_id, ?), duration_ms = coalesce(duration_ms, ?),"
                       " popularity = coalesce(popularity, ?) WHERE id = ?",
    [AUDIO] = "INSERT OR IGNORE INTO track_audio VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [PLAYLIST] = "INSERT INTO playlists (key, name, own, n_entries, n_repeats, duration_ms, description, modified,"
                 " followers, edits, collaborative) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)"
                 " ON CONFLICT (key) DO NOTHING",
    [ENTRIES] = "INSERT INTO playlist_entries (playlist_id, tracks) VALUES (?, ?)",
    [COUNTS] = "INSERT INTO track_counts VALUES (?1, ?2, ?3) ON CONFLICT (track_id) DO UPDATE"
               " SET n_playlists = n_playlists + ?2, n_entries = n_entries + ?3",
    [GENRE] = "INSERT INTO genres (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = ?1 RETURNING id",
    [PLAYLIST_GENRE] = "INSERT OR IGNORE INTO playlist_genres VALUES (?, ?, ?)",
    [KNOWN] = "SELECT 1 FROM imports WHERE format = ? AND name = ? AND size = ? AND hash = ?",
    [PLAYLIST_KNOWN] = "SELECT id FROM playlists WHERE key = ?",
    [PLAYLIST_TRACKS] = "SELECT tracks FROM playlist_entries WHERE playlist_id = ?",
    [ARTIST_NAME] = "SELECT name FROM artists WHERE id = ?",
    [ALBUM_TITLE] = "SELECT title FROM albums WHERE id = ?",
    [TRACK_TITLE] = "SELECT title FROM tracks WHERE id = ?",
    [ARTIST_ALIAS] = "INSERT INTO artist_aliases VALUES (?, ?)",
    [ALBUM_ALIAS] = "INSERT INTO album_aliases VALUES (?, ?)",
    [TRACK_ALIAS] = "INSERT INTO track_aliases VALUES (?, ?)",
};

/* The names that a track was first met with, beside its own title. */
struct credits {
    int32_t artist, album; /* album 0: none */
};

/* What the open transaction adds. */
struct sums {
    int64_t playlists, entries, repeats, artists, albums, tracks, skipped_before;
};

struct ingest {
    struct catalogue *catalogue;
    struct import_report *report;
    sqlite3_stmt *statements[STATEMENTS];
    struct named artists, albums, tracks;
    struct buffer credits;   /* struct credits by track number - 1 */
    struct buffer durations; /* int32 by track number - 1, -1 where unknown */
    struct buffer lacking;   /* a byte by track number - 1: LACKS_... */
    struct buffer undated;   /* a byte by album number - 1: 1 where the release date is unknown */
    struct buffer counted;   /* int32 track numbers: one for each entry of the open transaction */
    struct buffer listed;    /* the same, one for each playlist that holds the track */
    struct buffer scratch, packed, key;
    struct id_map genre_keys; /* of the genres' names, as text_key gives them */
    struct buffer genre_ids;  /* int64 by number in genre_keys - 1 */
    struct {
        const char *where, *unit;
        int64_t number;
    } place; /* of what is handed in */
    struct sums sums;
    struct hash hash;
    bool genres;
};

static int32_t *numbers(const struct buffer *buffer)
{
    return (int32_t *)(void *)buffer->data;
}

static struct text column(sqlite3_stmt *row, int number)
{
    const char *text = (const char *)sqlite3_column_text(row, number);
    return (struct text){text, (size_t)sqlite3_column_bytes(row, number)};
}

static struct credits *credits_of(const struct ingest *ingest, int32_t track)
{
    return (struct credits *)(void *)ingest->credits.data + track - 1;
}

static void load_nothing(struct ingest *ingest, sqlite3_stmt *row)
{
    (void)ingest;
    (void)row;
}

static void load_album(struct ingest *ingest, sqlite3_stmt *row)
{
    buffer_add_byte(&ingest->undated, (char)sqlite3_column_int(row, 3));
}

static void load_track(struct ingest *ingest, sqlite3_stmt *row)
{
    const int32_t duration = sqlite3_column_type(row, 4) == SQLITE_NULL ? -1 : sqlite3_column_int(row, 4);
    const struct credits credits = {sqlite3_column_int(row, 5), sqlite3_column_int(row, 6)};
    buffer_add_byte(&ingest->lacking, (char)sqlite3_column_int(row, 3));
    buffer_add(&ingest->durations, &duration, sizeof duration);
    buffer_add(&ingest->credits, &credits, sizeof credits);
}

/* Artists, albums or tracks: rows of number, key, name and what `load` reads, and their aliases, both by number. */
struct source {
    const char *rows, *aliases;
    void (*load)(struct ingest *ingest, sqlite3_stmt *row);
};

static enum status load_row(struct ingest *ingest, const struct source *source, struct named *named, sqlite3_stmt *row,
                            struct text alias, struct error *error)
{
    struct text key = column(row, 1), name = column(row, 2);
    const struct text none = {"", 0};
    if (!named_add(named, key.data ? key : none, alias, name.data ? name : none))
        return error_no_memory(error);
    if (named->identities.count != sqlite3_column_int64(row, 0))
        return error_set(error, STATUS_BAD_DATA, "the numbers in %s have holes; 'sleeve doctor' says more",
                         ingest->catalogue->path);
    source->load(ingest, row);
    return STATUS_OK;
}

static enum status load_rows(struct ingest *ingest, const struct source *source, struct named *named,
                             struct error *error)
{
    struct catalogue *catalogue = ingest->catalogue;
    sqlite3_stmt *rows = NULL, *aliases = NULL;
    bool row = false, alias = false;
    enum status status = database_prepare(catalogue, source->rows, &rows, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, source->aliases, &aliases, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int(rows, 1, named->identities.count);
        sqlite3_bind_int(aliases, 1, named->identities.count);
        status = database_step_row(catalogue, aliases, &alias, "read the aliases", error);
    }
    while (status == STATUS_OK) {
        status = database_step_row(catalogue, rows, &row, "read the keys", error);
        if (status != STATUS_OK || !row)
            break;
        bool has_alias = alias && sqlite3_column_int64(aliases, 0) == sqlite3_column_int64(rows, 0);
        struct text none = {NULL, 0};
        status = load_row(ingest, source, named, rows, has_alias ? column(aliases, 1) : none, error);
        if (status == STATUS_OK && has_alias)
            status = database_step_row(catalogue, aliases, &alias, "read the aliases", error);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(aliases);
    return status;
}

/* Reads the keys that came since the maps were read: all of them first, later those of another program. */
static enum status catch_up(struct ingest *ingest, struct error *error)
{
    static const struct source artists = {"SELECT id, key, name FROM artists WHERE id > ? ORDER BY id",
                                          "SELECT id, alias FROM artist_aliases WHERE id > ? ORDER BY id",
                                          load_nothing};
    static const struct source albums = {
        "SELECT id, key, title, release_date IS NULL FROM albums WHERE id > ? ORDER BY id",
        "SELECT id, alias FROM album_aliases WHERE id > ? ORDER BY id", load_album};
    static const struct source tracks = {
        "SELECT id, tracks.key, title, (album_id IS NULL) + 2 * (duration_ms IS NULL) + 4 * (popularity IS NULL)"
        " + 8 * (f.track_id IS NULL), duration_ms, artist_id, album_id"
        " FROM tracks LEFT JOIN track_audio f ON f.track_id = id WHERE id > ? ORDER BY id",
        "SELECT id, alias FROM track_aliases WHERE id > ? ORDER BY id", load_track};
    enum status status = load_rows(ingest, &artists, &ingest->artists, error);
    if (status == STATUS_OK)
        status = load_rows(ingest, &albums, &ingest->albums, error);
    if (status == STATUS_OK)
        status = load_rows(ingest, &tracks, &ingest->tracks, error);
    bool failed =
        ingest->undated.failed || ingest->lacking.failed || ingest->durations.failed || ingest->credits.failed;
    return status == STATUS_OK && failed ? error_no_memory(error) : status;
}

enum status ingest_open(struct catalogue *catalogue, struct import_report *report, struct ingest **out,
                        struct error *error)
{
    struct ingest *ingest = calloc(1, sizeof *ingest);
    *out = ingest;
    if (!ingest)
        return error_no_memory(error);
    ingest->catalogue = catalogue;
    ingest->report = report;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < STATEMENTS; i++)
        status = database_prepare(catalogue, statement_sql[i], &ingest->statements[i], error);
    if (status == STATUS_OK)
        status = catch_up(ingest, error);
    return status;
}

void ingest_close(struct ingest *ingest)
{
    if (!ingest)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(ingest->statements[i]);
    named_free(&ingest->artists);
    named_free(&ingest->albums);
    named_free(&ingest->tracks);
    buffer_free(&ingest->credits);
    buffer_free(&ingest->durations);
    buffer_free(&ingest->lacking);
    buffer_free(&ingest->undated);
    buffer_free(&ingest->counted);
    buffer_free(&ingest->listed);
    buffer_free(&ingest->scratch);
    buffer_free(&ingest->packed);
    buffer_free(&ingest->key);
    id_map_free(&ingest->genre_keys);
    buffer_free(&ingest->genre_ids);
    free(ingest);
}

static void bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    sqlite3_bind_text64(statement, parameter, text.data ? text.data : "", text.size, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_known(sqlite3_stmt *statement, int parameter, int64_t value)
{
    if (value >= 0)
        sqlite3_bind_int64(statement, parameter, value);
    else
        sqlite3_bind_null(statement, parameter);
}

static enum status insert(struct ingest *ingest, enum statement which, struct error *error)
{
    return database_step_done(ingest->catalogue, ingest->statements[which], "import", error);
}

enum status ingest_known(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[KNOWN];
    sqlite3_bind_text(statement, 1, file->format, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_text(statement, 4, file->hash, -1, SQLITE_STATIC);
    enum status status = database_step_row(ingest->catalogue, statement, known, "read the log of imports", error);
    sqlite3_reset(statement);
    return status;
}

static enum status prepare(struct ingest *ingest, struct error *error)
{
    int64_t hashed = 0;
    enum status status = catch_up(ingest, error);
    if (status == STATUS_OK)
        status = database_hash_read(ingest->catalogue, &ingest->hash, &hashed, error);
    if (status == STATUS_OK && hashed != ingest->tracks.identities.count)
        status =
            error_set(error, STATUS_BAD_DATA, "the fingerprint in %s is not of its tracks; 'sleeve doctor' says more",
                      ingest->catalogue->path);
    ingest->sums = (struct sums){.skipped_before = ingest->report->skipped};
    return status;
}

enum status ingest_begin(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error)
{
    enum status status = catalogue_begin(ingest->catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ingest_known(ingest, file, known, error);
    if (status == STATUS_OK && !*known)
        status = prepare(ingest, error);
    if (status != STATUS_OK || *known)
        catalogue_rollback(ingest->catalogue);
    return status;
}

void ingest_rollback(struct ingest *ingest)
{
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_reset(ingest->statements[i]);
    catalogue_rollback(ingest->catalogue);
}

/* ---- what is read otherwise than it is kept ---- */

void ingest_at(struct ingest *ingest, const char *where, const char *unit, int64_t place)
{
    ingest->place.where = where;
    ingest->place.unit = unit;
    ingest->place.number = place;
}

static void ignore(struct ingest *ingest, const char *reason, const char *kept, const char *ignored)
{
    import_ignored(ingest->report, reason, kept, ignored, ingest->place.where ? ingest->place.where : "",
                   ingest->place.unit ? ingest->place.unit : "", ingest->place.number);
}

/* A name that differs from the one kept: is it another one or another spelling? */
static enum status ignore_name(struct ingest *ingest, enum statement which, int32_t id, struct text name,
                               const char *other, const char *spelling, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[which];
    bool row;
    sqlite3_bind_int(statement, 1, id);
    enum status status = database_step_row(ingest->catalogue, statement, &row, "compare names", error);
    if (row) {
        struct text kept = column(statement, 0);
        struct buffer ignored = {0}, a = {0}, b = {0};
        buffer_add(&ignored, name.data, name.size);
        text_key(kept.data ? kept.data : "", kept.size, &a);
        text_key(name.data, name.size, &b);
        bool same = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
        if (ignored.failed || a.failed || b.failed)
            status = error_no_memory(error);
        else
            ignore(ingest, same ? spelling : other, kept.data ? kept.data : "", ignored.data);
        buffer_free(&ignored);
        buffer_free(&a);
        buffer_free(&b);
    }
    sqlite3_reset(statement);
    return status;
}

static enum status compare_artist(struct ingest *ingest, int32_t id, struct text name, const char *other,
                                  struct error *error)
{
    if (name.size == 0 || named_is(&ingest->artists, id, name))
        return STATUS_OK;
    return ignore_name(ingest, ARTIST_NAME, id, name, other, "the same artist, written differently", error);
}

static enum status compare_album(struct ingest *ingest, int32_t id, struct text title, const char *other,
                                 struct error *error)
{
    if (title.size == 0 || id == 0 || named_is(&ingest->albums, id, title))
        return STATUS_OK;
    return ignore_name(ingest, ALBUM_TITLE, id, title, other, "the same album, written differently", error);
}

/* Of a track that is there. Durations are rounded differently by different programs. */
static void compare_duration(struct ingest *ingest, const struct track_metadata *metadata, int32_t id)
{
    enum { ROUNDING_MS = 1000 };
    int32_t kept = numbers(&ingest->durations)[id - 1], read = metadata->duration_ms;
    if (kept < 0 || read < 0 || (kept > read ? kept - read : read - kept) < ROUNDING_MS)
        return;
    char texts[2][24];
    const int seconds[2] = {kept / 1000, read / 1000};
    for (int i = 0; i < 2; i++)
        sqlite3_snprintf(sizeof texts[i], texts[i], "%d:%02d", seconds[i] / 60, seconds[i] % 60);
    ignore(ingest, metadata->of_names ? "same title and artist, another duration" : "same id, another duration",
           texts[0], texts[1]);
}

enum status ingest_track_compare(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                 struct error *error)
{
    const struct credits credits = *credits_of(ingest, id);
    enum status status = STATUS_OK;
    compare_duration(ingest, metadata, id);
    if (metadata->title.size > 0 && !named_is(&ingest->tracks, id, metadata->title))
        status = ignore_name(ingest, TRACK_TITLE, id, metadata->title, "same id, another title",
                             "the same title, written differently", error);
    /* Those of the same number were compared when they were handed in. */
    if (status == STATUS_OK && metadata->artist != credits.artist)
        status = compare_artist(ingest, credits.artist, metadata->artist_name, "same id, another artist", error);
    if (status == STATUS_OK && metadata->album != credits.album)
        status = compare_album(ingest, credits.album, metadata->album_title,
                               metadata->of_names ? "same title and artist, another album" : "same id, another album",
                               error);
    return status;
}

/* ---- artists, albums and tracks ---- */

/* Gives a new row its number and key. */
static enum status add_row(struct ingest *ingest, struct named *named, struct text identity, struct text name,
                           struct text *key, int32_t *id, bool *has_alias, struct error *error)
{
    *key = named_key(named, identity, &ingest->key, has_alias);
    if (ingest->key.failed || !named_add(named, *key, *has_alias ? identity : (struct text){NULL, 0}, name))
        return error_no_memory(error);
    *id = named->identities.count;
    return STATUS_OK;
}

static enum status insert_alias(struct ingest *ingest, enum statement which, int32_t id, struct text identity,
                                struct error *error)
{
    sqlite3_bind_int(ingest->statements[which], 1, id);
    bind_text(ingest->statements[which], 2, identity);
    return insert(ingest, which, error);
}

enum status ingest_artist(struct ingest *ingest, struct text identity, struct text name, int32_t *id,
                          struct error *error)
{
    *id = named_find(&ingest->artists, identity);
    if (*id != 0)
        return compare_artist(ingest, *id, name, "same artist id, another name", error);
    struct text key;
    bool has_alias;
    enum status status = add_row(ingest, &ingest->artists, identity, name, &key, id, &has_alias, error);
    if (status != STATUS_OK)
        return status;
    ingest->sums.artists++;
    sqlite3_stmt *statement = ingest->statements[ARTIST];
    sqlite3_bind_int(statement, 1, *id);
    bind_text(statement, 2, key);
    bind_text(statement, 3, name);
    status = insert(ingest, ARTIST, error);
    return status == STATUS_OK && has_alias ? insert_alias(ingest, ARTIST_ALIAS, *id, identity, error) : status;
}

static enum status date_album(struct ingest *ingest, int32_t id, struct text date, struct error *error)
{
    char *undated = &ingest->undated.data[id - 1];
    if (!*undated || date.size == 0)
        return STATUS_OK;
    *undated = 0;
    bind_text(ingest->statements[ALBUM_DATE], 1, date);
    sqlite3_bind_int(ingest->statements[ALBUM_DATE], 2, id);
    return insert(ingest, ALBUM_DATE, error);
}

enum status ingest_album(struct ingest *ingest, const struct album_metadata *metadata, int32_t *id, struct error *error)
{
    *id = named_find(&ingest->albums, metadata->key);
    if (*id != 0) {
        enum status status = compare_album(ingest, *id, metadata->title, "same album id, another title", error);
        return status == STATUS_OK ? date_album(ingest, *id, metadata->release_date, error) : status;
    }
    if (metadata->artist == 0)
        return STATUS_OK;
    struct text key;
    bool has_alias;
    enum status status = add_row(ingest, &ingest->albums, metadata->key, metadata->title, &key, id, &has_alias, error);
    buffer_add_byte(&ingest->undated, metadata->release_date.size == 0);
    if (status != STATUS_OK || ingest->undated.failed)
        return error_no_memory(error);
    ingest->sums.albums++;
    sqlite3_stmt *statement = ingest->statements[ALBUM];
    sqlite3_bind_int(statement, 1, *id);
    bind_text(statement, 2, key);
    bind_text(statement, 3, metadata->title);
    sqlite3_bind_int(statement, 4, metadata->artist);
    if (metadata->release_date.size > 0)
        bind_text(statement, 5, metadata->release_date);
    else
        sqlite3_bind_null(statement, 5);
    status = insert(ingest, ALBUM, error);
    return status == STATUS_OK && has_alias ? insert_alias(ingest, ALBUM_ALIAS, *id, metadata->key, error) : status;
}

int32_t ingest_track_find(const struct ingest *ingest, struct text key)
{
    return named_find(&ingest->tracks, key);
}

int ingest_track_lacks(const struct ingest *ingest, int32_t id)
{
    return ingest->lacking.data[id - 1];
}

static enum status insert_audio(struct ingest *ingest, int32_t id, const float *audio, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[AUDIO];
    sqlite3_bind_int(statement, 1, id);
    for (int i = 0; i < AUDIO_FEATURES; i++) {
        if (isfinite(audio[i]))
            sqlite3_bind_double(statement, 2 + i, (double)audio[i]);
        else
            sqlite3_bind_null(statement, 2 + i);
    }
    return insert(ingest, AUDIO, error);
}

static int metadata_lacks(const struct track_metadata *metadata)
{
    bool audio = false;
    for (int i = 0; metadata->audio && i < AUDIO_FEATURES; i++)
        audio |= isfinite(metadata->audio[i]) != 0;
    return (metadata->album > 0 ? 0 : LACKS_ALBUM) | (metadata->duration_ms >= 0 ? 0 : LACKS_DURATION) |
           (metadata->popularity >= 0 ? 0 : LACKS_POPULARITY) | (audio ? 0 : LACKS_AUDIO);
}

/* Gives a track that is there the metadata that it lacks. */
static enum status complete_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                  struct error *error)
{
    char *lacking = &ingest->lacking.data[id - 1];
    int lacks = *lacking, still = lacks & metadata_lacks(metadata), found = lacks & ~still;
    if (found == 0)
        return STATUS_OK;
    *lacking = (char)still;
    if (found & LACKS_DURATION)
        numbers(&ingest->durations)[id - 1] = metadata->duration_ms;
    if (found & LACKS_ALBUM)
        credits_of(ingest, id)->album = metadata->album;
    ingest->genres |= (found & LACKS_ALBUM) != 0; /* an album that gets a track may get a genre */
    sqlite3_stmt *statement = ingest->statements[TRACK_METADATA];
    bind_known(statement, 1, metadata->album > 0 ? metadata->album : -1);
    bind_known(statement, 2, metadata->duration_ms);
    bind_known(statement, 3, metadata->popularity);
    sqlite3_bind_int(statement, 4, id);
    enum status status = insert(ingest, TRACK_METADATA, error);
    return status == STATUS_OK && (found & LACKS_AUDIO) ? insert_audio(ingest, id, metadata->audio, error) : status;
}

static enum status insert_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                struct text key, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[TRACK];
    sqlite3_bind_int(statement, 1, id);
    bind_text(statement, 2, key);
    bind_text(statement, 3, metadata->title);
    sqlite3_bind_int(statement, 4, metadata->artist);
    bind_known(statement, 5, metadata->album > 0 ? metadata->album : -1);
    bind_known(statement, 6, metadata->duration_ms);
    bind_known(statement, 7, metadata->popularity);
    return insert(ingest, TRACK, error);
}

enum status ingest_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t *id, struct error *error)
{
    *id = named_find(&ingest->tracks, metadata->key);
    if (*id != 0) {
        enum status status = ingest_track_compare(ingest, metadata, *id, error);
        return status == STATUS_OK ? complete_track(ingest, metadata, *id, error) : status;
    }
    const int lacks = metadata_lacks(metadata);
    const struct credits credits = {metadata->artist, metadata->album};
    struct text key;
    bool has_alias;
    enum status status = add_row(ingest, &ingest->tracks, metadata->key, metadata->title, &key, id, &has_alias, error);
    buffer_add(&ingest->durations, &metadata->duration_ms, sizeof metadata->duration_ms);
    buffer_add(&ingest->credits, &credits, sizeof credits);
    buffer_add_byte(&ingest->lacking, (char)lacks);
    if (status != STATUS_OK || ingest->durations.failed || ingest->credits.failed || ingest->lacking.failed)
        return error_no_memory(error);
    ingest->sums.tracks++;
    database_hash_key(&ingest->hash, key.data, key.size);
    status = insert_track(ingest, metadata, *id, key, error);
    if (status == STATUS_OK && has_alias)
        status = insert_alias(ingest, TRACK_ALIAS, *id, metadata->key, error);
    return status == STATUS_OK && !(lacks & LACKS_AUDIO) ? insert_audio(ingest, *id, metadata->audio, error) : status;
}

static enum status insert_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, size_t count,
                                   size_t repeats, int64_t duration, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[PLAYLIST];
    bind_text(statement, 1, metadata->key);
    bind_text(statement, 2, metadata->name);
    sqlite3_bind_int64(statement, 3, (int64_t)count);
    sqlite3_bind_int64(statement, 4, (int64_t)repeats);
    sqlite3_bind_int64(statement, 5, duration);
    if (metadata->description.data)
        bind_text(statement, 6, metadata->description);
    else
        sqlite3_bind_null(statement, 6);
    bind_known(statement, 7, metadata->modified);
    bind_known(statement, 8, metadata->followers);
    bind_known(statement, 9, metadata->edits);
    bind_known(statement, 10, metadata->collaborative);
    enum status status = insert(ingest, PLAYLIST, error);
    *id = status == STATUS_OK && sqlite3_changes(ingest->catalogue->db) > 0
              ? sqlite3_last_insert_rowid(ingest->catalogue->db)
              : 0;
    return status;
}

static enum status find_playlist(struct ingest *ingest, struct text key, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[PLAYLIST_KNOWN];
    bool row;
    bind_text(statement, 1, key);
    enum status status = database_step_row(ingest->catalogue, statement, &row, "look for a playlist", error);
    *id = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return status;
}

enum status ingest_playlist_known(struct ingest *ingest, struct text key, struct text old_key, bool *known,
                                  struct error *error)
{
    int64_t id = 0;
    enum status status = find_playlist(ingest, key, &id, error);
    if (status == STATUS_OK && id == 0 && old_key.size > 0)
        status = find_playlist(ingest, old_key, &id, error);
    *known = id != 0;
    return status;
}

enum status ingest_playlist_is(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                               size_t count, bool *same, struct error *error)
{
    int64_t id = 0;
    *same = false;
    enum status status = find_playlist(ingest, metadata->key, &id, error);
    if (status == STATUS_OK && id == 0 && metadata->old_key.size > 0)
        status = find_playlist(ingest, metadata->old_key, &id, error);
    buffer_clear(&ingest->packed);
    if (status == STATUS_OK && !buffer_reserve(&ingest->packed, 4 * count))
        status = error_no_memory(error);
    if (status != STATUS_OK)
        return status;
    entries_pack(tracks, count, (unsigned char *)ingest->packed.data);
    sqlite3_stmt *statement = ingest->statements[PLAYLIST_TRACKS];
    bool row;
    sqlite3_bind_int64(statement, 1, id);
    status = database_step_row(ingest->catalogue, statement, &row, "compare playlists", error);
    *same = row && (size_t)sqlite3_column_bytes(statement, 0) == 4 * count &&
            (count == 0 || memcmp(sqlite3_column_blob(statement, 0), ingest->packed.data, 4 * count) == 0);
    sqlite3_reset(statement);
    return status;
}

enum status ingest_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                            size_t count, int64_t *id, struct error *error)
{
    buffer_clear(&ingest->scratch);
    buffer_clear(&ingest->packed);
    if (!buffer_reserve(&ingest->scratch, 4 * count) || !buffer_reserve(&ingest->packed, 4 * count))
        return error_no_memory(error);
    size_t distinct = 0, repeats = 0;
    if (count > 0)
        repeats = entries_repeats(tracks, count, numbers(&ingest->scratch), &distinct);
    int64_t duration = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t known = numbers(&ingest->durations)[tracks[i] - 1];
        duration += known > 0 ? known : 0;
    }
    enum status status = STATUS_OK;
    int64_t old = 0;
    if (metadata->old_key.size > 0)
        status = find_playlist(ingest, metadata->old_key, &old, error);
    *id = 0;
    if (status == STATUS_OK && old == 0)
        status = insert_playlist(ingest, metadata, count, repeats, duration, id, error);
    if (status != STATUS_OK || *id == 0)
        return status;
    entries_pack(tracks, count, (unsigned char *)ingest->packed.data);
    sqlite3_stmt *statement = ingest->statements[ENTRIES];
    sqlite3_bind_int64(statement, 1, *id);
    sqlite3_bind_blob64(statement, 2, ingest->packed.data, 4 * count, SQLITE_STATIC);
    status = insert(ingest, ENTRIES, error);
    buffer_add(&ingest->counted, tracks, 4 * count);
    buffer_add(&ingest->listed, ingest->scratch.data, 4 * distinct);
    if (ingest->counted.failed || ingest->listed.failed)
        return error_no_memory(error);
    ingest->sums.playlists++;
    ingest->sums.entries += (int64_t)count;
    ingest->sums.repeats += (int64_t)repeats;
    return status;
}

/* Makes the number of a genre known under its identity. */
static bool know_genre(struct ingest *ingest, struct text name, int64_t id)
{
    buffer_clear(&ingest->key);
    text_key(name.data, name.size, &ingest->key);
    bool added = !ingest->key.failed && id_map_add(&ingest->genre_keys, ingest->key.data, ingest->key.size) != 0;
    buffer_add(&ingest->genre_ids, &id, sizeof id);
    return added && !ingest->genre_ids.failed;
}

static enum status load_genres(struct ingest *ingest, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    enum status status =
        database_prepare(ingest->catalogue, "SELECT id, name FROM genres ORDER BY id", &statement, error);
    while (status == STATUS_OK && row) {
        status = database_step_row(ingest->catalogue, statement, &row, "read the genres", error);
        if (row && !know_genre(ingest, column(statement, 1), sqlite3_column_int64(statement, 0)))
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status genre_number(struct ingest *ingest, struct text name, int64_t *id, struct error *error)
{
    enum status status = ingest->genre_keys.count == 0 ? load_genres(ingest, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    buffer_clear(&ingest->key);
    text_key(name.data, name.size, &ingest->key);
    if (ingest->key.failed)
        return error_no_memory(error);
    int32_t known = id_map_find(&ingest->genre_keys, ingest->key.data, ingest->key.size);
    if (known != 0) {
        *id = ((const int64_t *)(const void *)ingest->genre_ids.data)[known - 1];
        return STATUS_OK;
    }
    sqlite3_stmt *statement = ingest->statements[GENRE];
    bool row;
    bind_text(statement, 1, name);
    status = database_step_row(ingest->catalogue, statement, &row, "import", error);
    *id = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return status == STATUS_OK && !know_genre(ingest, name, *id) ? error_no_memory(error) : status;
}

enum status ingest_playlist_genre(struct ingest *ingest, int64_t playlist_id, struct text genre, struct text subgenre,
                                  struct error *error)
{
    int64_t genre_id, subgenre_id;
    enum status status = genre_number(ingest, genre, &genre_id, error);
    if (status == STATUS_OK)
        status = genre_number(ingest, subgenre.size > 0 ? subgenre : genre, &subgenre_id, error);
    if (status != STATUS_OK)
        return status;
    ingest->genres = true;
    sqlite3_stmt *statement = ingest->statements[PLAYLIST_GENRE];
    sqlite3_bind_int64(statement, 1, playlist_id);
    sqlite3_bind_int64(statement, 2, genre_id);
    sqlite3_bind_int64(statement, 3, subgenre_id);
    return insert(ingest, PLAYLIST_GENRE, error);
}

/* ---- the end of a transaction ---- */

static size_t run_of(const int32_t *sorted, size_t count, size_t at, int32_t track)
{
    size_t end = at;
    while (end < count && sorted[end] == track)
        end++;
    return end - at;
}

/* In the order of the numbers, so that the pages of track_counts are met one after another. */
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
        sqlite3_stmt *statement = ingest->statements[COUNTS];
        sqlite3_bind_int(statement, 1, entries[e]);
        sqlite3_bind_int64(statement, 2, (int64_t)in_playlists);
        sqlite3_bind_int64(statement, 3, (int64_t)in_entries);
        status = insert(ingest, COUNTS, error);
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
                               sums->entries,
                               sums->repeats,
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
    if (status == STATUS_OK)
        status = write_log(ingest, file, error);
    if (status == STATUS_OK && ingest->genres)
        status = genres_of_albums(ingest->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(ingest->catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct import_report *report = ingest->report;
    report->files++;
    report->bytes += file->size;
    report->playlists += ingest->sums.playlists;
    report->entries += ingest->sums.entries;
    report->repeats += ingest->sums.repeats;
    report->new_artists += ingest->sums.artists;
    report->new_albums += ingest->sums.albums;
    report->new_tracks += ingest->sums.tracks;
    return STATUS_OK;
}
