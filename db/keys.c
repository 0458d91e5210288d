#include "db/keys.h"

#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/text.h"

static const char *const kind_names[] = {
    [KEY_TRACK] = "track", [KEY_ALBUM] = "album", [KEY_ARTIST] = "artist", [KEY_PLAYLIST] = "playlist"};

/* ---- Spotify's ids ---- */

enum { ID_SIZE = 22 };

static bool is_base62(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t id_length(struct text text)
{
    size_t length = 0;
    while (length < text.size && is_base62(text.data[length]))
        length++;
    return length;
}

/* Removes a word, in any case, from the front; false when it is not there. */
static bool remove_prefix(struct text *rest, const char *word)
{
    size_t size = strlen(word);
    if (rest->size < size || strncasecmp(rest->data, word, size) != 0)
        return false;
    rest->data += size;
    rest->size -= size;
    return true;
}

/* Removes an id from the front; nothing of an id may follow. */
static bool take_id(struct text *rest, struct text *id)
{
    if (id_length(*rest) != ID_SIZE)
        return false;
    *id = (struct text){rest->data, ID_SIZE};
    rest->data += ID_SIZE;
    rest->size -= ID_SIZE;
    return rest->size == 0 || strchr("/?#&:", rest->data[0]);
}

static bool take_separator(struct text *rest)
{
    return remove_prefix(rest, ":") || remove_prefix(rest, "%3A") || remove_prefix(rest, "/");
}

/* Older URIs and links contain the owner of the playlist. */
static void take_user(enum key_kind kind, struct text *rest)
{
    struct text path = *rest;
    if (kind != KEY_PLAYLIST || !remove_prefix(&path, "user") || !take_separator(&path))
        return;
    while (path.size > 0 && path.data[0] != ':' && path.data[0] != '/') {
        path.data++;
        path.size--;
    }
    if (take_separator(&path))
        *rest = path;
}

/* The part after "spotify". */
static bool read_uri(enum key_kind kind, struct text rest, struct text *id)
{
    if (!remove_prefix(&rest, "://") && !take_separator(&rest))
        return false;
    take_user(kind, &rest);
    return remove_prefix(&rest, kind_names[kind]) && take_separator(&rest) && take_id(&rest, id);
}

/* A link to an album may name one of its tracks. */
static bool read_highlight(enum key_kind kind, struct text rest, struct text *id)
{
    for (; rest.size > 0; rest.data++, rest.size--) {
        struct text value = rest;
        if (remove_prefix(&value, "highlight=spotify"))
            return read_uri(kind, value, id);
    }
    return false;
}

static void take_country(struct text *rest)
{
    struct text path = *rest;
    if (!remove_prefix(&path, "intl-"))
        return;
    while (path.size > 0 && (is_base62(path.data[0]) || path.data[0] == '-')) {
        path.data++;
        path.size--;
    }
    if (remove_prefix(&path, "/"))
        *rest = path;
}

static bool read_link(enum key_kind kind, struct text rest, struct text *id)
{
    if (!remove_prefix(&rest, "https://"))
        remove_prefix(&rest, "http://");
    if (remove_prefix(&rest, "embed.spotify.com/"))
        return remove_prefix(&rest, "?uri=spotify") && read_uri(kind, rest, id);
    if (!remove_prefix(&rest, "open.spotify.com/") && !remove_prefix(&rest, "play.spotify.com/"))
        return false;
    take_country(&rest);
    remove_prefix(&rest, "embed/");
    take_user(kind, &rest);
    if (kind == KEY_TRACK && remove_prefix(&rest, "album/"))
        return read_highlight(kind, rest, id);
    return remove_prefix(&rest, kind_names[kind]) && remove_prefix(&rest, "/") && take_id(&rest, id);
}

/* An id contains no blank; a key made of names may begin with a title that is a link. */
bool key_add_spotify(enum key_kind kind, struct text id, struct buffer *out)
{
    struct text rest = id, found;
    if (memchr(id.data, ' ', id.size))
        return false;
    if (id.size == ID_SIZE && id_length(id) == ID_SIZE)
        found = id;
    else if (remove_prefix(&rest, "spotify") ? !read_uri(kind, rest, &found) : !read_link(kind, rest, &found))
        return false;
    buffer_add_text(out, "spotify:");
    buffer_add_text(out, kind_names[kind]);
    buffer_add_byte(out, ':');
    buffer_add(out, found.data, found.size);
    return true;
}

/* ---- names ---- */

/* Keys differ in any of their bytes, so a long one ends in a hash instead of being cut. */
static void limit(struct buffer *out, size_t begin)
{
    if (out->size - begin <= KEY_MAX)
        return;
    char hash[33];
    struct hash running;
    hash_begin(&running);
    hash_add(&running, out->data + begin, out->size - begin);
    hash_end(running, hash);
    size_t keep = begin + KEY_MAX - 40;
    while (keep > begin && ((unsigned char)out->data[keep] & 0xc0) == 0x80)
        keep--;
    out->size = keep;
    buffer_add_text(out, " #");
    buffer_add_text(out, hash);
}

/* Escapes the separator in the text from `begin` on, so that different pairs have different keys. */
static void mark_separators(struct buffer *out, size_t begin)
{
    size_t size = out->size - begin;
    if (out->failed || size == 0 || (!memchr(out->data + begin, '/', size) && !memchr(out->data + begin, '\\', size)))
        return;
    struct buffer first = {0};
    buffer_add(&first, out->data + begin, size);
    out->failed |= first.failed;
    out->size = begin;
    for (size_t i = 0; i < first.size; i++) {
        const char *at = first.data + i;
        if (*at == '\\' || (*at == '/' && i > 0 && at[-1] == ' ' && (i + 1 == first.size || at[1] == ' ')))
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, *at);
    }
    buffer_free(&first);
}

