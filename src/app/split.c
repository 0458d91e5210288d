#include "app/split.h"

bool split_changes(const struct split_settings *settings)
{
    return settings->draw || settings->import_file;
}

enum status app_split(struct catalogue *catalogue, const struct split_settings *settings, struct split_counts *counts,
                      struct error *error)
{
    struct split_counts made = {0};
    enum status status = STATUS_OK;
    *counts = made;
    if (settings->import_file)
        status = split_import(catalogue, settings->import_file, &settings->options, &made, error);
    else if (settings->draw)
        status = split_make(catalogue, &settings->options, &made, error);
    if (status == STATUS_OK)
        *counts = made;
    if (status == STATUS_OK && settings->export_file)
        status = split_export(catalogue, settings->export_file, error);
    return status;
}
