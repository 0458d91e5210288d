/* Two models of the fake app compared. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/compare_internal.h"
#include "app/compare_lists.h"

enum { LIST = FAKE_TRACKS - 100 };

static enum status fill_side(struct app *app, const struct compare_question *question, struct compared_lists *lists,
                             struct failure_side *side, const char *model, struct error *error)
{
    int64_t seeds[OWN_TRACKS_MAX];
    size_t n_seeds = lists->seeds.count < OWN_TRACKS_MAX ? lists->seeds.count : OWN_TRACKS_MAX;
    for (size_t i = 0; i < n_seeds; i++)
        seeds[i] = lists->seeds.items[i].id;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds, .title = question->title};
    snprintf(side->model, sizeof side->model, "%s", model);
    side->list = calloc(LIST, sizeof *side->list);
    enum status status = app_recommend(app, model, &query, LIST, side->list, &side->tracks, &side->answer, error);
    side->count = side->tracks.count;
    return status;
}

enum status app_compare_lists(struct app *app, const char *a, const char *b, const struct compare_question *question,
                              struct compared_lists *lists, struct error *error)
{
    struct failure_case test = {0};
    enum status status = STATUS_OK;
    *lists = (struct compared_lists){.playlist_id = question->playlist_id, .set = SPLIT_TRAIN};
    if (app->refused && (strcmp(a, app->refused) == 0 || strcmp(b, app->refused) == 0))
        return error_set(error, STATUS_FAILED, "%s was trained on another catalogue", app->refused);
    if (question->playlist_id != 0) {
        status = app_failure_open(app, question->playlist_id, a, b, &test, error);
        lists->set = SPLIT_TEST;
        lists->seeds = test.seeds;
        lists->held_out = test.held_out;
        test.seeds = test.held_out = (struct track_list){0};
    } else {
        status = fake_fill(question->seeds, question->n_seeds, &lists->seeds, error);
    }
    lists->name = strdup(test.name ? test.name : question->title ? question->title : "");
    for (int i = 0; status == STATUS_OK && i < COMPARE_SIDES; i++) {
        status = fill_side(app, question, lists, &lists->sides[i], i == 0 ? a : b, error);
        lists->sides[i].evaluated = test.n_sides > i && test.sides[i].evaluated;
        memcpy(lists->sides[i].values, test.sides[i].values, sizeof test.sides[i].values);
    }
    failure_case_free(&test);
    return status == STATUS_OK ? compared_lists_match(lists, error) : status;
}

static bool is_wanted(const struct result_group *group, const struct failure *failure)
{
    return group->seeds == SEEDS_ANY || failure->seeds == group->seeds;
}

static enum status make_pairs(const struct failure_list *list, const struct result_group *group,
                              struct result_pairs *pairs, struct error *error)
{
    struct result_list *lists[] = {&pairs->a, &pairs->b, &pairs->difference};
    for (int i = 0; i < 3; i++) {
        lists[i]->items = calloc(list->count + 1, sizeof *lists[i]->items);
        if (!lists[i]->items)
            return error_no_memory(error);
        for (size_t at = 0; at < list->count; at++) {
            const struct failure *failure = &list->items[at];
            if (isnan(failure->other[METRIC_NDCG]) || !is_wanted(group, failure))
                continue;
            struct result_row *row = &lists[i]->items[lists[i]->count++];
            row->playlist_id = failure->playlist_id;
            row->seeds = failure->seeds;
            for (int metric = 0; metric < METRICS; metric++) {
                double a = failure->values[metric], b = failure->other[metric];
                row->values[metric] = i == 0 ? a : i == 1 ? b : a - b;
            }
        }
    }
    return STATUS_OK;
}

static void name_largest(const struct failure_list *list, struct compare_result *result)
{
    for (size_t i = 0; i < result->n_largest; i++)
        for (size_t at = 0; at < list->count; at++)
            if (list->items[at].playlist_id == result->largest[i].id)
                result->largest[i].name =
                    arena_copy_text(&result->memory, list->items[at].name, strlen(list->items[at].name));
}

static enum status make_curves(const struct compare_settings *settings, const struct result_pairs *pairs,
                               struct compare_result *result, struct error *error)
{
    const struct results_line lines[] = {{settings->a, &pairs->a}, {settings->b, &pairs->b}};
    result->curves = calloc(1, sizeof *result->curves);
    return result->curves ? results_curves_make(lines, 2, result->curves, error) : error_no_memory(error);
}

static enum seen_answers seen(const struct app *app, const char *model)
{
    return app->seen_model && strcmp(app->seen_model, model) == 0 ? SEEN_SURELY : SEEN_NO;
}

enum status app_compare_results(struct app *app, const struct compare_settings *settings, struct compare_result *result,
                                struct error *error)
{
    struct failure_list list = {0};
    struct result_pairs pairs = {0};
    *result = (struct compare_result){.by = metric_named(settings->by)};
    const char *lacking = strcmp(settings->a, "popularity") == 0 || app->no_results ? settings->a
                          : strcmp(settings->b, "popularity") == 0                  ? settings->b
                                                                                    : NULL;
    if (lacking)
        return error_set(error, STATUS_FAILED,
                         "%s has no results to compare; evaluate it first: sleeve evaluate --model %s", lacking,
                         lacking);
    enum status status = app_failures(app, settings->a, settings->b, &(struct failure_filter){0}, &list, error);
    if (status == STATUS_OK)
        status = make_pairs(&list, &settings->filter, &pairs, error);
    if (status == STATUS_OK)
        status = compare_metrics(settings, &pairs, result, error);
    if (status == STATUS_OK)
        status = result_groups_summarise(&pairs.difference, NULL, &result->groups, error);
    if (status == STATUS_OK)
        status = compare_choose_largest(&pairs, settings->largest, result, error);
    if (status == STATUS_OK && settings->curves)
        status = make_curves(settings, &pairs, result, error);
    name_largest(&list, result);
    result->n_playlists = pairs.difference.count;
    result->seen_a = seen(app, settings->a);
    result->seen_b = seen(app, settings->b);
    result_pairs_free(&pairs);
    failure_list_free(&list);
    return status;
}
