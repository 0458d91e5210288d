#ifndef SLEEVE_UI_EFFECT_LIST_H
#define SLEEVE_UI_EFFECT_LIST_H

/* The list of effects, X(NAME, name): each is a `struct effect_ops effect_name` (ui/effect.h) in the file of its
 * family. Effects with `at_start` are requested in this order. */
#define EFFECT_LIST(X)                                                                                                 \
    X(SESSION_READ, session_read) /* effects/session.c */                                                              \
    X(MODELS, models)             /* effects/models.c */                                                               \
    X(SETS, sets)                 /* views/map/map_effects.c, to MAP_WRITE */                                          \
    X(MAP_OPEN, map_open)                                                                                              \
    X(MAP_STEP, map_step)                                                                                              \
    X(NEIGHBOURS, neighbours)                                                                                          \
    X(ALBUM_ADD, album_add)                                                                                            \
    X(MAP_WRITE, map_write)                                                                                            \
    X(MAP_COLOUR, map_colour) /* views/map/map_colour.c */                                                             \
    X(SEARCH, search)         /* views/explore/search_effect.c */                                                      \
    X(PASTE, paste)           /* views/explore/paste_effect.c */                                                       \
    X(RECOMMEND, recommend)   /* views/explore/suggest_effect.c */                                                     \
    X(SAVE, save)             /* effects/save.c */                                                                     \
    X(PICK, pick)             /* effects/picker.c */                                                                   \
    X(PICK_FILTER, pick_filter)                                                                                        \
    X(PICK_PREVIEW, pick_preview)                                                                                      \
    X(PICK_TRACKS, pick_tracks)                                                                                        \
    X(COMPLETE, complete)           /* effects/complete.c */                                                           \
    X(EXPORT, export)               /* effects/export.c */                                                             \
    X(IMPORT, import)               /* effects/import.c */                                                             \
    X(PLAYLIST_OPEN, playlist_open) /* effects/playlists.c */                                                          \
    X(PLAYLIST_DELETE, playlist_delete)                                                                                \
    X(FAILURES, failures) /* views/failures/failures_effects.c, to FAILURE_OPEN */                                     \
    X(FAILURE_OPEN, failure_open)                                                                                      \
    X(COMPARE_LISTS, compare_lists) /* views/compare/compare_effects.c, to COMPARE_PLAYLISTS */                        \
    X(COMPARE_RESULTS, compare_results)                                                                                \
    X(COMPARE_REST, compare_rest)                                                                                      \
    X(COMPARE_PLAYLISTS, compare_playlists)                                                                            \
    X(FAILURES_EXPORT, failures_export) /* views/failures/failures_export.c */                                         \
    X(FAILURE_EXPLAIN, failure_explain) /* views/failures/failures_causes.c, to CAUSES */                              \
    X(CAUSES, causes)                                                                                                  \
    X(RECIPE_MAKE, recipe_make) /* views/recipe/recipe_effects.c, to RECIPE_EXPORT */                                  \
    X(RECIPE_COUNT, recipe_count)                                                                                      \
    X(RECIPE_SAVE, recipe_save)                                                                                        \
    X(RECIPE_OPEN, recipe_open)                                                                                        \
    X(RECIPE_DELETE, recipe_delete)                                                                                    \
    X(RECIPE_EXPORT, recipe_export)                                                                                    \
    X(SIMILAR, similar) /* views/gallery/similar_effect.c */                                                           \
    X(SHEET, sheet)     /* views/gallery/sheet_effect.c */                                                             \
    X(TWINS, twins)     /* views/gallery/twins_effect.c */                                                             \
    X(WHY, why)         /* views/why/why_effect.c */                                                                   \
    X(STEER, steer)     /* views/steer/steer_effects.c, to SORT */                                                     \
    X(STEER_WISH, steer_wish)                                                                                          \
    X(SORT, sort)                                                                                                      \
    X(RATE, rate) /* views/ratings/rate_effect.c, to RATER */                                                          \
    X(RATED, rated)                                                                                                    \
    X(RATER, rater)                                                                                                    \
    X(RATINGS, ratings) /* views/ratings/ratings_effect.c */                                                           \
    X(SPACE, space)     /* views/space/space_effect.c */                                                               \
    X(TOUR, tour)       /* effects/tour.c, to TOUR_END */                                                              \
    X(TOUR_END, tour_end)                                                                                              \
    X(HISTORY, history)         /* views/history/history_effect.c */                                                   \
    X(DUPLICATES, duplicates)   /* views/duplicates/duplicates_view.c */                                               \
    X(SPECTROGRAM, spectrogram) /* views/sound/sound_view.c */                                                         \
    X(UNSURE, unsure)           /* views/label/label_effects.c, to LABEL */                                            \
    X(LABEL, label)                                                                                                    \
    X(TRACK_ATTRIBUTES, track_attributes) /* views/explore/attributes_effect.c */                                      \
    X(TRACK_FITNESS, track_fitness)       /* views/explore/sound_effects.c, to TRACK_CURVE */                          \
    X(TRACK_CURVE, track_curve)                                                                                        \
    X(PLAY, play)     /* effects/play.c */                                                                             \
    X(DEVICE, device) /* effects/device.c */                                                                           \
    X(REDRAW, redraw) /* effects/display.c, to SHOT */                                                                 \
    X(COPY, copy)                                                                                                      \
    X(SUSPEND, suspend)                                                                                                \
    X(IMAGES, images)                                                                                                  \
    X(THEME, theme)                                                                                                    \
    X(SAVE_DISPLAY, save_display)                                                                                      \
    X(DUMP_IMAGES, dump_images)                                                                                        \
    X(SHOT, shot)

#define EFFECT_ENUMERATOR(NAME, name) EFFECT_##NAME,
enum effect_type { EFFECT_LIST(EFFECT_ENUMERATOR) EFFECT_COUNT };

#endif
