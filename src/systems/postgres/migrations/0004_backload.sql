-- Up Migration
-- Past reports that went through the flow in the shadow (`backstop backload`): apart from the cases, so that no list, card, channel or audit sees them.
-- Hashes in the place of numbers; no name, no text, no date of birth.
CREATE TABLE backstop.backload (
  report_key text PRIMARY KEY,
  report_day date NOT NULL,
  facts jsonb NOT NULL,
  ms integer NOT NULL,
  done_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX backload_day ON backstop.backload (report_day);

-- Down Migration
DROP TABLE backstop.backload;
