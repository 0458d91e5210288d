/* Edits, undo and redo compared with a naive model that copies whole arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/random.h"
#include "fake_app.h"
#include "ui/playlist_edit.h"

enum { ENTRIES_MAX = 64, VERSIONS_MAX = 4096, EDITS = 3000 };

struct copy {
    int64_t ids[ENTRIES_MAX];
    size_t count;
    char name[32];
};

static struct copy versions[VERSIONS_MAX];
static size_t current, count;

static struct copy *naive_push(void)
{
    versions[current + 1] = versions[current];
    count = ++current + 1;
    return &versions[current];
}

static void naive_take(struct copy *copy, size_t at)
{
    for (size_t i = at; i + 1 < copy->count; i++)
        copy->ids[i] = copy->ids[i + 1];
    copy->count--;
}

static void naive_put(struct copy *copy, size_t at, int64_t id)
{
    for (size_t i = copy->count; i > at; i--)
        copy->ids[i] = copy->ids[i - 1];
    copy->ids[at] = id;
    copy->count++;
}

static void check(const struct playlist_edits *edits)
{
    const struct playlist_version *now = playlist_now(edits);
    const struct copy *copy = &versions[current];
    assert_int_equal(now->count, copy->count);
    assert_string_equal(now->name, copy->name);
    for (size_t i = 0; i < copy->count; i++)
        assert_int_equal(now->items[i]->id, copy->ids[i]);
}

static enum status add(struct playlist_edits *edits, struct track_book *book, const struct track *track)
{
    const struct track *kept = track_book_keep(book, track);
    return playlist_insert(edits, SIZE_MAX, &kept, 1, NULL);
}

static void edit(struct playlist_edits *edits, struct track_book *book, struct random *random)
{
    struct error error;
    const struct copy *now = &versions[current];
    size_t a = random_below(random, ENTRIES_MAX), b = random_below(random, ENTRIES_MAX), removed;
    const char *what;
    struct track track = fake_track(1 + (int64_t)random_below(random, 40));
    switch (random_below(random, 9)) {
    case 0:
    case 1:
    case 2:
        if (now->count < ENTRIES_MAX - 1) {
            assert_int_equal(add(edits, book, &track), STATUS_OK);
            struct copy *next = naive_push();
            naive_put(next, next->count, track.id);
        }
        break;
    case 3:
        if (a >= now->count) {
            assert_int_equal(playlist_remove_all(edits, &a, 1, &error), STATUS_USAGE);
        } else {
            assert_int_equal(playlist_remove_all(edits, &a, 1, &error), STATUS_OK);
            naive_take(naive_push(), a);
        }
        break;
    case 4:
        if (a >= now->count || b >= now->count) {
            assert_int_equal(playlist_move(edits, a, b, &error), STATUS_USAGE);
        } else {
            assert_int_equal(playlist_move(edits, a, b, &error), STATUS_OK);
            if (a != b) {
                struct copy *next = naive_push();
                int64_t id = next->ids[a];
                naive_take(next, a);
                naive_put(next, b, id);
            }
        }
        break;
    case 5: {
        char name[32];
        snprintf(name, sizeof name, "name %zu", a);
        assert_int_equal(playlist_rename(edits, name, false, &error), STATUS_OK);
        memcpy(naive_push()->name, name, sizeof name);
        break;
    }
    case 6:
        assert_int_equal(playlist_undo(edits, &what, &error), current > 0 ? STATUS_OK : STATUS_USAGE);
        current -= current > 0;
        break;
    case 7:
        assert_int_equal(playlist_redo(edits, &what, &error), current + 1 < count ? STATUS_OK : STATUS_USAGE);
        current += current + 1 < count;
        break;
    default: {
        struct copy next = {.count = 0};
        for (size_t i = 0; i < now->count; i++) {
            bool seen = false;
            for (size_t j = 0; j < next.count; j++)
                seen = seen || next.ids[j] == now->ids[i];
            if (!seen)
                next.ids[next.count++] = now->ids[i];
        }
        memcpy(next.name, now->name, sizeof next.name);
        assert_int_equal(playlist_dedupe(edits, &removed, &error), STATUS_OK);
        assert_int_equal(removed, now->count - next.count);
        if (removed > 0)
            *naive_push() = next;
    }
    }
}

static void test_random_edits(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct playlist_edits edits;
        struct track_book book = {0};
        struct random random;
        struct error error;
        random_seed(&random, seed);
        memset(versions, 0, sizeof versions);
        current = 0;
        count = 1;
        assert_int_equal(playlist_edits_start(&edits, &error), STATUS_OK);
        for (int i = 0; i < EDITS; i++) {
            edit(&edits, &book, &random);
            check(&edits);
        }
        const char *what;
        while (playlist_undo(&edits, &what, &error) == STATUS_OK) {
            current--;
            check(&edits);
        }
        assert_int_equal(current, 0);
        while (playlist_redo(&edits, &what, &error) == STATUS_OK) {
            current++;
            check(&edits);
        }
        assert_int_equal(current + 1, count);
        playlist_edits_free(&edits);
        track_book_free(&book);
    }
}

static void test_undo_names_what_it_undid(void **unused)
{
    (void)unused;
    struct playlist_edits edits;
    struct track_book book = {0};
    struct error error;
    const char *what;
    struct track track = fake_track(1);
    assert_int_equal(playlist_edits_start(&edits, &error), STATUS_OK);
    assert_int_equal(add(&edits, &book, &track), STATUS_OK);
    assert_int_equal(playlist_remove_all(&edits, &(size_t){0}, 1, &error), STATUS_OK);
    assert_int_equal(playlist_undo(&edits, &what, &error), STATUS_OK);
    assert_string_equal(what, "removed Purple Harbour");
    assert_int_equal(playlist_redo(&edits, &what, &error), STATUS_OK);
    assert_string_equal(what, "removed Purple Harbour");
    playlist_edits_free(&edits);
    track_book_free(&book);
}

/* Several entries at once, compared with moving and removing them one by one. */
static void test_several_at_once(void **unused)
{
    (void)unused;
    struct random random;
    struct track_book book = {0};
    struct error error;
    random_seed(&random, 7);
    for (int round = 0; round < 2000; round++) {
        enum { MOST = 9 };
        struct playlist_edits edits;
        const struct track *tracks[MOST];
        size_t positions[MOST], n = 0, size = 1 + random_below(&random, MOST);
        int64_t ids[MOST] = {0}, expected[MOST];
        bool marked[MOST] = {false};
        assert_int_equal(playlist_edits_start(&edits, &error), STATUS_OK);
        for (size_t i = 0; i < size; i++) {
            struct track track = fake_track(1 + (int64_t)i);
            tracks[i] = track_book_keep(&book, &track);
            ids[i] = track.id;
            if ((marked[i] = random_below(&random, 2) == 0))
                positions[n++] = i;
        }
        assert_int_equal(playlist_insert(&edits, 0, tracks, size, &error), STATUS_OK);
        size_t to = random_below(&random, size), rest = 0, how = random_below(&random, 4), before = edits.count;
        if (n == 0) {
            assert_int_equal(playlist_remove_all(&edits, positions, n, &error), STATUS_USAGE);
        } else if (how == 0) {
            assert_int_equal(playlist_remove_all(&edits, positions, n, &error), STATUS_OK);
            for (size_t i = 0; i < size; i++)
                if (!marked[i])
                    expected[rest++] = ids[i];
        } else if (how == 1) {
            size_t first = to + n > size ? size - n : to, left = 0;
            assert_int_equal(playlist_gather(&edits, positions, n, to, &error), STATUS_OK);
            for (size_t i = 0; i < size; i++)
                if (marked[i])
                    expected[first + rest++] = ids[i];
            for (size_t i = 0; i < size; i++)
                if (!marked[i]) {
                    expected[left < first ? left : left + n] = ids[i];
                    left++;
                }
            rest = size;
        } else { /* each marked entry changes places with an unmarked one beside it */
            bool up = how == 2;
            memcpy(expected, ids, sizeof ids);
            bool now[MOST];
            memcpy(now, marked, sizeof now);
            for (size_t k = 1; k < size; k++) {
                size_t at = up ? k : size - 1 - k, beside = up ? at - 1 : at + 1;
                if (!now[at] || now[beside])
                    continue;
                int64_t id = expected[at];
                expected[at] = expected[beside];
                expected[beside] = id;
                now[at] = false;
                now[beside] = true;
            }
            assert_int_equal(playlist_shift(&edits, positions, n, up, &error), STATUS_OK);
            assert_int_equal(edits.count, before + (memcmp(expected, ids, sizeof ids) != 0));
            for (size_t i = 0; i < n; i++)
                assert_true(now[positions[i]]);
            rest = size;
        }
        const struct playlist_version *version = playlist_now(&edits);
        assert_int_equal(version->count, n == 0 ? size : rest);
        for (size_t i = 0; n > 0 && i < rest; i++)
            assert_int_equal(version->items[i]->id, expected[i]);
        playlist_edits_free(&edits);
    }
    track_book_free(&book);
}

