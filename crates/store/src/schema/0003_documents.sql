-- A reminder is answered by its id alone, and counted by day: over the files of all persons.
CREATE INDEX document_by_name ON document (kind, name);
CREATE INDEX document_by_day ON document (kind, day);
