#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "ui/explorer.h"
#include "ui/script.h"

static const struct cli_option options[] = {
    {"script", 0, "FILE", "run these commands, one per line, without a terminal (\"-\": standard input)"},
    {"play", 0, NULL, "with --script: on the terminal, so that one can follow; with --tour: without keys"},
    {"speed", 0, "X", "speed of --play, 0.1 to 100 (default 1)"},
    {"tour", 0, NULL, "begin with the tour, which shows in five minutes what there is"},
    {"size", 0, "COLSxROWS", "screen size of a script (default 120x36)"},
    {"dump", 0, "FILE", "write the screen, after the script if there is one: .png, .svg, .txt, or \"-\""},
    {"images", 0, IMAGE_MODE_USAGE, "how to show pictures"},
    {"theme", 0, THEME_USAGE, "colours (else $SLEEVE_THEME, else those of the last session)"},
    {"model", 'm', "NAME", "the model to start with"},
    {"present", 0, NULL, "few suggestions with large covers in high contrast, for an audience"},
};

static enum status read_size(const struct cli *cli, struct script_options *script, struct error *error)
{
    const char *text = cli_value(cli, "size", "120x36");
    char *end;
    long columns = strtol(text, &end, 10);
    long rows = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
    if (*end || columns < 1 || columns > 1000 || rows < 1 || rows > 1000)
        return error_set(error, STATUS_USAGE, "--size is COLUMNSxROWS, such as 120x36, not \"%s\"", text);
    script->columns = (int)columns;
    script->rows = (int)rows;
    return STATUS_OK;
}

/* The person's value of a setting; NULL: not set. */
static const char *setting_of(const struct cli *cli, enum setting setting)
{
    const char *value = cli->config ? cli->config->settings.values[setting] : "";
    return *value ? value : NULL;
}

/* A theme of the environment, the command line or the settings is not overridden by that of the session. */
static bool read_theme(const struct cli *cli, struct explorer_options *explorer, struct error *error)
{
    const char *set = getenv("SLEEVE_THEME"), *name = cli_value(cli, "theme", set && *set ? set : NULL);
    if (!name)
        name = setting_of(cli, SETTING_THEME);
    if (!name)
        return true;
    if (!theme_parse(name, &explorer->terminal.theme)) {
        error_set(error, STATUS_USAGE, "%s is " THEME_USAGE ", not \"%s\"",
                  cli_value(cli, "theme", NULL) ? "--theme" : "SLEEVE_THEME", name);
        return false;
    }
    explorer->theme_chosen = true;
    return true;
}

/* The model of the settings, which are for all catalogues: one that this catalogue does not have is not an error. */
static void take_model(const struct cli *cli, struct app *app, struct explorer_options *explorer)
{
    struct error why;
    const char *model = setting_of(cli, SETTING_MODEL);
    if (!model)
        return;
    if (app_model_check(app, model, &why) == STATUS_OK)
        explorer->model = model;
    else
        log_message(LOG_INFO, "the model of the settings is not used: %s", why.text);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *no_colour = getenv("NO_COLOR");
    struct explorer_options explorer = {
        .terminal = {.mouse = true, .no_colour = no_colour && *no_colour},
        .model = cli_value(cli, "model", NULL),
    };
    struct script_options script = {
        .path = cli_value(cli, "script", NULL),
        .dump = cli_value(cli, "dump", NULL),
    };
    const char *images = cli_value(cli, "images", setting_of(cli, SETTING_IMAGES)),
               *mouse = setting_of(cli, SETTING_MOUSE);
    explorer.config = cli->config;
    explorer.terminal.mouse = !mouse || strcmp(mouse, "off") != 0;
    if (cli_value(cli, "config", NULL)) /* otherwise a script does the same for everybody */
        script.config = cli->config;
    if (!images)
        images = "auto";
    if (!image_mode_parse(images, &explorer.terminal.images))
        return error_set(error, STATUS_USAGE, "--images is %s, not \"%s\"", IMAGE_MODE_USAGE, images);
    if (!read_theme(cli, &explorer, error))
        return STATUS_USAGE;
    explorer.present = script.present = cli_flag(cli, "present");
    script.theme = explorer.theme_chosen ? theme_name(explorer.terminal.theme) : NULL;
    enum status status = read_size(cli, &script, error);
    if (status != STATUS_OK)
        return status;
    explorer.play = cli_flag(cli, "play");
    explorer.tour = cli_flag(cli, "tour");
    status = cli_number(cli, "speed", 0.1, 100, 1, &explorer.speed, error);
    if (status != STATUS_OK)
        return status;
    if (explorer.play && !script.path && !explorer.tour)
        return error_set(error, STATUS_USAGE, "--play needs what is to be played: --script FILE or --tour");
    if (explorer.play && script.dump)
        return error_set(error, STATUS_USAGE,
                         "--dump is for scripts without --play; \"shot FILE\" in the script does it");
    explorer.script = explorer.play ? script.path : NULL;
    bool headless = (script.path || script.dump) && !explorer.play;
    if (!headless && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return error_set(error, STATUS_USAGE,
                         "the explorer needs a terminal; in scripts use: sleeve explore --script FILE, or --dump FILE");
    struct app *app = NULL;
    char *path;
    status = cli_catalogue_path(cli, &path, error);
    if (status != STATUS_OK)
        return status;
    bool writable = app_can_write(path);
    if (!writable)
        log_message(LOG_WARNING, "%s can only be read: playlists and the session are not saved", path);
    free(path);
    status = cli_open_app(cli, writable, &app, error);
    if (status == STATUS_OK && explorer.model)
        status = app_model_check(app, explorer.model, error);
    else if (status == STATUS_OK && (!headless || script.config))
        take_model(cli, app, &explorer);
    script.model = explorer.model;
    if (status == STATUS_OK)
        status = headless ? script_run(app, &script, &cli->abandoned, error)
                          : explorer_run(app, &explorer, &cli->abandoned, error);
    if (!cli->abandoned)
        app_close(app);
    return status;
}

const struct command cli_command_explore = {
    .name = "explore",
    .arguments = "[--images MODE] [--theme NAME] [--model NAME] [--present] [--tour] [--script FILE [--play [--speed "
                 "X]]] [--dump FILE] [--size COLSxROWS]",
    .summary = "open the explorer",
    .details =
        "Search with /, add tracks with Enter; suggestions for the playlist are shown in pages of ten.\n"
        "o opens a playlist, m chooses the model, ctrl+p finds anything by its name. : takes commands, which tab\n"
        "completes. ? shows the keys of the view; typing there searches all keys and commands.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
