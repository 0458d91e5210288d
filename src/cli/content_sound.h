#ifndef SLEEVE_CLI_CONTENT_SOUND_H
#define SLEEVE_CLI_CONTENT_SOUND_H

#include "app/content.h"
#include "cli/commands.h"

/* Parts of `sleeve content`: networks over sound, and what is printed of every training. */

enum status content_train_sound(struct cli *cli, struct error *error);
/* The table of networks; `name` is ignored. */
enum status content_networks(struct cli *cli, const char *name, struct error *error);
/* `compare` SONG. */
enum status content_compare(struct cli *cli, const char *song, struct error *error);
/* The training curve and the number of parameters of a network over sound. */
enum status content_print_curve(const struct predictor *predictor, struct error *error);
void content_network_json(const struct predictor *predictor, struct json_writer *json);

void content_gain_table(const struct content_train_result *result, struct buffer *out);
void content_gain_json(const struct content_train_result *result, struct json_writer *json);
void content_say_apply(const char *name, const char *model);

#endif
