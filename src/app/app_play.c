#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/app_internal.h"
#include "app/play.h"
#include "db/track_file.h"

extern char **environ;

/* Players end some time; then they are not to stay in the list of processes. */
static void *wait_for(void *context)
{
    waitpid((pid_t)(intptr_t)context, NULL, 0);
    return NULL;
}

static void wait_in_background(pid_t player)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for, (void *)(intptr_t)player) == 0)
        pthread_detach(thread);
}

static enum status start(char **words, struct error *error)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    pid_t player;
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0)
        return error_no_memory(error);
    posix_spawnattr_init(&attributes);
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    for (int i = 0; i < 3 && number == 0; i++)
        number = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
    if (number == 0)
        number = posix_spawnp(&player, words[0], &actions, &attributes, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (number != 0)
        return error_set(error, STATUS_FAILED, "the player \"%.200s\" could not be started: %s", words[0],
                         strerror(number));
    wait_in_background(player);
    return STATUS_OK;
}

static bool is_uri(const char *key)
{
    return strncmp(key, "spotify:", 8) == 0 || strstr(key, "://");
}

enum status app_play(struct app *app, int64_t track, const char *command, struct error *error)
{
    struct catalogue *catalogue;
    struct track_list tracks = {0};
    struct buffer file = {0};
    char **words = NULL;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_tracks_read(catalogue, &track, 1, &tracks, error);
    if (status == STATUS_OK)
        status = catalogue_track_file(catalogue, track, &file, error);
    app_return(app, catalogue);
    if (status == STATUS_OK && file.size > 0 && access(file.data, R_OK) != 0)
        status = error_set(error, STATUS_FAILED, "the file %.300s is not there or cannot be read", file.data);
    if (status == STATUS_OK)
        status = play_words(command, file.size > 0 ? file.data : NULL,
                            is_uri(tracks.items[0].key) ? tracks.items[0].key : NULL, &words, error);
    if (status == STATUS_OK)
        status = start(words, error);
    play_words_free(words);
    buffer_free(&file);
    track_list_free(&tracks);
    return status;
}
