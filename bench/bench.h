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

/* The project's benchmarks: each measures on generated data and prints rows, with the physical limit beside the result.
 */
struct bench_als_size {
    int64_t playlists, tracks, entries, factors;
};

/* Which playlists of the generated data set bench_slices writes. */
struct bench_slices_range {
    int64_t first, playlists;
};

struct bench {
    FILE *out;
    bool json;                 /* one JSON line per row instead of text */
    struct pool *pool;         /* the threads to measure with */
    enum device_choice device; /* device of als, tsne, train and vit */
    struct bench_als_size als;
    struct bench_slices_range slices;
    const char *catalogue; /* of first-page */
    const char *keep;      /* folder that keeps large generated data for reuse; NULL: they are deleted */
    struct progress *progress;
};

struct bench_row {
    const char *name;
    double n;         /* number of items of the benchmark */
    const char *unit; /* unit of the five values: "ms", "MB/s", "s", ... */
    double median, p95, min, max;
    double physical_limit;    /* the best that the machine can do, in the same unit; NAN if unknown */
    double fraction_of_limit; /* 1 is at the limit, lower values are slower */
};

/* Statistics over `count` > 0 samples, which are sorted in place. `physical_limit` (NAN: none) is a lower bound for
 * times (`larger_is_better` false) and an upper bound for rates. */
struct bench_row bench_row_make(const char *name, double n, const char *unit, double *samples, size_t count,
                                double physical_limit, bool larger_is_better);
/* STATUS_INTERRUPTED after the user requested a stop; called between measurements. */
enum status bench_check_interrupted(struct error *error);
enum status bench_print(const struct bench *bench, const struct bench_row *row, struct error *error);

/* Bytes per second that the pool's threads together read from memory, the best of a few runs over `size` bytes. */
double bench_read_bandwidth(struct pool *pool, const void *bytes, size_t size);
/* Bytes per second that the device's operations together move: for a device with its own memory, those that a copy
 * reads and writes there; otherwise as bench_read_bandwidth. 0 when it could not be measured. */
double bench_device_bandwidth(struct compute *compute, const void *bytes, size_t size);
/* Multiply-adds per second in a large matrix product: the peak of the arithmetic units. */
double bench_multiply_rate(struct compute *compute);

/* Decoding covers in a decoder process; the physical limit is decoding in this process. */
enum status bench_decode(struct bench *bench, struct error *error);

/* Networks of music, with random weights of the published sizes. */
enum status bench_audionet(struct bench *bench, struct error *error);

/* Imports generated Million Playlist Dataset slices into a new catalogue, including the search index. */
enum status bench_import(struct bench *bench, struct error *error);

/* Writes generated Million Playlist Dataset slices of 1,000 playlists to bench->keep, where they stay. */
enum status bench_slices(struct bench *bench, struct error *error);

/* 2.26 million generated tracks: building the index, and the time of a keystroke for every prefix of many queries. */
enum status bench_search(struct bench *bench, struct error *error);
/* Failures of a model on 10,000 evaluated playlists: opening the list, typing conditions, one playlist, its causes. */
enum status bench_failures(struct bench *bench, struct error *error);
/* A million playlist names filtered as in the explorer's pickers, and by fzf if it is installed. */
enum status bench_picker(struct bench *bench, struct error *error);
/* A recipe's candidates counted again after an edit, among 2.26 million generated tracks. The physical limit is reading
 * the columns that changed and all bitmaps once. */
enum status bench_recipe(struct bench *bench, struct error *error);
/* The demo in the explorer on a pseudo-terminal: from process start to the first page with its ten covers, and from the
 * key for the next page to its last picture. */
enum status bench_start(struct bench *bench, struct error *error);
enum status bench_page(struct bench *bench, struct error *error);
/* The start alone, in bench->catalogue, whose last session in the explorer shows suggestions for a playlist of
 * two tracks. */
enum status bench_first_page(struct bench *bench, struct error *error);
/* Start, memory, page flips, search and commands on a catalogue of the Million Playlist Dataset's size, which is
 * generated unless bench->keep contains it. */
enum status bench_large(struct bench *bench, struct error *error);
/* Maps of 500, 5,000 (both exact) and 10,000 covers of 512 values, 1,000 iterations each, including initialisation. */
enum status bench_tsne(struct bench *bench, struct error *error);
/* The best tracks for playlists among 2.26 million vectors, and building the index. */
enum status bench_topk(struct bench *bench, struct error *error);
/* Iterations of alternating least squares, unweighted (one matrix for all rows) and weighted (one per row). */
enum status bench_als(struct bench *bench, struct error *error);
/* Training and one recommendation of ease, rp3beta, itemknn and sknn on generated playlists of 28,356 tracks. */
enum status bench_items(struct bench *bench, struct error *error);
/* Re-rankings of 500 candidates: the whole list of fifty pages, of which diversity orders the first ten. */
enum status bench_rerank(struct bench *bench, struct error *error);
/* Training steps of represent-then-aggregate models on generated playlists, including batch sampling. */
enum status bench_train(struct bench *bench, struct error *error);
/* Explanations of suggestions of the demo's models, for playlists of 5, 25 and 100 tracks (n). */
enum status bench_explain(struct bench *bench, struct error *error);
/* Covers found by words among 22,545, with a text tower of CLIP ViT-B/32's size: the first search, which opens it, and
 * the later ones. The physical limit is reading the weights of the layers and the covers' embeddings once. */
enum status bench_words(struct bench *bench, struct error *error);
/* Peak memory of training on a generated catalogue of 2,262,292 tracks, beside the size of its tables. */
enum status bench_memory(struct bench *bench, struct error *error);
/* Covers prepared for CLIP and DINOv2 a second of processor time of one thread, from JPEG files of 640 pixels. The
 * physical limit is decoding alone. bench->keep keeps the files. */
enum status bench_prepare(struct bench *bench, struct error *error);
/* Mel spectrograms of eight generated Ogg files of a minute, decoding included, in seconds of sound a second on all
 * threads. The physical limit is decoding alone. bench->keep keeps the files, which the program ffmpeg makes. */
enum status bench_audio(struct bench *bench, struct error *error);
/* Convolutions of the networks for sound as a share of a large matrix product's rate, and a training step of the
 * convolutional network of Pohl's thesis. */
enum status bench_layers(struct bench *bench, struct error *error);
/* Mini-batch k-means: 4,000 centres of generated rows of 39 numbers, which bench->keep keeps. */
enum status bench_kmeans(struct bench *bench, struct error *error);
/* Images a second of CLIP ViT-B/32 and DINOv2-base with random weights, for several batch sizes. */
enum status bench_vit(struct bench *bench, struct error *error);

#endif
