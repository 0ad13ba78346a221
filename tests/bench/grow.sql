-- One lot of applications with all that belongs to them, in bulk. bench.lot says from which number up to which; an
-- application's number is its id. They answer 200 calls of ten years, whatever their number; a call in ten is of this year
-- and still under review. A call has money for about 15 projects: three in ten of the first 50 are awarded, later ones none.
-- Narrative, snapshots, ballots and points are made for the first bench.lot.deep applications only.

DROP TABLE IF EXISTS bench.application;
CREATE TABLE bench.application AS
SELECT numbered.n, k, deadline, extract(year FROM deadline)::int AS year, lead.id AS lead, lead.full_name, lead.email, lead.organisation, o.signatory,
    verb.vi || ' ' || thing.vi || ' ' || angle.vi || ' tại ' || place.vi AS title,
    lower(verb.folded || ' ' || thing.folded || ' ' || angle.folded || ' tai ' || place.folded) AS folded_title,
    lead.folded AS folded_lead, o.folded AS folded_organisation,
    thing.folded || ', ' || place.folded AS keywords,
    CASE WHEN now_running THEN (ARRAY['submitted', 'submitted', 'submitted', 'submitted', 'eligible', 'eligible', 'eligible', 'in_review',
            'in_review', 'in_review', 'in_review', 'in_review', 'in_review', 'recommended', 'recommended', 'recommended', 'appraised',
            'appraised', 'appraised', 'not_recommended'])[numbered.n / 7 % 20 + 1]
         WHEN numbered.n > 10000 THEN (ARRAY['declined', 'declined', 'not_recommended', 'ineligible', 'withdrawn'])[numbered.n / 7 % 5 + 1]
         ELSE (ARRAY['awarded', 'awarded', 'awarded', 'awarded', 'awarded', 'awarded', 'declined', 'declined', 'declined', 'declined',
            'declined', 'declined', 'declined', 'not_recommended', 'not_recommended', 'not_recommended', 'not_recommended', 'ineligible',
            'ineligible', 'withdrawn'])[numbered.n / 7 % 20 + 1] END AS state,
    CASE WHEN numbered.n % 3 = 0 THEN 'capital' ELSE 'recurrent' END AS stream,
    (400 + numbered.n % 40 * 25)::bigint * 1000000 AS amount,
    numbered.n <= (SELECT deep FROM bench.lot) AS deep
FROM (SELECT n, k, k % 10 = 0 AS now_running,
             date_trunc('day', now()) + interval '10 hours' - (10 - (k + 9) % 10 - 1) * interval '365 days' - (60 + k % 60) * interval '1 day'
                 AS deadline
      FROM bench.lot, generate_series(since + 1, upto) n, LATERAL (SELECT n % 200 + 1 AS k) call) numbered
JOIN bench.word verb ON verb.kind = 'verb' AND verb.n = numbered.n % 8
JOIN bench.word thing ON thing.kind = 'thing' AND thing.n = numbered.n * 7 % 40
JOIN bench.word angle ON angle.kind = 'angle' AND angle.n = numbered.n / 40 % 20
JOIN bench.word place ON place.kind = 'place' AND place.n = numbered.n / 800 % 24
JOIN bench.researcher lead ON lead.n = (numbered.n - 1) / 5
JOIN bench.organisation o ON o.id = lead.organisation;
ANALYZE bench.application;

INSERT INTO call (id, code, year, title, title_en, summary, summary_en, rule_set, scheme, opens_at, deadline, state, money, ceiling,
        most_months, places, officer, opened_on, folded)
SELECT k, 'TB-' || k, min(year), 'Tuyển chọn nhiệm vụ khoa học và công nghệ cấp tỉnh, đợt ' || k, 'Call for provincial research, round ' || k,
    'Chọn tổ chức và cá nhân thực hiện nhiệm vụ của tỉnh.', 'For those who will do the province''s research.', bench.rule_set(), 'applied',
    min(deadline) - interval '60 days', min(deadline), 'closed', 20000000000, 2000000000, 36, 15, bench.office('officer'),
    min(deadline)::date + 3, 'tb-' || k || ' tuyen chon nhiem vu khoa hoc va cong nghe cap tinh, dot ' || k
