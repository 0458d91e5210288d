#include "ui/playlist_edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

static void version_free(struct playlist_version *version)
{
    free(version->name);
    free(version->items);
    free(version->what);
    memset(version, 0, sizeof *version);
}

void playlist_edits_free(struct playlist_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        version_free(&edits->versions[i]);
    free(edits->versions);
    memset(edits, 0, sizeof *edits);
}

const struct playlist_version *playlist_now(const struct playlist_edits *edits)
{
    return &edits->versions[edits->current];
}

size_t playlist_find(const struct playlist_version *version, int64_t track)
{
    for (size_t i = 0; i < version->count; i++)
        if (version->items[i]->id == track)
            return i + 1;
    return 0;
}

/* A copy of `from` with space for `extra` more items becomes the present version; later versions are dropped. */
static enum status push(struct playlist_edits *edits, const struct playlist_version *from, size_t extra,
                        const char *verb, const char *object, struct playlist_version **out, struct error *error)
{
    if (from->count + extra > PLAYLIST_TRACKS_MAX)
        return error_set(error, STATUS_USAGE, "a playlist of more than %d tracks cannot be built here",
                         PLAYLIST_TRACKS_MAX);
    struct playlist_version next = {.serial = from->serial, .kept = from->kept, .count = from->count};
    struct buffer what = {0};
    buffer_add_text(&what, verb);
    buffer_add_text(&what, object);
    next.name = strdup(from->name);
    next.items = calloc(from->count + extra + 1, sizeof *next.items);
    next.what = what.data;
    size_t needed = edits->count > 0 ? edits->current + 2 : 1;
    if (needed > edits->capacity) {
        size_t capacity = needed * 2;
        struct playlist_version *versions = realloc(edits->versions, capacity * sizeof *versions);
        if (versions) {
            edits->versions = versions;
            edits->capacity = capacity;
        }
    }
    if (what.failed || !next.name || !next.items || needed > edits->capacity) {
        version_free(&next);
        return error_no_memory(error);
    }
    if (from->count > 0)
        memcpy(next.items, from->items, from->count * sizeof *next.items);
    while (edits->count > needed - 1)
        version_free(&edits->versions[--edits->count]);
    edits->versions[edits->count++] = next;
    edits->current = edits->count - 1;
    *out = &edits->versions[edits->current];
    return STATUS_OK;
}

/* `push` may move the versions in memory, so it gets a copy of the present one's fields. */
static enum status push_now(struct playlist_edits *edits, size_t extra, const char *verb, const char *object,
                            struct playlist_version **out, struct error *error)
{
    struct playlist_version now = *playlist_now(edits);
    return push(edits, &now, extra, verb, object, out, error);
}

enum status playlist_edits_start(struct playlist_edits *edits, struct error *error)
{
    memset(edits, 0, sizeof *edits);
    char name[] = "";
    struct playlist_version nothing = {.name = name, .serial = ++edits->serials};
    struct playlist_version *version;
    return push(edits, &nothing, 0, "started", "", &version, error);
}

