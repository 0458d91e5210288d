#include "models/set_aside.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 1 << 20, PART = 1 << 22 }; /* bytes */

static const size_t value_sizes[] = {
    [MATRIX_FLOAT32] = sizeof(float), [MATRIX_INT32] = sizeof(int32_t), [MATRIX_INT64] = sizeof(int64_t)};

static size_t bytes_of(const struct model_matrix *matrix)
{
    return matrix->values ? (size_t)matrix->rows * (size_t)matrix->columns * value_sizes[matrix->type] : 0;
}

/* The part before has been written, and need not stay in memory. */
static enum status next_part(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    (void)error;
    const struct set_aside_part *part = context;
    const unsigned char *begin = part->in->file.bytes + part->at;
    const size_t left = part->size - offset;
    *bytes = begin + offset;
    *size = left < PART ? left : PART;
    if (offset > 0)
        mapped_file_release(&part->in->file, begin, offset);
    return STATUS_OK;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(descriptor, bytes, size < PART ? size : PART);
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_matrices(int descriptor, const struct model_weights *weights, size_t *total)
{
    for (size_t i = 0; i < weights->count; i++) {
        const size_t bytes = bytes_of(&weights->items[i]);
        if (bytes >= LARGE && !write_all(descriptor, weights->items[i].values, bytes))
            return false;
        *total += bytes >= LARGE ? bytes : 0;
    }
    return true;
}

static void replace(struct set_aside *aside, struct model_matrix *matrix, size_t *at)
{
    const size_t bytes = bytes_of(matrix);
    if (bytes < LARGE)
        return;
    struct set_aside_part *part = &aside->parts[aside->count++];
    *part = (struct set_aside_part){aside, *at, bytes};
    *at += bytes;
    free(matrix->values);
    matrix->values = NULL;
    matrix->next = next_part;
    matrix->context = part;
}

void set_aside_weights(struct set_aside *aside, const char *path, struct model_weights *weights)
{
    const int descriptor = file_open_unnamed(path);
    size_t total = 0, at = 0;
    *aside = (struct set_aside){0};
    if (descriptor >= 0 && write_matrices(descriptor, weights, &total) && total > 0) {
        void *bytes = mmap(NULL, total, PROT_READ, MAP_SHARED, descriptor, 0);
        if (bytes != MAP_FAILED)
            aside->file = (struct mapped_file){bytes, total};
    }
    if (descriptor >= 0)
        close(descriptor);
    for (size_t i = 0; aside->file.bytes && i < weights->count; i++)
        replace(aside, &weights->items[i], &at);
    if (total > 0)
        malloc_trim(0); /* making them has left holes between small blocks of memory */
}

void set_aside_close(struct set_aside *aside)
{
    if (aside->file.bytes)
        munmap((void *)(uintptr_t)aside->file.bytes, aside->file.size);
    aside->file = (struct mapped_file){0};
}
