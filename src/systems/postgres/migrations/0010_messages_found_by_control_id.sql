-- Up Migration
-- The same key, the control id first: it alone tells nearly all messages apart, where three columns that all messages of a feed share had to be compared
-- on every page before it. The door looks each message up in this index and writes it there, on the way to the acknowledgement.
ALTER TABLE backstop.message ADD CONSTRAINT message_once UNIQUE (control_id, sending_application, sending_facility, source, sha256);
ALTER TABLE backstop.message DROP CONSTRAINT message_source_sending_application_sending_facility_control_key;

-- Down Migration
ALTER TABLE backstop.message ADD UNIQUE (source, sending_application, sending_facility, control_id, sha256);
ALTER TABLE backstop.message DROP CONSTRAINT message_once;
