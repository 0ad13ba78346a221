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
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t))), '{}', ''
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
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t))), '{}', ''
    FROM taken t;

-- Which decision gave each stream of an estimate its money, where an estimate was decided as a whole: by whom and when the event says.
WITH taken AS (
    INSERT INTO stream_submission (estimate, stream, amount, submitted_by, submitted_at)
        SELECT e.id, l.stream, sum(l.agreed), min(l.agreed_by), max(l.agreed_at) FROM estimate e JOIN estimate_line l ON l.estimate = e.id
        WHERE e.state = 'decided' AND NOT EXISTS (SELECT FROM stream_submission s WHERE (s.estimate, s.stream) = (e.id, l.stream))
        GROUP BY e.id, l.stream
        RETURNING *
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'stream_submission', t.id,
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t))), '{}', ''
    FROM taken t;
WITH taken AS (
    INSERT INTO stream_decision (estimate, stream, number, decided_on, amount, decided_by, decided_at)
        SELECT e.id, l.stream, e.decision_number, e.decided_on, sum(l.decided), e.decided_by,
            coalesce((SELECT max(v.at) FROM event v WHERE v.thing = 'estimate' AND v.thing_id = e.id AND v.did = 'decided'), now())
        FROM estimate e JOIN estimate_line l ON l.estimate = e.id
        WHERE e.state = 'decided' AND NOT EXISTS (SELECT FROM stream_decision d WHERE (d.estimate, d.stream) = (e.id, l.stream))
        GROUP BY e.id, l.stream
        RETURNING *
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'stream_decision', t.id,
        (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(t))), '{}', ''
    FROM taken t;

-- A final file that was late was written down as a late report, before it was an obligation of its own.
WITH taken AS (
    UPDATE obligation o SET kind = 'overdue_final_evaluation' FROM project j
        WHERE o.project = j.id AND o.kind = 'overdue_report' AND o.due > j.ends_on
            AND NOT EXISTS (SELECT FROM report r WHERE r.project = j.id AND r.due = o.due)
        RETURNING o.id
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'obligation', t.id,
        jsonb_build_object('kind', jsonb_build_array('overdue_report', 'overdue_final_evaluation')), '{}', '' FROM taken t;

-- For how many months an agreement was signed and who recorded it, where that was not kept: as the event of its signature says.
WITH signed AS (
    SELECT DISTINCT ON (v.thing_id) v.thing_id AS id, v.by, (v.changed -> 'starts_on' ->> 1)::date AS starts_on,
        (v.changed -> 'ends_on' ->> 1)::date + 1 AS over_on
    FROM event v WHERE v.thing = 'project' AND v.did = 'signed' ORDER BY v.thing_id, v.id DESC
), taken AS (
    UPDATE project j SET signed_by = s.by, months = (extract(year FROM s.over_on) - extract(year FROM s.starts_on)) * 12
            + extract(month FROM s.over_on) - extract(month FROM s.starts_on)
        FROM signed s WHERE s.id = j.id AND j.months IS NULL
        RETURNING j.id, j.months, j.signed_by
)
INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
    SELECT now(), NULL, 'taken_over', 'project', t.id, jsonb_build_object(
        'months', jsonb_build_array(NULL, t.months), 'signed_by', jsonb_build_array(NULL, t.signed_by)), '{}', '' FROM taken t;
