#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe_file.h"
#include "app/recipe_load.h"

/* The rows of the tracks, ascending and without repeats. */
static enum status rows_of(const struct recipe_index *index, const struct track_list *tracks, int32_t **rows,
                           size_t *count, struct error *error)
{
    uint64_t *met = calloc(index->words + 1, sizeof *met);
    *rows = malloc((tracks->count + 1) * sizeof **rows);
    *count = 0;
    for (size_t i = 0; met && *rows && i < tracks->count; i++) {
        const int64_t track = tracks->items[i].id;
        if (track < 1 || track > index->n)
            continue;
        const int32_t row = index->row_of[track - 1];
        if (!(met[row / 64] >> row % 64 & 1))
            (*rows)[(*count)++] = row;
        met[row / 64] |= UINT64_C(1) << row % 64;
    }
    const bool made = met && *rows;
    free(met);
    return made ? STATUS_OK : error_no_memory(error);
}

/* ---- genres and artists ---- */

struct tally {
    const char *name;
    int32_t count;
    int32_t first; /* the order of equal counts */
};

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->first > y->first) - (x->first < y->first);
}

static void take_tallies(struct recipe_list *list, struct tally *tallies, size_t count)
{
    qsort(tallies, count, sizeof *tallies, by_count);
    list->total = (int)count;
    list->count = 0;
    for (size_t i = 0; i < count && list->count < RECIPE_ITEMS_MAX; i++) {
        struct recipe_item *item = &list->items[list->count];
        *item = (struct recipe_item){.count = tallies[i].count};
        list->count += strlen(tallies[i].name) < sizeof item->name &&
                       recipe_take_text(item->name, sizeof item->name, tallies[i].name);
    }
}

