#include <stdlib.h>
#include <string.h>

#include "app/editions.h"
#include "app/recipe_file.h"
#include "app/recommend.h"
#include "cli/print_recipe.h"

static const struct cli_option options[] = {
    {"playlist", 0, "PLAYLIST", "make: the playlist; years: only its tracks; apply: whose suggestions are filtered"},
    {"name", 0, "NAME", "make, add: the recipe's name (default the playlist's, or the file's)"},
    {"force", 0, NULL, "make, add: replace a recipe of the same name that differs"},
    {"out", 0, "FILE", "make, show: write it to a file, as JSON if its name ends in .json, else as text"},
    {"number", 'n', "N", "apply: at most N candidates (default its limit); years: at most N tracks (default 50)"},
    {"model", 0, "MODEL", "apply: filter the model's 500 suggestions for --playlist (default the recipe's own)"},
};

static const struct cli_verb verb_options[] = {
    {"", ""},
    {"make", "playlist|name|out|force"},
    {"apply", "playlist|number|model"},
    {"list", ""},
    {"show", "out"},
    {"set", ""},
    {"add", "name|force"},
    {"rm", ""},
    {"years", "playlist|number"},
    {NULL, NULL},
};

/* Counts with the tracks of the recipe's playlist, or of --playlist, left out. */
static enum status count(struct app *app, const struct recipe *recipe, const struct recommend_result *suggestions,
                         struct app_recipe_answer *answer, struct error *error)
{
    int64_t *ids = NULL, *suggested = NULL;
    struct app_recipe_query query = {.recipe = recipe};
    enum status status = app_recipe_playlist(app, recipe, &ids, &query.n_excluded, error);
    query.excluded = ids;
    if (status == STATUS_OK && suggestions) {
        query.n_suggested = suggestions->tracks.count;
        suggested = malloc((query.n_suggested + 1) * sizeof *suggested);
        for (size_t i = 0; suggested && i < query.n_suggested; i++)
            suggested[i] = suggestions->tracks.items[i].id;
        query.suggested = suggested;
        status = suggested ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = app_recipe_apply(app, &query, answer, error);
    free(ids);
    free(suggested);
    return status;
}

static void report(const struct cli *cli, const struct app_recipe_answer *answer)
{
    if (cli->verbose)
        log_message(LOG_INFO, "tracks read in %.2f s (%.0f MB), counted in %.2f ms", answer->build_seconds,
                    (double)answer->index_bytes / 1e6, answer->milliseconds);
}

static void report_repeats(size_t repeats, const char *what)
{
    if (repeats > 0)
        log_message(LOG_INFO, "%zu %s%s left out: of a song that the playlist or a better one is of", repeats, what,
                    repeats == 1 ? " is" : "s are");
}

static enum status print_form(struct cli *cli, struct app *app, const struct recipe *recipe, struct error *error)
{
    struct app_recipe_answer answer;
    enum status status = count(app, recipe, NULL, &answer, error);
    if (status != STATUS_OK)
        return status;
    report(cli, &answer);
    status = cli_print_recipe(cli, recipe, &answer, error);
    app_recipe_answer_free(&answer);
    return status;
}

/* ---- the actions ---- */

/* Saves a new recipe, but not over one of the same name that says something else: it may have been edited. */
static enum status save_new(const struct cli *cli, struct app *app, const struct recipe *recipe, struct error *error)
{
    struct recipe other;
    struct error missing = {0};
    struct buffer mine = {0}, theirs = {0};
    if (cli_flag(cli, "force") || app_recipe_load(app, recipe->name, &other, &missing) != STATUS_OK)
        return app_recipe_save(app, recipe, error);
    recipe_write_text(recipe, &mine);
    recipe_write_text(&other, &theirs);
    enum status status = mine.failed || theirs.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && strcmp(mine.data, theirs.data) != 0)
        status = error_set(error, STATUS_USAGE,
                           "there is already another recipe \"%s\"; --force replaces it, and --name NAME keeps both",
                           recipe->name);
    buffer_free(&mine);
    buffer_free(&theirs);
    return status;
}

static enum status make(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe recipe;
    const char *playlist = cli_value(cli, "playlist", NULL), *name = cli_value(cli, "name", NULL);
    const char *path = cli_value(cli, "out", NULL);
    if (!playlist || cli->n_arguments > 1)
        return error_set(error, STATUS_USAGE,
                         "usage: sleeve recipe make --playlist PLAYLIST [--name NAME] [--out FILE]");
    enum status status = app_recipe_make_from(app, playlist, &recipe, error);
    if (status == STATUS_OK && name)
        status = recipe_set(&recipe, "name", name, error);
    if (status == STATUS_OK && (name || !path))
        status = save_new(cli, app, &recipe, error);
    if (status == STATUS_OK && path)
        status = recipe_write_file(&recipe, path, error);
    return status == STATUS_OK ? print_form(cli, app, &recipe, error) : status;
}

