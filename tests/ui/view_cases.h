#ifndef SLEEVE_TESTS_UI_VIEW_CASES_H
#define SLEEVE_TESTS_UI_VIEW_CASES_H

/* How each view, each list to pick from, and each kind of background work comes on the screen. */
#include <stdbool.h>

#include "ui/picker.h"
#include "ui/view_list.h"

enum view_case_how {
    CASE_WIDE = 1,           /* 160x50, for what only wide screens have */
    CASE_SAVES = 2,          /* the effect `save` is part of the case; in the others it is not shown */
    CASE_WITHOUT_CAUSES = 4, /* those of failures are not computed yet */
    CASE_MANY = 8,           /* more playlists than are filtered at once */
    CASE_UNWRITTEN = 16,     /* not in the file: it lists all commands, of which new ones are added often */
};

struct view_case {
    enum view view;
    const char *name, *setup, *open; /* commands, divided by '|'; the results of `setup` all arrive */
    int how;                         /* flags of enum view_case_how */
};

#define RAIN "search rain|mark all|add|close|"
#define OF_RECIPE RAIN "recipe|"

static const struct view_case view_cases[] = {
    {VIEW_EXPLORE, "start", NULL, NULL, 0},
    {VIEW_EXPLORE, "search", "", "search rain", 0},
    {VIEW_EXPLORE, "covers", "", "covers a white circle", 0},
    {VIEW_EXPLORE, "add", RAIN "page 2", "remove 1", 0},
    {VIEW_EXPLORE, "paste", "", "paste Slow Rain", 0},
    {VIEW_EXPLORE, "track", "add page|pane playlist", "select first", CASE_WIDE},
    {VIEW_EXPLORE, "playlist", "", "playlist load Sunday", 0},
    {VIEW_EXPLORE, "merge", "add page", "merge Sunday", 0},
    {VIEW_EXPLORE, "save", "add 1", "playlist save Mine", CASE_SAVES},
    {VIEW_EXPLORE, "delete", "add 1|playlist save Mine|playlist new", "playlist delete Mine", 0},
    {VIEW_EXPLORE, "export", "add 1", "export npz folder/", 0},
    {VIEW_EXPLORE, "import", "", "import list.xspf", 0},
    {VIEW_EXPLORE, "play", "set player true|add page|pane playlist", "play", 0},
    {VIEW_EXPLORE, "device", "", "device cuda", 0},
    {VIEW_EXPLORE, "sort", "add page", "sort path", 0},
    {VIEW_EXPLORE, "wish", "add 1", "never artist", 0},
    {VIEW_EXPLORE, "rate", "add 1|playlist save Mine", "rate good", 0},
    {VIEW_EXPLORE, "rater", "", "rater bob", 0},
    {VIEW_EXPLORE, "completion", "", "key :|type playlist load|key space|key tab", 0},
    {VIEW_EXPLORE, "tour", "", "tour", 0},
    {VIEW_EXPLORE, "tour-end", "add 1|tour|add 2", "tour end", 0},
    {VIEW_MAP, "map", "", "map", 0},
    {VIEW_MAP, "set", "map|map artist 2", "map set gray16", 0},
    {VIEW_MAP, "beside", "map|map artist 2", "map beside gray16", 0},
    {VIEW_MAP, "add", "map|map artist 2", "map add", 0},
    {VIEW_MAP, "write", "map", "map write /nonexistent/map.png", 0},
    {VIEW_MAP, "colour", "map", "map colour energy", 0},
    {VIEW_FAILURES, "failures", "", "failures", 0},
    {VIEW_FAILURES, "against", "failures", "failures against mf-avg", 0},
    {VIEW_FAILURES, "next", "failures", "failures next", 0},
    {VIEW_FAILURES, "causes", "", "failures", CASE_WITHOUT_CAUSES},
    {VIEW_FAILURES, "export", "failures", "failures export here.csv", 0},
    {VIEW_COMPARE, "compare", "add page", "compare mf-avg als", 0},
    {VIEW_COMPARE, "results", "add page|compare mf-avg als", "compare show results", 0},
    {VIEW_COMPARE, "test", "compare mf-avg als|compare show results", "compare test next", 0},
    {VIEW_COMPARE, "metric", "compare mf-avg als|compare show results", "select next", 0},
    {VIEW_RECIPE, "recipe", RAIN, "recipe", 0},
    {VIEW_RECIPE, "loosen", OF_RECIPE "select energy", "recipe loosen", 0},
    {VIEW_RECIPE, "save", OF_RECIPE, "recipe save Rain and more", 0},
    {VIEW_RECIPE, "open", OF_RECIPE "recipe save Rain", "recipe open Rain", 0},
    {VIEW_RECIPE, "delete", OF_RECIPE "recipe save Rain", "recipe delete Rain", 0},
    {VIEW_RECIPE, "export", OF_RECIPE, "recipe export /nonexistent/recipe.txt", 0},
    {VIEW_PICKER, "all", "add page", "pick all", CASE_UNWRITTEN},
    {VIEW_PICKER, "playlists", "add page", "pick playlists", 0},
    {VIEW_PICKER, "models", "add page", "pick models", 0},
    {VIEW_PICKER, "sets", "add page", "pick sets", 0},
    {VIEW_PICKER, "recipes", "add page", "pick recipes", 0},
    {VIEW_PICKER, "tests", "add page", "pick tests", 0},
    {VIEW_PICKER, "exports", "add page", "pick exports", 0},
    {VIEW_PICKER, "commands", "add page", "pick commands", CASE_UNWRITTEN},
    {VIEW_PICKER, "devices", "add page", "pick devices", 0},
    {VIEW_PICKER, "images", "add page", "pick images", 0},
    {VIEW_PICKER, "themes", "add page", "pick themes", 0},
    {VIEW_PICKER, "compare a", "add page", "pick compare a", 0},
    {VIEW_PICKER, "compare b", "add page", "pick compare b", 0},
    {VIEW_PICKER, "compared", "compare mf-avg als", "pick compared", 0},
    {VIEW_PICKER, "browse", "add page", "pick browse", 0},
    {VIEW_PICKER, "artists", "add page", "pick artists", 0},
    {VIEW_PICKER, "albums", "add page", "pick albums", 0},
    {VIEW_PICKER, "genres", "add page", "pick genres", 0},
    {VIEW_PICKER, "years", "add page", "pick years", 0},
    {VIEW_PICKER, "reasons", "add page|playlist save Mine|pane suggestions", "rate bad", 0},
    {VIEW_PICKER, "filter", "pick playlists", "type ra", CASE_MANY},
    {VIEW_PICKER, "all-tracks", "pick all", "type rain", CASE_UNWRITTEN},
    {VIEW_HELP, "help", "", "help", 0},
    {VIEW_MESSAGES, "messages", "", "messages", 0},
    {VIEW_SIMILAR, "similar", "map|map artist 4", "similar", 0},
    {VIEW_SIMILAR, "next", "map|map artist 4|similar", "similar next", 0},
    {VIEW_SIMILAR, "add", "map|map artist 4|similar", "similar add", 0},
    {VIEW_SHEET, "sheet", "", "sheet", 0},
    {VIEW_SHEET, "colour", "sheet", "sheet colour", 0},
    {VIEW_TWINS, "twins", "", "twins", 0},
    {VIEW_WHY, "why", "add page|pane suggestions", "why", 0},
    {VIEW_WHY, "next", "add page|pane suggestions|why", "why next", 0},
    {VIEW_DASHBOARD, "dashboard", "failures", "dashboard", 0},
    {VIEW_STEER, "steer", "add 1", "steer", 0},
    {VIEW_STEER, "move", "add 1|steer", "steer move right", 0},
    {VIEW_RATINGS, "ratings", "add 1|playlist save Mine|rate good", "ratings", 0},
    {VIEW_SPACE, "space", "", "space", 0},
    {VIEW_SPACE, "against", "space", "space against next", 0},
    {VIEW_HISTORY, "history", "add page|playlist save Mine", "history", 0},
    {VIEW_DUPLICATES, "duplicates", "add 1|add! 1", "duplicates", 0},
    {VIEW_SPECTROGRAM, "spectrogram", "search rain|close", "spectrogram", 0},
    {VIEW_LABEL, "label", "", "label", 0},
    {VIEW_LABEL, "give", "label", "label give high", 0},
};
enum { VIEW_CASES = sizeof view_cases / sizeof view_cases[0] };

#endif
