#include "map/npy.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

enum { MAGIC_SIZE = 6, PREFIX_1 = 10, PREFIX_2 = 12, ALIGNMENT = 64, HEADER_MAX = 1 << 16, DIGITS_MAX = 15 };

static const char magic[MAGIC_SIZE] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

struct header {
    bool has_type, has_order, has_shape;
    int element; /* 4 or 8 bytes; 0 for a type that is not supported */
    bool fortran;
    int dimensions;
    int64_t shape[2];
};

/* A position in the header, which is a Python dictionary literal. */
struct cursor {
    const char *at, *end;
};

static void skip_spaces(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n'))
        cursor->at++;
}

static bool take(struct cursor *cursor, char wanted)
{
    skip_spaces(cursor);
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    skip_spaces(cursor);
    size_t size = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < size || memcmp(cursor->at, word, size) != 0)
        return false;
    cursor->at += size;
    return true;
}

/* A quoted string without escapes. */
static bool take_text(struct cursor *cursor, const char **text, size_t *size)
{
    skip_spaces(cursor);
    if (cursor->at == cursor->end || (*cursor->at != '\'' && *cursor->at != '"'))
        return false;
    char quote = *cursor->at++;
    *text = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != quote && *cursor->at != '\\')
        cursor->at++;
    *size = (size_t)(cursor->at - *text);
    return take(cursor, quote);
}

static bool take_number(struct cursor *cursor, int64_t *number)
{
    skip_spaces(cursor);
    *number = 0;
    int digits = 0;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
        if (++digits > DIGITS_MAX)
            return false;
        *number = *number * 10 + (*cursor->at - '0');
    }
    return digits > 0;
}

static bool is(const char *text, size_t size, const char *wanted)
{
    return size == strlen(wanted) && memcmp(text, wanted, size) == 0;
}

static bool take_shape(struct cursor *cursor, struct header *header)
{
    if (!take(cursor, '('))
        return false;
    bool comma = true;
    while (!take(cursor, ')')) {
        int64_t number;
        if (!comma || !take_number(cursor, &number))
            return false;
        if (header->dimensions < 2)
            header->shape[header->dimensions] = number;
        header->dimensions++;
        comma = take(cursor, ',');
    }
    return true;
}

static bool take_entry(struct cursor *cursor, struct header *header)
{
    const char *key, *text;
    size_t key_size, size;
    if (!take_text(cursor, &key, &key_size) || !take(cursor, ':'))
        return false;
    if (is(key, key_size, "descr") && !header->has_type) {
        header->has_type = true;
        if (!take_text(cursor, &text, &size))
            return false;
        header->element = is(text, size, "<f4") ? 4 : is(text, size, "<f8") ? 8 : 0;
        return true;
    }
    if (is(key, key_size, "fortran_order") && !header->has_order) {
        header->has_order = true;
        header->fortran = take_word(cursor, "True");
        return header->fortran || take_word(cursor, "False");
    }
    if (is(key, key_size, "shape") && !header->has_shape) {
        header->has_shape = true;
        return take_shape(cursor, header);
    }
    return false;
}

static bool parse_header(struct cursor cursor, struct header *header)
{
    *header = (struct header){0};
    if (!take(&cursor, '{'))
        return false;
    bool comma = true;
    while (!take(&cursor, '}')) {
        if (!comma || !take_entry(&cursor, header))
            return false;
        comma = take(&cursor, ',');
    }
    skip_spaces(&cursor);
    return cursor.at == cursor.end && header->has_type && header->has_order && header->has_shape;
}

