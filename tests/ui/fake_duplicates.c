/* Duplicates of the fake app: what app/duplicates.c finds among its tracks. */
#include <stdlib.h>

#include "app/duplicates.h"
#include "fake_app_internal.h"

enum status app_duplicates(struct app *app, const struct duplicate_query *query, struct duplicates *duplicates,
                           struct error *error)
{
    struct duplicate_entry *entries = calloc(query->count + 1, sizeof *entries);
    (void)app;
    *duplicates = (struct duplicates){0};
    enum status status =
        entries ? fake_fill(query->ids, query->count, &duplicates->tracks, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < query->count; i++)
        entries[i] = (struct duplicate_entry){
            .track = &duplicates->tracks.items[i], .playlist = query->playlist, .playlist_name = "", .position = i};
    if (status == STATUS_OK)
        status = duplicates_find(entries, query->count, query->across, duplicates, error);
    free(entries);
    return status;
}
