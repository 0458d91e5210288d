#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ratings.h"
#include "cli/commands.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "ui/config.h"

static enum status run(struct cli *cli, struct error *error)
{
    struct buffer out = {0};
    if (cli_flag(cli, "version")) {
        buffer_printf(&out, "sleeve %s\n", SLEEVE_VERSION);
        return cli_print(&out, error);
    }
    if (cli_flag(cli, "help") || !cli->command) {
        if (!cli->command && !cli_flag(cli, "help") && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
            return cli_command_explore.run(cli, error);
        if (cli->command)
            cli_help_command(cli->command, &out);
        else
            cli_help(&out);
        enum status status = cli_print(&out, error);
        if (status == STATUS_OK && !cli->command && !cli_flag(cli, "help"))
            return error_set(error, STATUS_USAGE, "give a command, or run sleeve in a terminal to explore");
        return status;
    }
    const enum status status = cli_ranks_check(cli, error);
    return status == STATUS_OK ? cli->command->run(cli, error) : status;
}

static void log_nothing(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* Of several processes only rank 0 prints. */
static void silence(void)
{
    const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing >= 0 && dup2(nothing, STDOUT_FILENO) >= 0)
        close(nothing);
    log_set_sink(log_nothing, NULL);
}

/* A message may contain what was typed and texts of the catalogue, which may have control characters. */
static void tell(const char *message)
{
    struct buffer shown = {0};
    text_sanitise(message, strlen(message), &shown);
    fprintf(stderr, "sleeve: %s\n", shown.data ? shown.data : "");
    buffer_free(&shown);
}

/* Reports a failed write of what a command printed without checking. */
static enum status check_output(enum status status, struct error *error)
{
    errno = 0;
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (status == STATUS_OK && mapped_files_cut() > 0)
        status = mapped_files_failed(error);
    if (written)
        return status;
    if (status == STATUS_OK)
        status = cli_output_failed(error);
    stream_discard(stdout);
    return status;
}

/* Reads the person's file of settings, or that of --config. What the command line says comes first. */
static void read_settings(struct cli *cli, struct config *config)
{
    const char *file = cli_value(cli, "config", NULL);
    if (file && strcmp(file, "none") == 0)
        return;
    config_read(file, config);
    cli->config = config;
    ratings_configure(config->settings.values[SETTING_RATER]);
    if (!cli_value(cli, "device", NULL))
        device_choice_parse(config->settings.values[SETTING_DEVICE], &cli->device);
}

int main(int argc, char **argv)
{
    standard_streams_guard();
    mapped_files_guard();
    cli_prepare();
    struct error error = {0};
    struct config config = {0};
    struct cli cli = {.arguments = calloc((size_t)argc + 1, sizeof(char *))};
    interrupt_install();
    enum status status = cli.arguments ? ranks_open(&cli.ranks, &error) : error_no_memory(&error);
    const bool speaks = ranks_started_as() == 0 || !cli.ranks; /* one that could not join says so itself */
    if (!speaks)
        silence();
    if (status == STATUS_OK)
        status = cli_parse(argc, argv, &cli, &error);
    if (status == STATUS_OK) {
        log_set_level(cli.quiet ? LOG_ERROR : cli.verbose ? LOG_DEBUG : LOG_INFO);
        progress_to_stderr(&cli.progress, speaks && !cli.quiet && !cli.no_progress);
        read_settings(&cli, &config);
        status = run(&cli, &error);
        progress_end(&cli.progress);
    }
    status = ranks_end(cli.ranks, check_output(status, &error), &error);
    if (status != STATUS_OK && speaks)
        tell(error.text);
    if (cli.abandoned || ranks_lost(cli.ranks)) /* threads still use what exit() would free; or MPI would wait */
        _exit((int)status);
    ranks_close(cli.ranks);
    config_free(&config);
    free(cli.arguments);
    return (int)(status == STATUS_DEVICE ? STATUS_FAILED : status);
}
