#include "db/ratings.h"

#include <stdlib.h>
#include <string.h>

static int by_item(const struct rating *x, const struct rating *y)
{
    if (x->playlist_id != y->playlist_id)
        return x->playlist_id < y->playlist_id ? -1 : 1;
    return (x->track_id > y->track_id) - (x->track_id < y->track_id);
}

static int by_rater_latest_last(const void *a, const void *b)
{
    const struct rating *x = a, *y = b;
    int order = by_item(x, y);
    if (order == 0)
        order = strcmp(x->rater, y->rater);
    return order ? order : (x->rated > y->rated) - (x->rated < y->rated);
}

/* Whether a later rating of the list, which is sorted, takes the place of this one. */
static bool is_replaced(const struct rating_list *ratings, size_t i)
{
    return i + 1 < ratings->count && by_item(&ratings->items[i], &ratings->items[i + 1]) == 0 &&
           strcmp(ratings->items[i].rater, ratings->items[i + 1].rater) == 0;
}

static void add_item(const struct rating *rating, const size_t votes[RATING_VALUES], struct rating_verdicts *items)
{
    if (votes[RATING_GOOD] > 0 && votes[RATING_BAD] > 0)
        items->contested++;
    else if (votes[RATING_GOOD] > 0 || votes[RATING_BAD] > 0)
        items->items[items->count++] =
            (struct rating_verdict){rating->playlist_id, rating->track_id, votes[RATING_GOOD] > 0};
    else if (votes[RATING_BORDERLINE] > 0)
        items->borderline++;
}

enum status rating_verdicts_make(struct rating_list *ratings, bool discount, struct rating_verdicts *items,
                                 struct error *error)
{
    size_t votes[RATING_VALUES] = {0};
    *items = (struct rating_verdicts){.items = calloc(ratings->count + 1, sizeof *items->items)};
    if (!items->items)
        return error_no_memory(error);
    if (ratings->count > 1)
        qsort(ratings->items, ratings->count, sizeof *ratings->items, by_rater_latest_last);
    for (size_t i = 0; i < ratings->count; i++) {
        const struct rating *rating = &ratings->items[i];
        const bool left_out = discount && rating->value == RATING_BAD && rating->metadata;
        if (!is_replaced(ratings, i) && !left_out)
            votes[rating->value]++;
        if (i + 1 < ratings->count && by_item(rating, &ratings->items[i + 1]) == 0)
            continue;
        add_item(rating, votes, items);
        memset(votes, 0, sizeof votes);
    }
    return STATUS_OK;
}
