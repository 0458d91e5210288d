#include "cli/commands.h"

enum status cli_find_track(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_track_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = catalogue_track_find_old(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no track \"%s\"; find its key with: sleeve search", key);
    return status;
}

enum status cli_find_playlist(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_playlist_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = catalogue_playlist_find_named(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no playlist \"%s\"; see: sleeve playlists", key);
    return status;
}
