/* Tracks that the rater in use has rated bad for a playlist are left out of its suggestions. */
#include "app/app_ratings.h"
#include "app/hidden.h"

enum status hidden_from_ratings(struct catalogue *catalogue, int64_t playlist, struct hidden *hidden,
                                struct error *error)
{
    struct app_rated rated;
    if (playlist == 0)
        return STATUS_OK;
    enum status status = ratings_latest(catalogue, playlist, &rated, error);
    for (size_t i = 0; status == STATUS_OK && i < rated.count; i++)
        if (rated.items[i].value == RATING_BAD)
            hidden_add(hidden, STEERING_TRACK, rated.items[i].track);
    app_rated_free(&rated);
    return status;
}
