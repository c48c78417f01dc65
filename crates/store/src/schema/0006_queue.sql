-- The queue of a million items. Figures lose the month, so that a cockpit adds up some ten thousand rows; months and deadlines get rows
-- of their own. A filter that picks few items has an index that holds everything a page is put in order of.

CREATE TABLE review_figure (
    owner_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL,
    area TEXT NOT NULL,
    items BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    at_stake BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    deducted BIGINT NOT NULL,
    PRIMARY KEY (owner_id, rule, severity, stage, state, area)
);
CREATE INDEX review_figure_by_rule ON review_figure (rule, stage);
INSERT INTO review_figure
SELECT owner_id, rule, severity, stage, state, area, SUM(items), SUM(amount), SUM(at_stake), SUM(decided), SUM(deducted)
FROM review_tally GROUP BY owner_id, rule, severity, stage, state, area;

CREATE TABLE review_month (
    owner_id TEXT NOT NULL,
    month BIGINT NOT NULL,
    state TEXT NOT NULL,
    area TEXT NOT NULL,
    items BIGINT NOT NULL,
    at_stake BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    deducted BIGINT NOT NULL,
    PRIMARY KEY (owner_id, month, state, area)
);
INSERT INTO review_month
SELECT owner_id, month, state, area, SUM(items), SUM(at_stake), SUM(decided), SUM(deducted)
FROM review_tally GROUP BY owner_id, month, state, area;

-- Items by the last day of whoever's turn it is; those without such a day are not here.
CREATE TABLE review_due (
    owner_id TEXT NOT NULL,
    due_on BIGINT NOT NULL,
    severity TEXT NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL,
    area TEXT NOT NULL,
    items BIGINT NOT NULL,
    at_stake BIGINT NOT NULL,
    PRIMARY KEY (owner_id, due_on, severity, stage, state, area)
);
INSERT INTO review_due
SELECT owner_id, due_on, severity, stage, state, area, COUNT(*), SUM(at_stake)
FROM review_item WHERE due_on >= 0 GROUP BY owner_id, due_on, severity, stage, state, area;

DROP TABLE review_tally;

DROP INDEX review_item_of_institution;
CREATE INDEX review_item_of_institution ON review_item (owner_id, stage, rule, state, severity, assignee,
    at_stake, amount, decided, occurred_on, due_on, imported_at, area, visit, id);
CREATE INDEX review_item_of_rule ON review_item (rule, stage, owner_id, state, severity, assignee,
    at_stake, amount, decided, occurred_on, due_on, imported_at, area, visit, id);
-- Most items are nobody's, and are counted as what is left.
CREATE INDEX review_item_of_assignee ON review_item (assignee, stage, owner_id, rule, state, severity,
    at_stake, amount, decided, occurred_on, due_on, imported_at, area, visit, id) WHERE assignee > '';
CREATE INDEX review_item_of_visit ON review_item (visit, stage);
