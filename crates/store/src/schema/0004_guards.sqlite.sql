-- What was done and seen stays written.

CREATE TRIGGER review_event_keeps BEFORE UPDATE ON review_event BEGIN SELECT RAISE(ABORT, 'I5: review_event never changes'); END;
CREATE TRIGGER review_event_stays BEFORE DELETE ON review_event BEGIN SELECT RAISE(ABORT, 'I5: review_event never changes'); END;
CREATE TRIGGER review_attachment_keeps BEFORE UPDATE ON review_attachment BEGIN SELECT RAISE(ABORT, 'I5: review_attachment never changes'); END;
CREATE TRIGGER review_attachment_stays BEFORE DELETE ON review_attachment BEGIN SELECT RAISE(ABORT, 'I5: review_attachment never changes'); END;
CREATE TRIGGER access_log_keeps BEFORE UPDATE ON access_log BEGIN SELECT RAISE(ABORT, 'I5: access_log never changes'); END;
CREATE TRIGGER access_log_stays BEFORE DELETE ON access_log BEGIN SELECT RAISE(ABORT, 'I5: access_log never changes'); END;
