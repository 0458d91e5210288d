#ifndef SLEEVE_UI_IMAGE_SERVICE_H
#define SLEEVE_UI_IMAGE_SERVICE_H

#include "core/buffer.h"
#include "core/status.h"
#include "core/workers.h"
#include "draw/image.h"
#include "ui/screen.h"

/* Pictures ready for the terminal: fetched as pixels and encoded in workers, kept in memory (least recently used goes
 * first) and, as far as they are covers, on disk under the XDG cache folder. Called from the thread that draws; it
 * never waits. */
struct image_service;

/* Where pixels come from; called on a worker. Covers are asked for as squares (width == height); a picture smaller than
 * asked for is centred on the background, a larger one is refused. */
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
    bool dimmed;         /* derived from the undimmed one at once when that is there */
    uint32_t background; /* 0xRRGGBB of the page: pads to the full size */
    uint32_t colour;     /* 0xRRGGBB of the plain picture that stands for one that cannot be had */
};

struct encoded_image {
    struct buffer bytes; /* sixel */
    struct image pixels; /* FORMAT_PIXELS */
    uint64_t serial;     /* never 0; two pictures never have the same */
};

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
