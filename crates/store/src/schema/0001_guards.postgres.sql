-- What must never happen, refused by the database itself.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % never changes', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = '23514';
END $$;

CREATE TRIGGER settlement_keeps BEFORE UPDATE OR DELETE ON settlement FOR EACH ROW EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER settlement_stays BEFORE TRUNCATE ON settlement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER ledger_transaction_keeps BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_transaction_stays BEFORE TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_entry_keeps BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_entry_stays BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_close_keeps BEFORE UPDATE OR DELETE ON ledger_close FOR EACH ROW EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_close_stays BEFORE TRUNCATE ON ledger_close FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_balance_keeps BEFORE UPDATE OR DELETE ON ledger_balance FOR EACH ROW EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER ledger_balance_stays BEFORE TRUNCATE ON ledger_balance FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I7');
CREATE TRIGGER answer_keeps BEFORE UPDATE ON answer FOR EACH ROW WHEN (OLD.outcome <> 'refused') EXECUTE FUNCTION refuse_change('I6');
CREATE TRIGGER answer_stays BEFORE DELETE ON answer FOR EACH ROW EXECUTE FUNCTION refuse_change('I6');
CREATE TRIGGER answer_whole BEFORE TRUNCATE ON answer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I6');

-- Whole statements are checked at once: a batch of bookings is one statement.
CREATE FUNCTION entries_before_their_header() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN ledger_transaction t ON t.owner_id = a.owner_id AND t.id = a.transaction_id) THEN
        RAISE EXCEPTION 'I7: entry of a booking that is already closed' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_before_its_header AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION entries_before_their_header();

CREATE FUNCTION bookings_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN ledger_close c ON c.day >= a.day) THEN
        RAISE EXCEPTION 'I7: booking on a closed day' USING ERRCODE = '23514';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a CROSS JOIN LATERAL (
            SELECT COUNT(*) AS entries, COALESCE(SUM(e.amount), 0) AS balance, MIN(e.day) AS first_day, MAX(e.day) AS last_day
            FROM ledger_entry e WHERE e.owner_id = a.owner_id AND e.transaction_id = a.id
        ) s
        WHERE s.balance <> 0 OR s.entries <> a.entries OR s.first_day <> a.day OR s.last_day <> a.day
    ) THEN
        RAISE EXCEPTION 'I7: booking does not sum to zero' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_transaction_adds_up AFTER INSERT ON ledger_transaction
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bookings_add_up();