FROM bench.application GROUP BY k ON CONFLICT DO NOTHING;

INSERT INTO proposal (id, call, lead, reference, title, title_en, summary, summary_en, field, keywords, lead_organisation, signatory,
        starts_on, months, state, requested, requested_state, appraised, approved, certified_at, certified_by, submitted_at, saved_at, folded)
SELECT n, k, lead, CASE WHEN state <> 'withdrawn' THEN 'TB-' || k || '-' || lpad((n / 200 + 1)::text, 3, '0') END, title,
    'Research no. ' || n, bench.paragraph(2), 'What it is about.', '401', keywords, organisation, signatory, make_date(year + 1, 1, 1), 24,
    state, amount + amount / 10, amount, CASE WHEN state IN ('appraised', 'awarded') THEN amount END,
    CASE WHEN state = 'awarded' THEN amount END, deadline - interval '2 days', signatory, deadline - (n % 40) * interval '1 hour', deadline,
    concat_ws(' ', 'tb-' || k || '-' || lpad((n / 200 + 1)::text, 3, '0'), folded_title, 'research no. ' || n, keywords, folded_lead,
        folded_organisation)
FROM bench.application;

INSERT INTO team_member (proposal, person, email, full_name, organisation, part, months, access, invited_at, joined_at)
SELECT a.n, r.id, r.email, r.full_name, r.organisation,
    CASE j WHEN 0 THEN 'principal_investigator' WHEN 1 THEN 'project_secretary' ELSE 'key_member' END, 24 - 4 * j,
    CASE j WHEN 0 THEN 'owner' WHEN 1 THEN 'editor' ELSE 'reader' END, a.deadline - interval '30 days', a.deadline - interval '29 days'
FROM bench.application a, generate_series(0, 3) j, bench.researcher r WHERE r.n = (a.n - 1) / 5 + j;

INSERT INTO budget_line (proposal, "group", year, source, note, requested, appraised, approved, position)
SELECT n, g.id, year + 1 + g.at % 2, stream, 'Theo dự toán chi tiết', amount / 5,
    CASE WHEN state IN ('appraised', 'awarded') THEN amount / 5 END, CASE WHEN state = 'awarded' THEN amount / 5 END, g.at
FROM bench.application, bench.expense_group g WHERE g.at < 5
UNION ALL
SELECT n, g.id, year + 1, 'own', 'Vốn đối ứng', amount / 10, NULL, NULL, 5 FROM bench.application, bench.expense_group g WHERE g.at = 0;

INSERT INTO product (proposal, form, name, unit, quantity, quality)
SELECT n, form, name, unit, quantity, 'Được hội đồng cấp tỉnh nghiệm thu' FROM bench.application, (VALUES
    ('I', 'Bài báo trên tạp chí trong nước', 'bài', 2), ('II', 'Quy trình kỹ thuật', 'quy trình', 1), ('III', 'Mô hình trình diễn', 'mô hình', 3)
    ) promised (form, name, unit, quantity);

INSERT INTO event (at, by, did, thing, thing_id, changed, facts, request)
SELECT deadline - interval '1 hour' * (n % 40), lead, did, 'proposal', n, '{"state": ["draft", "submitted"]}', '{}', ''
FROM bench.application, (VALUES ('drafted'), ('submitted')) deed (did);
INSERT INTO letter (person, address, subject, body, link, written_at)
SELECT lead, email, 'Đã nhận hồ sơ TB-' || k, 'Hồ sơ «' || title || '» đã được nhận.', '/proposals/' || n || '/receipt', deadline
FROM bench.application WHERE state <> 'withdrawn';