/* Steps of the same entries in the same direction are undone at once; anything else between them ends that. */
static void test_repeated_steps_are_one_edit(void **unused)
{
    (void)unused;
    struct playlist_edits edits;
    struct track_book book = {0};
    struct error error;
    const struct track *tracks[6];
    size_t positions[2] = {0, 1}, other[1] = {5};
    const char *what;
    assert_int_equal(playlist_edits_start(&edits, &error), STATUS_OK);
    for (int64_t i = 0; i < 6; i++) {
        struct track track = fake_track(1 + i);
        tracks[i] = track_book_keep(&book, &track);
    }
    assert_int_equal(playlist_insert(&edits, 0, tracks, 6, &error), STATUS_OK);
    size_t before = edits.count;
    for (int i = 0; i < 3; i++)
        assert_int_equal(playlist_shift(&edits, positions, 2, false, &error), STATUS_OK);
    assert_int_equal(edits.count, before + 1);
    assert_ptr_equal(playlist_now(&edits)->items[3], tracks[0]);
    assert_int_equal(playlist_undo(&edits, &what, &error), STATUS_OK);
    assert_string_equal(what, "moved 2 tracks");
    assert_ptr_equal(playlist_now(&edits)->items[0], tracks[0]);
    assert_int_equal(playlist_redo(&edits, &what, &error), STATUS_OK);
    assert_int_equal(playlist_shift(&edits, positions, 2, true, &error), STATUS_OK); /* back is another edit */
    assert_int_equal(edits.count, before + 2);
    assert_int_equal(playlist_shift(&edits, other, 1, true, &error), STATUS_OK);
    assert_int_equal(edits.count, before + 3);
    assert_int_equal(playlist_undo(&edits, &what, &error), STATUS_OK);
    assert_int_equal(playlist_shift(&edits, positions, 2, true, &error),
                     STATUS_OK); /* not joined while another edit could be done again */
    assert_int_equal(edits.count, before + 3);
    playlist_edits_free(&edits);
    track_book_free(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_edits),
        cmocka_unit_test(test_undo_names_what_it_undid),
        cmocka_unit_test(test_several_at_once),
        cmocka_unit_test(test_repeated_steps_are_one_edit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
