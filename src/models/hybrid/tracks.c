#include "models/hybrid/tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

enum { BASE_COLUMNS = 3 };
static const float LIMIT = 5; /* standard deviations */

/* ---- playlists ---- */

static int32_t row_of(const struct hybrid_tracks *tracks, enum hybrid_table table, int32_t track)
{
    return tracks->rows[table] ? tracks->rows[table][track] : track;
}

void hybrid_tracks_count(struct hybrid_tracks *tracks, int64_t playlist, int32_t by)
{
    const struct interactions *interactions = tracks->interactions;
    const int64_t visit = ++tracks->visits;
    for (int table = 0; table < HYBRID_TABLES; table++) {
        struct hybrid_members *members = &tracks->members[table];
        for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++) {
            const int32_t row = row_of(tracks, (enum hybrid_table)table, interactions->tracks[e]);
            if (row < 0 || (members->met && members->met[row] == visit))
                continue;
            members->counts[row] += by;
            if (members->met)
                members->met[row] = visit;
        }
    }
}

static enum status count_all(struct hybrid_tracks *tracks, const int64_t n_rows[HYBRID_TABLES], struct error *error)
{
    for (int table = 0; table < HYBRID_TABLES; table++) {
        struct hybrid_members *members = &tracks->members[table];
        const size_t n = (size_t)(members->n_rows = n_rows[table]) + 1;
        members->counts = calloc(n, sizeof *members->counts);
        members->met = table == HYBRID_TRACK_TABLE ? NULL : calloc(n, sizeof *members->met);
        if (!members->counts || (table != HYBRID_TRACK_TABLE && !members->met))
            return error_no_memory(error);
    }
    for (int64_t p = 0; p < tracks->interactions->n_playlists; p++)
        hybrid_tracks_count(tracks, p, 1);
    return STATUS_OK;
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

/* Of the kernel's features √(2 / D) cos(w x + b): D random w, each followed by its b; NULL when memory runs out. */
static float *draw_frequencies(int64_t d, int64_t f, double width)
{
    float *frequencies = malloc((size_t)(d * (f + 1) + 1) * sizeof *frequencies);
    struct random random;
    random_seed(&random, 1);
    for (int64_t i = 0; frequencies && i < d; i++) {
        for (int64_t j = 0; j < f; j++)
            frequencies[i * (f + 1) + j] = (float)(random_normal(&random) / width);
        frequencies[i * (f + 1) + f] = (float)(2 * M_PI * random_uniform(&random));
    }
    return frequencies;
}

struct sections {
    const struct hybrid_tracks *tracks;
    const struct hybrid_shape *shape;
    const float *frequencies;
};

static void write_kernel(const struct sections *sections, int64_t track, float *out)
{
    const int64_t d = sections->shape->kernel, f = sections->tracks->n_features;
    const float *x = sections->tracks->inputs + track * (2 * f + 1), length = sqrtf(2 / (float)d);
    for (int64_t i = 0; i < d; i++) {
        const float *w = sections->frequencies + i * (f + 1);
        float phase = w[f];
        for (int64_t j = 0; j < f; j++)
            phase += w[j] * x[j];
        out[i] = length * cosf(phase);
    }
}

static void write_sections(const void *context, int64_t first, int64_t count, float *rows)
{
    const struct sections *sections = context;
    const struct hybrid_shape *shape = sections->shape;
    const struct hybrid_tracks *tracks = sections->tracks;
    for (int64_t i = 0; i < count; i++) {
        const int32_t artist = tracks->rows[HYBRID_ARTIST_TABLE][first + i],
                      album = tracks->rows[HYBRID_ALBUM_TABLE][first + i];
        float *row = rows + i * hybrid_fixed_width(shape);
        random_unit(2 * (uint64_t)artist, shape->artist, row);
        if (album >= 0)
            random_unit(2 * (uint64_t)album + 1, shape->album, row + shape->artist);
        write_kernel(sections, first + i, row + shape->artist + shape->album);
    }
}

static enum status make_fixed(struct hybrid_tracks *tracks, struct hybrid_shape *shape, double kernel_width,
                              const char *beside, struct error *error)
{
    if (tracks->n_features == 0)
        shape->kernel = 0;
    float *frequencies = draw_frequencies(shape->kernel, tracks->n_features, kernel_width);
    const struct sections sections = {tracks, shape, frequencies};
    enum status status = frequencies ? hybrid_fixed_make(tracks->n, hybrid_fixed_width(shape), beside, write_sections,
                                                         &sections, &tracks->fixed, error)
                                     : error_no_memory(error);
    free(frequencies);
    return status;
}

enum status hybrid_tracks_make(const struct interactions *interactions, const struct side_info *side,
                               struct hybrid_shape *shape, double kernel_width, const char *beside,
                               struct hybrid_tracks *tracks, struct error *error)
{
    *tracks = (struct hybrid_tracks){
        .interactions = interactions, .n = interactions->n_tracks, .rows = {NULL, side->artists, side->albums}};
    const int64_t n_rows[HYBRID_TABLES] = {tracks->n, side->n_artists, side->n_albums};
    enum status status = count_all(tracks, n_rows, error);
    if (status == STATUS_OK)
        status = make_inputs(side, tracks, error);
    shape->inputs = 2 * tracks->n_features + 1;
    if (status == STATUS_OK)
        status = make_fixed(tracks, shape, kernel_width, beside, error);
    return status;
}

void hybrid_tracks_free(struct hybrid_tracks *tracks)
{
    for (int i = 0; i < HYBRID_TABLES; i++) {
        free(tracks->members[i].counts);
        free(tracks->members[i].met);
    }
    free(tracks->inputs);
    hybrid_fixed_free(&tracks->fixed);
    *tracks = (struct hybrid_tracks){0};
}
