#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/space.h"
#include "cli/commands.h"
#include "eval/split.h"

static const struct cli_option options[] = {
    {"features", 'f', "SET[,SET]", "a feature set or model:NAME (its vectors), or two to compare"},
    {"columns", 0, "NAME,...", "only these columns of the first set"},
    {"playlist", 0, "PLAYLIST", "a playlist (its key, link or name); may be given several times"},
    {"longest", 0, "N", "without --playlist: the N longest playlists (default 20)"},
    {"genres", 0, NULL, "all playlists of a genre together, by the finest genre known"},
    {"on", 0, "all|train|val|test", "with --genres: which playlists of the split (default all)"},
    {"ridge", 0, "R", "added to the variances of 1 before whitening (default 0.01)"},
    {"leave-out", 0, NULL, "compare a track with the mean of the others of its playlist"},
    {"out", 'o', "FILE", "write the heat map of distances to a .png or .svg file"},
    {"all", 'a', NULL, "all misplaced tracks, not only the worst twenty"},
};

enum { WORST = 20, COLUMNS_MAX = 256 };

/* ---- JSON ---- */

static void json_test(struct json_writer *json, const char *key, const struct t_test *test)
{
    json_key(json, key);
    json_object_begin(json);
    json_pair_number(json, "t", test->t);
    json_pair_number(json, "freedom", test->freedom);
    json_pair_number(json, "p", test->p);
    json_pair_number(json, "difference", test->difference);
    json_pair_number(json, "low", test->low);
    json_pair_number(json, "high", test->high);
    json_object_end(json);
}

static void json_histogram(struct json_writer *json, const struct space_side *side, size_t playlist)
{
    int64_t counts[SPACE_BINS];
    app_space_histogram(side, playlist, counts);
    json_array_begin(json);
    for (int bin = 0; bin < SPACE_BINS; bin++)
        json_integer(json, counts[bin]);
    json_array_end(json);
}

static void json_side(struct json_writer *json, const struct app_space *space, int at)
{
    const struct space_side *side = &space->sides[at];
    double low, high;
    app_space_range(side, &low, &high);
    json_object_begin(json);
    json_pair_text(json, "features", side->set);
    json_pair_integer(json, "columns", side->space.width);
    json_pair_integer(json, "entries", side->space.n_entries);
    json_key(json, "distances"); /* row: the playlist of the tracks; column: the playlist of the mean */
    json_array_begin(json);
    for (size_t k = 0; k < space->n_playlists; k++) {
        json_array_begin(json);
        for (size_t j = 0; j < space->n_playlists; j++)
            json_number(json, side->space.distances[k * space->n_playlists + j]);
        json_array_end(json);
    }
    json_array_end(json);
    json_pair_number(json, "delta_low", low);
    json_pair_number(json, "delta_high", high);
    json_key(json, "delta_histograms");
    json_array_begin(json);
    for (size_t k = 0; k < space->n_playlists; k++)
        json_histogram(json, side, k);
    json_array_end(json);
    json_object_end(json);
}

