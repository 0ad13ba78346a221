-- What is decided about a payment, a clearance, a recovery, a settlement or a fund's debt stays decided, whoever asks.
-- Run after every migration; each statement may be run again.

-- A row begins undecided: its first state is the trigger's argument.
CREATE OR REPLACE FUNCTION begins_undecided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> TG_ARGV[0] AND by_the_application(TG_RELID) THEN
        RAISE EXCEPTION '% begins as %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'PY001';
    END IF;
    RETURN NEW;
END $$;

-- Each argument is a state, behind a colon the columns that may still change in it; without any the row stands as it is.
CREATE OR REPLACE FUNCTION payment_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% is not deleted', TG_TABLE_NAME USING ERRCODE = 'PY001';
    END IF;
    FOREACH said IN ARRAY TG_ARGV LOOP
        IF split_part(said, ':', 1) = OLD.state AND to_jsonb(NEW) - string_to_array(split_part(said, ':', 2), ',')
                <> to_jsonb(OLD) - string_to_array(split_part(said, ':', 2), ',') THEN
            RAISE EXCEPTION '% % is decided', TG_TABLE_NAME, OLD.id USING ERRCODE = 'PY001';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

DO $$ DECLARE kept text; first text; frozen text; BEGIN
    FOR kept, first, frozen IN VALUES
        ('payment', 'requested', '''paid:state,paid_by,paid_on,treasury_number,reason'', ''refused'', ''requested:state,approved_by,approved_at,held_entry,reason'', '
            '''approved:state,paid_by,paid_on,treasury_number,paid_entry,reason'''),
        ('clearance', 'filed', '''cleared:state,entry,reason'', ''refused'', ''filed:state,confirmed_by,confirmed_at,decided_by,decided_at,reason'', '
            '''confirmed:state,decided_by,decided_at,reason,entry'''),
        ('settlement', 'proposed', '''approved'''),
        ('recovery', 'proposed', '''refused'', ''repaid'', ''decided:state,repaid,warned_on'''),
        ('treasury_line', '', '''matched'', ''settled'', ''rejected'''),
        ('fund_write_off', 'proposed', '''decided'', ''refused'''),
        ('venture_contribution', 'proposed', '''approved'', ''refused''')
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER payment_decision_stays BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION payment_decision_stays(%s)', kept, frozen);
        CONTINUE WHEN first = '';
        EXECUTE format('CREATE OR REPLACE TRIGGER begins_undecided BEFORE INSERT ON %I FOR EACH ROW EXECUTE FUNCTION begins_undecided(%L)', kept, first);
    END LOOP;
END $$;

-- A payment is approved when everyone has approved whom the thresholds in force ask for; who asked or approved does not pay.
CREATE OR REPLACE FUNCTION payment_needs_its_approvals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) IN (('requested', 'paid'), ('approved', 'requested')) THEN
        RAISE EXCEPTION 'payment % does not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'PY001';
    ELSIF OLD.state = 'requested' AND NEW.state = 'approved' AND (
        NOT EXISTS (SELECT FROM payment_approval a WHERE a.payment = NEW.id AND a.threshold IS NULL)
        OR EXISTS (SELECT FROM approval_threshold t WHERE t.stream IN ('', NEW.stream) AND t.over < NEW.amount
            AND (NEW.approved_at + interval '7 hours')::date BETWEEN t.valid_from AND coalesce(t.valid_to, 'infinity')
            AND NOT EXISTS (SELECT FROM payment_approval a WHERE a.payment = NEW.id AND a.threshold = t.id))) THEN
        RAISE EXCEPTION 'payment % lacks an approval', NEW.id USING ERRCODE = 'PY002';
    ELSIF NEW.state IN ('approved', 'paid') AND EXISTS (SELECT FROM payment_approval a WHERE a.payment = NEW.id
            AND a.by IN (NEW.requested_by, NEW.paid_by)) THEN
        RAISE EXCEPTION 'payment % needs different people', NEW.id USING ERRCODE = 'GL006';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payment_needs_its_approvals BEFORE UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION payment_needs_its_approvals();

-- The lines and sums of a settlement stand from the first approval of a stream's part on, until it is sent back.
CREATE OR REPLACE FUNCTION settlement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM settlement s WHERE s.id = CASE TG_OP WHEN 'INSERT' THEN NEW.settlement ELSE OLD.settlement END
            AND (s.state = 'approved' OR (s.state = 'proposed' AND EXISTS (SELECT FROM settlement_approval a WHERE a.settlement = s.id)))) THEN
        RAISE EXCEPTION 'the settlement is approved' USING ERRCODE = 'PY001';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- A stream's part is approved while the settlement waits, by somebody who did not draw it up; it is struck only when the whole
