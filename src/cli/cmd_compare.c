#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "db/results.h"
#include "eval/compare.h"

static const struct cli_option options[] = {
    {"largest", 'n', "N", "how many of the largest wins and losses to list (default 5)"},
};

enum { RESAMPLES = 10000, BOOTSTRAP_SEED = 42 };

struct paired {
    int64_t playlist_id;
    int32_t seeds;
    double difference[RESULT_METRICS]; /* a - b */
};

/* Both lists are in playlist order; only playlists that both were judged on count. */
static size_t pair_up(const struct result_list *a, const struct result_list *b, struct paired *pairs)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        int64_t left = a->items[i].playlist_id;
        int64_t right = b->items[k].playlist_id;
        if (left == right) {
            pairs[count].playlist_id = left;
            pairs[count].seeds = a->items[i].seeds;
            for (int metric = 0; metric < RESULT_METRICS; metric++)
                pairs[count].difference[metric] = a->items[i].values[metric] - b->items[k].values[metric];
            count++;
        }
        i += left <= right;
        k += right <= left;
    }
    return count;
}

static int by_ndcg(const void *left, const void *right)
{
    double a = ((const struct paired *)left)->difference[RESULT_NDCG];
    double b = ((const struct paired *)right)->difference[RESULT_NDCG];
    return (a < b) - (a > b);
}

static enum status compare_metric(const struct paired *pairs, size_t count, int metric, struct comparison *comparison,
                                  struct error *error)
{
    double *differences = malloc((count + 1) * sizeof *differences);
    if (!differences)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        differences[i] = pairs[i].difference[metric];
    enum status status = compare_differences(differences, count, RESAMPLES, BOOTSTRAP_SEED, comparison, error);
    free(differences);
    return status;
}

static void add_json(struct json_writer *json, const char *name, const struct comparison *c)
{
    json_key(json, name);
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
    json_object_end(json);
}

static void add_row(struct buffer *out, int metric, const struct comparison *c)
{
    double scale = metric == RESULT_CLICKS ? 1 : 100;
    buffer_printf(out, "%s%s\t%+.2f ± %.2f\t%+.2f to %+.2f\t%zu / %zu / %zu\t%.3g\t%.3g\n", result_metric_names[metric],
                  metric == RESULT_CLICKS ? "" : " %", scale * c->mean, scale * c->ci95, scale * c->bootstrap_low,
                  scale * c->bootstrap_high, c->wins, c->ties, c->losses, c->t_p, c->wilcoxon_p);
}

static enum status add_largest(struct cli *cli, struct catalogue *catalogue, const struct paired *pairs, size_t count,
                               size_t wanted, struct buffer *out, struct json_writer *json, struct error *error)
{
    wanted = wanted < count / 2 ? wanted : count / 2;
    if (cli->json) {
        json_key(json, "largest");
        json_array_begin(json);
    } else {
        buffer_add_text(out, "playlist\tseeds\tNDCG % difference\tname\n");
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < 2 * wanted; i++) {
        const struct paired *pair = &pairs[i < wanted ? i : count - 2 * wanted + i];
        struct playlist_list playlists = {0};
        status = catalogue_playlist_read(catalogue, pair->playlist_id, &playlists, error);
        if (status == STATUS_OK && cli->json) {
            json_object_begin(json);
            json_pair_text(json, "playlist", playlists.items[0].key);
            json_pair_text(json, "name", playlists.items[0].name);
            json_pair_integer(json, "seeds", pair->seeds);
            json_pair_number(json, "ndcg", pair->difference[RESULT_NDCG]);
            json_object_end(json);
        } else if (status == STATUS_OK) {
            cli_add_field(out, playlists.items[0].key, '\t');
            buffer_printf(out, "%d\t%+.2f\t", pair->seeds, 100 * pair->difference[RESULT_NDCG]);
            cli_add_field(out, playlists.items[0].name, '\n');
        }
        playlist_list_free(&playlists);
    }
    if (cli->json)
        json_array_end(json);
    return status;
}

static enum status print(struct cli *cli, struct catalogue *catalogue, struct paired *pairs, size_t count,
                         size_t largest, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "a", cli->arguments[0]);
        json_pair_text(&json, "b", cli->arguments[1]);
        json_pair_integer(&json, "n_playlists", (int64_t)count);
        json_key(&json, "metrics");
        json_object_begin(&json);
    } else {
        buffer_add_text(&out, "a - b\tmean\tbootstrap 95 %\twin / tie / loss\tt-test p\tWilcoxon p\n");
    }
    enum status status = STATUS_OK;
    for (int metric = 0; status == STATUS_OK && metric < RESULT_METRICS; metric++) {
        struct comparison comparison;
        status = compare_metric(pairs, count, metric, &comparison, error);
        if (status == STATUS_OK && cli->json)
            add_json(&json, result_metric_names[metric], &comparison);
        else if (status == STATUS_OK)
            add_row(&out, metric, &comparison);
    }
    if (cli->json)
        json_object_end(&json);
    else if (status == STATUS_OK)
        status = cli_print_table(&out, error);
    if (status == STATUS_OK && !cli->json && largest > 0)
        puts("");
    qsort(pairs, count, sizeof *pairs, by_ndcg);
    if (status == STATUS_OK)
        status = add_largest(cli, catalogue, pairs, count, largest, &out, &json, error);
    if (cli->json) {
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    }
    if (status == STATUS_OK)
        return cli->json ? cli_print(&out, error) : cli_print_table(&out, error);
    buffer_free(&out);
    return status;
}

static enum status read_results(struct catalogue *catalogue, const char *model, struct result_list *list,
                                struct error *error)
{
    enum status status = catalogue_results_read(catalogue, model, list, error);
    if (status == STATUS_OK && list->count == 0)
        status = error_set(error, STATUS_FAILED,
                           "%s has no results to compare; evaluate it first: sleeve evaluate --model %s", model, model);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    int64_t largest;
    struct catalogue *catalogue = NULL;
    struct result_list a = {0};
    struct result_list b = {0};
    enum status status = cli_integer(cli, "largest", 0, 1000, 5, &largest, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = read_results(catalogue, cli->arguments[0], &a, error);
    if (status == STATUS_OK)
        status = read_results(catalogue, cli->arguments[1], &b, error);
    struct paired *pairs = malloc((a.count + 1) * sizeof *pairs);
    if (status == STATUS_OK && !pairs)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = print(cli, catalogue, pairs, pair_up(&a, &b, pairs), (size_t)largest, error);
    free(pairs);
    result_list_free(&a);
    result_list_free(&b);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_compare = {
    .name = "compare",
    .arguments = "A B [-n N]",
    .summary = "two evaluated models on the same playlists: paired differences and tests, largest wins and losses",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
