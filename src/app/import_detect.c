/* Which format a file or folder has. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "app/import.h"
#include "core/file_kind.h"
#include "core/text_reader.h"
#include "db/import/note.h"

enum { HEAD = 1 << 16 };

static bool is_slice(const char *name)
{
    return strncmp(name, "mpd.slice.", 10) == 0;
}

static bool is_account_file(const char *name)
{
    return (strncmp(name, "Playlist", 8) == 0 && strstr(name, ".json")) || strcmp(name, "YourLibrary.json") == 0;
}

static enum status detect_folder(const char *path, const char **name, struct error *error)
{
    DIR *folder = opendir(path);
    if (!folder)
        return error_set(error, STATUS_FAILED, "%s cannot be read", path);
    *name = "library";
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (is_slice(entry->d_name) || is_account_file(entry->d_name))
            *name = is_slice(entry->d_name) ? "mpd" : "account-data";
    closedir(folder);
    return STATUS_OK;
}

static const struct importer *recognise(const char *text, size_t size, const char *name)
{
    for (const struct importer *const *at = app_importers; *at; at++)
        if ((*at)->recognises && (*at)->recognises(text, size, name))
            return *at;
    return NULL;
}

static enum status detect_text(const char *path, struct text_reader *reader, const struct importer **importer,
                               struct error *error)
{
    char *text;
    size_t size;
    enum status status = text_reader_fill(reader, HEAD, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    while (size > 0 && strchr(" \t\r\n", *text) && *text) {
        text++;
        size--;
    }
    if (size == 0)
        return error_set(error, STATUS_BAD_DATA, "%s is empty; there is nothing to import", path);
    *importer = recognise(text, size < HEAD ? size : HEAD, import_base_name(path));
    const char *kind = *importer ? NULL : file_kind_of_text(text, size < FILE_KIND_BYTES ? size : FILE_KIND_BYTES);
    if (*importer || !kind)
        return *importer ? STATUS_OK : importer_find(app_importers, "csv", importer, error);
    return error_set(error, STATUS_BAD_DATA, "%s: this is %s%s", path, kind,
                     strchr(kind, ';') ? "" : ", which no importer reads; see: sleeve help import");
}

enum status app_import_detect(const char *path, const struct importer **importer, struct error *error)
{
    struct stat file;
    struct text_reader *reader;
    const char *name = NULL;
    *importer = NULL;
    if (strcmp(path, "-") == 0)
        return error_set(error, STATUS_USAGE, "the format of standard input is not detected; only import csv reads it");
    if (stat(path, &file) == 0 && S_ISDIR(file.st_mode)) {
        enum status status = detect_folder(path, &name, error);
        return status == STATUS_OK ? importer_find(app_importers, name, importer, error) : status;
    }
    enum status status = text_reader_open(path, 0, &reader, error);
    if (status != STATUS_OK)
        return status;
    status = detect_text(path, reader, importer, error);
    text_reader_close(reader);
    return status;
}
