-- The peer of the server: the same reads and writes as PL/pgSQL, one message a transaction, the same records (copied from
-- those that the server wrote into this database before, and each a text of its own) for the same persons, each pair on a
-- registered visit.
CREATE SEQUENCE peer_number;
CREATE TABLE peer_sample AS
SELECT s.*, u.body AS upload, v.body AS visit_body, t.id AS booking,
       (SELECT reply FROM answer WHERE infno = '2204' AND outcome = 'done' LIMIT 1) AS upload_reply,
       (SELECT reply FROM answer WHERE infno = '2207' AND outcome = 'done' LIMIT 1) AS reply
FROM settlement s
JOIN upload u ON u.owner_id = s.owner_id AND u.settled_by = s.id
JOIN visit v ON v.owner_id = s.owner_id AND v.id = s.visit
JOIN ledger_transaction t ON t.owner_id = s.owner_id AND t.refers = s.id
WHERE s.account <> 0 AND s.fund_total <> 0
LIMIT 1;
CREATE TABLE peer_entry AS
SELECT e.* FROM ledger_entry e JOIN peer_sample s ON s.owner_id = e.owner_id AND s.booking = e.transaction_id;
CREATE TABLE peer_used AS
SELECT a.* FROM accumulator a JOIN peer_sample s ON s.owner_id = a.owner_id
WHERE s.body::jsonb -> 'used' @> jsonb_build_array(jsonb_build_array(a.year, a.name));
CREATE TABLE peer_visit AS
SELECT number, owner_id, 'N' || number AS visit
FROM generate_series(1, 200000) AS number
JOIN (SELECT ROW_NUMBER() OVER () AS place, owner_id, COUNT(*) OVER () AS persons FROM person JOIN account USING (owner_id)) AS p
  ON p.place = 1 + number % p.persons;
ALTER TABLE peer_visit ADD PRIMARY KEY (number);
INSERT INTO visit
SELECT p.owner_id, p.visit, s.institution, 'outpatient', 'open', s.settled_at, '', s.visit_body FROM peer_visit p, peer_sample s;
INSERT INTO owner SELECT owner_id FROM person ON CONFLICT DO NOTHING;
VACUUM ANALYZE;

-- What the store reads of a person's file before it decides.
CREATE FUNCTION peer_read(p_owner TEXT, p_visit TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    size BIGINT;
BEGIN
    PERFORM owner_id FROM owner WHERE owner_id = p_owner FOR UPDATE;
    SELECT SUM(LENGTH(body)) INTO size FROM (
        SELECT body FROM person WHERE owner_id = p_owner
        UNION ALL SELECT body FROM coverage WHERE owner_id = p_owner
        UNION ALL SELECT balance::text FROM account WHERE owner_id = p_owner
        UNION ALL SELECT name || value FROM accumulator WHERE owner_id = p_owner
        UNION ALL SELECT body FROM filing WHERE owner_id = p_owner
        UNION ALL SELECT body FROM visit WHERE owner_id = p_owner AND id = p_visit
        UNION ALL SELECT body FROM upload WHERE owner_id = p_owner AND visit = p_visit
        UNION ALL SELECT body FROM settlement WHERE owner_id = p_owner AND visit = p_visit
    ) AS file;
    RETURN size;
END $$;

CREATE FUNCTION peer_upload(p_number BIGINT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    made BIGINT := nextval('peer_number');
    place peer_visit%ROWTYPE;
    sample peer_sample%ROWTYPE;
BEGIN
    SELECT * INTO place FROM peer_visit WHERE number = p_number;
    SELECT * INTO sample FROM peer_sample;
    IF EXISTS (SELECT 1 FROM answer WHERE institution = sample.institution AND msgid = 'u' || made) THEN
        RETURN NULL;
    END IF;
    PERFORM peer_read(place.owner_id, place.visit);
    INSERT INTO upload VALUES (place.owner_id, place.visit, made, '', sample.upload || made);
    INSERT INTO answer VALUES (place.owner_id, sample.institution, 'u' || made, '2204', REPEAT('07', 32), 'done', 0,
        sample.settled_at, sample.upload_reply || made);
    RETURN sample.upload_reply;
END $$;

CREATE FUNCTION peer_settle(p_number BIGINT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    made BIGINT := nextval('peer_number');
    place peer_visit%ROWTYPE;
    sample peer_sample%ROWTYPE;
BEGIN
    SELECT * INTO place FROM peer_visit WHERE number = p_number;
    SELECT * INTO sample FROM peer_sample;
    IF EXISTS (SELECT 1 FROM answer WHERE institution = sample.institution AND msgid = 's' || made) THEN
        RETURN NULL;
    END IF;
    PERFORM peer_read(place.owner_id, place.visit);
    UPDATE account SET balance = balance - sample.account WHERE owner_id = place.owner_id;
    INSERT INTO accumulator
    SELECT place.owner_id, year, area, insurance, name, 700 FROM peer_used
    ON CONFLICT (owner_id, year, area, insurance, name) DO UPDATE SET value = accumulator.value + 700;
    UPDATE visit SET body = sample.visit_body || made WHERE owner_id = place.owner_id AND id = place.visit;
    UPDATE upload SET settled_by = 'S' || made, body = sample.upload || made
    WHERE owner_id = place.owner_id AND upload.visit = place.visit AND settled_by = '';
    INSERT INTO settlement VALUES (
        place.owner_id, 'S' || made, place.visit, sample.institution, 's' || made, sample.settled_at, sample.insurance,
        sample.coverage_area, sample.treatment_area, sample.clearing_kind, sample.clearing_office, '', sample.total,
        sample.fund_total, sample.account, sample.cash, sample.body || made);
    INSERT INTO ledger_entry
    SELECT place.owner_id, 'B' || made, number, account, amount, day FROM peer_entry;
    INSERT INTO ledger_transaction
    SELECT place.owner_id, 'B' || made, kind, 'S' || made, day, booked_at, entries
    FROM ledger_transaction WHERE owner_id = sample.owner_id AND id = sample.booking;
    INSERT INTO answer VALUES (place.owner_id, sample.institution, 's' || made, '2207', REPEAT('07', 32), 'done', 1,
        sample.settled_at, sample.reply || made);
    RETURN sample.reply;
END $$;