-- What was written and handed in.
INSERT INTO section (proposal, code, text, saved_at)
SELECT n, code, bench.paragraph(8), deadline FROM bench.application, unnest(bench.codes()) code WHERE deep;
INSERT INTO submission (proposal, number, at, by, content, blind_title, sha256)
SELECT a.n, 1, deadline, a.lead, jsonb_build_object(
        'reference', p.reference, 'title', a.title, 'title_en', p.title_en, 'summary', p.summary, 'summary_en', p.summary_en, 'field', p.field,
        'keywords', a.keywords, 'months', 24, 'starts_on', p.starts_on, 'requested', p.requested, 'requested_state', p.requested_state,
        'lead', jsonb_build_object('id', a.lead, 'name', 'TS. ' || full_name),
        'lead_organisation', jsonb_build_object('id', a.organisation, 'name', o.name),
        'signatory', jsonb_build_object('id', a.signatory, 'name', 'TS. Nguyễn Văn Trưởng'),
        'sections', (SELECT jsonb_object_agg(code, text) FROM section s WHERE s.proposal = a.n),
        'team', (SELECT jsonb_agg(jsonb_build_object('person', t.person, 'full_name', t.full_name, 'part', part, 'months', months,
            'organisation', o.name) ORDER BY t.id) FROM team_member t WHERE t.proposal = a.n),
        'partners', '[]'::jsonb,
        'products', (SELECT jsonb_agg(to_jsonb(d) - 'proposal') FROM product d WHERE d.proposal = a.n),
        'budget', (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'group', g.number, 'group_name', g.name, 'year', b.year, 'source', source,
            'note', note, 'requested', requested) ORDER BY g.number, b.year) FROM budget_line b
            JOIN expense_group g ON g.id = b."group" WHERE b.proposal = a.n),
        'documents', '[]'::jsonb), a.title, md5(a.n::text) || md5(a.title)
FROM bench.application a JOIN proposal p ON p.id = a.n JOIN organisation o ON o.id = a.organisation WHERE deep AND a.state <> 'withdrawn';

-- Panels of seven, their ballots and points. Points are written before ballots are handed in, so their trigger has nothing to refuse.
INSERT INTO panel (id, call, name, decision_number, decided_on, meets_at, place, state, officer, opened_at, counted_at, closed_at)
SELECT k, k, 'Hội đồng tuyển chọn đợt ' || k, k || '/QĐ-SKHCN', min(deadline)::date + 10, min(deadline) + interval '30 days', 'Phòng họp số 2',
    CASE WHEN k % 10 = 0 THEN 'in_session' ELSE 'closed' END, bench.office('officer'), min(deadline) + interval '30 days',
    CASE WHEN k % 10 <> 0 THEN min(deadline) + interval '30 days' END, CASE WHEN k % 10 <> 0 THEN min(deadline) + interval '31 days' END
FROM bench.application GROUP BY k ON CONFLICT DO NOTHING;
INSERT INTO seat (panel, person, part, present)
SELECT k, e.id, (ARRAY['chair', 'vice_chair', 'secretary', 'member', 'member', 'member', 'member'])[j + 1], true
FROM (SELECT DISTINCT k FROM bench.application) call, generate_series(0, 6) j, bench.expert e WHERE e.n = (k * 7 + j) % 200
ON CONFLICT DO NOTHING;
ALTER TABLE score DISABLE TRIGGER given_points_stay;
INSERT INTO ballot (panel, proposal, judge, assigned_reviewer, state, review, offered_at, answered_at, saved_at)
SELECT k, a.n, e.id, j IN (3, 4), 'accepted', bench.paragraph(2), deadline + interval '12 days', deadline + interval '13 days',
    deadline + interval '20 days'
FROM bench.application a, generate_series(0, 6) j, bench.expert e
WHERE deep AND state NOT IN ('submitted', 'eligible', 'ineligible', 'withdrawn') AND e.n = (k * 7 + j) % 200;
INSERT INTO score (ballot, criterion, points, comment)
SELECT b.id, criterion, most - (b.id + criterion) % 5, 'Nội dung rõ, phương pháp phù hợp, cần làm rõ phương án ứng dụng.'
FROM bench.application a JOIN ballot b ON b.proposal = a.n, bench.criterion WHERE deep;
UPDATE ballot SET state = 'given', given_at = saved_at, total = (SELECT sum(points) FROM score s WHERE s.ballot = ballot.id)
FROM bench.application a WHERE a.n = ballot.proposal AND (a.state <> 'in_review' OR ballot.id % 2 = 0);
ALTER TABLE score ENABLE TRIGGER given_points_stay;
INSERT INTO standing (panel, proposal, rank, mean, score, shown, recommended, steps, reasons)
SELECT k, n, n / 200 + 1, '79', '79', '79,00', state NOT IN ('not_recommended'), '[]', '[]'
FROM bench.application WHERE state IN ('recommended', 'not_recommended', 'appraised', 'awarded', 'declined');

