#include "models/hybrid/fixed.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

enum { BLOCK = 4096 /* rows written at a time */, PART = 512 /* rows that a thread reads at a time */ };

static bool write_all(int file, const float *values, size_t size)
{
    const char *bytes = (const char *)values;
    while (size > 0) {
        const ssize_t written = write(file, bytes, size);
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_file(struct hybrid_fixed *fixed, const char *beside, hybrid_fixed_fill *fill, const void *context)
{
    const size_t row = (size_t)fixed->width * sizeof(float);
    float *rows = malloc(BLOCK * row);
    fixed->file = file_open_unnamed(beside);
    bool written = rows && fixed->file >= 0;
    for (int64_t first = 0; written && first < fixed->n; first += BLOCK) {
        const int64_t count = fixed->n - first < BLOCK ? fixed->n - first : BLOCK;
        memset(rows, 0, (size_t)count * row);
        fill(context, first, count, rows);
        written = write_all(fixed->file, rows, (size_t)count * row);
    }
    if (fixed->file >= 0 && !written)
        close(fixed->file);
    free(rows);
    return written;
}

enum status hybrid_fixed_make(int64_t n, int64_t width, const char *beside, hybrid_fixed_fill *fill,
                              const void *context, struct hybrid_fixed *fixed, struct error *error)
{
    *fixed = (struct hybrid_fixed){.n = n, .width = width};
    if (width == 0)
        return STATUS_OK;
    fixed->in_file = beside && write_file(fixed, beside, fill, context);
    if (fixed->in_file)
        return STATUS_OK;
    fixed->values = calloc((size_t)(n * width) + 1, sizeof *fixed->values);
    if (!fixed->values)
        return error_no_memory(error);
    fill(context, 0, n, fixed->values);
    return STATUS_OK;
}

void hybrid_fixed_free(struct hybrid_fixed *fixed)
{
    free(fixed->values);
    if (fixed->in_file)
        close(fixed->file);
    *fixed = (struct hybrid_fixed){0};
}

struct reading {
    const struct hybrid_fixed *fixed;
    const int32_t *rows;
    int64_t n;
    float *out;
    atomic_bool failed;
};

static bool read_all(int file, char *bytes, size_t size, off_t at)
{
    while (size > 0) {
        const ssize_t got = pread(file, bytes, size, at);
        if (got <= 0)
            return false;
        bytes += got;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Rows that follow each other are read at once. */
static bool read_rows(const struct reading *reading, int64_t first, int64_t end)
{
    const struct hybrid_fixed *fixed = reading->fixed;
    const size_t row = (size_t)fixed->width * sizeof(float);
    for (int64_t i = first, next; i < end; i = next) {
        for (next = i + 1; next < end && reading->rows[next] == reading->rows[next - 1] + 1;)
            next++;
        if (!read_all(fixed->file, (char *)(reading->out + i * fixed->width), (size_t)(next - i) * row,
                      (off_t)reading->rows[i] * (off_t)row))
            return false;
    }
    return true;
}

static void read_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct reading *reading = context;
    const struct hybrid_fixed *fixed = reading->fixed;
    const int64_t first = (int64_t)index * PART, end = first + PART < reading->n ? first + PART : reading->n;
    if (fixed->in_file && !read_rows(reading, first, end))
        atomic_store(&reading->failed, true);
    for (int64_t i = first; !fixed->in_file && i < end; i++)
        memcpy(reading->out + i * fixed->width, fixed->values + reading->rows[i] * fixed->width,
               (size_t)fixed->width * sizeof *reading->out);
}

enum status hybrid_fixed_read(const struct hybrid_fixed *fixed, struct pool *pool, const int32_t *rows, int64_t n,
                              float *out, struct error *error)
{
    struct reading reading = {.fixed = fixed, .rows = rows, .n = n, .out = out};
    pool_run(pool, (size_t)((n + PART - 1) / PART), read_part, &reading);
    if (atomic_load(&reading.failed))
        return error_set(error, STATUS_FAILED,
                         "the temporary file of the tracks' fixed numbers cannot be read; check the disk of the "
                         "catalogue's folder, then train again with --resume");
    return STATUS_OK;
}
