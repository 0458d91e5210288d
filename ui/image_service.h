#ifndef SLEEVE_UI_IMAGE_SERVICE_H
#define SLEEVE_UI_IMAGE_SERVICE_H

#include "core/status.h"
#include "core/workers.h"
#include "ui/image_request.h"

/* Pictures ready for the terminal: fetched as pixels and encoded in workers, kept in memory (least recently used goes
 * first) and, as far as they are covers, on disk under the XDG cache folder. Called from the thread that draws; it
 * never waits. */
struct image_service;

/* The workers must be collected with workers_collect on the same thread for pictures to arrive. The service is
 * destroyed before or after the workers, as is convenient; what `source.context` points to lives until the workers are
 * gone. */
enum status image_service_create(struct workers *workers, const struct image_source *source, size_t memory_limit,
                                 struct image_service **service, struct error *error);
void image_service_destroy(struct image_service *service);
/* The picture when it is there (valid until image_service_end_frame or the workers' next collection), else NULL after
 * asking for it. Of a map it is the newest version that is there, perhaps older than the one asked for: one map is
 * encoded at a time, and the newest that was asked for follows. A picture that could not be had becomes a plain one of
 * `colour`; it is not asked for again. */
const struct encoded_image *image_service_get(struct image_service *service, const struct image_request *request);
/* Asks for a picture that will be wanted soon; less urgent than what is wanted now. */
void image_service_prefetch(struct image_service *service, const struct image_request *request);
/* Forgets requests, prefetched ones too, not repeated since the last call, and what the memory limit has no room for:
 * call once a frame after drawing. */
void image_service_end_frame(struct image_service *service);
/* Changes whenever a picture arrived: the thread that draws shows the screen again then. */
uint64_t image_service_version(const struct image_service *service);
/* Pictures asked for and not there yet. */
int image_service_pending(const struct image_service *service);

#endif
