-- The ledger's rules, kept by the database itself: whoever adds an entry, the application's role at a console included,
-- moves money only this way. Errors carry a code GLxxx, which budget/ledger.py turns into a sentence.
-- Run after every migration; each statement may be run again. Functions run as the schema's owner.

-- Which stage may flow into which, by the kind of entry. A correction goes back the way of the entry it names.
CREATE OR REPLACE FUNCTION ledger_may_flow(kind text, giver text, taker text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (kind, giver, taker) IN (VALUES
        ('appropriation', 'source', 'appropriated'),
        ('supplement', 'source', 'appropriated'),
        ('cut', 'appropriated', 'source'),
        ('handover', 'appropriated', 'handed'),
        ('contribution', 'appropriated', 'appropriated'),
        ('allocation', 'appropriated', 'allocated'),
        ('virement', 'appropriated', 'appropriated'),
        ('virement', 'allocated', 'allocated'),
        ('virement', 'allocated', 'appropriated'),
        ('reservation', 'allocated', 'committed'),
        ('commitment', 'allocated', 'committed'),
        ('advance', 'committed', 'advanced'),
        ('payment', 'committed', 'paid'),
        ('payment', 'appropriated', 'paid'),
        ('clearance', 'advanced', 'paid'),
        ('settlement', 'paid', 'settled'),
        ('recovery', 'advanced', 'recovered'),
        ('recovery', 'paid', 'recovered'),
        ('recovery', 'settled', 'recovered'),
        ('recovery', 'returned', 'recovered'),
        ('loan', 'committed', 'lent'),
        ('repayment', 'lent', 'appropriated'),
        ('repayment', 'recovered', 'appropriated'),
        ('write_off', 'lent', 'written_off'),
        ('release', 'committed', 'appropriated'),
        ('contribution', 'appropriated', 'contributed'),
        ('cancellation', 'appropriated', 'cancelled'),
        ('cancellation', 'allocated', 'cancelled'),
        ('cancellation', 'committed', 'cancelled'),
        ('carry_over', 'appropriated', 'appropriated'),
        ('carry_over', 'allocated', 'allocated'),
        ('carry_over', 'committed', 'committed'),
        ('carry_over', 'advanced', 'advanced'),
        ('carry_over', 'lent', 'lent'))
$$;

-- Lock the accounts, and before them their budget years, always in the same order, so that nothing deadlocks.
-- NO KEY UPDATE: an entry's foreign keys hold a key share on its accounts already.
CREATE OR REPLACE FUNCTION ledger_lock(accounts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM budget_year WHERE year IN (SELECT a.year FROM ledger_account a WHERE a.id = ANY (accounts))
        ORDER BY year FOR SHARE;
    PERFORM FROM ledger_account WHERE id = ANY (accounts) ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Whether this entry may be posted to a year: only to one that is open, or, while it is adjusted, to settle it. What a borrower
-- repays in that time is taken off the debt where it stands.
CREATE OR REPLACE FUNCTION ledger_year_takes(wanted int, kind text, state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE phase text;
BEGIN
    SELECT y.state INTO phase FROM budget_year y WHERE y.year = wanted;
    IF phase IS NULL THEN
        RAISE EXCEPTION 'budget year % is not opened', wanted USING ERRCODE = 'GL001', DETAIL = wanted;
    ELSIF phase = 'closed' THEN
        RAISE EXCEPTION 'budget year % is closed', wanted USING ERRCODE = 'GL002', DETAIL = wanted;
    ELSIF phase = 'adjusting' AND state <> 'void'
            AND kind NOT IN ('clearance', 'settlement', 'recovery', 'repayment', 'correction', 'cancellation', 'carry_over') THEN
        RAISE EXCEPTION 'budget year % is being adjusted', wanted USING ERRCODE = 'GL003', DETAIL = wanted;
    END IF;
END $$;

-- AFTER INSERT, because a row that ON CONFLICT leaves out must move nothing.
CREATE OR REPLACE FUNCTION ledger_posts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    giver ledger_account;
    taker ledger_account;
    pending ledger_entry;
    wrong ledger_entry;
    holds bigint := 0;   -- what a resolved entry held until now
    free bigint;
BEGIN
    PERFORM ledger_lock(ARRAY[NEW.out_of, NEW."into"]);
    SELECT * INTO giver FROM ledger_account WHERE id = NEW.out_of;
    SELECT * INTO taker FROM ledger_account WHERE id = NEW."into";
    SELECT * INTO pending FROM ledger_entry WHERE id = NEW.resolves;
    SELECT * INTO wrong FROM ledger_entry WHERE id = NEW.corrects;

    PERFORM ledger_year_takes(giver.year, NEW.kind, NEW.state);
    PERFORM ledger_year_takes(taker.year, CASE WHEN NEW.kind = 'carry_over' THEN 'opening' ELSE NEW.kind END, NEW.state);

    IF (NEW.kind = 'correction') <> (NEW.corrects IS NOT NULL) OR (NEW.kind = 'correction' AND NEW.state <> 'posted')
        OR (NEW.state = 'pending' AND (NEW.resolves IS NOT NULL OR NEW.kind NOT IN ('reservation', 'advance', 'payment', 'loan')))
        OR (NEW.state = 'void' AND NEW.resolves IS NULL)
        OR (NEW.state = 'posted' AND NEW.kind = 'reservation')
        OR (NEW.state = 'posted' AND (NEW.kind IN ('commitment', 'advance', 'payment', 'loan')) <> (NEW.resolves IS NOT NULL)) THEN
        RAISE EXCEPTION 'a % entry cannot be of kind %', NEW.state, NEW.kind USING ERRCODE = 'GL004';
    END IF;

    IF NEW.resolves IS NOT NULL THEN
        IF pending.state <> 'pending' OR pending.out_of <> NEW.out_of OR pending."into" <> NEW."into" OR NEW.kind
                <> (CASE WHEN pending.kind = 'reservation' AND NEW.state = 'posted' THEN 'commitment' ELSE pending.kind END)
            OR NEW.amount > pending.amount OR (NEW.state = 'void' AND NEW.amount <> pending.amount) THEN
            RAISE EXCEPTION 'entry % does not resolve entry %', NEW.id, pending.id USING ERRCODE = 'GL005';
        END IF;
        IF NEW.state = 'posted' AND NEW.kind IN ('advance', 'payment', 'loan')
            AND NEW.approved_by IN (pending.made_by, pending.approved_by) THEN
            RAISE EXCEPTION 'a payment needs three people' USING ERRCODE = 'GL006';
        END IF;
        holds := pending.amount;
    END IF;

    IF NEW.corrects IS NOT NULL THEN
        IF wrong.state <> 'posted' OR wrong.kind = 'correction' OR NEW.amount > wrong.amount
            OR NEW.out_of <> wrong."into" OR NEW."into" <> wrong.out_of THEN
            RAISE EXCEPTION 'entry % does not correct entry %', NEW.id, wrong.id USING ERRCODE = 'GL007';
        END IF;
    ELSIF NOT ledger_may_flow(NEW.kind, giver.stage, taker.stage)
        OR (NEW.kind IN ('loan', 'repayment', 'write_off', 'release') AND giver.stream <> 'fund') THEN
        RAISE EXCEPTION '% does not go from % to %', NEW.kind, giver.stage, taker.stage USING ERRCODE = 'GL008';
    ELSIF (giver.stage = 'paid' AND giver.proposal IS NULL)
        OR (taker.stage = 'paid' AND (taker.proposal IS NULL) <> (giver.stage = 'appropriated')) THEN  -- management costs: fees
        RAISE EXCEPTION 'what managing costs and what projects cost stay apart' USING ERRCODE = 'GL008';
    ELSIF (CASE WHEN NEW.kind = 'contribution' AND taker.stage = 'appropriated' THEN giver.stream = 'fund' OR taker.stream <> 'fund'
                ELSE giver.stream <> taker.stream END) THEN
        RAISE EXCEPTION 'money of % does not become %', giver.stream, taker.stream USING ERRCODE = 'GL009';
    ELSIF taker.year <> giver.year + (NEW.kind = 'carry_over')::int THEN
        RAISE EXCEPTION 'money of % is not spent in %', giver.year, taker.year USING ERRCODE = 'GL010';
    ELSIF (giver.call <> taker.call AND NEW.kind <> 'virement') OR giver.proposal <> taker.proposal
        OR (NEW.kind = 'carry_over' AND (giver.call, giver.proposal, giver.classification)
            IS DISTINCT FROM (taker.call, taker.proposal, taker.classification)) THEN
        RAISE EXCEPTION 'money of one thing is not spent on another' USING ERRCODE = 'GL011';
    ELSIF giver.classification <> taker.classification AND giver.stage <> 'source' AND taker.stage <> 'source'
        AND NEW.kind NOT IN ('virement', 'contribution') THEN
        RAISE EXCEPTION 'money classified % is not %', giver.classification, taker.classification USING ERRCODE = 'GL016';
    END IF;

    free := giver.balance - giver.held + holds;
    IF NEW.state <> 'void' AND giver.stage NOT IN ('source', 'returned') AND NEW.amount > free THEN
        RAISE EXCEPTION 'account % has % left', giver.id, free USING ERRCODE = 'GL012', DETAIL = free;
    END IF;
    UPDATE ledger_account SET
        balance = balance - CASE WHEN NEW.state = 'posted' THEN NEW.amount ELSE 0 END,
        held = held - holds + CASE WHEN NEW.state = 'pending' THEN NEW.amount ELSE 0 END
        WHERE id = NEW.out_of;
    IF NEW.state = 'posted' THEN
        UPDATE ledger_account SET balance = balance + NEW.amount WHERE id = NEW."into";
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_posts AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_posts();

-- An account starts empty; an application's account is of the call it answers; a call's money of a stream and year has one
-- classification. The lock is the call's, so that two hands cannot open accounts of two classifications at once.
CREATE OR REPLACE FUNCTION ledger_opens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.balance <> 0 OR NEW.held <> 0 THEN
        RAISE EXCEPTION 'an account starts empty' USING ERRCODE = 'GL013';
    END IF;
    IF NEW.proposal IS NOT NULL AND NEW.call IS DISTINCT FROM (SELECT p.call FROM proposal p WHERE p.id = NEW.proposal) THEN
        RAISE EXCEPTION 'application % is of another call', NEW.proposal USING ERRCODE = 'GL011';
    END IF;
    IF NEW.call IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('classification'), NEW.call);
        IF EXISTS (SELECT FROM ledger_account a WHERE a.call = NEW.call AND a.stream = NEW.stream AND a.year = NEW.year
                AND a.classification <> NEW.classification) THEN
            RAISE EXCEPTION 'call % has another classification', NEW.call USING ERRCODE = 'GL017';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER ledger_opens BEFORE INSERT ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_opens();

-- A budget year goes open → adjusting → closed and never back; it closes only when nothing is held any more and whatever
-- was left is cancelled or carried over.
CREATE OR REPLACE FUNCTION ledger_year_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held_still bigint;
    left_still bigint;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state = 'open' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND NEW.year = OLD.year
        AND (OLD.state, NEW.state) IN (('open', 'open'), ('open', 'adjusting'), ('adjusting', 'adjusting'), ('adjusting', 'closed')) THEN
        SELECT coalesce(sum(held), 0) INTO held_still FROM ledger_account WHERE year = NEW.year;
        IF NEW.state = 'closed' AND held_still > 0 THEN
            RAISE EXCEPTION '% is still held in %', held_still, NEW.year USING ERRCODE = 'GL014', DETAIL = held_still;
        END IF;
        SELECT coalesce(sum(balance), 0) INTO left_still FROM ledger_account
            WHERE year = NEW.year AND stage IN ('appropriated', 'allocated', 'committed', 'advanced', 'lent');
        IF NEW.state = 'closed' AND left_still > 0 THEN
            RAISE EXCEPTION '% is left in %', left_still, NEW.year USING ERRCODE = 'GL018', DETAIL = left_still;
        ELSIF NEW.state = 'closed' AND (NEW.closing_asked_by IS NULL OR NEW.closed_by IS NULL) THEN
            RAISE EXCEPTION 'one asks that % be closed, another closes it', NEW.year USING ERRCODE = 'GL020';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a budget year goes from open to adjusting to closed' USING ERRCODE = 'GL015';
END $$;

CREATE OR REPLACE TRIGGER ledger_year_moves BEFORE INSERT OR UPDATE OR DELETE ON budget_year
    FOR EACH ROW EXECUTE FUNCTION ledger_year_moves();

-- The trigger's own steps are nobody's to call.
REVOKE EXECUTE ON FUNCTION ledger_year_takes(int, text, text) FROM PUBLIC;
