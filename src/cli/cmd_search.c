#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/paths.h"
#include "core/text.h"
#include "core/text_number.h"

static const struct cli_option options[] = {
    {"albums", 0, NULL, "list the albums that match, with their keys"},
    {"cover", 0, NULL, "find albums whose covers look like TEXT, by CLIP"},
    {"embedding", 0, "SET", "with --cover: the embedding set, made by embed clip (default clip)"},
    {"weights", 0, "FILE", "with --cover: CLIP's weights, if they are not where they were; remembered"},
    {"limit", 'n', "N", "at most N tracks or albums (default 20)"},
};

void cli_add_field(struct buffer *tsv, const char *text, char after)
{
    text_sanitise(text, strlen(text), tsv);
    buffer_add_byte(tsv, after);
}

void cli_add_key(struct buffer *tsv, const char *key, char after)
{
    if (isatty(STDOUT_FILENO)) {
        cli_add_field(tsv, key, after);
        return;
    }
    for (; *key; key++)
        buffer_add_byte(tsv, (unsigned char)*key < 0x20 || *key == 0x7f ? ' ' : *key);
    buffer_add_byte(tsv, after);
}

void cli_add_track(struct buffer *tsv, const struct track *track)
{
    cli_add_field(tsv, track->title, '\t');
    cli_add_field(tsv, track->artist, '\t');
    cli_add_field(tsv, track->album, '\t');
    cli_add_duration(tsv, track->duration_ms);
    buffer_add_byte(tsv, '\t');
    cli_add_key(tsv, track->key, '\n');
}

const char *const cli_track_header = "title\tartist\talbum\ttime\tkey\n";

enum status cli_print_tracks(const struct cli *cli, const struct track_list *tracks, struct error *error)
{
    struct buffer out = {0};
    if (!cli->json) {
        buffer_add_text(&out, cli_track_header);
        for (size_t i = 0; i < tracks->count; i++)
            cli_add_track(&out, &tracks->items[i]);
        return cli_print_table(&out, error);
    }
    struct json_writer json = {.out = &out};
    json_array_begin(&json);
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        json_object_begin(&json);
        cli_json_track(&json, track);
        json_pair_integer(&json, "duration_ms", track->duration_ms);
        cli_json_year(&json, track->year);
        json_pair_integer(&json, "playlists", track->n_playlists);
        json_object_end(&json);
    }
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status find_tracks(struct cli *cli, const char *text, int64_t limit, struct error *error)
{
    struct app *app = NULL;
    struct track_list tracks = {0};
    int64_t total = 0;
    enum status status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_search(app, text, (size_t)limit, &tracks, &total, NULL, error);
    if (status == STATUS_OK && tracks.count == 0 && !cli->quiet)
        log_message(LOG_INFO, "no track matches \"%s\"", text);
    if (status == STATUS_OK)
        status = cli_print_tracks(cli, &tracks, error);
    track_list_free(&tracks);
    app_close(app);
    return status;
}

static enum status find_albums(struct cli *cli, const char *text, int64_t limit, struct error *error)
{
    const struct album_filter filter = {.text = text, .limit = limit};
    int64_t count;
    enum status status = cli_print_albums(cli, &filter, &count, error);
    if (status == STATUS_OK && count == 0 && !cli->quiet)
        log_message(LOG_INFO, "no album matches \"%s\"", text);
    return status;
}

/* ---- covers ---- */

static void add_cover_json(const struct album *album, float similarity, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "key", album->key);
    json_pair_text(json, "album", album->title);
    json_pair_text(json, "artist", album->artist);
    cli_json_year(json, album->year);
    json_key(json, "similarity");
    json_float(json, similarity);
    json_object_end(json);
}

static enum status print_covers(const struct cli *cli, const struct album_list *albums, const float *similarities,
                                struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_array_begin(&json);
        for (size_t i = 0; i < albums->count; i++)
            add_cover_json(&albums->items[i], similarities[i], &json);
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    buffer_add_text(&out, "similarity\talbum\tartist\tyear\tkey\n");
    for (size_t i = 0; i < albums->count; i++) {
        buffer_printf(&out, "%.4f\t", text_plain_zero((double)similarities[i], 4));
        cli_add_field(&out, albums->items[i].title, '\t');
        cli_add_field(&out, albums->items[i].artist, '\t');
        cli_add_year(&out, albums->items[i].year);
        buffer_add_byte(&out, '\t');
        cli_add_key(&out, albums->items[i].key, '\n');
    }
    return cli_print_table(&out, error);
}

