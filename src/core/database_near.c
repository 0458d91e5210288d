#include "core/database_near.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/file.h"
#include "core/text.h"

bool database_at(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char first[sizeof magic];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return false;
    bool same =
        read(descriptor, first, sizeof first) == (ssize_t)sizeof first && memcmp(first, magic, sizeof magic) == 0;
    close(descriptor);
    return same;
}

/* Whether the first `size` bytes of `path` and then `suffix` name a database. */
static bool leads_to_database(const char *path, size_t size, const char *suffix)
{
    struct buffer name = {0};
    buffer_add(&name, path, size);
    buffer_add_text(&name, suffix);
    bool found = !name.failed && database_at(name.data);
    buffer_free(&name);
    return found;
}

static bool is_beside_database(const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (file_has_extension(path, suffixes[i]) && leads_to_database(path, size - strlen(suffixes[i]), ""))
            return true;
    return false;
}

/* `folder` is absolute and free of links. */
static bool is_inside_data(const char *folder)
{
    static const char data[] = ".data";
    for (size_t size = strlen(folder); size > 0; size--) {
        if ((folder[size] != '\0' && folder[size] != '/') || !text_ends_with(folder, size, data))
            continue;
        size_t name = size - strlen(data);
        if (folder[name - 1] != '/' && (leads_to_database(folder, name, ".db") || leads_to_database(folder, name, "")))
            return true;
    }
    return false;
}

bool database_near(const char *path)
{
    if (database_at(path) || is_beside_database(path))
        return true;
    const char *slash = strrchr(path, '/');
    struct buffer parent = {0};
    char folder[PATH_MAX];
    buffer_add(&parent, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
    bool inside = !parent.failed && realpath(parent.data, folder) && is_inside_data(folder);
    buffer_free(&parent);
    return inside;
}
