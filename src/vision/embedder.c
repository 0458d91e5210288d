#include <string.h>

#include "vision/embedders.h"

const struct embedder *const embedders[] = {&embedder_gray16, &embedder_gist, NULL};

const struct embedder *embedder_find(const char *name)
{
    for (size_t i = 0; embedders[i]; i++)
        if (strcmp(embedders[i]->name, name) == 0)
            return embedders[i];
    return NULL;
}
