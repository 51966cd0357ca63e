//! What engines say in their own words. All other statements of this module are the same for every engine: parameters
//! are written `$1`, text is compared as bytes, and batches travel as one JSON array, so that one prepared statement
//! serves any size.

use std::sync::OnceLock;

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions,
};

/// An engine's way to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A part of the journal whose rows are numbered as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ledger {
    Vouchers,
    Events,
}

impl Ledger {
    /// Its table.
    pub(super) fn table(self) -> &'static str {
        match self {
            Ledger::Vouchers => "vouchers",
            Ledger::Events => "events",
        }
    }

    /// The number of its advisory lock on PostgreSQL; no other lock of ours has it.
    pub(super) fn lock(self) -> i64 {
        match self {
            Ledger::Vouchers => 0x6f76_6773_0001,
            Ledger::Events => 0x6f76_6773_0002,
        }
    }
}

/// The number of the advisory lock under which PostgreSQL's schema moves.
const MIGRATION_LOCK: i64 = 0x6f76_6773_0000;

impl Dialect {
    /// That of a connection. There are connections to no other engine, since nobody else opens any.
    pub(super) fn of(db: &impl ConnectionTrait) -> Dialect {
        match db.get_database_backend() {
            DbBackend::Postgres => Dialect::Postgres,
            _ => Dialect::Sqlite,
        }
    }

    /// The words of the migrations that differ: what stands in braces, and what is meant.
    pub(super) fn words(self) -> [(&'static str, &'static str); 7] {
        match self {
            Dialect::Sqlite => [
                ("{text}", "TEXT"),
                ("{int}", "INTEGER"),
                ("{bool}", "INTEGER"),
                ("{bytes}", "BLOB"),
                ("{position}", "INTEGER PRIMARY KEY"),
                ("{strict}", " STRICT"),
                ("{keyed}", " STRICT, WITHOUT ROWID"),
            ],
            // The collation of the cluster must not matter: text is compared and ordered as bytes.
            Dialect::Postgres => [
                ("{text}", r#"text COLLATE "C""#),
                ("{int}", "bigint"),
                ("{bool}", "boolean"),
                ("{bytes}", "bytea"),
                ("{position}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
                ("{strict}", ""),
                ("{keyed}", ""),
            ],
        }
    }

    /// Its name, as the configuration has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }

    /// Says where the database is.
    pub(super) fn place(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT file FROM pragma_database_list WHERE name = 'main'",
            Dialect::Postgres => {
                "SELECT current_user || '@' || COALESCE(host(inet_server_addr()), 'localhost') || ':'
                     || current_setting('port') || '/' || current_database()"
            }
        }
    }

    /// Says how many octets the database takes.
    pub(super) fn size(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            Dialect::Postgres => "SELECT pg_database_size(current_database())",
        }
    }

