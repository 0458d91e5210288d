#include "models/title_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"

/* ---- words ---- */

enum { DATE_SIZE = 10 }; /* 2013-08-21 */

struct word_reader {
    const char *text, *end;
    struct buffer *word; /* the current word */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t character_size(const char *text, const char *end)
{
    size_t size = text_character_size(text, (size_t)(end - text));
    return size > 0 ? size : 1;
}

static bool is_letter(const char *text, const char *end)
{
    return text < end && text_class_of(text, (size_t)(end - text)) == TEXT_WORD;
}

/* Reads a number of `least` to `most` digits that no other digit follows; 0: there is none. */
static int read_number(const char **text, const char *end, int least, int most)
{
    int value = 0, digits = 0;
    const char *at = *text;
    for (; at < end && is_digit(*at) && digits <= most; at++, digits++)
        value = 10 * value + (*at - '0');
    if (digits < least || digits > most)
        return 0;
    *text = at;
    return value;
}

/* Reads a date (year, month, day with equal separators); returns its size, 0: there is none. */
static size_t read_date(const char *text, const char *end, char date[DATE_SIZE + 1])
{
    const char *at = text;
    int year = read_number(&at, end, 4, 4);
    char separator = at < end ? *at : '\0';
    if (year == 0 || (separator != '-' && separator != '/' && separator != '.'))
        return 0;
    at++;
    int month = read_number(&at, end, 1, 2);
    if (month < 1 || month > 12 || at >= end || *at++ != separator)
        return 0;
    int day = read_number(&at, end, 1, 2);
    if (day < 1 || day > 31 || is_letter(at, end))
        return 0;
    snprintf(date, DATE_SIZE + 1, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100, (unsigned)day % 100);
    return (size_t)(at - text);
}

/* Between two letters: an apostrophe joins them, and an "&" is read as "n". */
static bool joins(const char *text, const char *end, bool *ampersand)
{
    *ampersand = *text == '&';
    return (*ampersand || *text == '\'') && is_letter(text + 1, end);
}

static void read_run(struct word_reader *reader)
{
    while (reader->text < reader->end) {
        bool ampersand = false;
        if (joins(reader->text, reader->end, &ampersand)) {
            if (ampersand)
                buffer_add_byte(reader->word, 'n');
            reader->text++;
        } else if (!is_letter(reader->text, reader->end)) {
            return;
        }
        size_t size = character_size(reader->text, reader->end);
        buffer_add(reader->word, reader->text, size);
        reader->text += size;
    }
}

static bool ends_with(const struct buffer *word, const char *end)
{
    return text_ends_with(word->data, word->size, end);
}

/* Three rules, of which the first that fits is applied, to words of at least four ASCII letters. */
static void drop_plural(struct buffer *word)
{
    for (size_t i = 0; i < word->size; i++)
        if (word->data[i] < 'a' || word->data[i] > 'z')
            return;
    if (word->size < 4 || !ends_with(word, "s"))
        return;
    if (ends_with(word, "ies") && !ends_with(word, "eies") && !ends_with(word, "aies")) {
        word->size -= 3;
        buffer_add_byte(word, 'y');
    } else if (ends_with(word, "es") && !ends_with(word, "aes") && !ends_with(word, "ees") && !ends_with(word, "oes")) {
        word->size--;
    } else if (!ends_with(word, "us") && !ends_with(word, "ss")) {
        word->size--;
    }
    if (!word->failed)
        word->data[word->size] = '\0';
}

/* "1990s" becomes "90s". */
static void shorten_decade(struct buffer *word)
{
    const char *text = word->data;
    bool decade = word->size == 5 && (memcmp(text, "19", 2) == 0 || memcmp(text, "20", 2) == 0) && is_digit(text[2]) &&
                  memcmp(text + 3, "0s", 2) == 0;
    if (!decade)
        return;
    memmove(word->data, word->data + 2, 4);
    word->size = 3;
}

/* Regional indicators, two of which are a flag: U+1F1E6 to U+1F1FF. */
static bool is_regional(const char *text, const char *end)
{
    return end - text >= 4 && memcmp(text, "\xf0\x9f\x87", 3) == 0 && (unsigned char)text[3] >= 0xa6;
}

/* Reads a word, or skips one character. */
static void step(struct word_reader *reader)
{
    char date[DATE_SIZE + 1];
    const char *text = reader->text, *end = reader->end;
    size_t dated = read_date(text, end, date), size = character_size(text, end);
    if (dated > 0) {
        buffer_add(reader->word, date, DATE_SIZE);
        reader->text += dated;
    } else if (is_letter(text, end)) {
        read_run(reader);
    } else {
        bool flag = is_regional(text, end) && is_regional(text + size, end);
        if (flag || text_class_of(text, (size_t)(end - text)) == TEXT_SYMBOL)
            buffer_add(reader->word, text, flag ? 2 * size : size);
        reader->text += flag ? 2 * size : size;
    }
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Appends the distinct ones of n NUL-terminated words that follow each other. */
static void add_sorted(const char *words, size_t n, struct buffer *out)
{
    const char **sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; words += strlen(words) + 1)
        sorted[i++] = words;
    qsort(sorted, n, sizeof *sorted, by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
            continue;
        if (i > 0)
            buffer_add_byte(out, ' ');
        buffer_add_text(out, sorted[i]);
    }
    free(sorted);
}

void title_words(const char *title, size_t size, struct buffer *out)
{
    struct buffer folded = {0}, word = {0}, words = {0};
    size_t count = 0;
    text_fold(title, size, &folded);
    struct word_reader reader = {folded.data, folded.data + folded.size, &word};
    while (folded.size > 0 && reader.text < reader.end && !word.failed) {
        buffer_clear(&word);
        step(&reader);
        if (word.size == 0 || word.failed)
            continue;
        drop_plural(&word);
        shorten_decade(&word);
        buffer_add(&words, word.data, word.size);
        buffer_add_byte(&words, '\0');
        count++;
    }
    if (folded.failed || word.failed || words.failed)
        out->failed = true;
    else if (count > 0)
        add_sorted(words.data, count, out);
    buffer_free(&folded);
    buffer_free(&word);
    buffer_free(&words);
}

/* ---- terms ---- */

struct term_list {
    struct title_term *items;
    size_t count, capacity;
    bool failed;
};

static void add_term(struct term_list *list, uint64_t hash, bool triple)
{
    if (list->count == list->capacity) {
        size_t capacity = 2 * list->capacity + 32;
        struct title_term *grown = realloc(list->items, capacity * sizeof *grown);
        if (!grown) {
            list->failed = true;
            return;
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct title_term){(int64_t)((hash & ~(uint64_t)1) | triple), 1};
}

/* The number of days from 0000-03-01 (Gregorian) to a date. */
static int day_number(int year, int month, int day)
{
    year -= month <= 2;
    month += month <= 2 ? 9 : -3;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
}

/* `word` is a date as read_date writes it. */
static void add_date(struct term_list *list, const char *word)
{
    static const int lengths[] = {7, 14, 28};
    int year = (word[0] - '0') * 1000 + (word[1] - '0') * 100 + (word[2] - '0') * 10 + (word[3] - '0');
    int month = (word[5] - '0') * 10 + (word[6] - '0'), day = (word[8] - '0') * 10 + (word[9] - '0');
    int number = day_number(year, month, day);
    add_term(list, hash_bytes(word, 4), false);
    add_term(list, hash_bytes(word, 7), false);
    for (int i = 0; i < 3; i++)
        for (int half = 0; half < 2; half++) {
            char period[48];
            int size = snprintf(period, sizeof period, "%d days %d", lengths[i],
                                2 * ((number + half * lengths[i] / 2) / lengths[i]) + half);
            add_term(list, hash_bytes(period, (size_t)size), false);
        }
}

static bool is_date(const char *word, size_t size)
{
    return size == DATE_SIZE && is_digit(word[0]) && word[4] == '-' && word[7] == '-';
}

/* The marks are a space, which no word contains. */
static void add_triples(struct term_list *list, const char *word, size_t size, struct buffer *marked)
{
    buffer_clear(marked);
    buffer_add_byte(marked, ' ');
    buffer_add(marked, word, size);
    buffer_add_byte(marked, ' ');
    if (marked->failed)
        return;
    const char *end = marked->data + marked->size, *begin = marked->data, *third = begin;
    for (int i = 0; i < 2; i++)
        third += character_size(third, end);
    while (third < end) {
        third += character_size(third, end);
        add_term(list, hash_bytes(begin, (size_t)(third - begin)), true);
        begin += character_size(begin, end);
    }
}

static int by_hash(const void *left, const void *right)
{
    int64_t a = ((const struct title_term *)left)->hash, b = ((const struct title_term *)right)->hash;
    return (a > b) - (a < b);
}

static void count_terms(struct term_list *list)
{
    size_t distinct = 0;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_hash);
    for (size_t i = 0; i < list->count; i++) {
        if (distinct > 0 && list->items[distinct - 1].hash == list->items[i].hash)
            list->items[distinct - 1].count++;
        else
            list->items[distinct++] = list->items[i];
    }
    list->count = distinct;
}

enum status title_terms_make(const char *words, size_t size, struct title_terms *terms, struct error *error)
{
    struct term_list list = {0};
    struct buffer marked = {0};
    *terms = (struct title_terms){0};
    for (const char *word = words, *end = words + size; word < end;) {
        const char *space = memchr(word, ' ', (size_t)(end - word));
        size_t length = space ? (size_t)(space - word) : (size_t)(end - word);
        if (is_date(word, length)) {
            add_date(&list, word);
        } else {
            add_term(&list, hash_bytes(word, length), false);
            add_triples(&list, word, length, &marked);
        }
        word += length + 1;
    }
    bool failed = list.failed || marked.failed;
    buffer_free(&marked);
    if (failed) {
        free(list.items);
        return error_no_memory(error);
    }
    count_terms(&list);
    *terms = (struct title_terms){list.items, list.count};
    return STATUS_OK;
}

void title_terms_free(struct title_terms *terms)
{
    free(terms->items);
    *terms = (struct title_terms){0};
}
