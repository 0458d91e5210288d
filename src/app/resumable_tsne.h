#ifndef SLEEVE_APP_RESUMABLE_TSNE_H
#define SLEEVE_APP_RESUMABLE_TSNE_H

#include "app/device.h"
#include "map/tsne.h"

/* A t-SNE that continues when its device fails or another one is chosen: from its state after the last
 * resumable_tsne_run, on the device that is chosen then. Not for two threads at a time. */
struct resumable_tsne;

/* Takes ownership of `x` [n x d] (malloc'ed), also on an error. `device` outlives the map. */
enum status resumable_tsne_open(struct device *device, int64_t n, int64_t d, float *x,
                                const struct tsne_settings *settings, struct resumable_tsne **map, struct error *error);
void resumable_tsne_close(struct resumable_tsne *map);
/* As tsne_run, tsne_points and tsne_kl_divergence. */
enum status resumable_tsne_run(struct resumable_tsne *map, int count, bool *done, struct error *error);
enum status resumable_tsne_points(struct resumable_tsne *map, float *points, struct error *error);
enum status resumable_tsne_kl(struct resumable_tsne *map, double *kl, struct error *error);
int resumable_tsne_iteration(const struct resumable_tsne *map);
float resumable_tsne_perplexity(const struct resumable_tsne *map);

#endif
