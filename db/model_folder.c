#include "db/model_folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

bool model_folder_name_is_usable(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const size_t size = strlen(name);
    return size > 0 && size <= MODEL_FOLDER_NAME_MAX && name[0] != '.' && strspn(name, allowed) == size;
}

enum status model_folder_path(const struct catalogue *catalogue, const char *folder, const char *name,
                              const char *suffix, struct buffer *path, struct error *error)
{
    struct buffer relative = {0};
    buffer_printf(&relative, "%s/%s%s", folder, name, suffix);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, path);
    const bool failed = relative.failed || path->failed;
    buffer_free(&relative);
    return failed ? error_no_memory(error) : STATUS_OK;
}

enum status model_folder_make(const struct catalogue *catalogue, const char *folder, struct error *error)
{
    struct buffer path = {0};
    catalogue_sidecar(catalogue, folder, &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_free(&path);
    return status;
}

/* Cuts the suffix off a file's name; false: it has another one, or is hidden. */
static bool cut_suffix(char *name, const char *suffix)
{
    const size_t size = strlen(name), end = strlen(suffix);
    if (size <= end || name[0] == '.' || strcmp(name + size - end, suffix) != 0)
        return false;
    name[size - end] = '\0';
    return true;
}

enum status model_folder_list(const struct catalogue *catalogue, const char *folder, const char *suffix,
                              bool (*usable)(const char *name), void (*each)(const char *name, void *context),
                              void *context, struct error *error)
{
    struct buffer path = {0};
    struct dirent **entries = NULL;
    catalogue_sidecar(catalogue, folder, &path);
    if (path.failed)
        return error_no_memory(error);
    const int count = scandir(path.data, &entries, NULL, alphasort); /* -1: there is no folder yet */
    for (int i = 0; i < count; i++) {
        if (cut_suffix(entries[i]->d_name, suffix) && usable(entries[i]->d_name))
            each(entries[i]->d_name, context);
        free(entries[i]);
    }
    free(entries);
    buffer_free(&path);
    return STATUS_OK;
}
