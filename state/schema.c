#include "internal.h"

/*
 * "dmro".  `file` and our own check tell our databases from others by it.
 * SQLite has application_id for exactly this.
 */
#define APPLICATION_ID INT64_C(0x646d726f)

/*
 * Version 1.  Times are Unix seconds, days count from 1970, booleans are 0
 * and 1, enumerations are the numbers of the headers.
 */
static const char *const version_1[] = {
    "CREATE TABLE meta ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " clock TEXT NOT NULL CHECK (clock IN ('real', 'virtual')),"
    " last_now INTEGER NOT NULL"
    ") STRICT",

    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " verb TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " result TEXT CHECK (result IN ('ok', 'partial', 'failed')),"
    " changes INTEGER NOT NULL DEFAULT 0 CHECK (changes >= 0)"
    ") STRICT",
    "CREATE INDEX run_verb ON run (verb, id)",

    "CREATE TABLE lease ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " fence INTEGER NOT NULL REFERENCES run (id),"
    " held INTEGER NOT NULL CHECK (held IN (0, 1)),"
    " verb TEXT NOT NULL,"
    " pid INTEGER NOT NULL,"
    " host TEXT NOT NULL,"
    " boot_id TEXT NOT NULL,"
    " since INTEGER NOT NULL"
    ") STRICT",

    /* A domain that reports speak of, that is managed, or both. */
    "CREATE TABLE domain ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " client TEXT,"
    " adopted_at INTEGER,"
    " known BLOB,"
    " verified_at INTEGER,"
    " settle_s INTEGER,"
    " CHECK ((adopted_at IS NULL) = (known IS NULL)"
    "  AND (adopted_at IS NULL) = (verified_at IS NULL)"
    "  AND (adopted_at IS NULL) = (settle_s IS NULL))"
    ") STRICT",

    /* What DNS showed last; status is a number of enum dro_live_status. */
    "CREATE TABLE sight ("
    " domain INTEGER PRIMARY KEY REFERENCES domain (id),"
    " at INTEGER NOT NULL,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),"
    " rrset BLOB NOT NULL,"
    " negative_ttl INTEGER NOT NULL,"
    " detail TEXT,"
    " drift_at INTEGER NOT NULL DEFAULT 0"
    ") STRICT",

    "CREATE TABLE op ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " client TEXT NOT NULL,"
    " account TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " from_rung TEXT,"
    " to_rung TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " evidence TEXT,"
    " source TEXT,"
    " before BLOB NOT NULL,"
    " after BLOB NOT NULL,"
    " settle_s INTEGER NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),"
    " attempt INTEGER NOT NULL DEFAULT 0,"
    " intent_at INTEGER NOT NULL,"
    " sending_at INTEGER NOT NULL DEFAULT 0,"
    " sent_at INTEGER NOT NULL DEFAULT 0,"
    " closed_at INTEGER NOT NULL DEFAULT 0,"
    " outcome TEXT,"
    " CHECK ((state >= 4) = (closed_at > 0))"
    ") STRICT",
    "CREATE UNIQUE INDEX op_open ON op (domain) WHERE state < 4",
    "CREATE TRIGGER op_forward BEFORE UPDATE ON op"
    " WHEN old.state >= 4 OR new.state < old.state BEGIN"
    "  SELECT RAISE (ABORT, 'an operation only goes forward');"
    " END",
    "CREATE TRIGGER op_kept BEFORE DELETE ON op BEGIN"
    "  SELECT RAISE (ABORT, 'operations are kept');"
    " END",

    "CREATE TABLE setback ("
    " id INTEGER PRIMARY KEY,"
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " op INTEGER NOT NULL UNIQUE REFERENCES op (id),"
    " at INTEGER NOT NULL,"
    " by_person INTEGER NOT NULL CHECK (by_person IN (0, 1)),"
    " source TEXT,"
    " reason TEXT NOT NULL,"
    " left_rung TEXT NOT NULL,"
    " attempt INTEGER NOT NULL CHECK (attempt > 0),"
    " acknowledged_at INTEGER NOT NULL DEFAULT 0,"
    " returned_at INTEGER NOT NULL DEFAULT 0"
    ") STRICT",
    "CREATE INDEX setback_domain ON setback (domain, id)",

    "CREATE TABLE approval ("
    " domain INTEGER PRIMARY KEY REFERENCES domain (id),"
    " rung TEXT NOT NULL,"
    " at INTEGER NOT NULL"
    ") STRICT",

    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at INTEGER NOT NULL,"
    " run INTEGER NOT NULL REFERENCES run (id),"
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " kind TEXT NOT NULL,"
    " from_rung TEXT,"
    " to_rung TEXT,"
    " before TEXT,"
    " after TEXT,"
    " actor TEXT,"
    " actor_uid INTEGER,"
    " text TEXT NOT NULL,"
    " op INTEGER REFERENCES op (id)"
    ") STRICT",
    "CREATE INDEX event_domain ON event (domain, id)",
    "CREATE TRIGGER event_fixed BEFORE UPDATE ON event BEGIN"
    "  SELECT RAISE (ABORT, 'history is not rewritten');"
    " END",
    "CREATE TRIGGER event_kept BEFORE DELETE ON event BEGIN"
    "  SELECT RAISE (ABORT, 'history is kept');"
    " END",

    "CREATE TABLE reporter ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE"
    ") STRICT",

    "CREATE TABLE stream ("
    " id INTEGER PRIMARY KEY,"
    " ip TEXT NOT NULL,"
    " dkim TEXT NOT NULL,"
    " selector TEXT NOT NULL,"
    " dkim_other TEXT NOT NULL,"
    " mail_from TEXT NOT NULL,"
    " claim TEXT NOT NULL,"
    " claim_selector TEXT NOT NULL,"
    " UNIQUE (ip, dkim, selector, dkim_other, mail_from, claim,"
    "  claim_selector)"
    ") STRICT",

    /* uncounted: why it never counts, or NULL.  warnings: one a line. */
    "CREATE TABLE report ("
    " id INTEGER PRIMARY KEY,"
    " watched INTEGER NOT NULL REFERENCES domain (id),"
    " day INTEGER NOT NULL,"
    " reporter INTEGER NOT NULL REFERENCES reporter (id),"
    " report_id TEXT NOT NULL,"
    " domain TEXT NOT NULL,"
    " begin_at INTEGER NOT NULL,"
    " end_at INTEGER NOT NULL,"
    " trust INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),"
    " uncounted TEXT,"
    " shadow INTEGER NOT NULL CHECK (shadow IN (0, 1)),"
    " messages INTEGER NOT NULL,"
    " p TEXT, sp TEXT, np TEXT, pct TEXT, t TEXT,"
    " org TEXT NOT NULL,"
    " email TEXT,"
    " generation INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 2),"
    " row_count INTEGER NOT NULL,"
    " dmarc_pass INTEGER NOT NULL,"
    " dkim_aligned INTEGER NOT NULL,"
    " spf_aligned INTEGER NOT NULL,"
    " unknown INTEGER NOT NULL,"
    " disp_none INTEGER NOT NULL,"
    " disp_quarantine INTEGER NOT NULL,"
    " disp_reject INTEGER NOT NULL,"
    " disp_pass INTEGER NOT NULL,"
    " disp_other INTEGER NOT NULL,"
    " source_name TEXT,"
    " source_path TEXT,"
    " warnings TEXT NOT NULL,"
    " content BLOB NOT NULL CHECK (length(content) = 32),"
    " stored_at INTEGER NOT NULL"
    ") STRICT",
    /*
     * Also the order of listings.  A forged copy must not get in the way of
     * the real one: trust > 0.
     */
    "CREATE UNIQUE INDEX report_key ON report"
    " (domain, begin_at, end_at, reporter, report_id, trust > 0)",
    "CREATE UNIQUE INDEX report_watched ON report (watched, day, id)",
    "CREATE INDEX report_newest ON report (end_at)"
    " WHERE uncounted IS NULL AND shadow = 0 AND trust >= 2",

    /* The one definition of what may move a domain. */
    "CREATE VIEW counted AS SELECT * FROM report"
    " WHERE uncounted IS NULL AND shadow = 0 AND trust >= 2",

    /*
     * Messages of one report by stream.  Only reports without ${uncounted}
     * and shadow have any.
     */
    "CREATE TABLE cell ("
    " domain INTEGER NOT NULL,"
    " day INTEGER NOT NULL,"
    " report INTEGER NOT NULL,"
    " stream INTEGER NOT NULL REFERENCES stream (id),"
    " pass INTEGER NOT NULL CHECK (pass >= 0),"
    " fail INTEGER NOT NULL CHECK (fail >= 0),"
    " unknown INTEGER NOT NULL CHECK (unknown >= 0),"
    " PRIMARY KEY (domain, day, report, stream),"
    " FOREIGN KEY (domain, day, report) REFERENCES report (watched, day, id)"
    ") STRICT, WITHOUT ROWID",

    "PRAGMA application_id = 0x646d726f",
    "PRAGMA user_version = 1",
    NULL,
};

