#ifndef SLEEVE_FEATURES_EXTRACTORS_H
#define SLEEVE_FEATURES_EXTRACTORS_H

#include "features/extractor.h"

/* The list of extractors, X(name): each is a `struct extractor extractor_name` in a file of its own. Help, errors and
 * completions follow from it. */
#define EXTRACTOR_LIST(X)                                                                                              \
    X(gray16)                                                                                                          \
    X(gist)                                                                                                            \
    X(clip)                                                                                                            \
    X(dinov2)                                                                                                          \
    X(musicnn)                                                                                                         \
    X(vgg)                                                                                                             \
    X(audio)                                                                                                           \
    X(metadata)                                                                                                        \
    X(names)

#define EXTRACTOR_DECLARATION(name) extern const struct extractor extractor_##name;
EXTRACTOR_LIST(EXTRACTOR_DECLARATION)

#endif
