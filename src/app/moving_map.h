#ifndef SLEEVE_APP_MOVING_MAP_H
#define SLEEVE_APP_MOVING_MAP_H

#include "app/device.h"
#include "map/tsne.h"

/* A t-SNE that goes on when its device fails or another is chosen: from where it was after the last moving_map_run, on
 * the device that is the choice then. Not for two threads at a time. */
struct moving_map;

/* Takes `x` [n x d] (malloc'ed) over, also when it fails. `device` outlives the map. */
enum status moving_map_open(struct device *device, int64_t n, int64_t d, float *x, const struct tsne_settings *settings,
                            struct moving_map **map, struct error *error);
void moving_map_close(struct moving_map *map);
/* As tsne_run, tsne_points and tsne_kl_divergence. */
enum status moving_map_run(struct moving_map *map, int count, int *done, struct error *error);
enum status moving_map_points(struct moving_map *map, float *points, struct error *error);
enum status moving_map_kl(struct moving_map *map, double *kl, struct error *error);
int moving_map_iteration(const struct moving_map *map);
float moving_map_perplexity(const struct moving_map *map);

#endif
