#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/hash.h"
#include "core/log.h"

/* Whether the processes of mpirun are the same program with the same command line and the same catalogue, and each has
 * a device. */

struct identity {
    char host[64], version[32], options[33], catalogue[256];
    int64_t fault; /* errno where the catalogue cannot be read; 0 */
    uint64_t inode, size;
    unsigned char changes[4]; /* SQLite's file change counter */
};

static void hash_text(struct hash *hash, const char *text)
{
    hash_add(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void identify_options(const struct cli *cli, char text[33])
{
    struct hash hash;
    hash_begin(&hash);
    hash_text(&hash, cli->command->name);
    for (int i = 0; i < cli->n_arguments; i++)
        hash_text(&hash, cli->arguments[i]);
    for (int i = 0; i < cli->n_values; i++) {
        hash_text(&hash, cli->values[i].option->name);
        hash_text(&hash, cli->values[i].value);
    }
    hash_end(hash, text);
}

static int64_t identify_file(const char *path, struct identity *own)
{
    enum { CHANGE_COUNTER = 24 }; /* its offset in the header of the database */
    struct stat about;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno;
    const bool known = fstat(file, &about) == 0;
    const int64_t fault = known ? 0 : errno;
    if (known) {
        own->inode = (uint64_t)about.st_ino;
        own->size = (uint64_t)about.st_size;
    }
    if (known && pread(file, own->changes, sizeof own->changes, CHANGE_COUNTER) < 0)
        memset(own->changes, 0, sizeof own->changes);
    close(file);
    return fault;
}

static enum status identify(const struct cli *cli, struct identity *own, struct error *error)
{
    char *path = NULL;
    memset(own, 0, sizeof *own); /* all bytes of it are sent */
    gethostname(own->host, sizeof own->host - 1);
    snprintf(own->version, sizeof own->version, "%s", SLEEVE_VERSION);
    identify_options(cli, own->options);
    const enum status status = cli_catalogue_path(cli, &path, error);
    if (status != STATUS_OK)
        return status;
    snprintf(own->catalogue, sizeof own->catalogue, "%.255s", path);
    own->fault = identify_file(path, own);
    free(path);
    return STATUS_OK;
}

static enum status compare(const struct identity *first, const struct identity *other, int rank, struct error *error)
{
    if (strcmp(first->version, other->version) != 0)
        return error_set(error, STATUS_FAILED,
                         "rank %d on %s runs sleeve %s and rank 0 on %s runs %s; install the same version on all hosts",
                         rank, other->host, other->version, first->host, first->version);
    if (strcmp(first->options, other->options) != 0)
        return error_set(error, STATUS_USAGE,
                         "rank %d on %s has another command line than rank 0 on %s; give all processes the same", rank,
                         other->host, first->host);
    if (first->fault == 0 && other->fault != 0)
        return error_set(error, STATUS_FAILED,
                         "rank %d on %s cannot read the catalogue %s: %s; all hosts need it, in a shared folder", rank,
                         other->host, other->catalogue, strerror((int)other->fault));
    if (first->fault != other->fault || first->inode != other->inode || first->size != other->size ||
        memcmp(first->changes, other->changes, sizeof first->changes) != 0)
        return error_set(
            error, STATUS_FAILED,
            "rank %d on %s has another catalogue (%s) than rank 0 on %s (%s); all need the same file, in a "
            "shared folder",
            rank, other->host, other->catalogue, first->host, first->catalogue);
    return STATUS_OK;
}

static void log_nothing(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* A GPU that is there and cannot be used, perhaps because another rank has it: the work would continue on the CPU, and
 * the other ranks would wait for it at every step. */
static enum status check_device(const struct cli *cli, struct error *error)
{
    struct cli_device device;
    struct device_state state;
    if (cli->device == DEVICE_CPU)
        return STATUS_OK;
    cli_device_start(cli, &device);
    if (ranks_rank(cli->ranks) == 0)
        log_set_sink(log_nothing, NULL); /* that the work continues on the CPU */
    enum status status = device_open(&device.use, error);
    if (ranks_rank(cli->ranks) == 0)
        log_set_sink(NULL, NULL);
    device_read(&device.device, &state);
    const char *end = strstr(state.lost, ". The work");
    if (status == STATUS_OK && state.lost[0])
        status = error_set(error, STATUS_FAILED, "%.*s", end ? (int)(end - state.lost) : 400, state.lost);
    cli_device_end(&device);
    return status;
}

enum status cli_ranks_check(const struct cli *cli, struct error *error)
{
    struct identity own;
    if (!cli->ranks)
        return STATUS_OK;
    if (!cli->command->many_ranks)
        return error_set(error, STATUS_USAGE, "%s runs as one process; start it without mpirun", cli->command->name);
    const int n = ranks_size(cli->ranks);
    struct identity *all = malloc((size_t)n * sizeof *all);
    size_t *sizes = malloc((size_t)n * sizeof *sizes);
    enum status status = all && sizes ? identify(cli, &own, error) : error_no_memory(error);
    for (int r = 0; status == STATUS_OK && r < n; r++)
        sizes[r] = sizeof *all;
    if (status == STATUS_OK)
        status = ranks_gather(cli->ranks, &own, sizes, all, error);
    for (int r = 1; status == STATUS_OK && r < n; r++)
        status = compare(&all[0], &all[r], r, error);
    if (status == STATUS_OK)
        status = check_device(cli, error);
    free(all);
    free(sizes);
    return status;
}