static enum status check(const struct header *header, size_t bytes, const char *name, size_t *count,
                         struct error *error)
{
    if (header->element == 0)
        return error_set(error, STATUS_BAD_DATA,
                         "%s does not hold little-endian float32 or float64; save it with x.astype('<f4')", name);
    if (header->fortran)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is stored column by column; save it with numpy.ascontiguousarray(x)", name);
    if (header->dimensions != 2)
        return error_set(error, STATUS_BAD_DATA, "%s has %d dimension%s; a matrix with one row a point is needed", name,
                         header->dimensions, header->dimensions == 1 ? "" : "s");
    size_t needed;
    if (__builtin_mul_overflow((size_t)header->shape[0], (size_t)header->shape[1], count) ||
        __builtin_mul_overflow(*count, (size_t)header->element, &needed) || needed != bytes)
        return error_set(error, STATUS_BAD_DATA,
                         "%s says %lld x %lld values of %d bytes but holds %zu bytes of them; it is cut or damaged, "
                         "save it again",
                         name, (long long)header->shape[0], (long long)header->shape[1], header->element, bytes);
    return STATUS_OK;
}

void npy_free(struct npy_matrix *matrix)
{
    free(matrix->values);
    *matrix = (struct npy_matrix){0};
}

enum status npy_parse(const void *data, size_t size, const char *name, struct npy_matrix *matrix, struct error *error)
{
    const unsigned char *bytes = data;
    if (size < PREFIX_2 || memcmp(bytes, magic, MAGIC_SIZE) != 0)
        return error_set(error, STATUS_BAD_DATA, "%s is not a .npy file; save the matrix with numpy.save", name);
    const int version = bytes[6];
    size_t prefix = version == 1 ? PREFIX_1 : PREFIX_2, length = bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (version < 1 || version > 3 || bytes[7] != 0)
        return error_set(error, STATUS_BAD_DATA, "%s is a .npy file of version %d.%d; versions 1.0 to 3.0 are read",
                         name, version, bytes[7]);
    struct header header;
    if (length > HEADER_MAX || length > size - prefix ||
        !parse_header((struct cursor){(const char *)bytes + prefix, (const char *)bytes + prefix + length}, &header))
        return error_set(error, STATUS_BAD_DATA,
                         "the header of %s cannot be read; save the matrix again with numpy.save", name);
    const unsigned char *values = bytes + prefix + length;
    size_t count = 0;
    enum status status = check(&header, size - prefix - length, name, &count, error);
    if (status != STATUS_OK)
        return status;
    float *out = malloc(sizeof *out * count + 1);
    if (!out)
        return error_no_memory(error);
    if (header.element == 4)
        memcpy(out, values, sizeof *out * count);
    for (size_t i = 0; header.element == 8 && i < count; i++) {
        double value;
        memcpy(&value, values + sizeof value * i, sizeof value);
        if (fabs(value) > (double)FLT_MAX && isfinite(value)) {
            free(out);
            return error_set(error, STATUS_BAD_DATA,
                             "%s: row %zu, column %zu (counted from 1) holds %g, which is too large for float32; "
                             "scale the matrix",
                             name, i / (size_t)header.shape[1] + 1, i % (size_t)header.shape[1] + 1, value);
        }
        out[i] = (float)value;
    }
    *matrix = (struct npy_matrix){.rows = header.shape[0], .columns = header.shape[1], .values = out};
    return STATUS_OK;
}

enum status npy_read(const char *path, struct npy_matrix *matrix, struct error *error)
{
    struct mapped_file file;
    enum status status = mapped_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    status = npy_parse(file.bytes, file.size, path, matrix, error);
    mapped_file_close(&file);
    return status;
}

enum status npy_write(int64_t rows, int64_t columns, const float *values, struct buffer *out, struct error *error)
{
    struct buffer header = {0};
    buffer_printf(&header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }", (long long)rows,
                  (long long)columns);
    while ((PREFIX_1 + header.size + 1) % ALIGNMENT != 0 && !header.failed)
        buffer_add_byte(&header, ' ');
    buffer_add_byte(&header, '\n');
    buffer_add(out, magic, sizeof magic);
    buffer_add(out, "\x01\x00", 2);
    buffer_add_byte(out, (char)(header.size & 0xff));
    buffer_add_byte(out, (char)(header.size >> 8));
    buffer_add(out, header.data, header.size);
    buffer_add(out, values, sizeof *values * (size_t)(rows * columns));
    bool failed = out->failed || header.failed;
    buffer_free(&header);
    return failed ? error_no_memory(error) : STATUS_OK;
}