static bool posted(const struct recipe_postings *postings, int64_t item, int32_t row)
{
    int64_t low = postings->starts[item], high = postings->starts[item + 1];
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (postings->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < postings->starts[item + 1] && postings->rows[low] == row;
}

static enum status make_genres(const struct recipe_index *index, const int32_t *rows, size_t n_rows,
                               struct recipe_list *list, struct error *error)
{
    struct tally *tallies = malloc(((size_t)index->n_genres + 1) * sizeof *tallies);
    size_t count = 0;
    if (!tallies)
        return error_no_memory(error);
    for (int64_t genre = 0; genre < index->n_genres; genre++) {
        struct tally tally = {index->genre_names[genre], 0, (int32_t)genre};
        for (size_t i = 0; i < n_rows; i++)
            tally.count += posted(&index->by_finest, genre, rows[i]);
        if (tally.count > 0)
            tallies[count++] = tally;
    }
    for (size_t i = 0; i < n_rows; i++)
        for (int64_t genre = 0; genre < index->n_genres; genre++)
            if (posted(&index->by_finest, genre, rows[i])) {
                list->known++;
                break;
            }
    take_tallies(list, tallies, count);
    recipe_use_share(list, RECIPE_SHARE);
    free(tallies);
    return STATUS_OK;
}

static int by_artist(const void *a, const void *b)
{
    const struct track *x = *(const struct track *const *)a, *y = *(const struct track *const *)b;
    if (x->artist_id != y->artist_id)
        return (x->artist_id > y->artist_id) - (x->artist_id < y->artist_id);
    return (x->id > y->id) - (x->id < y->id);
}

/* Artists of equal counts are in the order in which the playlist has them first. */
static enum status make_artists(const struct track_list *tracks, struct recipe_list *list, struct error *error)
{
    const struct track **sorted = malloc((tracks->count + 1) * sizeof *sorted);
    struct tally *tallies = malloc((tracks->count + 1) * sizeof *tallies);
    size_t count = 0;
    for (size_t i = 0; sorted && i < tracks->count; i++)
        sorted[i] = &tracks->items[i];
    if (!sorted || !tallies) {
        free(sorted);
        free(tallies);
        return error_no_memory(error);
    }
    qsort(sorted, tracks->count, sizeof *sorted, by_artist);
    for (size_t i = 0; i < tracks->count; i++) {
        const int32_t place = (int32_t)(sorted[i] - tracks->items);
        if (i == 0 || sorted[i]->artist_id != sorted[i - 1]->artist_id)
            tallies[count++] = (struct tally){sorted[i]->artist, 0, place};
        tallies[count - 1].count += i == 0 || sorted[i]->id != sorted[i - 1]->id;
        if (place < tallies[count - 1].first)
            tallies[count - 1].first = place;
    }
    take_tallies(list, tallies, count);
    recipe_use_first(list, RECIPE_ARTISTS);
    for (size_t i = 0; i < count; i++)
        list->known += tallies[i].count;
    free(sorted);
    free(tallies);
    return STATUS_OK;
}

/* ---- years and attributes ---- */

static void make_years(const struct recipe_index *index, const int32_t *rows, size_t n_rows, struct recipe_years *years)
{
    for (size_t i = 0; i < n_rows; i++) {
        const int year = index->years[rows[i]];
        if (year == 0)
            continue;
        years->low = years->known == 0 || year < years->low ? year : years->low;
        years->high = year > years->high ? year : years->high;
        years->known++;
    }
}

static void make_attribute(const struct recipe_column *column, const int32_t *rows, size_t n_rows,
                           struct recipe_attribute *attribute)
{
    double sum = 0, squares = 0;
    *attribute = (struct recipe_attribute){.deviations = 1, .rule.dropped = true};
    memcpy(attribute->name, column->name, sizeof attribute->name);
    for (size_t i = 0; i < n_rows; i++)
        if (isfinite(column->values[rows[i]])) {
            sum += (double)column->values[rows[i]];
            attribute->known++;
            attribute->predicted += recipe_column_is_predicted(column, rows[i]);
        }
    if (attribute->known == 0)
        return;
    attribute->mean = sum / attribute->known;
    for (size_t i = 0; i < n_rows; i++)
        if (isfinite(column->values[rows[i]])) {
            const double away = (double)column->values[rows[i]] - attribute->mean;
            squares += away * away;
        }
    attribute->deviation = sqrt(squares / attribute->known);
}

/* ---- few tracks ---- */

static double few_share(int known)
{
    return known > 0 && known < RECIPE_FEW ? 1 - (double)known / RECIPE_FEW : 0;
}

/* On both sides, but not beyond the catalogue's years. */
static void widen_years(const struct recipe_index *index, struct recipe_years *years)
{
    const int span = (int)(few_share(years->known) * RECIPE_FEW_YEARS);
    int first = years->low, last = years->high;
    if (years->known == 0 || years->high - years->low >= span)
        return;
    for (int64_t row = 0; row < index->n; row++) {
        const int year = index->years[row];
        first = year > 0 && year < first ? year : first;
        last = year > last ? year : last;
    }
    const int middle = years->low + (years->high - years->low) / 2;
    const int low = middle - span / 2, high = low + span;
    years->low = low < first ? first : low < years->low ? low : years->low;
    years->high = high > last ? last : high > years->high ? high : years->high;
    years->widened = true;
}

static void widen_attribute(const struct recipe_index *index, const struct recipe_column *column,
                            struct recipe_attribute *attribute)
{
    const double share = few_share(attribute->known);
    double sum = 0, squares = 0;
    int64_t known = 0;
    for (int64_t row = 0; row < index->n && share > 0; row++)
        if (isfinite(column->values[row])) {
            sum += (double)column->values[row];
            known++;
        }
    const double mean = known > 0 ? sum / (double)known : 0;
    for (int64_t row = 0; row < index->n && known > 0; row++)
        if (isfinite(column->values[row]))
            squares += ((double)column->values[row] - mean) * ((double)column->values[row] - mean);
    const double least = known > 0 ? share * sqrt(squares / (double)known) : 0;
    if (attribute->deviation < least) {
        attribute->deviation = least;
        attribute->widened = true;
    }
}

/* In the order of the form: the paper's attributes, then the others. */
static int place_of(const char *name)
{
    static const char *const first[] = {"energy", "valence", "tempo", "vocalness", "instrumentalness"};
    for (int i = 0; i < 5; i++)
        if (strcmp(name, first[i]) == 0)
            return i;
    return 5;
}

static void make_attributes(const struct recipe_index *index, const int32_t *rows, size_t n_rows, struct recipe *recipe)
{
    bool vocalness = false;
    for (int i = 0; i < index->n_columns; i++)
        vocalness |= strcmp(index->columns[i].name, "vocalness") == 0;
    for (int place = 0; place <= 5; place++)
        for (int i = 0; i < index->n_columns; i++) {
            if (place_of(index->columns[i].name) != place)
                continue;
            struct recipe_attribute *attribute = &recipe->attributes[recipe->n_attributes++];
            make_attribute(&index->columns[i], rows, n_rows, attribute);
            widen_attribute(index, &index->columns[i], attribute);
            const bool of_paper = place < 4 || (place == 4 && !vocalness);
            attribute->rule.dropped = !of_paper || attribute->known == 0;
        }
}

enum status recipe_make(const struct recipe_index *index, const struct track_list *tracks, struct recipe *recipe,
                        struct error *error)
{
    int32_t *rows = NULL;
    size_t count = 0;
    recipe_start(recipe);
    enum status status = rows_of(index, tracks, &rows, &count, error);
    if (status == STATUS_OK)
        status = make_genres(index, rows, count, &recipe->genres, error);
    if (status == STATUS_OK)
        status = make_artists(tracks, &recipe->artists, error);
    if (status == STATUS_OK) {
        recipe->n_tracks = (int)count;
        make_years(index, rows, count, &recipe->years);
        widen_years(index, &recipe->years);
        make_attributes(index, rows, count, recipe);
        for (int i = 0; i < RECIPE_FIRST_ATTRIBUTE; i++)
            recipe_rule(recipe, i)->dropped = !recipe_has_values(recipe, i);
        recipe->artists.rule.dropped |= few_share(recipe->artists.known) > 0;
    }
    free(rows);
    return status;
}
