#include "app/embed.h"

#include "core/pool.h"

struct embedding {
    struct catalogue *catalogue;
    const struct embed_settings *settings;
    struct extractor_options options;
};

static enum status make_set(void *context, struct compute *compute, struct error *error)
{
    struct embedding *embedding = context;
    const struct embed_settings *settings = embedding->settings;
    embedding->options.compute = compute;
    const enum status status = feature_sets_make(embedding->catalogue, &settings->extractor, 1, &embedding->options,
                                                 settings->progress, error);
    return device_status_shared(settings->ranks, status, error);
}

enum status app_embed(struct catalogue *catalogue, const struct embed_settings *settings,
                      struct extraction_report *report, struct error *error)
{
    struct pool *pool = NULL;
    enum status status = pool_create(settings->threads, &pool, error);
    struct embedding embedding = {.catalogue = catalogue,
                                  .settings = settings,
                                  .options = {.weights = settings->weights,
                                              .settings = settings->settings,
                                              .n_settings = settings->n_settings,
                                              .pool = pool,
                                              .ranks = settings->ranks,
                                              .report = report}};
    if (status == STATUS_OK && settings->extractor->takes_weights)
        status = device_run(settings->device, &(struct device_work){make_set, &embedding}, error);
    else if (status == STATUS_OK)
        status = make_set(&embedding, NULL, error);
    pool_destroy(pool);
    return status;
}
