#include "app/recommend.h"
#include "app/recommend_many.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME", "the model"},
    {"playlist", 0, "PLAYLIST", "continue this playlist (its key, link or name)"},
    {"track", 0, "URI-or-key", "a seed track (may be given several times)"},
    {"title", 0, "TEXT", "the title of the playlist"},
    {"number", 'n', "N", "how many tracks (default 500)"},
    {"page", 0, "K", "only page K of ten"},
    {"rerank", 0, "SPEC", "re-rank the list, as in artists=2,new=0.3"},
    {"once", 0, NULL, "each song once: no other track of a song that a seed or a better track is of"},
    {"on", 0, "all|train|val|test", "for all these playlists of the split, into the folder --out"},
    {"out", 'o', "FOLDER", "a new folder for the lists"},
    {"all", 0, NULL, "also tracks that are never to be suggested, or rated bad (sleeve steer, sleeve rate)"},
};

/* Whether the page has a track that the model was given a vector for. */
static bool has_new(const struct recommend_result *result)
{
    bool any = false;
    for (size_t i = result->first; i < result->end; i++)
        any = any || result->list[i].is_new;
    return any;
}

/* What made the list. */
static void name_source(const struct cli *cli, const struct app_answer *answer, char by[80])
{
    const enum answer answered = answer->title == TITLE_ALONE ? ANSWER_TITLE : answer->seeds.answer;
    snprintf(by, 80, "%.70s%s", answered == ANSWER_MODEL ? cli_value(cli, "model", "") : answer_name(answered),
             answer->title == TITLE_JOINED ? " + title" : "");
}

