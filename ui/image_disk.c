#include "ui/image_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/sixel.h"

/* Changed whenever the same picture would be encoded to other bytes. */
static const char format_line[] = "sleeve pictures 2\n";

enum {
    HASH_SIZE = 32,
    HEAD_SIZE = sizeof format_line - 1 + HASH_SIZE + 1, /* the line, the hash of the picture, a line feed */
    FILE_NAME_SIZE = HASH_SIZE + sizeof ".six",
    STALE_SECONDS = 3600,
};

static void hash_text(const void *bytes, size_t size, char text[33])
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, bytes, size);
    hash_end(hash, text);
}

static void file_name(const char *fingerprint, const struct image_request *request, char name[FILE_NAME_SIZE])
{
    struct buffer key = {0};
    buffer_printf(&key, "%s%s\n%d %lld %llu %d %d %d %d %d %06x", format_line, fingerprint,
                  (int)request->reference.kind, (long long)request->reference.id,
                  (unsigned long long)request->reference.version, (int)request->format, request->width, request->height,
                  request->margin, request->registers, request->background);
    char hash[HASH_SIZE + 1];
    hash_text(key.data ? key.data : "", key.size, hash);
    buffer_free(&key);
    snprintf(name, FILE_NAME_SIZE, "%s.six", hash);
}

static bool is_private(const struct stat *info)
{
    return info->st_uid == geteuid() && (info->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* A descriptor of the folder; -1 where there is none, or other users may write into it. */
static int open_folder(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat info;
    if (descriptor >= 0 && (fstat(descriptor, &info) != 0 || !is_private(&info))) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static bool read_file(int folder, const char *name, struct buffer *file)
{
    struct stat info;
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool good = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && is_private(&info) &&
                (size_t)info.st_size > HEAD_SIZE && (size_t)info.st_size <= HEAD_SIZE + SIXEL_BYTES_MAX &&
                buffer_reserve(file, (size_t)info.st_size);
    while (good && file->size < (size_t)info.st_size) {
        ssize_t count = read(descriptor, file->data + file->size, (size_t)info.st_size - file->size);
        good = count > 0;
        file->size += good ? (size_t)count : 0;
    }
    if (good)
        futimens(descriptor, NULL); /* marks the file as used: pruning removes the least recently used files */
    close(descriptor);
    return good;
}

/* The size of a PNG or JPEG is not read: those go to the terminal as base64 and it scales them. */
static bool is_picture(const char *bytes, size_t size, const struct image_request *request)
{
    size_t cells = (size_t)(request->width / BLOCK_CELL_WIDTH) * (size_t)(request->height / BLOCK_CELL_HEIGHT);
    switch (request->format) {
    case FORMAT_SIXEL:
        return sixel_is_image(bytes, size, request->width, request->height);
    case FORMAT_PNG:
        return size > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
    case FORMAT_JPEG:
        return size > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
    case FORMAT_BLOCKS:
        return blocks_are_valid(bytes, size, cells, (enum block_shape)request->registers);
    }
    return false;
}

/* Whether the file has the right key, is complete, and contains nothing but the picture. */
static bool check_file(const struct buffer *file, const struct image_request *request)
{
    char hash[HASH_SIZE + 1];
    const char *picture = file->data + HEAD_SIZE;
    if (memcmp(file->data, format_line, sizeof format_line - 1) != 0 || picture[-1] != '\n')
        return false;
    hash_text(picture, file->size - HEAD_SIZE, hash);
    return memcmp(file->data + sizeof format_line - 1, hash, HASH_SIZE) == 0 &&
           is_picture(picture, file->size - HEAD_SIZE, request);
}

bool image_disk_read(const char *folder, const char *fingerprint, const struct image_request *request,
                     struct buffer *bytes)
{
    struct buffer file = {0};
    char name[FILE_NAME_SIZE];
    file_name(fingerprint, request, name);
    int descriptor = open_folder(folder);
    bool good = descriptor >= 0 && read_file(descriptor, name, &file) && check_file(&file, request);
    if (good) {
        buffer_add(bytes, file.data + HEAD_SIZE, file.size - HEAD_SIZE);
        good = !bytes->failed;
    }
    if (descriptor >= 0)
        close(descriptor);
    buffer_free(&file);
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

static bool folder_is_private(const char *folder)
{
    int descriptor = folder_make(folder, NULL) == STATUS_OK ? open_folder(folder) : -1;
    if (descriptor >= 0)
        close(descriptor);
    return descriptor >= 0;
}

/* Not atomic_file, which waits for the disk: a file that a crash cut short is detected when it is read. */
void image_disk_write(const char *folder, const char *fingerprint, const struct image_request *request,
                      const struct buffer *bytes)
{
    struct buffer path = {0}, temporary = {0}, file = {0};
    char name[FILE_NAME_SIZE], hash[HASH_SIZE + 1];
    file_name(fingerprint, request, name);
    buffer_printf(&path, "%s/%s", folder, name);
    buffer_printf(&temporary, "%s/%s.XXXXXX", folder, name);
    hash_text(bytes->data, bytes->size, hash);
    buffer_printf(&file, "%s%s\n", format_line, hash);
    buffer_add(&file, bytes->data, bytes->size);
    int descriptor = -1;
    if (!path.failed && !temporary.failed && !file.failed && folder_is_private(folder))
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

static bool listing_add(struct listing *listing, const char *name, const struct stat *info)
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
    file->size = (size_t)info->st_size;
    file->used = info->st_mtim;
    listing->bytes += file->size;
    return true;
}

void image_disk_prune(const char *folder, size_t limit)
{
    int descriptor = open_folder(folder);
    DIR *directory = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!directory) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    struct listing listing = {0};
    time_t now = time(NULL);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        const char *ending = strstr(entry->d_name, ".six");
        struct stat info;
        if (!ending || length >= sizeof listing.files->name ||
            fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
            continue;
        if (ending[4] == '\0')
            good = listing_add(&listing, entry->d_name, &info);
        else if (ending[4] == '.' && now - info.st_mtime > STALE_SECONDS)
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
