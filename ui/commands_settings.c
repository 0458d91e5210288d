/* The commands `set NAME`, one for each row of the list of settings. */
#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/terminal/theme.h"

static const char *value_of(const struct state *state, enum setting setting)
{
    switch (setting) {
    case SETTING_MODEL:
        return state->model;
    case SETTING_DEVICE:
        return device_choice_name(state->device.choice);
    case SETTING_THEME:
        return state->theme_forced[0] ? state->theme_forced : state->theme[0] ? state->theme : theme_name(THEME_AUTO);
    default:
        return state->settings.values[setting];
    }
}

/* Settings that other commands have, too. */
static enum status run_command(struct state *state, struct effect_list *effects, enum setting setting,
                               const char *argument, struct error *error)
{
    char line[SETTING_SIZE + 32];
    snprintf(line, sizeof line, "%s %s", settings_table[setting].name, argument);
    return command_run(state, effects, line, error);
}

static enum status refuse_late(enum setting setting, struct error *error)
{
    const char *name = settings_table[setting].name;
    return error_set(error, STATUS_USAGE, "%s counts from the start: write \"%s %s\" into sleeve/config%s", name, name,
                     settings_table[setting].words, setting == SETTING_CATALOGUE ? ", or use -C FILE" : "");
}

static enum status set(struct state *state, struct effect_list *effects, enum setting setting, const char *argument,
                       struct error *error)
{
    if (setting == SETTING_THEME)
        return command_theme(state, effects, argument, error);
    if (setting == SETTING_MODEL || setting == SETTING_DEVICE || setting == SETTING_IMAGES || setting == SETTING_RATER)
        return run_command(state, effects, setting, argument, error);
    if (setting == SETTING_RATER && argument[0] && command_named("rater")) {
        enum status status = setting_store(&state->settings, setting, argument, error);
        return status == STATUS_OK ? run_command(state, effects, setting, argument, error) : status;
    }
    if (argument[0] && (setting == SETTING_CATALOGUE || setting == SETTING_MOUSE))
        return refuse_late(setting, error);
    if (argument[0]) {
        enum status status = setting_store(&state->settings, setting, argument, error);
        if (status != STATUS_OK)
            return status;
    }
    const char *value = value_of(state, setting);
    state_say(state, "%s: %s", settings_table[setting].name, value[0] ? value : "not set");
    return STATUS_OK;
}

/* Without a name: all values. */
static COMMAND(set_any)
{
    (void)effects;
    char text[512];
    size_t used = 0;
    if (argument[0]) {
        settings_names(text, sizeof text);
        return error_set(error, STATUS_USAGE, "there is no setting \"%.*s\"; there are %s", (int)strcspn(argument, " "),
                         argument, text);
    }
    for (int i = 0; i < SETTING_COUNT && used < sizeof text; i++) {
        const char *value = value_of(state, (enum setting)i);
        if (value[0])
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", used > 0 ? " · " : "",
                                     settings_table[i].name, value);
    }
    state_say(state, "%s", text);
    return STATUS_OK;
}

#define SET_COMMAND(NAME, name, words, help, details)                                                                  \
    static COMMAND(set_##name)                                                                                         \
    {                                                                                                                  \
        return set(state, effects, SETTING_##NAME, argument, error);                                                   \
    }
SETTING_LIST(SET_COMMAND)

#define SET_ROW(NAME, name, words, help, details) {"set " #name, "[" words "]", help, set_##name},
static const struct explorer_command of_settings[] = {{"set", "[NAME VALUE]", "show the settings, or set one", set_any},
                                                      SETTING_LIST(SET_ROW)};
const struct command_table commands_of_settings = {of_settings, sizeof of_settings / sizeof of_settings[0]};
