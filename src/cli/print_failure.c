#include "cli/print_failure.h"

#include <math.h>
#include <stdio.h>

#include "cli/report.h"

/* ---- the overview ---- */

static void group_metrics_json(const struct failure_group *group, struct json_writer *json)
{
    enum metric measured[METRICS];
    int n_measured = metrics_by_priority(measured);
    for (int i = 0; i < n_measured; i++) {
        int metric = (int)measured[i];
        json_key(json, metric_infos[metric].name);
        json_object_begin(json);
        if (group->count > 0) {
            json_pair_number(json, "mean", group->means[metric].mean);
            json_pair_number(json, "ci95", group->means[metric].ci95);
        }
        json_pair_number(json, "others", group->rest[metric]);
        json_object_end(json);
    }
}

static enum status groups_json(const struct failure_list *list, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "model", list->model);
    json_pair_text(&json, "on", list->validation ? "val" : "test");
    json_pair_integer(&json, "n_playlists", (int64_t)list->evaluated);
    json_key(&json, "groups");
    json_array_begin(&json);
    for (size_t i = 0; i < list->n_groups; i++) {
        const struct failure_group *group = &list->groups[i];
        json_object_begin(&json);
        json_pair_text(&json, "kind", failure_group_titles[group->kind]);
        json_pair_text(&json, "label", group->label);
        json_pair_text(&json, "where", group->where);
        json_pair_integer(&json, "playlists", (int64_t)group->count);
        json_pair_integer(&json, "without_hit", (int64_t)group->missed);
        group_metrics_json(group, &json);
        if (group->kind == GROUP_CAUSE)
            json_pair_number(&json, "mean_share", group->share);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

enum status print_failure_groups(const struct cli *cli, const struct failure_list *list, struct error *error)
{
    struct buffer tsv = {0};
    if (cli->json)
        return groups_json(list, error);
    buffer_add_text(&tsv, "\tkind\tplaylists\tof all\tno hit\tNDCG, %\tothers, %\tmean share, %\t--where\n");
    for (size_t i = 0; i < list->n_groups; i++) {
        const struct failure_group *group = &list->groups[i];
        bool first = i == 0 || group[-1].kind != group->kind;
        buffer_printf(&tsv, "%s\t", first ? failure_group_titles[group->kind] : "");
        cli_add_field(&tsv, group->label, '\t');
        buffer_printf(&tsv, "%zu\t%.0f %%\t%zu\t", group->count, 100 * (double)group->count / (double)list->evaluated,
                      group->missed);
        if (group->count == 1) /* one value has no interval */
            buffer_printf(&tsv, "%.1f", 100 * group->means[METRIC_NDCG].mean);
        else if (group->count > 1)
            buffer_printf(&tsv, "%.1f±%.1f", 100 * group->means[METRIC_NDCG].mean,
                          100 * group->means[METRIC_NDCG].ci95);
        buffer_add_byte(&tsv, '\t');
        if (!isnan(group->rest[METRIC_NDCG]))
            buffer_printf(&tsv, "%.1f", 100 * group->rest[METRIC_NDCG]);
        buffer_add_byte(&tsv, '\t');
        if (group->kind == GROUP_CAUSE && !isnan(group->share))
            buffer_printf(&tsv, "%.0f", 100 * group->share);
        buffer_add_byte(&tsv, '\t');
        cli_add_field(&tsv, group->where, '\n');
    }
    return cli_print_table(&tsv, error);
}

/* ---- one playlist ---- */

static void track_json(const struct track *track, struct json_writer *json)
{
    json_object_begin(json);
    cli_json_track(json, track);
}

static void causes_json(const struct cause_shares *causes, struct json_writer *json)
{
    enum cause main_cause = cause_main(causes->of);
    json_pair_number(json, "ceiling", causes->ceiling);
    json_pair_text(json, "cause", main_cause < CAUSES ? cause_infos[main_cause].name : "none");
    json_key(json, "causes");
    json_object_begin(json);
    for (int cause = 0; cause < CAUSES; cause++)
        json_pair_number(json, cause_infos[cause].name, causes->of[cause]);
    json_object_end(json);
}

static void side_json(const struct failure_case *opened, const struct explained_side *explained,
                      const struct failure_side *side, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "model", side->model);
    for (int metric = 0; side->evaluated && metric < METRICS; metric++)
        json_pair_number(json, metric_infos[metric].name, side->values[metric]);
    causes_json(&explained->causes, json);
    json_key(json, "held_out");
    json_array_begin(json);
    for (size_t i = 0; i < opened->held_out.count; i++) {
        track_json(&opened->held_out.items[i], json);
        json_key(json, "rank");
        if (explained->ranks[i] > 0)
            json_integer(json, explained->ranks[i]);
        else
            json_null(json);
        json_pair_bool(json, "scored", explained->scored[i]);
        json_pair_integer(json, "training_playlists", (int64_t)explained->counts[i]);
        json_pair_bool(json, "in_reach", explained->in_reach[i]);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "page");
    json_array_begin(json);
    for (size_t i = 0; i < side->count && i < CAUSE_PAGE; i++) {
        track_json(&side->tracks.items[i], json);
        json_pair_bool(json, "hit", side->hits[i]);
        json_pair_integer(json, "training_playlists", (int64_t)explained->list_counts[i]);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static enum status print_case_json(const char *playlist, const struct failure_case *opened,
                                   const struct failure_explained *explained, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "playlist", playlist);
    json_pair_text(&json, "name", opened->name);
    json_key(&json, "seeds");
    json_array_begin(&json);
    for (size_t i = 0; i < opened->seeds.count; i++) {
        track_json(&opened->seeds.items[i], &json);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_key(&json, "models");
    json_array_begin(&json);
    for (int i = 0; i < opened->n_sides; i++)
        side_json(opened, &explained->sides[i], &opened->sides[i], &json);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static void report_side(const struct failure_side *side, const struct explained_side *explained, size_t n_held_out,
                        struct buffer *out)
{
    report_section(out, side->model);
    if (side->evaluated)
        report_row(out, "metrics", "NDCG %.1f %%, clicks %.0f, recall %.1f %% of at most %.1f %%",
                   100 * side->values[METRIC_NDCG], side->values[METRIC_CLICKS], 100 * side->values[METRIC_RECALL],
                   100 * explained->causes.ceiling);
    report_row(out, "found", "%zu of %zu held-out tracks", side->n_hits, n_held_out);
    for (int cause = 0; cause < CAUSES; cause++) {
        double share = explained->causes.of[cause];
        const struct cause_info *info = &cause_infos[cause];
        if (isnan(share))
            report_row(out, info->title, "not known (%s)", info->help);
        else
            report_row(out, info->title, "%3.0f %%%s", 100 * share,
                       cause_is_main(explained->causes.of, (enum cause)cause) ? ", the main cause"
                       : cause_applies(&explained->causes, (enum cause)cause) ? ", applies"
                                                                              : "");
    }
}

static void add_rank(const struct explained_side *side, size_t at, struct buffer *tsv)
{
    if (side->ranks[at] == 0)
        buffer_add_text(tsv, "-\t");
    else
        buffer_printf(tsv, "%d%s\t", (int)side->ranks[at], side->scored[at] ? "" : " (no score)");
}

static enum status print_case(const struct failure_case *opened, const struct failure_explained *explained,
                              struct error *error)
{
    struct buffer out = {0}, tsv = {0};
    char title[96];
    snprintf(title, sizeof title, "%zu seeds, %zu held-out tracks", opened->seeds.count, opened->held_out.count);
    report_section(&out, title);
    for (int i = 0; i < opened->n_sides; i++)
        report_side(&opened->sides[i], &explained->sides[i], opened->held_out.count, &out);
    buffer_add_byte(&out, '\n');
    enum status status = cli_print(&out, error);
    for (int side = 0; side < opened->n_sides; side++)
        buffer_printf(&tsv, opened->n_sides > 1 ? "rank by %s\t" : "rank\t", opened->sides[side].model);
    buffer_printf(&tsv, "trained\t%s", cli_track_header);
    for (size_t i = 0; i < opened->held_out.count; i++) {
        for (int side = 0; side < opened->n_sides; side++)
            add_rank(&explained->sides[side], i, &tsv);
        buffer_printf(&tsv, explained->sides[0].in_reach[i] ? "%.0f\t" : "%.0f, out of reach\t",
                      (double)explained->sides[0].counts[i]);
        cli_add_track(&tsv, &opened->held_out.items[i]);
    }
    if (status == STATUS_OK)
        return cli_print_table(&tsv, error);
    buffer_free(&tsv);
    return status;
}

enum status print_failure(struct cli *cli, struct app *app, const char *playlist, const char *model,
                          const char *against, struct error *error)
{
    struct failure_case opened = {0};
    struct failure_explained explained = {0};
    int64_t id;
    enum status status = app_playlist_find(app, playlist, &id, error);
    if (status == STATUS_OK && id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no playlist \"%s\"; see: sleeve failures --model %s -n 0",
                           playlist, model);
    if (status == STATUS_OK)
        status = app_failure_open(app, id, model, against, &opened, error);
    if (status == STATUS_OK)
        status = app_failure_explain(app, &opened, NULL, &explained, error);
    if (status == STATUS_OK)
        status =
            cli->json ? print_case_json(playlist, &opened, &explained, error) : print_case(&opened, &explained, error);
    failure_explained_free(&explained);
    failure_case_free(&opened);
    return status;
}
