#include "app/rating_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/catalogue.h"

void rating_table_free(struct rating_table *table)
{
    rating_list_free(&table->ratings);
    arena_free(&table->memory);
    *table = (struct rating_table){0};
}

double rating_row_share(const struct rating_row *row, enum rating_value value, bool discounted, size_t *n)
{
    const size_t left_out = discounted ? row->metadata : 0, of = row->n - left_out;
    if (n)
        *n = of;
    if (of == 0)
        return NAN;
    return (double)(row->counts[value] - (value == RATING_BAD ? left_out : 0)) / (double)of;
}

static void *list_of(struct rating_table *table, size_t count, size_t size)
{
    return arena_alloc(&table->memory, (count + 1) * size);
}

/* ---- rows ---- */

static void count(struct rating_row *row, const struct rating *rating)
{
    row->n++;
    row->counts[rating->value]++;
    row->metadata += rating->value == RATING_BAD && rating->metadata;
}

static enum status name_row(struct catalogue *catalogue, struct rating_table *table, struct rating_row *row,
                            struct error *error)
{
    struct playlist_list list = {0};
    row->playlist = row->key = "";
    if (row->playlist_id == 0)
        return STATUS_OK;
    enum status status = catalogue_playlist_read(catalogue, row->playlist_id, &list, error);
    if (status == STATUS_OK && list.count > 0) {
        row->playlist = arena_copy_text(&table->memory, list.items[0].name, strlen(list.items[0].name));
        row->key = arena_copy_text(&table->memory, list.items[0].key, strlen(list.items[0].key));
        if (!row->playlist || !row->key)
            status = error_no_memory(error);
    }
    playlist_list_free(&list);
    return status;
}

static bool of_row(const struct rating_row *row, const struct rating *rating)
{
    return (row->playlist_id == 0 || row->playlist_id == rating->playlist_id) && strcmp(row->model, rating->model) == 0;
}

static int by_rater(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct raters of the row's ratings, or of all (row NULL): sorted, in *names [*n], malloc'ed. */
static enum status find_raters(const struct rating_list *ratings, const struct rating_row *row, const char ***names,
                               size_t *n, struct error *error)
{
    size_t found = 0, kept = 0;
    const char **all = malloc((ratings->count + 1) * sizeof *all);
    *names = all;
    if (!all)
        return error_no_memory(error);
    for (size_t i = 0; i < ratings->count; i++)
        if ((!row || of_row(row, &ratings->items[i])) &&
            (found == 0 || strcmp(all[found - 1], ratings->items[i].rater) != 0))
            all[found++] = ratings->items[i].rater;
    qsort(all, found, sizeof *all, by_rater);
    for (size_t i = 0; i < found; i++)
        if (kept == 0 || strcmp(all[kept - 1], all[i]) != 0)
            all[kept++] = all[i];
    *n = kept;
    return STATUS_OK;
}

static enum status finish_row(struct catalogue *catalogue, struct rating_table *table, struct rating_row *row,
                              struct error *error)
{
    const char **names;
    enum status status = name_row(catalogue, table, row, error);
    if (status == STATUS_OK)
        status = find_raters(&table->ratings, row, &names, &row->raters, error);
    if (status == STATUS_OK)
        free(names);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct rating_row *x = a, *y = b;
    int order = strcmp(x->playlist, y->playlist);
    if (order == 0)
        order = (x->playlist_id > y->playlist_id) - (x->playlist_id < y->playlist_id);
    return order ? order : strcmp(x->model, y->model);
}

/* The ratings are in order of playlist and model. */
static enum status add_rows(struct catalogue *catalogue, struct rating_table *table, struct error *error)
{
    const struct rating_list *ratings = &table->ratings;
    table->rows = list_of(table, ratings->count, sizeof *table->rows);
    if (!table->rows)
        return error_no_memory(error);
    for (size_t i = 0; i < ratings->count; i++) {
        const struct rating *rating = &ratings->items[i];
        if (table->n_rows == 0 || !of_row(&table->rows[table->n_rows - 1], rating))
            table->rows[table->n_rows++] =
                (struct rating_row){.playlist_id = rating->playlist_id, .model = rating->model};
        count(&table->rows[table->n_rows - 1], rating);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < table->n_rows; i++)
        status = finish_row(catalogue, table, &table->rows[i], error);
    qsort(table->rows, table->n_rows, sizeof *table->rows, by_name);
    return status;
}

static struct rating_row *total_of(struct rating_table *table, const char *model)
{
    for (size_t i = 0; i < table->n_totals; i++)
        if (strcmp(table->totals[i].model, model) == 0)
            return &table->totals[i];
    table->totals[table->n_totals] = (struct rating_row){.model = model};
    return &table->totals[table->n_totals++];
}

/* A sum of one playlist alone would say the same twice. */
static enum status add_totals(struct catalogue *catalogue, struct rating_table *table, struct error *error)
{
    size_t kept = 0;
    table->totals = list_of(table, table->n_rows, sizeof *table->totals);
    size_t *playlists = list_of(table, table->n_rows, sizeof *playlists);
    if (!table->totals || !playlists)
        return error_no_memory(error);
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct rating_row *row = &table->rows[i];
        struct rating_row *total = total_of(table, row->model);
        playlists[total - table->totals]++;
        total->n += row->n;
        total->metadata += row->metadata;
        for (int value = 0; value < RATING_VALUES; value++)
            total->counts[value] += row->counts[value];
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < table->n_totals; i++)
        if (playlists[i] > 1) {
            table->totals[kept] = table->totals[i];
            status = finish_row(catalogue, table, &table->totals[kept++], error);
        }
    table->n_totals = kept;
    qsort(table->totals, kept, sizeof *table->totals, by_name);
    return status;
}

