#include "models/hybrid/tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

enum { BASE_COLUMNS = 3 };
static const float LIMIT = 5; /* standard deviations */

/* ---- playlists ---- */

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* rows_of NULL: the tracks themselves. */
static enum status list_members(const struct interactions *interactions, const int32_t *rows_of, int64_t n_rows,
                                struct hybrid_members *members, struct error *error)
{
    int64_t n = interactions->n_playlists, count = 0;
    members->n_rows = n_rows;
    members->starts = malloc(((size_t)n + 1) * sizeof *members->starts);
    members->rows = malloc(((size_t)interactions->starts[n] + 1) * sizeof *members->rows);
    members->counts = calloc((size_t)n_rows + 1, sizeof *members->counts);
    if (!members->starts || !members->rows || !members->counts)
        return error_no_memory(error);
    for (int64_t p = 0; p < n; p++) {
        int64_t first = members->starts[p] = count, kept = first;
        for (int64_t e = interactions->starts[p]; e < interactions->starts[p + 1]; e++) {
            int32_t row = rows_of ? rows_of[interactions->tracks[e]] : interactions->tracks[e];
            if (row >= 0)
                members->rows[count++] = row;
        }
        qsort(members->rows + first, (size_t)(count - first), sizeof *members->rows, by_row);
        for (int64_t i = first; i < count; i++)
            if (i == first || members->rows[i] != members->rows[kept - 1])
                members->rows[kept++] = members->rows[i];
        count = kept;
        for (int64_t i = first; i < count; i++)
            members->counts[members->rows[i]]++;
    }
    members->starts[n] = count;
    return STATUS_OK;
}

void hybrid_tracks_count(struct hybrid_tracks *tracks, int64_t playlist, int32_t by)
{
    for (int table = 0; table < HYBRID_TABLES; table++) {
        struct hybrid_members *members = &tracks->members[table];
        for (int64_t i = members->starts[playlist]; i < members->starts[playlist + 1]; i++)
            members->counts[members->rows[i]] += by;
    }
}

static int32_t row_of(const struct hybrid_tracks *tracks, enum hybrid_table table, int32_t track)
{
    return tracks->rows[table] ? tracks->rows[table][track] : track;
}

int32_t hybrid_tracks_row(const struct hybrid_tracks *tracks, enum hybrid_table table, int32_t track)
{
    int32_t row = row_of(tracks, table, track);
    return row >= 0 && tracks->members[table].counts[row] > 0 ? row : -1;
}

static bool is_known(const struct hybrid_tracks *tracks, int32_t track)
{
    return !tracks->counts_hidden && tracks->members[HYBRID_TRACK_TABLE].counts[track] > 0;
}

void hybrid_tracks_features(const struct hybrid_tracks *tracks, int32_t track, float *x)
{
    int64_t n_inputs = 2 * tracks->n_features + 1;
    memcpy(x, tracks->inputs + track * n_inputs, (size_t)(n_inputs - 1) * sizeof *x);
    for (int table = 0; table < HYBRID_TABLES; table++) {
        int32_t row = row_of(tracks, (enum hybrid_table)table, track);
        x[n_inputs + table] = row < 0 || tracks->counts_hidden ? 0 : log1pf((float)tracks->members[table].counts[row]);
    }
    x[n_inputs - 1] = is_known(tracks, track);
}

void hybrid_tracks_mark(struct hybrid_tracks *tracks, int32_t track)
{
    int64_t n_inputs = 2 * tracks->n_features + 1;
    tracks->inputs[track * n_inputs + n_inputs - 1] = is_known(tracks, track);
}

/* ---- features ---- */

/* Columns of a source of features; the value of an unknown one is NaN. */
struct source {
    int64_t width;   /* of a row */
    int64_t columns; /* taken from it: the width, or fewer random directions */
    const struct side_features *set;
    const int32_t *integers; /* the only column, if there is no set */
    int32_t unknown;         /* integers up to this one are unknown */
    bool logarithm;
    float *directions; /* [columns x width]; NULL: the columns themselves */
};

