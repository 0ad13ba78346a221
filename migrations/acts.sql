-- Every entry that the application posts is the entry of an act: a decision, an approved request, an award, a confirmed payment.
-- Asked when the transaction ends, for an act names its entry after it is posted; of what is added from now on, so that history stands.
-- What the schema's owner loads from elsewhere is not asked. Run after every migration; each statement may be run again.

-- The acts' own entry: each at most one act's.
CREATE UNIQUE INDEX IF NOT EXISTS one_allocation_an_entry ON allocation (entry);
CREATE UNIQUE INDEX IF NOT EXISTS one_adjustment_an_entry ON adjustment (entry);
CREATE UNIQUE INDEX IF NOT EXISTS one_remainder_an_entry ON year_remainder (entry);
CREATE UNIQUE INDEX IF NOT EXISTS one_clearance_an_entry ON clearance (entry);
CREATE UNIQUE INDEX IF NOT EXISTS one_payment_an_entry ON payment (paid_entry);
CREATE UNIQUE INDEX IF NOT EXISTS one_correction_an_entry ON correction (wrong) WHERE state <> 'refused';

-- What the leaders gave a stream under a code by this entry's decision, in đồng; only what goes to the fund, where that is asked.
CREATE OR REPLACE FUNCTION decided_money(e ledger_entry, a ledger_account, for_fund boolean) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.decided), 0) FROM estimate t JOIN stream_decision d ON d.estimate = t.id
        JOIN estimate_line l ON (l.estimate, l.stream) = (d.estimate, d.stream)
    WHERE (t.year, l.stream, l.classification) = (a.year, a.stream, a.classification) AND (l.purpose = 'fund_contribution' OR NOT for_fund)
        AND (d.number, d.decided_on, d.decided_by) = (e.document_number, e.document_date, e.approved_by)
$$;

