#include <signal.h>
#include <sys/wait.h>

#include "generated.h"
#include "models/kind.h"

/* Settings: the rules of every kind, values from text, earlier names, and missing keys. */

static const struct setting_choice colours[] = {{"red", NULL}, {"blue", "azure"}};
static const struct setting_rule rules[] = {
    {"width", 4, 2, 1, 8, true, "of the test", NULL, "breadth"},
    {"rate", 0.5, 0.25, 0, 1, false, "of the test", NULL, NULL},
    {"colour", 0, 1, 0, 1, true, "of the test", colours, NULL},
    {0},
};
static const struct setting_default own[] = {{"rate", 0.75, 0.125}, {0}};
static const struct setting_rules plain = {(const struct setting_rule *const[]){rules, NULL}, NULL},
                                  with_own = {(const struct setting_rule *const[]){rules, NULL}, own};

static struct settings read_one(const struct setting_rules *of, const char *preset, const char *text)
{
    struct settings settings;
    must(settings_read(&settings, of, preset, 10, &text, text ? 1 : 0, &error));
    return settings;
}

static void presets_and_own_defaults(void **state)
{
    (void)state;
    struct settings settings = read_one(&plain, "mpd", NULL);
    assert_true(settings_value(&settings, "width") == 4 && settings_value(&settings, "rate") == 0.5);
    settings = read_one(&plain, NULL, NULL); /* a small catalogue */
    assert_true(settings_value(&settings, "width") == 2 && settings_value(&settings, "rate") == 0.25);
    settings = read_one(&with_own, "small", NULL);
    assert_true(settings_value(&settings, "width") == 2 && settings_value(&settings, "rate") == 0.125);
    settings = read_one(&with_own, "mpd", "rate=0.3");
    assert_true(settings_value(&settings, "rate") == 0.3);
    assert_true(settings_has(&settings, "rate") && !settings_has(&settings, "breadth"));
}

static void earlier_names_are_accepted_and_new_ones_printed(void **state)
{
    (void)state;
    char text[32];
    struct settings settings = read_one(&plain, "mpd", "breadth=7");
    assert_true(settings_value(&settings, "width") == 7);
    settings = read_one(&plain, "mpd", "colour=azure");
    assert_true(settings_value(&settings, "colour") == 1);
    settings_print(&rules[2], 1, false, text);
    assert_string_equal(text, "blue");
    settings_print(&rules[2], 1, true, text);
    assert_string_equal(text, "azure");
    settings_print(&rules[2], 0, true, text);
    assert_string_equal(text, "red");
}

static void unusable_texts_are_wrong_usage(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"wid=2", "width, rate, colour"}, {"width", "key=value"},       {"width=", "from 1 to 8"},
        {"width=2.5", "whole number"},    {"width=9", "from 1 to 8"},   {"rate=nan", "from 0 to 1"},
        {"rate=0.1x", "from 0 to 1"},     {"colour=1", "red or blue"},  {"widths=2", "there is no setting"},
        {"=2", "there is no setting"},    {"breadth=0", "from 1 to 8"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct settings settings;
        struct error why = {0};
        assert_int_equal(settings_read(&settings, &plain, NULL, 10, texts[i], 1, &why), STATUS_USAGE);
        if (!strstr(why.text, texts[i][1]))
            fail_msg("%s: %s", texts[i][0], why.text);
    }
}

/* ---- mistakes in the program ---- */

