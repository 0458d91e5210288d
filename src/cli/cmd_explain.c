#include <math.h>
#include <string.h>

#include "app/explain.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME", "the model"},
    {"playlist", 0, "PLAYLIST", "the playlist (its key, link or name)"},
    {"track", 0, "URI-or-key", "a seed track instead (may be given several times)"},
    {"title", 0, "TEXT", "the title of the playlist"},
    {"suggestion", 0, "URI-or-key", "the track to explain"},
    {"rank", 0, "N", "instead: the suggestion at this rank"},
    {"number", 'n', "N", "length of the list in which it is suggested (default 500)"},
    {"all", 'a', NULL, "all tracks of the playlist, not only the ten that change the score most"},
};

enum { SHOWN_SEEDS = 10, SHOWN_VOTERS = 5, BAR = 20 };

/* ---- JSON: numbers that were not computed are null ---- */

static void json_parts(struct json_writer *json, const struct score_explanation *score)
{
    static const char *const kinds[] = {[PART_SONG] = "song",       [PART_ARTIST] = "artist",
                                        [PART_ALBUM] = "album",     [PART_CO_OCCURRENCE] = "co-occurrence",
                                        [PART_FEATURE] = "feature", [PART_POPULARITY] = "popularity",
                                        [PART_TITLE] = "title"};
    json_key(json, "parts");
    json_array_begin(json);
    for (size_t i = 0; i < score->n_parts; i++) {
        json_object_begin(json);
        json_pair_text(json, "name", score->parts[i].name);
        json_pair_text(json, "kind", kinds[score->parts[i].kind]);
        json_pair_number(json, "value", score->parts[i].value);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_seeds(struct json_writer *json, const struct app_why *why)
{
    json_key(json, "seeds");
    json_array_begin(json);
    for (size_t i = 0; i < why->score.n_seeds; i++) {
        const size_t at = why->order[i];
        const struct explained_seed *seed = &why->score.seeds[at];
        json_object_begin(json);
        cli_json_track(json, &why->tracks.items[1 + at]);
        json_pair_bool(json, "known", seed->known);
        json_pair_bool(json, "predicted", seed->predicted);
        json_pair_number(json, "change", seed->computed ? seed->change : NAN);
        json_pair_bool(json, "only_known", seed->alone);
        json_pair_bool(json, "same_artist", why->groups[at] & SEEDS_OF_ARTIST);
        json_pair_bool(json, "same_album", why->groups[at] & SEEDS_OF_ALBUM);
        json_pair_number(json, "playlists_with_both", why->counted ? (double)why->together[at] : NAN);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_nearest(struct json_writer *json, const struct app_why *why)
{
    json_key(json, "nearest");
    json_array_begin(json);
    for (size_t i = 0; i < why->n_nearest; i++) {
        const struct why_nearest *nearest = &why->nearest[i];
        json_object_begin(json);
        json_pair_text(json, "space", nearest->space);
        json_pair_bool(json, "of_model", nearest->of_model);
        json_pair_text(json, "key", why->tracks.items[1 + nearest->seed].key);
        json_pair_number(json, nearest->is_distance ? "distance" : "cosine", nearest->value);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_voters(struct json_writer *json, const struct app_why *why)
{
    json_pair_integer(json, "n_votes", (int64_t)why->score.n_votes);
    json_key(json, "votes");
    json_array_begin(json);
    for (size_t i = 0; i < why->n_voters; i++) {
        json_object_begin(json);
        json_key(json, "playlist");
        json_text(json, why->voters[i].id > 0 ? why->voters[i].name : NULL);
        json_pair_integer(json, "tracks", why->voters[i].length);
        json_pair_number(json, "gain", why->voters[i].gain);
        json_pair_number(json, "share", why->voters[i].gain / why->score.score);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_shares(struct json_writer *json, const struct app_why *why)
{
    json_key(json, "shares");
    json_object_begin(json);
    for (int i = 0; i < WHY_CANDIDATES; i++)
        json_pair_number(json, why_carrier_name((enum why_carrier)i), why->shares[i]);
    json_object_end(json);
}

static void write_json(const struct app_why *why, const char *model, struct buffer *out)
{
    struct json_writer json = {.out = out};
    const struct score_explanation *score = &why->score;
    json_object_begin(&json);
    json_pair_text(&json, "model", model);
    cli_json_track(&json, &why->tracks.items[0]);
    json_pair_integer(&json, "rank", (int64_t)score->rank); /* 0: it is not in the list */
    json_pair_number(&json, "list_score", score->list_score);
    json_pair_text(&json, "answered_by", score->by == ANSWER_MODEL ? model : answer_name(score->by));
    json_pair_bool(&json, "joined_with_title", score->join.gain > 0 || score->join.title_gain > 0);
    json_pair_number(&json, "score", score->score);
    json_parts(&json, score);
    json_pair_text(&json, "carrier", why_carrier_name(why->carrier));
    json_shares(&json, why);
    json_pair_text(&json, "sentence", why->sentence);
    json_pair_text(&json, "list_note", why->list_note);
    json_pair_number(&json, "random_playlists", score->typical);
    json_pair_integer(&json, "known_seeds", (int64_t)score->counts.known);
    json_pair_integer(&json, "predicted_seeds", (int64_t)score->counts.predicted);
    json_seeds(&json, why);
    json_nearest(&json, why);
    json_voters(&json, why);
    json_pair_number(&json, "training_playlists", score->playlists);
    json_pair_integer(&json, "popularity_rank", score->popularity_rank);
    json_pair_integer(&json, "ranked_tracks", score->n_ranked);
    json_pair_number(&json, "ms", why->milliseconds);
    json_object_end(&json);
    buffer_add_byte(out, '\n');
}

/* ---- text ---- */

static void add_name(struct buffer *out, const struct track *track)
{
    buffer_printf(out, "%s · %s", track->title, track->artist);
}

static void add_bar(struct buffer *out, double value, double largest)
{
    int filled = largest > 0 ? (int)lround(BAR * fabs(value) / largest) : 0;
    for (int i = 0; i < BAR; i++)
        buffer_add_text(out, i < filled ? (value < 0 ? "-" : "█") : " ");
}

static void add_parts(struct buffer *out, const struct score_explanation *score)
{
    if (!isfinite(score->score))
        return;
    buffer_printf(out, "\nThe score %.4g is the sum of\n", score->score);
    for (size_t i = 0; i < score->n_parts; i++)
        buffer_printf(out, "  %10.4g  %s\n", score->parts[i].value, score->parts[i].name);
    if (isfinite(score->typical) && !score->ignores_seeds)
        buffer_printf(out, "  (%.4g on average for random playlists of this length)\n", score->typical);
}

static void add_seed(struct buffer *out, const struct app_why *why, size_t at, double largest)
{
    const struct explained_seed *seed = &why->score.seeds[at];
    buffer_printf(out, "  %+10.4g  ", seed->change);
    add_bar(out, seed->change, largest);
    buffer_add_text(out, "  ");
    add_name(out, &why->tracks.items[1 + at]);
    if (seed->predicted)
        buffer_add_text(out, "  (a new song: its vector is predicted)");
    else if (!seed->known)
        buffer_add_text(out, "  (the model does not know it)");
    if (seed->alone)
        buffer_add_text(out, "  (the only track that the model knows)");
    if (why->groups[at] & SEEDS_OF_ALBUM)
        buffer_add_text(out, "  same album");
    else if (why->groups[at] & SEEDS_OF_ARTIST)
        buffer_add_text(out, "  same artist");
    if (why->counted && why->together[at] > 0)
        buffer_printf(out, "  %d playlist%s with both", why->together[at], why->together[at] == 1 ? "" : "s");
    buffer_add_byte(out, '\n');
}

static void add_seeds(struct buffer *out, const struct app_why *why, bool all)
{
    const struct score_explanation *score = &why->score;
    size_t shown = 0, hidden = 0, left_out = 0;
    double largest = score->n_seeds > 0 ? fabs(score->seeds[why->order[0]].change) : 0;
    if (score->n_seeds == 0 || !isfinite(score->score))
        return;
    if (score->ignores_seeds) {
        buffer_add_text(out, "\nNo track of the playlist changes the score.\n");
        return;
    }
    buffer_add_text(out, "\nWhat each track adds to the score (how much it falls without the track):\n");
    for (size_t i = 0; i < score->n_seeds; i++) {
        const size_t at = why->order[i];
        if (!score->seeds[at].computed)
            left_out++;
        else if (!all && (shown == SHOWN_SEEDS || score->seeds[at].change == 0))
            hidden++;
        else {
            add_seed(out, why, at, largest);
            shown++;
        }
    }
    if (hidden > 0)
        buffer_printf(out, "  %zu more change it less or not at all (--all)\n", hidden);
    if (left_out > 0)
        buffer_printf(out, "  not computed for the first %zu tracks: only the last %d are left out one by one\n",
                      left_out, EXPLAINED_SEEDS_MAX);
    if (!why->counted)
        buffer_printf(out, "  %s\n", why->counted_note);
}

static void add_rest(struct buffer *out, const struct app_why *why)
{
    const struct score_explanation *score = &why->score;
    if (why->n_voters > 0)
        buffer_printf(out, "\n%zu training playlist%s voted for it:\n", score->n_votes, score->n_votes == 1 ? "" : "s");
    for (size_t i = 0; i < why->n_voters && i < SHOWN_VOTERS; i++)
        buffer_printf(out, "  %5.1f %%  %s (%lld tracks)\n", 100 * why->voters[i].gain / score->score,
                      why->voters[i].id > 0 ? why->voters[i].name : "a playlist that has changed since the training",
                      (long long)why->voters[i].length);
    if (why->n_nearest > 0)
        buffer_add_text(out, "\nThe nearest track of the playlist:\n");
    for (size_t i = 0; i < why->n_nearest; i++) {
        const struct why_nearest *nearest = &why->nearest[i];
        buffer_printf(out, "  by %s%s: ", nearest->space, nearest->of_model ? "" : " (not used by the model)");
        add_name(out, &why->tracks.items[1 + nearest->seed]);
        buffer_printf(out, " (%s %.3g)\n", nearest->is_distance ? "distance" : "cosine", nearest->value);
    }
    const double share = 100 * (double)score->popularity_rank / (double)score->n_ranked;
    if (score->popularity_rank > 0)
        buffer_printf(out, "\nIt is in %.0f training playlist%s: rank %lld of %lld tracks (top %.*g %%).\n",
                      score->playlists, score->playlists == 1 ? "" : "s", (long long)score->popularity_rank,
                      (long long)score->n_ranked, share >= 10 ? 3 : 2, share);
    else
        buffer_add_text(out, "\nIt is in no training playlist.\n");
}

static void write_text(const struct app_why *why, const char *model, bool all, struct buffer *out)
{
    add_name(out, &why->tracks.items[0]);
    if (why->score.rank > 0)
        buffer_printf(out, ": rank %zu of the list of %s\n", why->score.rank, model);
    else
        buffer_printf(out, ": not in the list of %s\n", model);
    buffer_printf(out, "%s.\n", why->sentence);
    if (why->list_note[0])
        buffer_printf(out, "%s\n", why->list_note);
    add_parts(out, &why->score);
    add_seeds(out, why, all);
    add_rest(out, why);
}

/* ---- the command ---- */

static enum status read_settings(const struct cli *cli, const char *tracks[CLI_VALUES_MAX],
                                 struct explain_settings *settings, struct error *error)
{
    int64_t number, rank;
    struct recommend_settings *recommend = &settings->recommend;
    *settings = (struct explain_settings){.suggestion = cli_value(cli, "suggestion", NULL)};
    *recommend = (struct recommend_settings){
        .model = cli_value(cli, "model", NULL),
        .playlist = cli_value(cli, "playlist", NULL),
        .tracks = tracks,
        .title = cli_value(cli, "title", NULL),
    };
    for (const char *key; (key = cli_value_at(cli, "track", (int)recommend->n_tracks));)
        tracks[recommend->n_tracks++] = key;
    bool seeds = recommend->playlist || recommend->n_tracks > 0, ranked = cli_value(cli, "rank", NULL);
    if (!recommend->model || (recommend->playlist && recommend->n_tracks > 0) || (!seeds && !recommend->title) ||
        ranked == (settings->suggestion != NULL))
        return error_set(error, STATUS_USAGE, "usage: sleeve explain %s", cli_command_explain.arguments);
    if (recommend->title && !recommend->title[0])
        return error_set(error, STATUS_USAGE, "--title is empty; name the playlist, or leave --title out");
    enum status status = cli_integer(cli, "number", 1, 10000, 500, &number, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "rank", 1, 10000, 1, &rank, error);
    if (status != STATUS_OK)
        return status;
    recommend->number = (size_t)(rank > number ? rank : number);
    settings->rank = (size_t)rank;
    return STATUS_OK;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *tracks[CLI_VALUES_MAX];
    struct explain_settings settings;
    struct app_why why = {0};
    struct app *app = NULL;
    struct buffer out = {0};
    enum status status = read_settings(cli, tracks, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_explain_for(app, &settings, &why, error);
    if (status == STATUS_OK) {
        if (cli->json)
            write_json(&why, settings.recommend.model, &out);
        else
            write_text(&why, settings.recommend.model, cli_flag(cli, "all"), &out);
        status = cli_print(&out, error);
    }
    app_why_free(&why);
    app_close(app);
    return status;
}

const struct command cli_command_explain = {
    .name = "explain",
    .arguments =
        "--model NAME [--playlist PLAYLIST | --track URI-or-key ...] [--title TEXT] (--suggestion URI-or-key | "
        "--rank N)",
    .summary = "why a track is suggested for a playlist",
    .details =
        "Shows of which parts the score is the sum, how it changes without each track of the playlist, the training\n"
        "playlists that voted (session neighbours), the nearest tracks of the playlist, and how popular the track is.\n"
        "All numbers are computed by the model for the playlist with and without the tracks; of a longer playlist,\n"
        "the last 100 tracks are left out one by one.\n"
        "The sentence says what carries the suggestion: the first of popularity (the mean score for random "
        "playlists),\n"
        "its album, its artist (what the score loses without their tracks), a feature set (its part of the score) and\n"
        "co-occurrence (what it loses without the tracks that share training playlists) with half of the score.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
