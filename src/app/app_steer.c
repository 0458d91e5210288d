/* A model's list without hidden tracks and repeated songs, re-ranked. */
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/hidden.h"
#include "app/song_set.h"
#include "app/steer.h"
#include "app/steer_attributes.h"
#include "core/clock.h"

void suggest_answer_free(struct suggest_answer *answer)
{
    free(answer->ranks);
    *answer = (struct suggest_answer){0};
}

/* ---- without the hidden ones ---- */

static enum status read_hidden(struct app *app, const struct suggest_settings *settings, struct hidden *hidden,
                               struct error *error)
{
    struct catalogue *catalogue;
    if (settings->all)
        return STATUS_OK;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = hidden_read(catalogue, settings->playlist, hidden, error);
    app_return(app, catalogue);
    for (size_t i = 0; status == STATUS_OK && i < settings->n_rejected; i++)
        hidden_add(hidden, STEERING_TRACK, settings->rejected[i]);
    hidden_sort(hidden);
    return status == STATUS_OK && hidden->failed ? error_no_memory(error) : status;
}

/* A list with more tracks than are needed, because some may be hidden. */
struct longer {
    struct recommendation *list;
    struct track_list tracks;
    size_t asked;
};

static void longer_free(struct longer *longer)
{
    free(longer->list);
    track_list_free(&longer->tracks);
}

static enum status ask_longer(struct app *app, const char *model, const struct recommend_query *query, size_t k,
                              struct longer *longer, struct app_answer *answer, struct error *error)
{
    longer_free(longer);
    *longer = (struct longer){.asked = k, .list = calloc(k + 1, sizeof *longer->list)};
    if (!longer->list)
        return error_no_memory(error);
    return app_recommend(app, model, query, k, longer->list, &longer->tracks, answer, error);
}

static size_t count_shown(const struct longer *longer, const struct hidden *hidden)
{
    size_t shown = 0;
    for (size_t i = 0; i < longer->tracks.count; i++)
        shown += !hidden_has(hidden, &longer->tracks.items[i]);
    return shown;
}

/* Asks for more tracks until k are left, or the model has no more. */
static enum status ask_enough(struct app *app, const char *model, const struct recommend_query *query, size_t k,
                              const struct hidden *hidden, struct longer *longer, struct app_answer *answer,
                              struct error *error)
{
    enum status status = ask_longer(app, model, query, k, longer, answer, error);
    while (status == STATUS_OK && longer->tracks.count == longer->asked) {
        size_t shown = count_shown(longer, hidden);
        if (shown >= k)
            break;
        status =
            ask_longer(app, model, query, longer->asked + 2 * (k - shown) + longer->asked / 2, longer, answer, error);
    }
    return status;
}

/* Keeps the first k that are shown. `songs` may be NULL. */
static void leave_out(struct longer *longer, const struct hidden *hidden, struct song_set *songs, size_t k,
                      struct suggest_answer *suggested)
{
    size_t kept = 0;
    for (size_t at = 0; at < longer->tracks.count && kept < k; at++) {
        const struct track *track = &longer->tracks.items[at];
        const bool is_hidden = hidden_has(hidden, track);
        if (is_hidden || (songs && !song_set_add(songs, track))) {
            *(is_hidden ? &suggested->hidden : &suggested->repeats) += 1;
            continue;
        }
        suggested->ranks[kept] = (int32_t)at + 1;
        longer->list[kept] = longer->list[at];
        longer->tracks.items[kept++] = *track;
    }
    longer->tracks.count = kept;
}

/* The same, with the songs of the seeds left out where `once` says so. */
static enum status leave_out_for(struct app *app, const struct recommend_query *query, bool once,
                                 const struct hidden *hidden, size_t k, struct longer *longer,
                                 struct suggest_answer *suggested, struct error *error)
{
    struct song_set songs = {0};
    struct track_list seeds = {0};
    enum status status = STATUS_OK;
    if (once && query->n_seeds > 0)
        status = app_tracks(app, query->seeds, query->n_seeds, &seeds, error);
    if (status == STATUS_OK && once && !song_set_start(&songs, seeds.count + longer->tracks.count))
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < seeds.count; i++)
        song_set_add(&songs, &seeds.items[i]);
    if (status == STATUS_OK)
        leave_out(longer, hidden, once ? &songs : NULL, k, suggested);
    if (status == STATUS_OK && songs.scratch.failed)
        status = error_no_memory(error);
    track_list_free(&seeds);
    song_set_free(&songs);
    return status;
}

