#ifndef SLEEVE_MEDIA_MEDIA_FORMAT_H
#define SLEEVE_MEDIA_MEDIA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Formats by their first bytes. libavformat would let each of its 300 demuxers look at a file. Here the demuxer is
 * chosen first, so that only those of music run. */

enum { MEDIA_HEAD = 8192 }; /* bytes at the start of a format that decide */

/* The size of the ID3v2 tag at the start of the file; 0: there is none. */
uint32_t media_id3_size(const uint8_t *head, size_t size);
/* The name of libavformat's demuxer for a file with these bytes behind its ID3v2 tag (`tagged`: it has one); NULL:
 * none. Frames of MP3 may begin some bytes later. */
const char *media_demuxer(const uint8_t *head, size_t size, bool tagged);

/* The bit rate and the bytes of the MPEG audio frame at the start of the bytes (layer III; ISO 11172-3 and 13818-3);
 * false: there is none. */
bool media_mpeg_frame(const uint8_t *frame, size_t size, int *bit_rate, size_t *length);

#endif
