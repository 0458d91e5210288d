#include "ui/fuzzy.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/fuzzy_internal.h"

typedef unsigned char byte;

enum { NO_MATCH = -100000 };

/* ---- folding ---- */

static bool is_rest(byte c)
{
    return (c & 0xc0) == 0x80; /* of a longer UTF-8 sequence */
}

static byte lower(byte c)
{
    return c >= 'A' && c <= 'Z' ? (byte)(c + ('a' - 'A')) : c;
}

/* Appends the plain form of one character beyond ASCII. */
static void fold_character(const char *text, size_t size, size_t origin, struct buffer *plain,
                           struct fuzzy_folded *folded)
{
    buffer_clear(plain);
    text_fold(text, size, plain);
    if (plain->size == 0 && text_class_of(text, size) == TEXT_SEPARATOR)
        buffer_add_byte(plain, ' ');
    if (plain->failed || plain->size == 0 || folded->size + plain->size > FUZZY_TEXT_MAX)
        return;
    if (plain->data[0] >= 'a' && plain->data[0] <= 'z' && text_is_capital(text, size))
        plain->data[0] = (char)(plain->data[0] - ('a' - 'A'));
    memcpy(folded->bytes + folded->size, plain->data, plain->size);
    for (size_t i = 0; i < plain->size; i++)
        folded->origins[folded->size++] = (uint16_t)origin;
}

void fuzzy_fold(const char *text, struct fuzzy_folded *folded)
{
    struct buffer plain = {0};
    size_t size = strnlen(text, UINT16_MAX);
    folded->size = 0;
    for (size_t at = 0; at < size && folded->size < FUZZY_TEXT_MAX;) {
        byte c = (byte)text[at];
        if (c < 0x80) {
            folded->origins[folded->size] = (uint16_t)at++;
            folded->bytes[folded->size++] = c < ' ' || c == 0x7f ? ' ' : (char)c;
            continue;
        }
        size_t step = text_character_size(text + at, size - at);
        if (step > 0)
            fold_character(text + at, step, at, &plain, folded);
        at += step > 0 ? step : 1;
    }
    folded->bytes[folded->size] = '\0';
    buffer_free(&plain);
}

static int mask_bit(byte c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= '0' && c <= '9')
        return 26 + c - '0';
    return c < 0x80 ? 36 + c % 8 : 44 + c % 20;
}

uint64_t fuzzy_mask(const char *folded, size_t size)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < size; i++)
        mask |= 1ULL << mask_bit(lower((byte)folded[i]));
    return mask;
}

/* ---- patterns ---- */

static void add_word(struct fuzzy_pattern *pattern, const char *text, size_t size, size_t *used)
{
    while (size > 0 && *used + size + 1 > FUZZY_PATTERN_SIZE)
        do
            size--;
        while (size > 0 && is_rest((byte)text[size]));
    if (size == 0 || pattern->n_words == FUZZY_WORDS_MAX)
        return;
    struct fuzzy_word *word = &pattern->words[pattern->n_words++];
    *word = (struct fuzzy_word){.start = (uint16_t)*used, .size = (uint16_t)size};
    for (size_t i = 0; i < size; i++)
        word->with_case = word->with_case || lower((byte)text[i]) != (byte)text[i];
    memcpy(pattern->bytes + *used, text, size);
    *used += size + 1;
    pattern->mask |= fuzzy_mask(text, size);
    pattern->score_most += (int)size * (FUZZY_MATCH + FUZZY_START) + FUZZY_START;
}

void fuzzy_pattern_set(struct fuzzy_pattern *pattern, const char *text)
{
    struct fuzzy_folded folded;
    size_t used = 0;
    memset(pattern, 0, sizeof *pattern);
    fuzzy_fold(text, &folded);
    for (const char *at = folded.bytes; *at;) {
        at += strspn(at, " ");
        size_t size = strcspn(at, " ");
        add_word(pattern, at, size, &used);
        at += size;
    }
}

static bool equal(byte of_text, byte of_pattern, bool with_case)
{
    return (with_case ? of_text : lower(of_text)) == of_pattern;
}

/* The size of the UTF-8 sequence at `at`. */
static size_t sequence(const char *text, size_t at, size_t size)
{
    size_t end = at + 1;
    while (end < size && is_rest((byte)text[end]))
        end++;
    return end - at;
}

