#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/file.h"
#include "core/float16.h"
#include "core/hash.h"
#include "core/lock_file.h"
#include "features/audio/spectrogram_cache_internal.h"

enum {
    COMMIT_BYTES = 32 << 20, /* at most so many are lost when the machine stops */
    COMPACT_BYTES = 1 << 20, /* of replaced records, at least */
};

struct spectrogram_cache_writer {
    struct spectrogram_settings settings;
    struct cache_header header;
    char *path;
    FILE *file;
    struct lock_file lock;
    struct mapped_file before;               /* the file when it was opened */
    struct spectrogram_cache_entry *entries; /* [n_entries] of then */
    size_t n_entries;
    uint64_t end; /* of the records */
    bool failed;  /* nothing more can be written */
    pthread_mutex_t mutex;
};

const struct spectrogram_settings *spectrogram_cache_settings(const struct spectrogram_cache_writer *writer)
{
    return &writer->settings;
}

static enum status cannot_write(struct spectrogram_cache_writer *writer, struct error *error)
{
    writer->failed = true;
    return file_write_error(error, writer->path, errno);
}

/* ------------------------------------------------------------------ opening */

static enum status take_lock(struct spectrogram_cache_writer *writer, struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    buffer_printf(&path, "%s.lock", writer->path);
    enum status status = path.failed ? error_no_memory(error) : lock_file_take(path.data, &writer->lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "another `sleeve audio compute` is writing %s; wait until it has finished", writer->path);
    return status;
}

/* Writes everything before the header says so. */
static enum status commit(struct spectrogram_cache_writer *writer, struct error *error)
{
    const int descriptor = fileno(writer->file);
    writer->header.committed = writer->end;
    if (fflush(writer->file) != 0 || fdatasync(descriptor) != 0 ||
        pwrite(descriptor, &writer->header, sizeof writer->header, 0) != (ssize_t)sizeof writer->header)
        return cannot_write(writer, error);
    return STATUS_OK;
}

/* What an earlier run left; false: nothing that can be used. */
static bool read_before(struct spectrogram_cache_writer *writer, struct error *error, enum status *status)
{
    struct cache_header header;
    const struct mapped_file *file = &writer->before;
    if (mapped_file_open(writer->path, &writer->before, NULL) != STATUS_OK || file->size < sizeof header)
        return false;
    memcpy(&header, file->bytes, sizeof header);
    const uint64_t trusted = header.committed;
    header.committed = writer->header.committed;
    if (memcmp(&header, &writer->header, sizeof header) != 0)
        return false;
    if (!cache_scan(file->bytes, file->size, trusted, &header, &writer->entries, &writer->n_entries, &writer->end))
        *status = error_no_memory(error);
    return true;
}

