/* sleeve-decoder-image: decodes and resizes images (sandbox/sandbox.h). */
#include <string.h>

#include "sandbox/worker.h"
#include "vision/image.h"

static enum status allow(void *context, size_t bytes, struct error *error)
{
    return sandbox_need(context, bytes, error);
}

static void drop(const struct sandbox_job *job, struct image *image)
{
    if (image->rgb != job->answer)
        image_free(image);
}

static enum status fit(struct image *image, int edge, struct error *error)
{
    struct image fitted;
    enum status status = image_fit(image, edge, &fitted, error);
    image_free(image);
    *image = fitted;
    return status;
}

static enum status answer(struct sandbox_job *job, const struct image *image, struct error *error)
{
    size_t size = 3 * (size_t)image->width * (size_t)image->height;
    if (size > job->answer_max)
        return error_set(error, STATUS_BAD_DATA, ": the decoded image is too large");
    if (image->rgb != job->answer)
        memcpy(job->answer, image->rgb, size);
    job->answer_size = size;
    job->answer_numbers[0] = image->width;
    job->answer_numbers[1] = image->height;
    return STATUS_OK;
}

static enum status serve(struct sandbox_job *job, struct error *error)
{
    struct image image = {0};
    int edge = (int)job->numbers[1];
    const struct image_limits limits = {
        .edge_max = (int)job->numbers[0],
        .allow = allow,
        .context = job,
        .rgb = edge > 0 ? NULL : job->answer,
        .rgb_size = job->answer_max,
    };
    enum status status = image_decode_allowed(job->bytes, job->size, "", &limits, &image, error);
    if (status == STATUS_OK && edge > 0)
        status = fit(&image, edge, error);
    if (status == STATUS_OK)
        status = answer(job, &image, error);
    drop(job, &image);
    return status;
}

int main(void)
{
    const struct sandbox_service service = {
        .operation = SANDBOX_IMAGE, .memory = SANDBOX_MEMORY_MAX + (64 << 20), .serve = serve};
    return sandbox_worker_run(&service);
}
