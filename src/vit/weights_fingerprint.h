#ifndef SLEEVE_VIT_WEIGHTS_FINGERPRINT_H
#define SLEEVE_VIT_WEIGHTS_FINGERPRINT_H

#include "core/safetensors.h"

/* Metadata of a feature set that a network made: the file of its weights (an absolute path) and the fingerprint. */
#define WEIGHTS_PATH_KEY "weights.path"
#define WEIGHTS_FINGERPRINT_KEY "weights.fingerprint"

/* Identifies a file of weights without reading all of it: a hash of its size, its header, and 64 blocks of 4 KiB that
 * are evenly spaced in the data. Any training changes all of them. Not a protection against forgery. */
void weights_fingerprint(const struct safetensors *file, char text[33]);

#endif
