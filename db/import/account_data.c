/* The files of Spotify's "Download your data": Playlist1.json, Playlist2.json, ... and YourLibrary.json. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/text_reader.h"
#include "db/import/foreign_table.h"
#include "db/import/note.h"

#define ENTRY(track)                                                                                                   \
    {track "/trackName", FOREIGN_TITLE}, {track "/artistName", FOREIGN_ARTIST}, {track "/albumName", FOREIGN_ALBUM},   \
    {                                                                                                                  \
        track "/trackUri", FOREIGN_ID                                                                                  \
    }

/* Since 2020 entries are items with one of track, episode, audiobook and localTrack; before they were tracks. */
static const struct foreign_place playlist_places[] = {
    {"playlists[]", FOREIGN_PLAYLIST},
    {"playlists[]/name", FOREIGN_NAME},
    {"playlists[]/description", FOREIGN_DESCRIPTION},
    {"playlists[]/items[]", FOREIGN_TRACK},
    ENTRY("playlists[]/items[]/track"),
    {"playlists[]/items[]/localTrack/uri", FOREIGN_ID},
    {"playlists[]/items[]/localTrack", FOREIGN_ID},
    {"playlists[]/items[]/episode", FOREIGN_OTHER},
    {"playlists[]/items[]/audiobook", FOREIGN_OTHER},
    {"playlists[]/tracks[]", FOREIGN_TRACK},
    ENTRY("playlists[]/tracks[]"),
};

static const struct foreign_place library_places[] = {
    {"", FOREIGN_PLAYLIST},
    {"tracks[]", FOREIGN_TRACK},
    {"tracks[]/track", FOREIGN_TITLE},
    {"tracks[]/artist", FOREIGN_ARTIST},
    {"tracks[]/album", FOREIGN_ALBUM},
    {"tracks[]/uri", FOREIGN_ID},
};

static const struct foreign_table playlists = {OUTLINE_JSON, playlist_places,
                                               sizeof playlist_places / sizeof *playlist_places, "playlists"};
static const struct foreign_table library = {OUTLINE_JSON, library_places,
                                             sizeof library_places / sizeof *library_places, "tracks"};

static bool has(const char *text, size_t size, const char *part)
{
    return memmem(text, size, part, strlen(part)) != NULL;
}

static bool is_library(const char *text, size_t size)
{
    return has(text, size, "\"tracks\"") && !has(text, size, "\"playlists\"") && !has(text, size, "\"trackUri\"") &&
           has(text, size, "\"spotify:track:");
}

static bool is_account_data(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '{' &&
           (has(text, size, "\"lastModifiedDate\"") || has(text, size, "\"trackUri\"") || is_library(text, size));
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct text_reader *input;
    char *text;
    size_t size;
    enum status status = text_reader_open_as(reading->path, reading->name, TEXT_READER_UTF8, &input, error);
    if (status != STATUS_OK)
        return status;
    status = text_reader_fill(input, 1, &text, &size, error);
    const bool of_library = status == STATUS_OK && is_library(text, size < 65536 ? size : 65536);
    text_reader_close(input);
    return status == STATUS_OK
               ? foreign_table_read(of_library ? &library : &playlists, "Spotify's account data", reading, error)
               : status;
}

const struct foreign_format format_account_data = {
    .name = "account-data", .what = "Spotify's account data", .unit = "byte", .read = read};

/* ---- folders ---- */

static int is_file(const struct dirent *entry)
{
    const char *name = entry->d_name;
    const bool playlist = strncmp(name, "Playlist", 8) == 0 && strspn(name + 8, "0123456789") == strcspn(name + 8, ".");
    return (playlist || strcmp(name, "YourLibrary.json") == 0) && file_has_extension(name, ".json");
}

static enum status import_folder(struct catalogue *catalogue, const struct import_input *input,
                                 struct progress *progress, struct import_report *report, struct error *error)
{
    struct dirent **names;
    const int count = scandir(input->paths[0], &names, is_file, versionsort);
    if (count < 0)
        return error_set(error, STATUS_FAILED, "%s cannot be read: %s", input->paths[0], strerror(errno));
    enum status status = count > 0
                             ? STATUS_OK
                             : error_set(error, STATUS_BAD_DATA,
                                         "%s contains neither Playlist1.json nor YourLibrary.json; give the folder "
                                         "of the unpacked archive that contains them",
                                         input->paths[0]);
    for (int i = 0; i < count; i++) {
        struct buffer path = {0};
        buffer_printf(&path, "%s/%s", input->paths[0], names[i]->d_name);
        struct import_input one = *input;
        const char *const paths[1] = {path.data};
        one.paths = paths;
        if (status == STATUS_OK)
            status = path.failed ? error_no_memory(error)
                                 : foreign_import(catalogue, &format_account_data, &one, progress, report, error);
        buffer_free(&path);
        free(names[i]);
    }
    free(names);
    return status;
}

static enum status run(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    struct stat file;
    (void)pool;
    *report = (struct import_report){0};
    if (stat(input->paths[0], &file) == 0 && S_ISDIR(file.st_mode))
        return import_folder(catalogue, input, progress, report, error);
    return foreign_import(catalogue, &format_account_data, input, progress, report, error);
}

const struct importer importer_account_data = {
    .name = "account-data",
    .arguments = "FILE|DIR",
    .help = "Playlist1.json or YourLibrary.json of Spotify's \"Download your data\", or the folder that contains them. "
            "Podcast\nepisodes and audio books are left out.",
    .options = FOREIGN_OPTIONS,
    .recognises = is_account_data,
    .run = run,
};
