#ifndef SLEEVE_APP_EXPLAIN_INTERNAL_H
#define SLEEVE_APP_EXPLAIN_INTERNAL_H

#include "app/app_internal.h"
#include "app/explain.h"

struct set_names {
    char names[WHY_SPACES_MAX][FEATURE_NAME_MAX + 1];
    size_t count;
};
bool set_names_have(const struct set_names *names, const char *name);

/* Add to why->nearest; its tracks and seeds are set. */
void why_nearest_song(struct app_why *why, const struct track_vectors *vectors);
/* `used`: the sets that the model uses. */
enum status why_nearest_features(struct app *app, struct app_why *why, const struct set_names *used,
                                 struct error *error);

#endif
