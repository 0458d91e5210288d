#include "app/find_tracks.h"

#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "core/text.h"
#include "db/keys.h"

/* A line is cut to so many bytes, and so many search results are compared with its names. */
enum { NAME_MAX_SIZE = 400, CANDIDATES = 50 };

struct finding {
    struct app *app;
    struct found_tracks *found;
    const atomic_bool *cancel;
    int64_t *ids;
    size_t count, capacity;
    bool path_follows; /* the next line of an M3U file is the path of a track that was named */
};

static enum status add(struct finding *finding, int64_t id, const char *name, struct error *error)
{
    struct found_tracks *found = finding->found;
    if (id == 0 && found->missing++ == 0)
        snprintf(found->first_missing, sizeof found->first_missing, "%.120s", name);
    if (id == 0)
        return STATUS_OK;
    if (finding->count == finding->capacity) {
        size_t capacity = finding->capacity * 2 + 64;
        int64_t *ids = realloc(finding->ids, capacity * sizeof *ids);
        if (!ids)
            return error_no_memory(error);
        finding->ids = ids;
        finding->capacity = capacity;
    }
    finding->ids[finding->count++] = id;
    return STATUS_OK;
}

static enum status find_key(struct app *app, const char *key, int64_t *id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_track_find(catalogue, key, id, error);
    app_return(app, catalogue);
    return status;
}

/* ---- names ---- */

static bool fold_equals(const char *a, const char *b, bool begins)
{
    struct buffer x = {0}, y = {0};
    text_fold(a, strlen(a), &x);
    text_fold(b, strlen(b), &y);
    bool same = x.size > 0 && y.size >= x.size && memcmp(x.data, y.data, x.size) == 0;
    /* "Halo" also means "Halo (Live)" and "Halo - Remix", but not "Halos" */
    bool good = same && (y.size == x.size || (begins && strchr(" ([-/,", y.data[x.size]) != NULL));
    buffer_free(&x);
    buffer_free(&y);
    return good;
}

static bool is_named(const struct track *track, const char *title, const char *artist, bool begins)
{
    return fold_equals(title, track->title, begins) && fold_equals(artist, track->artist, begins);
}

/* The candidate whose names are these in either order: the whole ones first. */
static int64_t choose(const struct track_list *candidates, const char *left, const char *right)
{
    for (int begins = 0; begins < 2; begins++)
        for (size_t i = 0; i < candidates->count; i++) {
            const struct track *track = &candidates->items[i];
            if (is_named(track, right, left, begins) || is_named(track, left, right, begins))
                return track->id;
        }
    return 0;
}

static void trim(char *text)
{
    size_t start = strspn(text, " \t\r"), size = strlen(text + start);
    memmove(text, text + start, size + 1);
    while (size > 0 && strchr(" \t\r", text[size - 1]))
        text[--size] = '\0';
}

static enum status find_pair(struct finding *finding, const char *left, const char *right, int64_t *id,
                             struct error *error)
{
    struct track_list candidates = {0};
    struct buffer query = {0};
    int64_t total;
    buffer_printf(&query, "%s %s", left, right);
    enum status status =
        query.failed ? error_no_memory(error)
                     : app_search(finding->app, query.data, CANDIDATES, &candidates, &total, finding->cancel, error);
    if (status == STATUS_OK)
        *id = choose(&candidates, left, right);
    track_list_free(&candidates);
    buffer_free(&query);
    return status;
}

/* Tries every separator of the line, because titles contain them, too. */
static enum status find_names(struct finding *finding, const char *line, int64_t *id, struct error *error)
{
    static const char *const separators[] = {" - ", " – ", " — ", "\t"};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        size_t size = strlen(separators[i]);
        for (const char *at = line; status == STATUS_OK && *id == 0 && (at = strstr(at, separators[i])); at += size) {
            char left[NAME_MAX_SIZE + 1], right[NAME_MAX_SIZE + 1];
            snprintf(left, sizeof left, "%.*s", (int)(at - line), line);
            snprintf(right, sizeof right, "%s", at + size);
            trim(left);
            trim(right);
            if (left[0] && right[0])
                status = find_pair(finding, left, right, id, error);
        }
    }
    return status;
}

/* ---- lines ---- */

static bool is_link(const char *word)
{
    struct buffer key = {0};
    bool link = key_add_spotify(KEY_TRACK, (struct text){word, strlen(word)}, &key);
    buffer_free(&key);
    return link;
}

/* Finds each word of a line if all of them are links; *links says whether they are. */
static enum status find_links(struct finding *finding, const char *line, bool *links, struct error *error)
{
    char words[NAME_MAX_SIZE + 1], *rest = words, *word;
    enum status status = STATUS_OK;
    for (int pass = 0; pass < 2; pass++) {
        snprintf(words, sizeof words, "%s", line);
        rest = words;
        while (status == STATUS_OK && (word = strsep(&rest, " \t,;"))) {
            int64_t id = 0;
            if (!*word)
                continue;
            if (pass == 0 && !(*links = is_link(word)))
                return STATUS_OK;
            if (pass == 1)
                status = find_key(finding->app, word, &id, error);
            if (pass == 1 && status == STATUS_OK)
                status = add(finding, id, word, error);
        }
    }
    return status;
}

/* The line without "12. " or "#EXTINF:215,". */
static const char *skip_prefix(struct finding *finding, const char *line)
{
    static const char info[] = "#EXTINF:";
    const char *comma;
    if (strncmp(line, info, sizeof info - 1) == 0 && (comma = strchr(line, ','))) {
        finding->path_follows = true;
        return comma + 1;
    }
    size_t digits = strspn(line, "0123456789");
    bool numbered = digits > 0 && digits < 6 && (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ';
    return numbered ? line + digits + 2 : line;
}

static enum status find_line(struct finding *finding, const char *text, struct error *error)
{
    char line[NAME_MAX_SIZE + 1];
    bool path = finding->path_follows && text[0] != '#', links = false;
    snprintf(line, sizeof line, "%s", skip_prefix(finding, text));
    trim(line);
    if (path)
        finding->path_follows = false;
    if (!line[0] || line[0] == '#' || path)
        return STATUS_OK;
    int64_t id = 0;
    enum status status = find_links(finding, line, &links, error);
    if (status != STATUS_OK || links)
        return status;
    status = find_key(finding->app, line, &id, error);
    if (status == STATUS_OK && id == 0)
        status = find_names(finding, line, &id, error);
    return status == STATUS_OK ? add(finding, id, line, error) : status;
}

enum status app_find_tracks(struct app *app, const char *text, struct found_tracks *found, const atomic_bool *cancel,
                            struct error *error)
{
    struct finding finding = {.app = app, .found = found, .cancel = cancel};
    char *lines = strdup(text), *rest = lines, *line;
    enum status status = lines ? STATUS_OK : error_no_memory(error);
    while (status == STATUS_OK && (line = strsep(&rest, "\n\r"))) {
        if (cancel && atomic_load(cancel))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted");
        else if (line[0])
            status = find_line(&finding, line, error);
    }
    if (status == STATUS_OK && finding.count > 0)
        status = app_tracks(app, finding.ids, finding.count, &found->tracks, error);
    free(finding.ids);
    free(lines);
    return status;
}
