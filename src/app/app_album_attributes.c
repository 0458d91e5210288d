/* Attributes of albums: the means of their tracks, known and predicted. */
#include <math.h>
#include <stdlib.h>

#include "app/app_internal.h"
#include "app/recipe_index.h"
#include "app/track_attributes.h"

struct sum {
    int64_t album;
    size_t place;
    double sum;
    int64_t count;
};

static int by_album(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    return (x->album > y->album) - (x->album < y->album);
}

static void add_tracks(const struct recipe_index *index, const struct recipe_column *column, const int64_t *albums,
                       int64_t n_tracks, struct sum *sums, size_t count)
{
    for (int64_t t = 0; t < n_tracks && t < index->n; t++) {
        const float value = column->values[index->row_of[t]];
        const struct sum wanted = {.album = albums[t]};
        struct sum *found = isfinite(value) ? bsearch(&wanted, sums, count, sizeof *sums, by_album) : NULL;
        if (found) {
            found->sum += (double)value;
            found->count++;
        }
    }
}

static enum status fill(struct app *app, const char *attribute, const int64_t *albums, int64_t n_tracks,
                        struct sum *sums, size_t count, struct error *error)
{
    const struct recipe_index *index;
    enum status status = app_columns_lock(app, &index, error);
    if (status != STATUS_OK)
        return status;
    const struct recipe_column *column = recipe_index_find(index, attribute);
    if (column)
        add_tracks(index, column, albums, n_tracks, sums, count);
    else
        status = error_set(error, STATUS_USAGE,
                           "no track has the attribute \"%.60s\"; known are energy, valence and "
                           "other columns of recipes",
                           attribute);
    app_columns_unlock(app);
    return status;
}

enum status app_album_attributes(struct app *app, const char *attribute, const int64_t *ids, size_t count,
                                 double *values, struct error *error)
{
    struct catalogue *catalogue;
    int64_t n_tracks = 0, *artists = NULL, *albums = NULL;
    struct sum *sums = calloc(count + 1, sizeof *sums);
    enum status status = sums ? app_borrow(app, &catalogue, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        status = catalogue_track_makers(catalogue, &n_tracks, &artists, &albums, error);
        app_return(app, catalogue);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        sums[i] = (struct sum){.album = ids[i], .place = i};
    if (status == STATUS_OK) {
        qsort(sums, count, sizeof *sums, by_album);
        status = fill(app, attribute, albums, n_tracks, sums, count, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        values[sums[i].place] = sums[i].count > 0 ? sums[i].sum / (double)sums[i].count : (double)NAN;
    free(sums);
    free(artists);
    free(albums);
    return status;
}
