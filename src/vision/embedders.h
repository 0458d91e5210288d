#ifndef SLEEVE_VISION_EMBEDDERS_H
#define SLEEVE_VISION_EMBEDDERS_H

#include "vision/embedder.h"

extern const struct embedder embedder_gray16, embedder_gist;

#endif
