-- A ballot that was handed in stays as it is, and so do its points, whoever asks. Run after every migration.

CREATE OR REPLACE FUNCTION given_ballot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- At the session its member may take it up again, once, where it is kept as it came before the session.
    IF TG_TABLE_NAME = 'ballot' AND TG_OP = 'UPDATE' AND OLD.state = 'given' THEN
        IF NEW.state = 'accepted' AND NEW.total IS NULL AND NEW.given_at IS NULL AND OLD.number IS NULL
            AND to_jsonb(NEW) - ARRAY['state', 'total', 'given_at'] = to_jsonb(OLD) - ARRAY['state', 'total', 'given_at']
            AND EXISTS (SELECT FROM preliminary_score k JOIN panel n ON n.id = OLD.panel AND n.state = 'in_session'
                        WHERE k.ballot = OLD.id AND k.total = OLD.total AND k.given_at = OLD.given_at) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_TABLE_NAME = 'vote' AND TG_OP = 'UPDATE' AND OLD.state = 'given' THEN
        IF NEW.state = 'accepted' AND NEW.verdict = '' AND NEW.reasons = '[]' AND NEW.given_at IS NULL AND OLD.number IS NULL
            AND to_jsonb(NEW) - ARRAY['state', 'verdict', 'reasons', 'given_at']
              = to_jsonb(OLD) - ARRAY['state', 'verdict', 'reasons', 'given_at']
            AND EXISTS (SELECT FROM preliminary_vote k JOIN matter m ON m.id = OLD.matter
                        JOIN panel n ON n.id = m.panel AND n.state = 'in_session'
                        WHERE k.vote = OLD.id AND k.verdict = OLD.verdict AND k.given_at = OLD.given_at) THEN
            RETURN NEW;
        END IF;
    END IF;
    -- The count may draw a number for it, once; nothing else.
    IF OLD.state = 'given' AND (TG_OP = 'DELETE' OR OLD.number IS NOT NULL
                                OR to_jsonb(NEW) - 'number' <> to_jsonb(OLD) - 'number') THEN
        RAISE EXCEPTION 'ballot % was handed in and cannot be changed', OLD.id USING ERRCODE = 'GR002';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER given_ballot_stays BEFORE UPDATE OR DELETE ON ballot
    FOR EACH ROW EXECUTE FUNCTION given_ballot_stays();

-- What is kept of a ballot from before the session is what was handed in.
CREATE OR REPLACE FUNCTION preliminary_is_what_was_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ballot b JOIN panel n ON n.id = b.panel AND n.state = 'invited' WHERE b.id = NEW.ballot
                   AND b.state = 'given' AND b.total = NEW.total AND b.given_at = NEW.given_at AND b.review = NEW.review
                   AND NEW.points = (SELECT jsonb_object_agg(c.criterion, c.points) FROM score c WHERE c.ballot = b.id)) THEN
        RAISE EXCEPTION 'ballot % was not handed in like this before the session', NEW.ballot USING ERRCODE = 'GR002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER preliminary_is_what_was_given BEFORE INSERT ON preliminary_score
    FOR EACH ROW EXECUTE FUNCTION preliminary_is_what_was_given();

CREATE OR REPLACE FUNCTION preliminary_vote_is_what_was_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM vote v JOIN matter m ON m.id = v.matter JOIN panel n ON n.id = m.panel AND n.state = 'invited'
                   WHERE v.id = NEW.vote AND v.state = 'given' AND (v.content, v.verdict, v.reasons, v.review, v.given_at)
                   = (NEW.content, NEW.verdict, NEW.reasons, NEW.review, NEW.given_at)) THEN
        RAISE EXCEPTION 'vote % was not handed in like this before the session', NEW.vote USING ERRCODE = 'GR002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER preliminary_vote_is_what_was_given BEFORE INSERT ON preliminary_vote
    FOR EACH ROW EXECUTE FUNCTION preliminary_vote_is_what_was_given();

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

-- A call has one selection panel, beside those that repeat a vote; a vote is repeated by one panel at a time, and an
-- application has one appraisal that holds.
DROP INDEX IF EXISTS one_selection_panel_a_call;
CREATE UNIQUE INDEX IF NOT EXISTS one_first_selection_panel_a_call ON panel (call) WHERE kind = 'selection' AND repeats IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS one_appraisal_that_holds ON appraisal (proposal) WHERE NOT set_aside;

-- Nothing is awarded while something found against its judges stands.
CREATE OR REPLACE FUNCTION no_award_over_objection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome = 'awarded' AND EXISTS (SELECT FROM objection WHERE proposal = NEW.proposal AND settled_at IS NULL) THEN
        RAISE EXCEPTION 'an objection stands against the award of application %', NEW.proposal;
    END IF;
    IF NEW.outcome = 'awarded' AND EXISTS (
        SELECT FROM set_aside a JOIN standing s ON s.id = a.standing JOIN revote r ON r.id = a.revote WHERE s.proposal = NEW.proposal
            AND NOT EXISTS (SELECT FROM standing n WHERE n.panel = r.successor AND n.proposal = NEW.proposal)) THEN
        RAISE EXCEPTION 'the vote on application % is still to be taken anew', NEW.proposal;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER no_award_over_objection BEFORE INSERT ON award
    FOR EACH ROW EXECUTE FUNCTION no_award_over_objection();

-- A vote is taken anew only where one was taken: the panel has counted, the successor repeats it, the objection is about it.
CREATE OR REPLACE FUNCTION revote_of_a_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM panel n JOIN panel o ON o.id = NEW.panel JOIN objection b ON b.id = NEW.objection
                   JOIN standing s ON s.panel = o.id AND s.proposal = b.proposal
                   WHERE n.id = NEW.successor AND n.repeats = NEW.panel AND o.state IN ('counted', 'closed')) THEN
        RAISE EXCEPTION 'no vote of panel % is taken anew by panel %', NEW.panel, NEW.successor;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER revote_of_a_vote BEFORE INSERT ON revote FOR EACH ROW EXECUTE FUNCTION revote_of_a_vote();

-- Only a standing of the panel whose vote is taken anew is set aside, and none on which something was awarded.
CREATE OR REPLACE FUNCTION set_aside_of_that_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM revote r JOIN standing s ON s.panel = r.panel WHERE r.id = NEW.revote AND s.id = NEW.standing)
        OR EXISTS (SELECT FROM award w JOIN standing s ON s.proposal = w.proposal WHERE s.id = NEW.standing) THEN
        RAISE EXCEPTION 'standing % cannot be set aside', NEW.standing;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER set_aside_of_that_vote BEFORE INSERT ON set_aside FOR EACH ROW EXECUTE FUNCTION set_aside_of_that_vote();

-- Against whom the objection held does not vote again.
CREATE OR REPLACE FUNCTION not_judged_again_by_them() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM revote r JOIN objection b ON b.id = r.objection WHERE r.successor = NEW.panel AND b.person = NEW.person) THEN
        RAISE EXCEPTION 'person % was objected to in the vote that panel % repeats', NEW.person, NEW.panel;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER not_judged_again_by_them BEFORE INSERT OR UPDATE OF person, panel ON seat
    FOR EACH ROW EXECUTE FUNCTION not_judged_again_by_them();
