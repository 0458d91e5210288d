#include "db/import/mpd_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/buffer.h"
#include "db/import/note.h"

void mpd_files_free(struct mpd_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct mpd_files){0};
}

static enum status add(struct mpd_files *files, const char *folder, const char *name, struct error *error)
{
    char **paths = realloc(files->paths, (files->count + 1) * sizeof *paths);
    if (!paths)
        return error_no_memory(error);
    files->paths = paths;
    struct buffer path = {0};
    buffer_printf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
    if (path.failed)
        return error_no_memory(error);
    struct stat metadata;
    if (stat(path.data, &metadata) == 0)
        files->bytes += (double)metadata.st_size;
    paths[files->count++] = path.data;
    return STATUS_OK;
}

/* ---- names ---- */

/* Bytes of "mpd.slice.A-B" at the start of the name; 0 for other names. */
static size_t range_size(const char *name)
{
    static const char prefix[] = "mpd.slice.", digits[] = "0123456789";
    size_t at = sizeof prefix - 1;
    if (strncmp(name, prefix, at) != 0)
        return 0;
    size_t first = strspn(name + at, digits);
    if (first == 0 || name[at + first] != '-')
        return 0;
    at += first + 1;
    size_t second = strspn(name + at, digits);
    return second > 0 ? at + second : 0;
}

static bool ends_in_json(const char *name)
{
    size_t size = strlen(name);
    return (size > 5 && strcmp(name + size - 5, ".json") == 0) ||
           (size > 8 && strcmp(name + size - 8, ".json.gz") == 0);
}

static bool is_slice(const char *name)
{
    size_t range = range_size(name);
    return range > 0 && (strcmp(name + range, ".json") == 0 || strcmp(name + range, ".json.gz") == 0);
}

/* Why a file of the folder is not a slice; NULL when it is one. */
static const char *why_not(const char *name, struct dirent *const *entries, int count)
{
    if (strncmp(name, "._", 2) == 0 || strcmp(name, ".DS_Store") == 0)
        return "a file that macOS leaves (._*, .DS_Store)";
    if (is_slice(name))
        return NULL;
    if (strncmp(name, "mpd.slice.", 10) != 0 || !ends_in_json(name))
        return "a file that is not named like a slice (mpd.slice.A-B.json)";
    size_t range = range_size(name);
    for (int i = 0; range > 0 && i < count; i++)
        if (is_slice(entries[i]->d_name) && range_size(entries[i]->d_name) == range &&
            strncmp(entries[i]->d_name, name, range) == 0)
            return "a second copy of a slice";
    return NULL;
}

/* ---- folders ---- */

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* 0-999 comes before 1000-1999. */
static int by_number(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static enum status add_folder(struct mpd_files *files, const char *folder, struct import_report *report,
                              struct error *error)
{
    struct dirent **entries;
    size_t before = files->count;
    int count = scandir(folder, &entries, is_entry, by_number);
    if (count < 0)
        return error_set(error, STATUS_FAILED, "the folder %s cannot be read (%s)", folder, strerror(errno));
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        const char *reason = why_not(entries[i]->d_name, entries, count);
        if (reason)
            import_passed_over(report, reason, entries[i]->d_name);
        else
            status = add(files, folder, entries[i]->d_name, error);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    if (status == STATUS_OK && files->count == before)
        status = error_set(error, STATUS_BAD_DATA,
                           "the folder %s holds no mpd.slice.*.json; give the one with the slices", folder);
    return status;
}

enum status mpd_files_find(const char *const *paths, size_t n_paths, struct mpd_files *files,
                           struct import_report *report, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n_paths; i++) {
        struct stat metadata;
        if (stat(paths[i], &metadata) != 0)
            return error_set(error, errno == ENOENT ? STATUS_BAD_DATA : STATUS_FAILED,
                             "%s cannot be read (%s); give slices or a folder that holds them", paths[i],
                             strerror(errno));
        if (S_ISDIR(metadata.st_mode))
            status = add_folder(files, paths[i], report, error);
        else if (strncmp(import_base_name(paths[i]), "._", 2) == 0)
            import_passed_over(report, "a file that macOS leaves (._*, .DS_Store)", import_base_name(paths[i]));
        else
            status = add(files, "", paths[i], error);
    }
    if (status == STATUS_OK && n_paths == 0)
        status = error_set(error, STATUS_USAGE, "import mpd needs slices or a folder that contains them");
    return status;
}
