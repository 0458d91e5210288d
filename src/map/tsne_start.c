#include "map/tsne_start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

enum {
    AT_ONCE = 10,   /* iterations */
    FREE = 300,     /* iterations of the sample's map after its exaggeration */
    MEDIAN_OF = 10, /* neighbours */
    PASSES = 8,     /* in which points are placed next to those of earlier passes */
};

static const double JITTER = 0.01; /* so that no two points are at the same place */

struct start {
    int64_t n, d, k, m;
    const float *x;
    const int32_t *ids;
    int32_t *rows;       /* [m] the sample, ascending */
    float *sampled;      /* [m x 2] their points */
    unsigned char *pass; /* [n] in which a point was placed; 0: not yet */
    float *points;
    struct random random;
};

static void draw_sample(struct start *start)
{
    for (int64_t i = 0; i < start->m; i++) {
        const int64_t first = start->n * i / start->m, end = start->n * (i + 1) / start->m;
        start->rows[i] = (int32_t)(first + (int64_t)random_below(&start->random, (uint64_t)(end - first)));
    }
}

static enum status map_sample(struct compute *compute, const struct start *start, const struct tsne_settings *settings,
                              struct error *error)
{
    struct tsne *tsne = NULL;
    struct tsne_settings of = *settings;
    of.sample = TSNE_NO_SAMPLE;
    of.late_exaggeration = 1;
    of.fast = true;
    of.iterations = of.exaggerated + FREE;
    float *x = malloc((size_t)(start->m * start->d) * sizeof *x + 1);
    if (!x)
        return error_no_memory(error);
    for (int64_t i = 0; i < start->m; i++)
        memcpy(x + i * start->d, start->x + start->rows[i] * start->d, (size_t)start->d * sizeof *x);
    enum status status = tsne_create(compute, start->m, start->d, x, &of, &tsne, error);
    free(x);
    progress_stage(of.progress, "t-SNE of a sample", "iterations", of.iterations);
    for (bool done = false; status == STATUS_OK && !done;) {
        if (progress_cancelled(of.progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped while a sample was mapped; nothing was written");
        else
            status = tsne_run(tsne, AT_ONCE, &done, error);
        if (status == STATUS_OK)
            progress_step(of.progress, tsne_iteration(tsne));
    }
    progress_end(of.progress);
    if (status == STATUS_OK)
        status = tsne_points(tsne, start->sampled, error);
    tsne_destroy(tsne);
    return status;
}

static float median(float *values, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
            const float value = values[j];
            values[j] = values[j - 1];
            values[j - 1] = value;
        }
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Places a point next to those of earlier passes; returns whether it has such neighbours. */
static bool place_point(struct start *start, int64_t row, int pass)
{
    float near[2][MEDIAN_OF];
    int count = 0;
    for (int64_t j = 0; j < start->k && count < MEDIAN_OF; j++) {
        const int32_t other = start->ids[row * start->k + j];
        if (other < 0 || start->pass[other] == 0 || start->pass[other] >= pass)
            continue;
        near[0][count] = start->points[2 * (int64_t)other];
        near[1][count++] = start->points[2 * (int64_t)other + 1];
    }
    for (int c = 0; c < 2 && count > 0; c++)
        start->points[2 * row + c] = median(near[c], count) + (float)(JITTER * random_normal(&start->random));
    return count > 0;
}

/* Points that no pass reaches are next to none of the sample: they get the place of a random one. */
static void place_points(struct start *start)
{
    const float scale = sqrtf((float)start->n / (float)start->m); /* as many points to an area as in the sample's map */
    for (int64_t i = 0; i < start->m; i++) {
        start->points[2 * (int64_t)start->rows[i]] = start->sampled[2 * i] * scale;
        start->points[2 * (int64_t)start->rows[i] + 1] = start->sampled[2 * i + 1] * scale;
        start->pass[start->rows[i]] = 1;
    }
    for (int pass = 2; pass < 2 + PASSES; pass++)
        for (int64_t row = 0; row < start->n; row++)
            if (start->pass[row] == 0 && place_point(start, row, pass))
                start->pass[row] = (unsigned char)pass;
    for (int64_t row = 0; row < start->n; row++)
        for (int c = 0; c < 2 && start->pass[row] == 0; c++) {
            const int64_t other = (int64_t)random_below(&start->random, (uint64_t)start->m);
            start->points[2 * row + c] =
                start->sampled[2 * other + c] * scale + (float)(JITTER * random_normal(&start->random));
        }
}

enum status tsne_start_sampled(struct compute *compute, int64_t n, int64_t d, const float *x,
                               const struct tsne_settings *settings, int64_t k, const int32_t *ids, float *points,
                               struct error *error)
{
    struct start start = {.n = n, .d = d, .k = k, .m = settings->sample, .x = x, .ids = ids, .points = points};
    random_seed(&start.random, settings->seed);
    start.rows = malloc((size_t)start.m * sizeof *start.rows + 1);
    start.sampled = malloc((size_t)start.m * 2 * sizeof *start.sampled + 1);
    start.pass = calloc((size_t)n + 1, 1);
    enum status status = start.rows && start.sampled && start.pass ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        draw_sample(&start);
        status = map_sample(compute, &start, settings, error);
    }
    if (status == STATUS_OK)
        place_points(&start);
    free(start.rows);
    free(start.sampled);
    free(start.pass);
    return status;
}
