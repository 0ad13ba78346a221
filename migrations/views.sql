-- What is read together, in one place. Dropped before the migrations and made again after them.

-- The two ends of every entry that moved or still holds money: what an account gained (+) or gave (−), in đồng, and what lay at
-- the other end. Money that is held counts as a place of its own, "held_allocated" and so on, until it is settled or let go.
-- So the sum of a stage's movements is its balance: every figure of the ledger can be read line by line. A correction is counted as
-- what it takes back: under that entry's kind, less of what came (`came`) where the wrong entry had brought it, less of what went else.
CREATE OR REPLACE VIEW ledger_movement WITH (security_invoker = true) AS
    SELECT e.id * 4 + 0 AS id, e.id AS entry, e.at, e.kind, e.state, e.document_number, e.document_date, e.made_by, e.approved_by,
        a.stage::text AS stage, o.stage::text AS other_stage, e.amount AS amount, a.stream, a.year,
        coalesce(a.call, o.call) AS call, coalesce(a.proposal, o.proposal) AS proposal,
        (a.stream, a.year) = (o.stream, o.year) AND coalesce(a.call = o.call, true) AS same_money,
        coalesce(w.kind, e.kind) AS counted_as, e.corrects IS NULL AS came
        FROM ledger_entry e JOIN ledger_account a ON a.id = e."into" JOIN ledger_account o ON o.id = e.out_of
            LEFT JOIN ledger_entry w ON w.id = e.corrects
        WHERE e.state = 'posted'
    UNION ALL
    SELECT e.id * 4 + 1 AS id, e.id AS entry, e.at, e.kind, e.state, e.document_number, e.document_date, e.made_by, e.approved_by,
        a.stage AS stage, o.stage AS other_stage, -e.amount AS amount, a.stream, a.year,
        coalesce(a.call, o.call) AS call, coalesce(a.proposal, o.proposal) AS proposal,
        (a.stream, a.year) = (o.stream, o.year) AND coalesce(a.call = o.call, true) AS same_money,
        coalesce(w.kind, e.kind) AS counted_as, e.corrects IS NOT NULL AS came
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.out_of JOIN ledger_account o ON o.id = e."into"
            LEFT JOIN ledger_entry w ON w.id = e.corrects
        WHERE e.state = 'posted'
    UNION ALL
    SELECT e.id * 4 + 2 AS id, e.id AS entry, e.at, e.kind, e.state, e.document_number, e.document_date, e.made_by, e.approved_by,
        'held_' || a.stage AS stage, a.stage AS other_stage, e.amount AS amount, a.stream, a.year,
        coalesce(a.call, o.call) AS call, coalesce(a.proposal, o.proposal) AS proposal,
        (a.stream, a.year) = (o.stream, o.year) AND coalesce(a.call = o.call, true) AS same_money,
        e.kind AS counted_as, true AS came
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.out_of JOIN ledger_account o ON o.id = e."into"
        WHERE e.state = 'pending' AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.resolves = e.id)
    UNION ALL
    SELECT e.id * 4 + 3 AS id, e.id AS entry, e.at, e.kind, e.state, e.document_number, e.document_date, e.made_by, e.approved_by,
        a.stage AS stage, 'held_' || a.stage AS other_stage, -e.amount AS amount, a.stream, a.year,
        coalesce(a.call, o.call) AS call, coalesce(a.proposal, o.proposal) AS proposal,
        (a.stream, a.year) = (o.stream, o.year) AND coalesce(a.call = o.call, true) AS same_money,
        e.kind AS counted_as, false AS came
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.out_of JOIN ledger_account o ON o.id = e."into"
        WHERE e.state = 'pending' AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.resolves = e.id);

-- Every verified result of a project, whatever its kind, and its day: made, filed, signed.
CREATE OR REPLACE VIEW verified_result WITH (security_invoker = true) AS
    SELECT id * 3 AS id, 'outputs' AS sort, project, title, form AS kind, produced_on AS day, folded FROM output WHERE verified_at IS NOT NULL
    UNION ALL
    SELECT id * 3 + 1, 'rights', project, title, kind, filed_on, folded FROM "right" WHERE verified_at IS NOT NULL
    UNION ALL
    SELECT id * 3 + 2, 'transfers', project, title, mode, signed_on, folded FROM transfer WHERE verified_at IS NOT NULL;
