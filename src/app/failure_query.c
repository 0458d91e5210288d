#include "app/failure_query.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/failure_fields.h"
#include "core/text.h"
#include "core/text_number.h"

/* ---- words ---- */

enum { WORD_MAX = 255, NOWHERE = WORD_MAX + 1 };

/* A word without its "!" and quotes, and where its first signs outside of quotes are. */
struct word {
    char text[WORD_MAX + 1];
    size_t size;
    size_t sign;  /* of < > = != */
    size_t colon; /* NOWHERE: none */
    bool negated, quoted, cut;
};

static void add_byte(struct word *word, char byte)
{
    if (word->size < WORD_MAX)
        word->text[word->size++] = byte;
    else
        word->cut = true;
}

/* Reads the word at *at and moves on; false at the end of the text. */
static bool next_word(const char **at, struct word *word)
{
    *word = (struct word){.sign = NOWHERE, .colon = NOWHERE};
    *at += strspn(*at, " \t");
    if (**at == '\0')
        return false;
    if (**at == '!' && (*at)[1] != '=') {
        word->negated = true;
        ++*at;
    }
    for (bool inside = false; **at && (inside || (**at != ' ' && **at != '\t')); ++*at) {
        if (**at == '"') {
            inside = !inside;
            word->quoted = true;
            continue;
        }
        bool sign = strchr("<>=", **at) || (**at == '!' && (*at)[1] == '=');
        if (!inside && sign && word->sign == NOWHERE && word->size > 0)
            word->sign = word->size;
        if (!inside && **at == ':' && word->colon == NOWHERE)
            word->colon = word->size;
        add_byte(word, **at);
    }
    word->text[word->size] = '\0';
    return true;
}

/* ---- terms ---- */

