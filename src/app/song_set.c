#include "app/song_set.h"

#include <string.h>

#include "core/hash.h"
#include "core/text.h"

bool song_set_start(struct song_set *set, size_t n)
{
    *set = (struct song_set){0};
    return edition_years_start(&set->places, n);
}

void song_set_free(struct song_set *set)
{
    edition_years_free(&set->places);
    buffer_free(&set->scratch);
    *set = (struct song_set){0};
}

bool song_set_add(struct song_set *set, const struct track *track)
{
    if (!track->title[0] || !track->artist[0])
        return true;
    buffer_clear(&set->scratch);
    text_fold(track->artist, strlen(track->artist), &set->scratch);
    const uint64_t artist = hash_bytes(set->scratch.data ? set->scratch.data : "", set->scratch.size);
    const uint64_t song = edition_key(track->title, (int64_t)artist, &set->scratch);
    if (edition_years_find(&set->places, song) != 0)
        return false;
    edition_years_add(&set->places, song, ++set->count);
    return true;
}