static float value_of(const struct source *source, int64_t track, int64_t column)
{
    if (!source->set) {
        int32_t value = source->integers[track];
        return value <= source->unknown ? NAN : source->logarithm ? logf((float)value) : (float)value;
    }
    const struct side_features *set = source->set;
    int32_t row = set->rows[track];
    if (row < 0 || (!set->masked && !feature_set_has(&set->set, row))) /* rows of zeros stand for missing ones */
        return NAN;
    const float *values = set->values + row * source->width;
    if (!source->directions)
        return values[column];
    double sum = 0;
    for (int64_t j = 0; j < source->width; j++)
        sum += (double)values[j] * (double)source->directions[column * source->width + j];
    return (float)sum;
}

/* Writes a standardised column; false if it is the same for all tracks. */
static bool write_column(const struct source *source, int64_t column, int64_t n, int64_t stride, float *out)
{
    double sum = 0, squares = 0;
    int64_t known = 0;
    for (int64_t t = 0; t < n; t++) {
        float value = out[t * stride] = value_of(source, t, column);
        known += isfinite(value) ? 1 : 0;
        sum += isfinite(value) ? (double)value : 0;
    }
    double mean = known > 0 ? sum / (double)known : 0;
    for (int64_t t = 0; t < n; t++)
        if (isfinite(out[t * stride]))
            squares += ((double)out[t * stride] - mean) * ((double)out[t * stride] - mean);
    double deviation = known > 0 ? sqrt(squares / (double)known) : 0;
    if (!(deviation > 1e-6 * (1 + fabs(mean))))
        return false;
    for (int64_t t = 0; t < n; t++) {
        float z = (float)(((double)out[t * stride] - mean) / deviation);
        out[t * stride] = !isfinite(z) ? 0 : z > LIMIT ? LIMIT : z < -LIMIT ? -LIMIT : z;
    }
    return true;
}

static enum status make_directions(struct source *source, uint64_t seed, struct error *error)
{
    source->directions = malloc((size_t)(source->columns * source->width) * sizeof *source->directions);
    if (!source->directions)
        return error_no_memory(error);
    struct random random;
    random_seed(&random, seed);
    for (int64_t i = 0; i < source->columns * source->width; i++)
        source->directions[i] = (float)random_normal(&random);
    return STATUS_OK;
}

/* Writes all columns that differ between tracks to `all` [n x most], and returns their number. */
static int64_t write_features(const struct source *sources, size_t count, int64_t n, int64_t most, float *all)
{
    int64_t written = 0;
    for (size_t i = 0; i < count; i++)
        for (int64_t column = 0; column < sources[i].columns; column++)
            written += write_column(&sources[i], column, n, most, all + written);
    return written;
}

static enum status make_inputs(const struct side_info *side, struct hybrid_tracks *tracks, struct error *error)
{
    struct source sources[BASE_COLUMNS + FEATURE_SETS_MAX] = {
        {.width = 1, .columns = 1, .integers = side->years},
        {.width = 1, .columns = 1, .integers = side->duration_ms, .logarithm = true},
        {.width = 1, .columns = 1, .integers = side->popularity, .unknown = -1},
    };
    size_t count = BASE_COLUMNS;
    int64_t most = BASE_COLUMNS;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < side->n_features && status == STATUS_OK; i++) {
        struct source *source = &sources[count++];
        source->set = &side->features[i];
        source->width = source->columns = source->set->width;
        if (source->width > HYBRID_COLUMNS_MAX) {
            source->columns = HYBRID_COLUMNS_MAX;
            status = make_directions(source, i, error);
        }
        most += source->columns;
    }
    size_t n = (size_t)tracks->n;
    float *all = status == STATUS_OK ? malloc((n * (size_t)most + 1) * sizeof *all) : NULL;
    tracks->inputs = status == STATUS_OK ? calloc(n * (size_t)(2 * most + 1) + 1, sizeof *tracks->inputs) : NULL;
    if (status == STATUS_OK && (!all || !tracks->inputs))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        tracks->n_features = write_features(sources, count, tracks->n, most, all);
    int64_t f = tracks->n_features;
    for (int64_t t = 0; t < tracks->n && status == STATUS_OK; t++) {
        float *inputs = tracks->inputs + t * (2 * f + 1);
        for (int64_t j = 0; j < f; j++) {
            inputs[j] = all[t * most + j];
            inputs[f + j] = inputs[j] * inputs[j] - 1;
        }
        hybrid_tracks_mark(tracks, (int32_t)t);
    }
    for (size_t i = 0; i < count; i++)
        free(sources[i].directions);
    free(all);
    return status;
}

