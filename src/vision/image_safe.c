/* Decoding in a process of its own. */
#include <stdlib.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory_budget.h"
#include "sandbox/sandbox.h"
#include "vision/image.h"

/* A thread that holds bytes of a file may wait for a decoder, never the other way round. */
static struct memory_budget file_memory = MEMORY_BUDGET((size_t)3 * IMAGE_FILE_MAX);

_Static_assert((int)IMAGE_MEMORY_MAX == (int)SANDBOX_MEMORY_MAX, "a picture that may be decoded is granted its memory");

/* Pixels that have a size which the request allows: `edge` x `edge`, or at most that with 0. */
static bool is_image(const struct sandbox_answer *answer, int edge_max, int edge)
{
    int64_t width = answer->numbers[0], height = answer->numbers[1];
    if (width < 1 || height < 1 || width > edge_max || height > edge_max || (edge && (width != edge || height != edge)))
        return false;
    return answer->size == 3 * (size_t)width * (size_t)height;
}

static enum status call(const void *bytes, size_t size, const char *name, int edge_max, int edge, struct image *image,
                        struct error *error)
{
    *image = (struct image){0};
    size_t largest = (size_t)(edge ? edge : edge_max), pixels = largest * largest;
    const struct sandbox_request request = {
        .operation = SANDBOX_IMAGE,
        .name = name,
        .bytes = bytes,
        .size = size,
        .answer_max = 3 * (pixels < IMAGE_PIXELS_MAX ? pixels : IMAGE_PIXELS_MAX),
        .numbers = {edge_max, edge},
    };
    struct sandbox_answer answer;
    if (size > IMAGE_FILE_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s is larger than 32 MB: too large for a cover", name);
    enum status status = sandbox_call(&request, &answer, error);
    if (status != STATUS_OK)
        return status;
    if (!is_image(&answer, edge ? edge : edge_max, edge)) {
        free(answer.bytes);
        return error_set(error, STATUS_BAD_DATA, "%s: its decoder gave no valid answer", name);
    }
    *image = (struct image){(int)answer.numbers[0], (int)answer.numbers[1], answer.bytes};
    return STATUS_OK;
}

enum status image_decode_safely(const void *bytes, size_t size, const char *name, int edge_max, struct image *image,
                                struct error *error)
{
    return call(bytes, size, name, edge_max, 0, image, error);
}

enum status image_decode_fitted(const struct buffer *file, const char *name, int edge, struct image *fitted,
                                struct error *error)
{
    return call(file->data, file->size, name, IMAGE_EDGE_MAX, edge, fitted, error);
}

/* A file that cannot be read is a fault of the file, unless memory ran out. */
static enum status read_fault(enum status status, const struct buffer *file, struct error *error)
{
    if (status != STATUS_FAILED || file->failed)
        return status;
    if (error)
        error->status = STATUS_BAD_DATA;
    return STATUS_BAD_DATA;
}

static enum status check_file(const char *path, size_t *size, struct error *error)
{
    int descriptor;
    enum status status = file_open_input(path, &descriptor, size, error);
    if (status != STATUS_OK)
        return status;
    close(descriptor);
    if (*size > IMAGE_FILE_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s is larger than 32 MB: too large for a cover", path);
    return STATUS_OK;
}

enum status image_load_fitted(const char *path, int edge, struct image *fitted, struct error *error)
{
    *fitted = (struct image){0};
    struct buffer file = {0};
    size_t size;
    enum status status = check_file(path, &size, error);
    if (status != STATUS_OK)
        return read_fault(status, &file, error);
    memory_budget_acquire(&file_memory, size);
    status = read_fault(file_read(path, size, &file, error), &file, error);
    if (status == STATUS_OK)
        status = image_decode_fitted(&file, path, edge, fitted, error);
    buffer_free(&file);
    memory_budget_release(&file_memory, size);
    return status;
}
