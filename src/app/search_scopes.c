#include "app/search_scopes.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "core/text_number.h"
#include "db/track_audio.h"

static const struct {
    const char *name;
    enum search_scope_kind kind;
} names[] = {
    {"title", SCOPE_TITLE}, {"artist", SCOPE_ARTIST}, {"album", SCOPE_ALBUM},
    {"genre", SCOPE_GENRE}, {"year", SCOPE_YEAR},
};

void search_scopes_free(struct search_scopes *scopes)
{
    buffer_free(&scopes->words);
}

bool search_scope_allows(const struct search_scope *scope, double value)
{
    if (isnan(value))
        return false;
    return (scope->low_open ? value > scope->low : value >= scope->low) &&
           (scope->high_open ? value < scope->high : value <= scope->high);
}

/* ---- one word of the search ---- */

struct token {
    const char *text;       /* as typed */
    size_t size, name_size; /* the name ends where a sign follows */
    size_t sign_size;       /* of the sign after it; 0: there is none, it is a word */
    const char *value;      /* after the sign, without quotes */
    size_t value_size;
};

/* A word ends at a blank, but not between quotes that follow the sign. */
static struct token next_token(const char *text)
{
    struct token token = {.text = text};
    size_t at = 0;
    while (isalpha((unsigned char)text[at]))
        at++;
    token.name_size = at;
    if (at > 0 && (text[at] == ':' || text[at] == '='))
        token.sign_size = 1;
    else if (at > 0 && (text[at] == '<' || text[at] == '>'))
        token.sign_size = text[at + 1] == '=' ? 2 : 1;
    at += token.sign_size;
    const bool quoted = token.sign_size > 0 && text[at] == '"';
    at += quoted;
    token.value = text + at;
    while (text[at] && (quoted ? text[at] != '"' : text[at] != ' '))
        at++;
    token.value_size = (size_t)(text + at - token.value);
    token.size = at + (quoted && text[at] == '"');
    return token;
}

static bool is_named(const struct token *token, const char *name)
{
    return token->sign_size > 0 && strlen(name) == token->name_size &&
           strncasecmp(token->text, name, token->name_size) == 0;
}

/* A musical key, a mode and a time signature are no amounts. */
static bool is_amount(const char *name)
{
    return strcmp(name, "key") != 0 && strcmp(name, "mode") != 0 && strcmp(name, "time_signature") != 0;
}

const char *search_attribute_name(int attribute)
{
    static const char *const others[] = {"playlists", "vocalness", "year"};
    if (attribute >= AUDIO_FEATURES)
        return attribute <= SEARCH_YEAR ? others[attribute - AUDIO_FEATURES] : NULL;
    return is_amount(track_audio_names[attribute]) ? track_audio_names[attribute] : NULL;
}

/* Finds what a token is about; false: it is a word like others. */
static bool find_scope(const struct token *token, struct search_scope *scope)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_named(token, names[i].name) && strchr(":=", token->text[token->name_size])) {
            scope->kind = names[i].kind;
            scope->whole = token->text[token->name_size] == '=' && scope->kind <= SCOPE_GENRE;
            return true;
        }
    scope->kind = SCOPE_ATTRIBUTE;
    for (scope->attribute = 0; scope->attribute <= SEARCH_YEAR; scope->attribute++) {
        const char *name = search_attribute_name(scope->attribute);
        if (!name || !is_named(token, name))
            continue;
        scope->kind = scope->attribute == SEARCH_YEAR ? SCOPE_YEAR : SCOPE_ATTRIBUTE;
        return true;
    }
    return false;
}

/* ---- values ---- */

static enum status read_words(const struct token *token, struct search_scope *scope, struct error *error)
{
    struct buffer folded = {0};
    text_fold(token->value, token->value_size, &folded);
    enum status status = folded.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && folded.size >= sizeof scope->text)
        status = error_set(error, STATUS_USAGE, "what follows \"%.*s:\" is longer than %d letters",
                           (int)token->name_size, token->text, SEARCH_SCOPE_TEXT - 1);
    if (status == STATUS_OK && folded.size > 0)
        memcpy(scope->text, folded.data, folded.size + 1);
    buffer_free(&folded);
    return status;
}

/* A year, or the beginning of one, as the first and the last that are meant. */
static bool read_year(const char *text, size_t size, double *first, double *last)
{
    int year = 0, width = 1;
    if (size == 5 && (text[4] == 's' || text[4] == 'S') && text[3] == '0') { /* 1990s */
        size = 3;
    }
    if (size == 0 || size > 4)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        year = 10 * year + (text[i] - '0');
    }
    for (; size < 4; size++)
        width *= 10;
    *first = year * width;
    *last = *first + width - 1;
    return true;
}

static bool read_number(const char *text, size_t size, double *first, double *last)
{
    if (!text_number(text, size, ';', first))
        return false;
    *last = *first;
    return true;
}