-- The number in an entry's key: 7 of "loan-payment-7-0" is its third part.
CREATE OR REPLACE FUNCTION number_in(key text, part int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN split_part(key, '-', part) ~ '^[0-9]{1,9}$' THEN split_part(key, '-', part)::bigint END
$$;

-- Whether an act of the office stands behind a posted entry.
CREATE OR REPLACE FUNCTION entry_has_its_act(e ledger_entry) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    giver ledger_account;
    taker ledger_account;
BEGIN
    SELECT * INTO giver FROM ledger_account WHERE id = e.out_of;
    SELECT * INTO taker FROM ledger_account WHERE id = e."into";
    IF e.kind = 'appropriation' THEN
        RETURN (SELECT sum(n.amount) FROM ledger_entry n WHERE n.kind = e.kind AND n."into" = e."into") = decided_money(e, taker, false);
    ELSIF e.kind = 'contribution' AND taker.stage = 'appropriated' THEN
        RETURN (SELECT sum(n.amount) FROM ledger_entry n WHERE n.kind = e.kind AND n.out_of = e.out_of AND n."into" = e."into")
            = decided_money(e, giver, true);
    ELSIF e.kind = 'contribution' THEN
        RETURN EXISTS (SELECT FROM venture_contribution v WHERE v.entry = e.id AND (v.state, v.amount, v.stream, v.year, v.made_by, v.decided_by)
            = ('approved', e.amount, giver.stream, giver.year, e.made_by, e.approved_by));
    ELSIF e.kind IN ('supplement', 'cut', 'handover', 'virement') THEN
        RETURN EXISTS (SELECT FROM adjustment j WHERE j.entry = e.id AND j.kind = replace(e.kind, 'virement', 'transfer')
                AND (j.state, j.out_of, j."into", j.amount, j.made_by, j.decided_by, j.document_number, j.document_date)
                    = ('approved', e.out_of, e."into", e.amount, e.made_by, e.approved_by, e.document_number, e.document_date))
            OR (e.kind = 'supplement' AND taker.stream = 'fund' AND e.key LIKE 'loan-interest-%' AND EXISTS (SELECT FROM loan_payment p
                WHERE p.id = number_in(e.key, 3) AND (p.interest, p.number, p.recorded_by) = (e.amount, e.document_number, e.approved_by)));
    ELSIF e.kind = 'allocation' THEN
        RETURN EXISTS (SELECT FROM allocation l WHERE l.entry = e.id
            AND (l.state, l.amount, l.stream, l.year, l.call, l.classification, l.made_by, l.decided_by, l.document_number, l.document_date)
                = ('approved', e.amount, taker.stream, taker.year, taker.call, giver.classification, e.made_by, e.approved_by,
                    e.document_number, e.document_date));
    ELSIF e.kind = 'commitment' THEN
        -- by the award itself; a later year of what was awarded by its stream's finance
        RETURN EXISTS (SELECT FROM reservation r JOIN award w ON w.proposal = r.proposal AND w.outcome = 'awarded'
            WHERE r.entry = e.resolves AND (r.state, r.amount, r.proposal) = ('committed', e.amount, taker.proposal)
                AND ((w.decision_number, w.decided_on, w.decided_by) = (e.document_number, e.document_date, e.approved_by)
                    OR (r.decided_by = e.approved_by AND r.decided_at >= w.decided_at)));
    ELSIF e.kind IN ('advance', 'payment', 'loan') THEN
        RETURN EXISTS (SELECT FROM payment y WHERE y.paid_entry = e.id AND (y.state, y.kind, y.amount, y.held_entry, y.paid_by, y.treasury_number)
                = ('paid', e.kind, e.amount, e.resolves, e.approved_by, e.document_number))
            OR (e.kind = 'payment' AND EXISTS (SELECT FROM fee_payment f WHERE f.paid_entry = e.id AND (f.state, f.amount, f.held_entry)
                = ('paid', e.amount, e.resolves)));
    ELSIF e.kind = 'clearance' THEN
        RETURN EXISTS (SELECT FROM clearance c JOIN project j ON j.id = c.project
            WHERE c.entry = e.id AND (c.state, c.amount, c.stream, c.year, c.confirmed_by, c.decided_by, j.proposal)
                = ('cleared', e.amount, giver.stream, giver.year, e.made_by, e.approved_by, giver.proposal));
    ELSIF e.kind = 'settlement' THEN
        RETURN EXISTS (SELECT FROM settlement s JOIN settlement_sum u ON u.settlement = s.id JOIN project j ON j.id = s.project
            WHERE s.id = number_in(e.key, 2) AND e.key = format('settlement-%s-%s-%s', s.id, u.stream, u.year)
                AND (s.state, u.paid - u.back, u.stream, u.year, s.made_by, j.proposal)
                    = ('approved', e.amount, giver.stream, giver.year, e.made_by, giver.proposal));
    ELSIF e.kind = 'recovery' OR (e.kind = 'repayment' AND giver.stage = 'recovered') THEN
        RETURN e.key LIKE 'repaid-%' AND EXISTS (SELECT FROM recovery r JOIN recovery_payment p ON p.recovery = r.id JOIN project j ON j.id = r.project
            WHERE r.id = number_in(e.key, 2) AND (p.number, p."on", p.recorded_by, r.decided_by, r.stream, j.proposal)
                = (e.document_number, e.document_date, e.approved_by, e.made_by, giver.stream, giver.proposal)
                AND p.amount >= (SELECT sum(n.amount) FROM ledger_entry n WHERE n.out_of = e.out_of AND n.kind = e.kind
                    AND (n.document_number, n.document_date) = (e.document_number, e.document_date) AND number_in(n.key, 2) = r.id));
    ELSIF e.kind = 'repayment' THEN
        RETURN e.key LIKE 'loan-payment-%' AND EXISTS (SELECT FROM loan_payment p JOIN fund_loan l ON l.id = p.loan JOIN project j ON j.id = l.project
            WHERE p.id = number_in(e.key, 3) AND (p.number, p."on", p.recorded_by, j.proposal)
                = (e.document_number, e.document_date, e.approved_by, giver.proposal)
                AND p.principal >= (SELECT sum(n.amount) FROM ledger_entry n WHERE n.out_of = e.out_of AND n.kind = e.kind
                    AND number_in(n.key, 3) = p.id));
    ELSIF e.kind = 'write_off' THEN
        RETURN e.key LIKE 'write-off-%' AND EXISTS (SELECT FROM fund_write_off w JOIN fund_loan l ON l.id = w.loan JOIN project j ON j.id = l.project
            WHERE w.id = number_in(e.key, 3) AND (w.state, w.made_by, w.decided_by, w.decision_number, j.proposal)
                = ('decided', e.made_by, e.approved_by, e.document_number, giver.proposal)
                AND w.amount >= (SELECT sum(n.amount) FROM ledger_entry n WHERE n.out_of = e.out_of AND n.kind = e.kind
                    AND number_in(n.key, 3) = w.id));
    ELSIF e.kind = 'release' THEN
        RETURN EXISTS (SELECT FROM fund_loan l JOIN project j ON j.id = l.project
            WHERE e.key = format('release-%s-%s', l.id, giver.year) AND (l.state, l.guarantee, l.made_by, j.proposal)
                = ('released', true, e.made_by, giver.proposal));
    ELSIF e.kind IN ('carry_over', 'cancellation') THEN
        RETURN EXISTS (SELECT FROM year_remainder m WHERE m.entry = e.id AND m.act = replace(e.kind, 'cancellation', 'cancel')
            AND (m.state, m.account, m.amount, m.made_by, m.decided_by, m.document_number, m.document_date)
                = ('confirmed', e.out_of, e.amount, e.made_by, e.approved_by, e.document_number, e.document_date));
    ELSIF e.kind = 'correction' THEN
        RETURN EXISTS (SELECT FROM correction c WHERE c.entry = e.id
            AND (c.state, c.wrong, c.amount, c.made_by, c.decided_by, c.document_kind, c.document_number, c.document_date)
                = ('approved', e.corrects, e.amount, e.made_by, e.approved_by, e.document_kind, e.document_number, e.document_date));
    END IF;
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION entry_rests_on_its_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF by_the_application(TG_RELID) AND NOT coalesce(entry_has_its_act(NEW), false) THEN
        RAISE EXCEPTION 'no act stands behind entry % (%)', NEW.id, NEW.kind USING ERRCODE = 'GL021';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS entry_rests_on_its_act ON ledger_entry;
CREATE CONSTRAINT TRIGGER entry_rests_on_its_act AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'posted') EXECUTE FUNCTION entry_rests_on_its_act();

