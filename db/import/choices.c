#include "db/import/choices.h"

#include "db/import/unmatched.h"

void match_choices_free(struct match_choices *choices)
{
    id_map_free(&choices->entries);
    buffer_free(&choices->tracks);
}

bool match_choices_add(struct match_choices *choices, const char *title, const char *artist, const char *album,
                       const char *id, int32_t track)
{
    struct buffer key = {0};
    unmatched_key(title, artist, album, id, &key);
    int32_t number = key.failed ? 0 : id_map_find(&choices->entries, key.data, key.size);
    if (number > 0) {
        ((int32_t *)(void *)choices->tracks.data)[number - 1] = track;
    } else if (!key.failed) {
        number = id_map_add(&choices->entries, key.data, key.size);
        buffer_add(&choices->tracks, &track, sizeof track);
    }
    buffer_free(&key);
    return number > 0 && !choices->tracks.failed;
}

int32_t match_choices_find(const struct match_choices *choices, const struct foreign_track *track,
                           struct buffer *scratch)
{
    if (!choices)
        return CHOICE_NONE;
    buffer_clear(scratch);
    unmatched_key(track->title, track->artist, track->album, track->id, scratch);
    const int32_t number = scratch->failed ? 0 : id_map_find(&choices->entries, scratch->data, scratch->size);
    return number > 0 ? ((const int32_t *)(const void *)choices->tracks.data)[number - 1] : CHOICE_NONE;
}
