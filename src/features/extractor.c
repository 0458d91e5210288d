#include "features/extractor.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"
#include "features/extractors.h"

#define EXTRACTOR_ROW(name) &extractor_##name,
const struct extractor *const extractors[] = {EXTRACTOR_LIST(EXTRACTOR_ROW) NULL};

const struct extractor *extractor_find(const char *name)
{
    for (size_t i = 0; extractors[i]; i++)
        if (strcmp(extractors[i]->name, name) == 0)
            return extractors[i];
    return NULL;
}

enum status extractor_unknown(const char *name, struct error *error)
{
    struct buffer names = {0};
    for (size_t i = 0; extractors[i]; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : ", ", extractors[i]->name);
    enum status status = error_set(error, STATUS_USAGE, "there is no extractor \"%.80s\"; there are: %s", name,
                                   names.failed ? "others" : names.data);
    buffer_free(&names);
    return status;
}

enum status extractor_open(const struct extractor *extractor, const struct extractor_options *options,
                           struct open_extractor *open, struct error *error)
{
    *open = (struct open_extractor){.extractor = extractor, .options = *options, .width = extractor->width};
    if (options->weights && !extractor->takes_weights)
        return error_set(error, STATUS_USAGE, "%s takes no weights", extractor->name);
    if (!options->weights && extractor->takes_weights)
        return error_set(error, STATUS_USAGE, "%s needs a file of weights; name it with --weights", extractor->name);
    if (options->n_settings > 0 && !extractor->takes_settings)
        return error_set(error, STATUS_USAGE, "%s takes no settings", extractor->name);
    return extractor->open ? extractor->open(&open->options, &open->state, &open->width, error) : STATUS_OK;
}

enum status extractor_extract(const struct open_extractor *open, const struct extractor_batch *batch, float *rows,
                              bool *present, struct error *error)
{
    return open->extractor->extract(open->state, &open->options, batch, rows, present, error);
}

void extractor_close(struct open_extractor *open)
{
    if (open->state && open->extractor->close)
        open->extractor->close(open->state);
    *open = (struct open_extractor){0};
}

struct each_image {
    const struct extractor_batch *batch;
    int width;
    enum status (*one)(const struct image *image, float *row, bool *present, struct error *error);
    float *rows;
    bool *present;
    struct error error; /* of the first image that failed */
    atomic_bool failed;
};

static void extract_one(void *context, size_t index, int worker)
{
    (void)worker;
    struct each_image *each = context;
    struct error error;
    const struct image *image = &each->batch->images[index];
    if (!image->rgb || atomic_load(&each->failed))
        return;
    enum status status = each->one(image, each->rows + index * (size_t)each->width, &each->present[index], &error);
    if (status != STATUS_OK && !atomic_exchange(&each->failed, true))
        each->error = error;
}

enum status
extractor_each_image(const struct extractor_options *options, const struct extractor_batch *batch, int width,
                     enum status (*one)(const struct image *image, float *row, bool *present, struct error *error),
                     float *rows, bool *present, struct error *error)
{
    struct each_image each = {.batch = batch, .width = width, .one = one, .rows = rows, .present = present};
    if (options->pool)
        pool_run(options->pool, batch->count, extract_one, &each);
    else
        for (size_t i = 0; i < batch->count; i++)
            extract_one(&each, i, 0);
    if (!atomic_load(&each.failed))
        return STATUS_OK;
    if (error)
        *error = each.error;
    return each.error.status;
}
