#include "media/media_format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "media/media.h"

static const char *const music_names[] = {".mp3", ".flac", ".ogg", ".oga",  ".opus", ".spx", ".m4a", ".m4b",
                                          ".aac", ".wav",  ".aif", ".aiff", ".aifc", ".wma", ".ape", ".wv"};

static const char *extension_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
    const char *base = slash ? slash + 1 : name;
    return dot && dot > base ? dot : "";
}

bool media_is_music_name(const char *name)
{
    for (size_t i = 0; i < sizeof music_names / sizeof *music_names; i++)
        if (strcasecmp(extension_of(name), music_names[i]) == 0)
            return true;
    return false;
}

uint32_t media_id3_size(const uint8_t *head, size_t size)
{
    if (size < 10 || memcmp(head, "ID3", 3) != 0 || head[3] == 0xff || head[4] == 0xff ||
        ((head[6] | head[7] | head[8] | head[9]) & 0x80))
        return 0;
    const uint32_t body =
        (uint32_t)head[6] << 21 | (uint32_t)head[7] << 14 | (uint32_t)head[8] << 7 | (uint32_t)head[9];
    return body + (head[5] & 0x10 ? 20 : 10);
}

/* Two frames in a row: any two bytes may look like the start of one. */
static bool has_frames(const uint8_t *head, size_t size)
{
    int bit_rate;
    size_t length, after;
    for (size_t at = 0; at + 4 <= size; at++)
        if (media_mpeg_frame(head + at, size - at, &bit_rate, &length) && length < size - at &&
            media_mpeg_frame(head + at + length, size - at - length, &bit_rate, &after))
            return true;
    return false;
}

const char *media_demuxer(const uint8_t *head, size_t size, bool tagged)
{
    static const struct {
        const char *demuxer, *first; /* at the start */
        size_t at;
        const char *second; /* four bytes at `at`; NULL: none */
    } formats[] = {
        {"flac", "fLaC", 0, NULL},
        {"ogg", "OggS", 0, NULL},
        {"wav", "RIFF", 8, "WAVE"},
        {"wav", "RF64", 8, "WAVE"},
        {"aiff", "FORM", 8, "AIFF"},
        {"aiff", "FORM", 8, "AIFC"},
        {"asf", "\x30\x26\xb2\x75", 4, "\x8e\x66\xcf\x11"},
        {"ape", "MAC ", 0, NULL},
        {"wv", "wvpk", 0, NULL},
        {"mov", "", 4, "ftyp"},
    };
    for (size_t i = 0; size >= 12 && i < sizeof formats / sizeof *formats; i++)
        if (memcmp(head, formats[i].first, strlen(formats[i].first)) == 0 &&
            (!formats[i].second || memcmp(head + formats[i].at, formats[i].second, 4) == 0))
            return formats[i].demuxer;
    if (size >= 2 && head[0] == 0xff && (head[1] & 0xf6) == 0xf0)
        return "aac";
    return tagged || has_frames(head, size) ? "mp3" : NULL;
}

bool media_mpeg_frame(const uint8_t *frame, size_t size, int *bit_rate, size_t *length)
{
    static const short rates[2][16] = {{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
                                       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};
    static const int frequencies[4] = {44100, 48000, 32000, 0};
    if (size < 4 || frame[0] != 0xff || (frame[1] & 0xe6) != 0xe2 || (frame[1] & 0x18) == 0x08)
        return false;
    const int version = (frame[1] & 0x18) == 0x18 ? 0 : (frame[1] & 0x18) == 0x10 ? 1 : 2; /* MPEG 1, 2, 2.5 */
    const int frequency = frequencies[frame[2] >> 2 & 3] >> version;
    *bit_rate = 1000 * rates[version > 0][frame[2] >> 4];
    if (frequency == 0 || *bit_rate == 0)
        return false;
    *length = (size_t)((version == 0 ? 144 : 72) * *bit_rate / frequency + (frame[2] >> 1 & 1));
    return true;
}
