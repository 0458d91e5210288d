#include "features/kept_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"

static const char MAGIC[16] = "sleeve rows 1\n";

struct file_header {
    char magic[16];
    char made_with[32];
    uint64_t width;
};

/* Followed by `width` floats. */
struct record {
    uint64_t check; /* hash of the rest of the record */
    uint64_t row;
    struct row_source source;
};

static uint64_t check_of(const struct record *record, const float *values, int width)
{
    uint64_t parts[2] = {hash_bytes(&record->row, sizeof *record - offsetof(struct record, row)),
                         hash_bytes(values, (size_t)width * sizeof *values)};
    return hash_bytes(parts, sizeof parts);
}

static bool is_kept(const struct row_source *source)
{
    return source->hash[0] != 0 || source->hash[1] != 0;
}

/* ---- reading ---- */

/* Rows of the finished set, if it was made in the same way. */
static void read_set(struct kept_rows *kept, struct catalogue *catalogue, const char *name, const char *made_with)
{
    struct feature_set set;
    if (feature_set_open(catalogue, name, &set, NULL) != STATUS_OK)
        return;
    if (set.sources && set.made_with && strcmp(set.made_with, made_with) == 0 && set.width == kept->width)
        for (size_t i = 0; i < kept->n_rows && (int64_t)i < set.n_rows; i++) {
            const int64_t *source = set.sources + 3 * i;
            if (!set.present[i])
                continue;
            kept->sources[i] = (struct row_source){.hash = {(uint64_t)source[0], (uint64_t)source[1]},
                                                   .origin = (uint32_t)((uint64_t)source[2] >> 32),
                                                   .colour = (uint32_t)source[2]};
            memcpy(kept->values + i * (size_t)kept->width, set.values + i * (size_t)kept->width,
                   (size_t)kept->width * sizeof *kept->values);
        }
    feature_set_close(&set);
}

/* Leaves the file behind its last good record. False where it has no usable header. */
static bool read_file(struct kept_rows *kept, const char *made_with, float *values)
{
    struct file_header header;
    struct record record;
    if (fread(&header, sizeof header, 1, kept->file) != 1 || memcmp(header.magic, MAGIC, sizeof MAGIC) != 0 ||
        memcmp(header.made_with, made_with, sizeof header.made_with) != 0 || header.width != (uint64_t)kept->width)
        return false;
    off_t end = ftello(kept->file);
    size_t width = (size_t)kept->width;
    while (fread(&record, sizeof record, 1, kept->file) == 1 &&
           fread(values, sizeof *values, width, kept->file) == width &&
           record.check == check_of(&record, values, kept->width)) {
        end = ftello(kept->file);
        if (record.row >= kept->n_rows)
            continue;
        kept->sources[record.row] = record.source;
        memcpy(kept->values + record.row * width, values, width * sizeof *values);
    }
    return kept->reads_only || (fseeko(kept->file, end, SEEK_SET) == 0 && ftruncate(fileno(kept->file), end) == 0);
}

static enum status cannot_write(const struct kept_rows *kept, struct error *error)
{
    return file_write_error(error, kept->path, errno);
}

static enum status start_file(struct kept_rows *kept, const char *made_with, struct error *error)
{
    struct file_header header = {.width = (uint64_t)kept->width};
    memcpy(header.magic, MAGIC, sizeof header.magic);
    memcpy(header.made_with, made_with, sizeof header.made_with);
    rewind(kept->file);
    if (ftruncate(fileno(kept->file), 0) != 0 || fwrite(&header, sizeof header, 1, kept->file) != 1 ||
        fflush(kept->file) != 0)
        return cannot_write(kept, error);
    return STATUS_OK;
}

static enum status open_file(struct kept_rows *kept, const char *made_with, struct error *error)
{
    const int way = kept->reads_only ? O_RDONLY : O_RDWR | O_CREAT;
    int descriptor = open(kept->path, way | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    kept->file = descriptor >= 0 ? fdopen(descriptor, kept->reads_only ? "r" : "r+") : NULL;
    if (!kept->file && kept->reads_only)
        return error_set(error, STATUS_FAILED,
                         "%s cannot be read, which rank 0 has made: %s; all hosts need the folder of the catalogue",
                         kept->path, strerror(errno));
    if (!kept->file) {
        enum status status = cannot_write(kept, error);
        if (descriptor >= 0)
            close(descriptor);
        return status;
    }
    float *values = malloc((size_t)kept->width * sizeof *values);
    if (!values)
        return error_no_memory(error);
    bool good = read_file(kept, made_with, values);
    free(values);
    return good || kept->reads_only ? STATUS_OK : start_file(kept, made_with, error);
}

static enum status open_rows(struct catalogue *catalogue, const char *name, const char *made_with,
                             struct kept_rows *kept, struct error *error)
{
    struct buffer path = {0}, relative = {0};
    kept->sources = calloc(kept->n_rows + 1, sizeof *kept->sources);
    buffer_printf(&relative, "embeddings/%s.partial", name);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, &path);
    kept->path = path.data;
    bool failed = relative.failed || path.failed || !kept->sources;
    buffer_free(&relative);
    if (failed)
        return error_no_memory(error);
    read_set(kept, catalogue, name, made_with);
    return open_file(kept, made_with, error);
}

enum status kept_rows_open(struct catalogue *catalogue, const char *name, const char *made_with, size_t n_rows,
                           int width, float *values, struct kept_rows *kept, struct error *error)
{
    *kept = (struct kept_rows){.n_rows = n_rows, .width = width, .values = values};
    return open_rows(catalogue, name, made_with, kept, error);
}

enum status kept_rows_read(struct catalogue *catalogue, const char *name, const char *made_with, size_t n_rows,
                           int width, float *values, struct kept_rows *kept, struct error *error)
{
    *kept = (struct kept_rows){.n_rows = n_rows, .width = width, .values = values, .reads_only = true};
    return open_rows(catalogue, name, made_with, kept, error);
}

bool kept_rows_has(const struct kept_rows *kept, size_t row, const struct row_source *source)
{
    const struct row_source *own = &kept->sources[row];
    return is_kept(own) && own->hash[0] == source->hash[0] && own->hash[1] == source->hash[1] &&
           own->origin == source->origin;
}

/* ---- writing ---- */

enum status kept_rows_add(struct kept_rows *kept, const size_t *rows, size_t count, struct error *error)
{
    size_t width = (size_t)kept->width;
    for (size_t i = 0; i < count; i++) {
        const float *values = kept->values + rows[i] * width;
        struct record record = {.row = rows[i], .source = kept->sources[rows[i]]};
        record.check = check_of(&record, values, kept->width);
        fwrite(&record, sizeof record, 1, kept->file);
        fwrite(values, sizeof *values, width, kept->file);
    }
    return fflush(kept->file) == 0 && !ferror(kept->file) ? STATUS_OK : cannot_write(kept, error);
}

void kept_rows_close(struct kept_rows *kept, bool complete)
{
    if (kept->file)
        fclose(kept->file);
    if (kept->path && complete && !kept->reads_only)
        unlink(kept->path);
    free(kept->path);
    free(kept->sources);
    *kept = (struct kept_rows){0};
}
