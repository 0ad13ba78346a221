-- What the two POSTs use up: whole drafts of one lead in one open call, and scored ballots of one judge in one panel.
-- bench.supply says how many.

INSERT INTO call (id, code, year, title, title_en, summary, summary_en, rule_set, scheme, opens_at, deadline, state, money, ceiling,
        most_months, places, officer, folded)
SELECT 900000, 'TB-MO', extract(year FROM now()), 'Tuyển chọn đợt đang mở', 'The open call', 'Đang nhận hồ sơ.', 'Open now.', bench.rule_set(),
    'applied', now() - interval '20 days', now() + interval '20 days', 'published', 20000000000, 2000000000, 36, 15, bench.office('officer'),
    'tb-mo tuyen chon dot dang mo';
INSERT INTO asked_document (call, code, name, name_en, form_code, required)
SELECT 900000, code, name, name, code, true FROM (VALUES ('B1', 'Đơn đăng ký chủ trì'), ('B2', 'Lý lịch khoa học')) asked (code, name);

INSERT INTO proposal (id, call, lead, title, title_en, summary, summary_en, field, keywords, lead_organisation, signatory, starts_on, months,
        state, requested, requested_state, certified_at, certified_by, saved_at, folded)
SELECT 900000 + made, 900000, bench.office('researcher'), 'Nghiên cứu giống cà phê chịu hạn ' || made, 'Drought-proof coffee', bench.paragraph(2),
    'Coffee.', '401', 'cà phê', o.id, o.signatory, current_date + 60, 24, 'draft', 900000000, 900000000, now(), o.signatory, now(),
    'nghien cuu giong ca phe chiu han ' || made
FROM generate_series(1, bench.supply()) made, bench.organisation o WHERE o.n = 0;
INSERT INTO team_member (proposal, person, email, full_name, organisation, part, months, access, joined_at)
SELECT p.id, r.id, r.email, r.full_name, r.organisation,
    CASE WHEN r.id = p.lead THEN 'principal_investigator' ELSE 'key_member' END, 12,
    CASE WHEN r.id = p.lead THEN 'owner' ELSE 'reader' END, now()
FROM proposal p JOIN LATERAL (SELECT id, email, full_name, p.lead_organisation AS organisation FROM person WHERE id = p.lead
    UNION ALL SELECT id, email, full_name, organisation FROM bench.researcher WHERE n < 3) r ON true WHERE p.id > 900000;
INSERT INTO section (proposal, code, text, saved_at)
SELECT id, code, bench.paragraph(8), now() FROM proposal, unnest(bench.codes()) code WHERE id > 900000;
INSERT INTO budget_line (proposal, "group", year, source, note, requested, position)
SELECT p.id, g.id, extract(year FROM now())::int + 1 + g.at % 2, 'recurrent', 'Theo dự toán chi tiết', 180000000, g.at
FROM proposal p, bench.expense_group g WHERE p.id > 900000 AND g.at < 5;
INSERT INTO product (proposal, form, name, unit, quantity, quality)
SELECT id, 'II', 'Quy trình kỹ thuật', 'quy trình', 1, 'Được nghiệm thu' FROM proposal WHERE id > 900000;
INSERT INTO document (proposal, asked, filename, stored, size, sha256, uploaded_at, uploaded_by)
SELECT p.id, a.id, a.code || '.pdf', p.id || '-' || a.code, 120000, repeat('0', 64), now(), p.lead
FROM proposal p JOIN asked_document a ON a.call = 900000 WHERE p.id > 900000;

-- A panel of its own on the last applications that were handed in.
INSERT INTO panel (id, call, name, decision_number, decided_on, meets_at, place, state, officer)
SELECT 900000, 900000, 'Hội đồng tuyển chọn chuyên ngành', '125/QĐ-SKHCN', current_date, now() + interval '9 days', 'Phòng họp số 2', 'invited',
    bench.office('officer');
INSERT INTO ballot (panel, proposal, judge, state, review, offered_at, answered_at, saved_at)
SELECT 900000, proposal, bench.office('expert1'), 'accepted', bench.paragraph(2), now(), now(), now()
FROM submission WHERE proposal < 900000 ORDER BY proposal DESC LIMIT bench.supply();
INSERT INTO score (ballot, criterion, points, comment)
SELECT b.id, criterion, most - 2, 'Nội dung rõ, phương pháp phù hợp.' FROM ballot b, bench.criterion WHERE b.panel = 900000;
