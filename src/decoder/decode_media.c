/* sleeve-decoder-media: reads the tags of music files (sandbox/sandbox.h). */
#include <string.h>

#include "media/media.h"
#include "sandbox/worker.h"

static enum status answer(struct sandbox_job *job, const struct buffer *packed, struct error *error)
{
    if (packed->failed)
        return error_set(error, STATUS_FAILED, ": out of memory");
    if (packed->size > job->answer_max)
        return error_set(error, STATUS_BAD_DATA, ": its cover is too large");
    memcpy(job->answer, packed->data, packed->size);
    job->answer_size = packed->size;
    return STATUS_OK;
}

static enum status serve(struct sandbox_job *job, struct error *error)
{
    struct media_tags tags;
    struct buffer picture = {0}, packed = {0};
    struct buffer *const cover = job->numbers[0] ? &picture : NULL;
    enum status status = media_read(job->descriptor, "", &tags, cover, error);
    if (status == STATUS_OK) {
        media_pack(&tags, cover, &packed);
        status = answer(job, &packed, error);
    }
    if (status != STATUS_OK && error->text[0] != ':' && error->text[0] != ' ') /* a sentence: no memory, no library */
        error_prefix(error, "%s", "");
    buffer_free(&picture);
    buffer_free(&packed);
    return status;
}

int main(void)
{
    const struct sandbox_service service = {
        .operation = SANDBOX_MEDIA, .memory = 256 << 20, .reads_files = true, .prepare = media_load, .serve = serve};
    return sandbox_worker_run(&service);
}