static enum status find_covers(struct cli *cli, const char *text, int64_t limit, struct error *error)
{
    struct app *app = NULL;
    struct album_list albums = {0};
    struct app_cover_answer answer = {0};
    struct buffer weights = {0};
    const char *named = cli_value(cli, "weights", NULL);
    if (named)
        path_typed(named, &weights);
    const struct app_cover_query query = {.text = text,
                                          .set = cli_value(cli, "embedding", "clip"),
                                          .weights = named ? weights.data : NULL,
                                          .limit = (size_t)limit};
    char *catalogue = NULL;
    float *similarities = malloc(sizeof *similarities * (query.limit + 1));
    enum status status =
        similarities && !weights.failed ? cli_catalogue_path(cli, &catalogue, error) : error_no_memory(error);
    if (status == STATUS_OK && text[strspn(text, " ")] == '\0')
        status = error_set(error, STATUS_USAGE, "there are no words; describe the cover that is searched");
    if (status == STATUS_OK)
        status = cli_open_app(cli, named && app_can_write(catalogue), &app, error);
    if (status == STATUS_OK)
        status = app_search_covers(app, &query, &albums, similarities, &answer, error);
    if (status == STATUS_OK && answer.random_weights)
        log_message(LOG_WARNING, "the set %s was made with random weights, so the order means nothing", query.set);
    if (status == STATUS_OK && answer.truncated && !cli->quiet)
        log_message(LOG_INFO, "only the first 75 tokens of the text count, about 60 words");
    if (status == STATUS_OK && albums.count == 0 && !cli->quiet)
        log_message(LOG_INFO, "the set %s has no covers", query.set);
    if (status == STATUS_OK)
        status = print_covers(cli, &albums, similarities, error);
    album_list_free(&albums);
    buffer_free(&weights);
    free(similarities);
    free(catalogue);
    app_close(app);
    return status;
}

static enum status check_options(const struct cli *cli, struct error *error)
{
    const char *const of_covers[] = {"embedding", "weights"};
    for (size_t i = 0; i < sizeof of_covers / sizeof *of_covers && !cli_flag(cli, "cover"); i++)
        if (cli_value(cli, of_covers[i], NULL))
            return error_set(error, STATUS_USAGE, "--%s belongs to --cover", of_covers[i]);
    if (cli_flag(cli, "cover") && cli_flag(cli, "albums"))
        return error_set(error, STATUS_USAGE, "--cover lists albums already; leave --albums out");
    return STATUS_OK;
}

static enum status run(struct cli *cli, struct error *error)
{
    int64_t limit;
    enum status status = cli_integer(cli, "limit", 1, 10000, 20, &limit, error);
    struct buffer text = {0};
    if (status == STATUS_OK)
        status = check_options(cli, error);
    for (int i = 0; i < cli->n_arguments; i++)
        buffer_printf(&text, "%s%s", i > 0 ? " " : "", cli->arguments[i]);
    if (status == STATUS_OK && text.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = (cli_flag(cli, "albums")  ? find_albums
                  : cli_flag(cli, "cover") ? find_covers
                                           : find_tracks)(cli, text.data, limit, error);
    buffer_free(&text);
    return status;
}

const struct command cli_command_search = {
    .name = "search",
    .arguments = "TEXT [--albums|--cover] [-n N]",
    .summary = "find tracks by title, artist and album, albums, or covers by what they show",
    .details =
        "Finds tracks that contain all words of TEXT, anywhere in the title, artist or album. Accents and case do "
        "not\n"
        "matter. Best matches come first, among equals the tracks in most playlists.\n"
        "Scopes narrow the search: artist:, album: and title: with a word, or several in quotes; year:1995, year:199 "
        "or\n"
        "year:1990..1999; genre:rock; and audio attributes, energy>0.8 or tempo:100..120. Quote signs for the shell:\n"
        "sleeve search 'love artist:\"the beatles\" year:196 energy>0.5'. With --albums, finds the albums "
        "of\n"
        "which title and artist together contain all words, by artist.\n"
        "With --cover, lists the albums whose covers fit a description (\"a white circle on black\"), best first, by "
        "the\n"
        "cosine of CLIP's embeddings. The set clip must have been made by `embed clip` with a file that also has "
        "CLIP's\n"
        "text tower; scripts/get-weights gets one.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = -1,
    .run = run,
};