static void json_misplaced(struct json_writer *json, const struct app_space *space)
{
    json_key(json, "misplaced");
    json_array_begin(json);
    for (size_t i = 0; i < space->n_misplaced; i++) {
        const struct space_misplaced *one = &space->misplaced[i];
        json_object_begin(json);
        cli_json_track(json, &space->tracks.items[i]);
        json_pair_text(json, "playlist", space->playlists[one->playlist].key);
        json_pair_text(json, "nearest", space->playlists[one->nearest].key);
        json_pair_number(json, "delta", one->delta);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_json(const struct app_space *space, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_object_begin(&json);
    json_key(&json, "playlists");
    json_array_begin(&json);
    for (size_t k = 0; k < space->n_playlists; k++) {
        json_object_begin(&json);
        json_pair_text(&json, "key", space->playlists[k].key);
        json_pair_text(&json, "name", space->playlists[k].name);
        json_pair_integer(&json, "tracks", space->starts[k + 1] - space->starts[k]);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_key(&json, "sets");
    json_array_begin(&json);
    for (int side = 0; side < space->n_sides; side++)
        json_side(&json, space, side);
    json_array_end(&json);
    if (space->n_sides == SPACE_SIDES) {
        json_pair_integer(&json, "compared_entries", (int64_t)space->n_common);
        json_test(&json, "paired_t", &space->paired);
        json_test(&json, "welch_t", &space->welch);
    }
    json_misplaced(&json, space);
    json_object_end(&json);
    buffer_add_byte(out, '\n');
}

/* ---- text ---- */

/* The counts as bars of an eighth to a whole row; the bin with most is full. */
static void add_histogram(struct buffer *out, const struct space_side *side, size_t playlist)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    int64_t counts[SPACE_BINS], most = 1;
    app_space_histogram(side, playlist, counts);
    for (int bin = 0; bin < SPACE_BINS; bin++)
        most = counts[bin] > most ? counts[bin] : most;
    for (int bin = 0; bin < SPACE_BINS; bin++)
        buffer_add_text(out, bars[(8 * counts[bin] + most - 1) / most]);
}

static size_t count_misplaced(const struct space_side *side, size_t playlist)
{
    size_t count = 0;
    for (int64_t i = 0; i < side->space.n_entries; i++)
        count += side->space.playlists[i] == (int32_t)playlist && side->space.delta[i] < 0;
    return count;
}

/* The nearest other playlist by the mean distance. */
static size_t nearest_of(const struct app_space *space, const struct space_side *side, size_t playlist)
{
    const double *row = side->space.distances + playlist * space->n_playlists;
    size_t best = playlist == 0 ? 1 : 0;
    for (size_t j = 0; j < space->n_playlists; j++)
        if (j != playlist && row[j] < row[best])
            best = j;
    return best;
}

static void add_side(struct buffer *out, const struct app_space *space, int at)
{
    const struct space_side *side = &space->sides[at];
    double low, high;
    app_space_range(side, &low, &high);
    buffer_printf(out, "%s: %lld tracks of %zu %s, %d columns whitened within them\n", side->set,
                  (long long)side->space.n_entries, space->n_playlists, space->genres ? "genres" : "playlists",
                  side->space.width);
    buffer_printf(out, "delta from %.3g to %.3g; below 0 a track is nearer to another %s\n\n", low, high,
                  space->genres ? "genre" : "playlist");
    buffer_printf(out, "%6s %6s %7s  %-*s  %s, and the nearest other one with its distance\n", "tracks", "own",
                  "misplc.", SPACE_BINS, "delta", space->genres ? "genre" : "playlist");
    for (size_t k = 0; k < space->n_playlists; k++) {
        const double *row = side->space.distances + k * space->n_playlists;
        const size_t nearest = nearest_of(space, side, k);
        buffer_printf(out, "%6lld %6.3g %7zu  ", (long long)side->space.counts[k], row[k], count_misplaced(side, k));
        add_histogram(out, side, k);
        buffer_printf(out, "  %s (%s %.3g)\n", space->playlists[k].name, space->playlists[nearest].name, row[nearest]);
    }
    buffer_add_byte(out, '\n');
}

static void add_test(struct buffer *out, const char *name, const struct t_test *test)
{
    if (isfinite(test->t))
        buffer_printf(out, "  %s: t = %.4g, %.5g degrees of freedom, p = %.3g, difference %.3g (%.3g to %.3g)\n", name,
                      test->t, test->freedom, test->p, test->difference, test->low, test->high);
    else
        buffer_printf(out, "  %s: it could not be computed; the deltas do not differ\n", name);
}

static void write_text(const struct app_space *space, bool all, struct buffer *out)
{
    for (int side = 0; side < space->n_sides; side++)
        add_side(out, space, side);
    if (space->n_sides == SPACE_SIDES) {
        buffer_printf(out, "Are the deltas of %s larger than those of %s? One-tailed tests over %zu tracks:\n",
                      space->sides[0].set, space->sides[1].set, space->n_common);
        add_test(out, "paired t-test", &space->paired);
        add_test(out, "Welch's t-test", &space->welch);
        buffer_add_byte(out, '\n');
    }
    buffer_printf(out, "%zu misplaced track%s by %s%s\n", space->n_misplaced, space->n_misplaced == 1 ? "" : "s",
                  space->sides[0].set, space->n_misplaced > 0 ? ", worst first:" : "");
    for (size_t i = 0; i < space->n_misplaced && (all || i < WORST); i++) {
        const struct space_misplaced *one = &space->misplaced[i];
        const struct track *track = &space->tracks.items[i];
        buffer_printf(out, "%10.3g  %s · %s: in %s, nearer to %s\n", one->delta, track->title, track->artist,
                      space->playlists[one->playlist].name, space->playlists[one->nearest].name);
    }
    if (!all && space->n_misplaced > WORST)
        buffer_printf(out, "            %zu more (--all)\n", space->n_misplaced - WORST);
}

/* ---- the command ---- */

/* The parts of a text between commas, in place; false: there are more than `most`, or one is empty. */
static bool divide(char *text, const char **parts, size_t most, size_t *count)
{
    for (char *rest = text; rest;) {
        if (*count == most)
            return false;
        parts[*count] = strsep(&rest, ",");
        if (!parts[(*count)++][0])
            return false;
    }
    return true;
}

struct request {
    struct space_settings settings;
    const char *playlists[CLI_VALUES_MAX], *columns[COLUMNS_MAX], *sets[SPACE_SIDES];
    char features_text[2 * FEATURE_NAME_MAX + 16], columns_text[4096];
};

static enum status read_settings(const struct cli *cli, struct request *request, struct error *error)
{
    struct space_settings *settings = &request->settings;
    const char *features = cli_value(cli, "features", "audio"), *columns = cli_value(cli, "columns", NULL),
               *on = cli_value(cli, "on", "all");
    size_t n_sets = 0;
    int64_t longest;
    snprintf(request->features_text, sizeof request->features_text, "%s", features);
    snprintf(request->columns_text, sizeof request->columns_text, "%s", columns ? columns : "");
    if (strlen(features) >= sizeof request->features_text ||
        !divide(request->features_text, request->sets, SPACE_SIDES, &n_sets))
        return error_set(error, STATUS_USAGE, "--features takes one feature set, or two with a comma between");
    if (n_sets == 2 && strcmp(request->sets[0], request->sets[1]) == 0)
        return error_set(error, STATUS_USAGE, "--features names \"%s\" twice", request->sets[0]);
    if (columns && (strlen(columns) >= sizeof request->columns_text ||
                    !divide(request->columns_text, request->columns, COLUMNS_MAX, &settings->n_columns)))
        return error_set(error, STATUS_USAGE, "--columns takes names of columns with commas between");
    for (const char *key; (key = cli_value_at(cli, "playlist", (int)settings->n_playlists));)
        request->playlists[settings->n_playlists++] = key;
    settings->n_sets = (int)n_sets;
    for (size_t i = 0; i < n_sets; i++)
        settings->sets[i] = request->sets[i];
    settings->columns = request->columns;
    settings->leave_out = cli_flag(cli, "leave-out");
    settings->by_genre = cli_flag(cli, "genres");
    if (settings->by_genre && (settings->n_playlists > 0 || cli_flag(cli, "longest")))
        return error_set(error, STATUS_USAGE, "--genres takes all playlists; leave --playlist and --longest out");
    if (cli_value(cli, "on", NULL) && !settings->by_genre)
        return error_set(error, STATUS_USAGE, "--on goes with --genres");
    settings->split_sets = (int)split_set_named(on);
    if (settings->split_sets == 0 && strcmp(on, "all") != 0)
        return error_set(error, STATUS_USAGE, "--on is all, train, val or test, not \"%.40s\"", on);
    settings->playlists = request->playlists;
    enum status status = cli_integer(cli, "longest", 2, SPACE_PLAYLISTS_MAX, SPACE_LONGEST, &longest, error);
    if (status == STATUS_OK)
        status = cli_number(cli, "ridge", 1e-9, 1e6, SPACE_RIDGE, &settings->ridge, error);
    settings->longest = status == STATUS_OK ? (size_t)longest : 0;
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    struct request request = {0};
    struct app_space space = {0};
    struct app *app = NULL;
    struct buffer out = {0};
    const char *path = cli_value(cli, "out", NULL);
    enum status status = read_settings(cli, &request, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_space(app, &request.settings, &space, error);
    for (int side = 0; status == STATUS_OK && side < space.n_sides; side++)
        app_warn_of_set(app, space.sides[side].set);
    if (status == STATUS_OK && path)
        status = app_space_write(&space, 0, path, error);
    if (status == STATUS_OK) {
        if (cli->json)
            write_json(&space, &out);
        else
            write_text(&space, cli_flag(cli, "all"), &out);
        status = cli_print(&out, error);
    }
    app_space_free(&space);
    app_close(app);
    return status;
}

const struct command cli_command_space = {
    .name = "space",
    .arguments = "[--features SET[,SET]] [--columns NAME,...] [--playlist PLAYLIST ... | --longest N | --genres "
                 "[--on SET]] [--leave-out] [--out FILE]",
    .summary = "how well features tell playlists apart, and which tracks look misplaced",
    .details =
        "The features of the playlists' tracks are whitened within the playlists (pooled covariance with a ridge). "
        "The\n"
        "distance of a track to a playlist is the squared distance to the mean of its tracks; delta is the distance "
        "to\n"
        "the nearest other playlist less that to its own, so that a track with a delta below 0 looks misplaced.\n"
        "With two sets, one-tailed t-tests (paired and Welch's) say whether the deltas of the first are larger.\n"
        "The mean of its own playlist includes the track, which favours sets with many columns in short playlists;\n"
        "--leave-out compares it with the mean of the others.\n"
        "model:NAME are the vectors that a model (als, mf-...) learned from its training playlists; tracks of others\n"
        "have none. --on test takes the entries of test playlists, which a model has not seen.\n"
        "--out writes the mean distances between the playlists by the first set as a heat map.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
