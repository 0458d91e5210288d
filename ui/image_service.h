#ifndef SLEEVE_UI_IMAGE_SERVICE_H
#define SLEEVE_UI_IMAGE_SERVICE_H

#include "core/buffer.h"
#include "core/status.h"
#include "core/workers.h"
#include "ui/screen.h"
#include "vision/image.h"

/* Pictures ready for the terminal: fetched as pixels and encoded in workers, kept in memory (least recently used goes
 * first) and, as far as they are covers, on disk under the XDG cache folder. Called from the thread that draws; it never
 * waits. */
struct image_service;

/* Where pixels come from; called on a worker. `width` and `height` in pixels. */
struct image_source {
    enum status (*pixels)(void *context, const struct image_reference *reference, int width, int height,
                          struct image *image, struct error *error);
    void *context;
    char fingerprint[64]; /* of whatever decides the covers' looks: stands in disk cache names */
};

enum image_format { FORMAT_SIXEL, FORMAT_PIXELS };

/* What to make of a picture: sixel bytes (whole cells, below 900 KB) or pixels scaled to width x height. */
struct image_request {
    struct image_reference reference;
    enum image_format format;
    int width, height;   /* pixels; for half-blocks: columns x 2 rows */
    int registers;       /* sixel palette size */
    bool dimmed;
};

struct encoded_image {
    struct buffer bytes;  /* sixel */
    struct image pixels;  /* FORMAT_PIXELS */
};

enum status image_service_create(struct workers *workers, const struct image_source *source, size_t memory_limit,
                                 struct image_service **service, struct error *error);
void image_service_destroy(struct image_service *service);
/* The picture when it is there (valid until the next call of the service), else NULL after asking for it. */
const struct encoded_image *image_service_get(struct image_service *service, const struct image_request *request);
/* Asks for a picture that will be wanted soon; less urgent than what is wanted now. */
void image_service_prefetch(struct image_service *service, const struct image_request *request);
/* Forgets requests not repeated since the last call: call once a frame after drawing. */
void image_service_end_frame(struct image_service *service);
/* Changes whenever a picture arrived: the thread that draws shows the screen again then. */
uint64_t image_service_version(const struct image_service *service);
/* Pictures asked for and not there yet. */
int image_service_pending(const struct image_service *service);

#endif
