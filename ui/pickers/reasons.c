/* Why a suggestion is bad. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/picker.h"
#include "ui/views/ratings/ratings.h"

/* Offered before anybody has given them. */
static const char *const always[] = {"does not fit", "no reason"};

static bool is_listed(const struct rating_reason_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, text) == 0)
            return true;
    return false;
}

static bool add_reason(struct picker_items *items, const struct rating_reason *reason)
{
    const char *kind = reason->metadata ? "wrong metadata" : "";
    char note[64];
    if (reason->count > 0)
        snprintf(note, sizeof note, "%s%s%lld×", kind, kind[0] ? "  " : "", (long long)reason->count);
    else
        snprintf(note, sizeof note, "%s", kind);
    return picker_items_add(items, reason->text, note[0] ? note : NULL, &(struct picker_item){.kind = PICK_REASONS});
}

/* Those that somebody has given come first, then `always`, so that nobody blames the metadata by pressing Enter. */
static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    (void)input, (void)model, (void)more;
    struct rating_reason_list list = {0};
    enum status status = app_rating_reasons(app, &list, error);
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
        if (list.items[i].count > 0 && !add_reason(items, &list.items[i]))
            status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < sizeof always / sizeof always[0]; i++)
        if (!is_listed(&list, always[i]) &&
            !picker_items_add(items, always[i], NULL, &(struct picker_item){.kind = PICK_REASONS}))
            status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
        if (list.items[i].count == 0 && !add_reason(items, &list.items[i]))
            status = error_no_memory(error);
    rating_reason_list_free(&list);
    return status;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    (void)app, (void)item, (void)name, (void)error;
    struct preview_line *line =
        preview_add(preview, NULL,
                    "A reason that is not in the list: type it and press Alt-Enter. Begin it with \"metadata:\" if the "
                    "catalogue is wrong about the track; the table of ratings can leave such ratings out.");
    if (line)
        line->wrapped = true;
    return STATUS_OK;
}

static enum status take(struct state *state, struct effect_list *effects, const char *text, struct error *error)
{
    return ratings_take_reason(state, effects, text, error);
}

static enum status accept(struct state *state, struct effect_list *effects, const struct picker_item *item,
                          const char *name, struct error *error)
{
    (void)item;
    return ratings_take_reason(state, effects, name, error);
}

static void write_title(const struct state *state, char title[160])
{
    const struct track *track = ratings_of(state)->target.track;
    if (!track)
        return;
    snprintf(title, 160, "Why is \"%.140s\" bad?", track->title);
    text_nest_quotes(title);
}

const struct picker_source picker_reasons = {
    .name = "reasons",
    .title = "Why is it bad?",
    .what = "reason",
    .empty = "There is no reason yet: type one and press Enter.",
    .collect = collect,
    .preview = preview,
    .accept = accept,
    .create = take,
    .write_title = write_title,
    .new_hint = "Begin it with \"metadata:\" if the catalogue is wrong about the track.",
};
