-- The review: items, what happened to them, what belongs to them; people who sign in and what they saw. `owner_id` leads
-- every primary key: the institution for what is reviewed, the account for what is a person's own.

-- One finding under review. Pages are read by stage and one column; each of those pairs is an index, closed by the id.
CREATE TABLE review_item (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL,
    area TEXT NOT NULL,
    visit TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    occurred_on BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    at_stake BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    due_on BIGINT NOT NULL,
    assignee TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX review_item_by_visit ON review_item (owner_id, visit);
CREATE INDEX review_item_of_institution ON review_item (owner_id, stage, due_on);
CREATE INDEX review_item_by_state ON review_item (stage, state, id);
CREATE INDEX review_item_by_rule ON review_item (stage, rule, id);
CREATE INDEX review_item_by_institution ON review_item (stage, owner_id, id);
CREATE INDEX review_item_by_severity ON review_item (stage, severity, id);
CREATE INDEX review_item_by_day ON review_item (stage, occurred_on, id);
CREATE INDEX review_item_by_import ON review_item (stage, imported_at, id);
CREATE INDEX review_item_by_amount ON review_item (stage, amount, id);
CREATE INDEX review_item_by_stake ON review_item (stage, at_stake, id);
CREATE INDEX review_item_by_decision ON review_item (stage, decided, id);
CREATE INDEX review_item_by_deadline ON review_item (stage, due_on, id);
CREATE INDEX review_item_by_assignee ON review_item (stage, assignee, id);

-- What happened to an item; only added.
CREATE TABLE review_event (
    owner_id TEXT NOT NULL,
    item TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, item, number)
);

-- How many items, and what they come to, by what figures are drilled into. Kept in the transaction that changes an item.
CREATE TABLE review_tally (
    owner_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    month BIGINT NOT NULL,
    severity TEXT NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL,
    area TEXT NOT NULL,
    items BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    at_stake BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    deducted BIGINT NOT NULL,
    PRIMARY KEY (owner_id, rule, month, severity, stage, state, area)
);

-- The bill that an item is about, as the audit saw it.
CREATE TABLE review_visit (
    owner_id TEXT NOT NULL,
    visit TEXT NOT NULL,
    person TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, visit)
);
CREATE INDEX review_visit_by_person ON review_visit (person, begun_at);

CREATE TABLE review_attachment (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    item TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX review_attachment_by_item ON review_attachment (owner_id, item);

-- What somebody keeps for later: drafts, saved views, soft locks, batches, samples, answers to requests by their key.
CREATE TABLE note (
    owner_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id, kind, name)
);

CREATE TABLE account_user (
    owner_id TEXT NOT NULL,
    role TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (owner_id)
);

-- Sessions by the hash of their secret.
CREATE TABLE session (
    owner_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, secret)
);

-- Who did and saw what; only added.
CREATE TABLE access_log (
    owner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX access_log_by_time ON access_log (at, id);
