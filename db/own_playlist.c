#include <stdlib.h>
#include <string.h>

#include "db/catalogue.h"

void own_playlist_free(struct own_playlist *playlist)
{
    free(playlist->name);
    free(playlist->ids);
    *playlist = (struct own_playlist){0};
}

enum status own_playlist_set(struct own_playlist *playlist, int64_t id, const char *name, const int64_t *ids,
                             size_t count, struct error *error)
{
    struct own_playlist copy = {.id = id, .name = strdup(name), .count = count};
    copy.ids = malloc((count + 1) * sizeof *copy.ids);
    if (!copy.name || !copy.ids) {
        own_playlist_free(&copy);
        return error_no_memory(error);
    }
    if (count > 0)
        memcpy(copy.ids, ids, count * sizeof *ids);
    own_playlist_free(playlist);
    *playlist = copy;
    return STATUS_OK;
}
