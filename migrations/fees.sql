-- Fees are listed once, a list is exactly the fees in it, and it is paid out of what managing the work may cost.
-- Run after every migration; each statement may be run again.

-- A closed list stays; only the day on which it was paid is written, once, when the budget has paid it, and taken away when that is
-- taken back.
CREATE OR REPLACE FUNCTION pay_list_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'paid_on' <> to_jsonb(OLD) - 'paid_on' OR (OLD.paid_on IS NULL) = (NEW.paid_on IS NULL)
        OR NEW.paid_on IS DISTINCT FROM (SELECT f.paid_on FROM fee_payment f WHERE f.pay_list = NEW.id AND f.state = 'paid') THEN
        RAISE EXCEPTION 'pay list % is closed', OLD.id USING ERRCODE = 'FE001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER pay_list_stays BEFORE UPDATE OR DELETE ON pay_list FOR EACH ROW EXECUTE FUNCTION pay_list_stays();

CREATE OR REPLACE FUNCTION pay_list_begins_unpaid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.paid_on IS NOT NULL AND by_the_application(TG_RELID) THEN
        RAISE EXCEPTION 'a pay list begins unpaid' USING ERRCODE = 'FE001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER pay_list_begins_unpaid BEFORE INSERT ON pay_list FOR EACH ROW EXECUTE FUNCTION pay_list_begins_unpaid();

-- Asked when the transaction ends: the list is the sum of its lines, and each line the sum of its person's fees in it.
CREATE OR REPLACE FUNCTION pay_list_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    list int := CASE TG_TABLE_NAME WHEN 'pay_list' THEN (to_jsonb(NEW)->>'id')::int WHEN 'pay_line' THEN (to_jsonb(NEW)->>'pay_list')::int
        ELSE (SELECT l.pay_list FROM pay_line l WHERE l.id = (to_jsonb(NEW)->>'line')::int) END;
BEGIN
    IF (SELECT p.amount FROM pay_list p WHERE p.id = list) <> (SELECT coalesce(sum(l.amount), 0) FROM pay_line l WHERE l.pay_list = list)
        OR EXISTS (SELECT FROM pay_line l LEFT JOIN listed_fee x ON x.line = l.id LEFT JOIN fee f ON f.id = x.fee WHERE l.pay_list = list
            GROUP BY l.id HAVING l.amount <> coalesce(sum(f.times * f.each), 0) OR bool_or(f.person <> l.person)) THEN
        RAISE EXCEPTION 'pay list % is not the fees in it', list USING ERRCODE = 'FE002';
    END IF;
    RETURN NULL;
END $$;

DO $$ DECLARE kept text; BEGIN
    FOREACH kept IN ARRAY ARRAY['pay_list', 'pay_line', 'listed_fee'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS pay_list_adds_up ON %I', kept);
        EXECUTE format('CREATE CONSTRAINT TRIGGER pay_list_adds_up AFTER INSERT ON %I DEFERRABLE INITIALLY DEFERRED '
            'FOR EACH ROW EXECUTE FUNCTION pay_list_adds_up()', kept);
    END LOOP;
END $$;

-- A list is charged once, unless it was refused.
CREATE UNIQUE INDEX IF NOT EXISTS one_charge_a_list ON fee_payment (pay_list) WHERE state <> 'refused';

-- What is charged is the list; what is approved is held, and what is paid is posted, of exactly this money and by these people.
CREATE OR REPLACE FUNCTION fee_payment_is_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount <> (SELECT p.amount FROM pay_list p WHERE p.id = NEW.pay_list) THEN
        RAISE EXCEPTION 'what is charged is not the list' USING ERRCODE = 'FE002';
    ELSIF TG_OP = 'INSERT' AND by_the_application(TG_RELID) AND NOT EXISTS (SELECT FROM estimate e JOIN estimate_line l ON l.estimate = e.id
            WHERE l.decided IS NOT NULL AND (e.year, l.stream, l.classification, l.purpose)
                = (NEW.year, NEW.stream, NEW.classification, 'management')) THEN
        RAISE EXCEPTION '% of % holds no management costs', NEW.classification, NEW.year USING ERRCODE = 'FE004';
    ELSIF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) IN (('requested', 'paid'), ('approved', 'requested')) THEN
        RAISE EXCEPTION 'fee payment % does not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'PY001';
    ELSIF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) = ('requested', 'approved')
            AND EXISTS (SELECT FROM pay_line l WHERE (l.pay_list, l.person) = (NEW.pay_list, NEW.approved_by)) THEN
        RAISE EXCEPTION 'fee payment % pays who approves it', NEW.id USING ERRCODE = 'FE005';
    ELSIF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) = ('requested', 'approved') AND EXISTS (SELECT FROM approval_threshold t
            WHERE t.stream IN ('', NEW.stream) AND t.over < NEW.amount
                AND (NEW.approved_at + interval '7 hours')::date BETWEEN t.valid_from AND coalesce(t.valid_to, 'infinity')
                AND NOT EXISTS (SELECT FROM fee_approval a WHERE (a.fee_payment, a.threshold, a.by) = (NEW.id, t.id, NEW.approved_by))) THEN
        RAISE EXCEPTION 'fee payment % lacks an approval', NEW.id USING ERRCODE = 'PY002';
    ELSIF NEW.state IN ('approved', 'paid') AND NOT EXISTS (
        SELECT FROM ledger_entry h JOIN ledger_account g ON g.id = h.out_of JOIN ledger_account t ON t.id = h."into" WHERE h.id = NEW.held_entry
            AND (h.kind, h.state, h.amount, h.made_by, h.approved_by) = ('payment', 'pending', NEW.amount, NEW.requested_by, NEW.approved_by)
            AND (g.stage, g.stream, g.year, g.classification) = ('appropriated', NEW.stream, NEW.year, NEW.classification)
            AND t.stage = 'paid' AND t.proposal IS NULL) THEN
        RAISE EXCEPTION 'fee payment % is not held', NEW.id USING ERRCODE = 'FE003';
    ELSIF NEW.state = 'paid' AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = NEW.paid_entry AND e.resolves = NEW.held_entry
            AND (e.state, e.amount, e.approved_by) = ('posted', NEW.amount, NEW.paid_by)) THEN
        RAISE EXCEPTION 'fee payment % is not posted', NEW.id USING ERRCODE = 'FE003';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER fee_payment_is_posted BEFORE INSERT OR UPDATE ON fee_payment FOR EACH ROW EXECUTE FUNCTION fee_payment_is_posted();
CREATE OR REPLACE TRIGGER begins_undecided BEFORE INSERT ON fee_payment FOR EACH ROW EXECUTE FUNCTION begins_undecided('requested');
CREATE OR REPLACE TRIGGER payment_decision_stays BEFORE UPDATE OR DELETE ON fee_payment
    FOR EACH ROW EXECUTE FUNCTION payment_decision_stays('paid:state,paid_by,paid_on,treasury_number,reason', 'refused', 'requested:state,approved_by,approved_at,held_entry,reason',
        'approved:state,paid_by,paid_on,treasury_number,paid_entry,reason');
-- One entry holds for one charge.
CREATE UNIQUE INDEX IF NOT EXISTS one_hold_a_charge ON fee_payment (held_entry);
