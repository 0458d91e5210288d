/* What the keys of each view do, written by hand. Two columns of these fit a screen of 120 x 36, with texts of at
 * most 36 columns. */
#include "ui/help.h"

static const struct help_section build = {
    "Build a playlist",
    {
        {"/", "search: title, artist or album", "search"},
        {"", "/ cover: sun finds covers of suns", ""},
        {"enter", "add the selected or marked tracks", "add"},
        {"alt+enter", "add it even if it is there already", "add!"},
        {"A", "add the whole page", "add page"},
        {"x delete", "remove from the playlist", "remove"},
        {"J K", "move down, up in the playlist", "move down,move up"},
        {"u U ctrl+r", "undo, redo", "undo,redo,redo"},
        {"space v", "mark one; mark from there to here", "mark next,mark range"},
        {"ctrl+a *", "mark all; mark the others instead", "mark all,mark invert"},
        {"y P", "copy what is marked; put it here", "copy,put"},
        {"f", "show only entries with these words", "filter"},
        {"escape", "end typing, marks, filter, search", "close"},
    },
};

static const struct help_section suggestions = {
    "Suggestions",
    {
        {"n p", "next, previous page", "page next,page previous"},
        {"m", "choose the model", "model"},
        {"w", "why the selected one is suggested", "why"},
        {"+ = -", "rate it: good, borderline, bad", "rate good,rate borderline,rate bad"},
        {"z Z X", "steer the list; clear; reject one", "steer,steer clear,reject"},
        {"", "score 100: the list's best", ""},
        {"repeats out", "other versions of songs already here", NULL},
        {"predicted", "a song that no playlist has", NULL},
        {"", "━ song's part, ┅ features'", ""},
        {"", "new ↑3 ↓2: news of an edit", ""},
    },
};

static const struct help_section move = {
    "Move",
    {
        {"tab shift+tab", "next, previous pane", "pane next,pane previous"},
        {"h l left right", "the pane at the left, at the right", "pane left,pane right"},
        {"j k down up", "down, up", "select next,select previous"},
        {"page-down page-up", "by a page", "select page-down,select page-up"},
        {"ctrl+f ctrl+b", "the same", "select page-down,select page-up"},
        {"ctrl+d ctrl+u", "by half a page", "select half-down,select half-up"},
        {"home end G", "first, last", "select first,select last,select last"},
        {"", "click selects, a double click adds", ""},
    },
};

static const struct help_section playlists = {
    "Playlists",
    {
        {"o", "open a playlist", "playlist load"},
        {"s", "save; later edits save themselves", "playlist save"},
        {"r", "rename", "command rename"},
        {"N", "start another one", "playlist new"},
        {"e", "export to a file", "pick exports"},
        {"D C", "remove repeated tracks; remove all", "playlist dedupe,playlist clear"},
    },
};

static const struct help_section sets = {
    "Feature sets",
    {
        {"gist gray16", "shapes, grey values of a cover", NULL},
        {"clip dinov2", "what a network sees in a cover", NULL},
        {"musicnn vgg", "what a network hears in a song", NULL},
        {"audio metadata", "a song's sound; its year, length ...", NULL},
    },
};

static const struct help_section anywhere = {
    "From anywhere",
    {
        {"ctrl+p", "go to anything by its name", "pick"},
        {"c O T", "similar covers; contact sheet; twins", "similar,sheet,twins"},
        {"g", "then a key: the last line lists them", "go"},
        {"1 2 3 4 5", "the tabs, as they are named above", "explore,map,failures,compare,recipe"},
        {":", "type a command; tab completes it", "command"},
        {"?", "this help; again: all keys", "help"},
        {"", ":tour shows what there is", ""},
        {"M !", "messages so far; overwrite a file", "messages,overwrite"},
        {"ctrl+l ctrl+z", "redraw the screen; back to the shell", "redraw,suspend"},
        {"q ctrl+c", "quit, all is saved; stop this", "quit,close"},
    },
};

