#ifndef SLEEVE_BENCH_BENCH_H
#define SLEEVE_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/pool.h"
#include "core/progress.h"
#include "core/status.h"
#include "gpu/compute.h"

/* The project's benchmarks: each measures on generated data and prints rows, with the physical limit beside the figure.
 */
struct bench_als_size {
    int64_t playlists, tracks, entries, factors;
};

struct bench {
    FILE *out;
    bool json;                 /* one JSON line a row instead of text */
    struct pool *pool;         /* the threads to measure with */
    enum device_choice device; /* where als, tsne and train compute */
    struct bench_als_size als;
    const char *keep; /* folder in which large generated data stay, to be used again; NULL: they are thrown away */
    struct progress *progress;
};

struct bench_row {
    const char *name;
    double n;         /* how many items the benchmark worked on */
    const char *unit; /* of the five figures: "ms", "MB/s", "s", ... */
    double median, p95, min, max;
    double physical_limit;    /* what the machine could do at best, in the same unit; NAN when there is none */
    double fraction_of_limit; /* 1 is at the limit, less is below it */
};

/* Statistics over `count` > 0 samples, which are sorted here. `physical_limit` (NAN: none) is a lower bound for times
 * (`larger_is_better` false) and an upper bound for rates. */
struct bench_row bench_row_make(const char *name, double n, const char *unit, double *samples, size_t count,
                                double physical_limit, bool larger_is_better);
/* STATUS_INTERRUPTED once the person wants it to stop; asked between the measured pieces. */
enum status bench_go_on(struct error *error);
enum status bench_print(const struct bench *bench, const struct bench_row *row, struct error *error);

/* Bytes a second that the pool's threads together read from memory, the best of a few runs over `size` bytes. */
double bench_read_bandwidth(struct pool *pool, const void *bytes, size_t size);
/* Multiplications and additions a second in a large matrix product: what the arithmetic units do at best. */
double bench_multiply_rate(struct compute *compute);

/* Generated Million Playlist Dataset slices into a new catalogue, the finished search index included. */
enum status bench_import(struct bench *bench, struct error *error);

/* 2.26 million generated tracks: building the index, and the time of a keystroke over every prefix of many queries. */
enum status bench_search(struct bench *bench, struct error *error);
/* The demo in the explorer on a pseudo-terminal: process start to the first page with its ten covers, and a flip to the
 * next page from the key to its last picture. */
enum status bench_start(struct bench *bench, struct error *error);
enum status bench_page(struct bench *bench, struct error *error);
/* Start, memory, page flips, search and commands on a catalogue of the Million Playlist Dataset's size, which is made
 * first unless bench->keep holds it. */
enum status bench_large(struct bench *bench, struct error *error);
/* Maps of 500, 5,000 (both exact) and 10,000 covers of 512 values, 1,000 iterations each, the start included. */
enum status bench_tsne(struct bench *bench, struct error *error);
/* The best tracks for playlists among 2.26 million vectors, and the index that finds them. */
enum status bench_topk(struct bench *bench, struct error *error);
/* Iterations of alternating least squares, with one matrix for all rows and with one for each. */
enum status bench_als(struct bench *bench, struct error *error);
/* Training steps of represent-then-aggregate models on generated playlists, the drawing of the batch included. */
enum status bench_train(struct bench *bench, struct error *error);
/* Peak memory of trainings on a generated catalogue of 2,262,292 tracks, beside the size of their tables. */
enum status bench_memory(struct bench *bench, struct error *error);

#endif
