-- Open stays are few and asked for by owner; without an index of their own, PostgreSQL goes through all visits for them.
CREATE INDEX visit_open ON visit (owner_id, id) WHERE kind = 'inpatient' AND state = 'open';
