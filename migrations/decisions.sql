-- What an office has decided stays as it was decided, whoever asks; and a decision begins as somebody's proposal.
-- Run after every migration; each statement may be run again.

-- Whether this hand is the application's; the schema's owner may load what was decided elsewhere.
CREATE OR REPLACE FUNCTION by_the_application(kept oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = kept), 'MEMBER')
$$;

-- Allocations, adjustments and remainders: proposed, then decided once. Before the decision only the decision is written.
CREATE OR REPLACE FUNCTION decided_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change text[] := ARRAY['state', 'decided_by', 'decided_at', 'reason', 'refusal', 'document_number', 'document_date', 'entry'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'proposed' OR NOT by_the_application(TG_RELID) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.state = 'proposed' AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what % holds is decided', TG_TABLE_NAME USING ERRCODE = 'GL019';
END $$;

DO $$ DECLARE kept text; BEGIN
    FOREACH kept IN ARRAY ARRAY['allocation', 'adjustment', 'year_remainder'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER decided_stays BEFORE INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION decided_stays()', kept);
    END LOOP;
END $$;

-- An approved allocation is its own entry, and no other.
CREATE OR REPLACE FUNCTION allocation_is_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'approved' AND NOT EXISTS (SELECT FROM ledger_entry e JOIN ledger_account a ON a.id = e."into" WHERE e.id = NEW.entry
            AND e.kind = 'allocation' AND (e.amount, a.stream, a.year, a.call) = (NEW.amount, NEW.stream, NEW.year, NEW.call)
            AND (e.made_by, e.approved_by) = (NEW.made_by, NEW.decided_by)) THEN
        RAISE EXCEPTION 'allocation % is not what entry % posted', NEW.id, NEW.entry USING ERRCODE = 'GL019';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER allocation_is_posted AFTER UPDATE ON allocation FOR EACH ROW EXECUTE FUNCTION allocation_is_posted();

-- A reservation: requested, approved or refused; an approved one is committed or freed; refused or freed, it may be asked for anew.
CREATE OR REPLACE FUNCTION reservation_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'requested' OR NOT by_the_application(TG_RELID) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (OLD.proposal, OLD.stream, OLD.year) = (NEW.proposal, NEW.stream, NEW.year)
            AND (OLD.state, NEW.state) IN (('requested', 'approved'), ('requested', 'refused'), ('requested', 'committed'),
                ('refused', 'requested'), ('freed', 'requested'), ('approved', 'committed'), ('approved', 'freed'))
            AND (OLD.amount = NEW.amount OR NEW.state = 'requested')
            AND (OLD.entry IS NOT DISTINCT FROM NEW.entry OR OLD.state = 'requested' OR (OLD.state = 'freed' AND NEW.entry IS NULL)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a reservation does not go this way' USING ERRCODE = 'GL019';
END $$;

CREATE OR REPLACE TRIGGER reservation_moves BEFORE INSERT OR UPDATE OR DELETE ON reservation
    FOR EACH ROW EXECUTE FUNCTION reservation_moves();

-- For an account at most one proposal waits.
CREATE UNIQUE INDEX IF NOT EXISTS one_open_remainder ON year_remainder (account) WHERE state = 'proposed';

-- Which organisation answers for each stream on a day: whoever was entrusted last, or who has succeeded it by then.
CREATE OR REPLACE FUNCTION answering(on_day date) RETURNS TABLE (stream text, organisation int) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line AS (
        (SELECT DISTINCT ON (d.stream) d.stream::text AS stream, d.organisation::int AS organisation, 0 AS depth FROM duty d
            WHERE d.valid_from <= on_day AND (d.valid_to IS NULL OR d.valid_to >= on_day) ORDER BY d.stream, d.valid_from DESC)
        UNION ALL
        SELECT l.stream, s.successor::int, l.depth + 1 FROM line l JOIN succession s ON s.predecessor = l.organisation AND s."on" <= on_day
            WHERE l.depth < 20
    )
    SELECT DISTINCT ON (l.stream) l.stream, l.organisation FROM line l ORDER BY l.stream, l.depth DESC, l.organisation
$$;

-- Codes, grounds, days of the cycle and holidays are what was decided and counted by: they end, and are neither rewritten nor deleted.
CREATE OR REPLACE FUNCTION kept_by_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ends text[] := ARRAY['valid_to', 'to_year'];
BEGIN
    IF NOT by_the_application(TG_RELID) OR (TG_OP = 'UPDATE' AND to_jsonb(OLD) - ends = to_jsonb(NEW) - ends
            AND coalesce(to_jsonb(OLD)->>'valid_to', to_jsonb(OLD)->>'to_year') IS NULL) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'what % holds ends and is not rewritten', TG_TABLE_NAME USING ERRCODE = 'GL019';
END $$;

DO $$ DECLARE kept text; BEGIN
    FOREACH kept IN ARRAY ARRAY['classification', 'budget_ground', 'year_day'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER kept_by_period BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION kept_by_period()', kept);
    END LOOP;
END $$;
CREATE OR REPLACE TRIGGER kept_by_period BEFORE DELETE ON holiday FOR EACH ROW EXECUTE FUNCTION kept_by_period();
