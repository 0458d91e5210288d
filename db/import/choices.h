#ifndef SLEEVE_DB_IMPORT_CHOICES_H
#define SLEEVE_DB_IMPORT_CHOICES_H

#include "db/id_map.h"
#include "db/import/foreign.h"

/* What a person has decided about entries without a track: by the entry's title, artist, album and id
 * (unmatched_key). Start with `{0}`. */

enum { CHOICE_NONE = 0, CHOICE_NEW = -1, CHOICE_LEAVE = -2 };

struct match_choices {
    struct id_map entries;
    struct buffer tracks; /* int32_t by number - 1: a track of the catalogue, CHOICE_NEW or CHOICE_LEAVE */
};

void match_choices_free(struct match_choices *choices);
/* A later choice for the same entry replaces the earlier one. False when memory ran out. */
bool match_choices_add(struct match_choices *choices, const char *title, const char *artist, const char *album,
                       const char *id, int32_t track);
/* CHOICE_NONE where nothing was decided; `scratch` is overwritten. */
int32_t match_choices_find(const struct match_choices *choices, const struct foreign_track *track,
                           struct buffer *scratch);

#endif
