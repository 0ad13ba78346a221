-- What an assignment was asked, what it knew and what it found stays as it was, whoever asks. Run after every migration.

CREATE OR REPLACE FUNCTION assignment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.wanted <> OLD.wanted OR NEW.seed <> OLD.seed OR NEW.panel <> OLD.panel
        OR NEW.asked_by <> OLD.asked_by OR NEW.asked_at <> OLD.asked_at OR NEW.previous IS DISTINCT FROM OLD.previous
        OR (OLD.inputs IS NOT NULL AND NEW.inputs IS DISTINCT FROM OLD.inputs)
        OR (OLD.answer IS NOT NULL AND NEW.answer IS DISTINCT FROM OLD.answer) THEN
        RAISE EXCEPTION 'assignment run % is kept as it was', OLD.id USING ERRCODE = 'GR001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER assignment_stays BEFORE UPDATE OR DELETE ON assignment_run
    FOR EACH ROW EXECUTE FUNCTION assignment_stays();
