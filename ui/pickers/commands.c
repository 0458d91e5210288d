/* Commands, and everything that can be chosen. */
#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/help.h"
#include "ui/picker.h"

static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    (void)app, (void)input, (void)model, (void)more;
    const struct explorer_command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        char keys[64];
        help_keys_of(command->name, keys, sizeof keys);
        if (!command_is_for_scripts(command) &&
            !picker_items_add(items, command->name, keys, &(struct picker_item){.kind = PICK_COMMANDS}))
            return error_no_memory(error);
    }
    return STATUS_OK;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    (void)app, (void)item, (void)error;
    const struct explorer_command *command = command_named(name);
    char keys[64];
    if (!command)
        return STATUS_OK;
    preview_add(preview, NULL, "%s", command->help)->wrapped = true;
    preview_add(preview, NULL, "%s", "");
    preview_add(preview, NULL, ":%s %s", command->name, command->arguments)->wrapped = true;
    help_keys_of(name, keys, sizeof keys);
    if (keys[0])
        preview_add(preview, keys, "keys");
    return STATUS_OK;
}

static enum status accept(struct state *state, struct effect_list *effects, const struct picker_item *item,
                          const char *name, struct error *error)
{
    (void)item;
    const struct explorer_command *command = command_named(name);
    bool needs_more = command && command->arguments[0] && command->arguments[0] != '[';
    return needs_more ? command_command(state, effects, name, error) : command_run(state, effects, name, error);
}

const struct picker_source picker_commands = {
    .name = "commands",
    .title = "Run a command",
    .what = "command",
    .empty = "There is no command.",
    .collect = collect,
    .preview = preview,
    .accept = accept,
};

/* ---- everything ---- */

static enum status collect_all(struct app *app, const struct picker_input *input, const char *model,
                               struct picker_items *items, bool *more, struct error *error)
{
    static const enum picker_kind order[] = {PICK_COMMANDS, PICK_MODELS, PICK_SETS, PICK_EXPORTS, PICK_PLAYLISTS};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof order / sizeof order[0]; i++)
        status = picker_source(order[i])->collect(app, input, model, items, more, error);
    return status;
}

/* A track: it is added to the playlist. */
static enum status accept_track(struct state *state, struct effect_list *effects, const struct picker_item *item,
                                const char *name, struct error *error)
{
    const struct track *track = track_book_find(&state->book, item->id);
    if (!track)
        return error_set(error, STATUS_USAGE, "\"%s\" has not been read yet", name);
    return action_add(state, effects, track, error);
}

static enum status preview_nothing(struct app *app, const struct picker_item *item, const char *name,
                                   struct picker_preview *preview, struct error *error)
{
    (void)app, (void)item, (void)name, (void)preview, (void)error;
    return STATUS_OK;
}

const struct picker_source picker_all = {
    .name = "all",
    .title = "Go to anything",
    .what = "track",
    .empty = "There is nothing to choose.",
    .collect = collect_all,
    .preview = preview_nothing,
    .accept = accept_track,
};