static const struct help_section on_map = {
    "On the map",
    {
        {"h j k l", "to the nearest cover that way", "map move left,map move down,map move up,map move right"},
        {"left right up down", "the same", "map move left,map move right,map move up,map move down"},
        {"alt+1..0", "go to an artist of the legend", "map artist *"},
        {"a A", "next, previous artist", "map artist next,map artist previous"},
        {"enter", "add the album's most popular track", "map add"},
        {"+ = - 0", "zoom in, in, out; all of it", "map zoom in,map zoom in,map zoom out,map zoom all"},
        {"H J K L", "show the part beside this one", "map pan left,map pan down,map pan up,map pan right"},
        {"b", "another embedding beside it, or none", "map beside next"},
        {"tab", "the other one of two maps", "map panel next"},
        {"t", "covers, marks or characters", "map look next"},
        {"space", "stop the points, or let them move", "map toggle"},
        {"S", "choose the embedding", "pick sets"},
        {"w", "write the map as a file", "command map write *"},
        {"/", "search for tracks, in Explore", "search"},
        {"escape", "back to Explore", "explore"},
    },
};

static const struct help_section map_figures = {
    "The last line of the map",
    {
        {"KL", "what the map loses; 0: nothing", NULL},
        {"same artist", "of the covers nearest on the map", NULL},
        {"silhouette", "how apart artists are; 1: entirely", NULL},
        {"embedding chance", "the same before the map; at random", NULL},
    },
};

static const struct help_section map_playlist = {
    "The playlist",
    {
        {"u U ctrl+r", "undo, redo", "undo,redo,redo"},
        {"o", "open a playlist", "playlist load"},
        {"s", "save; later edits save themselves", "playlist save"},
        {"r N", "rename; start another one", "command rename,playlist new"},
        {"e", "export to a file", "pick exports"},
    },
};

static const struct help_section tests = {
    "Test playlists",
    {
        {"J K ] [", "next, previous one, from any pane",
         "failures next,failures previous,failures next,failures previous"},
        {"/", "words, ndcg<10%, cause:artist ...", "failures filter"},
        {"D", "dashboard: causes, kinds of failures", "dashboard"},
        {"o", "go to one by its name", "pick tests"},
        {"s", "sort by NDCG, clicks or loss", "failures sort next"},
        {"x", "only those without a hit, or all", "failures missed"},
        {") ( a", "more, fewer seeds; any number", "failures seeds more,failures seeds fewer,failures seeds all"},
        {"enter", "open the seeds in Explore", "open"},
        {"C", "compare two models on this one", "compare failure"},
        {"escape", "all of them again, or to Explore", "failures back"},
    },
};

/* Titles of eval/causes.h; a test compares them. */
static const struct help_section causes = {
    "Why it fails",
    {
        {"unknown seeds", "seeds that the model does not know", NULL},
        {"out of reach", "held out, but cannot be recommended", NULL},
        {"cut short", "held out, at ranks 501 to 1000", NULL},
        {"same song", "held out, found under another id", NULL},
        {"wrong genre", "on page 1, rare among those held out", NULL},
        {"wrong decade", "on page 1, rare among those held out", NULL},
        {"wrong artist", "on page 1, of no held-out track", NULL},
        {"too popular", "on page 1, more than those held out", NULL},
        {"recall at most", "reached with all tracks in reach", NULL},
        {"in training", "training playlists with the track", NULL},
        {"in 220 playlists", "of the whole catalogue, tests too", NULL},
        {"clicks 51", "no hit among the 500", NULL},
        {"NDCG", "100 %: all held-out ones at the top", NULL},
        {"repeats", "stay here, as in the evaluation", NULL},
    },
};

static const struct help_section models = {
    "Models and suggestions",
    {
        {"m", "choose the model", "model"},
        {"b", "compare with the next model", "failures against next"},
        {"n p", "next, previous page of suggestions", "page next,page previous"},
        {"f F", "the next, previous hit", "failures hit next,failures hit previous"},
        {"w", "why it is suggested, or why not", "why"},
        {"+ = -", "rate it: good, borderline, bad", "rate good,rate borderline,rate bad"},
        {"u U", "undo, redo a rating", "undo,redo"},
    },
};