static const struct {
    const char *sign;
    enum failure_comparison comparison;
} signs[] = {{"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"!=", NOT_EQUAL}, {"<", LESS}, {">", MORE}, {"=", EQUAL}};

static enum status set_text(const char *text, struct failure_term *term, struct error *error)
{
    struct buffer folded = {0};
    text_fold(text, strlen(text), &folded);
    enum status status = folded.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && folded.size >= sizeof term->text)
        status = error_set(error, STATUS_USAGE, "a text has at most %zu bytes", sizeof term->text - 1);
    if (status == STATUS_OK && folded.size > 0)
        memcpy(term->text, folded.data, folded.size);
    buffer_free(&folded);
    return status;
}

static enum status unknown_field(const char *name, size_t size, struct error *error)
{
    return error_set(error, STATUS_USAGE, "there is no field \"%.*s\"; some are ndcg, clicks, seeds and artist",
                     (int)size, name);
}

/* genre=TEXT */
static enum status set_genre(const char *text, struct failure_term *term, struct error *error)
{
    term->kind = TERM_GENRE;
    term->whole = true;
    term->negated = term->negated != (term->comparison == NOT_EQUAL);
    return text[0] ? set_text(text, term, error) : error_set(error, STATUS_USAGE, "after \"genre=\" comes a genre");
}

/* FIELD, sign, number. */
static enum status parse_number(const struct word *word, struct failure_term *term, struct error *error)
{
    size_t sign = 0;
    const char *at = word->text + word->sign;
    term->kind = TERM_NUMBER;
    term->field = failure_field_named(word->text, word->sign);
    if (term->field == FAILURE_FIELDS)
        return unknown_field(word->text, word->sign, error);
    while (strncmp(at, signs[sign].sign, strlen(signs[sign].sign)) != 0)
        sign++;
    term->comparison = signs[sign].comparison;
    at += strlen(signs[sign].sign);
    size_t size = strlen(at);
    bool percent = size > 1 && at[size - 1] == '%';
    bool equal = term->comparison == EQUAL || term->comparison == NOT_EQUAL;
    bool number = !word->quoted && text_number(at, size - percent, ';', &term->number);
    if (equal && !number && term->field == failure_field_named("genre", 5))
        return set_genre(at, term, error);
    if (!number)
        return error_set(error, STATUS_USAGE, "after \"%.*s\" comes a number, such as 0.1 or 10%%",
                         (int)(at - word->text), word->text);
    term->number /= percent ? 100 : 1;
    return STATUS_OK;
}

static enum status parse_cause(const char *name, struct failure_term *term, struct error *error)
{
    term->kind = TERM_CAUSE;
    term->cause = cause_named(name);
    if (term->cause < CAUSES || strcmp(name, "none") == 0)
        return STATUS_OK;
    struct buffer names = {0};
    for (int cause = 0; cause < CAUSES; cause++)
        buffer_printf(&names, "%s, ", cause_infos[cause].name);
    enum status status = error_set(error, STATUS_USAGE, "after \"cause:\" comes %snone", names.data ? names.data : "");
    buffer_free(&names);
    return status;
}

static enum status parse_sort(const struct word *word, const char *name, struct failure_query *query,
                              struct error *error)
{
    bool given = *name == '+' || *name == '-';
    int field = failure_field_named(name + given, strlen(name + given));
    if (word->negated)
        return error_set(error, STATUS_USAGE, "an order cannot be negated; sort:-FIELD has the highest first");
    if (name[given] == '\0')
        return error_set(error, STATUS_USAGE, "after \"sort:\" comes a field, such as clicks");
    if (field == FAILURE_FIELDS)
        return unknown_field(name + given, strlen(name + given), error);
    query->sort = field;
    query->downward = given ? *name == '-' : failure_field_worse(field) > 0;
    return STATUS_OK;
}

static bool begins(const struct word *word, const char *prefix)
{
    size_t size = strlen(prefix);
    return word->colon == size && strncmp(word->text, prefix, size) == 0;
}

/* *is_term: the word is a term, not the order. */
static enum status parse_word(const struct word *word, struct failure_query *query, struct failure_term *term,
                              bool *is_term, struct error *error)
{
    const char *value = word->text + word->colon + 1;
    *term = (struct failure_term){.kind = TERM_TEXT, .negated = word->negated};
    *is_term = true;
    if (word->cut)
        return error_set(error, STATUS_USAGE, "a word has at most %d bytes", WORD_MAX);
    if (begins(word, "sort")) {
        *is_term = false;
        return parse_sort(word, value, query, error);
    }
    if (begins(word, "cause"))
        return parse_cause(value, term, error);
    if (begins(word, "genre")) {
        term->kind = TERM_GENRE;
        return value[0] ? set_text(value, term, error)
                        : error_set(error, STATUS_USAGE, "after \"genre:\" comes a genre");
    }
    if (word->sign != NOWHERE)
        return parse_number(word, term, error);
    *is_term = word->size > 0;
    return set_text(word->text, term, error);
}

enum status failure_query_parse(const char *text, struct failure_query *query, struct error *error)
{
    struct word word;
    enum status first = STATUS_OK;
    *query = (struct failure_query){.sort = -1};
    while (next_word(&text, &word)) {
        struct failure_term term;
        struct error ignored = {0};
        bool is_term = false, full = query->count == FAILURE_TERMS_MAX;
        struct error *told = first == STATUS_OK ? error : &ignored;
        enum status status =
            full ? error_set(told, STATUS_USAGE, "at most %d conditions can be combined", FAILURE_TERMS_MAX)
                 : parse_word(&word, query, &term, &is_term, told);
        if (status == STATUS_OK && is_term)
            query->terms[query->count++] = term;
        first = first == STATUS_OK ? status : first;
        if (full)
            break;
    }
    return first;
}

/* ---- which playlists ---- */

static bool compares(enum failure_comparison comparison, double value, double number)
{
    switch (comparison) {
    case LESS:
        return value < number;
    case LESS_EQUAL:
        return value <= number;
    case MORE:
        return value > number;
    case MORE_EQUAL:
        return value >= number;
    case EQUAL:
        return value == number;
    default:
        return value != number;
    }
}

static bool number_holds(const struct failure_term *term, const struct failure *failure)
{
    double value = failure_field_value(term->field, failure);
    return !isnan(value) && compares(term->comparison, value, term->number) != term->negated;
}

static bool cause_holds(const struct failure_term *term, const struct failure *failure)
{
    if (!failure->has_causes)
        return false;
    bool any = false;
    for (int cause = 0; cause < CAUSES; cause++)
        any = any || failure_has_cause(failure, (enum cause)cause);
    return (term->cause < CAUSES ? failure_has_cause(failure, term->cause) : !any) != term->negated;
}

static bool genre_holds(const struct failure_term *term, const struct failure *failure)
{
    const char *genre = failure->folded_genre;
    bool same = term->whole ? strcmp(genre, term->text) == 0 : strstr(genre, term->text) != NULL;
    return failure->has_causes && same != term->negated;
}

static bool term_holds(const struct failure_term *term, const struct failure *failure)
{
    switch (term->kind) {
    case TERM_NUMBER:
        return number_holds(term, failure);
    case TERM_CAUSE:
        return cause_holds(term, failure);
    case TERM_GENRE:
        return genre_holds(term, failure);
    default:
        return (strstr(failure->folded_name, term->text) != NULL) != term->negated;
    }
}

bool failure_query_holds(const struct failure_query *query, const struct failure *failure)
{
    for (size_t i = 0; i < query->count; i++)
        if (!term_holds(&query->terms[i], failure))
            return false;
    return true;
}

/* ---- their order ---- */

struct sorted {
    double key;
    size_t at;
};

static int by_key(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    int unknown = isnan(a->key) - isnan(b->key);
    int order = unknown != 0 || isnan(a->key) ? unknown : (a->key > b->key) - (a->key < b->key);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Writes those that hold, by the query's field. */
static enum status select_sorted(const struct failure_query *query, const struct failure *all, size_t count,
                                 struct failure *some, size_t *kept, struct error *error)
{
    struct sorted *keys = malloc((count + 1) * sizeof *keys);
    if (!keys)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        double value = failure_field_value(query->sort, &all[i]);
        if (failure_query_holds(query, &all[i]))
            keys[(*kept)++] = (struct sorted){query->downward ? -value : value, i};
    }
    qsort(keys, *kept, sizeof *keys, by_key);
    for (size_t i = 0; i < *kept; i++)
        some[i] = all[keys[i].at];
    free(keys);
    return STATUS_OK;
}

enum status failure_query_select(const struct failure_query *query, const struct failure *all, size_t count,
                                 struct failure *some, size_t *kept, struct error *error)
{
    *kept = 0;
    if (query->sort >= 0)
        return select_sorted(query, all, count, some, kept, error);
    for (size_t i = 0; i < count; i++)
        if (failure_query_holds(query, &all[i]))
            some[(*kept)++] = all[i];
    return STATUS_OK;
}

bool failure_query_needs_causes(const struct failure_query *query)
{
    bool needs = query->sort >= 0 && failure_field_is_of_causes(query->sort);
    for (size_t i = 0; i < query->count; i++) {
        const struct failure_term *term = &query->terms[i];
        needs = needs || term->kind == TERM_CAUSE || term->kind == TERM_GENRE ||
                (term->kind == TERM_NUMBER && failure_field_is_of_causes(term->field));
    }
    return needs;
}

void failure_query_words(const struct failure_query *query, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < query->count && used < size; i++)
        if (query->terms[i].kind == TERM_TEXT && !query->terms[i].negated)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? " " : "", query->terms[i].text);
}
