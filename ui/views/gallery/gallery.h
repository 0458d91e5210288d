#ifndef SLEEVE_UI_VIEWS_GALLERY_H
#define SLEEVE_UI_VIEWS_GALLERY_H

#include <stdatomic.h>

#include "core/progress.h"
#include "ui/command.h"
#include "ui/state.h"

/* What the popups of covers share. */

/* A copy of what is shown of an album; longer texts are cut. */
struct gallery_cover {
    int64_t id; /* 0: none */
    int32_t year, n_tracks;
    enum cover_origin origin;
    uint32_t colour;
    char title[200], artist[200];
};
struct gallery_cover gallery_copy(const struct album *album);
/* With the texts of the copy. */
struct album gallery_album(const struct gallery_cover *cover);

/* A track's album with the track's artist; false: the track is NULL or has none. */
bool gallery_album_of_track(const struct track *track, struct album *album);
/* The album of what is selected in the popup or tab that is shown. */
enum status gallery_selected(const struct state *state, struct album *album, struct error *error);
/* Sets `set` to the name of an embedding set: `argument`, the one after `present` for "next", or for "" `present`,
 * which may be "" for the one of the map. */
enum status gallery_set(const struct state *state, const char *argument, const char *present, char set[NAME_SIZE],
                        struct error *error);
/* Adds the album's most popular track to the playlist. */
enum status gallery_add(struct state *state, struct effect_list *effects, const struct album *album,
                        struct error *error);
/* "up", "down", "left" or "right" as steps; the error message begins with `what`. */
enum status gallery_direction(const char *what, const char *argument, int *rows, int *columns, struct error *error);

/* A progress that is cancelled with an effect: for work that runs in one. */
struct gallery_progress {
    struct progress progress;
    const atomic_bool *cancel;
};
struct gallery_progress gallery_progress(const atomic_bool *cancel);

/* For popups of covers: these commands of all views have no meaning. */
COMMAND(gallery_no_page);
COMMAND(gallery_no_pane);

#endif
