-- Indicators cost nothing and stand last in the order of money, after everything else: a filter by severity needs an index of its own.
CREATE INDEX review_item_of_severity ON review_item (severity, stage, owner_id, rule, state, assignee,
    at_stake, amount, decided, occurred_on, due_on, imported_at, area, visit, id);
