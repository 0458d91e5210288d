#include "app/failure_explained.h"

#include <stdlib.h>

void failure_explained_free(struct failure_explained *explained)
{
    for (int i = 0; i < FAILURE_SIDES; i++) {
        const struct explained_side *side = &explained->sides[i];
        free(side->ranks);
        free(side->scored);
        free(side->counts);
        free(side->in_reach);
        free(side->list_counts);
    }
    *explained = (struct failure_explained){0};
}
