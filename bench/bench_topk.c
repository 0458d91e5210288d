#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"

/* The 500 best tracks for one playlist and for a thousand, of as many tracks as the Million Playlist Dataset has: by
 * every score (top_k) and by an index (top_k_indexed). Items are of equal lengths in Gaussian directions, where nothing
 * can be passed over, and of the lengths and directions of trained models. bench/peers/topk.py asks others. */

enum {
    N = 2262292,
    D = 192,
    K = 500,
    LISTS = 1000,
    SINGLES = 30,
    PLAIN = 7,
    BATCHES = 2,
    BUILDS = 2,
    NORMALS = 1 << 16, /* table of draws; a draw is a place in it */
    CHUNK = 1 << 16,   /* rows made together */
    SLICE = 1 << 10,   /* rows made by one task, with random numbers of their own */
    LENGTHS = 12,
    PLACES = 14,
};

/* Where the quantiles and the spectra below stand. */
static const double quantiles[LENGTHS] = {0, .01, .05, .1, .25, .5, .75, .9, .95, .99, .999, 1};
static const double places[PLACES] = {0, 1, 2, 3, 4, 6, 9, 13, 19, 28, 42, 63, 95, 127};

/* What a trained model's track vectors and the queries of test playlists are like: quantiles of the tracks' lengths
 * over their median, the share of the mean in the squared length, and the variances along the principal axes of the
 * tracks (of 128), each over their sum. Measured on 2026-11-21 on models that this program had trained. */
static const struct distribution {
    const char *name, *origin;
    double lengths[LENGTHS];
    double mean, spectrum[PLACES];
    double query_mean, query_spectrum[PLACES];
} distributions[] = {
    {.name = "directions", .origin = "equal lengths, Gaussian directions"},
    {.name = "als",
     .origin = "als on the Triple J playlists, 14,430 tracks",
     .lengths = {0, 0, 0, 0, .528, 1, 1.873, 5.133, 11.675, 18.475, 24.653, 33.937},
     .mean = .0096,
     .spectrum = {.0436, .04216, .03534, .03088, .02692, .02386, .01773, .01209, .0084, .00742, .00667, .00588, .00476,
                  .00324},
     .query_mean = .0236,
     .query_spectrum = {.02185, .01382, .01172, .0201, .0198, .01811, .01435, .0126, .00757, .00762, .00735, .00716,
                        .00636, .00595}},
    {.name = "mf-transformer",
     .origin = "mf-transformer on the demo's playlists, 28,356 tracks",
     .lengths = {.166, .361, .512, .591, .752, 1, 1.211, 1.211, 1.255, 1.408, 1.567, 1.715},
     .mean = .2484,
     .spectrum = {.24343, .02488, .022, .01921, .01745, .0153, .0131, .01174, .01012, .00875, .00683, .00477, .00271,
                  .00062},
     .query_mean = .3474,
     .query_spectrum = {.45539, .24629, .02859, .0161, .01633, .03216, .02177, .01053, .00604, .00397, .00369, .00209,
                        .00138, .00101}},
};

/* ---- matrices ---- */

static double between(const double *from, const double *to, int count, double at)
{
    int i = 1;
    while (i + 1 < count && from[i] < at)
        i++;
    double part = (at - from[i - 1]) / (from[i] - from[i - 1]);
    return to[i - 1] + (part > 1 ? 1 : part) * (to[i] - to[i - 1]);
}

struct maker {
    struct compute *compute;
    float *normals;               /* [NORMALS] */
    float *axes;                  /* [D x D] orthonormal rows */
    struct compute_buffer *chunk; /* [CHUNK x D] */
    struct compute_buffer *basis; /* [D x D] */
};

struct making {
    const struct maker *maker;
    const double *lengths; /* NULL: all 1 */
    double mean;           /* along the first axis */
    uint64_t seed;
    float *rows;
    int64_t n, first; /* rows here, and how many came before */
};

static void draw_task(void *context, size_t slice, int worker)
{
    (void)worker;
    const struct making *making = context;
    int64_t begin = (int64_t)slice * SLICE, end = begin + SLICE < making->n ? begin + SLICE : making->n;
    struct random random;
    random_seed(&random, making->seed + (uint64_t)(making->first + begin));
    for (int64_t i = begin * D; i < end * D; i += 4) {
        uint64_t bits = random_next(&random);
        for (int64_t j = 0; j < 4; j++, bits >>= 16)
            making->rows[i + j] = making->maker->normals[bits % NORMALS];
    }
}

