#include <string.h>

#include "core/text.h"
#include "media/media.h"

void media_pack(const struct media_tags *tags, const struct buffer *picture, struct buffer *out)
{
    buffer_add(out, tags, sizeof *tags);
    if (picture)
        buffer_add(out, picture->data, picture->size);
}

static bool is_text(const char *text, size_t room)
{
    return memchr(text, '\0', room) && text_is_utf8(text, strlen(text));
}

static bool is_flag(uint8_t flag)
{
    return flag <= 1;
}

static bool are_texts(const struct media_tags *tags)
{
    return is_text(tags->title, sizeof tags->title) && is_text(tags->artist, sizeof tags->artist) &&
           is_text(tags->album, sizeof tags->album) && is_text(tags->album_artist, sizeof tags->album_artist) &&
           is_text(tags->genre, sizeof tags->genre) && is_text(tags->date, sizeof tags->date) &&
           is_text(tags->original_date, sizeof tags->original_date) &&
           is_text(tags->recording, sizeof tags->recording) && is_text(tags->release, sizeof tags->release) &&
           is_text(tags->isrc, sizeof tags->isrc) && is_text(tags->picture_hash, sizeof tags->picture_hash);
}

static bool are_numbers(const struct media_tags *tags)
{
    return tags->track >= 0 && tags->disc >= 0 && tags->duration_ms >= -1 && is_flag(tags->compilation) &&
           is_flag(tags->more_artists) && is_flag(tags->cut) && tags->picture <= MEDIA_PICTURE_UNNAMED &&
           tags->picture_size <= MEDIA_PICTURE_MAX &&
           strlen(tags->picture_hash) == (tags->picture == MEDIA_NO_PICTURE ? 0 : 32);
}

enum status media_unpack(const void *bytes, size_t size, struct media_tags *tags, struct buffer *picture,
                         struct error *error)
{
    *tags = (struct media_tags){.duration_ms = -1};
    if (size < sizeof *tags)
        return error_set(error, STATUS_BAD_DATA, "an incomplete answer about a music file");
    memcpy(tags, bytes, sizeof *tags);
    const size_t rest = size - sizeof *tags;
    if (!are_texts(tags) || !are_numbers(tags) || (rest > 0 && rest != tags->picture_size)) {
        *tags = (struct media_tags){.duration_ms = -1};
        return error_set(error, STATUS_BAD_DATA, "an invalid answer about a music file");
    }
    if (picture)
        buffer_add(picture, (const char *)bytes + sizeof *tags, rest);
    return picture && picture->failed ? error_no_memory(error) : STATUS_OK;
}
