#include "app/submission.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "db/id_map.h"

struct checking {
    const struct list_query *queries;
    size_t n;
    struct id_map pids; /* of the playlists, in their order */
    bool *met;          /* [n] */
    bool team;
    long long line;
    struct error *error;
};

bool submission_is_uri(const char *text, size_t size)
{
    static const char scheme[] = "spotify:track:";
    enum { ID = 22 };
    if (size != sizeof scheme - 1 + ID || memcmp(text, scheme, sizeof scheme - 1) != 0)
        return false;
    for (size_t i = sizeof scheme - 1; i < size; i++)
        if (!isalnum((unsigned char)text[i]))
            return false;
    return true;
}

static enum status refuse(const struct checking *checking, const char *what, const char *about)
{
    return error_set(checking->error, STATUS_BAD_DATA, "line %lld of the submission: %s%s%.80s", checking->line, what,
                     *about ? ": " : "", about);
}

/* The next field of a line, trimmed; false at the end. */
static bool next_field(const char **at, const char *end, const char **field, size_t *size)
{
    if (!*at)
        return false;
    const char *comma = memchr(*at, ',', (size_t)(end - *at)), *last = comma ? comma : end;
    *field = *at;
    while (*field < last && isblank((unsigned char)**field))
        ++*field;
    while (last > *field && isblank((unsigned char)last[-1]))
        last--;
    *size = (size_t)(last - *field);
    *at = comma ? comma + 1 : NULL;
    return true;
}

static bool is(const char *field, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(field, word, size) == 0;
}

static enum status check_team(struct checking *checking, const char *at, const char *end)
{
    const char *field;
    size_t size;
    int n = 0;
    bool track = false;
    while (next_field(&at, end, &field, &size)) {
        if (size == 0)
            return refuse(checking, "an empty field in team_info", "");
        track |= n == 1 && (is(field, size, "main") || is(field, size, "creative"));
        if (n++ == 0 && !is(field, size, "team_info"))
            return refuse(checking, "team_info must come first", "");
    }
    checking->team = true;
    return n == 4 && track ? STATUS_OK
                           : refuse(checking, "team_info needs main or creative, a team and an address", "");
}

static enum status check_list(struct checking *checking, const struct list_query *query, const char *at,
                              const char *end)
{
    struct id_map uris = {0};
    const char *field, *wrong = NULL;
    size_t size;
    bool failed = false;
    for (size_t i = 0; i < query->n_keys && !failed; i++) /* seeds first: the list begins after them */
        failed = !id_map_find(&uris, query->seed_keys[i], strlen(query->seed_keys[i])) &&
                 !id_map_add(&uris, query->seed_keys[i], strlen(query->seed_keys[i]));
    int count = 0;
    while (!wrong && !failed && next_field(&at, end, &field, &size)) {
        if (!submission_is_uri(field, size))
            wrong = "a field that is not the URI of a Spotify track";
        else if (id_map_find(&uris, field, size))
            wrong = "a track twice, or one that the playlist shows";
        else
            failed = !id_map_add(&uris, field, size);
        count++;
    }
    id_map_free(&uris);
    if (failed)
        return error_no_memory(checking->error);
    if (!wrong && count != LIST_LENGTH)
        wrong = "not exactly 500 tracks";
    return wrong ? refuse(checking, wrong, query->key) : STATUS_OK;
}

static enum status check_line(struct checking *checking, const char *line, const char *end)
{
    const char *at = line, *field;
    size_t size;
    if (!checking->team)
        return check_team(checking, line, end);
    next_field(&at, end, &field, &size);
    const int32_t number = id_map_find(&checking->pids, field, size);
    if (number == 0)
        return refuse(checking, "a playlist that is not in the challenge", "");
    if (checking->met[number - 1])
        return refuse(checking, "a playlist that has a line already", checking->queries[number - 1].key);
    checking->met[number - 1] = true;
    return check_list(checking, &checking->queries[number - 1], at, end);
}

static enum status check_lines(struct checking *checking, const char *text, size_t size)
{
    enum status status = STATUS_OK;
    for (const char *end = text + size, *next; status == STATUS_OK && text < end; text = next) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        line_end = line_end ? line_end : end;
        next = line_end + 1;
        checking->line++;
        while (text < line_end && isspace((unsigned char)*text))
            text++;
        if (text < line_end && *text != '#')
            status = check_line(checking, text, line_end);
    }
    if (status == STATUS_OK && !checking->team)
        status = refuse(checking, "there is no team_info", "");
    for (size_t i = 0; status == STATUS_OK && i < checking->n; i++)
        if (!checking->met[i])
            status = refuse(checking, "the end comes without a line for a playlist", checking->queries[i].key);
    return status;
}

enum status submission_check(const char *text, size_t size, const struct list_query *queries, size_t n,
                             struct error *error)
{
    struct checking checking = {.queries = queries, .n = n, .met = calloc(n + 1, sizeof(bool)), .error = error};
    enum status status = checking.met ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        if (id_map_find(&checking.pids, queries[i].key, strlen(queries[i].key)))
            status = error_set(error, STATUS_BAD_DATA, "two playlists have the pid %.80s", queries[i].key);
        else if (!id_map_add(&checking.pids, queries[i].key, strlen(queries[i].key)))
            status = error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = check_lines(&checking, text, size);
    id_map_free(&checking.pids);
    free(checking.met);
    return status;
}