/*
 * Version 2.  Approvals name a person and a change; those of version 1 name
 * neither, so they are asked for again.  A pause of all has the name "".
 */
static const char *const version_2[] = {
    "DROP TABLE approval",
    "CREATE TABLE approval ("
    " id INTEGER PRIMARY KEY,"
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " rung TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " user TEXT NOT NULL,"
    " host TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL,"
    " digest TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " UNIQUE (domain, rung, uid)"
    ") STRICT",

    "CREATE TABLE pause ("
    " scope INTEGER NOT NULL CHECK (scope BETWEEN 0 AND 2),"
    " name TEXT NOT NULL CHECK ((scope = 2) = (name = '')),"
    " reason TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " user TEXT NOT NULL,"
    " host TEXT NOT NULL,"
    " since INTEGER NOT NULL,"
    " until INTEGER NOT NULL,"
    " PRIMARY KEY (scope, name)"
    ") STRICT, WITHOUT ROWID",

    /*
     * Parking: three record sets of a domain, numbered as enum dro_part.
     * Only what is done to several of them at once has several open
     * operations.
     */
    "ALTER TABLE op ADD COLUMN part INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX op_open",
    "CREATE UNIQUE INDEX op_open ON op (domain, part) WHERE state < 4",
    "CREATE TABLE kept ("
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 2),"
    " known BLOB,"
    " verified_at INTEGER NOT NULL DEFAULT 0,"
    " undo BLOB,"
    " lacking TEXT,"
    " PRIMARY KEY (domain, part),"
    " CHECK ((verified_at = 0) = (known IS NULL))"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE kept_sight ("
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " part INTEGER NOT NULL CHECK (part BETWEEN 1 AND 2),"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),"
    " negative_ttl INTEGER NOT NULL,"
    " detail TEXT,"
    " rrset BLOB NOT NULL,"
    " PRIMARY KEY (domain, part)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE park ("
    " domain INTEGER PRIMARY KEY REFERENCES domain (id),"
    " confirmed_at INTEGER NOT NULL,"
    " replace_mx INTEGER NOT NULL CHECK (replace_mx IN (0, 1)),"
    " undone_at INTEGER NOT NULL"
    ") STRICT",

    /* Lines as octets beside their report (cells.c): tenfold cheaper. */
    "CREATE TABLE identity ("
    " id INTEGER PRIMARY KEY,"
    " dkim TEXT NOT NULL,"
    " selector TEXT NOT NULL,"
    " dkim_other TEXT NOT NULL,"
    " mail_from TEXT NOT NULL,"
    " claim TEXT NOT NULL,"
    " claim_selector TEXT NOT NULL,"
    " UNIQUE (dkim, selector, dkim_other, mail_from, claim,"
    "  claim_selector)"
    ") STRICT",
    "INSERT INTO identity (dkim, selector, dkim_other, mail_from, claim,"
    " claim_selector) SELECT DISTINCT dkim, selector, dkim_other, mail_from,"
    " claim, claim_selector FROM stream",
    "ALTER TABLE report ADD COLUMN cells BLOB",

    "PRAGMA user_version = 2",
    NULL,
};

