#include "ui/playlist_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

static void version_free(struct playlist_version *version)
{
    free(version->name);
    free(version->items);
    free(version->what);
    free(version->shifted);
    free(version->rejected);
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

static void copy_rejected(struct playlist_version *version, const int64_t *ids, size_t count)
{
    free(version->rejected);
    version->rejected = count > 0 ? malloc((count + 1) * sizeof *ids) : NULL; /* and one more */
    version->n_rejected = version->rejected ? count : 0;
    if (version->rejected)
        memcpy(version->rejected, ids, count * sizeof *ids);
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
    copy_rejected(&next, from->rejected, from->n_rejected);
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

/* ---- several at once ---- */

/* "added Strobe", "added 5 tracks" */
static enum status push_several(struct playlist_edits *edits, size_t extra, const char *verb, const char *title,
                                size_t n, struct playlist_version **version, struct error *error)
{
    char number[32];
    snprintf(number, sizeof number, "%zu tracks", n);
    return push_now(edits, extra, verb, n == 1 ? title : number, version, error);
}

enum status playlist_insert(struct playlist_edits *edits, size_t at, const struct track *const *tracks, size_t n,
                            struct error *error)
{
    struct playlist_version *version;
    size_t count = playlist_now(edits)->count;
    if (n == 0)
        return STATUS_OK;
    enum status status = push_several(edits, n, "added ", tracks[0]->title, n, &version, error);
    if (status != STATUS_OK)
        return status;
    at = at < count ? at : count;
    memmove(version->items + at + n, version->items + at, (count - at) * sizeof *version->items);
    memcpy(version->items + at, tracks, n * sizeof *version->items);
    version->count += n;
    return STATUS_OK;
}

static enum status check_positions(const struct playlist_version *now, const size_t *positions, size_t n,
                                   struct error *error)
{
    return n == 0 || positions[n - 1] >= now->count ? no_such_entry(n > 0 ? positions[n - 1] : 0, now, error)
                                                    : STATUS_OK;
}

/* Leaves out the entries at these positions; returns how many are left. */
static size_t leave_out(const struct track **items, size_t count, const size_t *positions, size_t n)
{
    size_t kept = 0, next = 0;
    for (size_t i = 0; i < count; i++)
        if (next < n && positions[next] == i)
            next++;
        else
            items[kept++] = items[i];
    return kept;
}

enum status playlist_remove_all(struct playlist_edits *edits, const size_t *positions, size_t n, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    struct playlist_version *version;
    enum status status = check_positions(now, positions, n, error);
    if (status == STATUS_OK)
        status = push_several(edits, 0, "removed ", now->items[positions[0]]->title, n, &version, error);
    if (status == STATUS_OK)
        version->count = leave_out(version->items, version->count, positions, n);
    return status;
}

static void exchange(const struct track **a, const struct track **b)
{
    const struct track *track = *a;
    *a = *b;
    *b = track;
}

/* Moves the entries and sets their positions. */
static void shift(const struct track **items, size_t count, size_t *positions, size_t n, bool up)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = up ? i : n - 1 - i, at = positions[k];
        size_t end = up ? (i == 0 ? 0 : positions[k - 1] + 1) : (i == 0 ? count - 1 : positions[k + 1] - 1);
        if (at == end)
            continue;
        positions[k] = up ? at - 1 : at + 1;
        exchange(&items[at], &items[positions[k]]);
    }
}

/* False where they all stand at the end to which they would move. */
static bool can_shift(const size_t *positions, size_t n, size_t count, bool up)
{
    for (size_t i = 0; i < n; i++)
        if (up ? positions[i] != i : positions[n - 1 - i] != count - 1 - i)
            return true;
    return false;
}

static bool continues_shift(const struct playlist_version *now, const size_t *positions, size_t n, bool up)
{
    return now->shifted && now->n_shifted == n && now->shifted_up == up &&
           memcmp(now->shifted, positions, n * sizeof *positions) == 0;
}

/* Without memory for the positions, the next step is undone by itself. */
static void remember_shift(struct playlist_version *version, const size_t *positions, size_t n, bool up)
{
    if (!version->shifted)
        version->shifted = malloc(n * sizeof *positions);
    if (version->shifted)
        memcpy(version->shifted, positions, n * sizeof *positions);
    version->n_shifted = n;
    version->shifted_up = up;
}

enum status playlist_shift(struct playlist_edits *edits, size_t *positions, size_t n, bool up, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    struct playlist_version *version = &edits->versions[edits->current];
    enum status status = check_positions(now, positions, n, error);
    if (status != STATUS_OK || !can_shift(positions, n, now->count, up))
        return status;
    bool last = edits->current + 1 == edits->count;
    if (!last || !continues_shift(now, positions, n, up))
        status = push_several(edits, 0, "moved ", now->items[positions[0]]->title, n, &version, error);
    if (status != STATUS_OK)
        return status;
    shift(version->items, version->count, positions, n, up);
    remember_shift(version, positions, n, up);
    return STATUS_OK;
}

