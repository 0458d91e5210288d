#include "ui/completion.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/export.h"
#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/fuzzy.h"
#include "ui/views/map/map.h"

/* ---- what is being completed ---- */

/* The word at the end of the line that can be completed, and what it is. */
struct completion_word {
    size_t start;
    const struct explorer_command *command; /* whose argument it is; NULL: the name of a command */
    size_t argument;                        /* which, from 0 */
};

/* The command whose name and a blank begin the line, the longest one; *end is where its arguments begin. */
static const struct explorer_command *command_before(const char *line, size_t *end)
{
    const struct explorer_command *command, *found = NULL;
    *end = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t size = strlen(command->name);
        if (size > *end && strncmp(line, command->name, size) == 0 && line[size] == ' ') {
            found = command;
            *end = size;
        }
    }
    *end += strspn(line + *end, " ");
    return found;
}

static size_t count_arguments(const char *arguments)
{
    size_t count = arguments[0] != '\0';
    for (const char *c = arguments; *c; c++)
        count += *c == ' ';
    return count;
}

/* The name of a command can always be meant; an argument only if there is a command with arguments before it. */
static bool completion_argument(const char *line, struct completion_word *word)
{
    size_t end;
    const struct explorer_command *command = command_before(line, &end);
    size_t most = command ? count_arguments(command->arguments) : 0;
    if (most == 0)
        return false;
    *word = (struct completion_word){.start = end, .command = command};
    while (word->argument + 1 < most) { /* the last argument may contain blanks */
        size_t size = strcspn(line + word->start, " ");
        if (line[word->start + size] == '\0')
            break;
        word->start += size + strspn(line + word->start + size, " ");
        word->argument++;
    }
    return true;
}

/* ---- candidates ---- */

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

static void offer(struct completion *completion, const char *text, const char *typed, const char *help)
{
    struct fuzzy_pattern pattern;
    fuzzy_pattern_set(&pattern, typed);
    if (begins(text, typed) || fuzzy_score(&pattern, text) >= 0)
        completion_add(completion, text, help);
}

static void offer_models(const struct state *state, const char *typed, struct completion *completion)
{
    for (size_t i = 0; i < state->models.count; i++)
        offer(completion, state->models.names[i], typed, NULL);
}

static void offer_sets(const struct state *state, const char *typed, struct completion *completion)
{
    const struct name_list *sets = &map_of(state)->sets;
    for (size_t i = 0; i < sets->count; i++)
        offer(completion, sets->names[i], typed, NULL);
}

static void offer_formats(const struct state *state, const char *typed, struct completion *completion)
{
    (void)state;
    for (size_t i = 0; app_exporters[i]; i++)
        offer(completion, app_exporters[i]->name, typed, app_exporters[i]->extension);
}

/* The words in capitals that stand for something; without a function, an effect finds it. */
static const struct word_source {
    const char *word;
    void (*offer)(const struct state *state, const char *typed, struct completion *completion);
} word_sources[] = {
    {"MODEL", offer_models}, {"SET", offer_sets}, {"FORMAT", offer_formats}, {"PLAYLIST", NULL}, {"FILE", NULL},
};

static void request(struct state *state, struct effect_list *effects, const char *word, const char *typed)
{
    struct effect *effect = effect_request(effects, state, EFFECT_COMPLETE, typed);
    if (!effect)
        return;
    effect->id = word[0] == 'F';
    state->completion.awaiting = true;
}

static void offer_argument(struct state *state, struct effect_list *effects, const struct completion_word *at,
                           const char *typed)
{
    char word[64];
    for (size_t i = 0; command_choice(at->command, at->argument, i, word, sizeof word); i++) {
        const struct word_source *source = word_sources, *end = source + sizeof word_sources / sizeof *source;
        while (source < end && strcmp(source->word, word) != 0)
            source++;
        if (source < end && source->offer)
            source->offer(state, typed, &state->completion);
        else if (source < end)
            request(state, effects, word, typed);
        else if (!isupper((unsigned char)word[0]))
            offer(&state->completion, word, typed, NULL);
    }
}

static void offer_commands(const char *typed, struct completion *completion)
{
    const struct explorer_command *command;
    for (size_t i = 0; (command = command_at(i)); i++)
        if (!command_is_for_scripts(command) && begins(command->name, typed))
            completion_add(completion, command->name, command->help);
    for (size_t i = 0; completion->count == 0 && (command = command_at(i)); i++)
        if (!command_is_for_scripts(command))
            offer(completion, command->name, typed, command->help);
}

