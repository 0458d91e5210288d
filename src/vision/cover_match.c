#include "vision/cover_match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/text.h"

enum { AMBIGUOUS = -1 };

/* An open-addressing hash table from names to the only album with that name. */
struct name_entry {
    uint64_t hash; /* 0: empty */
    int64_t album_id;
};

struct cover_matcher {
    struct catalogue *catalogue;
    struct name_entry *entries; /* NULL until a name that is not a key is looked up */
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

/* The kind of name of an entry: equal texts of different kinds are different names. */
enum name_kind {
    NAME_KEY,    /* a key; characters other than letters, marks and digits are "_" */
    NAME_WHOLE,  /* artist and title, or title and artist, in one text; only letters, marks and digits count */
    NAME_PARTED, /* artist and title separately, normalised like NAME_WHOLE */
};

/* Appends a name in the form in which names are compared: that of text_key, with each run of characters other than
 * letters, marks and digits replaced by `gap` (or removed if `gap` is 0), and none at the ends. A name without letters,
 * marks and digits is kept unchanged. */
static void add_plain(struct cover_matcher *matcher, const char *text, char gap)
{
    struct buffer *key = &matcher->scratch, *plain = &matcher->plain;
    size_t begin = plain->size;
    bool in_gap = false;
    buffer_clear(key);
    text_key(text, strlen(text), key);
    for (size_t at = 0, step; !key->failed && at < key->size; at += step) {
        step = text_character_size(key->data + at, key->size - at);
        bool word = step > 0 && text_ends_in_word(key->data + at, key->data + at + step);
        step = step > 0 ? step : 1;
        if (word && in_gap && gap && plain->size > begin)
            buffer_add_byte(plain, gap);
        if (word)
            buffer_add(plain, key->data + at, step);
        in_gap = !word;
    }
    if (plain->size == begin)
        buffer_add(plain, key->data, key->size);
    plain->failed |= key->failed;
}

/* Never 0. `second` may be NULL. */
static uint64_t hash_names(struct cover_matcher *matcher, enum name_kind kind, const char *first, const char *second)
{
    buffer_clear(&matcher->plain);
    buffer_add_byte(&matcher->plain, (char)kind);
    add_plain(matcher, first, kind == NAME_KEY ? '_' : '\0');
    if (second && kind == NAME_PARTED)
        buffer_add_byte(&matcher->plain, '/');
    if (second)
        add_plain(matcher, second, '\0');
    return hash_bytes(matcher->plain.data, matcher->plain.size) | 1;
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
    struct name_entry *entry = find_entry(matcher, hash);
    bool taken = entry->hash != 0 && entry->album_id != album_id;
    *entry = (struct name_entry){hash, taken ? AMBIGUOUS : album_id};
}

static enum status make_index(struct cover_matcher *matcher, struct error *error)
{
    enum { NAMES = 4 }; /* per album */
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
        add_name(matcher, hash_names(matcher, NAME_KEY, album->key, NULL), album->id);
        add_name(matcher, hash_names(matcher, NAME_WHOLE, album->artist, album->title), album->id);
        add_name(matcher, hash_names(matcher, NAME_WHOLE, album->title, album->artist), album->id);
        add_name(matcher, hash_names(matcher, NAME_PARTED, album->artist, album->title), album->id);
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

/* Looks a name up unless a match was found already. */
static enum status match_kind(struct cover_matcher *matcher, enum name_kind kind, const char *first, const char *second,
                              enum cover_rank rank, struct cover_match *match, struct error *error)
{
    if (match->album_id != 0)
        return STATUS_OK;
    enum status status = matcher->entries ? STATUS_OK : make_index(matcher, error);
    if (status != STATUS_OK)
        return status;
    uint64_t hash = hash_names(matcher, kind, first, second);
    if (matcher->plain.failed)
        return error_no_memory(error);
    int64_t found = find_entry(matcher, hash)->album_id; /* 0 if the entry is empty */
    match->ambiguous |= found == AMBIGUOUS;
    match->rank = rank;
    match->album_id = found > 0 ? found : 0;
    return STATUS_OK;
}

/* Matches a complete name: a key, or artist and title. */
static enum status match_name(struct cover_matcher *matcher, const char *name, enum cover_rank rank,
                              struct cover_match *match, struct error *error)
{
    enum status status = match_kind(matcher, NAME_KEY, name, NULL, rank, match, error);
    return status == STATUS_OK ? match_kind(matcher, NAME_WHOLE, name, NULL, rank, match, error) : status;
}

enum status cover_match_key(struct cover_matcher *matcher, const char *key, struct cover_match *match,
                            struct error *error)
{
    *match = (struct cover_match){0};
    enum status status = match_key(matcher, key, RANK_KEY, match, error);
    return status == STATUS_OK ? match_name(matcher, key, RANK_KEY, match, error) : status;
}

static bool is_digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

static bool is_year_in_brackets(const char *text, size_t count)
{
    return count >= 6 && strchr("([", text[0]) && is_digits(text + 1, 4) && strchr(")]", text[5]);
}

/* The start of the last group in brackets if it is a year or describes the files: "[FLAC]", "[24-96]". */
static size_t end_without_group(const char *name, size_t size)
{
    size_t begin = size;
    if (size > 6 && is_year_in_brackets(name + size - 6, 6))
        return size - 6;
    if (size == 0 || name[size - 1] != ']')
        return size;
    while (begin > 0 && name[begin - 1] != '[')
        begin--;
    return begin > 1 ? begin - 1 : size;
}

/* "1999 - Album", "(1999) Album", "Album (1999)" and "Album [1999] [FLAC]" as "Album"; NULL if nothing else remains. */
static char *without_year(const char *name)
{
    size_t size = strlen(name), year = 0, end;
    if (size > 5 && is_digits(name, 4) && strchr(" -_.", name[4]))
        year = 4;
    else if (is_year_in_brackets(name, size))
        year = 6;
    const char *rest = name + year;
    rest += year > 0 ? strspn(rest, " -_.") : 0;
    size = strlen(rest);
    while ((end = end_without_group(rest, size)) < size) {
        size = end;
        while (size > 0 && strchr(" -_.", rest[size - 1]))
            size--;
    }
    return size > 0 && size < strlen(name) ? strndup(rest, size) : NULL;
}

/* Whether it is a part of an album: "CD1", "Disc 2". */
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

/* Matches the album's folder and its parent folder. */
static enum status match_folder(struct cover_matcher *matcher, const char *artist, const char *album,
                                enum cover_rank rank, struct cover_match *match, struct error *error)
{
    char *plain = without_year(album);
    enum status status = match_key(matcher, album, rank, match, error);
    if (status == STATUS_OK && artist)
        status = match_kind(matcher, NAME_PARTED, artist, album, rank, match, error);
    if (status == STATUS_OK && artist && plain)
        status = match_kind(matcher, NAME_PARTED, artist, plain, rank, match, error);
    if (status == STATUS_OK)
        status = match_name(matcher, album, rank, match, error);
    if (status == STATUS_OK && plain)
        status = match_name(matcher, plain, rank, match, error);
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
        status = match_name(matcher, name, RANK_NAME, match, error);
    if (status == STATUS_OK && n_folders > 0)
        status = match_kind(matcher, NAME_PARTED, folders[n_folders - 1], name, RANK_NAME, match, error);
    if (status != STATUS_OK || match->album_id != 0 || !is_cover_name(name, &rank))
        return status;
    if (n_folders > 1 && is_disc(folders[n_folders - 1]))
        n_folders--;
    if (n_folders == 0)
        return STATUS_OK;
    return match_folder(matcher, n_folders > 1 ? folders[n_folders - 2] : NULL, folders[n_folders - 1], rank, match,
                        error);
}