static enum status print(struct cli *cli, const struct recommend_result *result, struct error *error)
{
    const struct app_answer *answer = &result->answer;
    const struct recommendation *list = result->list;
    const int32_t *ranks = result->suggested.ranks;
    bool moved = result->suggested.applied.count > 0, marks = has_new(result);
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    char by[80];
    name_source(cli, answer, by);
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_printf(&out, "rank\t%sscore\t%s%s", moved ? "model\t" : "", marks ? "new\t" : "", cli_track_header);
    for (size_t i = result->first; i < result->end; i++) {
        const struct track *track = &result->tracks.items[i];
        if (!cli->json) {
            buffer_printf(&out, "%zu\t", i + 1);
            if (moved)
                buffer_printf(&out, "%d\t", (int)ranks[i]);
            buffer_printf(&out, "%.4g\t", (double)list[i].score);
            if (marks)
                buffer_add_text(&out, list[i].is_new ? "new\t" : "\t");
            cli_add_track(&out, track);
            continue;
        }
        json_object_begin(&json);
        json_pair_integer(&json, "rank", (int64_t)i + 1);
        json_pair_integer(&json, "model_rank", ranks[i]);
        cli_json_track(&json, track);
        json_key(&json, "score");
        json_float(&json, list[i].score);
        json_key(&json, "parts");
        json_object_begin(&json);
        for (int part = 0; part < answer->parts.count; part++) {
            json_key(&json, answer->parts.names[part]);
            json_float(&json, list[i].parts[part]);
        }
        json_object_end(&json);
        if (list[i].is_new)
            json_pair_bool(&json, "new", true);
        json_pair_text(&json, "answered_by", by);
        json_pair_integer(&json, "seeds", (int64_t)answer->seeds.distinct);
        json_pair_integer(&json, "known_seeds", (int64_t)answer->seeds.known);
        json_pair_integer(&json, "predicted_seeds", (int64_t)answer->seeds.predicted);
        json_object_end(&json);
    }
    if (cli->json) {
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    return cli_print_table(&out, error);
}

static enum status read_settings(const struct cli *cli, const char *tracks[CLI_VALUES_MAX],
                                 struct recommend_settings *settings, struct error *error)
{
    int64_t number, page;
    *settings = (struct recommend_settings){
        .model = cli_value(cli, "model", NULL),
        .playlist = cli_value(cli, "playlist", NULL),
        .tracks = tracks,
        .title = cli_value(cli, "title", NULL),
        .rerank = cli_value(cli, "rerank", NULL),
        .all = cli_flag(cli, "all"),
        .once = cli_flag(cli, "once"),
    };
    for (const char *key; (key = cli_value_at(cli, "track", (int)settings->n_tracks));)
        tracks[settings->n_tracks++] = key;
    if (settings->all && settings->once)
        return error_set(error, STATUS_USAGE, "--all keeps what --once leaves out; give one of them");
    bool seeds = settings->playlist || settings->n_tracks > 0;
    if (!settings->model || (settings->playlist && settings->n_tracks > 0) || (!seeds && !settings->title))
        return error_set(error, STATUS_USAGE, "usage: sleeve recommend %s", cli_command_recommend.arguments);
    if (settings->title && !settings->title[0])
        return error_set(error, STATUS_USAGE, "--title is empty; name the playlist, or leave --title out");
    enum status status = cli_integer(cli, "number", 1, 10000, 500, &number, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "page", 1, 1000, 0, &page, error);
    if (status != STATUS_OK)
        return status;
    settings->number = (size_t)number;
    settings->page = (size_t)page;
    return STATUS_OK;
}

static void report(const struct cli *cli, const struct recommend_settings *settings,
                   const struct recommend_result *result)
{
    if (cli->verbose)
        log_message(LOG_INFO, "%zu seeds, %.2f ms, re-ranking %.2f ms", result->n_seeds, result->answer.milliseconds,
                    result->suggested.milliseconds);
    if (result->suggested.hidden > 0)
        log_message(LOG_INFO,
                    "%zu %s of the model's list %s left out as never to be suggested (sleeve steer) or rated bad "
                    "(sleeve rate); --all "
                    "keeps them",
                    result->suggested.hidden, result->suggested.hidden == 1 ? "track" : "tracks",
                    result->suggested.hidden == 1 ? "is" : "are");
    if (result->suggested.repeats > 0)
        log_message(LOG_INFO, "%zu %s of a song that is already there %s left out", result->suggested.repeats,
                    result->suggested.repeats == 1 ? "track" : "tracks", result->suggested.repeats == 1 ? "is" : "are");
    if (result->answer.title_note[0])
        log_message(LOG_WARNING, "%s", result->answer.title_note);
    if (result->answer.note[0])
        log_message(LOG_WARNING, "%s", result->answer.note);
    if (result->tracks.count == 0)
        log_message(LOG_WARNING, "%s knows no track beside the seeds, so there is nothing to recommend",
                    settings->model);
}

/* ---- many playlists ---- */

static enum status read_many(const struct cli *cli, struct recommend_many_settings *settings, struct error *error)
{
    static const char *const others[] = {"playlist", "track", "title", "page", "rerank", "once", "all"};
    int64_t number;
    *settings = (struct recommend_many_settings){.model = cli_value(cli, "model", NULL),
                                                 .on = cli_value(cli, "on", NULL),
                                                 .folder = cli_value(cli, "out", NULL),
                                                 .ranks = cli->ranks};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (cli_value(cli, others[i], NULL) || cli_flag(cli, others[i]))
            return error_set(error, STATUS_USAGE, "--%s is for one list; it does not go with --on and --out",
                             others[i]);
    if (!settings->model || !settings->on || !settings->folder || !settings->folder[0])
        return error_set(error, STATUS_USAGE,
                         "usage: sleeve recommend --model NAME --on all|train|val|test --out FOLDER [-n N]");
    const enum status status = cli_integer(cli, "number", 1, 10000, 500, &number, error);
    settings->number = status == STATUS_OK ? (size_t)number : 0;
    return status;
}

static enum status print_many(const struct cli *cli, const struct recommend_many_settings *settings,
                              const struct recommend_many_result *result, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        buffer_printf(&out, "%lld playlists in %lld file%s in %s", (long long)result->playlists,
                      (long long)result->files, result->files == 1 ? "" : "s", settings->folder);
        if (result->kept > 0)
            buffer_printf(&out, ", of which %lld were there", (long long)result->kept);
        for (int i = ANSWER_MODEL + 1; i < ANSWERS; i++)
            if (result->answered[i] > 0)
                buffer_printf(&out, "; %lld lists by %s", (long long)result->answered[i], answer_name((enum answer)i));
    } else {
        json_object_begin(&json);
        json_pair_text(&json, "out", settings->folder);
        json_pair_integer(&json, "playlists", result->playlists);
        json_pair_integer(&json, "files", result->files);
        json_pair_integer(&json, "kept_files", result->kept);
        json_key(&json, "answered_by");
        json_object_begin(&json);
        for (int i = 0; i < ANSWERS; i++)
            json_pair_integer(&json, answer_name((enum answer)i), result->answered[i]);
        json_object_end(&json);
        json_object_end(&json);
    }
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status recommend_many(struct cli *cli, struct error *error)
{
    struct recommend_many_settings settings;
    struct recommend_many_result result = {0};
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    enum status status = read_many(cli, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    cli_device_start(cli, &device);
    status = app_recommend_many(catalogue, &device.use, &settings, &cli->progress, &result, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status == STATUS_OK ? print_many(cli, &settings, &result, error) : status;
}

static enum status recommend_one(struct cli *cli, struct error *error)
{
    const char *tracks[CLI_VALUES_MAX];
    struct recommend_settings settings;
    struct recommend_result result = {0};
    struct app *app = NULL;
    enum status status = read_settings(cli, tracks, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_recommend_for(app, &settings, &result, error);
    if (status == STATUS_OK) {
        report(cli, &settings, &result);
        status = print(cli, &result, error);
    }
    recommend_result_free(&result);
    app_close(app);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    if (cli_value(cli, "on", NULL) || cli_value(cli, "out", NULL))
        return recommend_many(cli, error);
    if (cli->ranks)
        return error_set(error, STATUS_USAGE,
                         "one list is made by one process; start it without mpirun, or name playlists with --on");
    return recommend_one(cli, error);
}

const struct command cli_command_recommend = {
    .name = "recommend",
    .arguments = "--model NAME [--playlist PLAYLIST | --track URI-or-key ...] [--title TEXT] [-n N] [--page K] "
                 "[--rerank SPEC] [--once | --all], or --model NAME --on all|train|val|test --out FOLDER [-n N]",
    .summary = "recommend tracks that continue a playlist, or fit its title",
    .details =
        "A model knows nothing about tracks that were added after its training or are in no playlist it was trained\n"
        "on. Where it knows none of the seeds, the list holds the tracks nearest to them in the feature sets of\n"
        "tracks (sleeve embed), of their artists and albums first; without such sets, tracks of the artists, then\n"
        "popular ones. A message on stderr says so; with --json, each row has answered_by (the model, features,\n"
        "artist or popularity), seeds and known_seeds.\n"
        "With a title alone, the list is of what training playlists with similar titles contain, and answered_by is\n"
        "title. With seeds and a title, that list and the model's are joined by their ranks: \"NAME + title\".\n"
        "Tracks of no training playlist stand in the list where `sleeve content apply` gave the model vectors of them\n"
        "(column new; \"new\" in --json).\n"
        "Tracks, albums and artists that are never to be suggested (`sleeve steer never`) are left out; the model's\n"
        "next tracks follow. The list may have several tracks of a song, as the model ranks them; --once leaves out\n"
        "all but the best, and those of the seeds' songs, as the explorer does (live versions and remixes are other\n"
        "songs). --rerank orders the model's best 500 (or N) tracks again; scores stay the model's, and the column\n"
        "model (model_rank in --json) has the rank in its list. SPEC is a list with commas of:\n" RERANK_HELP
        "They are applied in this order. SPACE is a feature set, or song for the model's own vectors of songs.\n"
        "With --on and --out, the model's lists of all these playlists are written to a new folder, as TREC runs of "
        "1,000\n"
        "playlists each, by several processes at once with `mpirun -n N sleeve recommend ...`. Training playlists are\n"
        "continued from all their tracks, others from the seeds that the split shows. Nothing is left out or "
        "re-ranked.\n"
        "If it is stopped, FOLDER.partial has what is there so far, and the same command continues.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .many_ranks = true,
    .run = run,
};
