#ifndef SLEEVE_UI_COVER_CACHE_H
#define SLEEVE_UI_COVER_CACHE_H

#include <stdbool.h>

#include "app/app.h"

/* Covers in memory, scaled to a few sizes, from which any smaller size is made quickly. The least recently used are
 * dropped first. For any thread. */
struct cover_cache;

enum status cover_cache_create(struct app *app, struct cover_cache **cache, struct error *error);
void cover_cache_destroy(struct cover_cache *cache);
/* The cover of an album, edge x edge pixels. False: it cannot be read, or it is not in the cache and `may_load` is
 * false. *missing: it is not in the cache; where it may be loaded, it was not there before. */
bool cover_cache_get(struct cover_cache *cache, int64_t album, int edge, bool may_load, struct image *image,
                     bool *missing);

#endif
