/* Models, with what they were trained on and how good they are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/failures.h"
#include "app/models.h"
#include "ui/picker.h"
#include "ui/view_text.h"

struct ranked {
    const struct model_record *record;
    double ndcg; /* NAN: not evaluated */
    enum seen_answers seen;
};

/* The best first; those without results, then those that have seen the answers, come last. */
static int by_ndcg(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if ((x->seen != SEEN_NO) != (y->seen != SEEN_NO))
        return x->seen != SEEN_NO ? 1 : -1;
    if (isnan(x->ndcg) != isnan(y->ndcg))
        return isnan(x->ndcg) ? 1 : -1;
    if (x->ndcg != y->ndcg && !isnan(x->ndcg))
        return x->ndcg < y->ndcg ? 1 : -1;
    return strcmp(x->record->name, y->record->name);
}

static enum status rank(const struct model_list *models, struct ranked *ranked, struct error *error)
{
    for (size_t i = 0; i < models->count; i++) {
        struct model_details details;
        enum status status = model_details_read(&models->items[i], &details, error);
        if (status != STATUS_OK)
            return status;
        ranked[i] = (struct ranked){&models->items[i], details.ndcg.name ? details.ndcg.mean : NAN, details.seen};
        model_details_free(&details);
    }
    qsort(ranked, models->count, sizeof *ranked, by_ndcg);
    return STATUS_OK;
}

static bool add(struct picker_items *items, enum picker_kind kind, const struct ranked *model)
{
    struct picker_item item = {.kind = (uint8_t)kind};
    char note[64];
    if (model->seen != SEEN_NO)
        snprintf(note, sizeof note, "%.20s  %s", model->record->kind, seen_answers_text(model->seen));
    else if (isnan(model->ndcg))
        snprintf(note, sizeof note, "%.20s  not evaluated", model->record->kind);
    else
        snprintf(note, sizeof note, "%.20s  NDCG %5.1f %%", model->record->kind, model->ndcg);
    return picker_items_add(items, model->record->name, note, &item);
}

static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    (void)model, (void)more;
    const bool compared = input->kind == PICK_COMPARE_A || input->kind == PICK_COMPARE_B;
    const enum picker_kind kind = compared ? input->kind : PICK_MODELS; /* else it may be a list of all kinds */
    struct model_list models = {0};
    enum status status = app_models(app, &models, error);
    if (status != STATUS_OK)
        return status;
    struct ranked *ranked = calloc(models.count + 1, sizeof *ranked);
    status = ranked ? rank(&models, ranked, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++)
        if (!add(items, kind, &ranked[i]))
            status = error_no_memory(error);
    free(ranked);
    model_list_free(&models);
    return status;
}

static void describe_training(const struct model_record *record, const struct model_details *details, int64_t bytes,
                              struct picker_preview *preview)
{
    char count[32];
    preview_add(preview, record->kind, "kind");
    view_count(record->n_tracks, count);
    preview_add(preview, count, "tracks");
    if (details->n_playlists) {
        view_count(atoll(details->n_playlists), count);
        preview_add(preview, count, "playlists of the training");
    }
    if (details->features && details->features[0])
        preview_add(preview, details->features, "features");
    snprintf(count, sizeof count, "%.10s", record->created ? record->created : "");
    if (count[0])
        preview_add(preview, count, "trained");
    snprintf(count, sizeof count, "%.1f MB", (double)bytes / 1e6);
    if (bytes > 0)
        preview_add(preview, count, "size");
}

static void describe_metrics(const struct model_details *details, struct picker_preview *preview)
{
    struct preview_line *line;
    char value[32];
    preview_add(preview, NULL, "%s", "");
    if (details->n_metrics == 0) {
        line = preview_add(preview, NULL, "not evaluated: sleeve evaluate does that");
        line->wrapped = true;
        return;
    }
    line = preview_add(preview, NULL, "on %s %s playlists", details->n_evaluated ? details->n_evaluated : "the",
                       details->evaluated_on ? details->evaluated_on : "test");
    line->heading = true;
    if (details->seen != SEEN_NO) {
        line = preview_add(preview, NULL, "It %s: these values say nothing about playlists that it does not know.",
                           seen_answers_text(details->seen));
        line->warning = line->wrapped = true;
    }
    for (size_t i = 0; i < details->n_metrics; i++) {
        const struct model_metric *metric = &details->metrics[i];
        enum metric listed = metric_named(metric->name);
        const char *blank = metric->unit[0] ? " " : "";
        if (isnan(metric->ci95))
            snprintf(value, sizeof value, "%.2f%s%s", metric->mean, blank, metric->unit);
        else
            snprintf(value, sizeof value, "%.2f ± %.2f%s%s", metric->mean, metric->ci95, blank, metric->unit);
        const char *variant = listed < METRICS ? metric_infos[listed].variant : NULL;
        preview_add(preview, value, "%s%s%s", listed < METRICS ? metric_infos[listed].title : metric->name,
                    variant ? ", " : "", variant ? variant : "");
    }
}

static void describe_settings(const struct model_details *details, struct picker_preview *preview)
{
    preview_add(preview, NULL, "%s", "");
    struct preview_line *heading = preview_add(preview, NULL, "settings");
    if (heading)
        heading->heading = true;
    for (size_t i = 0; i < details->n_settings; i++)
        preview_add(preview, details->settings[i].value, "%s", details->settings[i].name);
}

static enum status describe(struct app *app, const struct model_record *record, struct picker_preview *preview,
                            struct error *error)
{
    struct model_details details;
    enum status status = model_details_read(record, &details, error);
    if (status != STATUS_OK)
        return status;
    describe_training(record, &details, app_model_bytes(app, record), preview);
    describe_metrics(&details, preview);
    if (details.n_settings > 0)
        describe_settings(&details, preview);
    model_details_free(&details);
    return STATUS_OK;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    (void)item;
    struct model_list models = {0};
    enum status status = app_models(app, &models, error);
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++)
        if (strcmp(models.items[i].name, name) == 0)
            status = describe(app, &models.items[i], preview, error);
    model_list_free(&models);
    return status;
}

const struct picker_source picker_models = {
    .name = "models",
    .title = "Choose a model",
    .what = "model",
    .empty = "There is no model yet: \"sleeve train als --name als\" makes one.",
    .command = "model",
    .collect = collect,
    .preview = preview,
};

const struct picker_source picker_compare_a = {
    .name = "compare a",
    .title = "Choose the first model to compare",
    .what = "model",
    .empty = "There is no model yet: \"sleeve train als --name als\" makes one.",
    .command = "compare a",
    .collect = collect,
    .preview = preview,
};

const struct picker_source picker_compare_b = {
    .name = "compare b",
    .title = "Choose the second model to compare",
    .what = "model",
    .empty = "There is no model yet: \"sleeve train als --name als\" makes one.",
    .command = "compare b",
    .collect = collect,
    .preview = preview,
};
