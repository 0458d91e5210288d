/* Reading in a process of its own. */
#include <stdlib.h>

#include "media/media.h"
#include "sandbox/sandbox.h"

enum status media_read_safely(int descriptor, const char *name, struct media_tags *tags, struct buffer *picture,
                              struct error *error)
{
    const struct sandbox_request request = {
        .operation = SANDBOX_MEDIA,
        .name = name,
        .descriptor = descriptor,
        .answer_max = sizeof *tags + (picture ? MEDIA_PICTURE_MAX : 0),
        .numbers = {picture != NULL},
    };
    struct sandbox_answer answer;
    enum status status = sandbox_call(&request, &answer, error);
    if (status != STATUS_OK)
        return status;
    status = media_unpack(answer.bytes, answer.size, tags, picture, error);
    free(answer.bytes);
    return status == STATUS_BAD_DATA ? error_prefix(error, "%s", name) : status;
}
