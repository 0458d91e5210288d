#include <string.h>

#include "cli/commands.h"

static const struct cli_option options[] = {
    {"manual", 0, NULL, "print the manual page sleeve(1) (roff)"},
    {"manual-config", 0, NULL, "print the manual page sleeve-config(5)"},
    {"completion", 0, "bash|zsh|fish", "print the completion script of a shell"},
};

static enum status run(struct cli *cli, struct error *error)
{
    struct buffer out = {0};
    const char *shell = cli_value(cli, "completion", NULL);
    if (shell) {
        enum status status = cli_completion(shell, &out, error);
        if (status != STATUS_OK) {
            buffer_free(&out);
            return status;
        }
    } else if (cli_flag(cli, "manual")) {
        cli_manual(&out);
    } else if (cli_flag(cli, "manual-config")) {
        cli_manual_config(&out);
    } else if (cli->n_arguments == 0) {
        cli_help(&out);
    } else {
        const struct command *command = cli_find(cli->arguments[0]);
        if (!command)
            return error_set(error, STATUS_USAGE, "there is no command \"%s\"; see: sleeve help", cli->arguments[0]);
        if (cli->n_arguments > 1 && command->choices && /* `help import library` is the help of import */
            (!*cli->arguments[1] || !cli_has_word(command->choices, cli->arguments[1])))
            return error_set(error, STATUS_USAGE, "%s has no \"%s\"; see: sleeve help %s", command->name,
                             cli->arguments[1], command->name);
        cli_help_command(command, &out);
    }
    return cli_print(&out, error);
}

const struct command cli_command_help = {
    .name = "help",
    .arguments = "[COMMAND [WORD]]",
    .summary = "print this help, or the help of one command",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 2,
    .run = run,
};