/* ---- fixed sections ---- */

static void random_unit(uint64_t seed, int64_t d, float *vector)
{
    struct random random;
    double squares = 0;
    random_seed(&random, seed);
    for (int64_t j = 0; j < d; j++) {
        vector[j] = (float)random_normal(&random);
        squares += (double)vector[j] * (double)vector[j];
    }
    for (int64_t j = 0; j < d; j++)
        vector[j] = (float)((double)vector[j] / sqrt(squares));
}

/* √(2 / D) cos(w x + b) for D random w and b. */
static enum status write_kernel(const struct hybrid_tracks *tracks, int64_t d, double width, int64_t stride, float *out,
                                struct error *error)
{
    int64_t f = tracks->n_features;
    float *frequencies = malloc((size_t)(d * (f + 1) + 1) * sizeof *frequencies);
    if (!frequencies)
        return error_no_memory(error);
    struct random random;
    random_seed(&random, 1);
    for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j < f; j++)
            frequencies[i * (f + 1) + j] = (float)(random_normal(&random) / width);
        frequencies[i * (f + 1) + f] = (float)(2 * M_PI * random_uniform(&random));
    }
    float length = sqrtf(2 / (float)d);
    for (int64_t t = 0; t < tracks->n; t++) {
        const float *x = tracks->inputs + t * (2 * f + 1);
        for (int64_t i = 0; i < d; i++) {
            const float *w = frequencies + i * (f + 1);
            float phase = w[f];
            for (int64_t j = 0; j < f; j++)
                phase += w[j] * x[j];
            out[t * stride + i] = length * cosf(phase);
        }
    }
    free(frequencies);
    return STATUS_OK;
}

static enum status make_fixed(struct hybrid_tracks *tracks, struct hybrid_shape *shape, double kernel_width,
                              struct error *error)
{
    if (tracks->n_features == 0)
        shape->kernel = 0;
    int64_t stride = hybrid_fixed_width(shape);
    tracks->fixed = calloc((size_t)(tracks->n * stride) + 1, sizeof *tracks->fixed);
    if (!tracks->fixed)
        return error_no_memory(error);
    for (int64_t t = 0; t < tracks->n; t++) {
        int32_t artist = tracks->rows[HYBRID_ARTIST_TABLE][t], album = tracks->rows[HYBRID_ALBUM_TABLE][t];
        random_unit(2 * (uint64_t)artist, shape->artist, tracks->fixed + t * stride);
        if (album >= 0)
            random_unit(2 * (uint64_t)album + 1, shape->album, tracks->fixed + t * stride + shape->artist);
    }
    return shape->kernel == 0 ? STATUS_OK
                              : write_kernel(tracks, shape->kernel, kernel_width, stride,
                                             tracks->fixed + shape->artist + shape->album, error);
}

enum status hybrid_tracks_make(const struct interactions *interactions, const struct side_info *side,
                               struct hybrid_shape *shape, double kernel_width, struct hybrid_tracks *tracks,
                               struct error *error)
{
    *tracks = (struct hybrid_tracks){.n = interactions->n_tracks, .rows = {NULL, side->artists, side->albums}};
    const int64_t n_rows[HYBRID_TABLES] = {tracks->n, side->n_artists, side->n_albums};
    enum status status = STATUS_OK;
    for (int i = 0; i < HYBRID_TABLES && status == STATUS_OK; i++)
        status = list_members(interactions, tracks->rows[i], n_rows[i], &tracks->members[i], error);
    if (status == STATUS_OK)
        status = make_inputs(side, tracks, error);
    shape->inputs = 2 * tracks->n_features + 1;
    if (status == STATUS_OK)
        status = make_fixed(tracks, shape, kernel_width, error);
    return status;
}

void hybrid_tracks_free(struct hybrid_tracks *tracks)
{
    for (int i = 0; i < HYBRID_TABLES; i++) {
        free(tracks->members[i].starts);
        free(tracks->members[i].rows);
        free(tracks->members[i].counts);
    }
    free(tracks->inputs);
    free(tracks->fixed);
    *tracks = (struct hybrid_tracks){0};
}
