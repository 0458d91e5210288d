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

const char *media_demuxer(const uint8_t *head, size_t size, const char *name)
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
    return media_mpeg_bit_rate(head, size) > 0 || strcasecmp(extension_of(name), ".mp3") == 0 ? "mp3" : NULL;
}

int media_mpeg_bit_rate(const uint8_t *frame, size_t size)
{
    static const short rates[2][16] = {{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
                                       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};
    if (size < 4 || frame[0] != 0xff || (frame[1] & 0xe6) != 0xe2 || (frame[1] & 0x18) == 0x08 ||
        (frame[2] & 0x0c) == 0x0c)
        return 0;
    const bool half_rate = (frame[1] & 0x18) != 0x18; /* MPEG 2 and 2.5 */
    return 1000 * rates[half_rate][frame[2] >> 4];
}