/* A change of ${table} forgets what is worked out about the domain. */
#define FORGETS(table, change, domain, more)                                   \
	"CREATE TRIGGER " table "_" change "_rest AFTER " change " ON " table  \
	" BEGIN DELETE FROM rest WHERE domain = " domain                       \
	";" more(domain) " END"
#define ROLLUP(domain) " DELETE FROM rollup WHERE domain = " domain ";"
#define NOTHING(domain) ""

/* Version 3. */
static const char *const version_3[] = {
    /* The one definition of what may move a domain, and why not. */
    "DROP VIEW counted",
    "CREATE VIEW weighed AS SELECT *,"
    " CASE WHEN uncounted IS NOT NULL THEN uncounted"
    " WHEN shadow THEN 'shadow'"
    " WHEN trust = 0 THEN 'unauthenticated'"
    " WHEN trust = 1 THEN 'new' END AS ignored FROM report",
    "CREATE VIEW counted AS SELECT * FROM weighed WHERE ignored IS NULL",

    /* What is worked out, and forgotten when its grounds change (memo.h). */
    "CREATE TABLE rollup ("
    " domain INTEGER PRIMARY KEY REFERENCES domain (id),"
    " at INTEGER NOT NULL,"
    " from_day INTEGER NOT NULL,"
    " first_day INTEGER NOT NULL,"
    " packed BLOB NOT NULL"
    ") STRICT",
    "CREATE TABLE rest ("
    " domain INTEGER PRIMARY KEY REFERENCES domain (id),"
    " config INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " until INTEGER NOT NULL,"
    " live INTEGER NOT NULL,"
    " calm INTEGER NOT NULL CHECK (calm IN (0, 1))"
    ") STRICT",
    /* What a person said about something odd in the reports. */
    "CREATE TABLE answer ("
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " kind TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " user TEXT NOT NULL,"
    " host TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " PRIMARY KEY (domain, kind, key)"
    ") STRICT, WITHOUT ROWID",
    FORGETS("answer", "INSERT", "new.domain", NOTHING),

    FORGETS("report", "INSERT", "new.watched", ROLLUP),
    FORGETS("report", "UPDATE", "new.watched", ROLLUP),
    FORGETS("report", "DELETE", "old.watched", ROLLUP),
    FORGETS("domain", "UPDATE", "new.id", NOTHING),
    FORGETS("op", "INSERT", "new.domain", NOTHING),
    FORGETS("op", "UPDATE", "new.domain", NOTHING),
    FORGETS("setback", "INSERT", "new.domain", NOTHING),
    FORGETS("setback", "UPDATE", "new.domain", NOTHING),
    FORGETS("approval", "INSERT", "new.domain", NOTHING),
    FORGETS("approval", "UPDATE", "new.domain", NOTHING),
    FORGETS("approval", "DELETE", "old.domain", NOTHING),
    FORGETS("kept", "INSERT", "new.domain", NOTHING),
    FORGETS("kept", "UPDATE", "new.domain", NOTHING),
    FORGETS("kept", "DELETE", "old.domain", NOTHING),
    FORGETS("kept_sight", "INSERT", "new.domain", NOTHING),
    FORGETS("kept_sight", "UPDATE", "new.domain", NOTHING),
    FORGETS("park", "INSERT", "new.domain", NOTHING),
    FORGETS("park", "UPDATE", "new.domain", NOTHING),
    FORGETS("park", "DELETE", "old.domain", NOTHING),
    FORGETS("sight", "INSERT", "new.domain", NOTHING),
    /* Looking again and seeing the same is no news. */
    "CREATE TRIGGER sight_UPDATE_rest AFTER UPDATE ON sight"
    " WHEN (old.status, old.rrset, old.negative_ttl, old.detail,"
    "  old.drift_at) IS NOT (new.status, new.rrset, new.negative_ttl,"
    "  new.detail, new.drift_at) BEGIN"
    "  DELETE FROM rest WHERE domain = new.domain;"
    " END",
    "CREATE TRIGGER pause_INSERT_rest AFTER INSERT ON pause BEGIN"
    " DELETE FROM rest; END",
    "CREATE TRIGGER pause_DELETE_rest AFTER DELETE ON pause BEGIN"
    " DELETE FROM rest; END",

    /* What reading needs to remember (inputs.h). */
    "CREATE TABLE input ("
    " id INTEGER PRIMARY KEY," /* in the order of time: pruned by it */
    " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    " trust INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),"
    " reports INTEGER NOT NULL,"
    " at INTEGER NOT NULL"
    ") STRICT",
    "CREATE TABLE mailbox ("
    " source TEXT PRIMARY KEY,"
    " uidvalidity INTEGER NOT NULL,"
    " uid INTEGER NOT NULL,"
    " at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    /*
     * What the mail of a report proved, and its original in the archive.
     * Not in report: columns behind the lines are slow to reach.
     */
    "CREATE TABLE origin ("
    " report INTEGER PRIMARY KEY REFERENCES report (id) ON DELETE CASCADE,"
    " auth INTEGER NOT NULL CHECK (auth BETWEEN 0 AND 5),"
    " signer TEXT,"
    " selector TEXT,"
    " note TEXT,"
    " original BLOB CHECK (original IS NULL OR length(original) = 32)"
    ") STRICT",

    /* Of reporters that authenticated: what makes them known. */
    "ALTER TABLE reporter ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE reporter ADD COLUMN reports INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE reporter ADD COLUMN domains INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE reported ("
    " reporter INTEGER NOT NULL REFERENCES reporter (id),"
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " PRIMARY KEY (reporter, domain)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX report_doubted ON report (reporter) WHERE trust = 1",

    /*
     * exact: its lines have whole addresses.  A report is as old as its mail,
     * unless it claims to be of a day to come.
     */
    "ALTER TABLE report ADD COLUMN exact INTEGER NOT NULL DEFAULT 1"
    " CHECK (exact IN (0, 1))",
    "UPDATE report SET exact = 0 WHERE cells IS NULL",
    "CREATE INDEX report_age ON report (exact, min(end_at, stored_at))",

    /* What senders whose word moves nothing have sent today (inputs.h). */
    "CREATE TABLE quota ("
    " day INTEGER NOT NULL,"
    " sender TEXT NOT NULL,"
    " mails INTEGER NOT NULL,"
    " octets INTEGER NOT NULL,"
    " PRIMARY KEY (day, sender)"
    ") STRICT, WITHOUT ROWID",

    "PRAGMA user_version = 3",
    NULL,
};

