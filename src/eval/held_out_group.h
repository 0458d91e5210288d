#ifndef SLEEVE_EVAL_HELD_OUT_GROUP_H
#define SLEEVE_EVAL_HELD_OUT_GROUP_H

/* Held-out tracks by whether training can know them. */

/* One row per group: its name, and its tracks. Training playlists are those that a model may be trained on
 * (slice_training_sets). */
/* clang-format off */
#define HELD_OUT_TABLE(GROUP)                                                                                          \
    GROUP(KNOWN, "known", "tracks in a training playlist (for test: or in a validation playlist)")                     \
    GROUP(UNKNOWN, "unknown", "all others")                                                                            \
    GROUP(COLD, "cold", "those of the others that `split --cold` took out of the training playlists")
/* clang-format on */

#define HELD_OUT_ENUMERATOR(id, ...) HELD_OUT_##id,
enum held_out_group { HELD_OUT_TABLE(HELD_OUT_ENUMERATOR) HELD_OUT_GROUPS };
#undef HELD_OUT_ENUMERATOR
extern const char *const held_out_names[HELD_OUT_GROUPS];
/* HELD_OUT_GROUPS if there is none with this name. */
enum held_out_group held_out_named(const char *name);

/* For help texts: "  name: meaning\n" of every group. */
#define HELD_OUT_HELP_LINE(id, name, help) "  " name ": " help "\n"
#define HELD_OUT_HELP HELD_OUT_TABLE(HELD_OUT_HELP_LINE)

#endif
