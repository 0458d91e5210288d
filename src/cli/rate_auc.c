#include "cli/rate_auc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/rating_auc.h"
#include "app/ratings.h"
#include "cli/commands.h"

enum { NAMES_MAX = 40 };

/* ---- printing ---- */

static void json_auc(struct json_writer *json, const struct auc *auc)
{
    json_key(json, "auc");
    json_number(json, auc->value);
    json_key(json, "ci95");
    if (isnan(auc->low)) {
        json_null(json);
    } else {
        json_array_begin(json);
        json_number(json, auc->low);
        json_number(json, auc->high);
        json_array_end(json);
    }
    json_pair_integer(json, "good", (int64_t)auc->positives);
    json_pair_integer(json, "bad", (int64_t)auc->negatives);
}

static void json_scores(struct json_writer *json, const struct auc_scores *scores)
{
    json_object_begin(json);
    json_pair_text(json, scores->features ? "features" : "model", scores->name);
    json_auc(json, &scores->pooled);
    json_pair_bool(json, "trained_on_ratings", scores->trained);
    json_pair_integer(json, "without_score", (int64_t)scores->without);
    json_key(json, "playlists");
    json_array_begin(json);
    for (size_t i = 0; i < scores->n_playlists; i++) {
        json_object_begin(json);
        json_pair_text(json, "playlist_key", scores->playlists[i].key);
        json_pair_text(json, "playlist", scores->playlists[i].name);
        json_auc(json, &scores->playlists[i].auc);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static enum status print_json(const struct auc_result *result, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_integer(&json, "tracks", (int64_t)result->items.count);
    json_pair_integer(&json, "compared", (int64_t)result->compared);
    json_pair_integer(&json, "borderline", (int64_t)result->items.borderline);
    json_pair_integer(&json, "contested", (int64_t)result->items.contested);
    json_pair_number(&json, "random", 0.5);
    json_key(&json, "scores");
    json_array_begin(&json);
    for (size_t i = 0; i < result->n_scores; i++)
        json_scores(&json, &result->scores[i]);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static void add_row(struct buffer *out, const struct auc_scores *scores, const char *playlist, const struct auc *auc)
{
    cli_add_field(out, scores->name, '\t');
    cli_add_field(out, playlist, '\t');
    if (isnan(auc->value))
        buffer_add_text(out, "cannot be computed\t");
    else
        buffer_printf(out, "%.3f\t", auc->value);
    if (isnan(auc->low))
        buffer_add_text(out, "-\t");
    else
        buffer_printf(out, "%.3f-%.3f\t", auc->low, auc->high);
    buffer_printf(out, "%zu\t%zu\n", auc->positives, auc->negatives);
}

static enum status print(const struct cli *cli, const struct auc_result *result, struct error *error)
{
    struct buffer out = {0};
    if (cli->json)
        return print_json(result, error);
    buffer_add_text(&out, "score\tplaylist\tAUC\t95 %\tgood\tbad\n");
    buffer_add_text(&out, "random\tall playlists\t0.500\t-\t-\t-\n");
    for (size_t i = 0; i < result->n_scores; i++)
        add_row(&out, &result->scores[i], "all playlists", &result->scores[i].pooled);
    for (size_t i = 0; i < result->n_scores; i++)
        for (size_t k = 0; k < result->scores[i].n_playlists && result->scores[i].n_playlists > 1; k++)
            add_row(&out, &result->scores[i], result->scores[i].playlists[k].name, &result->scores[i].playlists[k].auc);
    return cli_print_table(&out, error);
}

static void report(const struct auc_result *result)
{
    if (result->items.borderline + result->items.contested > 0)
        log_message(LOG_INFO, "%zu borderline %s and %zu on which raters disagree are left out",
                    result->items.borderline, result->items.borderline == 1 ? "track" : "tracks",
                    result->items.contested);
    for (size_t i = 0; i < result->n_scores; i++)
        if (result->scores[i].trained)
            log_message(LOG_WARNING, "%s was trained on ratings, so its area is no evidence", result->scores[i].name);
    for (size_t i = 0; i < result->n_scores; i++)
        if (result->scores[i].without > 0)
            log_message(LOG_WARNING, "%s has no score for %zu of %zu tracks; they are left out of all areas",
                        result->scores[i].name, result->scores[i].without, result->items.count);
}

/* ---- the scores to compare ---- */

/* The names of an option that may be given several times, with commas between. `text` is cut into them. */
static enum status read_names(const struct cli *cli, const char *option, struct buffer *text,
                              const char *names[NAMES_MAX], size_t *count, struct error *error)
{
    *count = 0;
    for (int i = 0; cli_value_at(cli, option, i); i++)
        buffer_printf(text, "%s%s", i == 0 ? "" : ",", cli_value_at(cli, option, i));
    if (text->failed)
        return error_no_memory(error);
    for (char *rest = text->data; rest;) {
        const char *name = strsep(&rest, ",");
        if (*name == '\0' || *count == NAMES_MAX)
            return error_set(error, STATUS_USAGE, "--%s takes at most %d names with commas between", option, NAMES_MAX);
        names[(*count)++] = name;
    }
    return STATUS_OK;
}

static enum status filter_of(struct cli *cli, struct rating_filter *filter, struct error *error)
{
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = ratings_filter(catalogue, cli_value(cli, "playlist", NULL), NULL, NULL, cli_value(cli, "rater", NULL),
                                filter, error);
    catalogue_close(catalogue);
    return status;
}

static enum status compute(struct cli *cli, const struct auc_settings *settings, struct error *error)
{
    struct auc_result result = {0};
    struct app *app = NULL;
    const char *path = cli_value(cli, "out", NULL);
    enum status status = path ? auc_plot_check(path, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_rating_auc(app, settings, &result, error);
    if (status == STATUS_OK && path)
        status = auc_plot(&result, path, error);
    if (status == STATUS_OK) {
        report(&result);
        status = print(cli, &result, error);
    }
    auc_result_free(&result);
    app_close(app);
    return status;
}

enum status rate_auc(struct cli *cli, struct error *error)
{
    const char *models[NAMES_MAX], *sets[NAMES_MAX];
    struct buffer model_text = {0}, set_text = {0};
    struct auc_settings settings = {.models = models, .sets = sets, .discount = cli_flag(cli, "without-metadata")};
    enum status status = read_names(cli, "model", &model_text, models, &settings.n_models, error);
    if (status == STATUS_OK)
        status = read_names(cli, "features", &set_text, sets, &settings.n_sets, error);
    if (status == STATUS_OK && settings.n_models + settings.n_sets == 0)
        status = error_set(error, STATUS_USAGE, "rate auc needs --model NAME or --features SET");
    if (status == STATUS_OK)
        status = filter_of(cli, &settings.filter, error);
    if (status == STATUS_OK)
        status = compute(cli, &settings, error);
    buffer_free(&model_text);
    buffer_free(&set_text);
    return status;
}
