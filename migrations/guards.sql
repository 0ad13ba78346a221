-- What the application may do. It works as grants_app, which can neither rewrite history nor touch the schema.
-- Run after every migration; each statement may be run again.

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grants_app') THEN
        CREATE ROLE grants_app NOLOGIN;
    END IF;
    EXECUTE format('GRANT grants_app TO %I', current_user);
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO grants_app', current_database());
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO grants_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO grants_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO grants_app;

-- Balances are moved by the ledger's own trigger, which runs as the owner.
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_account FROM grants_app;
-- Which migrations ran is the owner's business.
REVOKE INSERT, UPDATE, DELETE ON migration FROM grants_app;

-- History is only ever added to: the application has no right to change it, and its owner's own mistakes are refused too.
CREATE OR REPLACE FUNCTION history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history of % cannot be changed or deleted', TG_TABLE_NAME USING ERRCODE = 'GR001';
END $$;

DO $$ DECLARE kept text; BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'event', 'seal', 'submission', 'standing', 'minutes', 'resolution', 'motion', 'dissent', 'fee', 'pay_line', 'listed_fee',
        'product_report', 'counsel', 'answer', 'revote', 'set_aside', 'preliminary_score', 'preliminary_vote', 'line_change', 'award',
        'ledger_entry', 'estimate_round', 'stream_decision', 'filed_report', 'project_decision', 'agreement_correction', 'payment_approval', 'fee_approval', 'treasury_file',
        'recovery_payment', 'loan_payment', 'loan_due', 'interest_claim', 'voucher_redemption'
    ] LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM grants_app', kept);
        EXECUTE format('CREATE OR REPLACE TRIGGER history_stays BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION history_stays()', kept);
        EXECUTE format('CREATE OR REPLACE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION history_stays()', kept);
    END LOOP;
END $$;