enum status playlist_gather(struct playlist_edits *edits, size_t *positions, size_t n, size_t to, struct error *error)
{
    const struct playlist_version *now = playlist_now(edits);
    struct playlist_version *version;
    enum status status = check_positions(now, positions, n, error);
    if (status == STATUS_OK && to + n > now->count)
        to = now->count - n;
    const struct track **moving = calloc(n + 1, sizeof *moving);
    if (status == STATUS_OK && !moving)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = push_several(edits, 0, "moved ", now->items[positions[0]]->title, n, &version, error);
    if (status != STATUS_OK) {
        free(moving);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        moving[i] = version->items[positions[i]];
    size_t kept = leave_out(version->items, version->count, positions, n);
    memmove(version->items + to + n, version->items + to, (kept - to) * sizeof *version->items);
    memcpy(version->items + to, moving, n * sizeof *version->items);
    for (size_t i = 0; i < n; i++)
        positions[i] = to + i;
    free(moving);
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

static int by_id_and_place(const void *a, const void *b)
{
    const struct track *const *x = *(const struct track *const *const *)a, *const *y =
                                                                               *(const struct track *const *const *)b;
    if ((*x)->id != (*y)->id)
        return (*x)->id < (*y)->id ? -1 : 1;
    return (x > y) - (x < y);
}

static int by_position(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The positions of entries that repeat an earlier one, in order, *positions malloc'ed (NULL: memory ran out). */
static size_t playlist_repeats(const struct playlist_version *version, size_t **positions)
{
    const struct track *const **sorted = calloc(version->count + 1, sizeof *sorted);
    size_t count = 0;
    *positions = calloc(version->count + 1, sizeof **positions);
    for (size_t i = 0; sorted && i < version->count; i++)
        sorted[i] = (const struct track *const *)&version->items[i];
    if (sorted && *positions) {
        qsort(sorted, version->count, sizeof *sorted, by_id_and_place);
        for (size_t i = 1; i < version->count; i++)
            if ((*sorted[i])->id == (*sorted[i - 1])->id)
                (*positions)[count++] = (size_t)(sorted[i] - (const struct track *const *)version->items);
        qsort(*positions, count, sizeof **positions, by_position);
    }
    free(sorted);
    return count;
}

enum status playlist_dedupe(struct playlist_edits *edits, size_t *removed, struct error *error)
{
    size_t *positions;
    struct playlist_version *version;
    enum status status = STATUS_OK;
    *removed = playlist_repeats(playlist_now(edits), &positions);
    if (!positions)
        status = error_no_memory(error);
    if (status == STATUS_OK && *removed > 0)
        status = push_now(edits, 0, "removed repeated tracks", "", &version, error);
    if (status == STATUS_OK && *removed > 0)
        version->count = leave_out(version->items, version->count, positions, *removed);
    free(positions);
    return status;
}

enum status playlist_reorder(struct playlist_edits *edits, const int32_t *order, const char *what, struct error *error)
{
    struct playlist_version *version;
    enum status status = push_now(edits, 0, what, "", &version, error);
    if (status != STATUS_OK)
        return status;
    const struct playlist_version *before = version - 1;
    for (size_t i = 0; i < version->count; i++)
        version->items[i] = before->items[order[i]];
    return STATUS_OK;
}

enum status playlist_reject(struct playlist_edits *edits, const struct track *track, struct error *error)
{
    struct playlist_version *version;
    enum status status = push_now(edits, 0, "rejected ", track->title, &version, error);
    if (status != STATUS_OK)
        return status;
    if (!version->rejected && !(version->rejected = malloc(sizeof *version->rejected)))
        return error_no_memory(error);
    version->rejected[version->n_rejected++] = track->id;
    return STATUS_OK;
}

void playlist_set_rejected(struct playlist_edits *edits, const int64_t *ids, size_t count)
{
    copy_rejected(&edits->versions[edits->current], ids, count);
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

enum status playlist_replace(struct playlist_edits *edits, const char *name, const struct track_row *tracks,
                             const char *what, struct error *error)
{
    struct playlist_version now = *playlist_now(edits), *version;
    now.items = tracks->items;
    now.count = tracks->count;
    enum status status = push(edits, &now, 0, what, "", &version, error);
    return status == STATUS_OK ? set_name(version, name, error) : status;
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
    free(version->shifted);
    version->items = items;
    version->count = count;
    version->shifted = NULL;
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
