#include "ui/tour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

static void free_step(struct tour_step *step)
{
    free(step->title);
    free(step->text);
    for (size_t i = 0; i < step->n_needs; i++)
        free(step->needs[i]);
    for (size_t i = 0; i < step->n_lines; i++)
        free(step->lines[i]);
}

void tour_free(struct tour *tour)
{
    for (size_t i = 0; i < tour->count; i++)
        free_step(&tour->steps[i]);
    free(tour->steps);
    free(tour->held.made);
    *tour = (struct tour){0};
}

static enum status add_step(struct tour *tour, const char *title, int line, struct error *error)
{
    if (tour->count == TOUR_STEPS_MAX)
        return error_set(error, STATUS_BAD_DATA, "a tour has at most %d steps", TOUR_STEPS_MAX);
    struct tour_step *steps = realloc(tour->steps, (tour->count + 1) * sizeof *steps);
    if (!steps)
        return error_no_memory(error);
    tour->steps = steps;
    steps[tour->count] = (struct tour_step){.title = strdup(title), .text = strdup(""), .line = line};
    tour->count++;
    return steps[tour->count - 1].title && steps[tour->count - 1].text ? STATUS_OK : error_no_memory(error);
}

static enum status add_text(struct tour_step *step, const char *text, struct error *error)
{
    struct buffer joined = {0};
    buffer_printf(&joined, "%s%s%s", step->text, step->text[0] ? " " : "", text);
    if (joined.failed)
        return error_no_memory(error);
    free(step->text);
    step->text = joined.data;
    return STATUS_OK;
}

static enum status add_to(char **items, size_t *count, size_t most, const char *word, const char *text,
                          struct error *error)
{
    if (*count == most)
        return error_set(error, STATUS_BAD_DATA, "a step has at most %zu lines with \"%s\"", most, word);
    if (!(items[*count] = strdup(text)))
        return error_no_memory(error);
    (*count)++;
    return STATUS_OK;
}

static enum status take_line(struct tour *tour, char *line, int number, struct error *error)
{
    size_t size = strcspn(line, " \t");
    const char *rest = line + size + strspn(line + size, " \t");
    struct tour_step *step = tour->count > 0 ? &tour->steps[tour->count - 1] : NULL;
    line[size] = '\0';
    bool of_step = strcmp(line, "needs") == 0 || strcmp(line, "say") == 0 || strcmp(line, "do") == 0;
    if (strcmp(line, "step") != 0 && !of_step)
        return error_set(error, STATUS_BAD_DATA, "\"%.40s\" is not step, needs, say or do", line);
    if (!*rest)
        return error_set(error, STATUS_BAD_DATA, "nothing follows \"%s\"", line);
    if (!of_step)
        return add_step(tour, rest, number, error);
    if (!step)
        return error_set(error, STATUS_BAD_DATA, "\"%s\" is before the first step", line);
    if (line[0] == 's')
        return add_text(step, rest, error);
    return line[0] == 'n' ? add_to(step->needs, &step->n_needs, TOUR_NEEDS_MAX, "needs", rest, error)
                          : add_to(step->lines, &step->n_lines, TOUR_LINES_MAX, "do", rest, error);
}

enum status tour_read(const char *text, const char *name, struct tour *tour, struct error *error)
{
    enum status status = STATUS_OK;
    int number = 0;
    *tour = (struct tour){0};
    while (*text && status == STATUS_OK) {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);
        if (!line)
            return error_no_memory(error);
        text += size + (text[size] == '\n');
        number++;
        for (size_t end = strlen(line); end > 0 && strchr(" \t\r", line[end - 1]); end--)
            line[end - 1] = '\0';
        char *start = line + strspn(line, " \t");
        if (*start && *start != '#')
            status = take_line(tour, start, number, error);
        free(line);
    }
    if (status == STATUS_OK && tour->count == 0)
        return error_set(error, STATUS_BAD_DATA, "%s: there is no step in this tour", name);
    return status == STATUS_OK ? status : error_prefix(error, "%s:%d", name, number);
}

void tour_done(struct tour *tour, const char *failure)
{
    tour->running = tour->hurried = false;
    if (failure)
        snprintf(tour->note, sizeof tour->note, "(Not everything could be shown: %.200s)", failure);
}

int tour_rows(const struct tour *tour, int rows)
{
    enum { TALL_ROWS = 30, EXTRA = 2 };
    return tour->open && rows >= TALL_ROWS ? EXTRA : 0;
}
