-- An agreement stays as it was signed: it changes only by a correction before any money, an amendment that was decided, or a resumption.
-- Run after every migration; each statement may be run again.

-- An amendment is asked for, then decided once. Before the decision only the decision is written; afterwards nothing.
CREATE OR REPLACE FUNCTION amendment_is_decided_once() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE
    decision text[] := ARRAY['state', 'annex', 'number', 'decided_on', 'remark', 'decided_by', 'decided_at', 'ends_before', 'ends_after',
        'lead_before', 'was'];
    ceilings jsonb;
BEGIN
    IF NOT by_the_application(TG_RELID) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state NOT IN ('asked', 'noted'))
            OR (TG_OP = 'UPDATE' AND (OLD.state <> 'asked' OR to_jsonb(OLD) - decision <> to_jsonb(NEW) - decision)) THEN
        RAISE EXCEPTION 'an amendment is decided once' USING ERRCODE = 'AG001';
    END IF;
    IF NEW.state = 'approved' THEN
        SELECT r.content::jsonb -> 'ceilings' INTO ceilings FROM project j JOIN proposal p ON p.id = j.proposal JOIN call c ON c.id = p.call
            JOIN rule_set r ON r.id = c.rule_set WHERE j.id = NEW.project FOR NO KEY UPDATE OF j;
        IF NEW.kind = 'extension' AND (NEW.months > (ceilings ->> 'extension_months')::int OR (ceilings ->> 'extensions')::int <=
                (SELECT count(*) FROM amendment a WHERE a.project = NEW.project AND a.kind = 'extension' AND a.state = 'approved')) THEN
            RAISE EXCEPTION 'the rules extend no further' USING ERRCODE = 'AG002';
        END IF;
        IF NEW.kind IN ('title', 'objective', 'products')
                AND EXISTS (SELECT FROM payment_terms t WHERE t.project = NEW.project AND t.method = 'lump_sum_full') THEN
            RAISE EXCEPTION 'a lump sum to the final product stays what it is' USING ERRCODE = 'AG002';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER amendment_is_decided_once BEFORE INSERT OR UPDATE OR DELETE ON amendment
    FOR EACH ROW EXECUTE FUNCTION amendment_is_decided_once();
CREATE UNIQUE INDEX IF NOT EXISTS one_open_amendment ON amendment (project, kind) WHERE state = 'asked';

-- A correction is by another than who recorded the agreement, and before any money was asked for.
CREATE OR REPLACE FUNCTION corrected_before_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM project WHERE id = NEW.project FOR NO KEY UPDATE;
    IF by_the_application(TG_RELID) AND (EXISTS (SELECT FROM payment y WHERE y.project = NEW.project AND y.state <> 'refused')
            OR EXISTS (SELECT FROM project j WHERE j.id = NEW.project AND j.signed_by = NEW."by")) THEN
        RAISE EXCEPTION 'agreement of project % is not corrected', NEW.project USING ERRCODE = 'AG003';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER corrected_before_money BEFORE INSERT ON agreement_correction
    FOR EACH ROW EXECUTE FUNCTION corrected_before_money();

-- Once signed: number and days as signed or corrected; the end also as extended, or put off by a resumption; lead and title as amended.
CREATE OR REPLACE FUNCTION agreement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.agreed_on IS NULL OR NOT by_the_application(TG_RELID) THEN
        RETURN NEW;
    END IF;
    IF ((NEW.agreement_number, NEW.agreed_on, NEW.starts_on) IS DISTINCT FROM (OLD.agreement_number, OLD.agreed_on, OLD.starts_on)
            AND NOT EXISTS (SELECT FROM agreement_correction c WHERE c.project = NEW.id
                AND (c.number, c.agreed_on, c.starts_on) = (NEW.agreement_number, NEW.agreed_on, NEW.starts_on)))
        OR (NEW.months, NEW.signed_by) IS DISTINCT FROM (OLD.months, OLD.signed_by)
        OR (NEW.ends_on <> OLD.ends_on
            AND NOT EXISTS (SELECT FROM amendment a WHERE a.project = NEW.id AND a.kind = 'extension' AND a.state = 'approved'
                AND (a.ends_before, a.ends_after) = (OLD.ends_on, NEW.ends_on))
            AND NOT EXISTS (SELECT FROM agreement_correction c WHERE c.project = NEW.id AND c.ends_on = NEW.ends_on)
            AND NOT EXISTS (SELECT FROM project_decision d JOIN project_decision s ON s.project = d.project AND s.did = 'suspended'
                WHERE d.project = NEW.id AND d.did = 'resumed' AND d.decided_on - s.decided_on = NEW.ends_on - OLD.ends_on))
        OR (NEW.lead <> OLD.lead AND NOT EXISTS (SELECT FROM amendment a WHERE a.project = NEW.id AND a.kind = 'lead'
            AND a.state = 'approved' AND (a.lead_before, a.lead) = (OLD.lead, NEW.lead)))
        OR (NEW.title <> OLD.title AND NOT EXISTS (SELECT FROM amendment a WHERE a.project = NEW.id AND a.kind = 'title'
            AND a.state = 'approved' AND (a.was, a.becomes) = (OLD.title, NEW.title))) THEN
        RAISE EXCEPTION 'the agreement of project % was not amended so', NEW.id USING ERRCODE = 'AG001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER agreement_stays BEFORE UPDATE ON project FOR EACH ROW EXECUTE FUNCTION agreement_stays();

-- A project is graded as its council graded it; without a council only where the rules that its call has pinned ask for none.
CREATE OR REPLACE FUNCTION graded_by_its_council() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF by_the_application(TG_RELID) AND NEW.state = 'evaluated' AND OLD.state <> 'evaluated'
        AND NEW.council_grade IS DISTINCT FROM NEW.grade AND NOT (NEW.council_grade IS NULL AND EXISTS (
            SELECT FROM proposal p JOIN call c ON c.id = p.call JOIN rule_set r ON r.id = c.rule_set
            WHERE p.id = NEW.proposal AND (r.content #>> '{panels,final_evaluation,least_members}')::int = 0)) THEN
        RAISE EXCEPTION 'no council graded project % so', NEW.id USING ERRCODE = 'AG004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER graded_by_its_council BEFORE UPDATE ON project FOR EACH ROW EXECUTE FUNCTION graded_by_its_council();
