#include "app/compare_lists.h"

#include <stdlib.h>

void compared_lists_free(struct compared_lists *lists)
{
    free(lists->name);
    track_list_free(&lists->seeds);
    track_list_free(&lists->held_out);
    for (int i = 0; i < COMPARE_SIDES; i++)
        failure_side_free(&lists->sides[i]);
    rank_moves_free(&lists->moves);
    *lists = (struct compared_lists){0};
}

enum status compared_lists_match(struct compared_lists *lists, struct error *error)
{
    int64_t *ids[COMPARE_SIDES];
    enum status status = STATUS_OK;
    for (int i = 0; i < COMPARE_SIDES && status == STATUS_OK; i++)
        status = failure_side_match(&lists->sides[i], &lists->held_out, error);
    for (int i = 0; i < COMPARE_SIDES; i++) {
        const struct failure_side *side = &lists->sides[i];
        ids[i] = malloc((side->count + 1) * sizeof *ids[i]);
        for (size_t at = 0; ids[i] && at < side->count; at++)
            ids[i][at] = side->tracks.items[at].id;
    }
    if (status == STATUS_OK && ids[0] && ids[1])
        status = rank_moves_make(ids[0], lists->sides[0].count, ids[1], lists->sides[1].count, &lists->moves, error);
    else if (status == STATUS_OK)
        status = error_no_memory(error);
    free(ids[0]);
    free(ids[1]);
    return status;
}
