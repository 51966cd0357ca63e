-- Words in braces differ between engines; see migrations.rs.
-- Every id is compared and ordered byte for byte. Times are microseconds since 1970-01-01T00:00:00Z.
-- user_type: 0 is a person, 1 a service account, in the order in which users are listed.
-- Foreign keys are NO ACTION throughout: whoever deletes must have emptied first.

-- An organization's description is that of its root group, which bears the organization's id.
CREATE TABLE orgs (
    id {text} NOT NULL PRIMARY KEY,
    revision {int} NOT NULL
){keyed};

-- parent_id is NULL for a root alone.
CREATE TABLE groups (
    id {text} NOT NULL PRIMARY KEY,
    org_id {text} NOT NULL REFERENCES orgs (id),
    parent_id {text},
    description {text} NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (org_id, parent_id, description),
    FOREIGN KEY (org_id, parent_id) REFERENCES groups (org_id, id),
    CHECK (parent_id <> id)
){strict};

CREATE TABLE members (
    org_id {text} NOT NULL,
    group_id {text} NOT NULL,
    user_org {text} NOT NULL REFERENCES orgs (id),
    username {text} NOT NULL,
    user_type {int} NOT NULL CHECK (user_type IN (0, 1)),
    role {text} NOT NULL,
    PRIMARY KEY (org_id, group_id, user_org, username, user_type),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id)
){keyed};

CREATE INDEX members_by_user ON members (user_org, username, user_type, org_id);

-- delegate is an organization's id or `*`; delegate_org is the same where it is an organization's, for the foreign key.
CREATE TABLE delegations (
    org_id {text} NOT NULL,
    group_id {text} NOT NULL,
    delegate {text} NOT NULL,
    delegate_org {text} REFERENCES orgs (id),
    PRIMARY KEY (org_id, group_id, delegate),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id),
    CHECK (COALESCE(delegate_org, '*') = delegate)
){keyed};

CREATE INDEX delegations_by_delegate ON delegations (delegate_org, org_id);

-- der comes last, so that reading a tree does not read the bytes.
CREATE TABLE certs (
    id {text} NOT NULL PRIMARY KEY,
    org_id {text} NOT NULL,
    group_id {text} NOT NULL,
    fingerprint {bytes} NOT NULL,
    revocation_checks {bool} NOT NULL,
    expiry_time {int} NOT NULL,
    not_after {int} NOT NULL,
    der {bytes} NOT NULL,
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id)
){strict};

CREATE INDEX certs_by_group ON certs (org_id, group_id);

-- The serial number leads the key, so that one seek finds all namesakes. ien is text, because components are ordered by
-- its digits.
CREATE TABLE components (
    serial_number {text} NOT NULL,
    ien {text} NOT NULL,
    org_id {text} NOT NULL REFERENCES orgs (id),
    group_id {text},
    model {text},
    mac_addr {text},
    endorsement_key {bytes},
    ek_certificate {bytes},
    platform_primary_key {bytes},
    idevid_issuer {bytes},
    PRIMARY KEY (serial_number, ien),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id),
    CHECK (group_id <> org_id),
    CHECK (endorsement_key IS NULL OR ek_certificate IS NULL)
){strict};

CREATE INDEX components_by_org ON components (org_id, ien, serial_number);
CREATE INDEX components_by_group ON components (org_id, group_id, ien, serial_number);

CREATE TABLE users (
    org_id {text} NOT NULL REFERENCES orgs (id),
    username {text} NOT NULL,
    user_type {int} NOT NULL CHECK (user_type IN (0, 1)),
    PRIMARY KEY (org_id, username, user_type)
){keyed};

CREATE TABLE tokens (
    jti {text} NOT NULL PRIMARY KEY,
    org_id {text} NOT NULL,
    username {text} NOT NULL,
    user_type {int} NOT NULL,
    issued_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    revoked_at {int},
    last_used_at {int},
    FOREIGN KEY (org_id, username, user_type) REFERENCES users (org_id, username, user_type)
){keyed};

CREATE INDEX tokens_by_user ON tokens (org_id, username, user_type);
CREATE INDEX tokens_by_org ON tokens (org_id, jti);

-- The journal refers to nothing, because it outlives what it speaks of.
CREATE TABLE vouchers (
    position {position},
    at {int} NOT NULL,
    caller_org {text} NOT NULL,
    caller_name {text} NOT NULL,
    caller_type {int} NOT NULL,
    request_id {text} NOT NULL,
    org_id {text} NOT NULL,
    ien {text} NOT NULL,
    serial_number {text} NOT NULL,
    cert_id {text} NOT NULL,
    pinned_cert {bytes} NOT NULL,
    content {bytes} NOT NULL,
    voucher {bytes} NOT NULL,
    created_on {int} NOT NULL,
    expires_on {int},
    issuer {text} NOT NULL,
    signer_cert {bytes} NOT NULL
){strict};

CREATE INDEX vouchers_by_org ON vouchers (org_id, position);
CREATE INDEX vouchers_by_component ON vouchers (serial_number, ien, position);
CREATE INDEX vouchers_by_cert ON vouchers (cert_id, position);

-- event is JSON and says everything; the other columns say what it speaks of, to find it by. author_org and author_type
-- are NULL for somebody at the command line. revision is the one a tree reached, at its creation and deletion as well.
CREATE TABLE events (
    position {position},
    at {int} NOT NULL,
    author_org {text},
    author_name {text} NOT NULL,
    author_type {int},
    org_id {text} NOT NULL,
    to_org_id {text},
    revision {int},
    user_org {text},
    username {text},
    user_type {int},
    ien {text},
    serial_number {text},
    event {text} NOT NULL
){strict};

CREATE UNIQUE INDEX events_by_revision ON events (org_id, revision) WHERE revision IS NOT NULL;
CREATE INDEX events_by_org ON events (org_id, position);
CREATE INDEX events_by_new_org ON events (to_org_id, position) WHERE to_org_id IS NOT NULL;
CREATE INDEX events_by_user ON events (user_org, username, user_type, position) WHERE user_org IS NOT NULL;
CREATE INDEX events_by_author ON events (author_org, author_name, author_type, position) WHERE author_org IS NOT NULL;
CREATE INDEX events_by_component ON events (serial_number, ien, position) WHERE serial_number IS NOT NULL;

-- However few organizations there are, none is worth a scan of all: the planner is to believe that each has little. Of a
-- column where one value stands in most rows it would rather read everything in the order of positions.
{postgres} ALTER TABLE groups ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE members ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE members ALTER COLUMN user_org SET (n_distinct = -0.5);
{postgres} ALTER TABLE delegations ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE delegations ALTER COLUMN delegate_org SET (n_distinct = -0.5);
{postgres} ALTER TABLE certs ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE components ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE components ALTER COLUMN group_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE users ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE tokens ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE vouchers ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE vouchers ALTER COLUMN cert_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE events ALTER COLUMN org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE events ALTER COLUMN to_org_id SET (n_distinct = -0.5);
{postgres} ALTER TABLE events ALTER COLUMN user_org SET (n_distinct = -0.5);
{postgres} ALTER TABLE events ALTER COLUMN author_org SET (n_distinct = -0.5);
