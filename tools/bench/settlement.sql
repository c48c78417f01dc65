-- The peer of the store: the same reads and writes as PL/pgSQL, one message a transaction, records of the same size
-- (taken from those that the store wrote into this database before).
CREATE SEQUENCE peer_number;
CREATE TABLE peer_sample AS
SELECT (SELECT body FROM visit LIMIT 1) AS visit,
       (SELECT body FROM upload LIMIT 1) AS upload,
       (SELECT body FROM settlement LIMIT 1) AS settlement,
       (SELECT reply FROM answer WHERE infno = '2207' LIMIT 1) AS reply;
ANALYZE;

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

CREATE FUNCTION peer_upload(p_person BIGINT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    p_owner TEXT := 'P' || LPAD(p_person::text, 7, '0');
    made TEXT := nextval('peer_number')::text;
    sample peer_sample%ROWTYPE;
BEGIN
    IF EXISTS (SELECT 1 FROM answer WHERE institution = 'H99010000009' AND msgid = 'u' || made) THEN
        RETURN NULL;
    END IF;
    PERFORM peer_read(p_owner, '');
    SELECT * INTO sample FROM peer_sample;
    INSERT INTO visit VALUES (p_owner, 'N' || made, 'H99010000009', 'outpatient', 'open', 1790000000, '', sample.visit);
    INSERT INTO upload VALUES (p_owner, 'N' || made, 1, '', sample.upload);
    INSERT INTO answer VALUES (p_owner, 'H99010000009', 'u' || made, '2204', REPEAT('07', 32), 'done', 0, 1790000000, made);
    RETURN 'N' || made;
END $$;

CREATE FUNCTION peer_settle(p_person BIGINT, p_visit TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    p_owner TEXT := 'P' || LPAD(p_person::text, 7, '0');
    made TEXT := nextval('peer_number')::text;
    sample peer_sample%ROWTYPE;
BEGIN
    IF EXISTS (SELECT 1 FROM answer WHERE institution = 'H99010000009' AND msgid = 's' || made) THEN
        RETURN NULL;
    END IF;
    PERFORM peer_read(p_owner, p_visit);
    SELECT * INTO sample FROM peer_sample;
    UPDATE account SET balance = balance - 1000 WHERE owner_id = p_owner;
    INSERT INTO accumulator
    SELECT p_owner, 2026, '990100', '310', name, 700
    FROM UNNEST(ARRAY['outpatient.deductible', 'outpatient.pool', 'outpatient.large', 'civil.outpatient', 'self.in_scope']) AS name
    ON CONFLICT (owner_id, year, area, insurance, name) DO UPDATE SET value = accumulator.value + 700;
    UPDATE visit SET state = 'settled', body = sample.visit WHERE owner_id = p_owner AND id = p_visit;
    UPDATE upload SET settled_by = 'S' || made, body = sample.upload WHERE owner_id = p_owner AND visit = p_visit AND upload.number = 1;
    INSERT INTO settlement VALUES (
        p_owner, 'T' || made, p_visit, 'H99010000009', 's' || made, 1790000000, '310', '990100', '990100', '11', '990100', '',
        10000, 7000, 1000, 2000, sample.settlement);
    INSERT INTO ledger_entry VALUES
        (p_owner, 'C' || made, 1, 'fund/990100/310/310100', 7000, 20717),
        (p_owner, 'C' || made, 2, 'personal/' || p_owner, 1000, 20717),
        (p_owner, 'C' || made, 3, 'payable/H99010000009', -8000, 20717);
    INSERT INTO ledger_transaction VALUES (p_owner, 'C' || made, 'settlement', 'T' || made, 20717, 1790000000, 3);
    INSERT INTO answer VALUES (
        p_owner, 'H99010000009', 's' || made, '2207', REPEAT('07', 32), 'done', 1, 1790000000, sample.reply);
    RETURN sample.reply;
END $$;