static bool aborts(void (*act)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        freopen("/dev/null", "w", stderr);
        signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask_for_nothing(void)
{
    struct settings settings = read_one(&plain, NULL, NULL);
    (void)settings_value(&settings, "height");
}

static void ask_by_an_earlier_name(void)
{
    struct settings settings = read_one(&plain, NULL, NULL);
    (void)settings_value(&settings, "breadth");
}

static void list_too_many(void)
{
    static char keys[SETTINGS_MAX + 1][16];
    static struct setting_rule many[SETTINGS_MAX + 2];
    struct setting_rule list[SETTINGS_MAX];
    for (int i = 0; i <= SETTINGS_MAX; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        many[i] = (struct setting_rule){.key = keys[i], .meaning = ""};
    }
    const struct setting_rule *const groups[] = {many, NULL};
    settings_list(&(struct setting_rules){groups, NULL}, list);
}

static void list_twice(void)
{
    struct setting_rule list[SETTINGS_MAX];
    const struct setting_rule *const groups[] = {rules, rules, NULL};
    settings_list(&(struct setting_rules){groups, NULL}, list);
}

static void list_a_default_of_nothing(void)
{
    static const struct setting_default nothing[] = {{"height", 1, 1}, {0}};
    struct setting_rule list[SETTINGS_MAX];
    settings_list(&(struct setting_rules){plain.groups, nothing}, list);
}

static void list_a_default_out_of_bounds(void)
{
    static const struct setting_default outside[] = {{"width", 9, 1}, {0}};
    struct setting_rule list[SETTINGS_MAX];
    settings_list(&(struct setting_rules){plain.groups, outside}, list);
}

static void list_nothing_wrong(void)
{
    struct setting_rule list[SETTINGS_MAX];
    settings_list(&with_own, list);
}

static void mistakes_in_the_program_are_failed_assertions(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_nothing));
    assert_true(aborts(ask_by_an_earlier_name));
    assert_true(aborts(list_too_many));
    assert_true(aborts(list_twice));
    assert_true(aborts(list_a_default_of_nothing));
    assert_true(aborts(list_a_default_out_of_bounds));
    assert_false(aborts(list_nothing_wrong));
}

/* ---- the kinds ---- */

/* The renamed settings of 0.1, each with a value that all kinds that have it take. */
static const char *const renamed[][2] = {
    {"rate=0.5", "learning_rate"},
    {"decay=0.5", "weight_decay"},
    {"clip=0.5", "clip_norm"},
    {"position_spread=0.5", "position_init_std"},
    {"beside=0.5", "layer_scale"},
    {"amplified=0.5", "mean_scale"},
    {"borrowed=0.5", "neighbour_targets"},
    {"sharpness=0.5", "inverse_temperature"},
    {"rest_rate=0.5", "softmax_learning_rate"},
    {"rest_decay=0.5", "softmax_weight_decay"},
    {"network_decay=0.5", "network_weight_decay"},
};

/* Kinds that 0.1 did not have may have a setting under the new name alone. */
static bool has_alias(const struct settings *settings, const char *const pair[2])
{
    const struct setting_rule *rule = settings_find(settings->rules, settings->count, pair[1], strlen(pair[1]));
    return rule && rule->alias;
}

static void every_kind_takes_the_settings_of_0_1(void **state)
{
    (void)state;
    size_t n_renamed = sizeof renamed / sizeof renamed[0], met = 0;
    for (size_t k = 0; model_kind_name(k); k++) {
        const struct recommender_ops *ops = model_kind_find(model_kind_name(k));
        assert_string_equal(ops->kind, model_kind_name(k));
        const struct settings defaults = read_one(&ops->settings, NULL, NULL);
        for (size_t i = 0; i < n_renamed; i++)
            if (has_alias(&defaults, renamed[i])) {
                const struct settings settings = read_one(&ops->settings, NULL, renamed[i][0]);
                assert_true(settings_value(&settings, renamed[i][1]) == 0.5);
                met |= (size_t)1 << i;
            }
        if (settings_has(&defaults, "objective")) {
            const struct settings settings = read_one(&ops->settings, NULL, "objective=rest");
            assert_true(settings_value(&settings, "objective") == 1);
        }
    }
    assert_int_equal(met, ((size_t)1 << n_renamed) - 1);
    assert_null(model_kind_find("mf-"));
    assert_null(model_kind_find("mf-avgs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_and_own_defaults),
        cmocka_unit_test(earlier_names_are_accepted_and_new_ones_printed),
        cmocka_unit_test(unusable_texts_are_wrong_usage),
        cmocka_unit_test(mistakes_in_the_program_are_failed_assertions),
        cmocka_unit_test(every_kind_takes_the_settings_of_0_1),
    };
    return cmocka_run_group_tests_name("settings", tests, open_all, close_all);
}
