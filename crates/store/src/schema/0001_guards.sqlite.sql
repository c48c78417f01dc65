-- What must never happen, refused by the database itself.

CREATE TRIGGER settlement_keeps BEFORE UPDATE ON settlement BEGIN SELECT RAISE(ABORT, 'I5: settlement never changes'); END;
CREATE TRIGGER settlement_stays BEFORE DELETE ON settlement BEGIN SELECT RAISE(ABORT, 'I5: settlement never changes'); END;
CREATE TRIGGER ledger_transaction_keeps BEFORE UPDATE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'I7: ledger_transaction never changes'); END;
CREATE TRIGGER ledger_transaction_stays BEFORE DELETE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'I7: ledger_transaction never changes'); END;
CREATE TRIGGER ledger_entry_keeps BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'I7: ledger_entry never changes'); END;
CREATE TRIGGER ledger_entry_stays BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'I7: ledger_entry never changes'); END;
CREATE TRIGGER ledger_close_keeps BEFORE UPDATE ON ledger_close BEGIN SELECT RAISE(ABORT, 'I7: ledger_close never changes'); END;
CREATE TRIGGER ledger_close_stays BEFORE DELETE ON ledger_close BEGIN SELECT RAISE(ABORT, 'I7: ledger_close never changes'); END;
CREATE TRIGGER ledger_balance_keeps BEFORE UPDATE ON ledger_balance BEGIN SELECT RAISE(ABORT, 'I7: ledger_balance never changes'); END;
CREATE TRIGGER ledger_balance_stays BEFORE DELETE ON ledger_balance BEGIN SELECT RAISE(ABORT, 'I7: ledger_balance never changes'); END;
CREATE TRIGGER answer_keeps BEFORE UPDATE ON answer WHEN OLD.outcome <> 'refused' BEGIN SELECT RAISE(ABORT, 'I6: answer never changes'); END;
CREATE TRIGGER answer_stays BEFORE DELETE ON answer BEGIN SELECT RAISE(ABORT, 'I6: answer never changes'); END;

CREATE TRIGGER ledger_entry_before_its_header BEFORE INSERT ON ledger_entry BEGIN
    SELECT RAISE(ABORT, 'I7: entry of a booking that is already closed')
    WHERE EXISTS (SELECT 1 FROM ledger_transaction WHERE owner_id = NEW.owner_id AND id = NEW.transaction_id);
END;

CREATE TRIGGER ledger_transaction_adds_up BEFORE INSERT ON ledger_transaction BEGIN
    SELECT RAISE(ABORT, 'I7: booking on a closed day') WHERE EXISTS (SELECT 1 FROM ledger_close WHERE day >= NEW.day);
    SELECT RAISE(ABORT, 'I7: booking does not sum to zero')
    FROM (
        SELECT COUNT(*) AS entries, COALESCE(SUM(amount), 0) AS balance, MIN(day) AS first_day, MAX(day) AS last_day
        FROM ledger_entry WHERE owner_id = NEW.owner_id AND transaction_id = NEW.id
    )
    WHERE balance <> 0 OR entries <> NEW.entries OR first_day <> NEW.day OR last_day <> NEW.day;
END;