-- And the other way: what is said to be posted is that entry.
CREATE OR REPLACE FUNCTION act_is_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = TG_ARGV[0] AND NEW.entry IS DISTINCT FROM OLD.entry
        AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = NEW.entry AND e.state = 'posted' AND entry_has_its_act(e)) THEN
        RAISE EXCEPTION '% % is not what entry % posted', TG_TABLE_NAME, NEW.id, NEW.entry USING ERRCODE = 'GL019';
    END IF;
    RETURN NULL;
END $$;

DO $$ DECLARE kept text; done text; BEGIN
    FOR kept, done IN VALUES ('adjustment', 'approved'), ('year_remainder', 'confirmed'), ('correction', 'approved') LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER act_is_posted AFTER UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION act_is_posted(%L)', kept, done);
    END LOOP;
END $$;

-- An award commits what it decided: what was held for the application, by this decision, and leaves nothing held or asked for.
CREATE OR REPLACE FUNCTION award_is_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF by_the_application(TG_RELID) AND NEW.outcome = 'awarded' AND (
        EXISTS (SELECT FROM reservation r WHERE r.proposal = NEW.proposal AND r.state IN ('requested', 'approved') AND r.made_at <= NEW.decided_at)
        OR NOT EXISTS (SELECT FROM reservation r JOIN ledger_entry e ON e.resolves = r.entry
            WHERE (r.proposal, r.state) = (NEW.proposal, 'committed') AND (e.kind, e.document_number, e.document_date, e.approved_by)
                = ('commitment', NEW.decision_number, NEW.decided_on, NEW.decided_by))
        OR NEW.amount <> (SELECT coalesce(sum(s.approved), 0) FROM slice s JOIN project j ON j.id = s.project WHERE j.proposal = NEW.proposal)) THEN
        RAISE EXCEPTION 'award % committed nothing', NEW.id USING ERRCODE = 'GL021';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS award_is_committed ON award;
CREATE CONSTRAINT TRIGGER award_is_committed AFTER INSERT ON award DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION award_is_committed();

