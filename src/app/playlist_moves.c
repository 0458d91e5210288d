#include "app/playlist_moves.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

/* ---- which entry of the base is which ---- */

struct occurrence {
    int64_t id;
    size_t at;
};

static int by_id(const void *a, const void *b)
{
    const struct occurrence *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static struct occurrence *sorted(const struct track_numbers *list)
{
    struct occurrence *all = malloc((list->count + 1) * sizeof *all);
    for (size_t i = 0; all && i < list->count; i++)
        all[i] = (struct occurrence){list->ids[i], i};
    if (all)
        qsort(all, list->count, sizeof *all, by_id);
    return all;
}

/* One side: for each of its entries the entry of the base, NONE for an addition. The nth occurrence of a track is that
 * of the base. */
struct side {
    const struct track_numbers *list;
    size_t *origin; /* [list->count] */
    bool *present;  /* [base->count] */
    bool *moved;    /* [base->count] */
};

static void side_free(struct side *side)
{
    free(side->origin);
    free(side->present);
    free(side->moved);
}

static bool match(const struct track_numbers *base, struct side *side)
{
    struct occurrence *from = sorted(base), *to = sorted(side->list);
    for (size_t b = 0, i = 0; from && to && i < side->list->count; i++) {
        while (b < base->count && from[b].id < to[i].id)
            b++;
        bool found = b < base->count && from[b].id == to[i].id;
        side->origin[to[i].at] = found ? from[b].at : NONE;
        if (found)
            side->present[from[b++].at] = true;
    }
    bool good = from && to;
    free(from);
    free(to);
    return good;
}

/* ---- what was moved ---- */

/* The best chain that ends at an entry of the base, as a tree of maxima over prefixes (Fenwick). */
struct chain {
    uint64_t weight;
    size_t end; /* entry of the list; NONE: empty */
};

static struct chain best_before(const struct chain *tree, size_t origin)
{
    struct chain best = {0, NONE};
    for (size_t i = origin; i > 0; i -= i & (~i + 1))
        if (tree[i].weight > best.weight)
            best = tree[i];
    return best;
}

static void offer(struct chain *tree, size_t count, size_t origin, struct chain chain)
{
    for (size_t i = origin + 1; i <= count; i += i & (~i + 1))
        if (chain.weight > tree[i].weight)
            tree[i] = chain;
}

/* Marks the entries outside a longest increasing chain. Among equally long ones, that with the most entries of `keep`
 * (may be NULL) is chosen. */
static bool find_moved(size_t n_base, struct side *side, const bool *keep)
{
    size_t count = side->list->count;
    struct chain *tree = calloc(n_base + 1, sizeof *tree);
    size_t *before = malloc((count + 1) * sizeof *before);
    bool good = tree && before;
    for (size_t i = 0; good && i < count; i++) {
        size_t origin = side->origin[i];
        if (origin == NONE)
            continue;
        struct chain best = best_before(tree, origin);
        before[i] = best.end;
        uint64_t weight = (uint64_t)n_base + 1 + (keep && keep[origin]);
        offer(tree, n_base, origin, (struct chain){best.weight + weight, i});
        side->moved[origin] = true;
    }
    for (size_t i = good ? best_before(tree, n_base).end : NONE; i != NONE; i = before[i])
        side->moved[side->origin[i]] = false;
    free(tree);
    free(before);
    return good;
}

static bool side_make(const struct track_numbers *base, const struct track_numbers *list, const bool *keep,
                      struct side *side)
{
    *side = (struct side){
        .list = list,
        .origin = malloc((list->count + 1) * sizeof *side->origin),
        .present = calloc(base->count + 1, sizeof *side->present),
        .moved = calloc(base->count + 1, sizeof *side->moved),
    };
    return side->origin && side->present && side->moved && match(base, side) && find_moved(base->count, side, keep);
}

/* ---- the result as a linked list ---- */

/* Nodes are the entries of the base, then the additions of theirs, then those of mine; the last is the head. */
struct links {
    size_t *next, *before;
    int64_t *ids;
    size_t head;
};

static void insert_after(struct links *links, size_t node, size_t after)
{
    size_t next = links->next[after];
    links->next[after] = node;
    links->before[node] = after;
    links->next[node] = next;
    links->before[next] = node;
}

static void take_out(struct links *links, size_t node)
{
    links->next[links->before[node]] = links->next[node];
    links->before[links->next[node]] = links->before[node];
}

static bool links_make(size_t nodes, struct links *links)
{
    *links = (struct links){malloc((nodes + 1) * sizeof *links->next), malloc((nodes + 1) * sizeof *links->before),
                            malloc((nodes + 1) * sizeof *links->ids), nodes};
    if (!links->next || !links->before || !links->ids)
        return false;
    links->next[nodes] = links->before[nodes] = nodes;
    return true;
}

static void links_free(struct links *links)
{
    free(links->next);
    free(links->before);
    free(links->ids);
}

/* Their list without what mine removed. */
static void put_theirs(const struct side *theirs, const struct side *mine, size_t n_base, struct links *links)
{
    size_t added = n_base;
    for (size_t i = 0; i < theirs->list->count; i++) {
        size_t origin = theirs->origin[i], node = origin == NONE ? added++ : origin;
        links->ids[node] = theirs->list->ids[i];
        if (origin == NONE || mine->present[origin])
            insert_after(links, node, links->before[links->head]);
    }
}

/* How many more additions of a track theirs has than mine already took; both sorted by track. */
static bool *repeated_additions(const struct side *theirs, const struct side *mine)
{
    bool *repeated = calloc(mine->list->count + 1, sizeof *repeated);
    struct occurrence *t = sorted(theirs->list), *m = sorted(mine->list);
    for (size_t i = 0, k = 0; repeated && t && m && i < mine->list->count; i++) {
        if (mine->origin[m[i].at] != NONE)
            continue;
        while (k < theirs->list->count &&
               (t[k].id < m[i].id || (t[k].id == m[i].id && theirs->origin[t[k].at] != NONE)))
            k++;
        if (k < theirs->list->count && t[k].id == m[i].id) {
            repeated[m[i].at] = true;
            k++;
        }
    }
    if (!t || !m) {
        free(repeated);
        repeated = NULL;
    }
    free(t);
    free(m);
    return repeated;
}

static void put_mine(const struct side *theirs, const struct side *mine, const bool *repeated, size_t first,
                     struct links *links)
{
    size_t anchor = links->head, added = first;
    for (size_t i = 0; i < mine->list->count; i++) {
        size_t origin = mine->origin[i], node = origin == NONE ? added++ : origin;
        links->ids[node] = mine->list->ids[i];
        if (origin == NONE ? repeated[i] : !theirs->present[origin] || theirs->moved[origin])
            continue;
        if (origin != NONE && mine->moved[origin])
            take_out(links, node);
        if (origin == NONE || mine->moved[origin])
            insert_after(links, node, anchor);
        anchor = node;
    }
}

static bool moved_by_both(const struct side *theirs, const struct side *mine, size_t n_base)
{
    for (size_t i = 0; i < n_base; i++)
        if (theirs->moved[i] && mine->moved[i])
            return true;
    return false;
}

static bool weave(const struct track_numbers *base, const struct side *theirs, const struct side *mine,
                  struct track_numbers *out)
{
    struct links links;
    size_t first = base->count + theirs->list->count;
    bool *repeated = repeated_additions(theirs, mine);
    bool good = links_make(first + mine->list->count, &links) && repeated;
    if (good) {
        put_theirs(theirs, mine, base->count, &links);
        put_mine(theirs, mine, repeated, first, &links);
        for (size_t node = links.next[links.head]; node != links.head; node = links.next[node])
            out->ids[out->count++] = links.ids[node];
    }
    links_free(&links);
    free(repeated);
    return good;
}

bool playlist_merge_moves(const struct track_numbers *base, const struct track_numbers *theirs,
                          const struct track_numbers *mine, struct track_numbers *out, bool *conflict)
{
    struct side a = {0}, b = {0};
    bool good = side_make(base, theirs, NULL, &a) && side_make(base, mine, a.moved, &b);
    *conflict = good && moved_by_both(&a, &b, base->count);
    if (good && !*conflict)
        good = weave(base, &a, &b, out);
    side_free(&a);
    side_free(&b);
    return good;
}

bool playlist_find_changes(const struct track_numbers *before, const struct track_numbers *after,
                           struct playlist_changes *changes, bool *is_added, bool *is_removed)
{
    struct side side = {0};
    *changes = (struct playlist_changes){0};
    const bool good = side_make(before, after, NULL, &side);
    for (size_t i = 0; good && i < after->count; i++)
        changes->added += is_added[i] = side.origin[i] == NONE;
    for (size_t i = 0; good && i < before->count; i++) {
        changes->removed += is_removed[i] = !side.present[i];
        changes->moved += side.moved[i];
    }
    side_free(&side);
    return good;
}