-- was sent back.
CREATE OR REPLACE FUNCTION settlement_part_is_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE whole settlement;
BEGIN
    SELECT * INTO whole FROM settlement WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.settlement ELSE NEW.settlement END FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF whole.state = 'proposed' AND NEW."by" <> whole.made_by
            AND EXISTS (SELECT FROM settlement_sum u WHERE u.settlement = NEW.settlement AND u.stream = NEW.stream) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' AND whole.state = 'refused' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'this is not how a part of settlement % is approved', whole.id USING ERRCODE = 'PY001';
END $$;

CREATE OR REPLACE TRIGGER settlement_part_is_approved BEFORE INSERT OR UPDATE OR DELETE ON settlement_approval
    FOR EACH ROW EXECUTE FUNCTION settlement_part_is_approved();

-- A settlement is approved when the finance of every stream in it has approved its part.
CREATE OR REPLACE FUNCTION settlement_needs_its_streams() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'approved' AND NEW.state = 'approved' AND (
        NOT EXISTS (SELECT FROM settlement_sum u WHERE u.settlement = NEW.id)
        OR EXISTS (SELECT FROM settlement_sum u WHERE u.settlement = NEW.id
            AND NOT EXISTS (SELECT FROM settlement_approval a WHERE a.settlement = NEW.id AND a.stream = u.stream AND a.by <> NEW.made_by))) THEN
        RAISE EXCEPTION 'settlement % lacks the approval of a stream', NEW.id USING ERRCODE = 'PY004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_needs_its_streams BEFORE UPDATE ON settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_needs_its_streams();

CREATE OR REPLACE TRIGGER settlement_stays BEFORE INSERT OR UPDATE OR DELETE ON settlement_line
    FOR EACH ROW EXECUTE FUNCTION settlement_stays();
CREATE OR REPLACE TRIGGER settlement_stays BEFORE INSERT OR UPDATE OR DELETE ON settlement_sum
    FOR EACH ROW EXECUTE FUNCTION settlement_stays();

-- A fund lends and guarantees only where its charter says so.
CREATE OR REPLACE FUNCTION charter_allows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM fund f WHERE f.id = NEW.fund AND f.kind = 'innovation'
            AND (NEW.kind <> 'loan' OR f.may_lend) AND (NEW.kind <> 'guarantee' OR f.may_guarantee)) THEN
        RAISE EXCEPTION 'the charter of fund % does not allow %', NEW.fund, NEW.kind USING ERRCODE = 'PY003';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER charter_allows BEFORE INSERT OR UPDATE ON fund_product
    FOR EACH ROW EXECUTE FUNCTION charter_allows();

-- A product that a call has named stays as it was named; only the day on which it is withdrawn may still be set.
CREATE OR REPLACE FUNCTION named_product_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM call_product WHERE product = OLD.id)
            AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'valid_to' <> to_jsonb(OLD) - 'valid_to') THEN
        RAISE EXCEPTION 'product % is named by a call', OLD.id USING ERRCODE = 'PY001';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER named_product_stays BEFORE UPDATE OR DELETE ON fund_product
    FOR EACH ROW EXECUTE FUNCTION named_product_stays();

-- What a voucher pays: every payment of a project of a voucher call is of one invoice of its voucher, within the product's share of
-- what that invoice proves (without a share: within it), each invoice once, all of them within the voucher's face and days.
CREATE OR REPLACE FUNCTION voucher_pays_its_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    product fund_product;
    proven voucher_redemption;
    whole fund_voucher;
BEGIN
    SELECT f.* INTO product FROM project j JOIN proposal p ON p.id = j.proposal JOIN call_product c ON c.call = p.call
        JOIN fund_product f ON f.id = c.product WHERE j.id = NEW.project;
    IF product.kind IS DISTINCT FROM 'voucher' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO proven FROM voucher_redemption WHERE payment = NEW.id;
    SELECT * INTO whole FROM fund_voucher WHERE id = proven.voucher AND project = NEW.project FOR NO KEY UPDATE;
    IF whole.id IS NULL OR NEW.amount::numeric * 10000 > proven.cost::numeric * coalesce(product.most_share, 10000)
        OR (NEW.requested_at + interval '7 hours')::date > whole.valid_to
        OR whole.face < (SELECT sum(y.amount) FROM voucher_redemption r JOIN payment y ON y.id = r.payment AND y.state <> 'refused'
            WHERE r.voucher = whole.id)
        OR EXISTS (SELECT FROM voucher_redemption r JOIN payment y ON y.id = r.payment AND y.state <> 'refused'
            WHERE r.voucher = whole.id AND r.id <> proven.id AND lower(r.invoice) = lower(proven.invoice)) THEN
        RAISE EXCEPTION 'payment % is more than its voucher pays', NEW.id USING ERRCODE = 'PY005';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS voucher_pays_its_share ON payment;
CREATE CONSTRAINT TRIGGER voucher_pays_its_share AFTER INSERT ON payment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION voucher_pays_its_share();
