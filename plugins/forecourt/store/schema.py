"""The tables of the store, and how an older file becomes today's.

Times are milliseconds since 1970 UTC. ``post.changed`` is the value of the
change counter when the post last changed, so that a build can ask what is new
since it last looked. A placement is a post's stand on a listing, with what the
listings are asked by: day, moment, and until when it may be shown.
"""

from __future__ import annotations

import sqlite3

from forecourt.errors import StoreError

MIGRATIONS = (
    """
    CREATE TABLE counter (value INTEGER NOT NULL);
    INSERT INTO counter VALUES (0);

    CREATE TABLE source (
        name TEXT PRIMARY KEY,
        asked TEXT NOT NULL DEFAULT '',         -- what the account and its options were when last asked
        since TEXT NOT NULL DEFAULT '',
        url TEXT NOT NULL DEFAULT '',           -- where the answer came from that the next three belong to
        etag TEXT NOT NULL DEFAULT '',
        last_modified TEXT NOT NULL DEFAULT '',
        digest BLOB NOT NULL DEFAULT x'',
        moved_to TEXT NOT NULL DEFAULT '',
        moved_seen INTEGER NOT NULL DEFAULT 0,
        checked INTEGER,
        fresh INTEGER,                          -- when it last answered well
        error TEXT NOT NULL DEFAULT '',
        failures INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER,
        settled TEXT NOT NULL DEFAULT ''        -- the rules its posts were decided and placed by
    ) WITHOUT ROWID;

    CREATE TABLE post (
        key TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        id TEXT NOT NULL,
        published INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        status TEXT NOT NULL,
        reasons TEXT NOT NULL,
        until INTEGER,
        digest BLOB NOT NULL,
        data TEXT NOT NULL,
        UNIQUE (source, id)
    ) WITHOUT ROWID;

    CREATE TABLE placement (
        listing TEXT NOT NULL,
        day TEXT NOT NULL,
        published INTEGER NOT NULL,
        key TEXT NOT NULL,
        until INTEGER,
        PRIMARY KEY (listing, published, key)
    ) WITHOUT ROWID;
    CREATE INDEX placement_by_day ON placement (listing, day);
    CREATE INDEX placement_of_post ON placement (key);

    CREATE TABLE picture (
        url TEXT PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',          -- file below the pictures' folder; '' until we have it
        width INTEGER NOT NULL DEFAULT 0,
        height INTEGER NOT NULL DEFAULT 0,
        wanted INTEGER NOT NULL,                -- the change counter when a post first asked for it
        failures INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE INDEX picture_missing ON picture (not_before) WHERE name = '';

    CREATE TABLE report (name TEXT PRIMARY KEY, made INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE source ADD COLUMN reread INTEGER;                     -- when it was last read as a whole
    ALTER TABLE source ADD COLUMN missing TEXT NOT NULL DEFAULT '[]'; -- ids of posts that it lacked then
    ALTER TABLE source ADD COLUMN cause TEXT NOT NULL DEFAULT '';     -- of the error
    ALTER TABLE source ADD COLUMN secrets TEXT NOT NULL DEFAULT '';   -- a fingerprint of those that were refused

    ALTER TABLE post ADD COLUMN reply_to TEXT NOT NULL DEFAULT '';    -- what a reply answers; '' for all other kinds
    CREATE INDEX post_replies ON post (source, reply_to) WHERE reply_to != '';
    CREATE INDEX post_until ON post (until) WHERE until IS NOT NULL;  -- asked at every run
    """,
    """
    ALTER TABLE source ADD COLUMN pause TEXT NOT NULL DEFAULT '';     -- why it is left alone until not_before
    ALTER TABLE source ADD COLUMN wish INTEGER NOT NULL DEFAULT 0;    -- seconds between polls that its document wants

    -- With rows of their own: rows of 1.4 KB in the tree of the key took twice the space, and each look read all of it.
    CREATE TABLE post_with_rows (
        key TEXT PRIMARY KEY NOT NULL,
        source TEXT NOT NULL,
        id TEXT NOT NULL,
        published INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        status TEXT NOT NULL,
        reasons TEXT NOT NULL,
        until INTEGER,
        digest BLOB NOT NULL,
        data TEXT NOT NULL,
        reply_to TEXT NOT NULL DEFAULT '',                            -- what a reply answers; '' for all other kinds
        link TEXT NOT NULL DEFAULT '',                                -- its permalink as an entry is known again by
        UNIQUE (source, id)
    );
    INSERT INTO post_with_rows SELECT *, CASE status WHEN 'gone' THEN '' ELSE rtrim(replace(replace(
        coalesce(json_extract(data, '$.permalink'), ''), 'https://', ''), 'http://', ''), '/') END FROM post;
    DROP TABLE post;
    ALTER TABLE post_with_rows RENAME TO post;
    CREATE INDEX post_replies ON post (source, reply_to) WHERE reply_to != '';
    CREATE INDEX post_until ON post (until) WHERE until IS NOT NULL;  -- asked at every run
    CREATE INDEX post_counts ON post (source, status);                -- asked for every source at every run

    CREATE TABLE shows (key TEXT NOT NULL, url TEXT NOT NULL, PRIMARY KEY (key, url)) WITHOUT ROWID;
    CREATE INDEX shows_picture ON shows (url);                        -- which posts show a picture
    INSERT OR IGNORE INTO shows
        SELECT post.key, picture.url FROM post, json_each(post.data, '$.media') AS media, picture
        WHERE post.status != 'gone'
        AND picture.url IN (json_extract(media.value, '$.url'), json_extract(media.value, '$.poster'));
    INSERT OR IGNORE INTO shows
        SELECT post.key, picture.url FROM post, picture
        WHERE post.status != 'gone' AND picture.url = json_extract(post.data, '$.author.avatar');
    UPDATE picture SET wanted = 0 WHERE url NOT IN (SELECT url FROM shows);

    ALTER TABLE picture ADD COLUMN recipe TEXT NOT NULL DEFAULT '';   -- how its files were made; '' by an older program
    ALTER TABLE picture ADD COLUMN widths TEXT NOT NULL DEFAULT '';   -- of its files, in pixels: '320 640 1280'
    ALTER TABLE picture ADD COLUMN colour TEXT NOT NULL DEFAULT '';   -- on average: '#a0b0c0'
    ALTER TABLE picture ADD COLUMN placeholder TEXT NOT NULL DEFAULT ''; -- a tiny picture as a data: address
    CREATE INDEX picture_recipe ON picture (recipe) WHERE name != '';
    CREATE INDEX picture_name ON picture (name) WHERE name != '';
    CREATE INDEX picture_unwanted ON picture (url) WHERE wanted = 0;  -- no post shows it any more

    CREATE TABLE litter (name TEXT PRIMARY KEY) WITHOUT ROWID;        -- of files that may lie about and be no picture's
    """,
    """
    CREATE TABLE revision (number INTEGER PRIMARY KEY, token TEXT NOT NULL); -- the counter's values, each with a lot
    INSERT INTO revision SELECT value, lower(hex(randomblob(8))) FROM counter;

    CREATE TABLE touched (                          -- when what a listing shows of a day last changed
        listing TEXT NOT NULL,
        day TEXT NOT NULL,
        changed INTEGER NOT NULL,
        PRIMARY KEY (listing, day)
    ) WITHOUT ROWID;
    CREATE INDEX touched_since ON touched (changed);

    CREATE INDEX post_changed ON post (changed);     -- these three are asked at every build
    CREATE INDEX post_published ON post (published);
    CREATE INDEX post_first_seen ON post (first_seen);
    """,
    """
    ALTER TABLE source ADD COLUMN alarm TEXT NOT NULL DEFAULT '';   -- what was odd, until a person says that it is fine
    CREATE TABLE habit (name TEXT PRIMARY KEY NOT NULL, data TEXT NOT NULL);
                                                                    -- what is usual of it; 2 KB that calm ones leave

    ALTER TABLE post ADD COLUMN stands TEXT NOT NULL DEFAULT '[]';  -- the listings that it is for by itself
    ALTER TABLE post ADD COLUMN leaves INTEGER;                     -- when our own rules end its showing
    UPDATE post SET stands = (SELECT json_group_array(listing) FROM placement WHERE placement.key = post.key);
    CREATE INDEX post_leaves ON post (leaves) WHERE leaves IS NOT NULL;
    CREATE INDEX post_link ON post (link) WHERE link != '';

    CREATE TABLE desk (place TEXT PRIMARY KEY, kind TEXT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
                                                                    -- what each file of the editors last said well
    CREATE TABLE curation (key TEXT PRIMARY KEY, until INTEGER, data TEXT NOT NULL) WITHOUT ROWID;
                                                                    -- what editors said about a post
    CREATE INDEX curation_until ON curation (until) WHERE until IS NOT NULL;

    CREATE TABLE mark (                                             -- two posts of one message share a mark
        mark INTEGER NOT NULL,
        published INTEGER NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (mark, published, key)
    ) WITHOUT ROWID;
    CREATE INDEX mark_of_post ON mark (key);
    CREATE TABLE member (                                           -- posts that say the same: one card
        key TEXT PRIMARY KEY,
        message TEXT NOT NULL,                                      -- the key of the post at whose address it stands
        rank INTEGER NOT NULL,                                      -- 0 is shown, others where it cannot be
        reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX member_of ON member (message);
    CREATE TABLE forgotten (mark INTEGER NOT NULL, message INTEGER NOT NULL, data TEXT NOT NULL,
        PRIMARY KEY (mark, message)) WITHOUT ROWID;                 -- digests of what may never come back
    ALTER TABLE picture ADD COLUMN looks INTEGER;                   -- a number that similar pictures nearly share
    """,
)
"""One script for each version, in order; a script that was released never changes."""

NEWEST = len(MIGRATIONS)
"""The version that this program writes."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to today's version, all or nothing.

    Raises StoreError when the file was written by a newer program.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store was written by a newer Forecourt (version {version}, this one reads up to "
            f"{len(MIGRATIONS)}); update Forecourt, or point HUB_STATE at another folder"
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
