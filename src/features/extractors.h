#ifndef SLEEVE_FEATURES_EXTRACTORS_H
#define SLEEVE_FEATURES_EXTRACTORS_H

#include "features/extractor.h"

/* The rows of the table in extractor.c. */
extern const struct extractor extractor_gray16, extractor_gist, extractor_audio, extractor_metadata;

#endif
