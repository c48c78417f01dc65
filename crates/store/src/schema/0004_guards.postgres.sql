-- What was done and seen stays written.

CREATE TRIGGER review_event_keeps BEFORE UPDATE OR DELETE ON review_event FOR EACH ROW EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER review_event_stays BEFORE TRUNCATE ON review_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER review_attachment_keeps BEFORE UPDATE OR DELETE ON review_attachment FOR EACH ROW EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER review_attachment_stays BEFORE TRUNCATE ON review_attachment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER access_log_keeps BEFORE UPDATE OR DELETE ON access_log FOR EACH ROW EXECUTE FUNCTION refuse_change('I5');
CREATE TRIGGER access_log_stays BEFORE TRUNCATE ON access_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('I5');
