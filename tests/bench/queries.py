"""The yardstick's queries: for each page one, written by hand as carefully as ours."""

from grants.desk.overview import CALLS

LIST = """
    SELECT p.id, p.reference, p.title, l.full_name AS lead, o.short_name AS organisation, p.state, p.submitted_at, p.requested_state, t.*
    FROM proposal p JOIN person l ON l.id = p.lead LEFT JOIN organisation o ON o.id = p.lead_organisation,
    (SELECT count(*), sum(requested_state) FROM proposal p WHERE {where}) t
    WHERE {where} ORDER BY p.submitted_at DESC LIMIT 50
"""
APPLICATION = """
    SELECT p.id, p.title, p.reference, p.state, p.call, p.session_on, c.code, c.deadline, s.number, s.at, s.sha256, s.content,
        f.code || ' ' || f.name AS field, concat_ws(' ', o.degree || '.', o.full_name) AS officer,
        (SELECT array_agg(sentence ORDER BY id) FROM finding WHERE proposal = p.id) AS findings,
        (SELECT array_agg(day) FROM holiday WHERE NOT working) AS holidays, (SELECT array_agg(day) FROM holiday WHERE working) AS swapped,
        jsonb_path_query_first(r.content, '$.limits[*] ? (@.code == "opening").term') AS opening
    FROM proposal p JOIN call c ON c.id = p.call JOIN rule_set r ON r.id = c.rule_set JOIN person o ON o.id = c.officer
    JOIN submission s ON s.proposal = p.id LEFT JOIN field f ON f.code = p.field WHERE p.id = $1 ORDER BY s.number DESC LIMIT 1
"""
BALLOT = """
    SELECT b.id, b.assigned_reviewer, b.review, b.saved_at, n.name AS panel, n.meets_at, s.content->>'title' AS title,
        jsonb_path_query_first(r.content, '$.schemes[*] ? (@.code == $code).criteria', jsonb_build_object('code', c.scheme)) AS criteria,
        (SELECT json_agg(json_build_array(criterion, points, comment)) FROM score WHERE ballot = b.id) AS scores
    FROM ballot b JOIN panel n ON n.id = b.panel JOIN call c ON c.id = n.call JOIN rule_set r ON r.id = c.rule_set
    JOIN submission s ON s.proposal = b.proposal WHERE b.id = $1 ORDER BY s.number DESC LIMIT 1
"""
FOUND = """
    (SELECT '1' AS kind, code, title, NULL AS about, deadline, NULL::bigint AS approved FROM call t WHERE {words} ORDER BY id DESC LIMIT 10)
    UNION ALL (SELECT '2', code, title, o.name, NULL, approved FROM project t JOIN organisation o ON o.id = t.lead_organisation
        WHERE {words} ORDER BY t.id DESC LIMIT 10)
    UNION ALL (SELECT '3', j.code, t.title, j.title, NULL, NULL FROM output t JOIN project j ON j.id = t.project
        WHERE {words} ORDER BY t.id DESC LIMIT 10)
    UNION ALL (SELECT '4', j.code, t.title, j.title, NULL, NULL FROM "right" t JOIN project j ON j.id = t.project
        WHERE {words} ORDER BY t.id DESC LIMIT 10)
    UNION ALL (SELECT '5', j.code, t.title, j.title, NULL, NULL FROM transfer t JOIN project j ON j.id = t.project
        WHERE {words} ORDER BY t.id DESC LIMIT 10)
"""
SPENT = "'advanced', 'paid', 'settled', 'lent', 'written_off'"
OVERVIEW = f"""
    WITH account AS (
        SELECT year, stream, stage, call, proposal, balance, held FROM ledger_account WHERE year > $1 - 5 AND year <= $1
    ), project_part AS (
        SELECT stream, call, proposal, sum(balance) AS amount FROM account
        WHERE year = $1 AND stage IN ('committed', {SPENT}) GROUP BY 1, 2, 3
    )
    SELECT (SELECT array_agg(year ORDER BY year) FROM budget_year y
            WHERE EXISTS (SELECT FROM ledger_account a WHERE a.year = y.year)) AS years,
        (SELECT json_agg(t) FROM (
            SELECT year, stream, stage, sum(balance)::bigint AS balance, sum(held)::bigint AS held FROM account
            GROUP BY 1, 2, 3) t) AS stages,
        (SELECT json_agg(t ORDER BY month) FROM (
            SELECT to_char(t.month, 'YYYY-MM') AS month, a.stream, sum(t.came - t.went)::bigint AS amount
            FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id
            WHERE a.year = $1 AND a.stage IN ({SPENT}) GROUP BY 1, 2) t) AS months,
        (SELECT json_agg(json_build_array(p.stream, c.code, j.code, p.amount) ORDER BY p.amount DESC)
            FROM project_part p JOIN call c ON c.id = p.call JOIN project j ON j.proposal = p.proposal WHERE p.amount > 0) AS projects,
        (SELECT json_agg(json_build_array(t.stream, c.code, t.left, t.reserved)) FROM (
            SELECT stream, call, sum(balance - held) AS left, sum(held) AS reserved FROM account WHERE year = $1 AND stage = 'allocated'
            GROUP BY 1, 2) t JOIN call c ON c.id = t.call) AS lefts,
        (SELECT json_agg(t ORDER BY code) FROM ({CALLS}) t) AS calls,
        (SELECT json_build_array(count(*), count(*) FILTER (WHERE state IN ('awarded', 'running', 'suspended')),
            count(*) FILTER (WHERE state IN ('awarded', 'running', 'suspended') AND late_since IS NOT NULL))
            FROM project WHERE id IN (SELECT project FROM slice WHERE year = $1)) AS standing,
        (SELECT json_agg(t) FROM (
            SELECT sort, count(*) AS all, count(*) FILTER (WHERE day BETWEEN make_date($1, 1, 1) AND make_date($1, 12, 31)) AS year
            FROM verified_result GROUP BY sort) t) AS results
"""
