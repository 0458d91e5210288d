#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/titles.h"

/* The kind "title": recommends by the playlist's title alone, and popular tracks to a playlist without a title. Every
 * model but popularity has the index of titles (title_index.h); this kind can have its factorised form. */

static const struct setting_rule rules[] = {
    {"factors", 0, 0, 0, 1024, true, "dimensions on which clusters of titles are projected; 0: exact", NULL, NULL},
    {0},
};
static const struct setting_rule *const groups[] = {rules, NULL};

static enum status train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    int factors = (int)settings_value(task->settings, "factors");
    size_t before = weights->count;
    enum status status = STATUS_OK;
    if (task->spec->titles)
        status = title_index_save(task->interactions, task->spec->titles, factors, task->seed, weights, error);
    if (status == STATUS_OK && weights->count == before)
        snprintf(task->report, sizeof task->report,
                 "no training playlist has a title with words, so the model recommends popular tracks");
    return status;
}

static enum status open_model(struct recommender *recommender, struct error *error)
{
    struct title_index *index;
    return recommender_title_index(recommender, &index, error);
}

static void close_model(struct recommender *recommender)
{
    (void)recommender;
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    const struct recommender_ops *popularity = model_kind_find("popularity");
    return popularity->recommend(recommender, lists, k, ids, scores, error);
}

static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    return model_kind_find("popularity")->score(recommender, lists, n, rows, scores, error);
}

static const struct recommender_ops kinds[] = {
    {.kind = "title",
     .settings = {.groups = groups},
     .titles = TITLES_ALONE,
     .train = train,
     .open = open_model,
     .close = close_model,
     .recommend = recommend,
     .score = score,
     .any_seeds = true},
};

const struct model_family title_family = {
    .help =
        "title: what training playlists with similar titles contain; popular tracks for a playlist without a title.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