/* If any begin with what was typed, the others are left out. */
static void keep_prefixed(struct completion *completion, const char *typed)
{
    size_t count = 0, prefixed = 0;
    for (size_t i = 0; i < completion->count; i++)
        prefixed += begins(completion->items[i].text, typed);
    for (size_t i = 0; prefixed > 0 && i < completion->count; i++)
        if (begins(completion->items[i].text, typed))
            completion->items[count++] = completion->items[i];
        else
            free(completion->items[i].text);
    completion->count = prefixed > 0 ? count : completion->count;
}

/* ---- tab ---- */

static void put(struct state *state, const char *text)
{
    struct line *line = &state->command;
    char kept[LINE_SIZE];
    memcpy(kept, line->text, sizeof kept);
    kept[state->completion.start] = '\0';
    line_set(line, kept);
    line_insert(line, text, strlen(text));
}

/* What all candidates begin with, regardless of case. */
static size_t common_size(const struct completion *completion)
{
    size_t size = strlen(completion->items[0].text);
    for (size_t i = 1; i < completion->count; i++) {
        size_t same = 0;
        while (same < size && tolower((unsigned char)completion->items[0].text[same]) ==
                                  tolower((unsigned char)completion->items[i].text[same]))
            same++;
        size = same;
    }
    while (size > 0 && ((unsigned char)completion->items[0].text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static void put_common(struct state *state)
{
    struct completion *completion = &state->completion;
    const char *first = completion->items[0].text;
    char common[LINE_SIZE];
    size_t size = common_size(completion), typed = state->command.size - completion->start;
    if (size < typed || size >= sizeof common || !begins(first, state->command.text + completion->start))
        return;
    memcpy(common, first, size);
    common[size] = '\0';
    put(state, common);
}

/* The candidates are complete: the only one is taken, of several what they have in common. */
static void start(struct state *state)
{
    struct completion *completion = &state->completion;
    keep_prefixed(completion, state->command.text + completion->start);
    completion->chosen = completion->count;
    if (completion->count == 0) {
        state_say(state, "nothing completes this");
        completion_clear(completion);
        return;
    }
    if (completion->count > 1) {
        put_common(state);
        return;
    }
    bool folder = completion->items[0].text[strlen(completion->items[0].text) - 1] == '/';
    const struct explorer_command *command = command_named(completion->items[0].text);
    bool more = !folder && (command ? command->arguments[0] != '\0' : true);
    put(state, completion->items[0].text);
    if (more)
        line_insert(&state->command, " ", 1);
    completion_clear(completion);
}

void completion_walk(struct state *state, struct effect_list *effects, int direction)
{
    struct completion *completion = &state->completion;
    struct completion_word word;
    if (completion->awaiting)
        return;
    if (completion->count > 0) {
        size_t places = completion->count;
        completion->chosen = direction > 0            ? (completion->chosen + 1 < places ? completion->chosen + 1 : 0)
                             : completion->chosen > 0 ? completion->chosen - 1
                                                      : places - 1;
        if (direction > 0 && completion->chosen == places)
            completion->chosen = 0;
        put(state, completion->items[completion->chosen].text);
        return;
    }
    line_edit(&state->command, "end");
    completion_clear(completion);
    offer_commands(state->command.text, completion);
    if (completion_argument(state->command.text, &word)) {
        completion_clear(completion);
        completion->start = word.start;
        offer_argument(state, effects, &word, state->command.text + word.start);
        if (word.argument == 0 && word.start > 0) { /* "failures " may also become "failures next" */
            const struct explorer_command *command;
            for (size_t i = 0; (command = command_at(i)); i++)
                if (strlen(command->name) > word.start && begins(command->name, state->command.text))
                    completion_add(completion, command->name + word.start, command->help);
        }
    }
    if (!completion->awaiting)
        start(state);
}

void completion_take(struct state *state, struct completion *found)
{
    struct completion *completion = &state->completion;
    completion->awaiting = false;
    for (size_t i = 0; i < found->count; i++)
        completion_add(completion, found->items[i].text, found->items[i].help);
    start(state);
}

/* ---- the ghost ---- */

void completion_ghost(const struct state *state, char text[LINE_SIZE])
{
    const struct line *line = &state->command;
    const struct history *history = &state->history;
    const struct explorer_command *command;
    text[0] = '\0';
    if (line->size == 0 || line->caret != line->size || state->completion.count > 0)
        return;
    for (int i = history->count - 1; i >= 0; i--)
        if (strncmp(history->lines[i], line->text, line->size) == 0 && history->lines[i][line->size]) {
            strncpy(text, history->lines[i] + line->size, LINE_SIZE - 1);
            text[LINE_SIZE - 1] = '\0';
            return;
        }
    for (size_t i = 0; (command = command_at(i)); i++)
        if (!command_is_for_scripts(command) && strncmp(command->name, line->text, line->size) == 0) {
            strncpy(text, command->name + line->size, LINE_SIZE - 1);
            return;
        }
}
