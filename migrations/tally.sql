-- How many applications of a call are in which state, counted as it happens. Rows are only added, so nobody waits for a
-- shared counter; the worker sums them up. Run after every migration and after the guards; each statement may be run again.

CREATE OR REPLACE FUNCTION tally_applications() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO proposal_tally (call, state, n) SELECT call, state, count(*) FROM fresh GROUP BY call, state;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO proposal_tally (call, state, n) SELECT call, state, -count(*) FROM gone GROUP BY call, state;
    ELSE
        INSERT INTO proposal_tally (call, state, n)
            SELECT call, state, sum(n) FROM (SELECT call, state, 1 AS n FROM fresh UNION ALL SELECT call, state, -1 FROM gone) AS moved
            GROUP BY call, state HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER tally_new AFTER INSERT ON proposal
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tally_applications();
CREATE OR REPLACE TRIGGER tally_moved AFTER UPDATE ON proposal
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tally_applications();
CREATE OR REPLACE TRIGGER tally_gone AFTER DELETE ON proposal
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tally_applications();

-- One row a call and state instead of many; what is being written meanwhile is left for the next time.
CREATE OR REPLACE FUNCTION tally_sum_up() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH summed AS (DELETE FROM proposal_tally RETURNING call, state, n),
         kept AS (INSERT INTO proposal_tally (call, state, n)
                  SELECT call, state, sum(n) FROM summed GROUP BY call, state HAVING sum(n) <> 0 RETURNING 1)
    SELECT count(*) FROM summed
$$;

-- What there was before the trigger: counted once.
INSERT INTO proposal_tally (call, state, n)
    SELECT call, state, count(*) FROM proposal WHERE NOT EXISTS (SELECT FROM proposal_tally) GROUP BY call, state;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON proposal_tally FROM grants_app;
