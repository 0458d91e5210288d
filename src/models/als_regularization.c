#include "models/als_regularization.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

enum { STEPS = 30 };

/* If the largest singular value is below so many times λ, almost nothing is left of it. */
static const double ENOUGH = 1.25;

/* Sums over each row of the matrix, and over each column. */
static void multiply(const struct interactions *r, const double *playlists, double *tracks)
{
    memset(tracks, 0, (size_t)r->n_tracks * sizeof *tracks);
    for (int64_t p = 0; p < r->n_playlists; p++)
        for (int64_t e = r->starts[p]; e < r->starts[p + 1]; e++)
            tracks[r->tracks[e]] += playlists[p];
}

/* playlists <- R tracks, scaled to length 1; returns the length before scaling. */
static double multiply_back(const struct interactions *r, const double *tracks, double *playlists)
{
    double squares = 0;
    for (int64_t p = 0; p < r->n_playlists; p++) {
        double sum = 0;
        for (int64_t e = r->starts[p]; e < r->starts[p + 1]; e++)
            sum += tracks[r->tracks[e]];
        playlists[p] = sum;
        squares += sum * sum;
    }
    double length = sqrt(squares);
    for (int64_t p = 0; p < r->n_playlists && length > 0; p++)
        playlists[p] /= length;
    return length;
}

enum status als_largest_singular(const struct interactions *interactions, double *value, struct error *error)
{
    *value = 0;
    double *playlists = malloc(((size_t)interactions->n_playlists + 1) * sizeof *playlists);
    double *tracks = malloc(((size_t)interactions->n_tracks + 1) * sizeof *tracks);
    enum status status = playlists && tracks ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        for (int64_t p = 0; p < interactions->n_playlists; p++)
            playlists[p] = 1 / sqrt((double)interactions->n_playlists);
        for (int step = 0; step < STEPS; step++) {
            multiply(interactions, playlists, tracks);
            *value = sqrt(multiply_back(interactions, tracks, playlists));
        }
    }
    free(playlists);
    free(tracks);
    return status;
}

/* The largest singular value is at least the length of every row and every column. */
static enum status exceeds_bound(const struct interactions *interactions, double threshold, bool *exceeds,
                                 struct error *error)
{
    int64_t most = 0;
    int64_t *counts = calloc((size_t)interactions->n_tracks + 1, sizeof *counts);
    if (!counts)
        return error_no_memory(error);
    for (int64_t p = 0; p < interactions->n_playlists; p++) {
        int64_t length = interactions->starts[p + 1] - interactions->starts[p];
        most = length > most ? length : most;
        for (int64_t e = interactions->starts[p]; e < interactions->starts[p + 1]; e++) {
            int64_t count = ++counts[interactions->tracks[e]];
            most = count > most ? count : most;
        }
    }
    free(counts);
    *exceeds = sqrt((double)most) > threshold;
    return STATUS_OK;
}

static double *find_setting(struct settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->rules[i].key, key) == 0)
            return &settings->values[i];
    return NULL;
}

static bool is_given(const struct model_spec *spec)
{
    static const char key[] = "regularization=";
    for (size_t i = 0; i < spec->n_settings; i++)
        if (strncmp(spec->settings[i], key, sizeof key - 1) == 0)
            return true;
    return false;
}

/* Rounds to two digits, so that the value is easy to read and to type. */
static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.2g", value);
    return strtod(text, NULL);
}

enum status als_lower_regularization(const struct interactions *interactions, const struct model_spec *spec,
                                     struct settings *settings, struct error *error)
{
    double *regularization = find_setting(settings, "regularization");
    const double *alpha = find_setting(settings, "alpha");
    if (!regularization || !alpha)
        return STATUS_OK;
    double largest = 0, threshold = ENOUGH * *regularization / (1 + *alpha);
    bool exceeds = false;
    enum status status = exceeds_bound(interactions, threshold, &exceeds, error);
    if (status == STATUS_OK && !exceeds)
        status = als_largest_singular(interactions, &largest, error);
    if (status != STATUS_OK || exceeds || largest > threshold || largest == 0)
        return status;
    double lowered = rounded(largest * (1 + *alpha) / 4);
    long long n = (long long)interactions->n_playlists;
    if (!is_given(spec)) {
        log_message(LOG_INFO, "the regularization is lowered from %g to %g for a training on %lld playlist%s",
                    *regularization, lowered, n, n == 1 ? "" : "s");
        *regularization = lowered;
    } else if (largest * (1 + *alpha) <= *regularization) {
        status = error_set(error, STATUS_USAGE,
                           "a regularization of %g leaves nothing of %lld playlist%s; use --set regularization=%g or "
                           "leave it out, or train popularity or sknn, which need none",
                           *regularization, n, n == 1 ? "" : "s", lowered);
    }
    return status;
}