static enum status add(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe recipe;
    const char *name = cli_value(cli, "name", NULL);
    enum status status = recipe_read_file(cli->arguments[1], &recipe, error);
    if (status == STATUS_OK && name)
        status = recipe_set(&recipe, "name", name, error);
    if (status == STATUS_OK)
        status = save_new(cli, app, &recipe, error);
    return status == STATUS_OK ? print_form(cli, app, &recipe, error) : status;
}

static enum status show(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe recipe;
    const char *path = cli_value(cli, "out", NULL);
    enum status status = app_recipe_open(app, cli->arguments[1], &recipe, error);
    if (status == STATUS_OK && path)
        return recipe_write_file(&recipe, path, error);
    return status == STATUS_OK ? print_form(cli, app, &recipe, error) : status;
}

/* `set A name=B` must not replace another recipe B. */
static enum status check_new_name(struct app *app, const char *name, struct error *error)
{
    struct recipe other;
    struct error missing = {0};
    if (app_recipe_load(app, name, &other, &missing) != STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "there is already a recipe \"%s\"; choose another name, or remove it first",
                     name);
}

static enum status set(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe recipe;
    enum status status = app_recipe_load(app, cli->arguments[1], &recipe, error);
    for (int i = 2; status == STATUS_OK && i < cli->n_arguments; i++)
        status = recipe_set_pair(&recipe, cli->arguments[i], error);
    if (status == STATUS_OK && strcmp(recipe.name, cli->arguments[1]) != 0)
        status = check_new_name(app, recipe.name, error);
    if (status == STATUS_OK)
        status = app_recipe_save(app, &recipe, error);
    return status == STATUS_OK ? print_form(cli, app, &recipe, error) : status;
}

static enum status filter(struct cli *cli, struct app *app, const struct recipe *recipe, struct error *error)
{
    const char *model = cli_value(cli, "model", NULL);
    const struct recommend_settings settings = {
        .model = model, .playlist = cli_value(cli, "playlist", recipe->playlist_key), .number = 500, .once = true};
    struct recommend_result result = {0};
    struct app_recipe_answer answer = {0};
    if (!settings.playlist[0])
        return error_set(error, STATUS_USAGE,
                         "the recipe names no playlist; say with --playlist for which one %s is "
                         "to suggest tracks",
                         model);
    enum status status = app_recommend_for(app, &settings, &result, error);
    if (status == STATUS_OK)
        status = count(app, recipe, &result, &answer, error);
    if (status == STATUS_OK) {
        log_message(LOG_INFO, "%zu of %zu suggestions of %s pass", answer.n_passes, result.tracks.count, model);
        report_repeats(result.suggested.repeats, "suggestion");
        if (result.answer.note[0])
            log_message(LOG_WARNING, "%s", result.answer.note);
        status = cli_print_filtered(cli, recipe, model, &result, &answer, error);
    }
    app_recipe_answer_free(&answer);
    recommend_result_free(&result);
    return status;
}

static enum status apply(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe recipe;
    struct app_recipe_answer answer;
    char why[RECIPE_WHY_SIZE];
    int64_t number;
    enum status status = app_recipe_open(app, cli->arguments[1], &recipe, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "number", 1, RECIPE_LIMIT_MAX, recipe.limit, &number, error);
    if (status != STATUS_OK)
        return status;
    if (cli_value(cli, "model", NULL))
        return filter(cli, app, &recipe, error);
    recipe.limit = (int)number;
    status = count(app, &recipe, NULL, &answer, error);
    if (status != STATUS_OK)
        return status;
    report(cli, &answer);
    recipe_explain_nothing(&recipe, &answer.counts, why);
    if (why[0])
        log_message(LOG_WARNING, "%s", why);
    report_repeats(answer.repeats, "candidate");
    status = cli_print_candidates(cli, &recipe, &answer, error);
    app_recipe_answer_free(&answer);
    return status;
}

static enum status list(struct cli *cli, struct app *app, struct error *error)
{
    struct recipe_rows rows;
    enum status status = app_recipe_list(app, &rows, error);
    if (status != STATUS_OK)
        return status;
    status = cli_print_recipes(cli, &rows, error);
    recipe_rows_free(&rows);
    return status;
}

static enum status rm(struct cli *cli, struct app *app, struct error *error)
{
    return app_recipe_remove(app, cli->arguments[1], error);
}

