#include <string.h>

#include "app/rating_file.h"
#include "cli/print_ratings.h"
#include "cli/rate_auc.h"
#include "core/file.h"

static const struct cli_option options[] = {
    {"playlist", 0, "PLAYLIST", "the playlist (its key, link or name)"},
    {"track", 0, "URI-or-key", "the track"},
    {"model", 'm', "NAME", "the model that suggested it; auc: models to compare, with commas between"},
    {"features", 0, "SET,SET...", "auc: feature sets to compare"},
    {"without-metadata", 0, NULL, "auc: leave out what is bad because of wrong metadata"},
    {"out", 0, "FILE.png|svg", "auc: draw the areas"},
    {"rank", 0, "N", "add: its place in the model's list"},
    {"rating", 0, "good|borderline|bad", "add: the rating"},
    {"reason", 0, "TEXT", "add: why it is bad; a new text joins the reasons"},
    {"wrong-metadata", 0, NULL, "the new reason says that the catalogue is wrong about the track"},
    {"rater", 0, "NAME", "who rates, or only this rater's"},
    {"spreadsheet", 0, NULL, "export: guard fields that a spreadsheet would take for formulas"},
};

static const struct cli_verb verb_options[] = {
    {"add", "playlist|track|rating|reason|wrong-metadata|model|rank|rater"},
    {"rm", "playlist|track|model|rater"},
    {"list", "playlist|track|model|rater"},
    {"table", "playlist|track|model|rater"},
    {"auc", "model|features|without-metadata|out|playlist|rater"},
    {"reasons", "wrong-metadata"},
    {"rater", "rater"},
    {"export", "playlist|track|model|rater|spreadsheet"},
    {"import", "rater"},
    {NULL, NULL},
};

static enum status filter_of(const struct cli *cli, struct catalogue *catalogue, struct rating_filter *filter,
                             struct error *error)
{
    return ratings_filter(catalogue, cli_value(cli, "playlist", NULL), cli_value(cli, "track", NULL),
                          cli_value(cli, "model", NULL), cli_value(cli, "rater", NULL), filter, error);
}

static enum status add(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    int64_t rank;
    bool replaced;
    struct rating_list stored;
    enum status status = cli_integer(cli, "rank", 1, INT32_MAX, 0, &rank, error);
    const struct rating_request request = {
        .playlist = cli_value(cli, "playlist", NULL),
        .track = cli_value(cli, "track", NULL),
        .model = cli_value(cli, "model", ""),
        .rating = cli_value(cli, "rating", NULL),
        .reason = cli_value(cli, "reason", ""),
        .metadata = cli_flag(cli, "wrong-metadata"),
        .rater = cli_value(cli, "rater", NULL),
        .rank = (int32_t)rank,
    };
    if (status == STATUS_OK && (!request.playlist || !request.track || !request.rating))
        status = error_set(error, STATUS_USAGE, "rate add needs --playlist, --track and --rating");
    if (status == STATUS_OK && request.metadata && !request.reason[0])
        status =
            error_set(error, STATUS_USAGE, "--wrong-metadata is about the reason of a bad rating; give --reason TEXT");
    if (status == STATUS_OK)
        status = ratings_add(catalogue, &request, &stored, &replaced, error);
    if (status != STATUS_OK)
        return status;
    if (replaced)
        log_message(LOG_INFO, "this replaces an earlier rating by %s", stored.items[0].rater);
    status = print_ratings(cli, catalogue, &stored, error);
    rating_list_free(&stored);
    return status;
}

