/* JPEG through libjpeg-turbo, with the settings of Pillow. A warning of the library ends the decoding if it means that
 * pixels are missing; work that does not add pixels (scans, visited blocks) is limited. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "core/interrupt.h"
#include "vision/image_format.h"

enum {
    /* A progressive picture of a common encoder has about 10 scans. */
    SCANS_MAX = 200,
    VISITS_PER_BLOCK = 32,      /* how often the scans may visit a block of 8 x 8 values, on average */
    VISITS_MAX = 16 * 1000000,  /* in total: about a second */
    MEMORY_MAX = 512 << 20,     /* a second check: image_decode compares the header with its own limit */
    COEFFICIENTS_SIZE = 64 * 2, /* bytes per block while scans accumulate */
};

struct jpeg_reader {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const uint8_t *bytes;
    size_t size;
    uint64_t visits, visits_max;
    struct image_header *header; /* to fill, or NULL */
    uint8_t *rgb;                /* to fill, or NULL */
    enum status status;
    struct error *reason;
};

static void stop(struct jpeg_reader *reader, enum status status, const char *reason)
{
    reader->status = error_set(reader->reason, status, "%s", reason);
    longjmp(reader->escape, 1);
}

static void on_error(j_common_ptr codec)
{
    struct jpeg_reader *reader = codec->client_data;
    char text[JMSG_LENGTH_MAX];
    switch (codec->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
        stop(reader, STATUS_BAD_DATA, "it is cut off");
        break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        stop(reader, STATUS_BAD_DATA, "its data are damaged");
        break;
    case JERR_EMPTY_IMAGE:
        stop(reader, STATUS_BAD_DATA, "its header gives no width or no height");
        break;
    case JERR_IMAGE_TOO_BIG:
        stop(reader, STATUS_BAD_DATA, "it is too large: at most 10000 pixels an edge can be used");
        break;
    case JERR_OUT_OF_MEMORY:
        reader->status = error_no_memory(reader->reason);
        longjmp(reader->escape, 1);
    default:
        codec->err->format_message(codec, text);
        stop(reader, STATUS_BAD_DATA, text);
    }
}

/* level -1 is a warning, higher levels are informational. */
static void on_message(j_common_ptr codec, int level)
{
    switch (level < 0 ? codec->err->msg_code : 0) {
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        on_error(codec);
        break;
    default:
        break; /* harmless: bytes between segments, odd Adobe markers, the order of scans */
    }
}

/* Called for each row of blocks of each scan of a picture that has several. */
static void on_progress(j_common_ptr common)
{
    struct jpeg_reader *reader = common->client_data;
    const struct jpeg_decompress_struct *codec = &reader->codec;
    bool alone = codec->comps_in_scan == 1;
    reader->visits += (uint64_t)codec->MCUs_per_row *
                      (uint64_t)(alone ? codec->cur_comp_info[0]->v_samp_factor : codec->blocks_in_MCU);
    if (codec->input_scan_number > SCANS_MAX || reader->visits > reader->visits_max)
        stop(reader, STATUS_BAD_DATA, "it has more scans than a picture of its size can need");
    if (interrupt_requested())
        stop(reader, STATUS_INTERRUPTED, "stopped");
}

static void open_header(struct jpeg_reader *reader)
{
    struct jpeg_decompress_struct *codec = &reader->codec;
    jpeg_create_decompress(codec);
    codec->client_data = reader;
    codec->mem->max_memory_to_use = MEMORY_MAX;
    jpeg_mem_src(codec, reader->bytes, reader->size);
    jpeg_read_header(codec, TRUE);
    if (codec->arith_code) /* unlike Huffman codes, it can continue without data */
        stop(reader, STATUS_BAD_DATA, "it is arithmetic-coded, which is not supported");
    codec->out_color_space = codec->num_components == 4 ? JCS_CMYK : JCS_RGB;
}

/* The number of blocks of all components; each is padded to whole units of a scan. */
static uint64_t count_blocks(const struct jpeg_decompress_struct *codec)
{
    uint64_t blocks = 0;
    for (int i = 0; i < codec->num_components; i++) {
        const jpeg_component_info *part = &codec->comp_info[i];
        blocks += ((uint64_t)part->width_in_blocks + (uint64_t)part->h_samp_factor) *
                  ((uint64_t)part->height_in_blocks + (uint64_t)part->v_samp_factor);
    }
    return blocks;
}