typedef void compare_as(const char *text, size_t size, struct buffer *out);

static void add_bytes(const char *text, size_t size, struct buffer *out)
{
    buffer_add(out, text, size);
}

static void add_names(enum key_kind kind, compare_as *compare, struct text title, struct text artist,
                      struct buffer *out)
{
    const size_t begin = out->size;
    if (kind != KEY_ARTIST) {
        compare(title.data, title.size, out);
        mark_separators(out, begin);
        buffer_add_text(out, " / ");
    }
    compare(artist.data, artist.size, out);
    limit(out, begin);
}

void key_add_playlist(struct text written, bool is_id, struct buffer *out)
{
    const size_t begin = out->size;
    if (is_id && key_add_spotify(KEY_PLAYLIST, written, out) && !out->failed) {
        const char *id = strrchr(out->data + begin, ':') + 1;
        const size_t size = out->size - (size_t)(id - out->data);
        memmove(out->data + begin, id, size + 1);
        out->size = begin + size;
    } else {
        text_compose(written.data, written.size, out);
    }
}

void key_add_id(enum key_kind kind, struct text id, struct buffer *out)
{
    const size_t begin = out->size;
    if (key_add_spotify(kind, id, out))
        return;
    buffer_add(out, id.data, id.size);
    limit(out, begin);
}

void key_add_names(enum key_kind kind, struct text title, struct text artist, struct buffer *out)
{
    add_names(kind, text_key, title, artist, out);
}

void key_add_old_names(enum key_kind kind, struct text title, struct text artist, struct buffer *out)
{
    add_names(kind, kind == KEY_TRACK ? text_fold : add_bytes, title, artist, out);
}

/* Whether the text is " #N". */
static bool is_number(const char *text, size_t size)
{
    if (size < 3 || memcmp(text, " #", 2) != 0)
        return false;
    for (size_t i = 2; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

bool key_is_of_names(enum key_kind kind, struct text id, struct text title, struct text artist, struct buffer *scratch)
{
    buffer_clear(scratch);
    key_add_names(kind, title, artist, scratch);
    if (scratch->size > 0 && id.size >= scratch->size && memcmp(id.data, scratch->data, scratch->size) == 0 &&
        (id.size == scratch->size || is_number(id.data + scratch->size, id.size - scratch->size)))
        return true;
    bool failed = scratch->failed;
    buffer_clear(scratch);
    key_add_old_names(kind, title, artist, scratch);
    scratch->failed |= failed;
    return !scratch->failed && id.size == scratch->size && memcmp(id.data, scratch->data, id.size) == 0;
}
