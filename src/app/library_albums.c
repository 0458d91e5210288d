#include "app/library_internal.h"

#include <stdio.h>
#include <strings.h>

#include "core/hash.h"
#include "core/text.h"
#include "db/import/csv_values.h"
#include "media/file_names.h"

static const char various[] = "Various Artists";

/* ------------------------------------------------------------------ album artists */

static bool same_text(const char *a, const char *b)
{
    struct buffer x = {0}, y = {0};
    text_key(a, strlen(a), &x);
    text_key(b, strlen(b), &y);
    const bool same =
        !x.failed && !y.failed && x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
    buffer_free(&x);
    buffer_free(&y);
    return same;
}

static void hash_album(struct read_file *file)
{
    const char *path = file->entry->file->path;
    struct buffer text = {0};
    file->folder = hash_bytes(path, library_album_folder_size(path));
    buffer_add(&text, path, library_album_folder_size(path));
    buffer_add_byte(&text, '\0');
    text_key(file->tags.album, strlen(file->tags.album), &text);
    file->album = hash_bytes(text.data ? text.data : "", text.size);
    buffer_free(&text);
}

/* The size of an artist's name without "feat. ..." behind it. */
static size_t without_guests(const char *artist)
{
    static const char *const words[] = {" feat. ",     " feat ", " ft. ",  " ft ",
                                        " featuring ", " (feat", " [feat", " (ft"};
    size_t size = strlen(artist);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strcasestr(artist, words[i]);
        if (at && at > artist && (size_t)(at - artist) < size)
            size = (size_t)(at - artist);
    }
    return size;
}

static bool lacks_artist(const struct read_file *file)
{
    return file->status == STATUS_OK && *file->tags.album && !*file->tags.album_artist;
}

/* The artist of more than half of the files from `first` on that are of the same album; NULL: there is none. */
static const char *main_artist(const struct read_file *files, size_t count, size_t first, char *name, size_t room)
{
    size_t members = 0;
    long lead = 0; /* Boyer and Moore's majority vote */
    *name = '\0';
    for (int pass = 0; pass < 2; pass++) {
        size_t votes = 0;
        for (size_t i = first; i < count; i++) {
            char artist[MEDIA_TEXT];
            if (!lacks_artist(&files[i]) || files[first].album != files[i].album)
                continue;
            snprintf(artist, sizeof artist, "%.*s", (int)without_guests(files[i].tags.artist), files[i].tags.artist);
            const bool same = same_text(artist, name);
            votes += same;
            members += pass == 0;
            if (pass == 0 && lead == 0)
                snprintf(name, room, "%s", artist);
            if (pass == 0)
                lead += lead == 0 || same ? 1 : -1;
        }
        if (pass == 1)
            return 2 * votes > members ? name : NULL;
    }
    return NULL;
}

/* Whether at least half of the read files in the folder are of this album. A folder of songs of many albums says
 * nothing about their artists: it may have the greatest hits of several. */
static bool is_album_folder(const struct read_file *files, size_t count, const struct read_file *file)
{
    size_t own = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        all += files[i].status == STATUS_OK && files[i].folder == file->folder;
        own += files[i].status == STATUS_OK && files[i].album == file->album;
    }
    return 2 * own >= all;
}

/* Sets the album artist of a file, and of those of the same album. */
static void set_artist(struct read_file *files, size_t count, size_t first)
{
    struct media_tags *tags = &files[first].tags;
    char name[MEDIA_TEXT];
    const bool compilation = tags->compilation;
    if (!compilation && !is_album_folder(files, count, &files[first])) {
        snprintf(tags->album_artist, MEDIA_TEXT, "%.*s", (int)without_guests(tags->artist), tags->artist);
        return;
    }
    const char *artist = compilation ? various : main_artist(files, count, first, name, sizeof name);
    for (size_t i = first; i < count; i++)
        if (lacks_artist(&files[i]) && files[i].album == files[first].album) {
            snprintf(files[i].tags.album_artist, MEDIA_TEXT, "%s", artist ? artist : various);
            files[i].guessed = !compilation;
        }
}

void library_album_artists(struct read_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].status == STATUS_OK) {
            files[i].disc_removed = media_disc_of_title(files[i].tags.album) > 0;
            hash_album(&files[i]);
        }
    for (size_t i = 0; i < count; i++)
        if (lacks_artist(&files[i]))
            set_artist(files, count, i);
}

/* ------------------------------------------------------------------ albums */

/* Original date of the music, rather than that of this edition. */
static struct text date_of(const struct media_tags *tags, char date[DATE_SIZE])
{
    const char *const texts[] = {tags->original_date, tags->date};
    for (size_t i = 0; i < 2; i++) {
        const enum csv_date read = csv_date(texts[i], strlen(texts[i]), date);
        if (read == DATE_READ || read == DATE_ONLY_YEAR)
            return library_text(date);
    }
    return library_text("");
}

/* The album by the names; another edition, with another MusicBrainz id, has that as its key. */
static enum status add_album(struct library_import *import, const struct read_file *file, const char *id,
                             int32_t *album, struct error *error)
{
    const struct media_tags *tags = &file->tags;
    char date[DATE_SIZE];
    struct album_metadata metadata = {.title = library_text(tags->album), .release_date = date_of(tags, date)};
    const struct text artist = library_text(tags->album_artist);
    buffer_clear(&import->key);
    key_add_names(KEY_ARTIST, (struct text){0}, artist, &import->key);
    enum status status =
        import->key.failed ? error_no_memory(error)
                           : ingest_artist(import->ingest, library_key(&import->key), artist, &metadata.artist, error);
    buffer_clear(&import->key);
    key_add_names(KEY_ALBUM, metadata.title, artist, &import->key);
    if (status == STATUS_OK && import->key.failed)
        status = error_no_memory(error);
    metadata.key = library_key(&import->key);
    const int32_t known = ingest_album_find(import->ingest, metadata.key);
    bool other = false;
    if (status == STATUS_OK && known != 0 && *id)
        status = library_id_other(import->library, true, known, "musicbrainz:release:", &other, error);
    if (other)
        metadata.key = library_text(id);
    return status == STATUS_OK ? ingest_album(import->ingest, &metadata, album, error) : status;
}

enum status library_album(struct library_import *import, const struct read_file *file, int32_t *album,
                          struct error *error)
{
    const struct media_tags *tags = &file->tags;
    char id[100] = "";
    int64_t found = 0;
    enum status status = STATUS_OK;
    *album = 0;
    if (!*tags->album)
        return STATUS_OK;
    if (*tags->release) {
        snprintf(id, sizeof id, "musicbrainz:release:%s", tags->release);
        status = library_id_find(import->library, true, id, &found, error);
    } else if (file->guessed) {
        const struct text folder = {file->entry->file->path, library_folder_size(file->entry->file->path)};
        status = library_album_in(import->library, folder, library_text(tags->album), &found, error);
        if (found > 0 && !library_is_folder_of(import, (size_t)(file->entry - import->entries), folder.size, found))
            found = 0;
    }
    *album = (int32_t)found;
    if (status == STATUS_OK && found == 0)
        status = add_album(import, file, id, album, error);
    if (status == STATUS_OK && *id && found == 0)
        status = library_id_add(import->library, true, id, *album, error);
    return status;
}
