/* Playlists, and those that the model in use was evaluated on. */
#include <stdio.h>
#include <string.h>

#include "app/failures.h"
#include "ui/actions.h"
#include "ui/effects/playlists.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"
#include "ui/views/failures/failures.h"

/* The person's own come first, the latest change first. The others are sorted by name, as long as that takes no
 * noticeable time. */
enum { PART = 20000, SORTED_MAX = 200000 };

static enum status add_all(struct picker_items *items, const struct playlist_list *list, struct error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct playlist *playlist = &list->items[i];
        struct picker_item item = {
            .id = playlist->id,
            .tracks = (uint32_t)playlist->n_entries,
            .seconds = (uint32_t)(playlist->duration_ms / 1000),
            .kind = PICK_PLAYLISTS,
            .own = playlist->own,
        };
        if (!picker_items_add(items, playlist->name[0] ? playlist->name : playlist->key, NULL, &item))
            return error_no_memory(error);
    }
    return STATUS_OK;
}

static enum status collect_others(struct app *app, bool first_part, struct picker_items *items, bool *more,
                                  struct error *error)
{
    size_t limit = first_part ? PICKER_FIRST_PART : PART, count = limit;
    int64_t last = 0;
    enum status status = STATUS_OK;
    for (bool again = true; status == STATUS_OK && again; again = count == limit && !first_part) {
        struct playlist_list list = {0};
        status = app_playlists_after(app, last, limit, &list, error);
        if (status == STATUS_OK)
            status = add_all(items, &list, error);
        count = list.count;
        last = count > 0 ? list.items[count - 1].id : last;
        playlist_list_free(&list);
    }
    *more = first_part && count == limit;
    return status;
}

static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    (void)model;
    struct playlist_list own = {0};
    struct picker_items *others = picker_items_create();
    enum status status = others ? app_playlists(app, true, 0, 0, &own, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_all(items, &own, error);
    if (status == STATUS_OK)
        status = collect_others(app, input->first_part, others, more, error);
    bool sorted = status == STATUS_OK && (others->names.count > SORTED_MAX || picker_items_sort(others));
    for (size_t i = 0; sorted && i < others->names.count; i++)
        sorted = picker_items_add(items, fuzzy_list_text(&others->names, i), NULL, &others->items[i]);
    if (status == STATUS_OK && !sorted)
        status = error_no_memory(error);
    picker_items_release(others);
    playlist_list_free(&own);
    return status;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    (void)name;
    char count[32], duration[32];
    view_count(item->tracks, count);
    view_duration((int64_t)item->seconds * 1000, duration);
    preview_add(preview, NULL, "%s %s · %s%s", count, item->tracks == 1 ? "track" : "tracks", duration,
                item->own ? " · your own" : "");
    return app_playlist_open(app, item->id, &preview->tracks, error);
}

static enum status accept(struct state *state, struct effect_list *effects, const struct picker_item *item,
                          const char *name, struct error *error)
{
    action_flush(state, effects);
    struct effect *effect = effect_request(effects, state, EFFECT_PLAYLIST_OPEN, name);
    if (!effect)
        return error_no_memory(error);
    effect->id = item->id;
    ((struct playlist_input *)effect->input)->own = item->own;
    return STATUS_OK;
}

const struct picker_source picker_playlists = {
    .name = "playlists",
    .title = "Open a playlist",
    .what = "playlist",
    .empty = "There is no playlist yet: s saves the one you build.",
    .collect = collect,
    .preview = preview,
    .accept = accept,
};

/* ---- test playlists ---- */

static enum status collect_tests(struct app *app, const struct picker_input *input, const char *model,
                                 struct picker_items *items, bool *more, struct error *error)
{
    (void)more;
    const enum picker_kind kind = input->kind == PICK_COMPARED ? PICK_COMPARED : PICK_TESTS;
    struct failure_list list = {0};
    struct failure_filter all = {0};
    if (!model[0])
        return STATUS_OK;
    enum status status = app_failures(app, model, "", &all, &list, error);
    int ndcg = (int)metric_named("ndcg");
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
        const struct failure *failure = &list.items[i];
        struct picker_item item = {
            .id = failure->playlist_id, .kind = (uint8_t)kind, .tracks = (uint32_t)failure->n_entries};
        char note[64];
        snprintf(note, sizeof note, "%d %s  NDCG %.3f", (int)failure->seeds, failure->seeds == 1 ? "seed " : "seeds",
                 failure->values[ndcg]);
        if (!picker_items_add(items, failure->name, note, &item))
            status = error_no_memory(error);
    }
    failure_list_free(&list);
    return status;
}

static enum status preview_test(struct app *app, const struct picker_item *item, const char *name,
                                struct picker_preview *preview, struct error *error)
{
    (void)name;
    preview_add(preview, NULL, "%u tracks, seeds first", item->tracks);
    return app_playlist_open(app, item->id, &preview->tracks, error);
}

static enum status accept_test(struct state *state, struct effect_list *effects, const struct picker_item *item,
                               const char *name, struct error *error)
{
    (void)name, (void)error;
    struct failures_state *failures = failures_of(state);
    view_open(state, effects, VIEW_FAILURES);
    for (size_t i = 0; i < failures->list.count; i++)
        if (failures->list.items[i].playlist_id == item->id) {
            failures_select(state, effects, i);
            return STATUS_OK;
        }
    failures->filter = (struct failure_filter){.order = failures->filter.order}; /* it may be filtered out */
    failures_request(state, effects, false);
    failures->wanted = item->id;
    return STATUS_OK;
}

const struct picker_source picker_tests = {
    .name = "tests",
    .title = "Go to a test playlist",
    .what = "test playlist",
    .empty = "The model was not evaluated: \"sleeve evaluate --model NAME\" does that.",
    .collect = collect_tests,
    .preview = preview_test,
    .accept = accept_test,
};

/* ---- test playlists, for Compare ---- */

static const char *first_model(const struct state *state)
{
    return compare_of(state)->models[0];
}

static enum status accept_compared(struct state *state, struct effect_list *effects, const struct picker_item *item,
                                   const char *name, struct error *error)
{
    (void)name, (void)error;
    view_show(state, VIEW_COMPARE);
    compare_open_playlist(state, effects, item->id);
    return STATUS_OK;
}

const struct picker_source picker_compared = {
    .name = "compared",
    .title = "Compare on a test playlist",
    .what = "test playlist",
    .empty = "The first model was not evaluated: \"sleeve evaluate --model NAME\" does that.",
    .model = first_model,
    .collect = collect_tests,
    .preview = preview_test,
    .accept = accept_compared,
};