/* Reads the first APP1 segment with an EXIF block before the first scan. */
static int orientation_of(const uint8_t *bytes, size_t size)
{
    for (size_t at = 2; at + 4 <= size;) {
        if (bytes[at] != 0xff) {
            at++;
            continue;
        }
        uint8_t marker = bytes[at + 1];
        if (marker == 0xff || marker == 0x00 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        if (marker == 0xda || marker == 0xd9)
            break;
        const uint8_t *segment = bytes + at + 4;
        size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length < 2 || length - 2 > size - at - 4)
            break;
        if (marker == 0xe1 && length >= 8 && memcmp(segment, "Exif\0", 5) == 0)
            return exif_orientation(segment + 6, length - 8);
        at += 2 + length;
    }
    return 1;
}

static void read_facts(struct jpeg_reader *reader)
{
    open_header(reader);
    struct jpeg_decompress_struct *codec = &reader->codec;
    *reader->header = (struct image_header){
        .width = (int)codec->image_width,
        .height = (int)codec->image_height,
        .orientation = orientation_of(reader->bytes, reader->size),
        .working = (size_t)64 * codec->image_width + (64 << 10), /* a row of blocks, tables */
    };
    if (jpeg_has_multiple_scans(codec))
        reader->header->working += count_blocks(codec) * COEFFICIENTS_SIZE;
}

/* Adobe programs store the inks inverted. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t count, bool inverted, uint8_t *rgb)
{
    for (size_t i = 0; i < count; i++, cmyk += 4, rgb += 3)
        for (int c = 0; c < 3; c++) {
            unsigned ink = inverted ? cmyk[c] : 255U - cmyk[c], black = inverted ? cmyk[3] : 255U - cmyk[3];
            rgb[c] = (uint8_t)((ink * black + 127) / 255);
        }
}

static void read_pixels(struct jpeg_reader *reader)
{
    open_header(reader);
    struct jpeg_decompress_struct *codec = &reader->codec;
    uint64_t in_proportion = count_blocks(codec) * VISITS_PER_BLOCK;
    reader->visits_max = in_proportion < VISITS_MAX ? in_proportion : VISITS_MAX;
    reader->progress.progress_monitor = on_progress;
    codec->progress = jpeg_has_multiple_scans(codec) ? &reader->progress : NULL;
    jpeg_start_decompress(codec);
    codec->progress = NULL;
    bool four = codec->out_color_space == JCS_CMYK;
    JSAMPARRAY inks =
        four ? codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * 4, 1) : NULL;
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW row = reader->rgb + (size_t)codec->output_scanline * codec->output_width * 3;
        jpeg_read_scanlines(codec, four ? inks : &row, 1);
        if (four)
            cmyk_to_rgb(inks[0], codec->output_width, codec->saw_Adobe_marker, row);
        if (interrupt_requested())
            stop(reader, STATUS_INTERRUPTED, "stopped");
    }
    jpeg_finish_decompress(codec); /* expects the end marker */
}

/* Errors of the library return here by longjmp, so that no working function has variables that it would invalidate. */
static enum status guard(struct jpeg_reader *reader, void (*work)(struct jpeg_reader *reader))
{
    reader->codec.err = jpeg_std_error(&reader->errors);
    reader->codec.client_data = reader;
    reader->errors.error_exit = on_error;
    reader->errors.emit_message = on_message;
    if (setjmp(reader->escape) == 0)
        work(reader);
    jpeg_destroy_decompress(&reader->codec);
    return reader->status;
}

static bool recognise(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

static enum status read_header(const uint8_t *bytes, size_t size, struct image_header *header, struct error *reason)
{
    struct jpeg_reader reader = {.bytes = bytes, .size = size, .header = header, .reason = reason};
    return guard(&reader, read_facts);
}

static enum status decode(const uint8_t *bytes, size_t size, const struct image_header *header, uint8_t *rgb,
                          struct error *reason)
{
    (void)header;
    struct jpeg_reader reader = {.bytes = bytes, .size = size, .rgb = rgb, .reason = reason};
    return guard(&reader, read_pixels);
}

const struct image_format image_format_jpeg = {"JPEG", recognise, read_header, decode};