/* The first positions, from the left, where the characters of the word occur one after another. */
static bool find_first(const char *word, size_t size, bool with_case, const char *text, size_t length, uint16_t *first)
{
    size_t i = 0;
    for (size_t j = 0; j < size;) {
        size_t step = (byte)word[j] < 0x80 ? 1 : sequence(word, j, size);
        while (i + step <= length && !(equal((byte)text[i], (byte)word[j], with_case) &&
                                       (step == 1 || memcmp(text + i, word + j, step) == 0)))
            i++;
        if (i + step > length)
            return false;
        for (size_t k = 0; k < step; k++)
            first[j++] = (uint16_t)i++;
    }
    return true;
}

bool fuzzy_pattern_narrows(const struct fuzzy_pattern *before, const struct fuzzy_pattern *pattern)
{
    uint16_t unused[FUZZY_PATTERN_SIZE];
    for (int b = 0; b < before->n_words; b++) {
        const struct fuzzy_word *old = &before->words[b];
        bool found = false;
        for (int p = 0; p < pattern->n_words && !found; p++) {
            const struct fuzzy_word *word = &pattern->words[p];
            found = (word->with_case || !old->with_case) &&
                    find_first(before->bytes + old->start, old->size, old->with_case, pattern->bytes + word->start,
                               word->size, unused);
        }
        if (!found)
            return false;
    }
    return true;
}

/* ---- scores ---- */

enum kind_of_byte { BLANK, OTHER, SMALL, CAPITAL, DIGIT, BEYOND_ASCII };

static enum kind_of_byte kind_of(byte c)
{
    return c >= 'a' && c <= 'z'   ? SMALL
           : c >= 'A' && c <= 'Z' ? CAPITAL
           : c >= '0' && c <= '9' ? DIGIT
           : c >= 0x80            ? BEYOND_ASCII
           : c == ' '             ? BLANK
                                  : OTHER;
}

