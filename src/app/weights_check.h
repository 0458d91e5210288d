#ifndef SLEEVE_APP_WEIGHTS_CHECK_H
#define SLEEVE_APP_WEIGHTS_CHECK_H

#include "app/device.h"
#include "audionet/inspect.h"
#include "vit/inspect.h"

/* Whether a file of weights is the model that it should be: `doctor --weights`. */

struct weights_check_settings {
    const char *path;
    const char *image; /* the picture of which results are published; NULL: none */
    struct device_use *device;
};

/* A published result: numbers of the first tokens, or how well two texts fit the picture. */
struct published_result {
    const char *name;
    double difference; /* the largest one */
    double tolerance;  /* that of the test in which it was published */
    bool agrees;
};
enum { PUBLISHED_RESULTS_MAX = 4 };

struct weights_check {
    struct vit_inspection inspection;
    bool is_music; /* a network of music: `music` is set instead */
    struct audionet_inspection music;
    uint64_t file_size;
    char sha256[65], fingerprint[33];
    struct published_result results[PUBLISHED_RESULTS_MAX];
    int n_results;
    bool agrees; /* with all of them */
};

/* Fills the check whatever the status is. A file that cannot be used is STATUS_BAD_DATA, as is one of a published shape
 * that gives other results than those published. */
enum status app_weights_check(const struct weights_check_settings *settings, struct weights_check *check,
                              struct error *error);

#endif
