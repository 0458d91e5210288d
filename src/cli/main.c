#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/interrupt.h"

static enum status run(struct cli *cli, struct error *error)
{
    if (cli_flag(cli, "version")) {
        printf("sleeve %s\n", SLEEVE_VERSION);
        return STATUS_OK;
    }
    if (cli_flag(cli, "help") || !cli->command) {
        if (!cli->command && !cli_flag(cli, "help") && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
            return cli_command_explore.run(cli, error);
        struct buffer out = {0};
        if (cli->command)
            cli_help_command(cli->command, &out);
        else
            cli_help(&out);
        enum status status = cli_print(&out, error);
        if (status == STATUS_OK && !cli->command && !cli_flag(cli, "help"))
            return error_set(error, STATUS_USAGE, "a command is missing, or a terminal to explore on");
        return status;
    }
    return cli->command->run(cli, error);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct cli cli = {.arguments = calloc((size_t)argc + 1, sizeof(char *))};
    enum status status = cli.arguments ? cli_parse(argc, argv, &cli, &error) : error_no_memory(&error);
    if (status == STATUS_OK) {
        log_set_level(cli.quiet ? LOG_ERROR : cli.verbose ? LOG_DEBUG : LOG_INFO);
        progress_to_stderr(&cli.progress, !cli.quiet && !cli.no_progress);
        interrupt_install();
        status = run(&cli, &error);
        progress_end(&cli.progress);
    }
    if (status != STATUS_OK)
        fprintf(stderr, "sleeve: %s\n", error.text);
    free(cli.arguments);
    return (int)status;
}