/* ---- agreement ---- */

/* Of a rater: the items, and the latest rating of each. */
struct judged {
    int64_t playlist, track, rated;
    int value;
};

static int by_item(const void *a, const void *b)
{
    const struct judged *x = a, *y = b;
    if (x->playlist != y->playlist)
        return x->playlist < y->playlist ? -1 : 1;
    return (x->track > y->track) - (x->track < y->track);
}

static int by_item_latest_first(const void *a, const void *b)
{
    const struct judged *x = a, *y = b;
    const int order = by_item(a, b);
    return order ? order : (x->rated < y->rated) - (x->rated > y->rated);
}

static size_t judged_by(const struct rating_list *ratings, const char *rater, struct judged *items)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < ratings->count; i++) {
        const struct rating *rating = &ratings->items[i];
        if (strcmp(rating->rater, rater) == 0)
            items[n++] = (struct judged){rating->playlist_id, rating->track_id, rating->rated, (int)rating->value};
    }
    qsort(items, n, sizeof *items, by_item_latest_first);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_item(&items[kept - 1], &items[i]) != 0)
            items[kept++] = items[i];
    return kept;
}

/* Space for the items of two raters and for the values of those that they share. */
struct room {
    struct judged *items[2];
    int *values[2];
};

static enum status room_make(struct room *room, size_t n, struct error *error)
{
    bool made = true;
    for (int side = 0; side < 2; side++) {
        room->items[side] = malloc((n + 1) * sizeof **room->items);
        room->values[side] = malloc((n + 1) * sizeof **room->values);
        made = made && room->items[side] && room->values[side];
    }
    return made ? STATUS_OK : error_no_memory(error);
}

static void room_free(struct room *room)
{
    for (int side = 0; side < 2; side++) {
        free(room->items[side]);
        free(room->values[side]);
    }
}

static struct agreement compare(struct room *room, const size_t counts[2])
{
    size_t n = 0;
    for (size_t i = 0, j = 0; i < counts[0] && j < counts[1];) {
        const int order = by_item(&room->items[0][i], &room->items[1][j]);
        if (order == 0) {
            room->values[0][n] = room->items[0][i].value;
            room->values[1][n++] = room->items[1][j].value;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return agreement_of(room->values[0], room->values[1], n, RATING_VALUES);
}

static int by_common(const void *a, const void *b)
{
    const struct rating_pair *x = a, *y = b;
    if (x->agreement.n != y->agreement.n)
        return x->agreement.n < y->agreement.n ? 1 : -1;
    const int order = strcmp(x->a, y->a);
    return order ? order : strcmp(x->b, y->b);
}

static enum status add_pairs(struct rating_table *table, struct error *error)
{
    const char **raters;
    size_t n = 0, counts[2];
    struct room room = {0};
    enum status status = find_raters(&table->ratings, NULL, &raters, &n, error);
    if (status != STATUS_OK)
        return status;
    table->pairs = n < 2 ? NULL : list_of(table, n * (n - 1) / 2, sizeof *table->pairs);
    if (n >= 2)
        status = table->pairs ? room_make(&room, table->ratings.count, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i + 1 < n; i++) {
        counts[0] = judged_by(&table->ratings, raters[i], room.items[0]);
        for (size_t j = i + 1; j < n; j++) {
            counts[1] = judged_by(&table->ratings, raters[j], room.items[1]);
            table->pairs[table->n_pairs++] = (struct rating_pair){raters[i], raters[j], compare(&room, counts)};
        }
    }
    if (table->n_pairs > 0)
        qsort(table->pairs, table->n_pairs, sizeof *table->pairs, by_common);
    room_free(&room);
    free(raters);
    return status;
}

/* ---- reasons ---- */

static int by_reason(const void *a, const void *b)
{
    return strcmp(((const struct rating_reason_count *)a)->reason, ((const struct rating_reason_count *)b)->reason);
}

static int by_frequency(const void *a, const void *b)
{
    const struct rating_reason_count *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->reason, y->reason);
}

static enum status add_reasons(struct rating_table *table, struct error *error)
{
    size_t n = 0;
    struct rating_reason_count *reasons = list_of(table, table->ratings.count, sizeof *reasons);
    if (!reasons)
        return error_no_memory(error);
    for (size_t i = 0; i < table->ratings.count; i++) {
        const struct rating *rating = &table->ratings.items[i];
        if (rating->value == RATING_BAD)
            reasons[n++] = (struct rating_reason_count){rating->reason, rating->metadata, 1};
    }
    qsort(reasons, n, sizeof *reasons, by_reason);
    for (size_t i = 0; i < n; i++)
        if (table->n_reasons > 0 && by_reason(&reasons[table->n_reasons - 1], &reasons[i]) == 0)
            reasons[table->n_reasons - 1].count++;
        else
            reasons[table->n_reasons++] = reasons[i];
    qsort(reasons, table->n_reasons, sizeof *reasons, by_frequency);
    table->reasons = reasons;
    return STATUS_OK;
}

enum status ratings_table(struct catalogue *catalogue, const struct rating_filter *filter, struct rating_table *table,
                          struct error *error)
{
    *table = (struct rating_table){0};
    enum status status = catalogue_ratings_read(catalogue, filter, &table->ratings, error);
    if (status == STATUS_OK)
        status = add_rows(catalogue, table, error);
    if (status == STATUS_OK)
        status = add_totals(catalogue, table, error);
    if (status == STATUS_OK)
        status = add_pairs(table, error);
    if (status == STATUS_OK)
        status = add_reasons(table, error);
    if (status != STATUS_OK)
        rating_table_free(table);
    return status;
}
