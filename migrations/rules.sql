-- What a call has pinned never changes; only the day on which a rule set ends may still be set. Run after every migration.

CREATE OR REPLACE FUNCTION pinned_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM call WHERE rule_set = OLD.id)
            AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'valid_to' <> to_jsonb(OLD) - 'valid_to') THEN
        RAISE EXCEPTION 'rule set % is pinned by a call and cannot be changed', OLD.code USING ERRCODE = 'GR003';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER pinned_rules_stay BEFORE UPDATE OR DELETE ON rule_set
    FOR EACH ROW EXECUTE FUNCTION pinned_rules_stay();