-- Decisions, projects and their results.
INSERT INTO award (proposal, outcome, amount, decision_number, decided_on, decided_by, decided_at, reasons)
SELECT n, state, CASE WHEN state = 'awarded' THEN amount ELSE 0 END, n || '/QĐ-UBND', deadline::date + 60, bench.office('leader'),
    deadline + interval '60 days', CASE WHEN state = 'declined' THEN 'Điểm dưới ngưỡng kiến nghị.' ELSE '' END
FROM bench.application WHERE state IN ('awarded', 'declined');
INSERT INTO project (id, proposal, code, title, title_en, summary, lead, lead_organisation, approved, state, starts_on, ends_on,
        agreement_number, agreed_on, grade, graded_on, grade_decision, result_certificate, registered_on, late_since, folded)
SELECT n, n, 'DL-' || year || '-' || n, title, 'Research no. ' || n, bench.paragraph(2), lead, organisation, amount,
    CASE WHEN over THEN 'settled' ELSE 'running' END, make_date(year + 1, 1, 1), make_date(year + 2, 12, 31), n || '/HĐ-SKHCN', deadline::date + 75,
    CASE WHEN over THEN 'pass' END, CASE WHEN over THEN make_date(year + 3, 2, 1) END, CASE WHEN over THEN n || '/QĐ-NT' ELSE '' END,
    CASE WHEN over THEN 'GCN-' || n ELSE '' END, CASE WHEN over THEN make_date(year + 3, 3, 1) END,
    CASE WHEN NOT over AND n % 9 = 0 THEN current_date - 40 END, 'dl-' || year || '-' || n || ' ' || folded_title || ' ' || folded_lead
FROM bench.application, LATERAL (SELECT year + 3 < extract(year FROM now()) AS over) time WHERE state = 'awarded';
INSERT INTO slice (project, year, source, approved)
SELECT n, year + y, stream, CASE y WHEN 1 THEN amount / 5 * 3 ELSE amount / 5 * 2 END FROM bench.application, generate_series(1, 2) y
WHERE state = 'awarded';
INSERT INTO report (project, number, due, state, done, next_steps, spent, saved_at, filed_at, filed_by, decided_at, decided_by)
SELECT p.id, number, starts_on + 180 * number, 'accepted', bench.paragraph(1), bench.paragraph(1), 0, now(), now(), p.lead, now(),
    bench.office('officer')
FROM bench.application JOIN project p ON p.id = n, generate_series(1, 2) number;
INSERT INTO obligation (kind, person, project, subject, due, settled_on)
SELECT 'leading_project', p.lead, p.id, p.code, agreed_on, registered_on FROM bench.application JOIN project p ON p.id = n;
INSERT INTO output (project, form, title, identifier, quantity, quality, produced_on, entered_by, entered_at, verified_by, verified_at, folded)
SELECT p.id, 'I', 'Bài báo: ' || a.title, '', 1, 'Đạt', ends_on, p.lead, now(), bench.office('officer'), now(), 'bai bao: ' || folded_title
FROM bench.application a JOIN project p ON p.id = n WHERE p.state = 'settled';