static enum status remove_some(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rating_filter filter;
    int64_t removed = 0;
    if (!cli_flag(cli, "playlist"))
        return error_set(error, STATUS_USAGE,
                         "rate rm needs --playlist; --track, --model and --rater narrow it down further");
    enum status status = filter_of(cli, catalogue, &filter, error);
    if (status == STATUS_OK)
        status = catalogue_ratings_remove(catalogue, &filter, &removed, error);
    if (status == STATUS_OK && removed == 0)
        return error_set(error, STATUS_FAILED, "there is no such rating; see: sleeve rate list");
    struct buffer out = {0};
    buffer_printf(&out, cli->json ? "{\"removed\":%lld}\n" : "removed\t%lld\n", (long long)removed);
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

static enum status list(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rating_filter filter;
    struct rating_list ratings = {0};
    enum status status = filter_of(cli, catalogue, &filter, error);
    if (status == STATUS_OK)
        status = catalogue_ratings_read(catalogue, &filter, &ratings, error);
    if (status == STATUS_OK)
        status = print_ratings(cli, catalogue, &ratings, error);
    rating_list_free(&ratings);
    return status;
}

static enum status table(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rating_filter filter;
    struct rating_table table = {0};
    enum status status = filter_of(cli, catalogue, &filter, error);
    if (status == STATUS_OK)
        status = ratings_table(catalogue, &filter, &table, error);
    if (status == STATUS_OK && table.n_rows == 0)
        log_message(LOG_WARNING, "there are no ratings yet; + = - rate suggestions in the explorer, and so does: "
                                 "sleeve rate add");
    if (status == STATUS_OK)
        status = print_rating_table(cli, &table, error);
    rating_table_free(&table);
    return status;
}

/* `rate reasons`, `rate reasons TEXT [--wrong-metadata]`, `rate reasons rm TEXT`. */
static enum status reasons(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rating_reason_list list = {0};
    const char *text = cli->n_arguments > 1 ? cli->arguments[1] : NULL;
    enum status status = STATUS_OK;
    bool removed = true;
    if (cli->n_arguments == 3 && strcmp(text, "rm") != 0)
        return error_set(error, STATUS_USAGE, "a reason is one argument, in quotes if it has blanks");
    if (cli->n_arguments == 3)
        status = catalogue_rating_reason_remove(catalogue, cli->arguments[2], &removed, error);
    else if (text)
        status = catalogue_rating_reason_write(catalogue, text, cli_flag(cli, "wrong-metadata"), error);
    if (status == STATUS_OK && !removed)
        status = error_set(error, STATUS_FAILED, "there is no reason \"%s\"", cli->arguments[2]);
    if (status == STATUS_OK)
        status = catalogue_rating_reasons(catalogue, &list, error);
    if (status == STATUS_OK)
        status = print_rating_reasons(cli, &list, error);
    rating_reason_list_free(&list);
    return status;
}

static enum status export_file(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rating_filter filter;
    struct buffer bytes = {0}, out = {0};
    const char *path = cli->arguments[1];
    size_t count = 0;
    enum status status = filter_of(cli, catalogue, &filter, error);
    if (status == STATUS_OK)
        status = ratings_write(catalogue, &filter, cli_flag(cli, "spreadsheet"), &bytes, &count, error);
    if (status == STATUS_OK && strcmp(path, "-") == 0)
        return cli_print(&bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &bytes, error);
    buffer_free(&bytes);
    if (status != STATUS_OK)
        return status;
    buffer_printf(&out, cli->json ? "{\"ratings\":%zu}\n" : "ratings\t%zu\n", count);
    return cli_print(&out, error);
}

static enum status import_file(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rater rater;
    struct rating_import report;
    struct buffer out = {0};
    enum status status = ratings_rater(catalogue, cli_value(cli, "rater", NULL), &rater, error);
    if (status == STATUS_OK)
        status = ratings_import(catalogue, cli->arguments[1], rater.name, &cli->progress, &report, error);
    if (status != STATUS_OK)
        return status;
    if (report.skipped > 0)
        log_message(LOG_WARNING, "%lld of %lld rows were skipped; %s", (long long)report.skipped,
                    (long long)report.rows, report.first_skipped);
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {{"rows", report.rows},           {"added", report.added}, {"changed", report.changed},
                {"unchanged", report.unchanged}, {"older", report.older}, {"skipped", report.skipped}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        buffer_printf(&out, cli->json ? "%s\"%s\":%lld" : "%s%s\t%lld\n",
                      !cli->json ? ""
                      : i == 0   ? "{"
                                 : ",",
                      rows[i].name, (long long)rows[i].count);
    if (cli->json)
        buffer_add_text(&out, "}\n");
    return cli_print(&out, error);
}

/* `rate rater` says who it is, `rate rater NAME` names somebody; "" forgets the name. */
static enum status rater(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct rater rater;
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    enum status status = cli->n_arguments > 1 ? ratings_set_rater(catalogue, cli->arguments[1], error) : STATUS_OK;
    if (status == STATUS_OK)
        status = ratings_rater(catalogue, cli_value(cli, "rater", NULL), &rater, error);
    if (status != STATUS_OK)
        return status;
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "rater", rater.name);
        json_pair_text(&json, "from", rater.from);
        json_object_end(&json);
    } else {
        cli_add_field(&out, rater.name, '\t');
        buffer_add_text(&out, rater.from);
    }
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* `write_from`: so many arguments change the catalogue. */
static const struct verb {
    const char *name;
    int arguments_min, arguments_max, write_from;
    enum status (*run)(struct cli *cli, struct catalogue *catalogue, struct error *error);
} verbs[] = {
    {"add", 1, 1, 1, add},     {"rm", 1, 1, 1, remove_some},     {"list", 1, 1, 9, list},
    {"table", 1, 1, 9, table}, {"auc", 1, 1, 9, NULL},           {"reasons", 1, 3, 2, reasons},
    {"rater", 1, 2, 2, rater}, {"export", 2, 2, 9, export_file}, {"import", 2, 2, 2, import_file},
};

static enum status run(struct cli *cli, struct error *error)
{
    const struct verb *verb = NULL;
    struct catalogue *catalogue = NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, cli->arguments[0]) == 0)
            verb = &verbs[i];
    if (!verb || cli->n_arguments < verb->arguments_min || cli->n_arguments > verb->arguments_max)
        return error_set(error, STATUS_USAGE, "usage: sleeve rate %s", cli_command_rate.arguments);
    if (!verb->run)
        return rate_auc(cli, error);
    const bool writes = cli->n_arguments >= verb->write_from;
    enum status status = cli_open_catalogue(cli, writes ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = verb->run(cli, catalogue, error);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_rate = {
    .name = "rate",
    .arguments =
        "add | rm | list | table | auc | reasons [[rm] TEXT] | rater [NAME] | export FILE | import FILE [OPTIONS]",
    .summary = "rate suggestions good, borderline or bad; see how models do by playlist",
    .details =
        "rate add --playlist PLAYLIST --track KEY --rating good [--model NAME] [--rank N]: stores a rating. good: it\n"
        "is appropriate and of high quality; borderline: it fits, but you would not be excited to add it; bad: you\n"
        "would never add it. A bad one needs --reason TEXT: one of those that rate reasons lists, or a new one, with\n"
        "--wrong-metadata if the catalogue is wrong about the track (its year, its genre, ...).\n"
        "rate table: a row for each playlist and model, as Table 2 of Patwari et al. (ISMIR 2020). The columns with *\n"
        "leave out the ratings that are bad because of wrong metadata. A model's row has the ratings of its own\n"
        "suggestions. Below, the reasons, and for each two raters Cohen's kappa over the tracks that both have rated\n"
        "for the same playlist (the latest rating of each).\n"
        "rate auc --model NAME[,NAME...] --features SET[,SET...] [--out FILE.png|svg]: how well scores tell good from\n"
        "bad tracks, as the area under the ROC curve with DeLong's 95 % interval; random order has 0.5. Scores are "
        "for\n"
        "the playlist without its rated tracks; that of a feature set is the cosine to the mean of the playlist's "
        "tracks,\n"
        "over standardised columns. Ratings of what one model suggested show less of what it can than of what others\n"
        "can: compare areas on the same ratings only.\n"
        "rate list, table and export take --playlist, --track, --model and --rater; rate rm removes the ratings that\n"
        "they choose. rate export writes CSV, rate import reads it: a later rating replaces an earlier one.\n"
        "Who rates: --rater, else rater in sleeve/config, else the name set with rate rater NAME, else $USER.\n"
        "Ratings are deleted with their playlist.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 3,
    .choices = "add|rm|list|table|auc|reasons|rater|export|import",
    .verbs = verb_options,
    .run = run,
};
