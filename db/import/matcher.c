#include "db/import/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "db/database.h"
#include "db/import/choices.h"
#include "db/import/csv_values.h"
#include "db/import/names_index.h"
#include "db/import/note.h"

enum { BY_ID, ID_OF, ADD_ID, BY_FILE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [BY_ID] = "SELECT track_id FROM track_ids WHERE id = ?",
    [ID_OF] = "SELECT id FROM track_ids WHERE track_id = ?1 AND substr(id, 1, 22) = 'musicbrainz:recording:'",
    [ADD_ID] = "INSERT OR IGNORE INTO track_ids VALUES (?, ?)",
    [BY_FILE] = "SELECT f.track_id FROM library_folders d JOIN library_files f ON f.folder_id = d.id"
                " AND f.path = substr(?1, length(d.path) + 2) WHERE f.kind = 1 AND f.track_id IS NOT NULL"
                " AND substr(?1, 1, length(d.path) + 1) = CAST(d.path || '/' AS BLOB)",
};

struct matcher {
    struct catalogue *catalogue;
    struct ingest *ingest;
    const struct import_input *input;
    struct names_index *names;
    sqlite3_stmt *statements[STATEMENTS];
    struct buffer key, scratch;
    struct buffer keys[KEY_KINDS];
};

enum status matcher_open(struct catalogue *catalogue, struct ingest *ingest, const struct import_input *input,
                         struct matcher **out, struct error *error)
{
    struct matcher *matcher = calloc(1, sizeof *matcher);
    *out = matcher;
    if (!matcher)
        return error_no_memory(error);
    matcher->catalogue = catalogue;
    matcher->ingest = ingest;
    matcher->input = input;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < STATEMENTS; i++)
        status = database_prepare(catalogue, sql[i], &matcher->statements[i], error);
    return status;
}

void matcher_close(struct matcher *matcher)
{
    if (!matcher)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(matcher->statements[i]);
    for (int kind = 0; kind < KEY_KINDS; kind++)
        buffer_free(&matcher->keys[kind]);
    names_index_free(matcher->names);
    buffer_free(&matcher->key);
    buffer_free(&matcher->scratch);
    free(matcher);
}

static struct text text_of(const char *text)
{
    return (struct text){text ? text : "", text ? strlen(text) : 0};
}

static struct text key_of(const struct buffer *key)
{
    return (struct text){key->data ? key->data : "", key->size};
}

/* ---- ids ---- */

/* The first column of the first row for a text or blob. */
static enum status look_up(struct matcher *matcher, int which, const char *text, bool blob, int32_t *track,
                           struct error *error)
{
    sqlite3_stmt *statement = matcher->statements[which];
    bool row = false;
    if (blob)
        sqlite3_bind_blob(statement, 1, text, (int)strlen(text), SQLITE_STATIC);
    else
        sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    enum status status = database_step_row(matcher->catalogue, statement, &row, "look for a track", error);
    if (status == STATUS_OK && row)
        *track = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (*track < 0 || *track > ingest_track_count(matcher->ingest))
        *track = 0;
    return status;
}

static enum status find_other_id(struct matcher *matcher, const char *prefix, const char *id, int32_t *track,
                                 struct error *error)
{
    buffer_clear(&matcher->key);
    buffer_printf(&matcher->key, "%s%s", prefix, id);
    if (matcher->key.failed)
        return error_no_memory(error);
    *track = ingest_track_find(matcher->ingest, key_of(&matcher->key));
    return *track == 0 ? look_up(matcher, BY_ID, matcher->key.data, false, track, error) : STATUS_OK;
}

/* Whether the catalogue knows another recording for this track. */
static enum status is_other_recording(struct matcher *matcher, int32_t track, const char *mbid, bool *other,
                                      struct error *error)
{
    sqlite3_stmt *statement = matcher->statements[ID_OF];
    bool row = true, any = false, same = false;
    enum status status = STATUS_OK;
    sqlite3_bind_int(statement, 1, track);
    while (status == STATUS_OK && row) {
        status = database_step_row(matcher->catalogue, statement, &row, "look for a recording", error);
        any |= row;
        same |= row && strcmp(database_column_text(statement, 0) + strlen("musicbrainz:recording:"), mbid) == 0;
    }
    sqlite3_reset(statement);
    *other = any && !same;
    return status;
}

/* ---- finding ---- */

/* The entry's id where it is one: exports of other versions write keys of names as ids. */
static bool has_id(struct matcher *matcher, const struct foreign_track *entry)
{
    const struct text id = text_of(entry->id);
    return id.size > 0 &&
           !key_is_of_names(KEY_TRACK, id, text_of(entry->title), text_of(entry->artist), &matcher->scratch);
}

