#ifndef SLEEVE_APP_EMBED_MUSIC_H
#define SLEEVE_APP_EMBED_MUSIC_H

#include "app/embed.h"

/* What a network of music makes of files that need not be in a catalogue. */

/* Of a patch, or the means over the patches of a file. Valid during the call. */
struct music_result {
    const char *path;
    double start, seconds; /* of the patch; the file's: 0 and the length of all its patches */
    int64_t patches;
    int width, n_tags;
    const float *embedding, *tags;
    const char *const *tag_names;
};

/* Calls `each` for every file in their order or, with `by_patch`, for every patch of every file. A file that cannot be
 * read is logged and left out; the status is then STATUS_BAD_DATA, after all other files. STATUS_USAGE where the
 * extractor does not read music. */
enum status app_embed_music(const struct embed_settings *settings, bool by_patch, const char *const *paths,
                            size_t n_paths,
                            enum status (*each)(const struct music_result *result, void *context, struct error *error),
                            void *context, struct error *error);

#endif
