/* The library of iTunes and Apple Music as an XML property list: a dictionary of tracks by number, and playlists of
 * these numbers. Either may come first, so both are kept until the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text_number.h"
#include "db/id_map.h"
#include "db/import/foreign.h"
#include "db/import/note.h"
#include "db/import/outline.h"

enum { HELD_MAX = 384 << 20, ENTRIES_MAX = 20000000 };

/* A playlist: `count` numbers of tracks, from `first` on in the list of entries. */
struct list {
    const char *name, *id;
    size_t first, count;
    int64_t place;
    bool whole_library, folder, own_of_program;
};

struct entry {
    int32_t number; /* of the id in the map */
    int32_t line;
};

struct itunes {
    const struct foreign_reading *reading;
    struct foreign_playlist all; /* every track of the file; owns the texts */
    struct foreign_track track;
    char id[24]; /* of the track */
    bool music;
    struct id_map ids;    /* of tracks, in entries or in the dictionary */
    struct buffer of_ids; /* int32_t by number - 1: index + 1 in `tracks`, 0: not met yet */
    struct buffer tracks; /* struct foreign_track */
    struct buffer lists, entries;
    struct list list;
    bool in_list;
};

static int32_t number_of(struct itunes *itunes, const char *id, size_t size)
{
    const int32_t zero = 0;
    int32_t number = id_map_find(&itunes->ids, id, size);
    if (number > 0)
        return number;
    number = id_map_add(&itunes->ids, id, size);
    buffer_add(&itunes->of_ids, &zero, sizeof zero);
    itunes->all.failed |= number == 0 || itunes->of_ids.failed;
    return number;
}

/* ---- tracks ---- */

static void keep(struct itunes *itunes, const char **field, const char *text, size_t size)
{
    if (!*field)
        *field = foreign_text(&itunes->all, itunes->reading, itunes->track.place, text, size);
}

/* Videos, podcasts and audio books are entries, too. */
static bool is_other_kind(const char *place)
{
    static const char *const kinds[] = {"Podcast", "Movie", "TV Show", "Has Video", "Audiobook", "iTunesU", "Books"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(place + strlen("Tracks/#/"), kinds[i]) == 0)
            return true;
    return false;
}

static void take_of_track(struct itunes *itunes, const char *place, const char *text, size_t size)
{
    struct foreign_track *track = &itunes->track;
    const char *name = place + strlen("Tracks/#/");
    if (strcmp(name, "Track ID") == 0 && size < sizeof itunes->id)
        snprintf(itunes->id, sizeof itunes->id, "%s", text);
    else if (strcmp(name, "Name") == 0)
        keep(itunes, &track->title, text, size);
    else if (strcmp(name, "Artist") == 0)
        keep(itunes, &track->artist, text, size);
    else if (strcmp(name, "Album") == 0)
        keep(itunes, &track->album, text, size);
    else if (strcmp(name, "Year") == 0)
        keep(itunes, &track->date, text, size);
    else if (strcmp(name, "Location") == 0 && strncmp(text, "file://", 7) == 0)
        keep(itunes, &track->file, text, size);
    else if (strcmp(name, "Total Time") == 0)
        track->duration_ms = foreign_duration(itunes->reading, track->place, text, size, 1);
    else if (is_other_kind(place) && strcmp(text, "true") == 0)
        itunes->music = false;
}

static void end_track(struct itunes *itunes)
{
    const int32_t number = itunes->id[0] ? number_of(itunes, itunes->id, strlen(itunes->id)) : 0;
    if (number == 0)
        return;
    if (!itunes->music)
        itunes->track = (struct foreign_track){.duration_ms = -2, .place = itunes->track.place};
    buffer_add(&itunes->tracks, &itunes->track, sizeof itunes->track);
    ((int32_t *)(void *)itunes->of_ids.data)[number - 1] = (int32_t)(itunes->tracks.size / sizeof itunes->track);
    itunes->all.failed |= itunes->tracks.failed;
}

/* ---- playlists ---- */

static void take_of_list(struct itunes *itunes, const char *place, const char *text, size_t size, int64_t line)
{
    struct list *list = &itunes->list;
    const char *name = place + strlen("Playlists[]/");
    if (strcmp(name, "Name") == 0 && !list->name)
        list->name = foreign_text(&itunes->all, itunes->reading, line, text, size);
    else if (strcmp(name, "Master") == 0)
        list->whole_library = strcmp(text, "true") == 0;
    else if (strcmp(name, "Folder") == 0)
        list->folder = strcmp(text, "true") == 0;
    else if (strcmp(name, "Distinguished Kind") == 0)
        list->own_of_program = true;
    else if (strcmp(name, "Playlist Items[]/Track ID") == 0) {
        const struct entry entry = {number_of(itunes, text, size), line < INT32_MAX ? (int32_t)line : INT32_MAX};
        buffer_add(&itunes->entries, &entry, sizeof entry);
        list->count++;
    }
}

