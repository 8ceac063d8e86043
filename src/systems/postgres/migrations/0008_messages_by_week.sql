-- Up Migration
-- The operations page counts the messages of each feed. A week that is over is counted once and kept here, so that a view counts the last days and adds
-- up; what changes a kept week forgets it, and the next view counts it anew.

CREATE TABLE backstop.message_week (
  -- Its Monday, UTC.
  week date NOT NULL,
  -- Empty: the week itself, which is there as soon as it is counted, also when nothing came.
  source text NOT NULL,
  messages integer NOT NULL,
  unusable integer NOT NULL,
  newest timestamptz,
  PRIMARY KEY (week, source)
);

CREATE FUNCTION backstop.week_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE RETURN date_trunc('week', at AT TIME ZONE 'UTC')::date;
CREATE FUNCTION backstop.begins(week date) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN week::timestamp AT TIME ZONE 'UTC';
-- Weeks before this one are kept: they ended a day ago or earlier.
CREATE FUNCTION backstop.kept_to() RETURNS date LANGUAGE sql STABLE RETURN backstop.week_of(now() - interval '1 day');

CREATE FUNCTION backstop.forget_weeks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM backstop.message_week w WHERE w.week IN (SELECT DISTINCT backstop.week_of(m.received_at) FROM gone m);
  RETURN NULL;
END $$;
CREATE TRIGGER message_gone AFTER DELETE ON backstop.message REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION backstop.forget_weeks();

CREATE FUNCTION backstop.forget_week() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM backstop.message_week w WHERE w.week = backstop.week_of(NEW.received_at);
  RETURN NULL;
END $$;
-- What comes in now pays a comparison: only what is older (a made year, a message that waited long) may fall into a week that is kept.
CREATE TRIGGER message_late AFTER INSERT ON backstop.message FOR EACH ROW
  WHEN (NEW.received_at < now() - interval '1 day') EXECUTE FUNCTION backstop.forget_week();
CREATE TRIGGER message_other AFTER UPDATE OF unusable_code ON backstop.message FOR EACH ROW EXECUTE FUNCTION backstop.forget_week();

CREATE FUNCTION backstop.weeks_to_count() RETURNS TABLE (week date) LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT g::date FROM generate_series((SELECT backstop.week_of(min(m.received_at)) FROM backstop.message m), backstop.kept_to() - 7, interval '7 days') g
    WHERE g::date NOT IN (SELECT w.week FROM backstop.message_week w WHERE w.source = '');
END;

CREATE FUNCTION backstop.feeds() RETURNS TABLE (source text, messages bigint, unusable bigint, newest timestamptz)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE missing date[] := ARRAY(SELECT w.week FROM backstop.weeks_to_count() w);
BEGIN
  IF cardinality(missing) > 0 THEN
    -- Against a transaction that has deleted messages of a week and is not through: it forgets the week after we have kept it, or we count after it.
    LOCK TABLE backstop.message_week IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO backstop.message_week (week, source, messages, unusable, newest)
      SELECT g, m.source, count(*), count(m.unusable_code), max(m.received_at) FROM unnest(missing) g
        JOIN backstop.message m ON m.received_at >= backstop.begins(g) AND m.received_at < backstop.begins(g + 7)
        GROUP BY 1, 2
      UNION ALL SELECT g, '', 0, 0, NULL FROM unnest(missing) g
    ON CONFLICT DO NOTHING;
  END IF;
  -- Whole in one snapshot: a week that was forgotten meanwhile is counted here.
  RETURN QUERY
    SELECT each.source, sum(each.messages)::bigint, sum(each.unusable)::bigint, max(each.newest) FROM (
      SELECT w.source, w.messages, w.unusable, w.newest FROM backstop.message_week w WHERE w.source <> '' AND w.week < backstop.kept_to()
      UNION ALL
      SELECT m.source, count(*), count(m.unusable_code), max(m.received_at) FROM backstop.weeks_to_count() g
        JOIN backstop.message m ON m.received_at >= backstop.begins(g.week) AND m.received_at < backstop.begins(g.week + 7)
        GROUP BY 1
      UNION ALL
      SELECT m.source, count(*), count(m.unusable_code), max(m.received_at) FROM backstop.message m
        WHERE m.received_at >= backstop.begins(backstop.kept_to()) GROUP BY 1) each
    GROUP BY 1 ORDER BY 1;
END $$;
REVOKE EXECUTE ON FUNCTION backstop.feeds() FROM PUBLIC;

-- Down Migration
DROP FUNCTION backstop.feeds, backstop.weeks_to_count, backstop.kept_to;
DROP TRIGGER message_other ON backstop.message;
DROP TRIGGER message_late ON backstop.message;
DROP TRIGGER message_gone ON backstop.message;
DROP FUNCTION backstop.forget_week, backstop.forget_weeks, backstop.begins, backstop.week_of;
DROP TABLE backstop.message_week;
