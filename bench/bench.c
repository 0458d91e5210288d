#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/interrupt.h"
#include "core/json.h"

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double part)
{
    double position = part * (double)(count - 1);
    size_t below = (size_t)position;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

struct bench_row bench_row_make(const char *name, double n, const char *unit, double *samples, size_t count,
                                double physical_limit, bool larger_is_better)
{
    qsort(samples, count, sizeof *samples, ascending);
    struct bench_row row = {
        .name = name,
        .n = n,
        .unit = unit,
        .median = quantile(samples, count, 0.5),
        .p95 = quantile(samples, count, 0.95),
        .min = samples[0],
        .max = samples[count - 1],
        .physical_limit = physical_limit,
    };
    row.fraction_of_limit = larger_is_better ? row.median / physical_limit : physical_limit / row.median;
    return row;
}

enum status bench_check_interrupted(struct error *error)
{
    return interrupt_requested() ? error_set(error, STATUS_INTERRUPTED, "the benchmark was stopped") : STATUS_OK;
}

enum status bench_print(const struct bench *bench, const struct bench_row *row, struct error *error)
{
    struct buffer line = {0};
    if (bench->json) {
        struct json_writer writer = {.out = &line};
        json_object_begin(&writer);
        json_pair_text(&writer, "name", row->name);
        json_pair_number(&writer, "n", row->n);
        json_pair_text(&writer, "unit", row->unit);
        json_pair_number(&writer, "median", row->median);
        json_pair_number(&writer, "p95", row->p95);
        json_pair_number(&writer, "min", row->min);
        json_pair_number(&writer, "max", row->max);
        json_pair_number(&writer, "physical_limit", row->physical_limit);
        json_pair_number(&writer, "fraction_of_limit", row->fraction_of_limit);
        json_key(&writer, "baseline");
        json_null(&writer);
        json_object_end(&writer);
    } else {
        buffer_printf(&line, "%-24s n %-10.0f median %.4g, p95 %.4g, min %.4g, max %.4g %s", row->name, row->n,
                      row->median, row->p95, row->min, row->max, row->unit);
        if (isfinite(row->physical_limit) && row->fraction_of_limit > 1) /* a limit that assumes all data are touched */
            buffer_printf(&line, "; physical limit %.4g %s if nothing could be skipped", row->physical_limit,
                          row->unit);
        else if (isfinite(row->physical_limit))
            buffer_printf(&line, "; physical limit %.4g %s, %.0f %% of it reached", row->physical_limit, row->unit,
                          100 * row->fraction_of_limit);
    }
    buffer_add_byte(&line, '\n');
    bool good = !line.failed && fwrite(line.data, 1, line.size, bench->out) == line.size && fflush(bench->out) == 0;
    buffer_free(&line);
    return good ? STATUS_OK : error_set(error, STATUS_FAILED, "the benchmark's result could not be written");
}

enum {
    READ_BLOCK = 1 << 20,
    READ_AHEAD = 1024,
    READ_RUNS = 7,
    PRODUCT = 1536,
    PRODUCT_RUNS = 5,
    COPY_BYTES = 1 << 30,
    COPY_RUNS = 5
};

struct reading {
    const uint64_t *words;
    uint64_t *sums; /* one per block; stored so that the compiler cannot drop the loop */
};

/* Uses the widest registers, so that memory is measured and not the processor. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
static void
read_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct reading *reading = context;
    const uint64_t *words = reading->words + index * (READ_BLOCK / sizeof *words);
    uint64_t sums[8] = {0};
    for (size_t i = 0; i < READ_BLOCK / sizeof *words; i += 8) {
        __builtin_prefetch(words + i + READ_AHEAD, 0, 2);
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += words[i + lane];
    }
    for (size_t lane = 0; lane < 8; lane++)
        reading->sums[index] += sums[lane];
}

double bench_read_bandwidth(struct pool *pool, const void *bytes, size_t size)
{
    size_t aligned = (8 - (uintptr_t)bytes % 8) % 8;
    size_t n_blocks = size > aligned ? (size - aligned) / READ_BLOCK : 0;
    struct reading reading = {.words = (const void *)((const char *)bytes + aligned),
                              .sums = calloc(n_blocks + 1, sizeof *reading.sums)};
    double best = 0;
    for (int run = 0; reading.sums && n_blocks > 0 && run < READ_RUNS; run++) {
        double start = clock_seconds();
        pool_run(pool, n_blocks, read_block, &reading);
        double rate = (double)n_blocks * READ_BLOCK / (clock_seconds() - start);
        best = rate > best ? rate : best;
    }
    free(reading.sums);
    return best;
}

/* Copies on a device whose memory the host does not see; 0 if this one's memory is the host's. */
static double copy_bandwidth(struct compute *compute)
{
    const struct compute_ops *ops = compute->ops;
    struct compute_slice from = {0}, to = {0};
    const int64_t columns = 1024, rows = (int64_t)COPY_BYTES / 4 / columns;
    double best = 0;
    enum status status = ops->buffer_create(compute->device, sizeof(float), &from.buffer, NULL);
    bool host = status == STATUS_OK && ops->buffer_host(from.buffer);
    ops->buffer_destroy(from.buffer);
    from.buffer = NULL;
    if (status != STATUS_OK || host)
        return 0;
    status = ops->buffer_create(compute->device, COPY_BYTES, &from.buffer, NULL);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, COPY_BYTES, &to.buffer, NULL);
    for (int run = 0; status == STATUS_OK && run < COPY_RUNS; run++) {
        double start = clock_seconds();
        status = ops->network.copy_columns(compute->stream, rows, columns, 1, from, columns, 0, to, columns, NULL);
        if (status == STATUS_OK)
            status = ops->stream_synchronise(compute->stream, NULL);
        best = fmax(best, 2.0 * COPY_BYTES / (clock_seconds() - start));
    }
    ops->buffer_destroy(from.buffer);
    ops->buffer_destroy(to.buffer);
    return best;
}

double bench_device_bandwidth(struct compute *compute, const void *bytes, size_t size)
{
    double copying = copy_bandwidth(compute);
    return copying > 0 ? copying : bench_read_bandwidth(compute->pool, bytes, size);
}

double bench_multiply_rate(struct compute *compute)
{
    const size_t bytes = sizeof(float) * PRODUCT * PRODUCT;
    struct compute_slice slices[3] = {{0}};
    void *zeros = calloc(1, bytes);
    double best = 0;
    enum status status = zeros ? STATUS_OK : STATUS_FAILED;
    for (int i = 0; status == STATUS_OK && i < 3; i++) {
        status = compute->ops->buffer_create(compute->device, bytes, &slices[i].buffer, NULL);
        if (status == STATUS_OK)
            status = compute->ops->buffer_write(compute->stream, slices[i].buffer, 0, zeros, bytes, NULL);
    }
    for (int run = 0; status == STATUS_OK && run < PRODUCT_RUNS; run++) {
        double start = clock_seconds();
        status = compute->ops->gemm(compute->stream, 0, 0, PRODUCT, PRODUCT, PRODUCT, 1, slices[0], slices[1], 0,
                                    slices[2], NULL);
        if (status == STATUS_OK)
            status = compute->ops->stream_synchronise(compute->stream, NULL);
        best = fmax(best, (double)PRODUCT * PRODUCT * PRODUCT / (clock_seconds() - start));
    }
    for (int i = 0; i < 3; i++)
        if (slices[i].buffer)
            compute->ops->buffer_destroy(slices[i].buffer);
    free(zeros);
    return best;
}