/* ---- the order ---- */

static enum status reorder(const int32_t *order, size_t count, struct recommendation *list, struct track *tracks,
                           int32_t *ranks, struct error *error)
{
    struct recommendation *lists = malloc((count + 1) * sizeof *lists);
    struct track *rows = malloc((count + 1) * sizeof *rows);
    int32_t *numbers = malloc((count + 1) * sizeof *numbers);
    bool enough = lists && rows && numbers;
    for (size_t i = 0; enough && i < count; i++) {
        lists[i] = list[order[i]];
        rows[i] = tracks[order[i]];
        numbers[i] = ranks[order[i]];
    }
    if (enough && count > 0) {
        memcpy(list, lists, count * sizeof *lists);
        memcpy(tracks, rows, count * sizeof *rows);
        memcpy(ranks, numbers, count * sizeof *numbers);
    }
    free(lists);
    free(rows);
    free(numbers);
    return enough ? STATUS_OK : error_no_memory(error);
}

static enum status steer(struct app *app, const char *model, const struct recommend_query *query,
                         const struct suggest_settings *settings, struct recommendation *list,
                         struct track_list *tracks, struct suggest_answer *suggested, struct error *error)
{
    struct steer_attributes attributes = {0};
    int32_t *order = malloc((tracks->count + 1) * sizeof *order);
    enum status status = order ? STATUS_OK : error_no_memory(error);
    double begin = clock_seconds();
    if (status == STATUS_OK)
        status = steer_attributes_read(app, query, settings->playlist, list, tracks, &attributes, error);
    if (status == STATUS_OK)
        status = steer_attributes_add_spaces(app, model, settings->lenient, &attributes, suggested, error);
    if (status == STATUS_OK)
        status = rerank(&suggested->applied, &attributes.list, order, error);
    if (status == STATUS_OK)
        status = reorder(order, tracks->count, list, tracks->items, suggested->ranks, error);
    suggested->milliseconds = 1000 * (clock_seconds() - begin);
    steer_attributes_free(&attributes);
    free(order);
    return status;
}

enum status app_suggest(struct app *app, const char *model, const struct recommend_query *query,
                        const struct suggest_settings *settings, size_t k, struct recommendation *recommendations,
                        struct track_list *tracks, struct app_answer *answer, struct suggest_answer *suggested,
                        struct error *error)
{
    struct hidden hidden = {0};
    struct longer longer = {0};
    const bool once = settings->once && !settings->all;
    const size_t longest = k < SUGGEST_POOL ? SUGGEST_POOL : k, pool = settings->spec.count > 0 ? longest : k;
    *suggested = (struct suggest_answer){.applied = settings->spec, .ranks = calloc(pool + 1, sizeof(int32_t))};
    enum status status = suggested->ranks ? read_hidden(app, settings, &hidden, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = ask_enough(app, model, query, once ? longest : pool, &hidden, &longer, answer, error);
    if (status == STATUS_OK)
        status = leave_out_for(app, query, once, &hidden, pool, &longer, suggested, error);
    if (status == STATUS_OK) {
        if (settings->spec.count > 0)
            status = steer(app, model, query, settings, longer.list, &longer.tracks, suggested, error);
        longer.tracks.count = longer.tracks.count < k ? longer.tracks.count : k;
        memcpy(recommendations, longer.list, longer.tracks.count * sizeof *recommendations);
    }
    if (status == STATUS_OK) {
        *tracks = longer.tracks;
        longer.tracks = (struct track_list){0};
    } else {
        suggest_answer_free(suggested);
    }
    longer_free(&longer);
    hidden_free(&hidden);
    return status;
}
