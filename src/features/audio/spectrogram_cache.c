#include "features/audio/spectrogram_cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/float16.h"
#include "core/hash.h"
#include "features/audio/spectrogram_cache_internal.h"

/* ------------------------------------------------------------------ format */

uint64_t cache_record_check(const struct cache_record *record)
{
    return hash_bytes(&record->track, sizeof *record - offsetof(struct cache_record, track));
}

int64_t cache_patches(int64_t frames, int patch)
{
    return (frames + patch - 1) / patch;
}

uint64_t cache_data_bytes(int64_t frames, int width, int patch, bool halves)
{
    const uint64_t values = (uint64_t)frames * (uint64_t)width * (halves ? 2 : 1);
    return ((uint64_t)cache_patches(frames, patch) * sizeof(struct cache_scale) + values + 7) / 8 * 8;
}

void cache_path(const struct catalogue *catalogue, const struct spectrogram_settings *settings, struct buffer *path)
{
    struct buffer relative = {0};
    buffer_printf(&relative, "spectrograms/%s.cache", settings->name);
    if (relative.failed)
        path->failed = true;
    else
        catalogue_sidecar(catalogue, relative.data, path);
    buffer_free(&relative);
}

void cache_header_of(const struct spectrogram_settings *settings, struct cache_header *header)
{
    const struct spectrogram_settings *s = settings;
    char text[512], digits[33];
    struct hash hash;
    const int size =
        snprintf(text, sizeof text, "%d %d %d %d %d %d %d %d %d %a %a %d %d %a %a %d %a", s->rate, s->n_fft, s->window,
                 s->hop, (int)s->padding, s->power, s->mels, (int)s->scale, (int)s->norm, s->fmin, s->fmax, s->half,
                 (int)s->values, s->amin, s->top_db, s->patch, s->duration);
    hash_begin(&hash);
    hash_add(&hash, text, (size_t)size);
    hash_end(hash, digits);
    *header = (struct cache_header){.width = (uint32_t)spectrogram_width(s),
                                    .patch = (uint32_t)(s->patch > 0 ? s->patch : CACHE_PATCH),
                                    .halves = s->values == SPECTROGRAM_LINEAR};
    memcpy(header->magic, CACHE_MAGIC, sizeof header->magic);
    memcpy(header->made_with, digits, sizeof header->made_with);
}

/* ------------------------------------------------------------------ records */

static bool is_text(const unsigned char *bytes, uint64_t size)
{
    return size > 0 && size <= sizeof(struct error) && memchr(bytes, 0, size);
}

/* Whether a record with its data begins at `at` and ends before `size`. */
static bool read_record(const unsigned char *bytes, uint64_t at, uint64_t size, const struct cache_header *header,
                        struct cache_record *record)
{
    static const int64_t frames_max = (int64_t)1 << 31;
    if (size - at < sizeof *record)
        return false;
    memcpy(record, bytes + at, sizeof *record);
    if (record->check != cache_record_check(record) || record->frames < 0 || record->frames > frames_max ||
        record->bytes % 8 != 0 || record->bytes > size - at - sizeof *record)
        return false;
    return record->frames > 0 ? record->bytes == cache_data_bytes(record->frames, (int)header->width,
                                                                  (int)header->patch, header->halves)
                              : is_text(bytes + at + sizeof *record, record->bytes);
}

/* By track, then by place. */
static int by_track(const void *left, const void *right)
{
    const struct spectrogram_cache_entry *a = left, *b = right;
    if (a->track != b->track)
        return a->track < b->track ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static size_t keep_last(struct spectrogram_cache_entry *entries, size_t count)
{
    size_t kept = 0;
    if (count > 0)
        qsort(entries, count, sizeof *entries, by_track);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || entries[i + 1].track != entries[i].track)
            entries[kept++] = entries[i];
    return kept;
}

static bool add_entry(struct spectrogram_cache_entry **entries, size_t *count, size_t *capacity,
                      const struct spectrogram_cache_entry *entry)
{
    if (*count == *capacity) {
        const size_t more = *capacity > 0 ? 2 * *capacity : 64;
        struct spectrogram_cache_entry *grown = realloc(*entries, more * sizeof *grown);
        if (!grown)
            return false;
        *entries = grown;
        *capacity = more;
    }
    (*entries)[(*count)++] = *entry;
    return true;
}

bool cache_scan(const unsigned char *bytes, uint64_t size, uint64_t trusted, const struct cache_header *header,
                struct spectrogram_cache_entry **entries, size_t *n_entries, uint64_t *end)
{
    struct cache_record record;
    size_t capacity = 0;
    *entries = NULL;
    *n_entries = 0;
    *end = sizeof *header;
    while (read_record(bytes, *end, size, header, &record)) {
        const uint64_t at = *end + sizeof record;
        if (at + record.bytes > trusted && record.data_check != hash_bytes(bytes + at, record.bytes))
            break;
        const struct spectrogram_cache_entry entry = {
            .track = record.track,
            .frames = record.frames,
            .seconds = (double)record.milliseconds / 1000,
            .size = record.size,
            .modified = record.modified,
            .reason = record.frames == 0 ? (const char *)bytes + at : NULL,
            .at = at,
        };
        if (!add_entry(entries, n_entries, &capacity, &entry)) {
            free(*entries);
            *entries = NULL;
            *n_entries = 0;
            return false;
        }
        *end = at + record.bytes;
    }
    *n_entries = keep_last(*entries, *n_entries);
    return true;
}

