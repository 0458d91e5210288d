#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evaluated.h"
#include "eval/pairs.h"
#include "eval/table.h"

static const struct cli_option options[] = {
    {"reference", 0, "FILE:MODEL", "B is another program's results of MODEL: TSV or .gz"},
    {"seeds", 0, "N", "only playlists that show N seeds"},
    {"slice", 0, "NAME=BIN", "only playlists of this slice: BIN is low, middle or high"},
    {"slices", 0, NULL, "also by number of seeds and by kind of playlist"},
    {"plot", 0, "FILE.png|svg", "draw both sides against the number of seeds"},
    {"largest", 'n', "N", "how many of the largest wins and losses to list (default 5)"},
};

enum { SIDE_MAX = 32 };

/* What the command line asked for. */
struct question {
    const char *a, *b;
    const char *b_name; /* of a reference only the model */
    struct result_group filter;
    size_t largest;
};

/* ---- the two sides ---- */

/* The results of one model, or the mean over several with commas between. */
static enum status read_side(struct catalogue *catalogue, const char *names, struct result_list *list,
                             struct error *error)
{
    struct result_list lists[SIDE_MAX] = {0};
    size_t count = 0;
    char *copy = strdup(names);
    enum status status = copy ? STATUS_OK : error_no_memory(error);
    for (char *rest = NULL, *name = copy ? strtok_r(copy, ",", &rest) : NULL; status == STATUS_OK && name;
         name = strtok_r(NULL, ",", &rest)) {
        if (count == SIDE_MAX)
            status = error_set(error, STATUS_USAGE, "at most %d models make one side", SIDE_MAX);
        else
            status = catalogue_results_read(catalogue, name, &lists[count], error);
        if (status == STATUS_OK && lists[count++].count == 0)
            status =
                error_set(error, STATUS_FAILED,
                          "%s has no results to compare; evaluate it first: sleeve evaluate --model %s", name, name);
    }
    if (status == STATUS_OK && count == 0)
        status = error_set(error, STATUS_USAGE, "compare needs the names of models, not \"%s\"", names);
    if (status == STATUS_OK)
        status = result_mean(lists, count, list, error);
    if (status == STATUS_OK && list->count < lists[0].count)
        log_message(LOG_WARNING, "%zu playlists of %s were not evaluated with all of these models and are left out",
                    lists[0].count - list->count, names);
    for (size_t i = 0; i < count; i++)
        result_list_free(&lists[i]);
    free(copy);
    return status;
}

static enum status read_reference(struct catalogue *catalogue, const char *text, struct result_list *list,
                                  struct error *error)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return error_set(error, STATUS_USAGE, "--reference is FILE:MODEL, not \"%s\"", text);
    char *path = strndup(text, (size_t)(colon - text));
    if (!path)
        return error_no_memory(error);
    size_t unknown = 0;
    enum status status = result_reference_read(catalogue, path, colon + 1, list, &unknown, error);
    if (status == STATUS_OK && unknown > 0)
        log_message(LOG_WARNING, "left out: %zu of the playlists in %s, which the catalogue does not have", unknown,
                    path);
    free(path);
    return status;
}

/* ---- one metric ---- */