static const struct help_section compared = {
    "Two models",
    {
        {"t", "lists, test set, plot", "compare show next"},
        {"a b", "choose the first, second model", "compare a,compare b"},
        {"x", "swap the two", "compare swap"},
        {"m", "the first, also in Explore", "model"},
        {"o", "compare on a test playlist", "compare test"},
        {"J K", "next, previous of those that differ", "compare test next,compare test previous"},
        {"i", "compare on the playlist in hand", "compare own"},
        {"escape", "back to the test set, or to Explore", "compare back"},
    },
};

static const struct help_section compared_lists = {
    "Suggestions and results",
    {
        {"enter", "add; in results: open, or only these", "compare accept"},
        {"", "↓12: twelve ranks lower on the right", ""},
        {"%", "the same track in the other list", "compare follow"},
        {"w", "why it is suggested", "why"},
        {"+ = -", "rate it: good, borderline, bad", "rate good,rate borderline,rate bad"},
        {"f F", "next, previous held-out track", "compare hit next,compare hit previous"},
        {"n p", "next, previous page of both", "page next,page previous"},
        {"u U", "undo, redo what was added", "undo,redo"},
    },
};

static const struct help_section compared_words = {
    "Words",
    {
        {"rank-biased", "overlap; 1: same lists, top first", NULL},
        {"tau", "1: in the same order, -1: reversed", NULL},
        {"NDCG", "100 %: all held-out ones at the top", NULL},
        {"R-precision, RTA", "as that paper counts artists", NULL},
        {"p, Holm", "chance alone; for so many metrics", NULL},
        {"bootstrap", "the same, on playlists drawn again", NULL},
        {"win/tie/loss", "playlists where the first is better", NULL},
        {"repeats", "stay here, as in the evaluation", NULL},
    },
};

static const struct help_section recipe_form = {
    "The recipe",
    {
        {"+ = -", "loosen, loosen, tighten", "recipe loosen,recipe loosen,recipe tighten"},
        {"d", "drop it, or use it again", "recipe drop"},
        {"L", "lock it, or unlock it", "recipe lock"},
        {"e", "type a value: 0.4..0.8, 1.5sd", "recipe edit"},
        {"x", "unknown values pass, or do not", "recipe unknown"},
        {"Y D", "year of release; doubtful years", "recipe years,recipe doubtful"},
        {"r", "make it of the playlist again", "recipe make"},
        {"s o", "save; open a saved recipe", "recipe save,recipe open"},
    },
};

static const struct help_section recipe_tracks = {
    "Candidates",
    {
        {"enter", "add the track; in the form: edit", "recipe enter"},
        {"a", "add all that are shown", "add page"},
        {"f", "the model's suggestions that pass", "recipe filter"},
        {"n p", "next, previous page", "page next,page previous"},
        {"m", "choose the model", "model"},
        {"u U ctrl+r", "undo, redo what was added", "undo,redo,redo"},
        {"escape", "candidates again, or to Explore", "recipe back"},
    },
};

static const struct help_section *const explore[] = {&build, &suggestions, &move, &playlists, &anywhere, &sets, NULL};
static const struct help_section *const map[] = {&on_map, &map_figures, &map_playlist, &anywhere, &sets, NULL};
static const struct help_section *const failures[] = {&tests, &causes, &models, &move, &anywhere, &sets, NULL};
static const struct help_section *const recipe[] = {&recipe_form, &recipe_tracks, &move, &anywhere, NULL};
static const struct help_section *const compare[] = {
    &compared, &compared_lists, &compared_words, &move, &anywhere, &sets, NULL};

const struct help_section *const *help_sections(enum view view)
{
    static const struct help_section *const *const of_views[VIEW_COUNT] = {
        [VIEW_EXPLORE] = explore, [VIEW_MAP] = map,       [VIEW_FAILURES] = failures,
        [VIEW_COMPARE] = compare, [VIEW_RECIPE] = recipe,
    };
    return view >= 0 ? of_views[view] : NULL;
}
