#include "app/playlist_merge.h"

#include <stdlib.h>
#include <string.h>

#include "app/playlist_moves.h"
#include "core/buffer.h"

/* How many times more often a track occurs in the changed list than in the base. */
struct balance {
    int64_t id;
    int64_t more;
};

struct balances {
    struct balance *items;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct balance *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static bool balances_make(const struct track_numbers *base, const struct track_numbers *changed,
                          struct balances *balances)
{
    struct balance *items = malloc((base->count + changed->count + 1) * sizeof *items);
    size_t n = 0;
    if (!items)
        return false;
    for (size_t i = 0; i < base->count; i++)
        items[n++] = (struct balance){base->ids[i], -1};
    for (size_t i = 0; i < changed->count; i++)
        items[n++] = (struct balance){changed->ids[i], 1};
    qsort(items, n, sizeof *items, by_id);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && items[kept - 1].id == items[i].id)
            items[kept - 1].more += items[i].more;
        else
            items[kept++] = items[i];
    }
    *balances = (struct balances){items, kept};
    return true;
}

/* Removes one of the additions (sign 1) or removals (sign -1) of this track from the table; false when none is left. */
static bool balances_take(struct balances *balances, int64_t id, int sign)
{
    const struct balance wanted = {.id = id};
    struct balance *found = bsearch(&wanted, balances->items, balances->count, sizeof wanted, by_id);
    if (!found || found->more * sign <= 0)
        return false;
    found->more -= sign;
    return true;
}

/* The changes of one side, when they are only additions and removals. */
struct edits {
    bool *kept; /* [base->count] */
    size_t
        *gaps; /* [changed->count] the entry of the base before which it was added; KEPT: it is an entry of the base */
    bool reordered;
};

#define KEPT SIZE_MAX

static void edits_free(struct edits *edits)
{
    free(edits->kept);
    free(edits->gaps);
}

static bool edits_make(const struct track_numbers *base, const struct track_numbers *changed, struct edits *edits)
{
    struct balances balances = {0};
    edits->kept = calloc(base->count + 1, sizeof *edits->kept);
    edits->gaps = calloc(changed->count + 1, sizeof *edits->gaps);
    edits->reordered = false;
    if (!edits->kept || !edits->gaps || !balances_make(base, changed, &balances))
        return false;
    size_t b = 0, c = 0;
    while (!edits->reordered && (b < base->count || c < changed->count)) {
        if (b < base->count && c < changed->count && base->ids[b] == changed->ids[c]) {
            edits->kept[b++] = true;
            edits->gaps[c++] = KEPT;
        } else if (b < base->count && balances_take(&balances, base->ids[b], -1)) {
            b++;
        } else if (c < changed->count && balances_take(&balances, changed->ids[c], 1)) {
            edits->gaps[c++] = b;
        } else {
            edits->reordered = true;
        }
    }
    free(balances.items);
    return true;
}

static bool append(struct track_numbers *out, int64_t id)
{
    out->ids[out->count++] = id;
    return true;
}

/* Appends the entries of `changed` that were added before entry `gap`, from *at on. */
static void add_gap(const struct track_numbers *changed, const struct edits *edits, size_t gap, size_t *at,
                    struct balances *already, struct track_numbers *out)
{
    for (; *at < changed->count && (edits->gaps[*at] == KEPT || edits->gaps[*at] <= gap); ++*at)
        if (edits->gaps[*at] == gap && !(already && balances_take(already, changed->ids[*at], 1)))
            append(out, changed->ids[*at]);
}

static bool weave(const struct track_numbers *base, const struct track_numbers *theirs, const struct edits *their_edits,
                  const struct track_numbers *mine, const struct edits *my_edits, struct track_numbers *out)
{
    struct balances theirs_more;
    if (!balances_make(base, theirs, &theirs_more))
        return false;
    size_t t = 0, m = 0;
    for (size_t b = 0; b <= base->count; b++) {
        add_gap(theirs, their_edits, b, &t, NULL, out);
        add_gap(mine, my_edits, b, &m, &theirs_more, out);
        if (b < base->count && their_edits->kept[b] && my_edits->kept[b])
            append(out, base->ids[b]);
    }
    free(theirs_more.items);
    return true;
}

/* Applies the additions and removals of `changed` to `onto`, whose order stays. */
static bool apply(const struct track_numbers *base, const struct track_numbers *changed,
                  const struct track_numbers *onto, struct track_numbers *out)
{
    struct balances todo = {0}, done = {0};
    bool good = balances_make(base, changed, &todo) && balances_make(base, onto, &done);
    for (size_t i = 0; good && i < base->count; i++) /* what `onto` has removed already */
        if (balances_take(&done, base->ids[i], -1))
            balances_take(&todo, base->ids[i], -1);
    for (size_t i = 0; good && i < onto->count; i++)
        if (!balances_take(&todo, onto->ids[i], -1))
            append(out, onto->ids[i]);
    for (size_t i = 0; good && i < changed->count; i++)
        if (balances_take(&todo, changed->ids[i], 1) && !balances_take(&done, changed->ids[i], 1))
            append(out, changed->ids[i]);
    free(todo.items);
    free(done.items);
    return good;
}

