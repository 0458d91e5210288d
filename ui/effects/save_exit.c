/* Saving on exit: everything that is in the queue, or a file of what cannot be saved. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "ui/effects/save_internal.h"

static enum status save_one(struct effects *effects, struct result *result, struct error *error)
{
    struct effect_world *world = effects_world(effects);
    if (!result->output && !(result->output = calloc(1, sizeof(struct save_output))))
        return error_no_memory(error);
    effect_save.prepare(world, &result->effect);
    enum status status = effect_save.run(world, result, NULL, error);
    if (status == STATUS_OK)
        effect_save.record(effects, result);
    return status;
}

/* Another effect that must run, such as a rating. If it fails, what follows is saved nevertheless. */
static void run_one(struct effects *effects, struct result *result)
{
    const struct effect_ops *ops = effect_ops(result->effect.type);
    struct effect_world *world = effects_world(effects);
    struct error error;
    if (ops->output_size > 0 && !result->output && !(result->output = calloc(1, ops->output_size)))
        return;
    if (ops->prepare)
        ops->prepare(world, &result->effect);
    if (ops->run(world, result, NULL, &error) != STATUS_OK)
        log_message(LOG_WARNING, "%s", error.text);
}

/* Saves the queue, then `last`; each later save is based on what the earlier ones wrote. */
static enum status save_all(struct effects *effects, struct result *last, struct error *error)
{
    struct result *first;
    while ((first = effects_waiting(effects, 0))) {
        if (first->effect.type == EFFECT_SAVE) {
            enum status status = save_one(effects, first, error);
            if (status != STATUS_OK)
                return status;
            save_follow(first, &last->effect);
        } else if (effect_ops(first->effect.type)->must_run) {
            run_one(effects, first);
        }
        effects_drop_first(effects);
    }
    return save_one(effects, last, error);
}

struct rescue {
    struct own_playlist *bases, *playlists; /* texts and numbers belong to the effects */
    uint64_t *serials;
    size_t n;
};

/* A later state of a playlist replaces an earlier one. The effect may belong to a save that is still running: only
 * members that do not change are read. */
static void add_to_rescue(const struct save_memory *memory, const struct effect *effect, struct rescue *rescue)
{
    const struct save_input *input = effect->input;
    if (effect->type != EFFECT_SAVE || !input->playlist)
        return;
    int64_t known = save_known_id(memory, input->serial), id = known != 0 ? known : effect->id;
    const struct own_playlist *base = save_base(memory, id);
    size_t at = 0;
    while (at < rescue->n && rescue->serials[at] != input->serial)
        at++;
    for (size_t i = at; i + 1 < rescue->n; i++) { /* the last one is what the session has open */
        rescue->bases[i] = rescue->bases[i + 1];
        rescue->playlists[i] = rescue->playlists[i + 1];
        rescue->serials[i] = rescue->serials[i + 1];
    }
    at = at < rescue->n ? rescue->n - 1 : rescue->n++;
    rescue->bases[at] = base ? *base : (struct own_playlist){.id = id};
    rescue->playlists[at] = (struct own_playlist){.name = effect->text, .ids = effect->ids, .count = effect->n_ids};
    rescue->serials[at] = input->serial;
}

static enum status rescue_all(struct effects *effects, const struct effect *last, char **path, struct error *error)
{
    const struct effect_world *world = effects_world(effects);
    const struct save_memory *memory = world->memory[EFFECT_SAVE];
    const struct save_input *input = last->input;
    const struct effect *running = effects_running(effects);
    const struct result *waiting;
    size_t most = 2;
    while (effects_waiting(effects, most - 2))
        most++;
    struct rescue rescue = {calloc(most, sizeof *rescue.bases), calloc(most, sizeof *rescue.playlists),
                            calloc(most, sizeof *rescue.serials), 0};
    enum status status = rescue.bases && rescue.playlists && rescue.serials ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        if (running)
            add_to_rescue(memory, running, &rescue);
        for (size_t i = 0; (waiting = effects_waiting(effects, i)); i++)
            add_to_rescue(memory, &waiting->effect, &rescue);
        add_to_rescue(memory, last, &rescue);
        status = app_rescue(world->app, input->session ? input->session : "", rescue.bases, rescue.playlists, rescue.n,
                            input->playlist, path, error);
    }
    free(rescue.bases);
    free(rescue.playlists);
    free(rescue.serials);
    return status;
}

enum status save_now(struct effects *effects, struct effect *last, struct error *error)
{
    struct result result = {.effect = *last};
    struct error reason = {0};
    char *path = NULL;
    memset(last, 0, sizeof *last);
    enum status status = save_all(effects, &result, error);
    const struct effect *running = effects_running(effects);
    if (status == STATUS_OK && running && running->type == EFFECT_SAVE)
        status = error_set(error, STATUS_FAILED, "saving takes too long");
    if (status != STATUS_OK && rescue_all(effects, &result.effect, &path, &reason) == STATUS_OK)
        error_append(error, "; unsaved work is kept in %s and will be restored at the next start", path);
    else if (status != STATUS_OK)
        error_append(error, "; unsaved work is lost: %s", reason.text);
    free(path);
    result_free(&result);
    return status;
}
