-- What later rooms write down by themselves, for databases that are older than those rooms: each such row with its event.
-- Run after every migration; each statement may be run again.

-- What a call has of each source, where money was allocated before this was kept by source.
WITH taken AS (
    INSERT INTO funding (call, source, money)
        SELECT call, stream, sum(amount) FROM allocation
        WHERE state = 'approved' AND NOT EXISTS (SELECT FROM funding WHERE funding.call = allocation.call) GROUP BY call, stream
        RETURNING *
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'funding', t.id,
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t) - 'ceiling')), '{}', ''
    FROM taken t;

-- Who approved a payment, where it was approved before approvals were rows of their own.
WITH taken AS (
    INSERT INTO payment_approval (payment, threshold, by, at)
        SELECT id, NULL, approved_by, approved_at FROM payment p
        WHERE approved_by IS NOT NULL AND NOT EXISTS (SELECT FROM payment_approval a WHERE a.payment = p.id)
        RETURNING *
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'payment_approval', t.id,
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t) - 'threshold' - 'at')), '{}', ''
    FROM taken t;
