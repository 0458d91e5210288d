#ifndef SLEEVE_UI_MARKS_H
#define SLEEVE_UI_MARKS_H

#include "ui/tracks.h"

/* The marked tracks of a list, on which commands act together. When the list changes, marks follow their tracks; of a
 * track that occurs more than once, each occurrence is marked on its own. A range reaches from where it started to
 * the selection and moves with that, until its tracks are marked or it is dropped. All zero: nothing is marked. */
struct marks {
    bool *on;     /* [count] */
    int64_t *ids; /* [count] the tracks of the list */
    size_t count, marked;
    bool ranging;
    size_t from; /* where the range started */
};

void marks_free(struct marks *marks);
/* Fits the marks to the list after a change. */
void marks_follow(struct marks *marks, const struct track *const *items, size_t count);

bool marks_has(const struct marks *marks, size_t at, size_t selected);
size_t marks_count(const struct marks *marks, size_t selected);
/* The marked positions in order, *positions malloc'ed; 0 when there are none or memory ran out. */
size_t marks_positions(const struct marks *marks, size_t selected, size_t **positions);

/* What changes marks takes the list that they are of. False when memory ran out. */
bool marks_toggle(struct marks *marks, const struct track *const *items, size_t count, size_t at);
/* Begins a range at the selection, or marks what the range covers. */
bool marks_range(struct marks *marks, const struct track *const *items, size_t count, size_t selected);
/* Marks everything, or exactly what was not marked. */
bool marks_all(struct marks *marks, const struct track *const *items, size_t count);
bool marks_invert(struct marks *marks, const struct track *const *items, size_t count, size_t selected);
/* Marks exactly these positions. */
bool marks_set(struct marks *marks, const struct track *const *items, size_t count, const size_t *positions, size_t n);
void marks_clear(struct marks *marks);

#endif