static enum status take(void *context, const struct outline *outline, enum outline_event event, const char *place,
                        const char *text, size_t size, struct error *error)
{
    struct itunes *itunes = context;
    const int64_t line = outline_position(outline);
    const bool of_track = strncmp(place, "Tracks/#", 8) == 0, of_list = strncmp(place, "Playlists[]", 11) == 0;
    if (of_track && event == OUTLINE_TEXT && place[8]) {
        take_of_track(itunes, place, text, size);
    } else if (of_track && !place[8] && event == OUTLINE_BEGIN) {
        itunes->track = (struct foreign_track){.duration_ms = -1, .place = line};
        itunes->id[0] = '\0';
        itunes->music = true;
    } else if (of_track && !place[8] && event == OUTLINE_END) {
        end_track(itunes);
    } else if (of_list && event == OUTLINE_TEXT && place[11]) {
        take_of_list(itunes, place, text, size, line);
    } else if (of_list && !place[11] && event == OUTLINE_BEGIN) {
        itunes->list = (struct list){.first = itunes->entries.size / sizeof(struct entry), .place = line};
    } else if (of_list && !place[11] && event == OUTLINE_END) {
        buffer_add(&itunes->lists, &itunes->list, sizeof itunes->list);
    }
    if (itunes->all.failed || itunes->entries.failed || itunes->lists.failed)
        return error_no_memory(error);
    if (itunes->all.held + itunes->tracks.size > HELD_MAX || itunes->entries.size > ENTRIES_MAX * sizeof(struct entry))
        return error_set(error, STATUS_BAD_DATA, "%s, line %lld: more tracks than are imported together",
                         itunes->reading->name, (long long)line);
    return STATUS_OK;
}

/* ---- the end ---- */

static enum status add_entry(const struct itunes *itunes, const struct entry *entry, struct foreign_playlist *playlist,
                             struct error *error)
{
    const struct foreign_reading *reading = itunes->reading;
    const int32_t index = ((const int32_t *)(const void *)itunes->of_ids.data)[entry->number - 1];
    if (index == 0) {
        import_skipped(reading->report, "an entry whose track is not in the file", reading->name, "line", entry->line);
        return STATUS_OK;
    }
    struct foreign_track track = ((const struct foreign_track *)(const void *)itunes->tracks.data)[index - 1];
    if (track.duration_ms == -2) {
        import_skipped(reading->report, "a video, podcast or audio book", reading->name, "line", entry->line);
        return STATUS_OK;
    }
    track.position = (int64_t)playlist->count;
    track.place = entry->line;
    return foreign_add(playlist, reading, &track, error);
}

static enum status hand_on(const struct itunes *itunes, const struct list *list, struct foreign_playlist *playlist,
                           struct error *error)
{
    const struct foreign_reading *reading = itunes->reading;
    const struct entry *entries = (const struct entry *)(const void *)itunes->entries.data + list->first;
    if (list->whole_library || list->folder || list->own_of_program) {
        import_passed_over(reading->report,
                           list->folder ? "a folder of playlists, which has the entries of those in it"
                                        : "a playlist that the program has made: the whole library, music, purchases",
                           list->name ? list->name : "");
        return STATUS_OK;
    }
    foreign_playlist_clear(playlist);
    playlist->name = list->name;
    playlist->place = list->place;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < list->count; i++)
        status = add_entry(itunes, &entries[i], playlist, error);
    return status == STATUS_OK ? reading->playlist(reading->context, playlist, error) : status;
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct itunes itunes = {.reading = reading};
    struct foreign_playlist playlist = {0};
    const struct outline_taker taker = {take, &itunes};
    enum status status = outline_read(reading->path, reading->name, OUTLINE_PLIST, &taker, reading->progress, error);
    const struct list *lists = (const struct list *)(const void *)itunes.lists.data;
    const size_t count = itunes.lists.size / sizeof *lists;
    if (status == STATUS_OK && count == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: there is no playlist in it; export the library or a playlist as XML", reading->name);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = hand_on(&itunes, &lists[i], &playlist, error);
    foreign_playlist_free(&playlist);
    foreign_playlist_free(&itunes.all);
    id_map_free(&itunes.ids);
    buffer_free(&itunes.of_ids);
    buffer_free(&itunes.tracks);
    buffer_free(&itunes.lists);
    buffer_free(&itunes.entries);
    return status;
}

static bool is_itunes(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '<' && memmem(text, size, "<plist", 6) != NULL;
}

FOREIGN_IMPORTER(
    itunes, "a library of iTunes or Apple Music", "line", is_itunes, read, "FILE",
    "a library or playlist of iTunes or Apple Music as XML (File, Library, Export): all playlists that a person "
    "has made.")
