#include "db/import/foreign_table.h"

#include <string.h>

#include "core/text_number.h"
#include "db/import/m3u.h"
#include "db/import/note.h"

struct table_reading {
    const struct foreign_table *table;
    const struct foreign_reading *reading;
    struct foreign_playlist playlist;
    struct foreign_track track;
    bool in_playlist, in_track;
    bool met_root, other;
};

static const struct foreign_place *find(const struct foreign_table *table, const char *place)
{
    for (size_t i = 0; i < table->n_places; i++)
        if (strcmp(table->places[i].place, place) == 0)
            return &table->places[i];
    return NULL;
}

static void begin(struct table_reading *state, enum foreign_field field, int64_t place)
{
    if (field == FOREIGN_PLAYLIST) {
        foreign_playlist_clear(&state->playlist);
        state->playlist.place = place;
        state->in_playlist = true;
    } else if (field == FOREIGN_TRACK && state->in_playlist) {
        state->track = (struct foreign_track){.duration_ms = -1, .position = -1, .place = place};
        state->in_track = true;
        state->other = false;
    } else if (field == FOREIGN_OTHER) {
        state->other = true;
    }
}

static bool says_nothing(const struct foreign_track *track)
{
    return !track->title && !track->artist && !track->id && !track->mbid && !track->isrc && !track->file;
}

static enum status end_track(struct table_reading *state, struct error *error)
{
    const struct foreign_reading *reading = state->reading;
    struct foreign_track *track = &state->track;
    state->in_track = false;
    if (track->position < 0)
        track->position = (int64_t)state->playlist.count;
    if (!says_nothing(track))
        return foreign_add(&state->playlist, reading, track, error);
    import_skipped(reading->report,
                   state->other ? "an episode or a chapter, which is not music"
                                : "an entry without title and without id",
                   reading->name, reading->unit, track->place);
    return STATUS_OK;
}

static enum status end(struct table_reading *state, enum foreign_field field, struct error *error)
{
    if (field == FOREIGN_TRACK && state->in_track)
        return end_track(state, error);
    if (field != FOREIGN_PLAYLIST || !state->in_playlist)
        return STATUS_OK;
    state->in_playlist = false;
    foreign_sort(&state->playlist);
    return state->reading->playlist(state->reading->context, &state->playlist, error);
}

static void take_first(struct table_reading *state, const char **field, int64_t place, const char *text, size_t size)
{
    if (!*field)
        *field = foreign_text(&state->playlist, state->reading, place, text, size);
}

/* "sleeve:playlist:" and an escaped key, else the text: links of Spotify are keys, too. */
static void take_playlist_id(struct table_reading *state, int64_t place, const char *text, size_t size)
{
    static const char uri[] = "sleeve:playlist:";
    struct buffer id = {0};
    if (size >= sizeof uri && strncmp(text, uri, sizeof uri - 1) == 0)
        m3u_unescape(text + sizeof uri - 1, &id);
    else
        buffer_add(&id, text, size);
    if (id.size > 0)
        take_first(state, &state->playlist.id, place, id.data, id.size);
    state->playlist.failed |= id.failed;
    buffer_free(&id);
}

static void take_file(struct table_reading *state, const char *text, size_t size)
{
    if (!foreign_identify(&state->playlist, state->reading, &state->track, text, size))
        take_first(state, &state->track.file, state->track.place, text, size);
}

static void take_of_track(struct table_reading *state, enum foreign_field field, const char *text, size_t size)
{
    struct foreign_track *track = &state->track;
    const char **const texts[] = {[FOREIGN_TITLE] = &track->title,
                                  [FOREIGN_ARTIST] = &track->artist,
                                  [FOREIGN_ALBUM] = &track->album,
                                  [FOREIGN_ALBUM_ID] = &track->album_id,
                                  [FOREIGN_ARTIST_ID] = &track->artist_id};
    double value;
    if (field < sizeof texts / sizeof *texts && texts[field])
        take_first(state, texts[field], track->place, text, size);
    else if (field == FOREIGN_ID)
        foreign_identify(&state->playlist, state->reading, track, text, size);
    else if (field == FOREIGN_FILE)
        take_file(state, text, size);
    else if (field == FOREIGN_MILLISECONDS && track->duration_ms < 0)
        track->duration_ms = foreign_duration(state->reading, track->place, text, size, 1);
    else if (field == FOREIGN_POSITION && text_number(text, size, ',', &value) && value >= 0 && value < 1e15)
        track->position = (int64_t)value;
}

static void take_text(struct table_reading *state, enum foreign_field field, int64_t place, const char *text,
                      size_t size)
{
    struct foreign_playlist *playlist = &state->playlist;
    if (state->in_track)
        take_of_track(state, field, text, size);
    else if (!state->in_playlist)
        return;
    else if (field == FOREIGN_NAME)
        take_first(state, &playlist->name, place, text, size);
    else if (field == FOREIGN_DESCRIPTION)
        take_first(state, &playlist->description, place, text, size);
    else if (field == FOREIGN_PLAYLIST_ID)
        take_playlist_id(state, place, text, size);
}

static enum status take(void *context, const struct outline *outline, enum outline_event event, const char *place,
                        const char *text, size_t size, struct error *error)
{
    struct table_reading *state = context;
    const struct foreign_place *known = find(state->table, place);
    state->met_root |= event == OUTLINE_BEGIN && strcmp(place, state->table->root) == 0;
    if (!known)
        return STATUS_OK;
    if (event == OUTLINE_BEGIN)
        begin(state, known->field, outline_position(outline));
    else if (event == OUTLINE_TEXT)
        take_text(state, known->field, outline_position(outline), text, size);
    else
        return end(state, known->field, error);
    return state->playlist.failed ? error_no_memory(error) : STATUS_OK;
}

enum status foreign_table_read(const struct foreign_table *table, const char *what,
                               const struct foreign_reading *reading, struct error *error)
{
    struct table_reading state = {.table = table, .reading = reading};
    const struct outline_taker taker = {take, &state};
    enum status status = outline_read(reading->path, reading->name, table->kind, &taker, reading->progress, error);
    if (status == STATUS_OK && !state.met_root)
        status = error_set(error, STATUS_BAD_DATA, "%s: this is not %s; there is no \"%s\" in it", reading->name, what,
                           table->root);
    foreign_playlist_free(&state.playlist);
    return status;
}