const struct spectrogram_cache_entry *cache_find(const struct spectrogram_cache_entry *entries, size_t n_entries,
                                                 int64_t track)
{
    size_t low = 0, high = n_entries;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (entries[middle].track < track)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n_entries && entries[low].track == track ? &entries[low] : NULL;
}

/* ------------------------------------------------------------------ reading */

static enum status check_header(const struct mapped_file *file, const char *path,
                                const struct spectrogram_settings *settings, struct cache_header *header,
                                struct error *error)
{
    struct cache_header expected;
    cache_header_of(settings, &expected);
    if (file->size >= sizeof *header)
        memcpy(header, file->bytes, sizeof *header);
    if (file->size < sizeof *header || memcmp(header->magic, expected.magic, sizeof header->magic) != 0 ||
        header->committed < sizeof *header || header->committed > file->size)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is damaged or no cache of spectrograms; remove it and run: sleeve audio compute --preset "
                         "%s",
                         path, settings->name);
    if (memcmp(header->made_with, expected.made_with, sizeof header->made_with) != 0 ||
        header->width != expected.width || header->patch != expected.patch || header->halves != expected.halves)
        return error_set(error, STATUS_BAD_DATA,
                         "%s was made with other settings; make it again with: sleeve audio compute --preset %s", path,
                         settings->name);
    return STATUS_OK;
}

static enum status scan(struct spectrogram_cache *cache, const char *path, const struct cache_header *header,
                        struct error *error)
{
    uint64_t end;
    if (!cache_scan(cache->file.bytes, header->committed, header->committed, header, &cache->entries, &cache->n_entries,
                    &end))
        return error_no_memory(error);
    if (end != header->committed)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is damaged at byte %llu; remove it and run `sleeve audio compute` again", path,
                         (unsigned long long)end);
    for (size_t i = 0; i < cache->n_entries; i++)
        cache->n_readable += cache->entries[i].frames > 0;
    return STATUS_OK;
}

enum status spectrogram_cache_open(const struct catalogue *catalogue, const struct spectrogram_settings *settings,
                                   struct spectrogram_cache *cache, struct error *error)
{
    struct buffer path = {0};
    struct cache_header header;
    *cache = (struct spectrogram_cache){0};
    cache_path(catalogue, settings, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_FAILED,
                           "there are no spectrograms with the settings \"%s\" yet; make them with: sleeve audio "
                           "compute --preset %s",
                           settings->name, settings->name);
    if (status == STATUS_OK)
        status = mapped_file_open(path.data, &cache->file, error);
    if (status == STATUS_OK)
        status = check_header(&cache->file, path.data, settings, &header, error);
    if (status == STATUS_OK) {
        cache->width = (int)header.width;
        cache->patch = (int)header.patch;
        cache->halves = header.halves != 0;
        status = scan(cache, path.data, &header, error);
    }
    buffer_free(&path);
    if (status != STATUS_OK)
        spectrogram_cache_close(cache);
    return status;
}

void spectrogram_cache_close(struct spectrogram_cache *cache)
{
    mapped_file_close(&cache->file);
    free(cache->entries);
    *cache = (struct spectrogram_cache){0};
}

const struct spectrogram_cache_entry *spectrogram_cache_find(const struct spectrogram_cache *cache, int64_t track)
{
    return cache_find(cache->entries, cache->n_entries, track);
}

static void read_bytes(const unsigned char *stored, size_t count, struct cache_scale scale, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = scale.offset + scale.step * (float)stored[i];
}

static void read_halves(const unsigned char *stored, size_t count, struct cache_scale scale, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = scale.step * float16_float((uint16_t)(stored[2 * i] | stored[2 * i + 1] << 8));
}

void spectrogram_cache_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                            int64_t from, int64_t to, float *out)
{
    const size_t width = (size_t)cache->width, bytes = cache->halves ? 2 : 1;
    const unsigned char *scales = cache->file.bytes + entry->at;
    const unsigned char *values =
        scales + (size_t)cache_patches(entry->frames, cache->patch) * sizeof(struct cache_scale);
    for (int64_t frame = from; frame < to; frame++, out += width) {
        struct cache_scale scale;
        memcpy(&scale, scales + (size_t)(frame / cache->patch) * sizeof scale, sizeof scale);
        (cache->halves ? read_halves : read_bytes)(values + (size_t)frame * width * bytes, width, scale, out);
    }
}
