#include "vision/cover_match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/text.h"

enum { AMBIGUOUS = -1 };

/* An open-addressing table: the album that alone has a name, by the name's hash. */
struct name_entry {
    uint64_t hash; /* 0: empty */
    int64_t album_id;
};

struct cover_matcher {
    struct catalogue *catalogue;
    struct name_entry *entries; /* NULL until a name is looked up that is no key */
    size_t mask;
    struct buffer scratch, plain;
};

enum status cover_matcher_create(struct catalogue *catalogue, struct cover_matcher **out, struct error *error)
{
    struct cover_matcher *matcher = calloc(1, sizeof *matcher);
    if (!matcher)
        return error_no_memory(error);
    matcher->catalogue = catalogue;
    *out = matcher;
    return STATUS_OK;
}

void cover_matcher_destroy(struct cover_matcher *matcher)
{
    if (!matcher)
        return;
    free(matcher->entries);
    buffer_free(&matcher->scratch);
    buffer_free(&matcher->plain);
    free(matcher);
}

/* ------------------------------------------------------------------ names */

/* Appends the letters, marks and digits of a text, as identity compares them. */
static void add_plain(struct cover_matcher *matcher, const char *text, size_t size)
{
    struct buffer *key = &matcher->scratch;
    buffer_clear(key);
    text_key(text, size, key);
    for (size_t at = 0, step; !key->failed && at < key->size; at += step) {
        step = text_character_size(key->data + at, key->size - at);
        if (step > 0 && text_ends_in_word(key->data + at, key->data + at + step))
            buffer_add(&matcher->plain, key->data + at, step);
        step = step > 0 ? step : 1;
    }
    matcher->plain.failed |= key->failed;
}

static uint64_t take_hash(struct cover_matcher *matcher)
{
    uint64_t hash = matcher->plain.size > 0 ? hash_bytes(matcher->plain.data, matcher->plain.size) | 1 : 0;
    buffer_clear(&matcher->plain);
    return hash;
}

/* Of two names behind one another; 0 where nothing of them can be compared. */
static uint64_t hash_names(struct cover_matcher *matcher, const char *first, const char *second)
{
    add_plain(matcher, first, strlen(first));
    bool empty = matcher->plain.size == 0;
    size_t middle = matcher->plain.size;
    if (second)
        add_plain(matcher, second, strlen(second));
    empty |= second && matcher->plain.size == middle;
    uint64_t hash = take_hash(matcher);
    return empty ? 0 : hash;
}

static struct name_entry *find_entry(struct cover_matcher *matcher, uint64_t hash)
{
    size_t at = (size_t)(hash >> 1) & matcher->mask;
    while (matcher->entries[at].hash != 0 && matcher->entries[at].hash != hash)
        at = (at + 1) & matcher->mask;
    return &matcher->entries[at];
}

static void add_name(struct cover_matcher *matcher, uint64_t hash, int64_t album_id)
{
    if (hash == 0)
        return;
    struct name_entry *entry = find_entry(matcher, hash);
    bool taken = entry->hash != 0 && entry->album_id != album_id;
    *entry = (struct name_entry){hash, taken ? AMBIGUOUS : album_id};
}

static enum status make_index(struct cover_matcher *matcher, struct error *error)
{
    enum { NAMES = 3 }; /* of an album */
    struct album_list albums = {0};
    enum status status = catalogue_albums_read(matcher->catalogue, NULL, 0, &albums, error);
    size_t size = 16;
    while (size < albums.count * NAMES * 2)
        size *= 2;
    if (status == STATUS_OK && !(matcher->entries = calloc(size, sizeof *matcher->entries)))
        status = error_no_memory(error);
    matcher->mask = size - 1;
    for (size_t i = 0; status == STATUS_OK && i < albums.count; i++) {
        const struct album *album = &albums.items[i];
        add_name(matcher, hash_names(matcher, album->key, NULL), album->id);
        add_name(matcher, hash_names(matcher, album->artist, album->title), album->id);
        add_name(matcher, hash_names(matcher, album->title, album->artist), album->id);
        if (matcher->plain.failed)
            status = error_no_memory(error);
    }
    album_list_free(&albums);
    return status;
}

/* ------------------------------------------------------------------ matching */

