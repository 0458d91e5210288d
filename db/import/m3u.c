#include "db/import/m3u.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/text_reader.h"
#include "db/import/import.h"

enum { LINE_MAX_BYTES = 16 << 10 };

/* ------------------------------------------------------------------ lines */

static enum status add(struct m3u *m3u, const struct m3u_entry *entry, const char *name, struct error *error)
{
    if (m3u->count >= IMPORT_PLAYLIST_TRACKS_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s: more than %d entries", name, IMPORT_PLAYLIST_TRACKS_MAX);
    if (m3u->count == m3u->capacity) {
        const size_t capacity = m3u->capacity ? 2 * m3u->capacity : 64;
        struct m3u_entry *entries = realloc(m3u->entries, capacity * sizeof *entries);
        if (!entries)
            return error_no_memory(error);
        m3u->entries = entries;
        m3u->capacity = capacity;
    }
    m3u->entries[m3u->count] = *entry;
    m3u->entries[m3u->count].location = arena_copy_text(&m3u->memory, entry->location, strlen(entry->location));
    return m3u->entries[m3u->count++].location ? STATUS_OK : error_no_memory(error);
}

/* "#EXTINF:123 key="a,b",Artist - Title": the text behind the first comma that is not in quotes. */
static bool read_extinf(struct m3u *m3u, const char *text, struct m3u_entry *next)
{
    bool quoted = false;
    char *end;
    const double seconds = strtod(text, &end);
    next->seconds = end > text && seconds >= 0 && seconds < 1e9 ? (int32_t)seconds : -1;
    for (; *text && (*text != ',' || quoted); text++)
        quoted ^= *text == '"';
    if (*text == ',')
        text++;
    text += strspn(text, " \t");
    const char *gap = strstr(text, " - ");
    const char *title = gap ? gap + 3 : text;
    next->artist = arena_copy_text(&m3u->memory, text, gap ? (size_t)(gap - text) : 0);
    next->title = arena_copy_text(&m3u->memory, title, strlen(title));
    return next->artist && next->title;
}

/* Tells "A - B" and "C" from "A" and "B - C", where the text of #EXTINF begins with this artist. */
static bool read_artist(struct m3u *m3u, const char *artist, struct m3u_entry *next)
{
    struct buffer whole = {0};
    const size_t size = strlen(artist);
    bool fine = true;
    buffer_printf(&whole, "%s - %s", next->artist, next->title);
    if (*next->artist && size > 0 && whole.size > size + 3 && !whole.failed && strncmp(whole.data, artist, size) == 0 &&
        strncmp(whole.data + size, " - ", 3) == 0) {
        next->artist = arena_copy_text(&m3u->memory, artist, size);
        next->title = arena_copy_text(&m3u->memory, whole.data + size + 3, whole.size - size - 3);
        fine = next->artist && next->title;
    }
    fine = fine && !whole.failed;
    buffer_free(&whole);
    return fine;
}

static enum status read_line(struct m3u *m3u, const struct text_line *line, struct m3u_entry *next, const char *name,
                             struct error *error)
{
    char *text = line->text + strspn(line->text, " \t");
    size_t size = strlen(text);
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        text[--size] = '\0';
    if (strncasecmp(text, "#EXTINF:", 8) == 0)
        return read_extinf(m3u, text + 8, next) ? STATUS_OK : error_no_memory(error);
    if (strncasecmp(text, "#EXTALB:", 8) == 0) {
        next->album = arena_copy_text(&m3u->memory, text + 8, strlen(text + 8));
        return next->album ? STATUS_OK : error_no_memory(error);
    }
    if (strncasecmp(text, "#EXTART:", 8) == 0)
        return read_artist(m3u, text + 8, next) ? STATUS_OK : error_no_memory(error);
    if (strncasecmp(text, "#PLAYLIST:", 10) == 0 && !*m3u->name) {
        text += 10 + strspn(text + 10, " \t");
        m3u->name = arena_copy_text(&m3u->memory, text, strlen(text));
        return m3u->name ? STATUS_OK : error_no_memory(error);
    }
    if (*text == '#' || *text == '\0')
        return STATUS_OK;
    next->location = text;
    next->line = line->number;
    enum status status = add(m3u, next, name, error);
    *next = (struct m3u_entry){.artist = "", .title = "", .album = "", .seconds = -1};
    return status;
}

enum status m3u_read(const char *path, const char *name, struct m3u *m3u, struct error *error)
{
    struct text_reader *reader = NULL;
    struct m3u_entry next = {.artist = "", .title = "", .album = "", .seconds = -1};
    struct text_line line;
    *m3u = (struct m3u){.name = ""};
    enum status status = text_reader_open_as(path, name, 0, &reader, error);
    for (bool more = true; status == STATUS_OK;) {
        status = text_reader_line(reader, LINE_MAX_BYTES, &line, &more, error);
        if (status != STATUS_OK || !more)
            break;
        status = read_line(m3u, &line, &next, name, error);
    }
    text_reader_close(reader);
    return status;
}

void m3u_free(struct m3u *m3u)
{
    free(m3u->entries);
    arena_free(&m3u->memory);
    *m3u = (struct m3u){.name = ""};
}

/* ------------------------------------------------------------------ locations */

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

void m3u_unescape(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        const int high = text[0] == '%' ? digit(text[1]) : -1, low = high >= 0 ? digit(text[2]) : -1;
        if (low >= 0 && (high > 0 || low > 0)) {
            buffer_add_byte(out, (char)(high << 4 | low));
            text += 2;
        } else {
            buffer_add_byte(out, *text);
        }
    }
}

static bool is_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':' && (path[2] == '/' || path[2] == '\\');
}

bool m3u_path(const char *location, struct buffer *path, enum m3u_form *form)
{
    const size_t begin = path->size;
    if (strncasecmp(location, "file:", 5) == 0) {
        location += 5;
        if (strncmp(location, "//", 2) == 0) /* with a host, which is not looked up */
            location += 2 + strcspn(location + 2, "/");
        if (location[0] == '/' && is_drive(location + 1))
            location++;
        m3u_unescape(location, path);
    } else if (strstr(location, "://") &&
               strspn(location, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "+-.") == (size_t)(strstr(location, "://") - location)) {
        return false;
    } else {
        buffer_add_text(path, location);
    }
    if (path->failed || path->size == begin)
        return false;
    char *text = path->data + begin;
    const bool drive = is_drive(text), windows = drive || (strchr(text, '\\') && !strchr(text, '/'));
    for (char *at = text; windows && *at; at++)
        *at = *at == '\\' ? '/' : *at;
    *form = drive || *text == '/' ? M3U_ABSOLUTE : M3U_RELATIVE;
    return true;
}

bool m3u_join(const char *folder, const char *path, struct buffer *out)
{
    const size_t begin = out->size;
    buffer_add_text(out, folder);
    while (*path) {
        const size_t size = strcspn(path, "/");
        if (size == 2 && memcmp(path, "..", 2) == 0) {
            if (out->size == begin)
                return false;
            do
                out->size--;
            while (out->size > begin && out->data[out->size - 1] != '/');
        } else if (size > 0 && !(size == 1 && *path == '.')) {
            buffer_add(out, path, size);
            if (path[size])
                buffer_add_byte(out, '/');
        }
        path += size + (path[size] == '/');
    }
    if (out->data)
        out->data[out->size] = '\0';
    return !out->failed && out->size > begin;
}
