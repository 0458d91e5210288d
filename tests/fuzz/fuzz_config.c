/* The file of settings is typed by people and copied from elsewhere: every line is taken or reported, what was taken is
 * valid, and its keys can be pressed. */
#include "core/text.h"
#include "fuzz.h"
#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/config.h"

static void check_key(const struct own_key *key)
{
    struct error error;
    char name[80];
    own_key_name(key, name);
    REQUIRE(name[0] && key->key != KEY_NONE_);
    REQUIRE(key->begins || !key->command[0] || command_check(key->command, &error) == STATUS_OK);
    REQUIRE(key->binding.command == key->command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct own_keys copy = {0};
    struct error error;
    config_read(fuzz_file(data, size), &config);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (config.settings.values[i][0])
            REQUIRE(setting_check((enum setting)i, config.settings.values[i], &error) == STATUS_OK);
    for (size_t i = 0; i < config.keys.count; i++)
        check_key(config.keys.items[i]);
    REQUIRE(own_keys_copy(&config.keys, &copy) && copy.count == config.keys.count);
    for (size_t i = 0; i < config.n_problems && i < CONFIG_PROBLEMS_MAX; i++)
        REQUIRE(config.problems[i][0]);
    fuzz_accepted |= config.n_problems == 0 && config.keys.count > 0;
    own_keys_free(&copy);
    config_free(&config);
    return 0;
}
