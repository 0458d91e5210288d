/* Runs a fuzz target without a fuzzing engine: every file of the corpus unchanged, then mutations of them for a limited
 * time, the same ones for the same seed. Prints TAP.
 * usage: TARGET CORPUS_FOLDER MILLISECONDS [SEED], or TARGET --seeds FOLDER */
#include <dirent.h>
#include <string.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/random.h"
#include "fuzz.h"

enum { FILES_MAX = 1024, SIZE_MAX_ = 1 << 16 };

static struct buffer corpus[FILES_MAX];
static size_t n_corpus;

/* In order of name, so that a run can be repeated. */
static void load(const char *folder)
{
    struct dirent **entries = NULL;
    int n_entries = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n_entries; i++) {
        struct buffer path = {0};
        struct error error;
        buffer_printf(&path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && n_corpus < FILES_MAX &&
            file_read(path.data, SIZE_MAX_, &corpus[n_corpus], &error) == STATUS_OK)
            n_corpus++;
        buffer_free(&path);
        free(entries[i]);
    }
    free(entries);
}

static size_t mutate(struct random *random, uint8_t *data, size_t size, size_t capacity)
{
    static const uint8_t interesting[] = {0, 1, 0x7f, 0x80, 0xff, '"', '{', '[', ',', '\n', ';', 0x1b, '\\', '-', '9'};
    size_t rounds = 1 + random_below(random, 8);
    for (size_t i = 0; i < rounds; i++) {
        size_t at = size > 0 ? random_below(random, size) : 0;
        switch (random_below(random, 6)) {
        case 0:
            if (size > 0)
                data[at] ^= (uint8_t)(1U << random_below(random, 8));
            break;
        case 1:
            if (size > 0)
                data[at] = interesting[random_below(random, sizeof interesting)];
            break;
        case 2:
            if (size < capacity) {
                memmove(data + at + 1, data + at, size - at);
                data[at] = interesting[random_below(random, sizeof interesting)];
                size++;
            }
            break;
        case 3:
            if (size > 1) {
                size_t cut = 1 + random_below(random, size - at);
                memmove(data + at, data + at + cut, size - at - cut);
                size -= cut;
            }
            break;
        case 4:
            if (size > 0) {
                size_t length = 1 + random_below(random, size - at);
                if (length > capacity - size)
                    length = capacity - size;
                memmove(data + at + length, data + at, size - at);
                size += length;
            }
            break;
        default: {
            const struct buffer *other = &corpus[random_below(random, n_corpus)];
            if (other->size > 0) {
                size_t from = random_below(random, other->size);
                size_t length = random_below(random, other->size - from) + 1;
                if (length > capacity - at)
                    length = capacity - at;
                memcpy(data + at, other->data + from, length);
                if (at + length > size)
                    size = at + length;
            }
        }
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER MILLISECONDS [SEED]\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "--seeds") == 0) {
        if (fuzz_seeds)
            fuzz_seeds(argv[2]);
        return fuzz_seeds ? 0 : 1;
    }
    load(argv[1]);
    double seconds = atof(argv[2]) / 1000;
    struct random random;
    random_seed(&random, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    puts("1..1");
    if (n_corpus == 0) {
        printf("not ok 1 - the corpus %s is empty\n", argv[1]);
        return 1;
    }
    for (size_t i = 0; i < n_corpus; i++)
        LLVMFuzzerTestOneInput((const uint8_t *)corpus[i].data, corpus[i].size);
    if (!fuzz_accepted) {
        printf("not ok 1 - no file of %s is accepted; those of binary formats can be written again with --seeds\n",
               argv[1]);
        return 1;
    }
    unsigned long long runs = 0;
    for (double end = clock_seconds() + seconds; clock_seconds() < end; runs++) {
        const struct buffer *base = &corpus[random_below(&random, n_corpus)];
        uint8_t *data = malloc(SIZE_MAX_); /* exact size below, so that a sanitizer detects reads past the end */
        memcpy(data, base->data ? base->data : "", base->size);
        size_t size = mutate(&random, data, base->size, SIZE_MAX_);
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, data, size);
        free(data);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    printf("ok 1 - %zu corpus files and %llu mutations\n", n_corpus, runs);
    for (size_t i = 0; i < n_corpus; i++)
        buffer_free(&corpus[i]);
    return 0;
}