/* A win is the better value for a. */
static enum status compare_metric(const struct result_list *differences, int metric, struct comparison *comparison,
                                  struct error *error)
{
    enum { RESAMPLES = 10000, BOOTSTRAP_SEED = 42 };
    double *values = malloc((differences->count + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    for (size_t i = 0; i < differences->count; i++)
        values[i] = differences->items[i].values[metric];
    enum status status = compare_differences(values, differences->count, RESAMPLES, BOOTSTRAP_SEED, comparison, error);
    if (status == STATUS_OK && result_direction((enum result_metric)metric) < 0) {
        size_t wins = comparison->losses;
        comparison->losses = comparison->wins;
        comparison->wins = wins;
    }
    free(values);
    return status;
}

/* What the 95 % interval of a - b says of a. */
static const char *verdict(int metric, struct interval difference)
{
    double better = result_direction((enum result_metric)metric) * difference.mean;
    return better - difference.ci95 > 0 ? "better" : better + difference.ci95 < 0 ? "worse" : "not worse";
}

static bool is_known(const struct result_list *differences, int metric)
{
    return differences->count == 0 || !isnan(differences->items[0].values[metric]);
}

static void add_json(struct json_writer *json, int metric, const struct comparison *c)
{
    json_key(json, result_metric_names[metric]);
    json_object_begin(json);
    json_pair_number(json, "mean", c->mean);
    json_pair_number(json, "ci95", c->ci95);
    json_pair_number(json, "bootstrap_low", c->bootstrap_low);
    json_pair_number(json, "bootstrap_high", c->bootstrap_high);
    json_pair_integer(json, "wins", (int64_t)c->wins);
    json_pair_integer(json, "ties", (int64_t)c->ties);
    json_pair_integer(json, "losses", (int64_t)c->losses);
    json_pair_number(json, "t", c->t);
    json_pair_number(json, "t_p", c->t_p);
    json_pair_number(json, "wilcoxon_z", c->wilcoxon_z);
    json_pair_number(json, "wilcoxon_p", c->wilcoxon_p);
    json_pair_text(json, "verdict", verdict(metric, (struct interval){c->mean, c->ci95}));
    json_object_end(json);
}

static void add_row(struct buffer *out, int metric, const struct comparison *c)
{
    bool share = result_is_share((enum result_metric)metric);
    double scale = share ? 100 : 1;
    buffer_printf(out, "%s%s\t%+.2f ± %.2f\t%+.2f to %+.2f\t%zu / %zu / %zu\t%.3g\t%.3g\t%s\n",
                  result_metric_names[metric], share ? " %" : "", scale * c->mean, scale * c->ci95,
                  scale * c->bootstrap_low, scale * c->bootstrap_high, c->wins, c->ties, c->losses, c->t_p,
                  c->wilcoxon_p, verdict(metric, (struct interval){c->mean, c->ci95}));
}

/* ---- parts of the playlists ---- */

static void add_group_json(struct json_writer *json, const struct result_group *group, const struct slice_table *slices,
                           const struct result_row *rows, size_t count)
{
    struct result_summary summary;
    result_summarise(rows, count, &summary);
    json_object_begin(json);
    evaluated_add_group(json, group, slices, count);
    json_key(json, "metrics");
    json_object_begin(json);
    for (int metric = 0; metric < RESULT_METRICS; metric++) {
        if (isnan(summary.metrics[metric].mean))
            continue;
        json_key(json, result_metric_names[metric]);
        json_object_begin(json);
        json_pair_number(json, "mean", summary.metrics[metric].mean);
        json_pair_number(json, "ci95", summary.metrics[metric].ci95);
        json_object_end(json);
    }
    json_object_end(json);
    json_object_end(json);
}

static void add_group_row(struct buffer *out, const struct result_group *group, const struct slice_table *slices,
                          const struct result_row *rows, size_t count)
{
    static const enum result_metric shown[] = {RESULT_RECALL, RESULT_R_PRECISION, RESULT_NDCG, RESULT_CLICKS};
    struct result_summary summary;
    result_summarise(rows, count, &summary);
    evaluated_add_group_fields(out, group, slices, count);
    for (size_t s = 0; s < sizeof shown / sizeof *shown; s++) {
        struct interval interval = summary.metrics[shown[s]];
        double scale = result_is_share(shown[s]) ? 100 : 1;
        if (!isnan(interval.mean))
            buffer_printf(out, "%+.2f±%.2f", scale * interval.mean, scale * interval.ci95);
        buffer_add_byte(out, shown[s] == RESULT_CLICKS ? '\n' : '\t');
    }
}

/* All groups of seeds, all of slices: two members in JSON, one table otherwise. */
static enum status add_groups(const struct result_list *differences, const struct slice_table *slices,
                              struct buffer *out, struct json_writer *json, struct error *error)
{
    struct result_group groups[RESULT_GROUPS];
    struct result_row *kept = malloc((differences->count + 1) * sizeof *kept);
    if (!kept)
        return error_no_memory(error);
    result_groups(groups);
    if (!json)
        buffer_add_text(out, "a - b\tbin\trange\tplaylists\trecall %\tR-precision %\tNDCG %\tclicks\n");
    for (int g = 0; g < RESULT_GROUPS; g++) {
        bool first_of_slices = g > 0 && groups[g].slice >= 0 && groups[g - 1].slice < 0;
        if (json && first_of_slices)
            json_array_end(json);
        if (json && (g == 0 || first_of_slices)) {
            json_key(json, first_of_slices ? "slices" : "by_seeds");
            json_array_begin(json);
        }
        size_t count = result_group_take(&groups[g], slices, differences, kept);
        if (count > 0 && json)
            add_group_json(json, &groups[g], slices, kept, count);
        else if (count > 0)
            add_group_row(out, &groups[g], slices, kept, count);
    }
    if (json)
        json_array_end(json);
    free(kept);
    return STATUS_OK;
}

/* ---- the largest differences ---- */

static int by_ndcg(const void *left, const void *right)
{
    double a = ((const struct result_row *)left)->values[RESULT_NDCG];
    double b = ((const struct result_row *)right)->values[RESULT_NDCG];
    return (a < b) - (a > b);
}

/* Sorts the differences. */
static enum status add_largest(struct catalogue *catalogue, const struct result_list *differences, size_t wanted,
                               struct buffer *out, struct json_writer *json, struct error *error)
{
    size_t count = is_known(differences, RESULT_NDCG) ? differences->count : 0;
    wanted = wanted < count / 2 ? wanted : count / 2;
    if (count > 0)
        qsort(differences->items, count, sizeof *differences->items, by_ndcg);
    if (json) {
        json_key(json, "largest");
        json_array_begin(json);
    } else {
        buffer_add_text(out, "playlist\tseeds\tNDCG % difference\tname\n");
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < 2 * wanted; i++) {
        const struct result_row *row = &differences->items[i < wanted ? i : count - 2 * wanted + i];
        struct playlist_list playlists = {0};
        status = catalogue_playlist_read(catalogue, row->playlist_id, &playlists, error);
        if (status == STATUS_OK && json) {
            json_object_begin(json);
            json_pair_text(json, "playlist", playlists.items[0].key);
            json_pair_text(json, "name", playlists.items[0].name);
            json_pair_integer(json, "seeds", row->seeds);
            json_pair_number(json, "ndcg", row->values[RESULT_NDCG]);
            json_object_end(json);
        } else if (status == STATUS_OK) {
            cli_add_key(out, playlists.items[0].key, '\t');
            buffer_printf(out, "%d\t%+.2f\t", row->seeds, 100 * row->values[RESULT_NDCG]);
            cli_add_field(out, playlists.items[0].name, '\n');
        }
        playlist_list_free(&playlists);
    }
    if (json)
        json_array_end(json);
    return status;
}

/* ---- what is printed ---- */

static enum status print_json(struct catalogue *catalogue, const struct question *question,
                              const struct result_list *differences, const struct slice_table *slices,
                              struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "a", question->a);
    json_pair_text(&json, "b", question->b);
    if (question->filter.seeds > 0)
        json_pair_integer(&json, "only_seeds", question->filter.seeds);
    if (question->filter.slice >= 0) {
        json_pair_text(&json, "only_slice", slice_names[question->filter.slice]);
        json_pair_text(&json, "only_bin", slice_bin_names[question->filter.bin]);
    }
    json_pair_integer(&json, "n_playlists", (int64_t)differences->count);
    json_key(&json, "metrics");
    json_object_begin(&json);
    enum status status = STATUS_OK;
    for (int metric = 0; status == STATUS_OK && metric < RESULT_METRICS; metric++) {
        struct comparison comparison;
        if (!is_known(differences, metric))
            continue;
        status = compare_metric(differences, metric, &comparison, error);
        if (status == STATUS_OK)
            add_json(&json, metric, &comparison);
    }
    json_object_end(&json);
    if (status == STATUS_OK)
        status = add_groups(differences, slices, &out, &json, error);
    if (status == STATUS_OK)
        status = add_largest(catalogue, differences, question->largest, &out, &json, error);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

/* `slices` NULL: not wanted. */
static enum status print_tables(struct catalogue *catalogue, const struct question *question,
                                const struct result_list *differences, const struct slice_table *slices,
                                struct error *error)
{
    struct buffer out = {0};
    enum status status = STATUS_OK;
    buffer_add_text(&out, "a - b\tmean\tbootstrap 95 %\twin / tie / loss\tt-test p\tWilcoxon p\ta is\n");
    for (int metric = 0; status == STATUS_OK && metric < RESULT_METRICS; metric++) {
        struct comparison comparison;
        if (!is_known(differences, metric))
            continue;
        status = compare_metric(differences, metric, &comparison, error);
        if (status == STATUS_OK)
            add_row(&out, metric, &comparison);
    }
    if (status == STATUS_OK)
        status = cli_print_table(&out, error);
    buffer_free(&out);
    if (status == STATUS_OK && slices) {
        status = add_groups(differences, slices, &out, NULL, error);
        puts("");
        if (status == STATUS_OK)
            status = cli_print_table(&out, error);
    }
    if (status == STATUS_OK && question->largest > 0) {
        status = add_largest(catalogue, differences, question->largest, &out, NULL, error);
        puts("");
        if (status == STATUS_OK)
            status = cli_print_table(&out, error);
    }
    buffer_free(&out);
    return status;
}

/* ---- the work ---- */

static size_t count_known(const struct slice_table *slices, const struct result_list *list)
{
    size_t known = 0;
    for (size_t i = 0; i < list->count; i++)
        known += slice_table_find(slices, list->items[i].playlist_id) < slices->count;
    return known;
}

/* Of the part of the split (test or validation) that the results are of. */
static enum status load_slices(struct catalogue *catalogue, const struct result_list *list, struct slice_table *slices,
                               struct error *error)
{
    enum status status = slice_table_load(catalogue, SPLIT_TEST, slices, error);
    size_t known = status == STATUS_OK ? count_known(slices, list) : 0;
    if (status == STATUS_OK && known == 0) {
        slice_table_free(slices);
        status = slice_table_load(catalogue, SPLIT_VALIDATION, slices, error);
        known = status == STATUS_OK ? count_known(slices, list) : 0;
    }
    if (status == STATUS_OK && known < list->count)
        log_message(LOG_WARNING,
                    "%zu playlists are no longer evaluated by the present split and are in no slice; evaluate again",
                    list->count - known);
    return status;
}

/* From what is stored: no model is asked again. */
static enum status plot(struct catalogue *catalogue, const struct question *question, const struct result_pairs *pairs,
                        struct atomic_file *file, struct error *error)
{
    const struct evaluated_line lines[] = {{question->a, &pairs->a}, {question->b_name, &pairs->b}};
    return evaluated_plot(catalogue, "", lines, 2, file, error);
}

static enum status print(struct cli *cli, struct catalogue *catalogue, const struct question *question,
                         struct result_pairs *pairs, struct atomic_file *picture, struct error *error)
{
    struct slice_table slices = {0};
    bool wanted = cli->json || cli_flag(cli, "slices") || question->filter.slice >= 0;
    enum status status = wanted ? load_slices(catalogue, &pairs->difference, &slices, error) : STATUS_OK;
    size_t all = pairs->difference.count;
    if (status != STATUS_OK)
        return status;
    pairs->difference.count =
        result_group_take(&question->filter, &slices, &pairs->difference, pairs->difference.items);
    pairs->a.count = result_group_take(&question->filter, &slices, &pairs->a, pairs->a.items);
    pairs->b.count = result_group_take(&question->filter, &slices, &pairs->b, pairs->b.items);
    if (pairs->difference.count < 2)
        status = error_set(error, STATUS_FAILED,
                           "a comparison needs two playlists: the two sides share %zu (evaluate both on the same "
                           "split), of which %zu are selected",
                           all, pairs->difference.count);
    if (status == STATUS_OK)
        status = cli->json ? print_json(catalogue, question, &pairs->difference, &slices, error)
                           : print_tables(catalogue, question, &pairs->difference,
                                          cli_flag(cli, "slices") ? &slices : NULL, error);
    if (status == STATUS_OK && picture->stream)
        status = plot(catalogue, question, pairs, picture, error);
    slice_table_free(&slices);
    return status;
}

static enum status take_filter(const struct cli *cli, struct result_group *filter, struct error *error)
{
    int64_t seeds;
    const char *slice = cli_value(cli, "slice", NULL);
    enum status status = cli_integer(cli, "seeds", 1, INT32_MAX, 0, &seeds, error);
    *filter = (struct result_group){.seeds = (int)seeds, .slice = -1};
    if (status != STATUS_OK || !slice)
        return status;
    size_t size = strcspn(slice, "=");
    int bin = -1;
    for (int i = 0; i < N_SLICES; i++)
        if (strlen(slice_names[i]) == size && memcmp(slice, slice_names[i], size) == 0)
            filter->slice = i;
    for (int i = 0; slice[size] && i < N_SLICE_BINS; i++)
        if (strcmp(slice + size + 1, slice_bin_names[i]) == 0)
            bin = i;
    if (filter->slice < 0 || bin < 0)
        return error_set(
            error, STATUS_USAGE,
            "--slice is NAME=BIN with NAME unpopular, uncovered, length, new-artists or new-tracks and BIN "
            "low, middle or high, not \"%s\"",
            slice);
    filter->bin = (enum slice_bin)bin;
    return STATUS_OK;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *reference = cli_value(cli, "reference", NULL);
    struct question question = {.a = cli->arguments[0], .b = reference ? reference : cli->arguments[1]};
    if ((reference != NULL) == (cli->n_arguments == 2))
        return error_set(error, STATUS_USAGE, "compare needs two models, or one and --reference FILE:MODEL");
    const char *colon = reference ? strrchr(reference, ':') : NULL, *plot_file = cli_value(cli, "plot", NULL);
    question.b_name = colon ? colon + 1 : question.b;
    int64_t largest;
    struct catalogue *catalogue = NULL;
    struct result_list a = {0}, b = {0};
    struct result_pairs pairs = {0};
    struct atomic_file picture = {0};
    enum status status = cli_integer(cli, "largest", 0, 1000, 5, &largest, error);
    question.largest = (size_t)largest;
    if (status == STATUS_OK)
        status = take_filter(cli, &question.filter, error);
    if (status == STATUS_OK && plot_file)
        status = evaluated_plot_check(plot_file, 2, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = read_side(catalogue, question.a, &a, error);
    if (status == STATUS_OK)
        status =
            reference ? read_reference(catalogue, reference, &b, error) : read_side(catalogue, question.b, &b, error);
    if (status == STATUS_OK)
        status = result_pairs_make(&a, &b, &pairs, error);
    if (status == STATUS_OK && pairs.difference.count > 0 && pairs.difference.count < a.count)
        log_message(LOG_WARNING, "%zu of %zu playlists of %s have no counterpart and are left out",
                    a.count - pairs.difference.count, a.count, question.a);
    if (status == STATUS_OK && plot_file)
        status = atomic_file_open(plot_file, &picture, error);
    if (status == STATUS_OK)
        status = print(cli, catalogue, &question, &pairs, &picture, error);
    atomic_file_abort(&picture);
    result_pairs_free(&pairs);
    result_list_free(&a);
    result_list_free(&b);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_compare = {
    .name = "compare",
    .arguments = "A[,A2...] (B[,B2...] | --reference FILE:MODEL) [--seeds N] [--slice NAME=BIN] [--slices] [--plot "
                 "FILE.png|svg] [-n N]",
    .summary = "two evaluated models on the same playlists: paired differences and tests, largest wins and losses",
    .details =
        "Several models with commas between count by their mean on each playlist (one model trained with three seeds,\n"
        "say). A win is the better value for A: higher, but fewer clicks and lower popularity. A is better or worse "
        "where\n"
        "the 95 % interval of a - b excludes 0, otherwise not worse: at least as good as B, as far as these playlists\n"
        "tell. For slices see: sleeve help evaluate.\n"
        "A reference file has a header that names its columns: model, playlist, seeds and metrics (precision, recall,\n"
        "r_precision, r_precision_rta, ndcg, clicks, popularity; those that are missing are not compared).",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
