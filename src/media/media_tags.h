#ifndef SLEEVE_MEDIA_MEDIA_TAGS_H
#define SLEEVE_MEDIA_MEDIA_TAGS_H

#include "media/media.h"

/* Adds a tag by its name in any of the formats ("TSRC", "isrc", "MusicBrainz Album Id", ...); tags that are not used
 * are ignored. The first value of a tag stays. */
void media_tags_add(struct media_tags *tags, const char *name, const char *value);

/* Adds the MusicBrainz recording id of an ID3v2 tag, which is in a frame that libavformat does not read (UFID). `bytes`
 * are the tag from its header on, perhaps cut. */
void media_tags_add_id3(struct media_tags *tags, const uint8_t *bytes, size_t size);

#endif
