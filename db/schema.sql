-- migration 1: the catalogue

-- Artists, albums and tracks are numbered 1..N without holes in the order in which they were first met. Matrices are in
-- that order, so nothing is ever taken out or renamed (the triggers below).
CREATE TABLE artists (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE albums (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artists (id),
    release_date TEXT CHECK (release_date GLOB '[0-9][0-9][0-9][0-9]*'), -- YYYY, YYYY-MM or YYYY-MM-DD
    genre_id INTEGER REFERENCES genres (id) -- most frequent among the playlists that hold its tracks
) STRICT;

CREATE TABLE tracks (
    id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 2147483648),
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artists (id),
    album_id INTEGER REFERENCES albums (id),
    duration_ms INTEGER CHECK (duration_ms >= 0),
    popularity INTEGER CHECK (popularity BETWEEN 0 AND 100)
) STRICT;
CREATE INDEX tracks_by_album ON tracks (album_id) WHERE album_id IS NOT NULL;

CREATE TRIGGER artists_stay BEFORE DELETE ON artists BEGIN SELECT RAISE(ABORT, 'artists are never taken out'); END;
CREATE TRIGGER albums_stay BEFORE DELETE ON albums BEGIN SELECT RAISE(ABORT, 'albums are never taken out'); END;
CREATE TRIGGER tracks_stay BEFORE DELETE ON tracks BEGIN SELECT RAISE(ABORT, 'tracks are never taken out'); END;
CREATE TRIGGER tracks_keep_keys BEFORE UPDATE OF id, key ON tracks
BEGIN SELECT RAISE(ABORT, 'tracks keep their numbers and keys'); END;

CREATE TABLE track_audio (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id),
    danceability REAL, energy REAL, key REAL, loudness REAL, mode REAL, speechiness REAL, acousticness REAL,
    instrumentalness REAL, liveness REAL, valence REAL, tempo REAL, time_signature REAL
) STRICT;

-- How often a track stands in playlists that nobody made in the explorer. A table of its own because it changes with
-- every import: its rows are short, so that few pages are written.
CREATE TABLE track_counts (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id),
    n_playlists INTEGER NOT NULL,
    n_entries INTEGER NOT NULL
) STRICT;

CREATE TABLE genres (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE playlists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    own INTEGER NOT NULL CHECK (own IN (0, 1)), -- made by a person in the explorer
    n_entries INTEGER NOT NULL,
    n_repeats INTEGER NOT NULL, -- entries whose track stands earlier in the same playlist
    duration_ms INTEGER NOT NULL, -- of the tracks whose duration was known when it was written
    description TEXT,
    modified INTEGER, -- seconds since 1970, as the source gives it
    followers INTEGER,
    edits INTEGER,
    collaborative INTEGER CHECK (collaborative IN (0, 1)),
    changed INTEGER NOT NULL DEFAULT 0 -- own ones: a number that grows with each change
) STRICT;
CREATE INDEX playlists_own ON playlists (changed) WHERE own = 1;

-- The entries of a playlist in order, repeats included: track numbers as little-endian int32, one after another. One
-- row a playlist instead of one an entry: a tenth of the space and of the time. `doctor` checks what a foreign key would.
CREATE TABLE playlist_entries (
    playlist_id INTEGER PRIMARY KEY REFERENCES playlists (id) ON DELETE CASCADE,
    tracks BLOB NOT NULL CHECK (length(tracks) % 4 = 0)
) STRICT;

CREATE TABLE playlist_genres (
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    genre_id INTEGER NOT NULL REFERENCES genres (id),
    subgenre_id INTEGER NOT NULL REFERENCES genres (id), -- the genre itself where no finer one is known
    PRIMARY KEY (playlist_id, genre_id, subgenre_id)
) STRICT, WITHOUT ROWID;

-- What was imported: a file with the same name, size and hash is not imported again.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    format TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash TEXT NOT NULL,
    playlists INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    imported TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    UNIQUE (format, name, size, hash)
) STRICT;

-- Totals of what was imported, kept with it, and the running hash of the track keys.
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL, -- grows with every import
    n_playlists INTEGER NOT NULL,
    n_entries INTEGER NOT NULL,
    n_repeats INTEGER NOT NULL,
    hash_a INTEGER NOT NULL,
    hash_b INTEGER NOT NULL,
    hash_length INTEGER NOT NULL,
    hash_tracks INTEGER NOT NULL -- the hash is over the keys of tracks 1..hash_tracks
) STRICT;

INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- Fingerprints at the ends of imports: what models were trained on. Keys never change, so a row is never stale.
CREATE TABLE fingerprints (
    n_tracks INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    json TEXT NOT NULL
) STRICT;

CREATE TABLE split (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL,
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

-- Playlists that are not in it are for training.
CREATE TABLE split_playlists (
    playlist_id INTEGER PRIMARY KEY REFERENCES playlists (id),
    part INTEGER NOT NULL CHECK (part IN (1, 2, 4)), -- train, validation, test
    seeds INTEGER NOT NULL CHECK (seeds >= 0)
) STRICT;

CREATE TABLE embedding_sets (
    name TEXT PRIMARY KEY,
    dim INTEGER NOT NULL,
    file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    settings TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    n_tracks INTEGER NOT NULL,
    settings TEXT NOT NULL,
    results TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;

-- Metrics of one model on one playlist of the split.
CREATE TABLE results (
    model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    seeds INTEGER NOT NULL,
    precision REAL, recall REAL, r_precision REAL, r_precision_rta REAL, ndcg REAL, clicks REAL, popularity REAL,
    milliseconds REAL,
    PRIMARY KEY (model_id, playlist_id)
) STRICT, WITHOUT ROWID;

-- What a person thought of a suggestion.
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY,
    playlist_id INTEGER REFERENCES playlists (id) ON DELETE SET NULL,
    track_id INTEGER NOT NULL REFERENCES tracks (id),
    model TEXT NOT NULL,
    rating INTEGER NOT NULL CHECK (rating BETWEEN -2 AND 2),
    note TEXT NOT NULL DEFAULT '',
    rated TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

CREATE TABLE covers (
    album_id INTEGER PRIMARY KEY REFERENCES albums (id),
    image BLOB,
    reason TEXT NOT NULL, -- why there is no image
    CHECK ((image IS NULL) <> (reason = ''))
) STRICT;
-- Covers are counted at every start: not by walking through the images.
CREATE INDEX covers_by_reason ON covers (reason);

-- migration 2: identities that are not keys

-- What an import looks for when it looks for this row, where that is not its key: version 0.1 compared titles and names
-- more coarsely, so its keys fit several songs. A key means the row that has it, before it means the row that has it
-- as an alias. Rows of version 0.1 get theirs when the catalogue is brought up to date.
CREATE TABLE artist_aliases (
    id INTEGER PRIMARY KEY REFERENCES artists (id),
    alias TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE album_aliases (
    id INTEGER PRIMARY KEY REFERENCES albums (id),
    alias TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE track_aliases (
    id INTEGER PRIMARY KEY REFERENCES tracks (id),
    alias TEXT NOT NULL UNIQUE
) STRICT;

-- migration 3: a session for each explorer that is open

CREATE TABLE sessions_of_all (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    json TEXT NOT NULL
) STRICT;
INSERT INTO sessions_of_all SELECT id, json FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_of_all RENAME TO sessions;

-- migration 4: results by the name of the metric

ALTER TABLE results RENAME TO results_of_columns;

-- Which playlists of the split a model was evaluated on.
CREATE TABLE results (
    model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    seeds INTEGER NOT NULL, -- tracks that the model was shown
    PRIMARY KEY (model_id, playlist_id)
) STRICT, WITHOUT ROWID;
INSERT INTO results SELECT model_id, playlist_id, seeds FROM results_of_columns
WHERE model_id IN (SELECT id FROM models) AND playlist_id IN (SELECT id FROM playlists);

CREATE TABLE result_values (
    model_id INTEGER NOT NULL,
    playlist_id INTEGER NOT NULL,
    metric TEXT NOT NULL, -- as in JSON: "ndcg"
    value REAL NOT NULL,
    PRIMARY KEY (model_id, playlist_id, metric),
    FOREIGN KEY (model_id, playlist_id) REFERENCES results (model_id, playlist_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO result_values SELECT model_id, playlist_id, 'precision', precision FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE precision IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'recall', recall FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE recall IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'r_precision', r_precision FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE r_precision IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'r_precision_rta', r_precision_rta FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE r_precision_rta IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'ndcg', ndcg FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE ndcg IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'clicks', clicks FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE clicks IS NOT NULL;
INSERT INTO result_values SELECT model_id, playlist_id, 'popularity', popularity FROM results JOIN results_of_columns USING (model_id, playlist_id)
WHERE popularity IS NOT NULL;
DROP TABLE results_of_columns;

-- Nothing ever wrote to it.
DROP TABLE ratings;

-- migration 5: tracks that models never see in training

-- The cold tracks of the split: left out of its training and validation playlists. Test playlists keep them.
CREATE TABLE split_cold (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id)
) STRICT;

-- migration 6: the colours of covers

-- The mean colour of an album's picture, which is shown until the picture is there. Every album with an image in
-- `covers` has a row. Generated artwork has one after `embed`, until the next import, which may change the artwork. A
-- table of its own, because it is read with every track and the rows of `covers` are long.
CREATE TABLE cover_colours (
    album_id INTEGER PRIMARY KEY REFERENCES albums (id),
    stored INTEGER NOT NULL CHECK (stored IN (0, 1)), -- 1: of the image in `covers`, 0: of generated artwork
    colour INTEGER CHECK (colour BETWEEN 0 AND 16777215) -- 0xRRGGBB; NULL: not computed yet
) STRICT;
INSERT INTO cover_colours SELECT album_id, 1, NULL FROM covers WHERE reason = '';

-- migration 7: covers from the network

-- What `covers fetch` found out about an album at a source: not to fetch it twice. A cover that is stored by other means
-- removes the rows of its album.
CREATE TABLE cover_fetches (
    album_id INTEGER NOT NULL REFERENCES albums (id),
    source TEXT NOT NULL, -- spotify, coverartarchive
    remote_id TEXT NOT NULL, -- the album's id there; '': none is known
    url_hash TEXT NOT NULL, -- of the address of the image (core/hash.h); '': none is known
    reason TEXT NOT NULL, -- why there is no image; '': the image in `covers` is from there
    attempts INTEGER NOT NULL CHECK (attempts > 0), -- by how many runs
    tried INTEGER NOT NULL, -- seconds since 1970
    retry_after INTEGER, -- seconds since 1970, where the reason may pass; NULL: only tried again with --retry
    PRIMARY KEY (album_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX cover_fetches_by_url ON cover_fetches (url_hash) WHERE url_hash <> '';

-- migration 8: folders of music files

-- A folder that `import library` has read: its absolute path in the bytes of the file system.
CREATE TABLE library_folders (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    pending INTEGER NOT NULL CHECK (pending IN (0, 1)) -- music has changed since the playlists were read
) STRICT;

-- Its files, so that the next import reads only those that have changed. A file that has disappeared keeps its row: it may
-- be on a disk that is not mounted.
CREATE TABLE library_files (
    id INTEGER PRIMARY KEY,
    folder_id INTEGER NOT NULL REFERENCES library_folders (id),
    path BLOB NOT NULL, -- relative to the folder
    kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)), -- music, picture, playlist
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL, -- nanoseconds since 1970
    inode INTEGER NOT NULL,
    missing INTEGER NOT NULL CHECK (missing IN (0, 1)),
    reason TEXT NOT NULL, -- why it could not be imported
    track_id INTEGER REFERENCES tracks (id),
    album_id INTEGER REFERENCES albums (id), -- of the file; its track may first have been met on another album
    disc INTEGER, number INTEGER,
    date TEXT, original_date TEXT, genre TEXT, -- as tagged
    picture TEXT NOT NULL, -- hash of the cover in the file; '': none
    front INTEGER NOT NULL CHECK (front IN (0, 1)), -- the file says that it is the front cover
    playlist_id INTEGER REFERENCES playlists (id) ON DELETE SET NULL,
    UNIQUE (folder_id, path)
) STRICT;
CREATE INDEX library_files_by_track ON library_files (track_id) WHERE track_id IS NOT NULL;
CREATE INDEX library_files_by_album ON library_files (album_id) WHERE album_id IS NOT NULL;
CREATE INDEX library_files_by_playlist ON library_files (playlist_id) WHERE playlist_id IS NOT NULL;

-- The covers of albums of such files.
CREATE TABLE library_covers (
    album_id INTEGER PRIMARY KEY REFERENCES albums (id),
    pending INTEGER NOT NULL CHECK (pending IN (0, 1)), -- files have changed since a cover was chosen
    stored TEXT NOT NULL -- hash of the image that was stored; '': none
) STRICT;
CREATE INDEX library_covers_pending ON library_covers (album_id) WHERE pending = 1;

-- Ids that files give and that are not keys: musicbrainz:recording:..., isrc:..., musicbrainz:release:...
CREATE TABLE track_ids (
    id TEXT PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_ids_by_track ON track_ids (track_id);

CREATE TABLE album_ids (
    id TEXT PRIMARY KEY,
    album_id INTEGER NOT NULL REFERENCES albums (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_ids_by_album ON album_ids (album_id);

-- migration 9: ratings of suggestions

-- Why a suggestion was rated bad, in the raters' own words.
CREATE TABLE rating_reasons (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,
    metadata INTEGER NOT NULL CHECK (metadata IN (0, 1)) -- the catalogue is wrong about the track, not the model
) STRICT;
INSERT INTO rating_reasons VALUES (1, 'wrong year', 1), (2, 'wrong genre', 1), (3, 'wrong artist', 1);

CREATE TABLE ratings (
    id INTEGER PRIMARY KEY,
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    track_id INTEGER NOT NULL REFERENCES tracks (id),
    rater TEXT NOT NULL,
    model TEXT NOT NULL, -- that suggested the track; '': none
    rank INTEGER CHECK (rank > 0), -- in its list; NULL: it was not in one
    rating TEXT NOT NULL CHECK (rating IN ('good', 'borderline', 'bad')),
    reason_id INTEGER REFERENCES rating_reasons (id),
    rated INTEGER NOT NULL, -- seconds since 1970
    UNIQUE (playlist_id, track_id, rater, model)
) STRICT;

-- migration 10: recipes

CREATE TABLE recipes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    json TEXT NOT NULL,
    changed INTEGER NOT NULL -- seconds since 1970
) STRICT;

-- migration 11: earlier versions of the explorer's playlists

CREATE TABLE playlist_versions (
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    saved INTEGER NOT NULL, -- seconds since 1970
    name TEXT NOT NULL,
    json TEXT NOT NULL, -- the numbers of the tracks, in order
    PRIMARY KEY (playlist_id, version)
) STRICT, WITHOUT ROWID;

-- migration 12: steering

-- What is never suggested, or wanted more or less: for one playlist or for all. The numbers of items stay (migration 1).
CREATE TABLE steering (
    id INTEGER PRIMARY KEY,
    playlist_id INTEGER REFERENCES playlists (id) ON DELETE CASCADE, -- NULL: for every playlist
    wish TEXT NOT NULL CHECK (wish IN ('never', 'less', 'more')),
    item TEXT NOT NULL CHECK (item IN ('track', 'album', 'artist')),
    item_id INTEGER NOT NULL CHECK (item_id > 0),
    changed INTEGER NOT NULL -- seconds since 1970
) STRICT;
-- One wish for each item; NULL is not equal to itself in a UNIQUE constraint.
CREATE UNIQUE INDEX steering_of_item ON steering (ifnull(playlist_id, 0), item, item_id);
CREATE INDEX steering_by_playlist ON steering (playlist_id) WHERE playlist_id IS NOT NULL;

-- migration 13: causes of failures

-- Why a model fails on a playlist that it was evaluated on (eval/causes.h), computed on demand. Deleted with the result.
CREATE TABLE result_causes (
    model_id INTEGER NOT NULL,
    playlist_id INTEGER NOT NULL,
    version INTEGER NOT NULL, -- of the definitions; rows of another version are computed again
    genre_id INTEGER REFERENCES genres (id), -- of the playlist; NULL: unknown
    shares BLOB NOT NULL, -- float64, little-endian
    PRIMARY KEY (model_id, playlist_id),
    FOREIGN KEY (model_id, playlist_id) REFERENCES results (model_id, playlist_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- migration 14: labels of attributes

-- What people say about tracks, to learn attributes from. The last label of a person counts.
CREATE TABLE attribute_labels (
    track_id INTEGER NOT NULL REFERENCES tracks (id),
    attribute TEXT NOT NULL, -- 'energy', 'valence', 'vocalness', 'genre:NAME'
    rater TEXT NOT NULL,
    value REAL NOT NULL CHECK (value BETWEEN 0 AND 1), -- low 0, middle 0.5, high 1
    labelled INTEGER NOT NULL, -- seconds since 1970
    PRIMARY KEY (track_id, attribute, rater)
) STRICT, WITHOUT ROWID;

-- migration 15: parts of songs for models of fitness

-- 0: training, 1: validation, 2: test. Drawn when a song is first used (fitness/split.h), and kept when others come.
CREATE TABLE fitness_parts (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id),
    part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 2)
) STRICT;
