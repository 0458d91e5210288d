/* From the tracks that a filter passes to the records of a text. */
#include <stdlib.h>
#include <string.h>

#include "db/search_text.h"

void search_places_free(struct search_places *places)
{
    free(places->of);
    *places = (struct search_places){0};
}

static enum status find_places(const struct search_filter *filter, const struct search_text *text,
                               struct search_places *places, struct error *error)
{
    uint32_t last = 0;
    search_places_free(places);
    for (size_t i = 0; i < text->n_tracks; i++)
        last = text->ids[i] > last ? text->ids[i] : last;
    uint32_t *positions = malloc(((size_t)last + 1) * sizeof *positions);
    places->of = malloc(((size_t)filter->n_items + 1) * sizeof *places->of);
    if (!positions || !places->of) {
        free(positions);
        return error_no_memory(error);
    }
    memset(positions, 0xff, ((size_t)last + 1) * sizeof *positions);
    for (size_t i = 0; i < text->n_tracks; i++)
        positions[text->ids[i]] = (uint32_t)i;
    for (int64_t i = 0; i < filter->n_items; i++)
        places->of[i] =
            filter->tracks[i] >= 0 && (uint32_t)filter->tracks[i] <= last ? positions[filter->tracks[i]] : UINT32_MAX;
    places->order = filter->order;
    free(positions);
    return STATUS_OK;
}

enum status search_filter_mark(const struct search_filter *filter, const struct search_text *text,
                               struct search_places *places, uint64_t *passing, struct error *error)
{
    memset(passing, 0, (text->n_tracks / 64 + 1) * sizeof *passing);
    if (places->order != filter->order) {
        enum status status = find_places(filter, text, places, error);
        if (status != STATUS_OK)
            return status;
    }
    for (int64_t first = 0; first < filter->n_items; first += 64) {
        uint64_t left = filter->items[first / 64];
        if (filter->n_items - first < 64)
            left &= (UINT64_C(1) << (filter->n_items - first)) - 1;
        for (; left != 0; left &= left - 1) {
            const uint32_t position = places->of[first + __builtin_ctzll(left)];
            if (position != UINT32_MAX)
                passing[position / 64] |= UINT64_C(1) << position % 64;
        }
    }
    return STATUS_OK;
}
