#ifndef SLEEVE_APP_HIDDEN_H
#define SLEEVE_APP_HIDDEN_H

#include "db/steering.h"
#include "db/tracks.h"

/* Tracks that suggestions leave out. All reasons for that are in one table: a source adds what it hides. */

/* X(name): a function hidden_from_name, called with a playlist of the catalogue, or 0 where it is not saved. To hide
 * tracks for another reason, add a row and the function. */
#define HIDDEN_SOURCES(X) X(steering) X(ratings)

struct hidden {
    struct hidden_ids {
        int64_t *ids; /* ascending after hidden_read */
        size_t count, capacity;
    } of[STEERING_ITEMS];
    bool failed; /* memory ran out */
};

#define HIDDEN_SOURCE(name)                                                                                            \
    enum status hidden_from_##name(struct catalogue *catalogue, int64_t playlist, struct hidden *hidden,               \
                                   struct error *error);
HIDDEN_SOURCES(HIDDEN_SOURCE)
#undef HIDDEN_SOURCE

/* Everything that the sources hide from suggestions for a playlist. On an error `hidden` is empty. */
enum status hidden_read(struct catalogue *catalogue, int64_t playlist, struct hidden *hidden, struct error *error);
void hidden_free(struct hidden *hidden);
/* For sources: hides a track, an album's tracks, or an artist's. */
void hidden_add(struct hidden *hidden, enum steering_item item, int64_t id);
/* Whether the track, its album or its artist is hidden. */
bool hidden_has(const struct hidden *hidden, const struct track *track);
/* After other calls of hidden_add than those of the sources, before hidden_has. */
void hidden_sort(struct hidden *hidden);

#endif