-- Money, through the ledger's own trigger: appropriated, allocated to the call, reserved, committed, advanced.
CREATE TEMP TABLE need ON COMMIT DROP AS
SELECT n, k, deadline, stream, y + year AS year, CASE y WHEN 1 THEN amount / 5 * 3 ELSE amount / 5 * 2 END AS amount
FROM bench.application, generate_series(1, 2) y WHERE state = 'awarded';
INSERT INTO ledger_account (stage, stream, year, classification)
SELECT DISTINCT stage, stream, year, '' FROM need, (VALUES ('source'), ('appropriated')) s (stage) ON CONFLICT DO NOTHING;
INSERT INTO ledger_account (stage, stream, year, call, classification) SELECT DISTINCT 'allocated', stream, year, k, '' FROM need
ON CONFLICT DO NOTHING;
INSERT INTO ledger_account (stage, stream, year, call, proposal, classification)
SELECT stage, stream, year, k, n, '' FROM need, (VALUES ('committed'), ('advanced')) s (stage);
CREATE TEMP TABLE way ON COMMIT DROP AS
SELECT s.stream, s.year, c.call, s.id AS source, a.id AS appropriated, c.id AS allocated
FROM ledger_account s JOIN ledger_account a ON a.stage = 'appropriated' AND (a.stream, a.year) = (s.stream, s.year)
JOIN ledger_account c ON c.stage = 'allocated' AND (c.stream, c.year) = (s.stream, s.year) WHERE s.stage = 'source';
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, document_kind, document_number, document_date, made_by, approved_by, key)
SELECT now(), 'appropriation', 'posted', source, appropriated, sum(amount) * 2, 'estimate_decision', '0155/QĐ-UBND',
    make_date(year, 1, 5), bench.office('officer'), bench.office('leader'), concat_ws('-', 'year', stream, year, max(n))
FROM need JOIN way USING (stream, year) WHERE way.call = k GROUP BY stream, year, source, appropriated;
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, document_kind, document_number, document_date, made_by, approved_by, key)
SELECT now(), 'allocation', 'posted', appropriated, allocated, sum(amount) * 3 / 2, 'allocation_decision', '12/QĐ-STC',
    make_date(year, 1, 15), bench.office('officer'), bench.office('finance'), concat_ws('-', 'call', k, stream, year, max(n))
FROM need JOIN way USING (stream, year) WHERE way.call = k GROUP BY k, stream, year, appropriated, allocated;
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, document_kind, document_number, document_date, made_by, approved_by, key)
SELECT deadline, 'reservation', 'pending', allocated, c.id, amount, 'appraisal_minutes', n || '/BB', deadline::date,
    bench.office('officer'), bench.office('finance'), concat_ws('-', 'reservation', n, need.year)
FROM need JOIN way USING (stream, year) JOIN ledger_account c ON c.stage = 'committed' AND c.proposal = n AND c.year = need.year
WHERE way.call = k;
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, resolves, document_kind, document_number, document_date, made_by,
        approved_by, key)
SELECT deadline, 'commitment', 'posted', e.out_of, e."into", e.amount, e.id, 'award_decision', n || '/QĐ-UBND', deadline::date,
    bench.office('officer'), bench.office('leader'), concat_ws('-', 'commitment', n, year)
FROM need JOIN ledger_entry e ON e.key = concat_ws('-', 'reservation', n, year);
INSERT INTO reservation (proposal, stream, year, amount, state, made_by, made_at, decided_by, decided_at, entry)
SELECT n, stream, year, need.amount, 'committed', bench.office('officer'), deadline, bench.office('finance'), deadline, e.id
FROM need JOIN ledger_entry e ON e.key = concat_ws('-', 'reservation', n, year);
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, document_kind, document_number, document_date, made_by, approved_by, key)
SELECT deadline, 'advance', 'pending', c.id, a.id, need.amount / 2, 'payment_request', n || '/GĐN', deadline::date,
    bench.office('officer'), bench.office('finance'), concat_ws('-', 'advance', n)
FROM need JOIN ledger_account c ON c.stage = 'committed' AND c.proposal = n AND c.year = need.year
JOIN ledger_account a ON a.stage = 'advanced' AND a.proposal = n AND a.year = need.year WHERE n % 2 = 0 AND need.year % 2 = 0;
INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, resolves, document_kind, document_number, document_date, made_by,
        approved_by, key)
SELECT deadline, 'advance', 'posted', e.out_of, e."into", e.amount, e.id, 'treasury_voucher', n || '/KB', deadline::date,
    bench.office('officer'), bench.office('treasurer'), concat_ws('-', 'paid', n)
FROM need JOIN ledger_entry e ON e.key = concat_ws('-', 'advance', n) WHERE need.year % 2 = 0;
