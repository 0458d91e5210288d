#include "app/split.h"

#include <stdlib.h>

#include "core/log.h"
#include "db/registry.h"

bool split_changes(const struct split_settings *settings)
{
    return settings->draw || settings->import_file;
}

/* ---- playlists that were trained on ---- */

struct id_list {
    int64_t *ids; /* [count] ascending */
    size_t count;
};

/* The training and validation playlists of the stored split if there are models, which may know them; else no list. */
static enum status read_trained(struct catalogue *catalogue, struct id_list *trained, struct error *error)
{
    bool stored;
    struct model_list models = {0};
    enum status status = catalogue_has_split(catalogue, &stored, error);
    if (status == STATUS_OK && stored)
        status = catalogue_models_read(catalogue, &models, error);
    if (status == STATUS_OK && models.count > 0)
        status =
            catalogue_split_playlists(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION, &trained->ids, &trained->count, error);
    model_list_free(&models);
    return status;
}

static int64_t count_common(const struct id_list *a, const struct id_list *b)
{
    int64_t common = 0;
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        common += a->ids[i] == b->ids[j];
        const bool next_a = a->ids[i] <= b->ids[j], next_b = b->ids[j] <= a->ids[i];
        i += next_a;
        j += next_b;
    }
    return common;
}

static enum status warn_if_trained(struct catalogue *catalogue, const struct id_list *trained, struct error *error)
{
    struct id_list tests = {0};
    enum status status = catalogue_split_playlists(catalogue, SPLIT_TEST, &tests.ids, &tests.count, error);
    const long long both = status == STATUS_OK ? (long long)count_common(trained, &tests) : 0;
    if (both > 0)
        log_message(LOG_WARNING,
                    "%lld of the %zu test playlists were training or validation playlists of the split that this one "
                    "replaces; models that were trained before may know them, so train them again before you "
                    "evaluate them",
                    both, tests.count);
    free(tests.ids);
    return status;
}

enum status app_split(struct catalogue *catalogue, const struct split_settings *settings, struct split_counts *counts,
                      struct error *error)
{
    struct split_counts made = {0};
    struct id_list trained = {0};
    *counts = made;
    enum status status = split_changes(settings) ? read_trained(catalogue, &trained, error) : STATUS_OK;
    if (status == STATUS_OK && settings->import_file)
        status = split_import(catalogue, settings->import_file, &settings->options, &made, error);
    else if (status == STATUS_OK && settings->draw)
        status = split_make(catalogue, &settings->options, &made, error);
    if (status == STATUS_OK)
        *counts = made;
    if (status == STATUS_OK && trained.count > 0)
        status = warn_if_trained(catalogue, &trained, error);
    if (status == STATUS_OK && settings->export_file)
        status = split_export(catalogue, settings->export_file, error);
    free(trained.ids);
    return status;
}
