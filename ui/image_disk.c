#include "ui/image_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "ui/terminal/sixel.h"

enum { HASH_SIZE = 32, STALE_SECONDS = 3600 };

/* Changes whenever the same picture would be encoded to other bytes. */
static const char format_line[] = "sleeve sixel 1\n";

static void hash_text(const void *bytes, size_t size, char text[33])
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, bytes, size);
    hash_end(hash, text);
}

static void file_path(const char *folder, const char *fingerprint, const struct image_request *request,
                      struct buffer *path)
{
    struct buffer key = {0};
    buffer_printf(&key, "%s%s\n%d %lld %llu %d %d %d %06x", format_line, fingerprint, (int)request->reference.kind,
                  (long long)request->reference.id, (unsigned long long)request->reference.version, request->width,
                  request->height, request->registers, request->background);
    char name[33];
    hash_text(key.data ? key.data : "", key.size, name);
    buffer_free(&key);
    buffer_printf(path, "%s/%s.six", folder, name);
}

bool image_disk_read(const char *folder, const char *fingerprint, const struct image_request *request,
                     struct buffer *bytes)
{
    struct buffer path = {0};
    struct buffer file = {0};
    file_path(folder, fingerprint, request, &path);
    size_t head = sizeof format_line - 1 + HASH_SIZE + 1;
    bool good = !path.failed && file_exists(path.data) &&
                file_read(path.data, SIXEL_BYTES_MAX + head, &file, NULL) == STATUS_OK && file.size > head &&
                memcmp(file.data, format_line, sizeof format_line - 1) == 0;
    if (good) {
        char expected[33];
        hash_text(file.data + head, file.size - head, expected);
        good = memcmp(file.data + sizeof format_line - 1, expected, HASH_SIZE) == 0 && file.data[head - 1] == '\n';
    }
    if (good) {
        buffer_add(bytes, file.data + head, file.size - head);
        good = !bytes->failed;
        utimensat(AT_FDCWD, path.data, NULL, 0); /* used now: pruning takes the oldest */
    }
    buffer_free(&file);
    buffer_free(&path);
    return good;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* Not atomic_file: that waits for the disk, and what a crash cuts short is recognised when it is read. */
void image_disk_write(const char *folder, const char *fingerprint, const struct image_request *request,
                      const struct buffer *bytes)
{
    struct buffer path = {0};
    struct buffer temporary = {0};
    struct buffer file = {0};
    file_path(folder, fingerprint, request, &path);
    buffer_printf(&temporary, "%s.XXXXXX", path.data ? path.data : "");
    char hash[33];
    hash_text(bytes->data, bytes->size, hash);
    buffer_printf(&file, "%s%s\n", format_line, hash);
    buffer_add(&file, bytes->data, bytes->size);
    int descriptor = -1;
    if (!path.failed && !temporary.failed && !file.failed && folder_make(folder, NULL) == STATUS_OK)
        descriptor = mkostemp(temporary.data, O_CLOEXEC);
    if (descriptor >= 0) {
        bool good = write_all(descriptor, file.data, file.size);
        good = close(descriptor) == 0 && good;
        if (!good || rename(temporary.data, path.data) != 0)
            unlink(temporary.data);
    }
    buffer_free(&file);
    buffer_free(&temporary);
    buffer_free(&path);
}

/* ------------------------------------------------------------------ pruning */

struct cached_file {
    char name[64];
    size_t size;
    struct timespec used;
};

struct listing {
    struct cached_file *files;
    size_t count, capacity;
    size_t bytes;
};

static int by_use(const void *a, const void *b)
{
    const struct timespec *x = &((const struct cached_file *)a)->used;
    const struct timespec *y = &((const struct cached_file *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static bool listing_add(struct listing *listing, const char *name, const struct stat *facts)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity * 2 + 256;
        struct cached_file *files = realloc(listing->files, capacity * sizeof *files);
        if (!files)
            return false;
        listing->files = files;
        listing->capacity = capacity;
    }
    struct cached_file *file = &listing->files[listing->count++];
    memset(file, 0, sizeof *file);
    memcpy(file->name, name, strnlen(name, sizeof file->name - 1));
    file->size = (size_t)facts->st_size;
    file->used = facts->st_mtim;
    listing->bytes += file->size;
    return true;
}

void image_disk_prune(const char *folder, size_t limit)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return;
    struct listing listing = {0};
    time_t now = time(NULL);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        const char *ending = strstr(entry->d_name, ".six");
        struct stat facts;
        if (!ending || length >= sizeof listing.files->name ||
            fstatat(dirfd(directory), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(facts.st_mode))
            continue;
        if (ending[4] == '\0')
            good = listing_add(&listing, entry->d_name, &facts);
        else if (ending[4] == '.' && now - facts.st_mtime > STALE_SECONDS)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    if (good && listing.bytes > limit) {
        qsort(listing.files, listing.count, sizeof *listing.files, by_use);
        for (size_t i = 0; i < listing.count && listing.bytes > limit / 4 * 3; i++)
            if (unlinkat(dirfd(directory), listing.files[i].name, 0) == 0)
                listing.bytes -= listing.files[i].size;
    }
    free(listing.files);
    closedir(directory);
}
