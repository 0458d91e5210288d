#include "ui/views/gallery/gallery.h"

#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/view_ops.h"
#include "ui/views/map/map_state.h"

struct gallery_cover gallery_copy(const struct album *album)
{
    struct gallery_cover cover = {.id = album->id,
                                  .year = album->year,
                                  .n_tracks = album->n_tracks,
                                  .origin = album->cover,
                                  .colour = album->cover_colour};
    snprintf(cover.title, sizeof cover.title, "%s", album->title);
    snprintf(cover.artist, sizeof cover.artist, "%s", album->artist);
    return cover;
}

struct album gallery_album(const struct gallery_cover *cover)
{
    return (struct album){.id = cover->id,
                          .title = cover->title,
                          .artist = cover->artist,
                          .year = cover->year,
                          .n_tracks = cover->n_tracks,
                          .cover = cover->origin,
                          .cover_colour = cover->colour};
}

bool gallery_album_of_track(const struct track *track, struct album *album)
{
    if (!track || track->album_id == 0)
        return false;
    *album = (struct album){.id = track->album_id,
                            .title = track->album,
                            .artist = track->artist,
                            .year = track->year,
                            .cover = track->cover,
                            .cover_colour = track->cover_colour};
    return true;
}

enum status gallery_selected(const struct state *state, struct album *album, struct error *error)
{
    const struct view_ops *popup = state->overlay != VIEW_NONE ? view_ops(state->overlay) : NULL;
    const struct view_ops *ops = popup && popup->album ? popup : view_ops(state->view);
    if (ops->album && ops->album(state, album))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "no album is selected; select one first, or a track of one");
}

enum status gallery_set(const struct state *state, const char *argument, const char *present, char set[NAME_SIZE],
                        struct error *error)
{
    const struct map_state *map = map_of(state);
    const struct name_list *sets = &map->sets;
    size_t at = name_list_find(sets, present);
    if (sets->count == 0 && state_awaits(state, EFFECT_SETS))
        return error_set(error, STATUS_USAGE, "the names of the embeddings are still being read; try again");
    if (sets->count == 0)
        return error_set(error, STATUS_USAGE, "there is no embedding yet; \"sleeve embed gist\" makes one");
    if (strcmp(argument, "next") == 0)
        at = at + 1 < sets->count ? at + 1 : 0;
    else if (argument[0])
        at = name_list_find(sets, argument);
    else if (at == sets->count)
        at = name_list_find(sets, map->set) % sets->count;
    if (at == sets->count)
        return error_set(error, STATUS_USAGE, "there is no embedding \"%s\"; gs lists them", argument);
    memcpy(set, sets->names[at], NAME_SIZE);
    return STATUS_OK;
}

enum status gallery_add(struct state *state, struct effect_list *effects, const struct album *album,
                        struct error *error)
{
    struct effect *effect = effect_request(effects, state, EFFECT_ALBUM_ADD, album->title);
    if (!effect)
        return error_no_memory(error);
    effect->id = album->id;
    return STATUS_OK;
}

enum status gallery_direction(const char *what, const char *argument, int *rows, int *columns, struct error *error)
{
    static const struct {
        const char *name;
        int rows, columns;
    } directions[] = {{"up", -1, 0}, {"down", 1, 0}, {"left", 0, -1}, {"right", 0, 1}};
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++)
        if (strcmp(argument, directions[i].name) == 0) {
            *rows = directions[i].rows;
            *columns = directions[i].columns;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "%s: \"%s\" is not up, down, left or right", what, argument);
}

COMMAND(gallery_no_page)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "all covers are on one page");
}

COMMAND(gallery_no_pane)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "there are no panes here; escape closes this");
}

static bool is_cancelled(struct progress *progress)
{
    return atomic_load(((struct gallery_progress *)progress)->cancel);
}

struct gallery_progress gallery_progress(const atomic_bool *cancel)
{
    return (struct gallery_progress){.progress = {.cancelled = is_cancelled}, .cancel = cancel};
}
