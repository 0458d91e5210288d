#include "core/compress.h"

#include <string.h>
#include <zlib.h>

/* ---- gzip ---- */

enum status gzip_add(const void *bytes, size_t size, struct buffer *out, struct error *error)
{
    enum { GZIP = 16, PART = 1 << 20 };
    z_stream stream = {0};
    const unsigned char *in = bytes;
    unsigned char block[1 << 16];
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS | GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return error_no_memory(error);
    int result = Z_OK;
    while (result == Z_OK) {
        if (stream.avail_in == 0 && size > 0) {
            stream.next_in = (unsigned char *)(uintptr_t)in;
            stream.avail_in = size < PART ? (uInt)size : PART;
            in += stream.avail_in;
            size -= stream.avail_in;
        }
        stream.next_out = block;
        stream.avail_out = sizeof block;
        result = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH);
        buffer_add(out, block, sizeof block - stream.avail_out);
    }
    deflateEnd(&stream);
    return result == Z_STREAM_END && !out->failed ? STATUS_OK : error_no_memory(error);
}

/* ---- ZIP (APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16) ---- */

enum { VERSION = 20, FIRST_DAY = 33 /* 1 January 1980, the earliest date */ };

static void add_16(struct buffer *out, unsigned value)
{
    buffer_add_byte(out, (char)(value & 0xff));
    buffer_add_byte(out, (char)(value >> 8 & 0xff));
}

static void add_32(struct buffer *out, uint64_t value)
{
    add_16(out, (unsigned)(value & 0xffff));
    add_16(out, (unsigned)(value >> 16 & 0xffff));
}

static uint32_t checksum(uint32_t crc, const void *bytes, size_t size)
{
    enum { PART = 1 << 30 };
    for (const unsigned char *at = bytes; size > 0;) {
        const uInt part = size < PART ? (uInt)size : PART;
        crc = (uint32_t)crc32(crc, at, part);
        at += part;
        size -= part;
    }
    return crc;
}

/* What the header of a file and its entry in the list have in common. */
static void add_file(struct buffer *out, uint32_t crc, uint64_t size, const char *name)
{
    add_16(out, VERSION);
    add_16(out, 0); /* no flags */
    add_16(out, 0); /* stored */
    add_16(out, 0);
    add_16(out, FIRST_DAY);
    add_32(out, crc);
    add_32(out, size);
    add_32(out, size);
    add_16(out, (unsigned)strlen(name));
    add_16(out, 0); /* no extra field */
}

enum status zip_add(struct zip_writer *zip, const char *name, const struct buffer *head, const void *body, size_t size,
                    struct error *error)
{
    struct buffer header = {0};
    const uint64_t total = head->size + size, begin = zip->size;
    const uint32_t crc = checksum(checksum(0, head->data, head->size), body, size);
    if (begin + total + 1024 > UINT32_MAX)
        return error_set(error, STATUS_FAILED, "the archive would be larger than 4 GB; export fewer playlists");
    buffer_add(&header, "PK\3\4", 4);
    add_file(&header, crc, total, name);
    buffer_add_text(&header, name);
    buffer_add(&zip->directory, "PK\1\2", 4);
    add_16(&zip->directory, VERSION);
    add_file(&zip->directory, crc, total, name);
    add_16(&zip->directory, 0); /* no comment */
    add_16(&zip->directory, 0); /* first disk */
    add_16(&zip->directory, 0);
    add_32(&zip->directory, 0);
    add_32(&zip->directory, begin);
    buffer_add_text(&zip->directory, name);
    const bool failed = header.failed || zip->directory.failed;
    if (!failed) {
        fwrite(header.data, 1, header.size, zip->stream);
        fwrite(head->data, 1, head->size, zip->stream);
        if (size > 0)
            fwrite(body, 1, size, zip->stream);
    }
    zip->size += header.size + total;
    zip->n_files++;
    buffer_free(&header);
    return failed ? error_no_memory(error) : STATUS_OK;
}

enum status zip_end(struct zip_writer *zip, bool write, struct error *error)
{
    const uint64_t begin = zip->size, size = zip->directory.size;
    buffer_add(&zip->directory, "PK\5\6", 4);
    add_32(&zip->directory, 0); /* one disk */
    add_16(&zip->directory, (unsigned)zip->n_files);
    add_16(&zip->directory, (unsigned)zip->n_files);
    add_32(&zip->directory, size);
    add_32(&zip->directory, begin);
    add_16(&zip->directory, 0); /* no comment */
    const bool failed = zip->directory.failed;
    if (write && !failed)
        fwrite(zip->directory.data, 1, zip->directory.size, zip->stream);
    buffer_free(&zip->directory);
    return write && failed ? error_no_memory(error) : STATUS_OK;
}