-- A correction is asked for once, of an entry that may be taken back so, in years that are not closed: the right way round, of one stream,
-- and whole where an act is taken back with it. Before the decision only the decision is written.
CREATE OR REPLACE FUNCTION correction_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change text[] := ARRAY['state', 'decided_by', 'decided_at', 'refusal', 'entry'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT by_the_application(TG_RELID) OR (NEW.state = 'proposed' AND EXISTS (
            SELECT FROM ledger_entry e JOIN ledger_account g ON g.id = e."into" JOIN ledger_account t ON t.id = e.out_of
                JOIN budget_year y ON y.year = g.year AND y.state <> 'closed' JOIN budget_year z ON z.year = t.year AND z.state <> 'closed'
            WHERE e.id = NEW.wrong AND e.state = 'posted' AND (g.stream, g.year, t.stream) = (NEW.stream, NEW.year, NEW.stream)
                AND CASE WHEN e.kind IN ('advance', 'payment', 'clearance') THEN NEW.amount = e.amount
                    WHEN e.kind IN ('allocation', 'carry_over', 'cancellation') THEN NEW.amount <= e.amount
                    WHEN e.kind IN ('supplement', 'cut', 'handover', 'virement') THEN NEW.amount <= e.amount
                        AND EXISTS (SELECT FROM adjustment j WHERE j.entry = e.id)
                    ELSE false END)) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.state = 'proposed' AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'this is not how an entry is corrected' USING ERRCODE = 'GL019';
END $$;

CREATE OR REPLACE TRIGGER correction_is_due BEFORE INSERT OR UPDATE OR DELETE ON correction
    FOR EACH ROW EXECUTE FUNCTION correction_is_due();

-- What was paid or cleared goes back only with its entry, whole; the arguments are the state it was in and the column that names the entry.
CREATE OR REPLACE FUNCTION undone_by_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = TG_ARGV[0] AND to_jsonb(NEW) <> to_jsonb(OLD) AND NOT (NEW.state = 'refused' AND NEW.reason <> '' AND EXISTS (
            SELECT FROM ledger_entry c WHERE c.corrects = (to_jsonb(OLD)->>TG_ARGV[1])::bigint AND c.amount = OLD.amount)) THEN
        RAISE EXCEPTION '% % is decided', TG_TABLE_NAME, OLD.id USING ERRCODE = 'PY001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER undone_by_correction BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION undone_by_correction('paid', 'paid_entry');
CREATE OR REPLACE TRIGGER undone_by_correction BEFORE UPDATE ON fee_payment
    FOR EACH ROW EXECUTE FUNCTION undone_by_correction('paid', 'paid_entry');
CREATE OR REPLACE TRIGGER undone_by_correction BEFORE UPDATE ON clearance FOR EACH ROW EXECUTE FUNCTION undone_by_correction('cleared', 'entry');

-- And the entry goes back only with them: asked when the transaction ends, of whoever corrects.
CREATE OR REPLACE FUNCTION corrected_act_is_undone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payment y WHERE (y.paid_entry, y.state) = (NEW.corrects, 'paid'))
        OR EXISTS (SELECT FROM fee_payment f WHERE (f.paid_entry, f.state) = (NEW.corrects, 'paid'))
        OR EXISTS (SELECT FROM clearance c WHERE c.entry = NEW.corrects)
        OR EXISTS (SELECT FROM treasury_line l JOIN payment y ON y.id = l.payment WHERE y.paid_entry = NEW.corrects AND l.state IN ('matched', 'settled'))
        OR EXISTS (SELECT FROM treasury_line l JOIN fee_payment f ON f.id = l.fees
            WHERE f.paid_entry = NEW.corrects AND l.state IN ('matched', 'settled'))
        OR EXISTS (SELECT FROM treasury_line l JOIN ledger_entry w ON w.id = NEW.corrects AND w.document_kind = 'treasury_voucher'
            WHERE (l.number, l."on", l.out) = (w.document_number, w.document_date, w.amount)) THEN
        RAISE EXCEPTION 'what entry % paid still stands', NEW.corrects USING ERRCODE = 'GL021';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS corrected_act_is_undone ON ledger_entry;
CREATE CONSTRAINT TRIGGER corrected_act_is_undone AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.corrects IS NOT NULL) EXECUTE FUNCTION corrected_act_is_undone();
