-- An opinion goes from the request over acceptance and filing to receipt, and what was filed stays as it was filed.
-- Run after every migration; each statement may be run again.

CREATE OR REPLACE FUNCTION opinion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked text[] := ARRAY['kind', 'topic', 'call', 'proposal', 'project', 'paper', 'subject', 'question', 'given_stored',
        'asked_by', 'asked_at'];
    filed text[] := ARRAY['number', 'dated', 'conclusion', 'words', 'filename', 'stored', 'size', 'sha256', 'filed_by', 'filed_at'];
    kept text[];
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.state = 'requested' OR NOT by_the_application(TG_RELID)) THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        kept := asked || CASE WHEN OLD.state IN ('filed', 'received') THEN filed ELSE ARRAY[]::text[] END;
        IF (OLD.state, NEW.state) IN (('requested', 'requested'), ('requested', 'accepted'), ('requested', 'declined'),
                ('accepted', 'accepted'), ('accepted', 'declined'), ('accepted', 'filed'), ('filed', 'received'))
            AND (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(OLD)) WHERE key = ANY (kept))
              = (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(NEW)) WHERE key = ANY (kept)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an opinion does not go this way' USING ERRCODE = 'GR003';
END $$;

CREATE OR REPLACE TRIGGER opinion_stays BEFORE INSERT OR UPDATE OR DELETE ON opinion FOR EACH ROW EXECUTE FUNCTION opinion_stays();

-- Who gave an opinion stays with it once it is filed.
CREATE OR REPLACE FUNCTION opinion_experts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM opinion o WHERE o.id IN (CASE TG_OP WHEN 'DELETE' THEN OLD.opinion ELSE NEW.opinion END,
            CASE TG_OP WHEN 'INSERT' THEN NEW.opinion ELSE OLD.opinion END) AND o.state NOT IN ('requested', 'accepted')) THEN
        RAISE EXCEPTION 'the opinion is filed' USING ERRCODE = 'GR003';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER opinion_experts_stay BEFORE INSERT OR UPDATE OR DELETE ON opinion_expert
    FOR EACH ROW EXECUTE FUNCTION opinion_experts_stay();

-- Whoever gives the federation's opinion on a thing does not sit on the council that judges it, from whichever side they come.
CREATE OR REPLACE FUNCTION opinion_apart_from_council() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM person WHERE id = NEW.person FOR NO KEY UPDATE;  -- not named and seated at once
    IF EXISTS (SELECT FROM seat s JOIN panel p ON p.id = s.panel JOIN opinion_expert e ON e.person = s.person
               JOIN opinion o ON o.id = e.opinion AND o.state <> 'declined'
               WHERE s.person = NEW.person AND CASE TG_TABLE_NAME WHEN 'seat' THEN s.id = NEW.id ELSE e.id = NEW.id END
               AND (p.project = o.project OR (p.kind = 'selection'
                        AND p.call = coalesce(o.call, (SELECT call FROM proposal WHERE id = o.proposal)))
                    OR EXISTS (SELECT FROM matter m WHERE m.panel = p.id AND m.topic = o.topic))) THEN
        RAISE EXCEPTION 'person % judges what they give an opinion on', NEW.person USING ERRCODE = 'GR003';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER opinion_apart_from_council AFTER INSERT OR UPDATE OF person, panel ON seat
    FOR EACH ROW EXECUTE FUNCTION opinion_apart_from_council();
CREATE OR REPLACE TRIGGER opinion_apart_from_council AFTER INSERT OR UPDATE OF person, opinion ON opinion_expert
    FOR EACH ROW EXECUTE FUNCTION opinion_apart_from_council();
