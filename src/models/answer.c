#include "models/answer.h"

static const struct {
    const char *name, *holds;
} answers[ANSWERS] = {
    [ANSWER_MODEL] = {"model", "tracks of the model"},
    [ANSWER_FEATURES] = {"features", "tracks with similar features"},
    [ANSWER_ARTISTS] = {"artist", "tracks of the same artists, then popular ones"},
    [ANSWER_TITLE] = {"title", "tracks of playlists with similar titles"},
    [ANSWER_POPULARITY] = {"popularity", "popular tracks"},
};

const char *answer_name(enum answer answer)
{
    return answers[answer].name;
}

const char *answer_holds(enum answer answer)
{
    return answers[answer].holds;
}
