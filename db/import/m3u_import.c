/* M3U playlists of media players, without their music files. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/file.h"
#include "db/import/foreign.h"
#include "db/import/m3u.h"
#include "db/import/note.h"

struct m3u_reading {
    const struct foreign_reading *reading;
    struct foreign_playlist playlist;
    struct buffer folder; /* of the M3U file, absolute, with a slash at its end */
    struct buffer key, whole;
};

static bool find_folder(const char *path, struct buffer *folder)
{
    char *absolute = realpath(path, NULL);
    if (absolute)
        buffer_add(folder, absolute, (size_t)(strrchr(absolute, '/') - absolute) + 1);
    free(absolute);
    return !folder->failed;
}

static const char *text(struct m3u_reading *state, const struct m3u_entry *entry, const char *from, size_t size)
{
    return foreign_text(&state->playlist, state->reading, entry->line, from, size);
}

/* As `export m3u8` writes keys that are no addresses. */
static const char *key_of(const char *location)
{
    return location + (strncmp(location, "./#", 3) == 0 ? 2 : 0);
}

/* "Artist - Title" where either may contain " - ": an entry that `export` wrote says which with its key. */
static void split_names(struct m3u_reading *state, const struct m3u_entry *entry, struct foreign_track *track)
{
    const char *const location = key_of(entry->location);
    track->title = text(state, entry, entry->title, strlen(entry->title));
    track->artist = text(state, entry, entry->artist, strlen(entry->artist));
    if (!*entry->artist || !strstr(entry->title, " - "))
        return;
    buffer_clear(&state->whole);
    buffer_printf(&state->whole, "%s - %s", entry->artist, entry->title);
    const char *names = state->whole.data;
    for (const char *gap = names; !state->whole.failed && (gap = strstr(gap, " - ")); gap += 3) {
        const size_t size = (size_t)(gap - names);
        buffer_clear(&state->key);
        key_add_names(KEY_TRACK, (struct text){gap + 3, strlen(gap + 3)}, (struct text){names, size}, &state->key);
        if (!state->key.failed && state->key.data && strcmp(state->key.data, location) == 0) {
            track->artist = text(state, entry, names, size);
            track->title = text(state, entry, gap + 3, strlen(gap + 3));
            return;
        }
    }
}

/* Without #EXTINF: "Artist - Title.mp3", also with the number of the track before it. */
static void names_of_file(struct m3u_reading *state, const struct m3u_entry *entry, const char *path,
                          struct foreign_track *track)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const size_t digits = strspn(name, "0123456789");
    if (digits > 0 && digits < 4 && strncmp(name + digits, " - ", 3) == 0)
        name += digits + 3;
    else if (digits > 0 && digits < 4 && (name[digits] == ' ' || name[digits] == '.'))
        name += digits + strspn(name + digits, ". ");
    const size_t size = dot > name ? (size_t)(dot - name) : strlen(name);
    const char *gap = memmem(name, size, " - ", 3);
    if (!gap)
        return;
    track->artist = text(state, entry, name, (size_t)(gap - name));
    track->title = text(state, entry, gap + 3, size - (size_t)(gap + 3 - name));
    import_altered(state->reading->report, "no #EXTINF: artist and title are taken from the name of the file",
                   state->reading->name, "line", entry->line);
}

static void read_location(struct m3u_reading *state, const struct m3u_entry *entry, struct foreign_track *track)
{
    struct buffer path = {0}, whole = {0};
    enum m3u_form form;
    if (foreign_identify(&state->playlist, state->reading, track, entry->location, strlen(entry->location)))
        return;
    track->written = text(state, entry, key_of(entry->location), strlen(key_of(entry->location)));
    if (m3u_path(entry->location, &path, &form)) {
        const bool joined =
            form == M3U_RELATIVE && state->folder.size > 0 && m3u_join(state->folder.data, path.data, &whole);
        const struct buffer *file = joined ? &whole : &path;
        track->file = arena_copy_text(&state->playlist.memory, file->data, file->size);
        state->playlist.failed |= !track->file;
        state->playlist.held += file->size;
        if (!track->title && !track->artist)
            names_of_file(state, entry, path.data, track);
    }
    state->playlist.failed |= path.failed || whole.failed;
    buffer_free(&path);
    buffer_free(&whole);
}

static enum status add_entry(struct m3u_reading *state, const struct m3u_entry *entry, struct error *error)
{
    struct foreign_track track = {.duration_ms = -1, .position = (int64_t)state->playlist.count, .place = entry->line};
    split_names(state, entry, &track);
    track.album = text(state, entry, entry->album, strlen(entry->album));
    if (entry->seconds >= 0 && entry->seconds < 1000000)
        track.duration_ms = entry->seconds * 1000;
    read_location(state, entry, &track);
    if (!track.title && track.artist) { /* "#EXTINF:1,Artist - " */
        track.title = track.artist;
        track.artist = NULL;
    }
    if (state->key.failed || state->whole.failed)
        return error_no_memory(error);
    return foreign_add(&state->playlist, state->reading, &track, error);
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct m3u_reading state = {.reading = reading};
    struct m3u m3u;
    enum status status = find_folder(reading->path, &state.folder) ? STATUS_OK : error_no_memory(error);
    enum status opened = status == STATUS_OK ? m3u_read(reading->path, reading->name, &m3u, error) : status;
    if (status != STATUS_OK)
        return status;
    status = opened;
    if (*m3u.name)
        state.playlist.name = foreign_text(&state.playlist, reading, 1, m3u.name, strlen(m3u.name));
    for (size_t i = 0; status == STATUS_OK && i < m3u.count; i++)
        status = add_entry(&state, &m3u.entries[i], error);
    if (status == STATUS_OK)
        status = reading->playlist(reading->context, &state.playlist, error);
    m3u_free(&m3u);
    foreign_playlist_free(&state.playlist);
    buffer_free(&state.folder);
    buffer_free(&state.key);
    buffer_free(&state.whole);
    return status;
}

static bool is_m3u(const char *text, size_t size, const char *name)
{
    return (size >= 7 && strncasecmp(text, "#EXTM3U", 7) == 0) || file_has_extension(name, ".m3u") ||
           file_has_extension(name, ".m3u8");
}

FOREIGN_IMPORTER(m3u, "an M3U playlist", "line", is_m3u, read, "FILE",
                 "an M3U or M3U8 playlist of a media player. Entries are found by their paths where import library has "
                 "read the\nfolder, otherwise by the artist and title of #EXTINF or of the file's name.")