/* Version 4. */
static const char *const version_4[] = {
    /* A rest holds as long as what is said from outside (memo.h). */
    "DELETE FROM rest",
    "ALTER TABLE rest ADD COLUMN signal INTEGER NOT NULL DEFAULT 0",

    /* When receivers had sp and np that were set alone. */
    "ALTER TABLE domain ADD COLUMN tags_at INTEGER NOT NULL DEFAULT 0",

    /* Mail from names below the domain is told apart. */
    "CREATE TABLE identity_4 ("
    " id INTEGER PRIMARY KEY,"
    " dkim TEXT NOT NULL,"
    " selector TEXT NOT NULL,"
    " dkim_other TEXT NOT NULL,"
    " mail_from TEXT NOT NULL,"
    " claim TEXT NOT NULL,"
    " claim_selector TEXT NOT NULL,"
    " below INTEGER NOT NULL CHECK (below IN (0, 1)),"
    " UNIQUE (dkim, selector, dkim_other, mail_from, claim,"
    "  claim_selector, below)"
    ") STRICT",
    "INSERT INTO identity_4 SELECT id, dkim, selector, dkim_other,"
    " mail_from, claim, claim_selector, 0 FROM identity",
    "DROP TABLE identity",
    "ALTER TABLE identity_4 RENAME TO identity",

    /* Names below a listed domain with a record of their own (shadow.c). */
    "CREATE INDEX report_shadow ON report (watched, domain, end_at)"
    " WHERE shadow",

    /*
     * What legitimate mail stands on in DNS (watched.h); kind 2 is the SPF
     * record of the domain, with its text and the addresses it names.
     */
    "CREATE TABLE watch ("
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),"
    " name TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
    " since INTEGER NOT NULL,"
    " good_at INTEGER NOT NULL,"
    " looked_at INTEGER NOT NULL,"
    " good TEXT,"
    " detail TEXT,"
    " told INTEGER NOT NULL CHECK (told IN (0, 1)),"
    " rrset BLOB,"
    " hosts TEXT,"
    " PRIMARY KEY (domain, kind, name)"
    ") STRICT, WITHOUT ROWID",
    FORGETS("watch", "INSERT", "new.domain", NOTHING),
    FORGETS("watch", "DELETE", "old.domain", NOTHING),
    "CREATE TRIGGER watch_UPDATE_rest AFTER UPDATE ON watch"
    " WHEN (old.state, old.good, old.detail, old.rrset, old.hosts)"
    "  IS NOT (new.state, new.good, new.detail, new.rrset, new.hosts) BEGIN"
    "  DELETE FROM rest WHERE domain = new.domain;"
    " END",

    /* Mails in the archive whose key DNS did not give (originals.h). */
    "CREATE TABLE owed ("
    " original BLOB PRIMARY KEY CHECK (length(original) = 32),"
    " at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    /* Confirmed names of addresses, NULL if there is none (reversed.h). */
    "CREATE TABLE reverse ("
    " domain INTEGER NOT NULL REFERENCES domain (id),"
    " address TEXT NOT NULL,"
    " name TEXT,"
    " at INTEGER NOT NULL,"
    " PRIMARY KEY (domain, address)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER reverse_INSERT_rest AFTER INSERT ON reverse"
    " WHEN new.name IS NOT NULL BEGIN"
    "  DELETE FROM rest WHERE domain = new.domain;"
    " END",
    "CREATE TRIGGER reverse_UPDATE_rest AFTER UPDATE ON reverse"
    " WHEN old.name IS NOT new.name BEGIN"
    "  DELETE FROM rest WHERE domain = new.domain;"
    " END",
    "CREATE TRIGGER reverse_DELETE_rest AFTER DELETE ON reverse"
    " WHEN old.name IS NOT NULL BEGIN"
    "  DELETE FROM rest WHERE domain = old.domain;"
    " END",

    "PRAGMA user_version = 4",
    NULL,
};

/* From version i to i + 1.  Released ones are never edited. */
static const char *const *const migrations[] = {
    version_1, version_2, version_3, version_4};

const struct dro_schema dro_schema_main = {APPLICATION_ID,
    "PRAGMA page_size = 4096", DRO_ARRAY_LEN(migrations), migrations};

/* ---- the archive (archive.c), a file beside the database: "dmra" */

static const char *const archive_1[] = {
    "CREATE TABLE original ("
    " id INTEGER PRIMARY KEY," /* in the order of time: pruned by it */
    " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    " at INTEGER NOT NULL,"
    " octets BLOB NOT NULL"
    ") STRICT",

    "PRAGMA application_id = 0x646d7261",
    "PRAGMA user_version = 1",
    NULL,
};

static const char *const *const archive_migrations[] = {archive_1};

/* Originals have two or three KiB: in smaller pages a third would be waste. */
const struct dro_schema dro_schema_archive = {INT64_C(0x646d7261),
    "PRAGMA page_size = 8192", DRO_ARRAY_LEN(archive_migrations),
    archive_migrations};