static int32_t find_id(struct matcher *matcher, const char *id)
{
    buffer_clear(&matcher->key);
    key_add_id(KEY_TRACK, text_of(id), &matcher->key);
    return ingest_track_find(matcher->ingest, key_of(&matcher->key));
}

/* A track whose key is made of the names is the first choice, then the one in most playlists. */
static enum status find_names(struct matcher *matcher, const struct foreign_reading *reading,
                              const struct foreign_track *entry, int32_t *track, struct error *error)
{
    bool several = false, other = false;
    if (!entry->title || !entry->artist)
        return STATUS_OK;
    buffer_clear(&matcher->key);
    key_add_names(KEY_TRACK, text_of(entry->title), text_of(entry->artist), &matcher->key);
    *track = matcher->key.failed ? 0 : ingest_track_find(matcher->ingest, key_of(&matcher->key));
    enum status status = matcher->key.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && *track == 0 && !matcher->names)
        status = names_index_make(matcher->catalogue, &matcher->names, error);
    if (status == STATUS_OK && *track == 0)
        status =
            names_index_find(matcher->names, text_of(entry->title), text_of(entry->artist), track, &several, error);
    if (status == STATUS_OK && *track != 0 && entry->mbid && !matcher->input->match_only)
        status = is_other_recording(matcher, *track, entry->mbid, &other, error);
    if (other)
        *track = 0;
    if (status == STATUS_OK && *track != 0 && several)
        import_altered(reading->report, "several tracks of this title and artist: the one in most playlists was taken",
                       reading->name, reading->unit, entry->place);
    return status;
}

static enum match_how choose(struct matcher *matcher, const struct foreign_track *entry, int32_t *track)
{
    const int32_t choice = match_choices_find(matcher->input->choices, entry, &matcher->scratch);
    *track = choice > 0 && choice <= ingest_track_count(matcher->ingest) ? choice : 0;
    return *track > 0               ? MATCH_HAND
           : choice == CHOICE_NEW   ? MATCH_NEW
           : choice == CHOICE_LEAVE ? MATCH_LEAVE
                                    : MATCH_NONE;
}

enum status matcher_find(struct matcher *matcher, const struct foreign_reading *reading,
                         const struct foreign_track *entry, int32_t *track, enum match_how *how, struct error *error)
{
    enum status status = STATUS_OK;
    *how = choose(matcher, entry, track);
    if (*how != MATCH_NONE)
        return STATUS_OK;
    const bool id = has_id(matcher, entry);
    if ((id && (*track = find_id(matcher, entry->id)) != 0) ||
        (entry->written && (*track = find_id(matcher, entry->written)) != 0))
        *how = MATCH_ID;
    if (*track == 0 && entry->isrc && (!id || matcher->input->match_only)) {
        status = find_other_id(matcher, "isrc:", entry->isrc, track, error);
        *how = *track ? MATCH_ISRC : MATCH_NONE;
    }
    if (status == STATUS_OK && *track == 0 && entry->mbid && (!id || matcher->input->match_only)) {
        status = find_other_id(matcher, "musicbrainz:recording:", entry->mbid, track, error);
        *how = *track ? MATCH_MBID : MATCH_NONE;
    }
    if (status == STATUS_OK && *track == 0 && entry->file) {
        status = look_up(matcher, BY_FILE, entry->file, true, track, error);
        *how = *track ? MATCH_FILE : MATCH_NONE;
    }
    if (status == STATUS_OK && *track == 0 && (!id || matcher->input->match_only)) {
        status = find_names(matcher, reading, entry, track, error);
        *how = *track ? MATCH_NAMES : MATCH_NONE;
    }
    if (status == STATUS_OK && (matcher->key.failed || matcher->scratch.failed))
        status = error_no_memory(error);
    return status;
}

/* ---- adding ---- */

static enum status add_other_id(struct matcher *matcher, const char *prefix, const char *id, int32_t track,
                                struct error *error)
{
    sqlite3_stmt *statement = matcher->statements[ADD_ID];
    buffer_clear(&matcher->scratch);
    buffer_printf(&matcher->scratch, "%s%s", prefix, id);
    if (matcher->scratch.failed)
        return error_no_memory(error);
    sqlite3_bind_text(statement, 1, matcher->scratch.data, (int)matcher->scratch.size, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, track);
    return database_step_done(matcher->catalogue, statement, "store the id of a track", error);
}

enum status matcher_add_ids(struct matcher *matcher, const struct foreign_track *entry, int32_t track,
                            struct error *error)
{
    enum status status = STATUS_OK;
    if (entry->isrc)
        status = add_other_id(matcher, "isrc:", entry->isrc, track, error);
    if (status == STATUS_OK && entry->mbid)
        status = add_other_id(matcher, "musicbrainz:recording:", entry->mbid, track, error);
    return status;
}

