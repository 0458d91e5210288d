/* The items of pickers, and how often they were used. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/picker.h"

struct picker_items *picker_items_create(void)
{
    struct picker_items *items = calloc(1, sizeof *items);
    if (items) {
        atomic_init(&items->holders, 1);
        buffer_add_byte(&items->notes, '\0');
    }
    return items;
}

struct picker_items *picker_items_hold(struct picker_items *items)
{
    if (items)
        atomic_fetch_add(&items->holders, 1);
    return items;
}

void picker_items_release(struct picker_items *items)
{
    if (!items || atomic_fetch_sub(&items->holders, 1) > 1)
        return;
    fuzzy_list_free(&items->names);
    buffer_free(&items->notes);
    free(items->items);
    free(items);
}

bool picker_items_add(struct picker_items *items, const char *name, const char *note, const struct picker_item *item)
{
    size_t at = items->names.count;
    if (at == items->capacity) {
        size_t capacity = items->capacity * 2 + 64;
        struct picker_item *larger = realloc(items->items, capacity * sizeof *larger);
        if (!larger)
            return false;
        items->items = larger;
        items->capacity = capacity;
    }
    items->items[at] = *item;
    items->items[at].note = 0;
    if (note && note[0]) {
        items->items[at].note = (uint32_t)items->notes.size;
        buffer_add(&items->notes, note, strlen(note) + 1);
    }
    return !items->notes.failed && fuzzy_list_add(&items->names, name);
}

const char *picker_items_note(const struct picker_items *items, size_t at)
{
    return items->notes.data + items->items[at].note;
}

/* Brings the items into another order: order[i] is the item that becomes number i. */
static bool picker_items_reorder(struct picker_items *items, const uint32_t *order)
{
    size_t count = items->names.count;
    struct picker_item *moved = malloc((count + 1) * sizeof *moved);
    if (!moved || !fuzzy_list_reorder(&items->names, order)) {
        free(moved);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        moved[i] = items->items[order[i]];
    free(items->items);
    items->items = moved;
    items->capacity = count + 1;
    return true;
}

/* ---- order ---- */

struct placed {
    const char *folded;
    uint32_t at;
};

static int by_name(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = strcasecmp(x->folded, y->folded);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

bool picker_items_sort(struct picker_items *items)
{
    size_t count = items->names.count;
    struct placed *placed = malloc((count + 1) * sizeof *placed);
    uint32_t *order = malloc((count + 1) * sizeof *order);
    bool good = placed && order;
    for (size_t i = 0; good && i < count; i++)
        placed[i] = (struct placed){items->names.bytes + items->names.folded[i], (uint32_t)i};
    if (good)
        qsort(placed, count, sizeof *placed, by_name);
    for (size_t i = 0; good && i < count; i++)
        order[i] = placed[i].at;
    good = good && picker_items_reorder(items, order);
    free(placed);
    free(order);
    return good;
}

static void fill_order(uint32_t *order, size_t count, const uint32_t *first, size_t n_first, bool *taken)
{
    size_t out = 0;
    for (size_t i = 0; i < n_first; i++) {
        order[out++] = first[i];
        taken[first[i]] = true;
    }
    for (size_t i = 0; i < count; i++)
        if (!taken[i])
            order[out++] = (uint32_t)i;
}

static bool put_first(struct picker_items *items, const uint32_t *first, size_t n_first)
{
    size_t count = items->names.count;
    uint32_t *order = malloc((count + 1) * sizeof *order);
    bool *taken = calloc(count + 1, sizeof *taken);
    bool good = order && taken;
    if (good) {
        fill_order(order, count, first, n_first, taken);
        good = picker_items_reorder(items, order);
    }
    free(order);
    free(taken);
    return good;
}

static bool is_use_of(const struct picker_use *use, const struct picker_items *items, size_t at)
{
    return use->kind == (enum picker_kind)items->items[at].kind &&
           strcmp(use->name, fuzzy_list_text(&items->names, at)) == 0;
}

bool picker_items_put_used_first(struct picker_items *items, const struct picker_uses *uses)
{
    uint32_t first[PICKER_USES_MAX];
    size_t n_first = 0;
    for (size_t u = 0; u < uses->count; u++) /* they are sorted by value */
        for (size_t i = 0; i < items->names.count; i++)
            if (is_use_of(&uses->items[u], items, i)) {
                first[n_first++] = (uint32_t)i;
                break;
            }
    return n_first == 0 || put_first(items, first, n_first);
}

static size_t find_use(const struct picker_uses *uses, enum picker_kind kind, const char *name)
{
    size_t at = 0;
    while (at < uses->count && !(uses->items[at].kind == kind && strcmp(uses->items[at].name, name) == 0))
        at++;
    return at;
}

static int by_value(const void *a, const void *b)
{
    const struct picker_use *x = a, *y = b;
    return (x->value < y->value) - (x->value > y->value);
}

void picker_uses_add(struct picker_uses *uses, enum picker_kind kind, const char *name)
{
    size_t at = find_use(uses, kind, name);
    if (strlen(name) >= sizeof uses->items[0].name)
        return;
    for (size_t i = 0; i < uses->count; i++)
        if (uses->items[i].kind == kind)
            uses->items[i].value *= 0.9;
    if (at == uses->count) {
        at = uses->count < PICKER_USES_MAX ? uses->count++ : PICKER_USES_MAX - 1;
        uses->items[at] = (struct picker_use){.kind = kind};
        snprintf(uses->items[at].name, sizeof uses->items[at].name, "%s", name);
    }
    uses->items[at].value += 1;
    qsort(uses->items, uses->count, sizeof uses->items[0], by_value);
}

/* ---- previews ---- */

struct preview_line *preview_add(struct picker_preview *preview, const char *right, const char *format, ...)
{
    if (preview->n_lines == PREVIEW_LINES_MAX)
        return NULL;
    struct preview_line *line = &preview->lines[preview->n_lines++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->left, sizeof line->left, format, arguments);
    va_end(arguments);
    snprintf(line->right, sizeof line->right, "%s", right ? right : "");
    return line;
}