static void lengthen_task(void *context, size_t slice, int worker)
{
    (void)worker;
    const struct making *making = context;
    int64_t begin = (int64_t)slice * SLICE, end = begin + SLICE < making->n ? begin + SLICE : making->n;
    struct random random;
    random_seed(&random, ~making->seed + (uint64_t)(making->first + begin));
    for (int64_t i = begin; i < end; i++) {
        float *row = making->rows + i * D, sum = 0;
        for (int64_t j = 0; j < D && making->mean > 0; j++)
            row[j] += (float)making->mean * making->maker->axes[j];
        for (int64_t j = 0; j < D; j++)
            sum += row[j] * row[j];
        double wanted = making->lengths ? between(quantiles, making->lengths, LENGTHS, random_uniform(&random)) : 1;
        float factor = (float)(wanted / sqrt((double)sum));
        for (int64_t j = 0; j < D; j++)
            row[j] *= factor;
    }
}

/* The basis that gives Gaussian rows this spectrum, along the axes after the first: spread over D what was measured
 * for 128. */
static enum status write_basis(const struct maker *maker, double mean, const double *spectrum, struct error *error)
{
    double variances[D], total = 0;
    float *basis = malloc(sizeof(float) * D * D);
    if (!basis)
        return error_no_memory(error);
    for (int64_t i = 0; i < D; i++)
        total += variances[i] = between(places, spectrum, PLACES, (double)i * 127 / (D - 1));
    for (int64_t i = 0; i < D; i++)
        for (int64_t j = 0; j < D; j++)
            basis[i * D + j] = (float)sqrt((1 - mean) * variances[i] / total) * maker->axes[(i + 1) % D * D + j];
    const struct compute *compute = maker->compute;
    enum status status =
        compute->ops->buffer_write(compute->stream, maker->basis, 0, basis, sizeof(float) * D * D, error);
    free(basis);
    return status;
}

static enum status make_rows(const struct maker *maker, const double *lengths, double mean, const double *spectrum,
                             uint64_t seed, float *rows, int64_t n, struct error *error)
{
    const struct compute *compute = maker->compute;
    const struct compute_ops *ops = compute->ops;
    enum status status = spectrum ? write_basis(maker, mean, spectrum, error) : STATUS_OK;
    for (int64_t first = 0; first < n && status == STATUS_OK; first += CHUNK) {
        struct making making = {maker, lengths, sqrt(mean), seed, rows + first * D, n - first, first};
        making.n = making.n < CHUNK ? making.n : CHUNK;
        size_t bytes = (size_t)(making.n * D) * sizeof(float), slices = (size_t)(making.n + SLICE - 1) / SLICE;
        pool_run(compute->pool, slices, draw_task, &making);
        if (spectrum) {
            struct compute_buffer *drawn = NULL;
            status = ops->buffer_wrap(compute->device, making.rows, bytes, &drawn, error);
            if (status == STATUS_OK)
                status = ops->gemm(compute->stream, 0, 0, making.n, D, D, 1, (struct compute_slice){drawn, 0},
                                   (struct compute_slice){maker->basis, 0}, 0, (struct compute_slice){maker->chunk, 0},
                                   error);
            if (status == STATUS_OK)
                status = ops->buffer_read(compute->stream, maker->chunk, 0, making.rows, bytes, error);
            ops->buffer_destroy(drawn);
        }
        pool_run(compute->pool, slices, lengthen_task, &making);
        if (status == STATUS_OK)
            status = bench_go_on(error);
    }
    return status;
}

static void make_axes(float *axes, struct random *random)
{
    for (int64_t i = 0; i < D; i++) {
        double row[D], square = 0;
        for (int64_t j = 0; j < D; j++)
            row[j] = random_normal(random);
        for (int64_t a = 0; a < i; a++) {
            double product = 0;
            for (int64_t j = 0; j < D; j++)
                product += row[j] * (double)axes[a * D + j];
            for (int64_t j = 0; j < D; j++)
                row[j] -= product * (double)axes[a * D + j];
        }
        for (int64_t j = 0; j < D; j++)
            square += row[j] * row[j];
        for (int64_t j = 0; j < D; j++)
            axes[i * D + j] = (float)(row[j] / sqrt(square));
    }
}

