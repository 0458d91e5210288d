#ifndef SLEEVE_UI_IMAGE_SERVICE_H
#define SLEEVE_UI_IMAGE_SERVICE_H

#include "core/status.h"
#include "core/workers.h"
#include "ui/image_request.h"

/* Pictures ready for the terminal. Workers fetch and encode them; they are kept in memory (the least recently used are
 * dropped first) and, if they are covers, on disk under the XDG cache folder. Called from the drawing thread; it never
 * waits. */
struct image_service;

/* For pictures to arrive, call workers_collect on the same thread. The service may be destroyed before or after the
 * workers; what `source.context` points to must outlive the workers. */
enum status image_service_create(struct workers *workers, const struct image_source *source, size_t memory_limit,
                                 struct image_service **service, struct error *error);
void image_service_destroy(struct image_service *service);
/* The picture if it is available (valid until image_service_end_frame or the next workers_collect), otherwise NULL, and
 * it is requested. For a map the newest available version is returned, which may be older than the requested one: one
 * map is encoded at a time, and after it the newest requested version. A picture that cannot be loaded becomes a plain
 * one of `colour`, and is not requested again. */
const struct encoded_image *image_service_get(struct image_service *service, const struct image_request *request);
/* Requests a picture that will be needed soon, at a lower priority than those needed now. True if it is available. */
bool image_service_prefetch(struct image_service *service, const struct image_request *request);
/* Drops requests, prefetches included, that were not repeated since the last call, and pictures beyond the memory
 * limit. Call it once a frame, after drawing. */
void image_service_end_frame(struct image_service *service);
/* The number of pictures that have arrived but were only prefetched: the screen need not be drawn again for them. */
int image_service_ahead(const struct image_service *service);
/* The number of pictures that were requested and have not arrived. */
int image_service_pending(const struct image_service *service);

#endif