static bool same(const struct track_numbers *a, const struct track_numbers *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->ids, b->ids, a->count * sizeof *a->ids) == 0);
}

static void copy(const struct track_numbers *from, struct track_numbers *out)
{
    for (size_t i = 0; i < from->count; i++)
        append(out, from->ids[i]);
}

/* False when memory ran out; *conflict when both sides moved the same entry. */
static bool merge(const struct track_numbers *base, const struct track_numbers *theirs,
                  const struct track_numbers *mine, bool *conflict, struct track_numbers *out)
{
    struct edits their_edits = {0}, my_edits = {0};
    bool good = true;
    if (same(theirs, base) || same(theirs, mine)) {
        copy(mine, out);
    } else if (same(mine, base)) {
        copy(theirs, out);
    } else {
        good = edits_make(base, theirs, &their_edits) && edits_make(base, mine, &my_edits);
        bool both = good && their_edits.reordered && my_edits.reordered;
        if (both)
            good = playlist_merge_moves(base, theirs, mine, out, conflict);
        else if (good && !their_edits.reordered && !my_edits.reordered)
            good = weave(base, theirs, &their_edits, mine, &my_edits, out);
        else if (good)
            good = their_edits.reordered ? apply(base, mine, theirs, out) : apply(base, theirs, mine, out);
    }
    edits_free(&their_edits);
    edits_free(&my_edits);
    return good;
}

static enum status merge_or(bool always, const struct track_numbers *base, const struct track_numbers *theirs,
                            const struct track_numbers *mine, struct track_numbers *merged, struct error *error)
{
    bool conflict = false;
    *merged = (struct track_numbers){.ids = malloc((theirs->count + mine->count + 1) * sizeof *merged->ids)};
    bool good = merged->ids && merge(base, theirs, mine, &conflict, merged);
    if (good && conflict && always)
        good = apply(base, theirs, mine, merged);
    if (good && (!conflict || always))
        return STATUS_OK;
    free(merged->ids);
    *merged = (struct track_numbers){0};
    return good ? STATUS_OK : error_no_memory(error);
}

enum status playlist_merge(const struct track_numbers *base, const struct track_numbers *theirs,
                           const struct track_numbers *mine, struct track_numbers *merged, struct error *error)
{
    return merge_or(false, base, theirs, mine, merged, error);
}

enum status playlist_rebase(const struct track_numbers *base, const struct track_numbers *theirs,
                            const struct track_numbers *mine, struct track_numbers *merged, struct error *error)
{
    return merge_or(true, base, theirs, mine, merged, error);
}

/* ---- whole playlists ---- */

static struct track_numbers numbers_of(const struct own_playlist *playlist)
{
    return (struct track_numbers){playlist->ids, playlist->count};
}

bool own_playlist_same(const struct own_playlist *a, const struct own_playlist *b)
{
    struct track_numbers x = numbers_of(a), y = numbers_of(b);
    return strcmp(a->name, b->name) == 0 && same(&x, &y);
}

static enum status decide_merged(const struct own_playlist *base, const struct own_playlist *now,
                                 const struct own_playlist *mine, struct own_playlist *wanted,
                                 enum playlist_outcome *outcome, struct error *error)
{
    struct track_numbers merged, b = numbers_of(base), t = numbers_of(now), m = numbers_of(mine);
    enum status status = playlist_merge(&b, &t, &m, &merged, error);
    if (status != STATUS_OK)
        return status;
    const char *name = strcmp(mine->name, base->name) == 0 ? now->name : mine->name;
    *outcome = merged.ids ? PLAYLIST_MERGED : PLAYLIST_BESIDE;
    status = merged.ids ? own_playlist_set(wanted, now->id, name, merged.ids, merged.count, error)
                        : own_playlist_set(wanted, 0, mine->name, mine->ids, mine->count, error);
    free(merged.ids);
    return status;
}

enum status playlist_decide(const struct own_playlist *base, const struct own_playlist *now,
                            const struct own_playlist *mine, struct own_playlist *wanted,
                            enum playlist_outcome *outcome, struct error *error)
{
    bool elsewhere = base->id != 0 && now->id != 0 && base->name && base->changed != now->changed &&
                     !own_playlist_same(base, now) && !own_playlist_same(now, mine);
    if (elsewhere)
        return decide_merged(base, now, mine, wanted, outcome, error);
    *outcome = base->id != 0 && now->id == 0 ? PLAYLIST_AGAIN : PLAYLIST_SAVED;
    return own_playlist_set(wanted, now->id, mine->name, mine->ids, mine->count, error);
}
