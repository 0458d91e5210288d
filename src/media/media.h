#ifndef SLEEVE_MEDIA_MEDIA_H
#define SLEEVE_MEDIA_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* Tags, duration and cover of a music file: MP3, FLAC, Ogg (Vorbis, Opus, FLAC, Speex), M4A, AAC, WAV, AIFF, WMA,
 * Monkey's Audio and WavPack. FFmpeg's libavformat reads the container; nothing is decoded. The library is loaded at
 * the first use, because loading it and the libraries that it needs takes 30 to 150 ms. */

enum {
    MEDIA_TEXT = 1004, /* bytes of a text, with its NUL: 1,000 and at most a part of a character */
    MEDIA_ID = 64,
    MEDIA_PICTURE_MAX = 16 << 20, /* bytes of a picture */
};

/* Only pictures that the file calls its front cover, or gives no kind, are covers. */
enum media_picture { MEDIA_NO_PICTURE, MEDIA_PICTURE_FRONT, MEDIA_PICTURE_UNNAMED };

/* Plain data without pointers, so that it can be sent by another process. Texts are well-formed UTF-8, trimmed, ""
 * where the file has none; values that are not UTF-8 are read as Windows-1252. */
struct media_tags {
    char title[MEDIA_TEXT], artist[MEDIA_TEXT], album[MEDIA_TEXT], album_artist[MEDIA_TEXT], genre[MEDIA_TEXT];
    char date[MEDIA_ID];          /* of the release, as the file has it */
    char original_date[MEDIA_ID]; /* of the first release */
    char recording[MEDIA_ID];     /* MusicBrainz id: 36 characters in lower case */
    char release[MEDIA_ID];       /* MusicBrainz id */
    char isrc[MEDIA_ID];          /* 12 characters in upper case */
    int32_t track, disc;          /* 0: unknown */
    int32_t duration_ms;          /* -1: unknown */
    uint8_t compilation;          /* 1: the file says that its album is a compilation */
    uint8_t more_artists;         /* 1: only the first of several artists was kept */
    uint8_t cut;                  /* 1: a text was cut, because it is longer than 1,000 bytes */
    uint8_t picture;              /* enum media_picture */
    uint32_t picture_size;        /* bytes */
    char picture_hash[33];        /* core/hash.h; "": no picture */
};

/* Loads libavformat; later calls return at once. STATUS_FAILED when it is not installed. Thread-safe. */
enum status media_load(struct error *error);

/* Reads the open file from its start. `name` is for messages, which begin with it. `picture` (NULL: only its
 * hash is needed) receives the bytes of the cover, if there is one. No other file is opened, only the demuxers of the
 * formats above are used, and reading ends with an error after 96 MB or 10 seconds. A file that is damaged, has no
 * audio, or has video, is STATUS_BAD_DATA. Thread-safe. */
enum status media_read(int descriptor, const char *name, struct media_tags *tags, struct buffer *picture,
                       struct error *error);

/* The same in a process of its own (src/sandbox/). */
enum status media_read_safely(int descriptor, const char *name, struct media_tags *tags, struct buffer *picture,
                              struct error *error);

/* The result of media_read as bytes, for another process, and back. media_unpack trusts none of the bytes: lengths,
 * texts and numbers are checked, STATUS_BAD_DATA. `picture` may be NULL. */
void media_pack(const struct media_tags *tags, const struct buffer *picture, struct buffer *out);
enum status media_unpack(const void *bytes, size_t size, struct media_tags *tags, struct buffer *picture,
                         struct error *error);

/* Whether a file of this name is one that media_read may read. */
bool media_is_music_name(const char *name);

#endif