static enum status no_such_entry(size_t position, const struct playlist_version *now, struct error *error)
{
    if (now->count == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty; add a track first");
    return error_set(error, STATUS_USAGE, "there is no entry %zu; the playlist has %zu", position + 1, now->count);
}

enum status playlist_add(struct playlist_edits *edits, const struct track *track, struct error *error)
{
    struct playlist_version *version;
    enum status status = push_now(edits, 1, "added ", track->title, &version, error);
    if (status == STATUS_OK)
        version->items[version->count++] = track;
    return status;
}

enum status playlist_remove(struct playlist_edits *edits, size_t position, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    if (position >= now->count)
        return no_such_entry(position, now, error);
    struct playlist_version *version;
    enum status status = push_now(edits, 0, "removed ", now->items[position]->title, &version, error);
    if (status != STATUS_OK)
        return status;
    version->count--;
    memmove(version->items + position, version->items + position + 1,
            (version->count - position) * sizeof *version->items);
    return STATUS_OK;
}

enum status playlist_move(struct playlist_edits *edits, size_t from, size_t to, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    if (from >= now->count)
        return no_such_entry(from, now, error);
    if (to >= now->count)
        return no_such_entry(to, now, error);
    if (from == to)
        return STATUS_OK;
    struct playlist_version *version;
    enum status status = push_now(edits, 0, "moved ", now->items[from]->title, &version, error);
    if (status != STATUS_OK)
        return status;
    const struct track *track = version->items[from];
    if (from < to)
        memmove(version->items + from, version->items + from + 1, (to - from) * sizeof *version->items);
    else
        memmove(version->items + to + 1, version->items + to, (from - to) * sizeof *version->items);
    version->items[to] = track;
    return STATUS_OK;
}

static enum status set_name(struct playlist_version *version, const char *name, struct error *error)
{
    char *copy = strdup(name);
    if (!copy)
        return error_no_memory(error);
    free(version->name);
    version->name = copy;
    return STATUS_OK;
}

enum status playlist_rename(struct playlist_edits *edits, const char *name, bool keep, struct error *error)
{
    struct playlist_version *version;
    enum status status = push_now(edits, 0, keep ? "saved as " : "renamed to ", name, &version, error);
    if (status != STATUS_OK)
        return status;
    version->kept = version->kept || keep;
    return set_name(version, name, error);
}

enum status playlist_clear(struct playlist_edits *edits, struct error *error)
{
    struct playlist_version *version;
    enum status status = push_now(edits, 0, "cleared the playlist", "", &version, error);
    if (status == STATUS_OK)
        version->count = 0;
    return status;
}

static bool occurs(const struct playlist_version *version, size_t end, int64_t id)
{
    for (size_t i = 0; i < end; i++)
        if (version->items[i]->id == id)
            return true;
    return false;
}

enum status playlist_dedupe(struct playlist_edits *edits, size_t *removed, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    *removed = 0;
    for (size_t i = 0; i < now->count; i++)
        *removed += occurs(now, i, now->items[i]->id);
    if (*removed == 0)
        return STATUS_OK;
    struct playlist_version *version;
    enum status status = push_now(edits, 0, "removed repeats", "", &version, error);
    if (status != STATUS_OK)
        return status;
    size_t kept = 0;
    for (size_t i = 0; i < version->count; i++)
        if (!occurs(version, kept, version->items[i]->id))
            version->items[kept++] = version->items[i];
    version->count = kept;
    return STATUS_OK;
}

enum status playlist_open(struct playlist_edits *edits, const char *name, const struct track_row *tracks, bool kept,
                          const char *what, struct error *error)
{
    char nameless[] = "";
    struct playlist_version other = {.name = nameless, .serial = edits->serials + 1, .kept = kept};
    other.items = tracks->items;
    other.count = tracks->count;
    struct playlist_version *version;
    enum status status = push(edits, &other, 0, what, name, &version, error);
    if (status != STATUS_OK)
        return status;
    edits->serials++;
    return set_name(version, name, error);
}

void playlist_forget(struct playlist_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        if (i != edits->current)
            version_free(&edits->versions[i]);
    edits->versions[0] = edits->versions[edits->current];
    edits->count = 1;
    edits->current = 0;
}

enum status playlist_undo(struct playlist_edits *edits, const char **what, struct error *error)
{
    if (edits->current == 0)
        return error_set(error, STATUS_USAGE, "there is nothing to undo");
    *what = edits->versions[edits->current--].what;
    return STATUS_OK;
}

enum status playlist_redo(struct playlist_edits *edits, const char **what, struct error *error)
{
    if (edits->current + 1 >= edits->count)
        return error_set(error, STATUS_USAGE, "there is nothing to redo");
    *what = edits->versions[++edits->current].what;
    return STATUS_OK;
}

static bool numbers_of(const struct playlist_version *version, struct track_numbers *numbers)
{
    *numbers = (struct track_numbers){malloc((version->count + 1) * sizeof *numbers->ids), version->count};
    for (size_t i = 0; numbers->ids && i < version->count; i++)
        numbers->ids[i] = version->items[i]->id;
    return numbers->ids != NULL;
}

/* Tracks that are not in the book are left out. */
static bool set_items(struct playlist_version *version, const struct track_numbers *numbers,
                      const struct track_book *book)
{
    const struct track **items = calloc(numbers->count + 1, sizeof *items);
    size_t count = 0;
    if (!items)
        return false;
    for (size_t i = 0; i < numbers->count; i++) {
        const struct track *track = track_book_find(book, numbers->ids[i]);
        if (track)
            items[count++] = track;
    }
    free(version->items);
    version->items = items;
    version->count = count;
    return true;
}

static enum status rebase_version(struct playlist_version *version, const struct own_playlist *before,
                                  const struct own_playlist *after, const struct track_book *book, bool *changed,
                                  struct error *error)
{
    struct track_numbers mine, merged, from = {before->ids, before->count}, to = {after->ids, after->count};
    *changed = false;
    if (!numbers_of(version, &mine))
        return error_no_memory(error);
    enum status status = playlist_rebase(&from, &to, &mine, &merged, error);
    if (status == STATUS_OK) {
        *changed = mine.count != merged.count || memcmp(mine.ids, merged.ids, mine.count * sizeof *mine.ids) != 0;
        if (*changed && !set_items(version, &merged, book))
            status = error_no_memory(error);
        free(merged.ids);
    }
    free(mine.ids);
    if (status == STATUS_OK && strcmp(version->name, before->name) == 0 && strcmp(after->name, before->name) != 0)
        status = set_name(version, after->name, error);
    return status;
}

enum status playlist_rebase_versions(struct playlist_edits *edits, const struct own_playlist *before,
                                     const struct own_playlist *after,
                                     bool (*wanted)(const void *context, uint64_t serial), const void *context,
                                     const struct track_book *book, bool *changed, struct error *error)
{
    enum status status = STATUS_OK;
    *changed = false;
    for (size_t i = 0; i < edits->count && status == STATUS_OK; i++) {
        bool other;
        if (!wanted(context, edits->versions[i].serial))
            continue;
        status = rebase_version(&edits->versions[i], before, after, book, &other, error);
        *changed = *changed || (i == edits->current && other);
    }
    return status;
}