static enum status years(struct cli *cli, struct app *app, struct error *error)
{
    struct app_years_answer answer;
    struct app_years_query query = {.flags = EDITION_NAMED | EDITION_EARLIER};
    struct recipe from = {0};
    int64_t number, *ids = NULL;
    const char *playlist = cli_value(cli, "playlist", NULL);
    enum status status = cli_integer(cli, "number", 1, 1000000, 50, &number, error);
    if (status == STATUS_OK && playlist)
        status = app_recipe_make_from(app, playlist, &from, error);
    if (status == STATUS_OK && playlist)
        status = app_recipe_playlist(app, &from, &ids, &query.count, error);
    query.ids = ids;
    query.most = (size_t)number;
    if (status == STATUS_OK)
        status = app_recipe_years(app, &query, &answer, error);
    if (status == STATUS_OK) {
        log_message(LOG_INFO,
                    "the year of %lld of %lld tracks is doubtful; %lld are on a release of an earlier decade, "
                    "%lld have no year",
                    (long long)answer.flagged, (long long)answer.n_tracks, (long long)answer.by_flag[4],
                    (long long)answer.unknown);
        status = cli_print_years(cli, &answer, error);
        app_years_answer_free(&answer);
    }
    free(ids);
    return status;
}

static const struct action {
    const char *name;
    int least, most; /* arguments, with the action */
    bool writes;
    enum status (*run)(struct cli *cli, struct app *app, struct error *error);
} actions[] = {
    {"make", 1, 1, true, make},  {"apply", 2, 2, false, apply}, {"list", 1, 1, false, list},
    {"show", 2, 2, false, show}, {"rm", 2, 2, true, rm},        {"set", 3, 255, true, set},
    {"add", 2, 2, true, add},    {"years", 1, 1, false, years},
};

static enum status run(struct cli *cli, struct error *error)
{
    const struct action *action = NULL;
    const char *name = cli->n_arguments > 0 ? cli->arguments[0] : "list";
    struct app *app = NULL;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            action = &actions[i];
    const int n = cli->n_arguments > 0 ? cli->n_arguments : 1;
    if (!action || n < action->least || n > action->most)
        return error_set(error, STATUS_USAGE, "usage: sleeve recipe %s", cli_command_recipe.arguments);
    const bool writes =
        action->writes && !(action->run == make && cli_value(cli, "out", NULL) && !cli_value(cli, "name", NULL));
    enum status status = cli_open_app(cli, writes, &app, error);
    if (status == STATUS_OK)
        status = action->run(cli, app, error);
    app_close(app);
    return status;
}

const struct command cli_command_recipe = {
    .name = "recipe",
    .arguments =
        "make --playlist PLAYLIST [--name NAME] [--force] [--out FILE] | apply NAME|FILE [-n N] [--model MODEL "
        "[--playlist PLAYLIST]] | list | show NAME|FILE [--out FILE] | set NAME CONSTRAINT=VALUE... | "
        "add FILE [--name NAME] [--force] | rm NAME | years [--playlist PLAYLIST] [-n N]",
    .summary = "what a playlist's tracks have in common, as constraints that one can edit, and the tracks that fit",
    .details =
        "A recipe has the genres that make up 80 % of the playlist's genres (those of the playlists that hold a\n"
        "track), its ten most frequent artists, the years of release, and a standard deviation around the mean of\n"
        "energy, valence, tempo and vocalness; instrumentalness is used where the catalogue has no vocalness.\n"
        "Of fewer than ten tracks the artists are dropped, and years and deviations are widened, the more the fewer\n"
        "there are, because hardly any track fits what two or three have in common; show says \"widened\".\n"
        "Candidates pass all constraints that are used. They are sorted by how many training playlists hold them,\n"
        "not by how often they were played lately: the catalogue does not know that. Of several tracks of one song,\n"
        "apply lists the first, and none of a song that the playlist has; show counts them all.\n"
        "show says for each constraint how many tracks it and those before it leave, how many dropping it alone\n"
        "would add, and of how many tracks the value is unknown; such tracks do not pass unless unknown=keep.\n"
        "set takes  energy=0.4..0.8  energy=1.5sd  years=1980..1989  years=of=earliest  years=doubtful=unknown\n"
        "genres=90%  genres=+NAME  artists=20  artists=-NAME  limit=50, and for each constraint drop, use, lock,\n"
        "unlock, unknown=keep, unknown=drop. A locked constraint is not changed. With name=NAME the result is stored\n"
        "under a new name, and the recipe stays as it was.\n"
        "years lists tracks whose year may be that of a reissue or compilation, with the earliest year at which\n"
        "the catalogue has the same title by the same artist.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 255,
    .choices = "make|apply|list|show|set|add|rm|years",
    .verbs = verb_options,
    .run = run,
};
