-- What came to each account and what went from it, by month and kind of entry, kept as the entries are written, so that
-- statements and charts need not read the journal. The accounts are locked by then (ledger_posts fires before it), so
-- nobody else writes these rows. Run after every migration; each statement may be run again.

CREATE OR REPLACE FUNCTION ledger_turn(account bigint, month date, kind text, came bigint, went bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ledger_turnover t SET came = t.came + ledger_turn.came, went = t.went + ledger_turn.went
        WHERE t.account = ledger_turn.account AND t.month = ledger_turn.month AND t.kind = ledger_turn.kind;
    IF NOT FOUND THEN
        INSERT INTO ledger_turnover (account, month, kind, came, went)
            VALUES (ledger_turn.account, ledger_turn.month, ledger_turn.kind, ledger_turn.came, ledger_turn.went);
    END IF;
END $$;

-- A correction goes the other way: it takes back what the wrong entry brought and took, under the wrong entry's kind.
CREATE OR REPLACE FUNCTION ledger_turns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date := date_trunc('month', NEW.document_date)::date;
    wrong text;
BEGIN
    IF NEW.corrects IS NULL THEN
        PERFORM ledger_turn(NEW.out_of, month, NEW.kind, 0, NEW.amount);
        PERFORM ledger_turn(NEW."into", month, NEW.kind, NEW.amount, 0);
    ELSE
        SELECT kind INTO wrong FROM ledger_entry WHERE id = NEW.corrects;
        PERFORM ledger_turn(NEW.out_of, month, wrong, -NEW.amount, 0);
        PERFORM ledger_turn(NEW."into", month, wrong, 0, -NEW.amount);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_turns AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.state = 'posted') EXECUTE FUNCTION ledger_turns();

-- What was posted before the trigger was there: summed up once.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM ledger_turnover) THEN
        LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO ledger_turnover (account, month, kind, came, went)
            SELECT account, month, kind, sum(came), sum(went) FROM (
                SELECT e.out_of AS account, date_trunc('month', e.document_date)::date AS month, coalesce(w.kind, e.kind) AS kind,
                    CASE WHEN w.id IS NULL THEN 0 ELSE -e.amount END AS came, CASE WHEN w.id IS NULL THEN e.amount ELSE 0 END AS went
                    FROM ledger_entry e LEFT JOIN ledger_entry w ON w.id = e.corrects WHERE e.state = 'posted'
                UNION ALL
                SELECT e."into", date_trunc('month', e.document_date)::date, coalesce(w.kind, e.kind),
                    CASE WHEN w.id IS NULL THEN e.amount ELSE 0 END, CASE WHEN w.id IS NULL THEN 0 ELSE -e.amount END
                    FROM ledger_entry e LEFT JOIN ledger_entry w ON w.id = e.corrects WHERE e.state = 'posted'
            ) AS moved GROUP BY account, month, kind;
    END IF;
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_turnover FROM grants_app;
REVOKE EXECUTE ON FUNCTION ledger_turn(bigint, date, text, bigint, bigint) FROM PUBLIC;

-- What went from one year to another is asked for of every account of a year, and few accounts have it.
CREATE INDEX IF NOT EXISTS carried_over_years ON ledger_turnover (account) WHERE kind = 'carry_over';