    /// Finds what is wrong with the database's own structures, one text a row; a sound one answers `ok`. PostgreSQL says
    /// so itself when it reads.
    pub(super) fn structures(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => Some("PRAGMA integrity_check"),
            Dialect::Postgres => None,
        }
    }

    /// What a transaction does first that reads or writes everything, since no single call waits for it.
    pub(super) fn patiently(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => {
                Some("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            }
        }
    }

    /// What a transaction does first that writes everything: nobody else writes until it ends. SQLite has one writer.
    pub(super) fn alone(self, tables: impl Iterator<Item = &'static str>) -> Option<String> {
        let tables: Vec<&str> = tables.collect();
        let lock = |patiently| format!("{patiently}; LOCK TABLE {} IN EXCLUSIVE MODE", tables.join(", "));
        self.patiently().map(lock)
    }

    /// Stands before rows that bring the positions which a ledger would give them.
    pub(super) fn given_positions(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " OVERRIDING SYSTEM VALUE",
        }
    }

    /// Makes a ledger go on after its last position, if there is one.
    pub(super) fn continued(self, ledger: Ledger) -> Option<String> {
        let table = ledger.table();
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'position'), last)
                 FROM (SELECT MAX(position) AS last FROM {table}) AS written WHERE last IS NOT NULL"
            )),
        }
    }

    /// Says whether there is a table of that name.
    pub(super) fn table_exists(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Dialect::Postgres => "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1)",
        }
    }

    /// What a migration does first, so that of several who try at once the others wait, however long it takes. SQLite has
    /// one writer anyway.
    pub(super) fn before_migrating(self) -> Option<String> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!(
                "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
            )),
        }
    }

    /// Answers with a row if statistics are worth having.
    ///
    /// SQLite believes them for ever: those of a table with a handful of rows make it scan the table for each row that is
    /// sought, however many there are by then. Without any it seeks. PostgreSQL looks at the present size of a table.
    pub(super) fn worth_analyzing(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT 1 FROM components LIMIT 1 OFFSET 9999",
            Dialect::Postgres => "SELECT 1",
        }
    }

    /// Refreshes the statistics of what imports fill. SQLite looks at so many rows of each index at most, PostgreSQL takes
    /// samples anyway: neither takes longer for millions.
    pub(super) fn analyze(self) -> &'static str {
        match self {
            Dialect::Sqlite => "PRAGMA analysis_limit = 1000; ANALYZE components; ANALYZE events",
            Dialect::Postgres => "ANALYZE components; ANALYZE events",
        }
    }

    /// The rows of the JSON array `$1`, each an array itself.
    pub(super) fn each(self) -> &'static str {
        match self {
            Dialect::Sqlite => "json_each($1) AS each",
            Dialect::Postgres => "jsonb_array_elements($1::jsonb) WITH ORDINALITY AS each (value, key)",
        }
    }

    /// The rows of `$1` whose only column is the text `each.value`: a JSON array, or on PostgreSQL one of its own.
    pub(super) fn each_text(self) -> &'static str {
        match self {
            Dialect::Sqlite => "json_each($1) AS each",
            Dialect::Postgres => "UNNEST($1::text[]) WITH ORDINALITY AS each (value, key)",
        }
    }

    /// The position of such a row, from 0.
    pub(super) fn index(self) -> &'static str {
        match self {
            Dialect::Sqlite => "each.key",
            Dialect::Postgres => "each.key - 1",
        }
    }

    /// A text in such a row.
    pub(super) fn text(self, index: usize) -> String {
        match self {
            Dialect::Sqlite => format!("each.value ->> {index}"),
            Dialect::Postgres => format!("(each.value ->> {index})"),
        }
    }

    /// A number in such a row.
    pub(super) fn int(self, index: usize) -> String {
        match self {
            Dialect::Sqlite => format!("each.value ->> {index}"),
            Dialect::Postgres => format!("(each.value ->> {index})::bigint"),
        }
    }

    /// Yes or no in such a row.
    pub(super) fn bool(self, index: usize) -> String {
        match self {
            Dialect::Sqlite => format!("each.value ->> {index}"),
            Dialect::Postgres => format!("(each.value ->> {index})::boolean"),
        }
    }

    /// Bytes in such a row, written in hexadecimal.
    pub(super) fn bytes(self, index: usize) -> String {
        match self {
            Dialect::Sqlite => format!("unhex(each.value ->> {index})"),
            Dialect::Postgres => format!("decode(each.value ->> {index}, 'hex')"),
        }
    }

    /// The rows of [`each`](Dialect::each) on their way into a ledger.
    ///
    /// PostgreSQL gives out positions before it commits, and not in the order in which it commits, so a reader might see
    /// one and miss a smaller one that is still to come. Writers therefore hold a lock together with all others, and a
    /// reader waits for it [alone](Dialect::settle). The lock is taken before the first position is: every row is joined
    /// to it.
    pub(super) fn each_into(self, ledger: Ledger) -> String {
        match self {
            Dialect::Sqlite => self.each().to_owned(),
            Dialect::Postgres => {
                format!("(SELECT pg_advisory_xact_lock_shared({})) AS gate, {}", ledger.lock(), self.each())
            }
        }
    }

    /// What a reader of a ledger does first, in a transaction: after it, every position that was given out has been
    /// committed or never will be. It keeps writers waiting, so it gives up soon, and is tried again. SQLite has one writer.
    pub(super) fn settle(self, ledger: Ledger) -> Option<String> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!(
                "SET LOCAL lock_timeout = '100ms'; SELECT pg_advisory_xact_lock({})",
                ledger.lock()
            )),
        }
    }

    /// A transaction that writes. SQLite's takes the lock at its beginning: one that reads first and then turns to writing
    /// fails at once if somebody else wrote between, however long it would be ready to wait. PostgreSQL's is READ COMMITTED,
    /// whatever the database's default: who waited for a row sees it as it is by then.
    pub(super) fn writing(self) -> TransactionOptions {
        match self {
            Dialect::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            Dialect::Postgres => TransactionOptions::default(),
        }
    }

    /// A transaction whose readings all see one state.
    pub(super) fn snapshot(self) -> TransactionOptions {
        match self {
            Dialect::Sqlite => TransactionOptions::default(),
            Dialect::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        }
    }
}

/// A statement that engines word differently, made once for each.
#[derive(Debug)]
pub(super) struct Wording {
    make: fn(Dialect) -> String,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Wording {
    pub(super) const fn new(make: fn(Dialect) -> String) -> Wording {
        Wording { make, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    pub(super) fn of(&self, dialect: Dialect) -> &str {
        let made = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        made.get_or_init(|| (self.make)(dialect))
    }
}
