#include "ui/terminal/tmux.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

extern char **environ;

static pid_t start(int output)
{
    static const char format[] = "#{allow-passthrough}\t#{client_termname}\t#{client_termtype}";
    char *arguments[] = {"tmux", "display-message", "-p", (char *)format, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_setpgroup(&attributes, 0); /* signals of the terminal are not for it */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (posix_spawnp(&child, arguments[0], &actions, &attributes, arguments, environ) != 0)
        child = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static size_t read_until(int descriptor, double deadline, char *text, size_t capacity)
{
    size_t size = 0;
    while (size < capacity) {
        struct pollfd wait = {.fd = descriptor, .events = POLLIN};
        int left = (int)((deadline - clock_seconds()) * 1e3);
        if (left <= 0 || poll(&wait, 1, left) <= 0)
            break;
        ssize_t count = read(descriptor, text + size, capacity - size);
        if (count <= 0)
            break;
        size += (size_t)count;
    }
    return size;
}

void tmux_ask(double seconds, struct tmux_info *info)
{
    *info = (struct tmux_info){.asked = false};
    const char *socket = getenv("TMUX");
    int ends[2];
    if (!socket || !*socket || pipe2(ends, O_CLOEXEC) != 0)
        return;
    pid_t child = start(ends[1]);
    close(ends[1]);
    char text[256];
    if (child > 0) {
        size_t size = read_until(ends[0], clock_seconds() + seconds, text, sizeof text - 1);
        text[size] = '\0';
        tmux_parse(text, info);
        kill(child, SIGKILL); /* it has answered, or hangs */
        waitpid(child, NULL, 0);
    }
    close(ends[0]);
}

static const char *take_field(const char *text, char end, char field[64])
{
    size_t size = strcspn(text, "\t\n");
    snprintf(field, 64, "%.*s", (int)(size < 63 ? size : 63), text);
    return text[size] == end ? text + size + 1 : NULL;
}

void tmux_parse(const char *answer, struct tmux_info *info)
{
    char passthrough[64];
    *info = (struct tmux_info){.asked = false};
    const char *at = take_field(answer, '\t', passthrough);
    if (at)
        at = take_field(at, '\t', info->terminal);
    info->asked = at && take_field(at, '\n', info->version);
    info->passthrough = info->asked && (strcmp(passthrough, "1") == 0 || strcmp(passthrough, "on") == 0 ||
                                        strcmp(passthrough, "all") == 0);
}

bool tmux_terminal_has_placeholders(const struct tmux_info *info)
{
    static const char *const names[] = {"xterm-kitty", "xterm-ghostty", "ghostty"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(info->terminal, names[i]) == 0)
            return true;
    return strncmp(info->version, "kitty", 5) == 0 || strncmp(info->version, "ghostty", 7) == 0;
}
