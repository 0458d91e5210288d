#include "app/recipe_cache.h"

#include <stdlib.h>
#include <string.h>

/* The file is a head, then arrays in the order of `each_array`. Their sizes follow from the numbers in the head, so
 * nothing in the file says where something is. */

enum { ALIGNMENT = 64, MAGIC_SIZE = 24 };
static const char magic[MAGIC_SIZE] = "sleeve columns 1";

struct column_head {
    char name[sizeof((struct recipe_column *)0)->name], source[sizeof((struct recipe_column *)0)->source];
    int64_t n_known, n_predicted;
    uint8_t has_predicted;
};

struct head {
    char magic[MAGIC_SIZE];
    uint32_t order, size; /* of bytes; of this struct */
    int64_t n, n_genres, genres_size, n_artist_names, n_columns;
    int64_t items[3], rows[3]; /* of the postings by artist, genre and finest genre */
    double seconds;
    uint8_t has_genres_predicted;
    char version[RECIPE_CACHE_VERSION];
    struct column_head columns[RECIPE_ATTRIBUTES_MAX];
};

enum { BYTE_ORDER_MARK = 0x01020304 };

/* ---- the arrays ---- */

/* One array of an index: *place is the pointer in the index. */
struct array {
    void **place;
    size_t size; /* bytes */
    bool copied; /* when it is read: its numbers are used as indices */
};
enum { ARRAYS_MAX = 16 + 3 * RECIPE_ATTRIBUTES_MAX };

struct arrays {
    struct array items[ARRAYS_MAX];
    int count;
};

static void add(struct arrays *arrays, void *place, int64_t count, size_t size, bool copied)
{
    arrays->items[arrays->count++] = (struct array){place, (size_t)count * size, copied};
}

/* The names of genres are behind all of them. */
static void each_array(struct recipe_index *index, const struct head *head, struct arrays *arrays)
{
    struct recipe_postings *const postings[] = {&index->by_artist, &index->by_genre, &index->by_finest};
    const int64_t n = head->n, words = (n + 63) / 64;
    arrays->count = 0;
    add(arrays, &index->track_of, n, sizeof *index->track_of, true);
    add(arrays, &index->row_of, n, sizeof *index->row_of, true);
    add(arrays, &index->artists, n, sizeof *index->artists, true);
    add(arrays, &index->artist_names, head->n_artist_names, sizeof *index->artist_names, true);
    for (int i = 0; i < 3; i++) {
        add(arrays, &postings[i]->starts, head->items[i] + 1, sizeof *postings[i]->starts, true);
        add(arrays, &postings[i]->rows, head->rows[i], sizeof *postings[i]->rows, true);
    }
    add(arrays, &index->counts, n, sizeof *index->counts, false);
    add(arrays, &index->years, n, sizeof *index->years, false);
    add(arrays, &index->earliest, n, sizeof *index->earliest, false);
    add(arrays, &index->editions, n, sizeof *index->editions, false);
    if (head->has_genres_predicted)
        add(arrays, &index->genres_predicted, words, sizeof *index->genres_predicted, false);
    for (int64_t i = 0; i < head->n_columns; i++) {
        struct recipe_column *column = &index->columns[i];
        add(arrays, &column->values, n, sizeof *column->values, false);
        add(arrays, &column->known, words, sizeof *column->known, false);
        if (head->columns[i].has_predicted)
            add(arrays, &column->predicted, words, sizeof *column->predicted, false);
    }
}

