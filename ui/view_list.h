#ifndef SLEEVE_UI_VIEW_LIST_H
#define SLEEVE_UI_VIEW_LIST_H

/* The list of views, X(NAME, name): each is a `struct view_ops view_name` (ui/view_ops.h) in a file of its own. Tabs
 * fill the screen below the tab bar, in this order; popups are drawn over them. The enumeration, the tab bar, the
 * number keys, the help and the session follow from this list. */
#define VIEW_TABS(X)                                                                                                   \
    X(EXPLORE, explore)                                                                                                \
    X(MAP, map)                                                                                                        \
    X(FAILURES, failures)                                                                                              \
    X(COMPARE, compare)                                                                                                \
    X(RECIPE, recipe)
#define VIEW_POPUPS(X)                                                                                                 \
    X(PICKER, picker)                                                                                                  \
    X(HELP, help)                                                                                                      \
    X(MESSAGES, messages)                                                                                              \
    X(SIMILAR, similar)                                                                                                \
    X(SHEET, sheet)                                                                                                    \
    X(TWINS, twins)                                                                                                    \
    X(WHY, why)                                                                                                        \
    X(DASHBOARD, dashboard)                                                                                            \
    X(STEER, steer)                                                                                                    \
    X(RATINGS, ratings)                                                                                                \
    X(SPACE, space)                                                                                                    \
    X(HISTORY, history)                                                                                                \
    X(DUPLICATES, duplicates)                                                                                          \
    X(SPECTROGRAM, spectrogram)                                                                                        \
    X(LABEL, label)

#define VIEW_ENUMERATOR(NAME, name) VIEW_##NAME,
enum view {
    VIEW_NONE = -1,
    VIEW_TABS(VIEW_ENUMERATOR) VIEW_TAB_COUNT,
    VIEW_LAST_TAB_ = VIEW_TAB_COUNT - 1,
    VIEW_POPUPS(VIEW_ENUMERATOR) VIEW_COUNT
};

#endif