static const char *dots_of(const struct token *token)
{
    for (size_t i = 0; i + 1 < token->value_size; i++)
        if (token->value[i] == '.' && token->value[i + 1] == '.')
            return token->value + i;
    return NULL;
}

/* "1990..1999", "..0.5", "120" after a colon or an equals sign; one end after another sign. */
static bool read_range(const struct token *token, struct search_scope *scope)
{
    bool (*read)(const char *, size_t, double *, double *) = scope->kind == SCOPE_YEAR ? read_year : read_number;
    const char sign = token->text[token->name_size], *dots = dots_of(token);
    double first = 0, last = 0;
    scope->low = -INFINITY;
    scope->high = INFINITY;
    if (dots && (sign == ':' || sign == '=')) {
        const size_t before = (size_t)(dots - token->value), after = token->value_size - before - 2;
        if ((before > 0 && !read(token->value, before, &first, &last)))
            return false;
        scope->low = before > 0 ? first : scope->low;
        if (after > 0 && !read(dots + 2, after, &first, &last))
            return false;
        scope->high = after > 0 ? last : scope->high;
        return true;
    }
    if (!read(token->value, token->value_size, &first, &last))
        return false;
    if (sign == '<')
        scope->high = token->sign_size == 2 ? last : first;
    else if (sign == '>')
        scope->low = token->sign_size == 2 ? first : last;
    else
        scope->low = first, scope->high = last;
    scope->high_open = sign == '<' && token->sign_size == 1;
    scope->low_open = sign == '>' && token->sign_size == 1;
    return true;
}

static enum status read_value(const struct token *token, struct search_scope *scope, struct error *error)
{
    if (scope->kind <= SCOPE_GENRE)
        return read_words(token, scope, error);
    if (read_range(token, scope))
        return STATUS_OK;
    if (scope->kind == SCOPE_YEAR)
        return error_set(error, STATUS_USAGE, "\"%.*s\" is not a year; write year:1995, year:199 or year:1990..1999",
                         (int)(token->value_size < 60 ? token->value_size : 60), token->value);
    return error_set(error, STATUS_USAGE, "\"%.*s\" is not a number; write %.*s>0.8, <0.8 or :0.5..0.8",
                     (int)(token->value_size < 60 ? token->value_size : 60), token->value, (int)token->name_size,
                     token->text);
}

/* "sort:energy", "sort:-energy"; the beginning of a name is enough. */
static enum status read_sort(const struct token *token, struct search_scopes *scopes, struct error *error)
{
    const bool smallest = token->value_size > 0 && token->value[0] == '-';
    const char *wanted = token->value + smallest;
    const size_t size = token->value_size - smallest;
    scopes->smallest_first = smallest;
    for (scopes->sort_by = 0; size > 0 && scopes->sort_by <= SEARCH_YEAR; scopes->sort_by++) {
        const char *name = search_attribute_name(scopes->sort_by);
        if (name && strncasecmp(name, wanted, size) == 0) {
            scopes->sorted = scopes->columns = true;
            return STATUS_OK;
        }
    }
    return size == 0 ? STATUS_OK
                     : error_set(error, STATUS_USAGE,
                                 "nothing is sorted by \"%.*s\"; sort:energy, valence, vocalness, tempo, playlists, "
                                 "year and other attributes are known, with - the smallest come first",
                                 (int)(size < 60 ? size : 60), wanted);
}

static void add_words(struct search_scopes *scopes, const char *text, size_t size)
{
    if (scopes->words.size > 0)
        buffer_add_byte(&scopes->words, ' ');
    buffer_add(&scopes->words, text, size);
}

enum status search_scopes_read(const char *text, struct search_scopes *scopes, struct error *error)
{
    *scopes = (struct search_scopes){0};
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        const struct token token = next_token(text);
        struct search_scope scope = {0};
        text += token.size;
        if (is_named(&token, "sort") && token.text[token.name_size] == ':') {
            enum status status = read_sort(&token, scopes, error);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        if (!find_scope(&token, &scope)) {
            add_words(scopes, token.text, token.size);
            continue;
        }
        if (scopes->count == SEARCH_SCOPES_MAX)
            return error_set(error, STATUS_USAGE, "a search has at most %d scopes", SEARCH_SCOPES_MAX);
        const bool typing = token.value_size == 0 ||
                            (scope.kind > SCOPE_GENRE && token.value_size == 1 && strchr("-.+", token.value[0]));
        enum status status = typing ? STATUS_OK : read_value(&token, &scope, error);
        if (status != STATUS_OK)
            return status;
        if (typing)
            scope = (struct search_scope){.kind = SCOPE_ARTIST}; /* no words: all pass */
        if (scope.kind <= SCOPE_ALBUM && scope.text[0])
            add_words(scopes, scope.text, strlen(scope.text));
        scopes->columns |= scope.kind >= SCOPE_GENRE;
        scopes->items[scopes->count++] = scope;
    }
    return scopes->words.failed ? error_no_memory(error) : STATUS_OK;
}
