#include "app/play.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

void play_words_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static bool add_word(char ***words, size_t *count, struct buffer *word)
{
    char **more = realloc(*words, (*count + 2) * sizeof *more);
    if (!more)
        return false;
    *words = more;
    buffer_add_byte(word, '\0');
    more[*count] = word->failed ? NULL : strdup(word->data);
    more[*count + 1] = NULL;
    buffer_clear(word);
    return more[(*count)++] != NULL;
}

struct placeholder {
    const char *name, *value, *missing;
};

/* Replaces a placeholder that begins here. Returns the bytes read; 0: there is none. */
static size_t replace(const char *text, const struct placeholder *placeholders, struct buffer *word, bool *used,
                      enum status *status, struct error *error)
{
    for (int i = 0; i < 2; i++) {
        const size_t size = strlen(placeholders[i].name);
        if (strncmp(text, placeholders[i].name, size) != 0)
            continue;
        *used = true;
        if (placeholders[i].value)
            buffer_add_text(word, placeholders[i].value);
        else
            *status = error_set(error, STATUS_USAGE, "%s", placeholders[i].missing);
        return size;
    }
    return 0;
}

static bool is_escaped(const char *text)
{
    return text[0] == '\\' && text[1] && strchr(" \"'\\", text[1]);
}

enum status play_words(const char *command, const char *file, const char *uri, char ***words, struct error *error)
{
    const struct placeholder placeholders[] = {
        {"{file}", file, "this track has no file; `sleeve import library FOLDER` finds the files of a folder"},
        {"{uri}", uri, "this track has no URI that a player could open"},
    };
    struct buffer word = {0};
    size_t count = 0;
    bool used = false, good = true;
    enum status status = STATUS_OK;
    *words = NULL;
    for (command += strspn(command, " \t"); *command && good && status == STATUS_OK;
         command += strspn(command, " \t")) {
        char quote = '\0';
        for (size_t size; *command && (quote || !strchr(" \t", *command)) && status == STATUS_OK; command += size) {
            size = 1;
            if (is_escaped(command) && quote != '\'') {
                buffer_add_byte(&word, command[1]);
                size = 2;
            } else if (quote ? *command == quote : *command == '"' || *command == '\'') {
                quote = quote ? '\0' : *command;
            } else if ((size = replace(command, placeholders, &word, &used, &status, error)) == 0) {
                buffer_add_byte(&word, *command);
                size = 1;
            }
        }
        if (quote && status == STATUS_OK)
            status = error_set(error, STATUS_USAGE, "a quote is not closed in the command of the player");
        good = add_word(words, &count, &word);
    }
    if (status == STATUS_OK && count == 0 && good)
        status = error_set(error, STATUS_USAGE, "no player is set; :set player COMMAND sets one, such as mpv {file}");
    const char *last = file ? file : uri;
    if (status == STATUS_OK && good && !used && !last)
        status = error_set(error, STATUS_USAGE, "%s", placeholders[0].missing);
    if (status == STATUS_OK && good && !used) {
        buffer_add_text(&word, last);
        good = add_word(words, &count, &word);
    }
    if (!good)
        status = error_no_memory(error);
    buffer_free(&word);
    if (status != STATUS_OK) {
        play_words_free(*words);
        *words = NULL;
    }
    return status;
}
