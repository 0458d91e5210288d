#include "sandbox/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/installed_file.h"
#include "sandbox/protocol.h"

extern char **environ;

/* Variables that the loader and the sanitizers need. Others, which may contain passwords, are not passed on. */
static const char *const kept[] = {
    "LD_LIBRARY_PATH=", "LD_PRELOAD=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "LSAN_OPTIONS="};
enum { N_KEPT = sizeof kept / sizeof kept[0] };

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL); /* otherwise the kernel would not keep how a decoder ended */
}

static void keep_environment(char *environment[N_KEPT + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < N_KEPT; i++)
        for (char **variable = environ; variable && *variable; variable++)
            if (strncmp(*variable, kept[i], strlen(kept[i])) == 0) {
                environment[count++] = *variable;
                break;
            }
    environment[count] = NULL;
}

static int add_files(posix_spawn_file_actions_t *actions, const struct sandbox_files *files)
{
    int number = 0;
    for (int i = STDIN_FILENO; number == 0 && i <= STDERR_FILENO; i++)
        if (i != STDERR_FILENO || !SLEEVE_SANITIZED) /* where sanitizers write */
            number = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR, 0);
    const int passed[][2] = {
        {files->socket, SANDBOX_SOCKET}, {files->shared, SANDBOX_SHARED}, {files->lifeline, SANDBOX_LIFELINE}};
    for (size_t i = 0; number == 0 && i < sizeof passed / sizeof passed[0]; i++)
        number = posix_spawn_file_actions_adddup2(actions, passed[i][0], passed[i][1]);
    return number;
}

static int spawn(const char *path, const struct sandbox_files *files, pid_t *pid)
{
    char *arguments[] = {(char *)path, NULL}, *environment[N_KEPT + 1];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    keep_environment(environment);
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0)
        return number;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    number = add_files(&actions, files);
    if (number == 0)
        number = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

static enum status refuse(const char *path, int number, struct error *error)
{
    const char *advice = number == EAGAIN                       ? "; allow more processes (ulimit -u)"
                         : number == EMFILE || number == ENFILE ? "; allow more open files (ulimit -n)"
                         : number == ENOMEM                     ? "; free some memory"
                                                                : "; build or install sleeve again";
    return error_set(error, STATUS_FAILED, "the decoder %s cannot be started: %s%s", path, strerror(number), advice);
}

enum status sandbox_launch(const char *file, const struct sandbox_files *files, pid_t *pid, struct error *error)
{
    const struct installed_file decoder = {
        .name = file, .kind = "decoder", .subfolder = "src/decoder/", .build_folder = SLEEVE_BUILD_FOLDER "/"};
    struct buffer path = {0};
    enum status status = STATUS_OK;
    pthread_once(&prepared, prepare);
    if (!strchr(file, '/'))
        status = installed_file_find(&decoder, &path, error);
    if (status == STATUS_OK) {
        const char *chosen = path.data ? path.data : file;
        int number = spawn(chosen, files, pid);
        if (number != 0)
            status = refuse(chosen, number, error);
    }
    buffer_free(&path);
    return status;
}