static int bonus_of(const char *text, size_t at)
{
    if (at == 0)
        return FUZZY_START;
    enum kind_of_byte before = kind_of((byte)text[at - 1]), here = kind_of((byte)text[at]);
    if (before == BLANK)
        return FUZZY_WORD;
    if (before == OTHER)
        return here == OTHER ? 0 : FUZZY_SEPARATOR;
    bool hump = (before == SMALL && here == CAPITAL) || (before != DIGIT && here == DIGIT);
    return hump ? FUZZY_CAMEL : 0;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The best score of the pattern's bytes before this one, with the last of them at position i - 2 or earlier and the
 * cost of the gap: both when it grows and when it is as long as is counted. */
struct gap {
    int growing, longest;
};

static int past_gap(struct gap *gap, int two_before)
{
    gap->growing = larger(gap->growing - 1, two_before - FUZZY_GAP);
    gap->longest = larger(gap->longest, two_before - FUZZY_GAP_MOST);
    return larger(gap->growing, gap->longest);
}

/* scores[i]: the best score of the word's bytes 0..j with byte j at position i, from the row of byte j - 1. Positions
 * before `from` are not written. */
static void score_row(const char *word, size_t j, bool with_case, const char *text, size_t length, size_t from,
                      size_t before_from, const int *before, int *scores)
{
    struct gap gap = {NO_MATCH, NO_MATCH};
    byte wanted = (byte)word[j];
    for (size_t i = before_from + 1; i < from; i++)
        past_gap(&gap, i >= before_from + 2 ? before[i - 2] : NO_MATCH);
    for (size_t i = from; i < length; i++) {
        int skipped = past_gap(&gap, i >= before_from + 2 ? before[i - 2] : NO_MATCH);
        int next = i > before_from ? before[i - 1] : NO_MATCH;
        if (!equal((byte)text[i], wanted, with_case))
            scores[i] = NO_MATCH;
        else if (is_rest(wanted))
            scores[i] = next;
        else
            scores[i] = FUZZY_MATCH + larger(next + larger(bonus_of(text, i), FUZZY_RUN), skipped + bonus_of(text, i));
    }
}

static void score_first_row(const char *word, bool with_case, const char *text, size_t length, size_t from, int *scores)
{
    for (size_t i = from; i < length; i++)
        scores[i] = equal((byte)text[i], (byte)word[0], with_case) ? FUZZY_MATCH + 2 * bonus_of(text, i) : NO_MATCH;
}

static int best_of(const int *scores, size_t from, size_t length)
{
    int best = NO_MATCH;
    for (size_t i = from; i < length; i++)
        best = larger(best, scores[i]);
    return best;
}

static int score_character(byte wanted, bool with_case, const char *text, size_t length)
{
    int best = NO_MATCH;
    byte other = with_case || wanted < 'a' || wanted > 'z' ? wanted : (byte)(wanted - ('a' - 'A'));
    for (size_t i = 0; i < length; i++)
        if ((byte)text[i] == wanted || (byte)text[i] == other) {
            best = larger(best, FUZZY_MATCH + 2 * bonus_of(text, i));
            if (best >= FUZZY_MATCH + 2 * FUZZY_WORD)
                break; /* only the start of the text is worth more, and it was seen */
        }
    return best;
}

static int score_word(const char *word, size_t size, bool with_case, const char *text, size_t length)
{
    uint16_t first[FUZZY_PATTERN_SIZE];
    int rows[2][FUZZY_TEXT_MAX];
    if (size == 1)
        return score_character((byte)word[0], with_case, text, length);
    if (!find_first(word, size, with_case, text, length, first))
        return NO_MATCH;
    score_first_row(word, with_case, text, length, first[0], rows[0]);
    for (size_t j = 1; j < size; j++)
        score_row(word, j, with_case, text, length, first[j], first[j - 1], rows[(j - 1) % 2], rows[j % 2]);
    return best_of(rows[(size - 1) % 2], first[size - 1], length);
}

int fuzzy_score_folded(const struct fuzzy_pattern *pattern, const char *folded, size_t size)
{
    int sum = 0;
    for (int i = 0; i < pattern->n_words; i++) {
        const struct fuzzy_word *word = &pattern->words[i];
        int score = score_word(pattern->bytes + word->start, word->size, word->with_case, folded, size);
        if (score < 0)
            return -1;
        sum += score;
    }
    return sum;
}

int fuzzy_score(const struct fuzzy_pattern *pattern, const char *text)
{
    struct fuzzy_folded folded;
    fuzzy_fold(text, &folded);
    return fuzzy_score_folded(pattern, folded.bytes, folded.size);
}

/* ---- the best placement ---- */

/* The position before `i` from which byte j at i got its score. */
static size_t predecessor(const int *before, size_t before_from, const char *text, size_t i, bool rest, int score)
{
    int bonus = bonus_of(text, i);
    if (rest || before[i - 1] + FUZZY_MATCH + larger(bonus, FUZZY_RUN) == score)
        return i - 1;
    for (size_t k = i - 1; k-- > before_from;) {
        int gap = (int)(i - k) - 2 + FUZZY_GAP;
        if (before[k] + FUZZY_MATCH + bonus - (gap < FUZZY_GAP_MOST ? gap : FUZZY_GAP_MOST) == score)
            return k;
    }
    return before_from;
}

/* One row of scores for each byte of the word. */
static int (*score_all(const char *word, size_t size, bool with_case, const char *text, size_t length,
                       const uint16_t *first))[FUZZY_TEXT_MAX]
{
    int(*rows)[FUZZY_TEXT_MAX] = malloc(size * sizeof *rows);
    if (!rows)
        return NULL;
    score_first_row(word, with_case, text, length, first[0], rows[0]);
    for (size_t j = 1; j < size; j++)
        score_row(word, j, with_case, text, length, first[j], first[j - 1], rows[j - 1], rows[j]);
    return rows;
}

static bool place_word(const char *word, size_t size, bool with_case, const char *text, size_t length, bool *placed)
{
    uint16_t first[FUZZY_PATTERN_SIZE];
    if (!find_first(word, size, with_case, text, length, first))
        return false;
    int(*rows)[FUZZY_TEXT_MAX] = score_all(word, size, with_case, text, length, first);
    if (!rows)
        return true; /* it matches, but nothing is highlighted */
    size_t at = first[size - 1];
    for (size_t i = at; i < length; i++)
        at = rows[size - 1][i] > rows[size - 1][at] ? i : at;
    for (size_t j = size; j-- > 0;) {
        placed[at] = true;
        if (j > 0)
            at = predecessor(rows[j - 1], first[j - 1], text, at, is_rest((byte)word[j]), rows[j][at]);
    }
    free(rows);
    return true;
}

bool fuzzy_marks(const struct fuzzy_pattern *pattern, const char *text, bool *marks, size_t size)
{
    struct fuzzy_folded folded;
    bool placed[FUZZY_TEXT_MAX] = {false};
    memset(marks, 0, size * sizeof *marks);
    fuzzy_fold(text, &folded);
    for (int i = 0; i < pattern->n_words; i++) {
        const struct fuzzy_word *word = &pattern->words[i];
        if (!place_word(pattern->bytes + word->start, word->size, word->with_case, folded.bytes, folded.size, placed))
            return false;
    }
    for (size_t i = 0; i < folded.size; i++) {
        size_t from = folded.origins[i], end = strlen(text);
        size_t step = text_character_size(text + from, end - from);
        for (size_t k = 0; placed[i] && k < (step > 0 ? step : 1) && from + k < size; k++)
            marks[from + k] = true;
    }
    return true;
}
