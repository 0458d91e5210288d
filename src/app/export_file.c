#include "app/export_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"

static char *full_path(const char *path)
{
    const char *home = getenv("HOME");
    struct buffer out = {0};
    if (strncmp(path, "~/", 2) == 0 && home && home[0])
        buffer_printf(&out, "%s%s", home, path + 1);
    else
        buffer_add_text(&out, path);
    return out.data; /* NULL: memory ran out */
}

static enum status write_file(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    enum status status = atomic_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    if (bytes->size > 0)
        fwrite(bytes->data, 1, bytes->size, file.stream);
    status = atomic_file_commit(&file, error); /* also reports what could not be written */
    atomic_file_abort(&file);
    return status;
}

enum status app_export_file(struct app *app, const struct app_export_file *settings, struct error *error)
{
    struct track_list tracks = {0};
    struct buffer bytes = {0};
    struct stat known;
    char *path = full_path(settings->path);
    enum status status = path ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && !settings->overwrite && stat(path, &known) == 0 && S_ISREG(known.st_mode))
        status = error_set(error, STATUS_USAGE, "%s exists; :export! %s %s overwrites it", settings->path,
                           settings->exporter->name, settings->path);
    if (status == STATUS_OK)
        status = app_tracks(app, settings->ids, settings->count, &tracks, error);
    const struct exported list = {.name = settings->name, .tracks = &tracks};
    if (status == STATUS_OK)
        status = settings->exporter->write(&list, &bytes, error);
    if (status == STATUS_OK)
        status = write_file(path, &bytes, error);
    buffer_free(&bytes);
    track_list_free(&tracks);
    free(path);
    return status;
}