static enum status open_file(struct spectrogram_cache_writer *writer, struct error *error)
{
    enum status status = STATUS_OK;
    const int descriptor = open(writer->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    writer->file = descriptor >= 0 ? fdopen(descriptor, "r+") : NULL;
    if (!writer->file) {
        status = cannot_write(writer, error);
        if (descriptor >= 0)
            close(descriptor);
        return status;
    }
    if (!read_before(writer, error, &status))
        writer->end = sizeof writer->header;
    if (status == STATUS_OK &&
        (ftruncate(descriptor, (off_t)writer->end) != 0 || fseeko(writer->file, (off_t)writer->end, SEEK_SET) != 0))
        status = cannot_write(writer, error);
    return status == STATUS_OK ? commit(writer, error) : status;
}

static enum status make_folder(const struct spectrogram_cache_writer *writer, struct error *error)
{
    char *folder = strdup(writer->path);
    if (!folder)
        return error_no_memory(error);
    *strrchr(folder, '/') = '\0';
    const enum status status = folder_make(folder, error);
    free(folder);
    return status;
}

enum status spectrogram_cache_write(const struct catalogue *catalogue, const struct spectrogram_settings *settings,
                                    struct spectrogram_cache_writer **opened, struct error *error)
{
    struct buffer path = {0};
    *opened = NULL;
    if (settings->patch == 0 && settings->values == SPECTROGRAM_DB && settings->top_db > 0)
        return error_set(error, STATUS_USAGE,
                         "spectrograms that are kept need patches, because top_db is a limit of each");
    struct spectrogram_cache_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return error_no_memory(error);
    pthread_mutex_init(&writer->mutex, NULL);
    writer->settings = *settings;
    if (settings->patch == 0)
        writer->settings.patch = CACHE_PATCH;
    cache_header_of(settings, &writer->header);
    cache_path(catalogue, settings, &path);
    writer->path = path.data;
    enum status status = path.failed ? error_no_memory(error) : make_folder(writer, error);
    if (status == STATUS_OK)
        status = take_lock(writer, error);
    if (status == STATUS_OK)
        status = open_file(writer, error);
    if (status != STATUS_OK) {
        writer->failed = true;
        spectrogram_cache_finish(writer, NULL);
        return status;
    }
    *opened = writer;
    return STATUS_OK;
}

const struct spectrogram_cache_entry *spectrogram_cache_has(const struct spectrogram_cache_writer *writer,
                                                            int64_t track, int64_t size, int64_t modified)
{
    const struct spectrogram_cache_entry *entry = cache_find(writer->entries, writer->n_entries, track);
    return entry && entry->size == size && entry->modified == modified ? entry : NULL;
}

/* ------------------------------------------------------------------ packing */

struct packing {
    struct buffer scales, values;
    size_t width;
    bool halves;
};

static void pack_bytes(const float *values, size_t count, struct packing *packing)
{
    float low = values[0], high = values[0];
    for (size_t i = 1; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    const struct cache_scale scale = {low, (high - low) / 255};
    const float inverse = scale.step > 0 ? 1 / scale.step : 0;
    char *out = packing->values.data + packing->values.size;
    for (size_t i = 0; i < count; i++)
        out[i] = (char)(unsigned char)fminf(255, (values[i] - low) * inverse + 0.5F);
    buffer_add(&packing->scales, &scale, sizeof scale);
    packing->values.size += count;
}

static void pack_halves(const float *values, size_t count, struct packing *packing)
{
    enum { LARGEST = 32768 };
    float most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(values[i]));
    const struct cache_scale scale = {0, most / LARGEST};
    const float inverse = most > 0 ? LARGEST / most : 0;
    char *out = packing->values.data + packing->values.size;
    for (size_t i = 0; i < count; i++) {
        const uint16_t half = float16_of(values[i] * inverse);
        out[2 * i] = (char)(half & 0xff);
        out[2 * i + 1] = (char)(half >> 8);
    }
    buffer_add(&packing->scales, &scale, sizeof scale);
    packing->values.size += 2 * count;
}

/* One patch. */
static enum status pack(void *context, const float *values, int64_t frames, struct error *error)
{
    struct packing *packing = context;
    const size_t count = (size_t)frames * packing->width;
    if (!buffer_reserve(&packing->values, 2 * count))
        return error_no_memory(error);
    (packing->halves ? pack_halves : pack_bytes)(values, count, packing);
    return packing->scales.failed ? error_no_memory(error) : STATUS_OK;
}

/* ------------------------------------------------------------------ adding */

/* Appends a record; its data is that of both buffers, whose sum is a multiple of 8 with the zeros that are added. */
static enum status append(struct spectrogram_cache_writer *writer, const struct spectrogram_cache_entry *entry,
                          struct buffer *data, struct error *error)
{
    static const char zeros[8];
    enum status status = STATUS_OK;
    buffer_add(data, zeros, (8 - data->size % 8) % 8);
    if (data->failed)
        return error_no_memory(error);
    struct cache_record record = {.track = entry->track,
                                  .frames = entry->frames,
                                  .size = entry->size,
                                  .modified = entry->modified,
                                  .milliseconds = (int64_t)(entry->seconds * 1000),
                                  .bytes = data->size,
                                  .data_check = hash_bytes(data->data, data->size)};
    record.check = cache_record_check(&record);
    pthread_mutex_lock(&writer->mutex);
    if (writer->failed)
        status = error_set(error, STATUS_FAILED, "%s could not be written", writer->path);
    else if (fwrite(&record, sizeof record, 1, writer->file) != 1 ||
             fwrite(data->data, data->size, 1, writer->file) != 1)
        status = cannot_write(writer, error);
    if (status == STATUS_OK) {
        writer->end += sizeof record + data->size;
        if (writer->end - writer->header.committed > COMMIT_BYTES)
            status = commit(writer, error);
    }
    pthread_mutex_unlock(&writer->mutex);
    return status;
}

enum status spectrogram_cache_add_reason(struct spectrogram_cache_writer *writer,
                                         const struct spectrogram_cache_entry *entry, const char *reason,
                                         struct error *error)
{
    struct spectrogram_cache_entry unreadable = *entry;
    struct buffer data = {0};
    unreadable.frames = 0;
    unreadable.seconds = 0;
    buffer_add(&data, reason, strnlen(reason, sizeof(struct error) - 8) + 1);
    if (!data.failed)
        data.data[data.size - 1] = '\0';
    const enum status status = append(writer, &unreadable, &data, error);
    buffer_free(&data);
    return status;
}

enum status spectrogram_cache_add(struct spectrogram_cache_writer *writer, struct spectrogram *spectrogram,
                                  const struct spectrogram_cache_entry *entry, int descriptor, const char *name,
                                  struct error *reason, struct error *error)
{
    struct packing packing = {.width = writer->header.width, .halves = writer->header.halves != 0};
    struct spectrogram_cache_entry readable = *entry;
    struct audio_info info;
    *reason = (struct error){0};
    enum status status = spectrogram_stream(spectrogram, descriptor, name, 0, pack, &packing, &info, reason);
    if (status == STATUS_OK) {
        readable.frames = (int64_t)(packing.values.size / packing.width / (packing.halves ? 2 : 1));
        readable.seconds = info.decoded;
        buffer_add(&packing.scales, packing.values.data, packing.values.size);
        status = append(writer, &readable, &packing.scales, error);
    } else if (status == STATUS_BAD_DATA) {
        status = spectrogram_cache_add_reason(writer, entry, reason->text, error);
    } else if (error) {
        *error = *reason;
    }
    buffer_free(&packing.scales);
    buffer_free(&packing.values);
    return status;
}

/* ------------------------------------------------------------------ finishing */

/* Writes the last records of the tracks to a new file. */
static enum status copy_records(const struct spectrogram_cache_writer *writer, const unsigned char *bytes,
                                const struct spectrogram_cache_entry *entries, size_t n_entries, struct error *error)
{
    struct atomic_file file;
    struct cache_header header = writer->header;
    struct cache_record record;
    header.committed = sizeof header;
    for (size_t i = 0; i < n_entries; i++) {
        memcpy(&record, bytes + entries[i].at - sizeof record, sizeof record);
        header.committed += sizeof record + record.bytes;
    }
    enum status status = atomic_file_open_private(writer->path, &file, error);
    if (status != STATUS_OK)
        return status;
    bool written = fwrite(&header, sizeof header, 1, file.stream) == 1;
    for (size_t i = 0; i < n_entries && written; i++) {
        memcpy(&record, bytes + entries[i].at - sizeof record, sizeof record);
        written = fwrite(bytes + entries[i].at - sizeof record, sizeof record + record.bytes, 1, file.stream) == 1;
    }
    status = written ? atomic_file_commit(&file, error) : file_write_error(error, writer->path, errno);
    atomic_file_abort(&file);
    return status;
}

static enum status compact(struct spectrogram_cache_writer *writer, struct error *error)
{
    struct mapped_file file;
    struct spectrogram_cache_entry *entries = NULL;
    size_t n_entries;
    uint64_t end, used = sizeof writer->header;
    enum status status = mapped_file_open(writer->path, &file, error);
    if (status != STATUS_OK)
        return status;
    if (!cache_scan(file.bytes, writer->end, writer->end, &writer->header, &entries, &n_entries, &end))
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n_entries; i++) {
        struct cache_record record;
        memcpy(&record, file.bytes + entries[i].at - sizeof record, sizeof record);
        used += sizeof record + record.bytes;
    }
    if (status == STATUS_OK && end == writer->end && end - used > COMPACT_BYTES && end - used > end / 4)
        status = copy_records(writer, file.bytes, entries, n_entries, error);
    free(entries);
    mapped_file_close(&file);
    return status;
}

enum status spectrogram_cache_finish(struct spectrogram_cache_writer *writer, struct error *error)
{
    enum status status = STATUS_OK;
    if (!writer)
        return STATUS_OK;
    if (writer->file && !writer->failed) {
        status = commit(writer, error);
        if (status == STATUS_OK)
            status = compact(writer, error);
    }
    if (writer->file) {
        if (writer->failed)
            stream_discard(writer->file);
        fclose(writer->file);
    }
    mapped_file_close(&writer->before);
    lock_file_release(&writer->lock);
    free(writer->entries);
    free(writer->path);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
    return status;
}
