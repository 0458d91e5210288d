#include "app/track_rows.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 1024 };

static enum status open_set(struct catalogue *catalogue, const char *name, struct track_rows *rows, struct error *error)
{
    if (rows->count == TRACK_ROWS_SETS_MAX)
        return error_set(error, STATUS_USAGE, "at most %d feature sets go side by side", TRACK_ROWS_SETS_MAX);
    struct feature_set *set = &rows->sets[rows->count];
    enum status status = feature_set_open(catalogue, name, set, error);
    if (status != STATUS_OK)
        return status;
    rows->count++;
    rows->width += set->width;
    return set->item == FEATURE_TRACKS
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "the feature set %s is of albums; fitness needs sets of tracks", name);
}

enum status track_rows_open(struct catalogue *catalogue, const char *names, struct track_rows *rows,
                            struct error *error)
{
    char copy[NAMES_MAX], *rest = NULL;
    const char *opened[TRACK_ROWS_SETS_MAX];
    *rows = (struct track_rows){0};
    if (snprintf(copy, sizeof copy, "%s", names) >= (int)sizeof copy)
        return error_set(error, STATUS_USAGE, "the list of feature sets is longer than %d bytes", NAMES_MAX - 1);
    enum status status = STATUS_OK;
    for (char *name = strtok_r(copy, ",", &rest); name && status == STATUS_OK; name = strtok_r(NULL, ",", &rest)) {
        for (int i = 0; i < rows->count; i++)
            if (strcmp(opened[i], name) == 0)
                return error_set(error, STATUS_USAGE, "the feature set %.80s is named twice", name);
        status = open_set(catalogue, name, rows, error);
        if (status == STATUS_OK)
            opened[rows->count - 1] = name;
    }
    if (status == STATUS_OK && rows->count == 0)
        status = error_set(error, STATUS_USAGE, "\"%.80s\" names no feature set; sleeve features lists them", names);
    return status;
}

void track_rows_close(struct track_rows *rows)
{
    for (int i = 0; i < rows->count; i++)
        feature_set_close(&rows->sets[i]);
    *rows = (struct track_rows){0};
}

bool track_rows_read(const struct track_rows *rows, int64_t track, float *x)
{
    for (int i = 0; i < rows->count; i++)
        if (track < 1 || track > rows->sets[i].n_rows || !feature_set_has(&rows->sets[i], track - 1))
            return false;
    for (int i = 0; i < rows->count; i++) {
        const struct feature_set *set = &rows->sets[i];
        memcpy(x, set->values + (track - 1) * set->width, (size_t)set->width * sizeof *x);
        x += set->width;
    }
    return true;
}
