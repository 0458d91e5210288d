#include "core/file_kind.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* `also`, unless empty, must occur somewhere in the given bytes. */
static const struct {
    size_t at;
    const char *bytes;
    size_t size;
    const char *also, *what;
} binary_kinds[] = {
#define MAGIC(at, bytes) at, bytes, sizeof bytes - 1
    {MAGIC(0, "PK\3\4"), "xl/", "an Excel workbook; save the sheet as CSV UTF-8"},
    {MAGIC(0, "PK\3\4"), "opendocument.spreadsheet", "an OpenDocument spreadsheet; save the sheet as CSV"},
    {MAGIC(0, "PK\3\4"), "", "a ZIP archive; unpack it first"},
    {MAGIC(0, "PK\5\6"), "", "an empty ZIP archive"},
    {MAGIC(0, "\x1f\x8b"), "", "a gzip file; unpack it first"},
    {MAGIC(0, "BZh"), "1AY&SY", "a bzip2 file; unpack it first"},
    {MAGIC(0, "\xfd"
              "7zXZ"),
     "", "an xz file; unpack it first"},
    {MAGIC(0, "\x28\xb5\x2f\xfd"), "", "a Zstandard file; unpack it first"},
    {MAGIC(0, "7z\xbc\xaf\x27\x1c"), "", "a 7-Zip archive; unpack it first"},
    {MAGIC(0, "Rar!\x1a\7"), "", "a RAR archive; unpack it first"},
    {MAGIC(257, "ustar"), "", "a tar archive; unpack it first"},
    {MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "", "an old Excel or Office document; save the sheet as CSV UTF-8"},
    {MAGIC(0, "SQLite format 3\0"), "", "an SQLite database"},
    {MAGIC(0, "\x89PNG\r\n\x1a\n"), "", "a PNG picture"},
    {MAGIC(0, "\xff\xd8\xff"), "", "a JPEG picture"},
    {MAGIC(0, "GIF8"), "", "a GIF picture"},
    {MAGIC(8, "WEBP"), "", "a WebP picture"},
    {MAGIC(0, "%PDF-"), "", "a PDF document; export the table as CSV"},
    {MAGIC(0, "\x93NUMPY"), "", "a NumPy array (.npy)"},
    {MAGIC(0, "PAR1"), "", "a Parquet table; export it as CSV"},
    {MAGIC(0, "ARROW1"), "", "an Arrow table; export it as CSV"},
    {MAGIC(0, "\x7f"
              "ELF"),
     "", "a program"},
    {MAGIC(0, "bplist00"), "", "a binary property list"},
    {MAGIC(0, "OggS"), "", "an Ogg sound file"},
    {MAGIC(0, "fLaC"), "", "a FLAC sound file"},
    {MAGIC(0, "ID3"), "", "an MP3 sound file"},
    {MAGIC(4, "ftyp"), "", "an MP4 media file"},
    {MAGIC(0, "RIFF"), "WAVEfmt", "a WAV sound file"},
    {MAGIC(0, "\0\5\x16\7"), "", "a macOS resource file (._), not the file itself"},
    {MAGIC(0, "\0\0\xfe\xff"), "", "UTF-32 text; save it as UTF-8"},
    {MAGIC(0, "\xff\xfe\0\0"), "", "UTF-32 text; save it as UTF-8"},
#undef MAGIC
};

/* Compared at the first character that is not white space, ignoring case. */
static const struct {
    const char *begins, *also, *what;
} text_kinds[] = {
    {"<!doctype html", "", "a web page (HTML); download the file itself"},
    {"<html", "", "a web page (HTML); download the file itself"},
    {"<?xml", "<html", "a web page (HTML); download the file itself"},
    {"<?xml", "<plist", "a property list (XML), as iTunes exports"},
    {"<?xml", "xspf", "an XSPF playlist (XML)"},
    {"<", "", "XML or HTML"},
    {"{\\rtf", "", "a Rich Text document; save it as plain text"},
    {"version https://git-lfs", "", "a Git LFS pointer; fetch the file itself"},
    {"#EXTM3U", "", "an M3U playlist"},
    {"{", "\"num_holdouts\"", "the challenge set of the Million Playlist Dataset"},
    {"{", "\"pid\"", "a slice of the Million Playlist Dataset (import mpd reads it)"},
    {"{", "\"lastModifiedDate\"", "Spotify account data (playlists)"},
    {"{", "\"bannedTracks\"", "Spotify account data (library)"},
    {"{\"tracks\"", "\"spotify:track:", "Spotify account data (library)"},
    {"{\n  \"tracks\"", "\"spotify:track:", "Spotify account data (library)"},
    {"{\r\n  \"tracks\"", "\"spotify:track:", "Spotify account data (library)"},
    {"[", "\"msPlayed\"", "Spotify account data (streaming history)"},
    {"[", "\"ms_played\"", "Spotify account data (streaming history)"},
    {"{", "\"playlist\"", "a JSPF playlist"},
    {"{\"", "", "JSON"},
    {"{", "\":", "JSON"},
    {"{}", "", "JSON"},
    {"[{", "", "JSON"},
    {"[", "\":", "JSON"},
    {"%!PS", "", "a PostScript document"},
    {"-----BEGIN", "", "an encrypted or signed message"},
};

static bool holds(const void *bytes, size_t size, const char *part)
{
    return *part == '\0' || memmem(bytes, size, part, strlen(part)) != NULL;
}

/* A table may begin with the letters "ID3" or "GIF8"; files of these formats contain more than letters. */
static bool is_all_letters(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] >= 0x7f || (bytes[i] < 0x20 && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r'))
            return false;
    return true;
}

const char *file_kind_of_bytes(const void *bytes, size_t size)
{
    const unsigned char *first = bytes;
    if (is_all_letters(bytes, size))
        return NULL;
    for (size_t i = 0; i < sizeof binary_kinds / sizeof *binary_kinds; i++)
        if (size >= binary_kinds[i].at + binary_kinds[i].size &&
            memcmp(first + binary_kinds[i].at, binary_kinds[i].bytes, binary_kinds[i].size) == 0 &&
            holds(bytes, size, binary_kinds[i].also))
            return binary_kinds[i].what;
    return NULL;
}

const char *file_kind_of_text(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", *text) && *text) {
        text++;
        size--;
    }
    for (size_t i = 0; i < sizeof text_kinds / sizeof *text_kinds; i++) {
        size_t length = strlen(text_kinds[i].begins);
        if (size >= length && strncasecmp(text, text_kinds[i].begins, length) == 0 &&
            holds(text, size, text_kinds[i].also))
            return text_kinds[i].what;
    }
    return NULL;
}
