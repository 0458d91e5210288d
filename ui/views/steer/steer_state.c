/* The rows of the form, and what suggestions are requested with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/views/explore/explore.h"
#include "ui/views/steer/steer.h"

/* The kinds in the order of the form; "like" has a row for each space. */
static const enum rerank_kind kinds[] = {RERANK_NEW,     RERANK_LIKE,   RERANK_WISHES, RERANK_DIVERSITY,
                                         RERANK_ARTISTS, RERANK_ALBUMS, RERANK_TOTAL,  RERANK_DRAW};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* A space that is in the specification and not among those that are known has a row, too, so that it can be removed. */
static size_t like_rows(const struct steer_state *steer, const char *names[RERANK_TERMS_MAX])
{
    size_t count = 0;
    for (int t = 0; t < steer->spec.count; t++)
        if (steer->spec.terms[t].kind == RERANK_LIKE &&
            name_list_find(&steer->spaces, steer->spec.terms[t].space) == steer->spaces.count)
            names[count++] = steer->spec.terms[t].space;
    return count;
}

size_t steer_row_count(const struct state *state)
{
    const struct steer_state *steer = steer_of(state);
    const char *others[RERANK_TERMS_MAX];
    return KINDS - 1 + steer->spaces.count + like_rows(steer, others) + steer->n_wishes;
}

struct steer_row steer_row(const struct state *state, size_t at)
{
    const struct steer_state *steer = steer_of(state);
    const char *others[RERANK_TERMS_MAX];
    size_t n_others = like_rows(steer, others), n_spaces = steer->spaces.count + n_others;
    for (size_t i = 0; i < KINDS; i++) {
        size_t rows = kinds[i] == RERANK_LIKE ? n_spaces : 1;
        if (at >= rows) {
            at -= rows;
            continue;
        }
        const char *space = steer->spaces_of[kinds[i]];
        if (kinds[i] == RERANK_LIKE)
            space = at < steer->spaces.count ? steer->spaces.names[at] : others[at - steer->spaces.count];
        return (struct steer_row){kinds[i], space, NULL};
    }
    return (struct steer_row){RERANK_KINDS, "", at < steer->n_wishes ? &steer->wishes[at] : NULL};
}

int64_t steer_playlist(const struct state *state)
{
    return state_playlist_number(state);
}

void steer_settings(const struct state *state, struct suggest_input *input)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    input->steering = (struct suggest_settings){.playlist = steer_playlist(state),
                                                .spec = steer_of(state)->spec,
                                                .all = explore_is_test(state), /* its list is as it was evaluated */
                                                .once = true,
                                                .lenient = true};
    if (playlist->n_rejected == 0 || !(input->rejected = malloc(playlist->n_rejected * sizeof *input->rejected)))
        return;
    memcpy(input->rejected, playlist->rejected, playlist->n_rejected * sizeof *input->rejected);
    input->steering.rejected = input->rejected;
    input->steering.n_rejected = playlist->n_rejected;
}

void steer_changed(struct state *state, struct effect_list *effects)
{
    state_touch(state);
    explore_suggest(state, effects);
}

void steer_use_wishes(struct state *state, struct effect_list *effects)
{
    struct steer_state *steer = steer_of(state);
    char *space = steer->spaces_of[RERANK_WISHES];
    if (rerank_spec_value(&steer->spec, RERANK_WISHES, NULL) != 0)
        return;
    if (!space[0] && name_list_find(&steer->spaces, RERANK_SONG) < steer->spaces.count)
        snprintf(space, sizeof steer->spaces_of[0], "%s", RERANK_SONG);
    rerank_spec_set(&steer->spec, RERANK_WISHES, space, 0.5);
    steer_changed(state, effects);
}

void steer_request(struct state *state, struct effect_list *effects)
{
    struct effect *effect = effect_request(effects, state, EFFECT_STEER, state->model);
    if (effect)
        effect->id = steer_playlist(state);
}
