#include "app/resumable_tsne.h"

#include <stdlib.h>

struct resumable_tsne {
    struct device_use use;
    struct tsne_settings settings;
    int64_t n, d;
    float *x;
    struct tsne *tsne; /* NULL: must be created again */
    float *saved;      /* [3 x n x 2] after saved_iteration */
    float *spare;      /* receives the next saved state, so that a failure half way leaves the last one intact */
    int saved_iteration;
    float perplexity;
};

static void drop(struct resumable_tsne *map)
{
    if (map->tsne)
        tsne_destroy(map->tsne);
    map->tsne = NULL;
}

/* Creates the map on the chosen device, at the saved state. */
static enum status settle(struct resumable_tsne *map, struct error *error)
{
    if (device_has_changed(&map->use)) {
        drop(map);
        device_close(&map->use);
    }
    enum status status = device_open(&map->use, error);
    if (status != STATUS_OK || map->tsne)
        return status;
    status = tsne_create(&map->use.compute, map->n, map->d, map->x, &map->settings, &map->tsne, error);
    if (status == STATUS_OK && map->saved_iteration > 0)
        status = tsne_restore(map->tsne, map->saved_iteration, map->saved, error);
    if (status == STATUS_OK)
        map->perplexity = tsne_perplexity(map->tsne);
    return status;
}

struct request {
    int count; /* 0: only creates it */
    bool *done;
    float *points; /* may be NULL */
    double *kl;    /* the same */
};

static enum status answer(struct resumable_tsne *map, const struct request *request, struct error *error)
{
    enum status status = settle(map, error);
    if (status == STATUS_OK && request->count > 0) {
        status = tsne_run(map->tsne, request->count, request->done, error);
        if (status == STATUS_OK)
            status = tsne_save(map->tsne, map->spare, error);
        if (status == STATUS_OK) {
            float *last = map->saved;
            map->saved = map->spare;
            map->spare = last;
            map->saved_iteration = tsne_iteration(map->tsne);
        }
    }
    if (status == STATUS_OK && request->points)
        status = tsne_points(map->tsne, request->points, error);
    if (status == STATUS_OK && request->kl)
        status = tsne_kl_divergence(map->tsne, request->kl, error);
    return status;
}

/* After a failure, continues from the saved state on another device. */
static enum status ask(struct resumable_tsne *map, const struct request *request, struct error *error)
{
    struct error why = {0};
    enum status status = answer(map, request, &why);
    if (status == STATUS_DEVICE) {
        drop(map);
        device_fall_back(&map->use, &why);
        status = answer(map, request, &why);
    }
    if (status != STATUS_OK) {
        drop(map); /* its state on the device is unknown */
        if (error)
            *error = why;
    }
    return status;
}

enum status resumable_tsne_open(struct device *device, int64_t n, int64_t d, float *x,
                                const struct tsne_settings *settings, struct resumable_tsne **out, struct error *error)
{
    struct resumable_tsne *map = calloc(1, sizeof *map);
    if (!map) {
        free(x);
        return error_no_memory(error);
    }
    *map = (struct resumable_tsne){.use = {.device = device}, .settings = *settings, .n = n, .d = d, .x = x};
    map->saved = malloc((6 * (size_t)n + 1) * sizeof *map->saved);
    map->spare = malloc((6 * (size_t)n + 1) * sizeof *map->spare);
    const struct request nothing = {0};
    enum status status = map->saved && map->spare ? ask(map, &nothing, error) : error_no_memory(error);
    if (status != STATUS_OK) {
        resumable_tsne_close(map);
        return status;
    }
    *out = map;
    return STATUS_OK;
}

void resumable_tsne_close(struct resumable_tsne *map)
{
    if (!map)
        return;
    drop(map);
    device_close(&map->use);
    free(map->saved);
    free(map->spare);
    free(map->x);
    free(map);
}

enum status resumable_tsne_run(struct resumable_tsne *map, int count, bool *done, struct error *error)
{
    const struct request request = {.count = count, .done = done};
    return ask(map, &request, error);
}

enum status resumable_tsne_points(struct resumable_tsne *map, float *points, struct error *error)
{
    const struct request request = {.points = points};
    return ask(map, &request, error);
}

enum status resumable_tsne_kl(struct resumable_tsne *map, double *kl, struct error *error)
{
    const struct request request = {.kl = kl};
    return ask(map, &request, error);
}

int resumable_tsne_iteration(const struct resumable_tsne *map)
{
    return map->saved_iteration;
}

float resumable_tsne_perplexity(const struct resumable_tsne *map)
{
    return map->perplexity;
}
