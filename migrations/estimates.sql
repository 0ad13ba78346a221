-- An estimate is decided stream by stream, once each; what was decided stays, and what finance or the leaders have is not written.
-- Run after every migration; each statement may be run again. The search path is set, so that no temporary table stands in for ours.

-- The whole is decided when each stream that it has lines in has its decision.
CREATE OR REPLACE FUNCTION estimate_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (TG_OP = 'INSERT' AND (NEW.state = 'draft' OR NOT by_the_application(TG_RELID)))
        OR (TG_OP = 'UPDATE' AND OLD.state <> 'decided' AND NEW.year = OLD.year AND (NEW.state <> 'decided' OR NOT EXISTS (
            SELECT FROM estimate_line l WHERE l.estimate = NEW.id AND NOT EXISTS (
                SELECT FROM stream_decision d WHERE (d.estimate, d.stream) = (l.estimate, l.stream))))) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the estimate is decided' USING ERRCODE = 'GL019';
END $$;

CREATE OR REPLACE TRIGGER estimate_stays BEFORE INSERT OR UPDATE OR DELETE ON estimate FOR EACH ROW EXECUTE FUNCTION estimate_stays();

-- Whether the officer may write a stream's part: the draft, or what the leaders sent back.
CREATE OR REPLACE FUNCTION estimate_part_is_written(wanted int, part text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM stream_return r WHERE (r.estimate, r.stream) = (wanted, part))
        OR (EXISTS (SELECT FROM estimate e WHERE e.id = wanted AND e.state = 'draft')
            AND NOT EXISTS (SELECT FROM stream_submission s WHERE (s.estimate, s.stream) = (wanted, part)))
$$;

-- A line comes and goes only while its part is written; with the decision it is decided as agreed, and from then on it stays.
CREATE OR REPLACE FUNCTION estimate_line_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    line estimate_line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    with_decision boolean := EXISTS (SELECT FROM stream_decision d WHERE d.estimate = line.estimate
        AND d.stream IN (line.stream, CASE WHEN TG_OP = 'INSERT' THEN line.stream ELSE OLD.stream END));
BEGIN
    IF TG_OP = 'INSERT' AND NOT by_the_application(TG_RELID) THEN
        RETURN NEW;
    ELSIF TG_OP <> 'UPDATE' AND (with_decision OR line.decided IS NOT NULL OR NOT estimate_part_is_written(line.estimate, line.stream)) THEN
        RAISE EXCEPTION 'the estimate is decided or sent' USING ERRCODE = 'GL019';
    ELSIF TG_OP = 'UPDATE' AND (OLD.estimate <> NEW.estimate OR OLD.decided IS NOT NULL
            OR (with_decision AND (NEW.decided IS DISTINCT FROM OLD.agreed OR to_jsonb(OLD) - 'decided' <> to_jsonb(NEW) - 'decided'))
            OR (NOT with_decision AND NEW.decided IS NOT NULL)
            OR ((OLD.stream, OLD.purpose, OLD.name, OLD.proposed, OLD.classification)
                    <> (NEW.stream, NEW.purpose, NEW.name, NEW.proposed, NEW.classification)
                AND NOT (estimate_part_is_written(OLD.estimate, OLD.stream) AND estimate_part_is_written(NEW.estimate, NEW.stream)))) THEN
        RAISE EXCEPTION 'the estimate is decided or sent' USING ERRCODE = 'GL019';
    END IF;
    RETURN line;
END $$;

CREATE OR REPLACE TRIGGER estimate_line_stays BEFORE INSERT OR UPDATE OR DELETE ON estimate_line
    FOR EACH ROW EXECUTE FUNCTION estimate_line_stays();

-- The leaders decide what finance has sent them, all of it, and not whoever drew it up. One decision a stream is a key of the table.
CREATE OR REPLACE FUNCTION stream_decision_is_due() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF by_the_application(TG_RELID) AND (
            NOT EXISTS (SELECT FROM stream_submission s WHERE (s.estimate, s.stream) = (NEW.estimate, NEW.stream))
            OR EXISTS (SELECT FROM estimate e WHERE e.id = NEW.estimate AND e.made_by = NEW.decided_by)
            OR NEW.amount <> (SELECT coalesce(sum(l.agreed), -1) FROM estimate_line l
                WHERE (l.estimate, l.stream) = (NEW.estimate, NEW.stream))
            OR EXISTS (SELECT FROM estimate_line l WHERE (l.estimate, l.stream) = (NEW.estimate, NEW.stream) AND l.agreed IS NULL)) THEN
        RAISE EXCEPTION 'this part of the estimate does not wait for a decision' USING ERRCODE = 'GL019';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER stream_decision_is_due BEFORE INSERT ON stream_decision
    FOR EACH ROW EXECUTE FUNCTION stream_decision_is_due();

-- What was sent to the leaders stays as it was sent; it is taken back only undecided, and is then with the officer, not with both.
CREATE OR REPLACE FUNCTION stream_is_at_one_place() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM stream_return r WHERE TG_TABLE_NAME <> 'stream_return' AND (r.estimate, r.stream) = (NEW.estimate, NEW.stream))
        OR EXISTS (SELECT FROM stream_submission s
            WHERE TG_TABLE_NAME = 'stream_return' AND (s.estimate, s.stream) = (NEW.estimate, NEW.stream)) THEN
        RAISE EXCEPTION 'this part of the estimate is elsewhere' USING ERRCODE = 'GL019';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER stream_is_at_one_place BEFORE INSERT ON stream_return
    FOR EACH ROW EXECUTE FUNCTION stream_is_at_one_place();
CREATE OR REPLACE TRIGGER stream_is_at_one_place BEFORE INSERT ON stream_submission
    FOR EACH ROW EXECUTE FUNCTION stream_is_at_one_place();

CREATE OR REPLACE FUNCTION stream_submission_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM stream_decision d WHERE (d.estimate, d.stream) = (OLD.estimate, OLD.stream)) THEN
        RAISE EXCEPTION 'this part of the estimate is decided' USING ERRCODE = 'GL019';
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER stream_submission_stays BEFORE UPDATE OR DELETE ON stream_submission
    FOR EACH ROW EXECUTE FUNCTION stream_submission_stays();