static enum status maker_open(struct maker *maker, struct compute *compute, struct error *error)
{
    struct random random;
    random_seed(&random, 1);
    *maker = (struct maker){
        .compute = compute, .normals = malloc(sizeof(float) * NORMALS), .axes = malloc(sizeof(float) * D * D)};
    if (!maker->normals || !maker->axes)
        return error_no_memory(error);
    for (int i = 0; i < NORMALS; i++)
        maker->normals[i] = (float)random_normal(&random);
    make_axes(maker->axes, &random);
    enum status status = compute->ops->buffer_create(compute->device, sizeof(float) * CHUNK * D, &maker->chunk, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_create(compute->device, sizeof(float) * D * D, &maker->basis, error);
    return status;
}

static void maker_close(struct maker *maker)
{
    maker->compute->ops->buffer_destroy(maker->chunk);
    maker->compute->ops->buffer_destroy(maker->basis);
    free(maker->normals);
    free(maker->axes);
}

static void print_distribution(const struct bench *bench, const struct distribution *distribution)
{
    fprintf(bench->out, "%s: %s\n", distribution->name, distribution->origin);
    if (distribution->mean == 0)
        return;
    fprintf(bench->out, "  lengths over their median:");
    for (int i = 0; i < LENGTHS; i++)
        fprintf(bench->out, " %g %% %g%s", 100 * quantiles[i], distribution->lengths[i], i + 1 < LENGTHS ? "," : "\n");
    fprintf(bench->out, "  share of the mean %g; variances along principal axes of 128:", distribution->mean);
    for (int i = 0; i < PLACES; i++)
        fprintf(bench->out, " %g. %g%s", places[i] + 1, distribution->spectrum[i], i + 1 < PLACES ? "," : "\n");
    fprintf(bench->out, "  playlists: share of the mean %g; along the same axes:", distribution->query_mean);
    for (int i = 0; i < PLACES; i++)
        fprintf(bench->out, " %g. %g%s", places[i] + 1, distribution->query_spectrum[i], i + 1 < PLACES ? "," : "\n");
}

/* ---- searches ---- */

struct subject {
    struct bench *bench;
    const struct compute *compute;
    const char *name;
    struct compute_buffer *items, *queries, *ids, *scores, *index;
    double bandwidth, rate; /* bytes, and multiplications and additions, a second */
};

/* Milliseconds of a search for `count` queries from `first` on. */
static enum status search(const struct subject *subject, bool indexed, int64_t first, int64_t count, double *sample,
                          struct error *error)
{
    const struct compute *compute = subject->compute;
    const struct compute_ops *ops = compute->ops;
    const struct compute_slice none = {0}, queries = {subject->queries, (size_t)(first * D)},
                               items = {subject->items, 0}, index = {subject->index, 0}, ids = {subject->ids, 0},
                               scores = {subject->scores, 0};
    struct compute_buffer *room = NULL;
    size_t bytes = indexed ? ops->top_k_indexed_scratch(compute->device, count, N, D, K)
                           : ops->top_k_scratch(compute->device, count, N, K);
    double begin = clock_seconds();
    enum status status = ops->buffer_create(compute->device, bytes, &room, error);
    const struct compute_slice scratch = {room, 0};
    if (status == STATUS_OK && indexed)
        status = ops->top_k_indexed(compute->stream, count, N, D, K, queries, items, index, none, none, ids, scores,
                                    scratch, error);
    else if (status == STATUS_OK)
        status = ops->top_k(compute->stream, count, N, D, K, queries, items, none, none, ids, scores, scratch, error);
    if (status == STATUS_OK)
        status = ops->stream_synchronise(compute->stream, error);
    *sample = 1e3 * (clock_seconds() - begin);
    ops->buffer_destroy(room);
    return status == STATUS_OK ? bench_go_on(error) : status;
}

static enum status print(const struct subject *subject, const char *what, double n, double *samples, size_t count,
                         double limit, struct error *error)
{
    char name[64];
    snprintf(name, sizeof name, "topk-%s-%s", subject->name, what);
    struct bench_row row = bench_row_make(name, n, "ms", samples, count, limit, false);
    return bench_print(subject->bench, &row, error);
}

/* The limit of one search is reading what it searches; of many, the arithmetic in float32. */
static enum status measure_searches(const struct subject *subject, bool indexed, int64_t lists, size_t runs,
                                    struct error *error)
{
    double samples[SINGLES];
    size_t bytes =
        indexed ? subject->compute->ops->index_bytes(subject->compute->device, N, D) : (size_t)N * D * sizeof(float);
    double reading = 1e3 * (double)bytes / subject->bandwidth, products = 1e3 * (double)lists * N * D / subject->rate;
    enum status status = STATUS_OK;
    for (size_t run = 0; run < runs && status == STATUS_OK; run++) {
        if (run == 0 && lists == 1) /* the first finds no pages where its lists will stand */
            status = search(subject, indexed, 0, lists, &samples[0], error);
        if (status == STATUS_OK)
            status = search(subject, indexed, lists == 1 ? (int64_t)run : 0, lists, &samples[run], error);
    }
    char what[32];
    snprintf(what, sizeof what, "%lld%s", (long long)lists, indexed ? "" : "-unindexed");
    return status == STATUS_OK
               ? print(subject, what, N, samples, runs, lists == 1 ? reading : fmax(reading, products), error)
               : status;
}

/* Room included. What there is to do: read the items twice, write the index. */
static enum status measure_builds(struct subject *subject, struct error *error)
{
    const struct compute *compute = subject->compute;
    const struct compute_ops *ops = compute->ops;
    size_t bytes = ops->index_bytes(compute->device, N, D);
    double samples[BUILDS], moved = 2.0 * N * D * sizeof(float) + 2.0 * (double)bytes;
    enum status status = STATUS_OK;
    for (int run = 0; run < BUILDS && status == STATUS_OK; run++) {
        struct compute_buffer *scratch = NULL;
        ops->buffer_destroy(subject->index);
        subject->index = NULL;
        double begin = clock_seconds();
        status = ops->buffer_create(compute->device, bytes, &subject->index, error);
        if (status == STATUS_OK)
            status = ops->buffer_create(compute->device, ops->index_scratch(compute->device, N, D), &scratch, error);
        if (status == STATUS_OK)
            status =
                ops->index_build(compute->stream, N, D, (struct compute_slice){subject->items, 0},
                                 (struct compute_slice){subject->index, 0}, (struct compute_slice){scratch, 0}, error);
        samples[run] = 1e3 * (clock_seconds() - begin);
        ops->buffer_destroy(scratch);
        if (status == STATUS_OK)
            status = bench_go_on(error);
    }
    return status == STATUS_OK ? print(subject, "index", N, samples, BUILDS, 1e3 * moved / subject->bandwidth, error)
                               : status;
}

static enum status measure(struct bench *bench, const struct maker *maker, const struct distribution *distribution,
                           float *items, float *queries, struct error *error)
{
    struct compute *compute = maker->compute;
    const struct compute_ops *ops = compute->ops;
    bool plain = distribution->mean == 0, indexes = ops->index_bytes != NULL;
    struct subject subject = {.bench = bench, .compute = compute, .name = distribution->name};
    if (!bench->json)
        print_distribution(bench, distribution);
    enum status status = make_rows(maker, plain ? NULL : distribution->lengths, distribution->mean,
                                   plain ? NULL : distribution->spectrum, 1, items, N, error);
    if (status == STATUS_OK)
        status = make_rows(maker, NULL, distribution->query_mean, plain ? NULL : distribution->query_spectrum, 2,
                           queries, LISTS, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(compute->device, items, sizeof(float) * N * D, &subject.items, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(compute->device, queries, sizeof(float) * LISTS * D, &subject.queries, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, sizeof(int32_t) * LISTS * K, &subject.ids, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, sizeof(float) * LISTS * K, &subject.scores, error);
    subject.bandwidth = bench_read_bandwidth(compute->pool, items, sizeof(float) * N * D);
    subject.rate = bench_multiply_rate(compute);
    if (status == STATUS_OK && indexes)
        status = measure_builds(&subject, error);
    if (status == STATUS_OK && indexes)
        status = measure_searches(&subject, true, 1, SINGLES, error);
    if (status == STATUS_OK && (plain || !indexes))
        status = measure_searches(&subject, false, 1, PLAIN, error);
    if (status == STATUS_OK)
        status = measure_searches(&subject, indexes, LISTS, BATCHES, error);
    ops->buffer_destroy(subject.items);
    ops->buffer_destroy(subject.queries);
    ops->buffer_destroy(subject.ids);
    ops->buffer_destroy(subject.scores);
    ops->buffer_destroy(subject.index);
    return status;
}

enum status bench_topk(struct bench *bench, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    struct maker maker;
    float *items = malloc(sizeof(float) * N * D), *queries = malloc(sizeof(float) * LISTS * D);
    status = maker_open(&maker, &compute, error);
    if (status == STATUS_OK && (!items || !queries))
        status = error_no_memory(error);
    for (size_t i = 0; i < sizeof distributions / sizeof *distributions && status == STATUS_OK; i++)
        status = measure(bench, &maker, &distributions[i], items, queries, error);
    maker_close(&maker);
    free(items);
    free(queries);
    compute_close(&compute);
    return status;
}
