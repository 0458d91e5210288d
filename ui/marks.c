#include "ui/marks.h"

#include <stdlib.h>
#include <string.h>

void marks_free(struct marks *marks)
{
    free(marks->on);
    free(marks->ids);
    *marks = (struct marks){0};
}

void marks_clear(struct marks *marks)
{
    marks_free(marks);
}

/* ---- following a list that changes ---- */

/* One occurrence of a track. */
struct place {
    int64_t id;
    size_t nth, at; /* the nth of this track in its list, from 0; its position */
};

static int by_track(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int by_occurrence(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->nth > y->nth) - (x->nth < y->nth);
}

/* A list as places, sorted by track and occurrence; NULL when memory ran out. */
static struct place *sorted_places(const int64_t *ids, size_t count)
{
    struct place *places = calloc(count + 1, sizeof *places);
    for (size_t i = 0; places && i < count; i++)
        places[i] = (struct place){ids[i], 0, i};
    if (places)
        qsort(places, count, sizeof *places, by_track);
    for (size_t i = 1; places && i < count; i++)
        places[i].nth = places[i].id == places[i - 1].id ? places[i - 1].nth + 1 : 0;
    return places;
}

static int64_t *ids_of(const struct track *const *items, size_t count)
{
    int64_t *ids = calloc(count + 1, sizeof *ids);
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = items[i]->id;
    return ids;
}

static bool same(const struct marks *marks, const struct track *const *items, size_t count)
{
    if (marks->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (marks->ids[i] != items[i]->id)
            return false;
    return true;
}

static void carry_over(const struct marks *old, struct marks *fresh, const struct place *before,
                       const struct place *now)
{
    for (size_t i = 0; i < old->count; i++) {
        const struct place *found = bsearch(&before[i], now, fresh->count, sizeof *now, by_occurrence);
        if (found && old->on[before[i].at]) {
            fresh->on[found->at] = true;
            fresh->marked++;
        }
        if (found && old->ranging && before[i].at == old->from) {
            fresh->ranging = true;
            fresh->from = found->at;
        }
    }
}

void marks_follow(struct marks *marks, const struct track *const *items, size_t count)
{
    if (marks->marked == 0 && !marks->ranging)
        marks_free(marks);
    if (!marks->on || same(marks, items, count))
        return;
    struct marks fresh = {calloc(count + 1, sizeof *fresh.on), ids_of(items, count), .count = count};
    struct place *before = sorted_places(marks->ids, marks->count),
                 *now = fresh.ids ? sorted_places(fresh.ids, count) : NULL;
    if (fresh.on && before && now)
        carry_over(marks, &fresh, before, now);
    free(before);
    free(now);
    marks_free(marks);
    if (fresh.marked > 0 || fresh.ranging)
        *marks = fresh;
    else
        marks_free(&fresh);
}

/* ---- what is marked ---- */

static bool in_range(const struct marks *marks, size_t at, size_t selected)
{
    size_t low = marks->from < selected ? marks->from : selected, high = marks->from + selected - low;
    return marks->ranging && at >= low && at <= high;
}

bool marks_has(const struct marks *marks, size_t at, size_t selected)
{
    return at < marks->count && (marks->on[at] || in_range(marks, at, selected));
}

size_t marks_count(const struct marks *marks, size_t selected)
{
    size_t count = marks->marked;
    for (size_t i = 0; marks->ranging && i < marks->count; i++)
        count += !marks->on[i] && in_range(marks, i, selected);
    return count;
}

size_t marks_positions(const struct marks *marks, size_t selected, size_t **positions)
{
    size_t count = 0, all = marks_count(marks, selected);
    *positions = all > 0 ? calloc(all, sizeof **positions) : NULL;
    for (size_t i = 0; *positions && i < marks->count; i++)
        if (marks_has(marks, i, selected))
            (*positions)[count++] = i;
    return count;
}

/* ---- marking ---- */

static bool prepare(struct marks *marks, const struct track *const *items, size_t count)
{
    marks_follow(marks, items, count);
    if (marks->on)
        return true;
    *marks = (struct marks){calloc(count + 1, sizeof *marks->on), ids_of(items, count), .count = count};
    if (marks->on && marks->ids)
        return true;
    marks_free(marks);
    return false;
}

static void set(struct marks *marks, size_t at, bool on)
{
    marks->marked += on && !marks->on[at];
    marks->marked -= !on && marks->on[at];
    marks->on[at] = on;
}

bool marks_toggle(struct marks *marks, const struct track *const *items, size_t count, size_t at)
{
    if (!prepare(marks, items, count))
        return false;
    if (at < count)
        set(marks, at, !marks->on[at]);
    return true;
}

bool marks_range(struct marks *marks, const struct track *const *items, size_t count, size_t selected)
{
    if (!prepare(marks, items, count))
        return false;
    for (size_t i = 0; i < marks->count; i++)
        if (in_range(marks, i, selected))
            set(marks, i, true);
    marks->ranging = !marks->ranging;
    marks->from = selected;
    return true;
}

bool marks_all(struct marks *marks, const struct track *const *items, size_t count)
{
    if (!prepare(marks, items, count))
        return false;
    marks->ranging = false;
    for (size_t i = 0; i < count; i++)
        set(marks, i, true);
    return true;
}

bool marks_invert(struct marks *marks, const struct track *const *items, size_t count, size_t selected)
{
    if (!prepare(marks, items, count))
        return false;
    for (size_t i = 0; i < count; i++)
        set(marks, i, !marks_has(marks, i, selected));
    marks->ranging = false;
    return true;
}

bool marks_set(struct marks *marks, const struct track *const *items, size_t count, const size_t *positions, size_t n)
{
    marks_free(marks);
    if (!prepare(marks, items, count))
        return false;
    for (size_t i = 0; i < n; i++)
        if (positions[i] < count)
            set(marks, positions[i], true);
    return true;
}