static enum status match_key(struct cover_matcher *matcher, const char *key, enum cover_rank rank,
                             struct cover_match *match, struct error *error)
{
    if (match->album_id != 0 || !text_is_utf8(key, strlen(key)))
        return STATUS_OK;
    match->rank = rank;
    return catalogue_album_find(matcher->catalogue, key, &match->album_id, error);
}

/* Tries two names behind one another, where nothing has matched yet. */
static enum status match_names(struct cover_matcher *matcher, const char *first, const char *second,
                               enum cover_rank rank, struct cover_match *match, struct error *error)
{
    if (match->album_id != 0)
        return STATUS_OK;
    enum status status = matcher->entries ? STATUS_OK : make_index(matcher, error);
    uint64_t hash = status == STATUS_OK ? hash_names(matcher, first, second) : 0;
    if (hash == 0)
        return status;
    int64_t found = find_entry(matcher, hash)->album_id; /* 0 where the entry is empty */
    match->ambiguous |= found == AMBIGUOUS;
    match->rank = rank;
    match->album_id = found > 0 ? found : 0;
    return STATUS_OK;
}

enum status cover_match_key(struct cover_matcher *matcher, const char *key, struct cover_match *match,
                            struct error *error)
{
    *match = (struct cover_match){0};
    enum status status = match_key(matcher, key, RANK_KEY, match, error);
    return status == STATUS_OK ? match_names(matcher, key, NULL, RANK_NAME, match, error) : status;
}

static bool is_digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

/* "1999 - Album", "Album (1999)" and "Album [1999]" without the year; NULL where there is none. */
static char *without_year(const char *name)
{
    size_t size = strlen(name);
    if (size > 5 && is_digits(name, 4) && strchr(" -_.", name[4])) {
        const char *rest = name + 4 + strspn(name + 4, " -_.");
        return *rest ? strdup(rest) : NULL;
    }
    if (size > 6 && strchr(")]", name[size - 1]) && is_digits(name + size - 5, 4) && strchr("([", name[size - 6]))
        return strndup(name, size - 6);
    return NULL;
}

/* "CD1", "Disc 2": a part of an album. */
static bool is_disc(const char *name)
{
    static const char *const words[] = {"cd", "disc", "disk"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t size = strlen(words[i]);
        if (strncasecmp(name, words[i], size) != 0)
            continue;
        const char *number = name + size + strspn(name + size, " _-");
        return *number && number[strspn(number, "0123456789")] == '\0';
    }
    return false;
}

/* By the folder that holds an album, and the one around it. */
static enum status match_folder(struct cover_matcher *matcher, const char *artist, const char *album,
                                enum cover_rank rank, struct cover_match *match, struct error *error)
{
    char *plain = without_year(album);
    enum status status = match_key(matcher, album, rank, match, error);
    if (status == STATUS_OK && artist)
        status = match_names(matcher, artist, album, rank, match, error);
    if (status == STATUS_OK && artist && plain)
        status = match_names(matcher, artist, plain, rank, match, error);
    if (status == STATUS_OK)
        status = match_names(matcher, album, NULL, rank, match, error);
    if (status == STATUS_OK && plain)
        status = match_names(matcher, plain, NULL, rank, match, error);
    free(plain);
    return status;
}

static bool is_cover_name(const char *name, enum cover_rank *rank)
{
    static const char *const names[] = {"cover", "folder", "front", "album"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0) {
            *rank = (enum cover_rank)((size_t)RANK_COVER + i);
            return true;
        }
    return false;
}

enum status cover_match_file(struct cover_matcher *matcher, const char *const *folders, size_t n_folders,
                             const char *name, struct cover_match *match, struct error *error)
{
    *match = (struct cover_match){0};
    enum cover_rank rank;
    enum status status = match_key(matcher, name, RANK_KEY, match, error);
    if (status == STATUS_OK)
        status = match_names(matcher, name, NULL, RANK_NAME, match, error);
    if (status == STATUS_OK && n_folders > 0)
        status = match_names(matcher, folders[n_folders - 1], name, RANK_NAME, match, error);
    if (status != STATUS_OK || match->album_id != 0 || !is_cover_name(name, &rank))
        return status;
    if (n_folders > 1 && is_disc(folders[n_folders - 1]))
        n_folders--;
    if (n_folders == 0)
        return STATUS_OK;
    return match_folder(matcher, n_folders > 1 ? folders[n_folders - 2] : NULL, folders[n_folders - 1], rank, match,
                        error);
}
