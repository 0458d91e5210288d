#include "ui/play.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/text_reader.h"
#include "ui/runtime.h"

enum { LINE_MAX_BYTES = 65536, LINES_MAX = 100000 };

/* Seconds after a command, between two characters, and until results are no longer awaited: the points of a map move
 * for longer. */
static const double after_command = 0.6, after_character = 0.07, longest_wait = 8;

static void clear(struct play *play)
{
    for (size_t i = 0; i < play->count; i++)
        free(play->lines[i]);
    free(play->lines);
    free(play->numbers);
    play->lines = NULL;
    play->numbers = NULL;
    play->count = play->at = play->typed = 0;
    play->on = play->hurried = false;
}

void play_free(struct play *play)
{
    clear(play);
    *play = (struct play){0};
}

static enum status append(struct play *play, const char *line, int number, struct error *error)
{
    char **lines = realloc(play->lines, (play->count + 1) * sizeof *lines);
    if (lines)
        play->lines = lines;
    int *numbers = realloc(play->numbers, (play->count + 1) * sizeof *numbers);
    if (numbers)
        play->numbers = numbers;
    char *copy = lines && numbers ? strdup(line) : NULL;
    if (!copy)
        return error_no_memory(error);
    play->lines[play->count] = copy;
    play->numbers[play->count++] = number;
    return STATUS_OK;
}

enum status play_read(const char *path, double speed, struct play *play, struct error *error)
{
    struct text_reader *reader;
    struct text_line line;
    bool more = true;
    *play = (struct play){.speed = speed};
    enum status status = text_reader_open(path, 0, &reader, error);
    if (status != STATUS_OK)
        return error_prefix(error, "the script");
    snprintf(play->name, sizeof play->name, "%s", text_reader_name(reader));
    while (status == STATUS_OK && more) {
        status = text_reader_line(reader, LINE_MAX_BYTES, &line, &more, error);
        const char *start = status == STATUS_OK && more ? line.text + strspn(line.text, " \t") : "";
        if (*start && *start != '#')
            status = append(play, start, (int)line.number, error);
        if (status == STATUS_OK && play->count > LINES_MAX)
            status = error_set(error, STATUS_BAD_DATA, "%s: a script has at most %d lines", path, LINES_MAX);
    }
    text_reader_close(reader);
    play->on = status == STATUS_OK;
    return status;
}

enum status play_start(struct play *play, char *const *lines, size_t count, double now, struct error *error)
{
    enum status status = STATUS_OK;
    clear(play);
    play->name[0] = '\0';
    play->next_at = now;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = append(play, lines[i], (int)i + 1, error);
    play->on = status == STATUS_OK;
    return status;
}

static bool settled(const struct play *play, const struct runtime *runtime, double now)
{
    return effects_pending(runtime->effects) == 0 || now >= play->settles_by;
}

double play_due(const struct play *play, const struct runtime *runtime, double now)
{
    if (!play->on)
        return -1;
    double left = play->hurried ? 0 : fmax(play->next_at - now, 0);
    if (!settled(play, runtime, now))
        return fmax(play->settles_by - now, 0); /* or when a result arrives */
    return left;
}

static double speed_of(const struct play *play)
{
    return play->speed > 0 ? play->speed : 1;
}

/* "wait SECONDS": true, with how many. */
static bool is_pause(const char *line, double *seconds)
{
    char *end;
    if (strncmp(line, "wait", 4) != 0 || line[4] != ' ')
        return false;
    *seconds = strtod(line + 5, &end);
    return end != line + 5 && *end == '\0' && isfinite(*seconds) && *seconds >= 0;
}

/* The next character of "type TEXT". */
static enum status type(struct play *play, struct runtime *runtime, const char *text, struct error *error)
{
    char line[64];
    size_t size = text_character_size(text + play->typed, strlen(text + play->typed));
    size = size > 0 ? size : 1;
    snprintf(line, sizeof line, "key %.*s", text[play->typed] == ' ' ? 5 : (int)size,
             text[play->typed] == ' ' ? "space" : text + play->typed);
    play->typed += size;
    return runtime_command(runtime, line, error);
}

static enum status run_line(struct play *play, struct runtime *runtime, double now, struct error *error)
{
    const char *line = play->lines[play->at];
    double pause = after_command;
    enum status status = STATUS_OK;
    bool typing = strncmp(line, "type ", 5) == 0;
    if (typing) {
        status = type(play, runtime, line + 5, error);
        pause = line[5 + play->typed] ? after_character : after_command;
    } else if (!is_pause(line, &pause)) {
        status = runtime_command(runtime, line, error);
    }
    if (!typing || !line[5 + play->typed]) {
        play->at++;
        play->typed = 0;
    }
    play->next_at = now + pause / speed_of(play);
    play->settles_by = now + longest_wait;
    return status;
}

enum status play_step(struct play *play, struct runtime *runtime, double now, struct error *error)
{
    enum status status = STATUS_OK;
    if (!play->on || !settled(play, runtime, now) || (!play->hurried && now < play->next_at))
        return STATUS_OK;
    if (play->at == play->count || runtime->state.quitting) {
        play->on = false;
        return STATUS_OK;
    }
    size_t at = play->at;
    status = run_line(play, runtime, now, error);
    if (status == STATUS_OK)
        return status;
    play->on = false;
    return play->name[0] ? error_prefix(error, "%s:%d", play->name, play->numbers[at]) : status;
}
