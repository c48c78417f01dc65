-- One table for each kind of record. `owner_id` (person, or institution for what it files about itself) leads every
-- primary key: it is the sharding key. `body` is the record as JSON and the truth; the other columns are what it is
-- found by. Only two types, TEXT and BIGINT, and no NULL: an empty text says "none".

-- Counts what must be unique over all processes: openings of the store.
CREATE TABLE counter (
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE owner (
    owner_id TEXT NOT NULL,
    PRIMARY KEY (owner_id)
);

-- What was answered to a message (I6): the same message gets the same bytes again.
CREATE TABLE answer (
    owner_id TEXT NOT NULL,
    institution TEXT NOT NULL,
    msgid TEXT NOT NULL,
    infno TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    settlements BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (owner_id, institution, msgid)
);
CREATE INDEX answer_by_message ON answer (institution, msgid);

CREATE TABLE person (
    owner_id TEXT NOT NULL,
    certificate_kind TEXT NOT NULL,
    certificate TEXT NOT NULL,
    card TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id)
);
CREATE INDEX person_by_certificate ON person (certificate, certificate_kind);
CREATE INDEX person_by_card ON person (card);
CREATE INDEX person_by_name ON person (name);

CREATE TABLE coverage (
    owner_id TEXT NOT NULL,
    spell BIGINT NOT NULL,
    known_from BIGINT NOT NULL,
    area TEXT NOT NULL,
    insurance TEXT NOT NULL,
    employer TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, spell, known_from)
);
CREATE INDEX coverage_by_area ON coverage (area, insurance, owner_id);

CREATE TABLE account (
    owner_id TEXT NOT NULL,
    balance BIGINT NOT NULL,
    family BIGINT NOT NULL,
    PRIMARY KEY (owner_id)
);

CREATE TABLE accumulator (
    owner_id TEXT NOT NULL,
    year BIGINT NOT NULL,
    area TEXT NOT NULL,
    insurance TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (owner_id, year, area, insurance, name)
);

CREATE TABLE filing (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    filed_by TEXT NOT NULL,
    filed_at BIGINT NOT NULL,
    msgid TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);

CREATE TABLE visit (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    institution TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX visit_by_institution ON visit (institution, begun_at);

CREATE TABLE upload (
    owner_id TEXT NOT NULL,
    visit TEXT NOT NULL,
    number BIGINT NOT NULL,
    settled_by TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, visit, number)
);

-- Never changed, never deleted (I5): triggers see to it.
CREATE TABLE settlement (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    visit TEXT NOT NULL,
    institution TEXT NOT NULL,
    msgid TEXT NOT NULL,
    settled_at BIGINT NOT NULL,
    insurance TEXT NOT NULL,
    coverage_area TEXT NOT NULL,
    treatment_area TEXT NOT NULL,
    clearing_kind TEXT NOT NULL,
    clearing_office TEXT NOT NULL,
    reverses TEXT NOT NULL,
    total BIGINT NOT NULL,
    fund_total BIGINT NOT NULL,
    account BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX settlement_by_institution ON settlement (institution, settled_at);
CREATE INDEX settlement_by_visit ON settlement (owner_id, visit);

CREATE TABLE document (
    owner_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    day BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, kind, name)
);

-- The ledger (I7). Entries are written first, then the header that closes them; its trigger adds them up.
CREATE TABLE ledger_transaction (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    refers TEXT NOT NULL,
    day BIGINT NOT NULL,
    booked_at BIGINT NOT NULL,
    entries BIGINT NOT NULL CHECK (entries >= 2),
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX ledger_transaction_by_day ON ledger_transaction (day);

CREATE TABLE ledger_entry (
    owner_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    account TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    day BIGINT NOT NULL,
    PRIMARY KEY (owner_id, transaction_id, number),
    FOREIGN KEY (owner_id, transaction_id) REFERENCES ledger_transaction (owner_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ledger_entry_by_account ON ledger_entry (account, day);

-- Days up to and including `day` are closed: nothing is booked on them any more.
CREATE TABLE ledger_close (
    day BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    PRIMARY KEY (day)
);

-- Balances at the end of a closed day, of the accounts that moved since the close before.
CREATE TABLE ledger_balance (
    account TEXT NOT NULL,
    day BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    PRIMARY KEY (account, day)
);

CREATE TABLE ledger_month (
    month BIGINT NOT NULL,
    day BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    PRIMARY KEY (month)
);