static size_t padded(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* ---- writing ---- */

static bool fill_head(const struct recipe_index *index, const char *version, struct head *head)
{
    const struct recipe_postings *const postings[] = {&index->by_artist, &index->by_genre, &index->by_finest};
    memcpy(head->magic, magic, sizeof magic);
    head->order = BYTE_ORDER_MARK;
    head->size = sizeof *head;
    head->n = index->n;
    head->n_genres = index->n_genres;
    head->n_artist_names = index->n_artist_names;
    head->n_columns = index->n_columns;
    head->seconds = index->seconds;
    head->has_genres_predicted = index->genres_predicted != NULL;
    for (int64_t i = 0; i < index->n_genres; i++)
        head->genres_size += (int64_t)strlen(index->genre_names[i]) + 1;
    for (int i = 0; i < 3; i++) {
        if (!postings[i]->starts)
            return false;
        head->items[i] = postings[i]->count;
        head->rows[i] = postings[i]->starts[postings[i]->count];
    }
    for (int i = 0; i < index->n_columns; i++) {
        const struct recipe_column *column = &index->columns[i];
        memcpy(head->columns[i].name, column->name, sizeof column->name);
        memcpy(head->columns[i].source, column->source, sizeof column->source);
        head->columns[i].n_known = column->n_known;
        head->columns[i].n_predicted = column->n_predicted;
        head->columns[i].has_predicted = column->predicted != NULL;
    }
    const size_t size = strlen(version) + 1;
    if (size > sizeof head->version)
        return false;
    memcpy(head->version, version, size);
    return true;
}

static bool put(FILE *out, const void *bytes, size_t size)
{
    static const char zeros[ALIGNMENT];
    const size_t rest = padded(size) - size;
    return fwrite(bytes, 1, size, out) == size && fwrite(zeros, 1, rest, out) == rest;
}

static bool put_all(FILE *out, const struct recipe_index *index, const struct head *head)
{
    struct recipe_index copy = *index;
    struct arrays arrays;
    each_array(&copy, head, &arrays);
    bool good = put(out, head, sizeof *head);
    for (int i = 0; i < arrays.count && good; i++)
        good = put(out, arrays.items[i].size > 0 ? *arrays.items[i].place : "", arrays.items[i].size);
    for (int64_t i = 0; i < index->n_genres && good; i++)
        good = fwrite(index->genre_names[i], strlen(index->genre_names[i]) + 1, 1, out) == 1;
    return good;
}

enum status recipe_cache_write(const char *path, const char *version, const struct recipe_index *index,
                               struct error *error)
{
    struct atomic_file file;
    struct head *head = calloc(1, sizeof *head);
    if (!head)
        return error_no_memory(error);
    if (!fill_head(index, version, head)) {
        free(head);
        return error_set(error, STATUS_FAILED, "the columns do not fit into %s", path);
    }
    enum status status = atomic_file_open_private(path, &file, error);
    if (status == STATUS_OK) {
        if (!put_all(file.stream, index, head))
            status = error_set(error, STATUS_FAILED, "%s cannot be written", path);
        if (status == STATUS_OK)
            status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    free(head);
    return status;
}

/* ---- reading ---- */

static bool is_ended(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Whether it is of this program and version, and its numbers are small enough that no size overflows. */
static bool check_head(const struct head *head, const char *version, size_t size)
{
    const int64_t most = (int64_t)size;
    const int64_t numbers[] = {head->n,        head->n_genres, head->genres_size, head->n_artist_names, head->items[0],
                               head->items[1], head->items[2], head->rows[0],     head->rows[1],        head->rows[2]};
    bool good = memcmp(head->magic, magic, sizeof magic) == 0 && head->order == BYTE_ORDER_MARK &&
                head->size == sizeof *head && is_ended(head->version, sizeof head->version) &&
                strcmp(head->version, version) == 0 && head->n <= INT32_MAX && head->n_columns >= 0 &&
                head->n_columns <= RECIPE_ATTRIBUTES_MAX && head->items[1] == head->n_genres &&
                head->items[2] == head->n_genres;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        good = good && numbers[i] >= 0 && numbers[i] <= most;
    for (int64_t i = 0; good && i < head->n_columns; i++)
        good = is_ended(head->columns[i].name, sizeof head->columns[i].name) &&
               is_ended(head->columns[i].source, sizeof head->columns[i].source);
    return good;
}

static bool read_arrays(struct recipe_index *index, const struct head *head)
{
    struct arrays arrays;
    each_array(index, head, &arrays);
    size_t at = padded(sizeof *head);
    for (int i = 0; i < arrays.count; i++) {
        const struct array *array = &arrays.items[i];
        if (array->size > index->file.size || padded(array->size) > index->file.size - at)
            return false;
        if (array->copied) {
            *array->place = malloc(array->size + 1);
            if (!*array->place)
                return false;
            memcpy(*array->place, index->file.bytes + at, array->size);
        } else {
            *array->place = (void *)(uintptr_t)(index->file.bytes + at); /* nothing writes to it */
        }
        at += padded(array->size);
    }
    if (index->file.size - at != (size_t)head->genres_size)
        return false;
    /* The names, copied, too. */
    char *names = arena_alloc(&index->memory, (size_t)head->genres_size + 1);
    index->genre_names = calloc((size_t)head->n_genres + 1, sizeof *index->genre_names);
    if (!names || !index->genre_names)
        return false;
    memcpy(names, index->file.bytes + at, (size_t)head->genres_size);
    const char *past = names + head->genres_size;
    for (int64_t i = 0; i < head->n_genres; i++) {
        if (!is_ended(names, (size_t)(past - names)))
            return false;
        index->genre_names[index->n_genres++] = names;
        names += strlen(names) + 1;
    }
    return true;
}

/* Each track has one row. */
static bool check_rows(const struct recipe_index *index)
{
    for (int64_t row = 0; row < index->n; row++) {
        const int64_t track = index->track_of[row];
        if (track < 1 || track > index->n || index->row_of[track - 1] != row)
            return false;
    }
    return true;
}

static bool check_postings(const struct recipe_postings *postings, int64_t n_rows, int64_t n)
{
    bool good = postings->starts[0] == 0 && postings->starts[postings->count] == n_rows;
    for (int64_t i = 0; good && i < postings->count; i++)
        good = postings->starts[i] <= postings->starts[i + 1];
    for (int64_t i = 0; good && i < n_rows; i++)
        good = postings->rows[i] >= 0 && postings->rows[i] < n;
    return good;
}

static bool check_artists(const struct recipe_index *index)
{
    const int64_t count = index->by_artist.count;
    bool good = true;
    for (int64_t row = 0; row < index->n; row++)
        good = good && index->artists[row] >= 0 && index->artists[row] < count;
    for (int64_t i = 0; i < index->n_artist_names; i++)
        good = good && index->artist_names[i].id >= 0 && index->artist_names[i].id < count;
    return good;
}

static bool read_index(const char *version, struct recipe_index *index)
{
    struct head *head = malloc(sizeof *head);
    bool good = head && index->file.size >= padded(sizeof *head);
    if (good) {
        memcpy(head, index->file.bytes, sizeof *head);
        good = check_head(head, version, index->file.size);
    }
    if (good) {
        index->n = head->n;
        index->words = ((size_t)head->n + 63) / 64;
        index->n_artist_names = head->n_artist_names;
        index->n_columns = (int)head->n_columns;
        index->seconds = head->seconds;
        index->by_artist.count = head->items[0];
        index->by_genre.count = head->items[1];
        index->by_finest.count = head->items[2];
        for (int i = 0; i < index->n_columns; i++) {
            memcpy(index->columns[i].name, head->columns[i].name, sizeof index->columns[i].name);
            memcpy(index->columns[i].source, head->columns[i].source, sizeof index->columns[i].source);
            index->columns[i].n_known = head->columns[i].n_known;
            index->columns[i].n_predicted = head->columns[i].n_predicted;
        }
        good = read_arrays(index, head) && check_rows(index) && check_artists(index) &&
               check_postings(&index->by_artist, head->rows[0], index->n) &&
               check_postings(&index->by_genre, head->rows[1], index->n) &&
               check_postings(&index->by_finest, head->rows[2], index->n);
    }
    free(head);
    return good;
}

bool recipe_cache_read(const char *path, const char *version, struct recipe_index *index)
{
    *index = (struct recipe_index){.serial = recipe_index_serial()};
    if (!file_exists(path) || mapped_file_open(path, &index->file, NULL) != STATUS_OK)
        return false;
    const unsigned cut = mapped_files_cut();
    if (read_index(version, index) && mapped_files_cut() == cut) {
        index->bytes = recipe_index_bytes(index);
        return true;
    }
    recipe_index_free(index);
    return false;
}
