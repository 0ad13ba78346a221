-- A closed project takes no more money; an appraised plan changes its year only by decision.
-- Run after every migration; each statement may be run again.

-- A project closes only from where its work has ended, with nothing open of its money; closed, it stays so.
CREATE OR REPLACE FUNCTION project_closes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'closed' THEN
        IF TG_OP = 'DELETE' OR (NEW.state, NEW.closed_on, NEW.closing_number, NEW.approved)
                IS DISTINCT FROM (OLD.state, OLD.closed_on, OLD.closing_number, OLD.approved) THEN
            RAISE EXCEPTION 'project % is closed', OLD.id USING ERRCODE = 'PY006';
        END IF;
    ELSIF NEW.state = 'closed' AND (
        NOT (OLD.state IN ('settled', 'terminated') OR (OLD.state = 'evaluated' AND OLD.grade = 'fail'))
        OR EXISTS (SELECT FROM payment y WHERE y.project = NEW.id AND y.state IN ('requested', 'approved'))
        OR EXISTS (SELECT FROM clearance c WHERE c.project = NEW.id AND c.state IN ('filed', 'confirmed'))
        OR EXISTS (SELECT FROM settlement s WHERE s.project = NEW.id AND s.state = 'proposed')
        OR EXISTS (SELECT FROM recovery r WHERE r.project = NEW.id AND r.state IN ('proposed', 'decided'))
        OR EXISTS (SELECT FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> 'closed'
            WHERE a.proposal = NEW.proposal AND a.stage IN ('advanced', 'paid', 'lent') AND a.balance > 0)) THEN
        RAISE EXCEPTION 'project % is not settled', NEW.id USING ERRCODE = 'PY006';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER project_closes BEFORE UPDATE OR DELETE ON project FOR EACH ROW EXECUTE FUNCTION project_closes();

-- Nothing is asked for, cleared, settled, demanded back, lent or supported for a closed project.
CREATE OR REPLACE FUNCTION closed_project_takes_nothing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM project WHERE id = NEW.project FOR SHARE;  -- waits for whoever is closing it
    IF (SELECT state FROM project WHERE id = NEW.project) = 'closed' THEN
        RAISE EXCEPTION 'project % is closed', NEW.project USING ERRCODE = 'PY006';
    END IF;
    RETURN NEW;
END $$;

DO $$ DECLARE kept text; BEGIN
    FOREACH kept IN ARRAY ARRAY['payment', 'clearance', 'settlement', 'recovery', 'instalment', 'fund_loan', 'fund_voucher'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER closed_project_takes_nothing BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION closed_project_takes_nothing()', kept);
    END LOOP;
END $$;

-- While a project stands still, or after it ended before its time, no payment is asked for or approved; what the
-- treasury has is its fact. A bank's demand under a guarantee comes all the same.
CREATE OR REPLACE FUNCTION halted_project_is_paid_nothing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM project WHERE id = NEW.project FOR SHARE;  -- waits for whoever is stopping it
    IF (TG_OP = 'INSERT' OR (OLD.state = 'requested' AND NEW.state = 'approved'))
            AND (SELECT state FROM project WHERE id = NEW.project) IN ('suspended', 'terminated')
            AND NOT EXISTS (SELECT FROM fund_loan l WHERE l.project = NEW.project AND l.guarantee) THEN
        RAISE EXCEPTION 'project % is suspended or terminated', NEW.project USING ERRCODE = 'PY008';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER halted_project_is_paid_nothing BEFORE INSERT OR UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION halted_project_is_paid_nothing();

-- Nor is anything booked for a closed project, but that what was never used of its commitment is cancelled at the year's end.
CREATE OR REPLACE FUNCTION closed_project_is_booked_out() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.kind <> 'cancellation' AND EXISTS (SELECT FROM ledger_account a JOIN project j ON j.proposal = a.proposal
            WHERE a.id IN (NEW.out_of, NEW."into") AND j.state = 'closed') THEN
        RAISE EXCEPTION 'entry % is of a closed project', NEW.id USING ERRCODE = 'PY006';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER closed_project_is_booked_out AFTER INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION closed_project_is_booked_out();

-- A year of an appraised budget line moves only by as many years as decisions have moved the application's plan.
CREATE OR REPLACE FUNCTION appraised_plan_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.appraised IS NOT NULL AND (NEW.year, NEW.moved_from) IS DISTINCT FROM (OLD.year, OLD.moved_from)
        AND (NEW.moved_from IS DISTINCT FROM coalesce(OLD.moved_from, OLD.year) OR NEW.year - NEW.moved_from
            <> (SELECT count(*) FROM plan_move m WHERE m.proposal = NEW.proposal AND m.state = 'approved')) THEN
        RAISE EXCEPTION 'the plan of application % was not moved', NEW.proposal USING ERRCODE = 'PY007';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER appraised_plan_stays BEFORE UPDATE ON budget_line FOR EACH ROW EXECUTE FUNCTION appraised_plan_stays();

CREATE OR REPLACE TRIGGER decided_stays BEFORE INSERT OR UPDATE OR DELETE ON plan_move FOR EACH ROW EXECUTE FUNCTION decided_stays();
CREATE UNIQUE INDEX IF NOT EXISTS one_open_plan_move ON plan_move (proposal) WHERE state = 'proposed';
