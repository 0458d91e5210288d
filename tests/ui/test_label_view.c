/* Labels of attributes: three keys, the next attribute, and labels that cannot be stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "shared_fixture.h"
#include "ui/views/label/label.h"
#include "ui/views/map/map.h"

static const struct label_state *labels(void)
{
    return label_of(&fixture.state);
}

static void three_keys_label(void **unused)
{
    (void)unused;
    run_and_wait("key g");
    run_and_wait("key l");
    assert_int_equal(fixture.state.overlay, VIEW_LABEL);
    assert_string_equal(labels()->attribute, "energy");
    assert_int_equal(labels()->unsure.tracks.count, 5);
    run_and_wait("key -");
    run_and_wait("key =");
    run_and_wait("key +");
    assert_true(labels()->labels[0] == 0 && labels()->labels[1] == 0.5 && labels()->labels[2] == 1);
    assert_true(isnan(labels()->labels[3]));
    assert_int_equal(labels()->given, 3);
    assert_int_equal(labels()->at.selected, 3);
    run_and_wait("key k");
    run_and_wait("key x");
    assert_true(isnan(labels()->labels[2]));
    assert_int_equal(labels()->given, 2);
    assert_string_equal(label_word("energy", 0.5), "middle");
    assert_string_equal(label_word("genre:rock", 1), "yes");
}

static void classes_have_no_middle(void **unused)
{
    (void)unused;
    run_and_wait("label energy");
    run_and_wait("key a");
    assert_string_equal(labels()->attribute, "genre:rock");
    refused("label give middle", "either there or not");
    run_and_wait("key +");
    assert_int_equal(labels()->given, 1);
    run_and_wait("key a");
    assert_string_equal(labels()->attribute, "energy");
    assert_int_equal(labels()->given, 0);
}

static void failures_are_taken_back(void **unused)
{
    (void)unused;
    run_and_wait("label");
    run_and_wait("select last");
    run_and_wait("key +");
    assert_non_null(strstr(fixture.state.message, "can only be read"));
    assert_true(isnan(labels()->labels[4]));
    assert_int_equal(labels()->given, 0);
    refused("label give loud", "low, middle, high or none");
    run_and_wait("close");
    refused("label give low", "gl shows them");
    run_and_wait("label mood");
    assert_non_null(strstr(labels()->failure, "not of \"mood\""));
    refused("label give low", "nothing to label");
}

/* Four groups of the same size, those without a value for themselves; artists come back. */
static void the_map_has_colours(void **unused)
{
    (void)unused;
    const struct map_state *map = map_of(&fixture.state);
    refused("map colour energy", "the map is not open");
    run_and_wait("map");
    const int artists = map->n_labels, first = map->labels[1];
    run_and_wait("map colour energy");
    assert_string_equal(map->colour, "energy");
    assert_int_equal(map->n_labels, 5);
    assert_string_equal(map->label_names[4], "unknown");
    assert_int_equal(map->labels[0], 4);
    size_t counts[5] = {0};
    for (size_t i = 0; i < map->albums.count; i++)
        counts[map->labels[i]]++;
    for (int g = 0; g < 4; g++)
        assert_true(4 * counts[g] + 8 > map->albums.count && 4 * counts[g] < map->albums.count + 8);
    run_and_wait("map colour energy");
    run_and_wait("map colour mood");
    assert_non_null(strstr(fixture.state.message, "no track has the attribute \"mood\""));
    run_and_wait("map colour artists");
    assert_int_equal(map->n_labels, artists);
    assert_int_equal(map->labels[1], first);
    assert_string_equal(map->colour, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_keys_label, begin, end),
        cmocka_unit_test_setup_teardown(classes_have_no_middle, begin, end),
        cmocka_unit_test_setup_teardown(failures_are_taken_back, begin, end),
        cmocka_unit_test_setup_teardown(the_map_has_colours, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
