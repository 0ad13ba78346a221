-- A ballot that was handed in stays as it is, and so do its points, whoever asks. Run after every migration.

CREATE OR REPLACE FUNCTION given_ballot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The count may draw a number for it, once; nothing else.
    IF OLD.state = 'given' AND (TG_OP = 'DELETE' OR OLD.number IS NOT NULL
                                OR to_jsonb(NEW) - 'number' <> to_jsonb(OLD) - 'number') THEN
        RAISE EXCEPTION 'ballot % was handed in and cannot be changed', OLD.id USING ERRCODE = 'GR002';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER given_ballot_stays BEFORE UPDATE OR DELETE ON ballot
    FOR EACH ROW EXECUTE FUNCTION given_ballot_stays();

CREATE OR REPLACE FUNCTION given_points_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched int[] := ARRAY[]::int[]; found text;
BEGIN
    IF TG_OP <> 'INSERT' THEN touched := touched || OLD.ballot; END IF;
    IF TG_OP <> 'DELETE' THEN touched := touched || NEW.ballot; END IF;
    -- Locked, so that points cannot slip in while the ballot is being handed in.
    FOR found IN SELECT state FROM ballot WHERE id = ANY(touched) ORDER BY id FOR SHARE LOOP
        IF found = 'given' THEN
            RAISE EXCEPTION 'the points of a ballot that was handed in cannot be changed' USING ERRCODE = 'GR002';
        END IF;
    END LOOP;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER given_points_stay BEFORE INSERT OR UPDATE OR DELETE ON score
    FOR EACH ROW EXECUTE FUNCTION given_points_stay();

CREATE OR REPLACE TRIGGER given_ballot_stays BEFORE UPDATE OR DELETE ON vote
    FOR EACH ROW EXECUTE FUNCTION given_ballot_stays();

-- A call has one selection panel.
CREATE UNIQUE INDEX IF NOT EXISTS one_selection_panel_a_call ON panel (call) WHERE kind = 'selection';

-- Nothing is awarded while something found against its judges stands.
CREATE OR REPLACE FUNCTION no_award_over_objection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome = 'awarded' AND EXISTS (SELECT FROM objection WHERE proposal = NEW.proposal AND settled_at IS NULL) THEN
        RAISE EXCEPTION 'an objection stands against the award of application %', NEW.proposal;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER no_award_over_objection BEFORE INSERT ON award
    FOR EACH ROW EXECUTE FUNCTION no_award_over_objection();
