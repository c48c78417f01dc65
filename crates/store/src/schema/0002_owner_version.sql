-- Every transaction that writes for an owner counts this up (PostgreSQL): a process that keeps the owner's file sees
-- that another one wrote. Whoever changes records by hand does the same.
ALTER TABLE owner ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
