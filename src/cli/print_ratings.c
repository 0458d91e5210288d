#include "cli/print_ratings.h"
#include "core/text_number.h"

#include <math.h>

/* ---- the table ---- */

static void json_number_or_null(struct json_writer *json, const char *key, double value)
{
    json_key(json, key);
    json_number(json, value);
}

static void json_shares(struct json_writer *json, const char *key, const struct rating_row *row, bool discounted)
{
    size_t n;
    json_key(json, key);
    json_object_begin(json);
    for (int value = 0; value < RATING_VALUES; value++)
        json_number_or_null(json, rating_names[value], rating_row_share(row, (enum rating_value)value, discounted, &n));
    json_pair_integer(json, "n", (int64_t)n);
    json_object_end(json);
}

static void json_rows(struct json_writer *json, const char *key, const struct rating_row *rows, size_t n)
{
    json_key(json, key);
    json_array_begin(json);
    for (size_t i = 0; i < n; i++) {
        json_object_begin(json);
        if (rows[i].playlist_id > 0) {
            json_pair_text(json, "playlist_key", rows[i].key);
            json_pair_text(json, "playlist", rows[i].playlist);
        }
        json_pair_text(json, "model", rows[i].model);
        json_pair_integer(json, "raters", (int64_t)rows[i].raters);
        json_pair_integer(json, "wrong_metadata", (int64_t)rows[i].metadata);
        json_shares(json, "shares", &rows[i], false);
        json_shares(json, "without_wrong_metadata", &rows[i], true);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_pairs(struct json_writer *json, const struct rating_table *table)
{
    json_key(json, "agreement");
    json_array_begin(json);
    for (size_t i = 0; i < table->n_pairs; i++) {
        const struct rating_pair *pair = &table->pairs[i];
        json_object_begin(json);
        json_key(json, "raters");
        json_array_begin(json);
        json_text(json, pair->a);
        json_text(json, pair->b);
        json_array_end(json);
        json_pair_integer(json, "n", (int64_t)pair->agreement.n);
        json_number_or_null(json, "observed", pair->agreement.observed);
        json_number_or_null(json, "expected", pair->agreement.expected);
        json_number_or_null(json, "kappa", pair->agreement.kappa);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status print_table_json(const struct rating_table *table, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_rows(&json, "rows", table->rows, table->n_rows);
    json_rows(&json, "totals", table->totals, table->n_totals);
    json_pairs(&json, table);
    json_key(&json, "reasons");
    json_array_begin(&json);
    for (size_t i = 0; i < table->n_reasons; i++) {
        json_object_begin(&json);
        json_pair_text(&json, "reason", table->reasons[i].reason);
        json_pair_bool(&json, "wrong_metadata", table->reasons[i].metadata);
        json_pair_integer(&json, "count", (int64_t)table->reasons[i].count);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static void add_share(struct buffer *out, const struct rating_row *row, enum rating_value value, bool discounted)
{
    const double share = rating_row_share(row, value, discounted, NULL);
    if (isnan(share))
        buffer_add_text(out, "-\t");
    else
        buffer_printf(out, "%.0f%%\t", 100 * share);
}

static void add_row(struct buffer *out, const struct rating_row *row)
{
    size_t n;
    cli_add_field(out, row->playlist_id > 0 ? row->playlist : "all playlists", '\t');
    cli_add_field(out, row->model[0] ? row->model : "-", '\t');
    for (int discounted = 0; discounted < 2; discounted++) {
        for (int value = 0; value < RATING_VALUES; value++)
            add_share(out, row, (enum rating_value)value, discounted != 0);
        rating_row_share(row, RATING_GOOD, discounted != 0, &n);
        buffer_printf(out, "%zu\t", n);
    }
    buffer_printf(out, "%zu\n", row->raters);
}

static enum status print_agreement(const struct rating_table *table, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "rater\trater\tboth rated\tagree\tkappa\n");
    for (size_t i = 0; i < table->n_pairs; i++) {
        const struct rating_pair *pair = &table->pairs[i];
        cli_add_field(&out, pair->a, '\t');
        cli_add_field(&out, pair->b, '\t');
        buffer_printf(&out, "%zu\t", pair->agreement.n);
        if (isnan(pair->agreement.observed))
            buffer_add_text(&out, "-\t");
        else
            buffer_printf(&out, "%.0f%%\t", 100 * pair->agreement.observed);
        if (isnan(pair->agreement.kappa))
            buffer_add_text(&out, "cannot be computed\n");
        else
            buffer_printf(&out, "%.2f\n", text_plain_zero(pair->agreement.kappa, 2));
    }
    return cli_print_table(&out, error);
}

static enum status print_tally(const struct rating_table *table, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "bad because\tratings\twrong metadata\n");
    for (size_t i = 0; i < table->n_reasons; i++) {
        cli_add_field(&out, table->reasons[i].reason[0] ? table->reasons[i].reason : "-", '\t');
        buffer_printf(&out, "%zu\t%s\n", table->reasons[i].count, table->reasons[i].metadata ? "yes" : "no");
    }
    return cli_print_table(&out, error);
}

static enum status print_space(struct error *error)
{
    struct buffer out = {0};
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

enum status print_rating_table(const struct cli *cli, const struct rating_table *table, struct error *error)
{
    if (cli->json)
        return print_table_json(table, error);
    struct buffer out = {0};
    buffer_add_text(&out, "playlist\tmodel\tgood\tborderline\tbad\tn"
                          "\tgood*\tborderline*\tbad*\tn*\traters\n");
    for (size_t i = 0; i < table->n_rows; i++)
        add_row(&out, &table->rows[i]);
    for (size_t i = 0; i < table->n_totals; i++)
        add_row(&out, &table->totals[i]);
    enum status status = cli_print_table(&out, error);
    if (status == STATUS_OK && table->n_reasons > 0) {
        status = print_space(error);
        status = status == STATUS_OK ? print_tally(table, error) : status;
    }
    if (status == STATUS_OK && table->n_pairs > 0) {
        status = print_space(error);
        status = status == STATUS_OK ? print_agreement(table, error) : status;
    }
    return status;
}

/* ---- lists ---- */

static void add_rating(const struct cli *cli, const struct rating *rating, const struct track *track,
                       const struct playlist *playlist, struct buffer *out, struct json_writer *json)
{
    char time[RATING_TIME_SIZE];
    rating_time(rating->rated, time);
    if (cli->json) {
        json_object_begin(json);
        json_pair_text(json, "playlist_key", playlist->key);
        json_pair_text(json, "playlist", playlist->name);
        cli_json_track(json, track);
        json_pair_text(json, "model", rating->model);
        if (rating->rank > 0)
            json_pair_integer(json, "rank", rating->rank);
        json_pair_text(json, "rating", rating_names[rating->value]);
        json_pair_text(json, "reason", rating->reason);
        json_pair_bool(json, "wrong_metadata", rating->metadata);
        json_pair_text(json, "rater", rating->rater);
        json_pair_text(json, "rated", time);
        json_object_end(json);
        return;
    }
    cli_add_field(out, rating_names[rating->value], '\t');
    cli_add_field(out, track->title, '\t');
    cli_add_field(out, track->artist, '\t');
    cli_add_field(out, playlist->name, '\t');
    cli_add_field(out, rating->model[0] ? rating->model : "-", '\t');
    buffer_printf(out, rating->rank > 0 ? "%d\t" : "-\t", (int)rating->rank);
    cli_add_field(out, rating->reason, '\t');
    cli_add_field(out, rating->rater, '\t');
    cli_add_field(out, time, '\t');
    cli_add_key(out, track->key, '\n');
}

static enum status read_tracks(struct catalogue *catalogue, const struct rating_list *ratings,
                               struct track_list *tracks, struct error *error)
{
    struct buffer ids = {0};
    for (size_t i = 0; i < ratings->count; i++)
        buffer_add(&ids, &ratings->items[i].track_id, sizeof ratings->items[i].track_id);
    enum status status = ids.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && ratings->count > 0)
        status =
            catalogue_tracks_read(catalogue, (const int64_t *)(const void *)ids.data, ratings->count, tracks, error);
    buffer_free(&ids);
    return status;
}

enum status print_ratings(const struct cli *cli, struct catalogue *catalogue, const struct rating_list *ratings,
                          struct error *error)
{
    struct track_list tracks = {0};
    struct playlist_list playlist = {0};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    enum status status = read_tracks(catalogue, ratings, &tracks, error);
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "rating\ttitle\tartist\tplaylist\tmodel\trank\treason\trater\trated\tkey\n");
    for (size_t i = 0; status == STATUS_OK && i < ratings->count; i++) {
        const struct rating *rating = &ratings->items[i];
        if (playlist.count == 0 || playlist.items[0].id != rating->playlist_id) {
            playlist_list_free(&playlist);
            status = catalogue_playlist_read(catalogue, rating->playlist_id, &playlist, error);
        }
        if (status == STATUS_OK && playlist.count > 0)
            add_rating(cli, rating, &tracks.items[i], &playlist.items[0], &out, &json);
    }
    if (cli->json) {
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
    }
    playlist_list_free(&playlist);
    track_list_free(&tracks);
    if (status == STATUS_OK)
        return cli->json ? cli_print(&out, error) : cli_print_table(&out, error);
    buffer_free(&out);
    return status;
}

enum status print_rating_reasons(const struct cli *cli, const struct rating_reason_list *reasons, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "reason\tratings\twrong metadata\n");
    for (size_t i = 0; i < reasons->count; i++) {
        const struct rating_reason *reason = &reasons->items[i];
        if (cli->json) {
            json_object_begin(&json);
            json_pair_text(&json, "reason", reason->text);
            json_pair_bool(&json, "wrong_metadata", reason->metadata);
            json_pair_integer(&json, "ratings", reason->count);
            json_object_end(&json);
        } else {
            cli_add_field(&out, reason->text, '\t');
            buffer_printf(&out, "%lld\t%s\n", (long long)reason->count, reason->metadata ? "yes" : "no");
        }
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}