static struct text make_key(struct matcher *matcher, enum key_kind kind, const char *id, const char *title,
                            const char *artist)
{
    struct buffer *key = &matcher->keys[kind];
    buffer_clear(key);
    if (id)
        key_add_id(kind, text_of(id), key);
    else
        key_add_names(kind, text_of(title), text_of(artist), key);
    return key_of(key);
}

static enum status add_album(struct matcher *matcher, const struct foreign_track *entry, int32_t artist, int32_t *album,
                             struct error *error)
{
    char date[DATE_SIZE] = "";
    if (!entry->album)
        return STATUS_OK;
    if (entry->date && csv_date(entry->date, strlen(entry->date), date) == DATE_WRONG)
        date[0] = '\0';
    const struct album_metadata metadata = {
        .key = make_key(matcher, KEY_ALBUM, entry->album_id, entry->album, entry->artist),
        .title = text_of(entry->album),
        .artist = artist,
        .release_date = text_of(date)};
    return metadata.key.size > 0 ? ingest_album(matcher->ingest, &metadata, album, error) : error_no_memory(error);
}

static enum status describe(struct matcher *matcher, const struct foreign_reading *reading,
                            const struct foreign_track *entry, bool albums, struct track_metadata *metadata,
                            struct error *error)
{
    *metadata = (struct track_metadata){.title = text_of(entry->title),
                                        .artist_name = text_of(entry->artist),
                                        .album_title = text_of(entry->album),
                                        .duration_ms = entry->duration_ms,
                                        .popularity = -1};
    ingest_at(matcher->ingest, reading->name, reading->unit, entry->place);
    if (!albums)
        return STATUS_OK;
    const struct text key = make_key(matcher, KEY_ARTIST, entry->artist_id, NULL, entry->artist);
    if (key.size == 0)
        return error_no_memory(error);
    enum status status = ingest_artist(matcher->ingest, key, text_of(entry->artist), &metadata->artist, error);
    return status == STATUS_OK ? add_album(matcher, entry, metadata->artist, &metadata->album, error) : status;
}

enum status matcher_add(struct matcher *matcher, const struct foreign_reading *reading,
                        const struct foreign_track *entry, int32_t *track, struct error *error)
{
    struct track_metadata metadata;
    const bool id = has_id(matcher, entry);
    bool other = false;
    enum status status = describe(matcher, reading, entry, true, &metadata, error);
    if (status != STATUS_OK)
        return status;
    metadata.key = make_key(matcher, KEY_TRACK, id ? entry->id : NULL, entry->title, entry->artist);
    metadata.of_names = !id;
    const int32_t known = ingest_track_find(matcher->ingest, metadata.key);
    if (!id && known != 0 && entry->mbid)
        status = is_other_recording(matcher, known, entry->mbid, &other, error);
    if (other) {
        buffer_clear(&matcher->keys[KEY_TRACK]);
        buffer_printf(&matcher->keys[KEY_TRACK], "musicbrainz:recording:%s", entry->mbid);
        metadata.key = key_of(&matcher->keys[KEY_TRACK]);
        metadata.of_names = false;
    }
    if (metadata.key.size == 0 || matcher->keys[KEY_TRACK].failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = ingest_track(matcher->ingest, &metadata, track, error);
    if (status == STATUS_OK)
        status = matcher_add_ids(matcher, entry, *track, error);
    return status == STATUS_OK && matcher->names
               ? names_index_add(matcher->names, *track, metadata.title, metadata.artist_name, error)
               : status;
}

enum status matcher_complete(struct matcher *matcher, const struct foreign_reading *reading,
                             const struct foreign_track *entry, enum match_how how, int32_t track, struct error *error)
{
    struct track_metadata metadata;
    if (how == MATCH_HAND || how == MATCH_FILE || !entry->title || !entry->artist)
        return STATUS_OK;
    const bool album = entry->album && (ingest_track_lacks(matcher->ingest, track) & LACKS_ALBUM);
    enum status status = describe(matcher, reading, entry, album, &metadata, error);
    if (status == STATUS_OK && how == MATCH_NAMES)
        metadata.album_title.size = 0; /* a song may be on many albums */
    if (status == STATUS_OK)
        status = ingest_track_complete(matcher->ingest, &metadata, track, error);
    return status == STATUS_OK && how != MATCH_NAMES ? matcher_add_ids(matcher, entry, track, error) : status;
}

void matcher_count(struct import_report *report, enum match_how how)
{
    int64_t *const counts[] = {
        [MATCH_ID] = &report->matches.by_id,       [MATCH_ISRC] = &report->matches.by_isrc,
        [MATCH_MBID] = &report->matches.by_mbid,   [MATCH_FILE] = &report->matches.by_file,
        [MATCH_NAMES] = &report->matches.by_names, [MATCH_HAND] = &report->matches.by_hand,
    };
    if (how < sizeof counts / sizeof *counts && counts[how])
        ++*counts[how];
}
