"""What must hold in the database at any moment: each a name and a query that must return nothing but the ids of what is wrong.

What the tables' own constraints already refuse is not asked again; these are the rules that span rows.
"""

from typing import NamedTuple


class Invariant(NamedTuple):
    """`sql` answers with a column `id` for everything that breaks the rule."""

    name: str
    sql: str


STATE_MONEY = "('capital', 'recurrent', 'fund')"
# What an account `a` was given from the year before ("came") or gave to the next ("went").
CARRIED = "coalesce((SELECT sum({}) FROM ledger_turnover t WHERE t.account = a.id AND t.kind = 'carry_over'), 0)"
# What a borrower or a project of the fund paid back: the fund's free money again, and still once paid out.
CAME_BACK = "coalesce((SELECT sum(t.went) FROM ledger_turnover t WHERE t.account = a.id AND t.kind = 'repayment'), 0)"

MONEY = [
    Invariant("every account's balance is what the journal says", """
        SELECT a.id FROM ledger_account a WHERE a.balance <>
            coalesce((SELECT sum(amount) FROM ledger_entry e WHERE e."into" = a.id AND e.state = 'posted'), 0)
          - coalesce((SELECT sum(amount) FROM ledger_entry e WHERE e.out_of = a.id AND e.state = 'posted'), 0)"""),
    Invariant("what an account holds is what its open entries hold", """
        SELECT a.id FROM ledger_account a WHERE a.held <>
            coalesce((SELECT sum(amount) FROM ledger_entry e WHERE e.out_of = a.id AND e.state = 'pending'
                      AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.resolves = e.id)), 0)"""),
    Invariant("an account's turnover is what the journal says, and adds up to its balance", """
        SELECT a.id FROM ledger_account a WHERE a.balance <>
            coalesce((SELECT sum(came - went) FROM ledger_turnover t WHERE t.account = a.id), 0)
        UNION ALL SELECT coalesce(t.account, e.account) FROM (
            SELECT account, month, kind, sum(came) AS came, sum(went) AS went FROM (
                SELECT e.out_of AS account, date_trunc('month', e.document_date)::date AS month, coalesce(w.kind, e.kind) AS kind,
                    CASE WHEN w.id IS NULL THEN 0 ELSE -e.amount END AS came, CASE WHEN w.id IS NULL THEN e.amount ELSE 0 END AS went
                    FROM ledger_entry e LEFT JOIN ledger_entry w ON w.id = e.corrects WHERE e.state = 'posted'
                UNION ALL SELECT e."into", date_trunc('month', e.document_date)::date, coalesce(w.kind, e.kind),
                    CASE WHEN w.id IS NULL THEN e.amount ELSE 0 END, CASE WHEN w.id IS NULL THEN 0 ELSE -e.amount END
                    FROM ledger_entry e LEFT JOIN ledger_entry w ON w.id = e.corrects WHERE e.state = 'posted') moved
            GROUP BY account, month, kind) e
        FULL JOIN ledger_turnover t ON t.account = e.account AND t.month = e.month AND t.kind = e.kind
        WHERE (t.came, t.went) IS DISTINCT FROM (e.came, e.went)"""),
    Invariant("no account gives or holds more than it has", """
        SELECT id FROM ledger_account WHERE held < 0 OR (stage <> 'source' AND balance < held)"""),
    Invariant("money is neither made nor lost: each year's accounts sum to zero", f"""
        SELECT min(id) AS id FROM ledger_account a GROUP BY year
        HAVING sum(balance) <> sum({CARRIED.format("came")} - {CARRIED.format("went")})"""),
    Invariant("an entry is settled for at most what it held, by its own kind", """
        SELECT r.id FROM ledger_entry r JOIN ledger_entry p ON p.id = r.resolves
        WHERE p.state <> 'pending' OR r.amount > p.amount OR r.out_of <> p.out_of OR r."into" <> p."into" """),
    Invariant("an approved allocation is its ledger entry", """
        SELECT l.id FROM allocation l LEFT JOIN ledger_entry e ON e.id = l.entry LEFT JOIN ledger_account a ON a.id = e."into"
        WHERE l.state = 'approved' AND (e.kind, e.state, e.amount, a.stage, a.stream, a.year, a.call, e.made_by, e.approved_by)
            IS DISTINCT FROM ('allocation', 'posted', l.amount, 'allocated', l.stream, l.year, l.call, l.made_by, l.decided_by)"""),
    Invariant("a call's money is what the ledger has allocated to it", """
        SELECT c.id FROM call c WHERE c.money <> coalesce((SELECT sum(balance) FROM ledger_account a
            WHERE a.call = c.id AND a.stage IN ('allocated', 'committed', 'advanced', 'paid', 'settled', 'lent', 'written_off')), 0)
            + coalesce((SELECT sum(e.amount) FROM ledger_entry e JOIN ledger_account o ON o.id = e.out_of
                WHERE o.call = c.id AND e.state = 'posted' AND ((e.kind = 'recovery' AND o.stage <> 'returned')
                    OR (e.kind = 'repayment' AND o.stage = 'lent') OR e.kind = 'release')), 0)
          AND EXISTS (SELECT FROM allocation l WHERE l.call = c.id)"""),
    Invariant("an approved reservation holds its amount; a committed one is committed; a freed one holds nothing", """
        SELECT v.id FROM reservation v JOIN ledger_entry e ON e.id = v.entry LEFT JOIN ledger_entry r ON r.resolves = e.id
        WHERE e.amount <> v.amount OR e.kind <> 'reservation'
            OR coalesce(r.state, 'open') <> CASE v.state WHEN 'approved' THEN 'open' WHEN 'committed' THEN 'posted' ELSE 'void' END"""),
    Invariant("an awarded application has its decision, its approved amount and its project", """
        SELECT p.id FROM proposal p LEFT JOIN award w ON w.proposal = p.id LEFT JOIN project j ON j.proposal = p.id
        WHERE p.state = 'awarded' AND (w.outcome IS DISTINCT FROM 'awarded' OR w.amount IS DISTINCT FROM p.approved
            OR j.approved IS DISTINCT FROM p.approved)"""),
    Invariant("a decision belongs to an application that was decided so", """
        SELECT w.id FROM award w JOIN proposal p ON p.id = w.proposal WHERE p.state <> w.outcome"""),
    Invariant("a project was awarded", """
        SELECT j.id FROM project j JOIN proposal p ON p.id = j.proposal WHERE p.state <> 'awarded'"""),
    Invariant("a project is led by whom its award or its last amendment names, under that title, and graded as its council graded it", """
        SELECT j.id FROM project j JOIN proposal p ON p.id = j.proposal
            LEFT JOIN LATERAL (SELECT a.lead FROM amendment a WHERE a.project = j.id AND a.kind = 'lead' AND a.state = 'approved'
                ORDER BY a.annex DESC LIMIT 1) led ON true
            LEFT JOIN LATERAL (SELECT a.becomes FROM amendment a WHERE a.project = j.id AND a.kind = 'title' AND a.state = 'approved'
                ORDER BY a.annex DESC LIMIT 1) named ON true
        WHERE j.lead <> coalesce(led.lead, p.lead) OR j.title <> coalesce(named.becomes, p.title) OR j.grade <> j.council_grade"""),
    Invariant("a project's years and sources add up to its approved amount", """
        SELECT j.id FROM project j LEFT JOIN slice s ON s.project = j.id
        GROUP BY j.id HAVING coalesce(sum(s.approved), 0) <> j.approved"""),
    Invariant("what is committed to an application is at most its award, stream by stream and year by year, with what was carried in", f"""
        SELECT a.proposal AS id FROM ledger_account a LEFT JOIN project j ON j.proposal = a.proposal
            LEFT JOIN slice s ON s.project = j.id AND s.year = a.year AND s.source = a.stream
        WHERE a.proposal IS NOT NULL AND a.stage IN ('committed', 'advanced', 'paid', 'settled', 'lent', 'written_off')
        GROUP BY a.proposal, a.stream, a.year HAVING sum(a.balance) > coalesce(max(s.approved), 0) + sum({CARRIED.format("came")})"""),
    Invariant("a project's payments are at most what was committed to it", f"""
        SELECT y.project AS id FROM payment y JOIN project j ON j.id = y.project WHERE y.state IN ('approved', 'paid')
        GROUP BY y.project, j.proposal, y.stream, y.year HAVING sum(y.amount) > coalesce((
            SELECT sum(a.balance + {CARRIED.format("went")} + {CAME_BACK}) FROM ledger_account a
            WHERE a.proposal = j.proposal AND a.stream = y.stream AND a.year = y.year
              AND a.stage IN ('committed', 'advanced', 'paid', 'settled', 'lent', 'written_off', 'recovered')), 0)"""),
    Invariant("a paid payment is its ledger entry, an approved one is held", """
        SELECT y.id FROM payment y LEFT JOIN ledger_entry h ON h.id = y.held_entry LEFT JOIN ledger_entry p ON p.id = y.paid_entry
            LEFT JOIN ledger_entry r ON r.resolves = h.id
        WHERE (y.state = 'paid' AND (p.kind, p.state, p.amount, p.resolves) IS DISTINCT FROM (y.kind, 'posted', y.amount, h.id))
            OR (y.state = 'approved' AND (h.kind, h.state, h.amount, r.id) IS DISTINCT FROM (y.kind, 'pending', y.amount, NULL))"""),
    Invariant("a payment was asked for, approved and paid by three people", """
        SELECT id FROM payment WHERE state = 'paid' AND (approved_by IS NULL OR paid_by IS NULL
            OR requested_by IN (approved_by, paid_by) OR approved_by = paid_by)"""),
    Invariant("a payment was approved by everyone whom its amount asks for, none of them its maker or payer", """
        SELECT y.id FROM payment y WHERE y.state IN ('approved', 'paid') AND (
            NOT EXISTS (SELECT FROM payment_approval a WHERE a.payment = y.id AND a.threshold IS NULL)
            OR EXISTS (SELECT FROM payment_approval a WHERE a.payment = y.id AND a.by IN (y.requested_by, y.paid_by)))"""),
    Invariant("a list of fees is the sum of its lines, these of their fees, and it is paid where the ledger paid it", """
        SELECT l.id FROM pay_list l LEFT JOIN fee_payment f ON f.pay_list = l.id AND f.state = 'paid'
            LEFT JOIN ledger_entry e ON e.id = f.paid_entry
        WHERE l.amount <> (SELECT coalesce(sum(i.amount), 0) FROM pay_line i WHERE i.pay_list = l.id)
            OR l.amount <> (SELECT coalesce(sum(x.times * x.each), 0) FROM fee x JOIN listed_fee y ON y.fee = x.id
                JOIN pay_line i ON i.id = y.line WHERE i.pay_list = l.id)
            OR l.paid_on IS DISTINCT FROM f.paid_on OR (f.id IS NOT NULL AND (e.state, e.amount) IS DISTINCT FROM ('posted', l.amount))"""),
    Invariant("what managing the work cost is the fees that were paid", """
        SELECT a.id FROM ledger_account a WHERE a.stage = 'paid' AND a.proposal IS NULL AND a.balance <> coalesce((SELECT sum(f.amount)
            FROM fee_payment f WHERE f.state = 'paid'
                AND (f.stream, f.year, f.classification) = (a.stream, a.year, a.classification)), 0)"""),
    Invariant("a cleared clearance is its ledger entry", """
        SELECT c.id FROM clearance c JOIN ledger_entry e ON e.id = c.entry
        WHERE (e.kind, e.state, e.amount, e.made_by, e.approved_by)
            IS DISTINCT FROM ('clearance', 'posted', c.amount, c.confirmed_by, c.decided_by)"""),
    Invariant("an approved settlement settles what was paid, but for what is paid back", """
        SELECT s.id FROM settlement s JOIN settlement_sum u ON u.settlement = s.id LEFT JOIN ledger_entry e
            ON e.key = format('settlement-%s-%s-%s', s.id, u.stream, u.year)
        WHERE s.state = 'approved' AND u.paid > u.back AND (e.kind, e.amount) IS DISTINCT FROM ('settlement', u.paid - u.back)
        UNION ALL SELECT s.id FROM settlement s JOIN settlement_sum u ON u.settlement = s.id AND u.back > 0
        WHERE s.state = 'approved'
            AND NOT EXISTS (SELECT FROM recovery r WHERE r.settlement = s.id AND r.stream = u.stream AND r.amount = u.back)"""),
    Invariant("what came back for a recovery is what it says, and booked", """
        SELECT r.id FROM recovery r WHERE r.repaid <> coalesce((SELECT sum(p.amount) FROM recovery_payment p WHERE p.recovery = r.id), 0)
            OR r.repaid <> coalesce((SELECT sum(e.amount) FROM ledger_entry e WHERE e.kind = 'recovery' AND e.state = 'posted'
                AND starts_with(e.key, format('repaid-%s-', r.id))), 0)"""),
    Invariant("an unpaid recovery binds its organisation, a paid one no longer", """
        SELECT r.id FROM recovery r JOIN obligation o ON o.id = r.obligation
        WHERE o.kind <> 'recovery_unpaid' OR (r.state = 'repaid') <> (o.settled_on IS NOT NULL)"""),
    Invariant("a loan's debt stands in the ledger", """
        SELECT l.id FROM fund_loan l JOIN project j ON j.id = l.project WHERE l.lent - l.repaid - l.written_off <>
            coalesce((SELECT sum(a.balance) FROM ledger_account a WHERE a.proposal = j.proposal AND a.stage = 'lent'), 0)
            OR l.repaid <> coalesce((SELECT sum(p.principal) FROM loan_payment p WHERE p.loan = l.id), 0)"""),
    Invariant("a matched line of a statement is its payment", """
        SELECT l.id FROM treasury_line l JOIN payment y ON y.id = l.payment
        WHERE l.state IN ('matched', 'settled') AND (y.state, y.amount, y.treasury_number) IS DISTINCT FROM ('paid', l.out, l.number)
        UNION ALL SELECT l.id FROM treasury_line l JOIN fee_payment f ON f.id = l.fees
        WHERE l.state IN ('matched', 'settled') AND (f.state, f.amount, f.treasury_number) IS DISTINCT FROM ('paid', l.out, l.number)"""),
    Invariant("what was decided about a year's money is its ledger entry, and no payment stands that was taken back", """
        SELECT a.id FROM adjustment a JOIN ledger_entry e ON e.id = a.entry
        WHERE (e.amount, e.out_of, e."into", e.made_by, e.approved_by)
            IS DISTINCT FROM (a.amount, a.out_of, a."into", a.made_by, a.decided_by)
        UNION ALL SELECT r.id FROM year_remainder r JOIN ledger_entry e ON e.id = r.entry
        WHERE (e.kind, e.amount, e.out_of) IS DISTINCT FROM (replace(r.act, 'cancel', 'cancellation'), r.amount, r.account)
        UNION ALL SELECT c.id FROM correction c JOIN ledger_entry e ON e.id = c.entry
        WHERE (e.kind, e.amount, e.corrects, e.made_by, e.approved_by)
            IS DISTINCT FROM ('correction', c.amount, c.wrong, c.made_by, c.decided_by)
        UNION ALL SELECT y.id FROM payment y JOIN ledger_entry e ON e.corrects = y.paid_entry WHERE y.state = 'paid'
        UNION ALL SELECT f.id FROM fee_payment f JOIN ledger_entry e ON e.corrects = f.paid_entry WHERE f.state = 'paid'
        UNION ALL SELECT k.id FROM clearance k JOIN ledger_entry e ON e.corrects = k.entry"""),
    Invariant("who makes is never who checks", """
        SELECT id FROM ledger_entry WHERE made_by = approved_by
        UNION ALL SELECT id FROM allocation WHERE made_by = decided_by UNION ALL SELECT id FROM reservation WHERE made_by = decided_by
        UNION ALL SELECT id FROM estimate WHERE made_by = decided_by
        UNION ALL SELECT l.id FROM estimate_line l JOIN estimate e ON e.id = l.estimate WHERE l.agreed_by = e.made_by
        UNION ALL SELECT id FROM report WHERE filed_by = decided_by
        UNION ALL SELECT id FROM output WHERE entered_by = verified_by UNION ALL SELECT id FROM "right" WHERE entered_by = verified_by
        UNION ALL SELECT id FROM transfer WHERE entered_by = verified_by
        UNION ALL SELECT w.id FROM award w JOIN reservation v ON v.proposal = w.proposal WHERE v.made_by = w.decided_by"""),
    Invariant("a decided estimate is posted, stream by stream", """
        SELECT e.id FROM stream_decision d JOIN estimate e ON e.id = d.estimate
            JOIN estimate_line l ON (l.estimate, l.stream) = (e.id, d.stream)
        GROUP BY e.id, d.id HAVING count(*) <> count(l.decided) OR sum(l.decided) <> d.amount OR d.amount <> coalesce((SELECT sum(n.amount)
            FROM ledger_entry n JOIN ledger_account a ON a.id = n."into"
            WHERE n.kind = 'appropriation' AND n.state = 'posted' AND a.year = e.year AND a.stream = d.stream), 0)
        UNION ALL SELECT l.estimate FROM estimate_line l LEFT JOIN stream_decision d ON (d.estimate, d.stream) = (l.estimate, l.stream)
        GROUP BY l.estimate, l.stream HAVING count(l.decided) > 0 AND count(d.id) = 0"""),
    Invariant("one organisation answers for a stream on a day", """
        SELECT a.id FROM duty a JOIN duty b ON b.stream = a.stream AND b.id > a.id
        WHERE a.valid_from <= coalesce(b.valid_to, 'infinity') AND b.valid_from <= coalesce(a.valid_to, 'infinity')"""),
]

APPLICATIONS = [
    Invariant("an application asks for what its lines add up to, state money apart", f"""
        SELECT p.id FROM proposal p LEFT JOIN budget_line b ON b.proposal = p.id
        GROUP BY p.id HAVING coalesce(sum(b.requested), 0) <> p.requested
            OR coalesce(sum(b.requested) FILTER (WHERE b.source IN {STATE_MONEY}), 0) <> p.requested_state"""),
    Invariant("an appraised or approved amount is what its lines add up to", f"""
        SELECT p.id FROM proposal p LEFT JOIN budget_line b ON b.proposal = p.id AND b.source IN {STATE_MONEY}
        GROUP BY p.id HAVING (p.appraised IS NOT NULL AND coalesce(sum(b.appraised), 0) <> p.appraised)
            OR (p.approved IS NOT NULL AND coalesce(sum(b.approved), 0) <> p.approved)"""),
    Invariant("an application has an appraised amount from its appraisal on, an approved one from its award on", """
        SELECT id FROM proposal WHERE (state IN ('appraised', 'awarded') AND appraised IS NULL)
            OR (state = 'awarded') <> (approved IS NOT NULL)"""),
    Invariant("what was handed in is kept as it was", """
        SELECT p.id FROM proposal p WHERE p.state NOT IN ('draft', 'withdrawn')
            AND NOT EXISTS (SELECT FROM submission s WHERE s.proposal = p.id)"""),
    Invariant("nothing was handed in after the deadline", """
        SELECT s.id FROM submission s JOIN proposal p ON p.id = s.proposal JOIN call c ON c.id = p.call WHERE s.at > c.deadline"""),
    Invariant("an application has a lead in its team and a lead organisation once it is handed in", """
        SELECT p.id FROM proposal p WHERE p.state NOT IN ('draft', 'withdrawn') AND (p.lead_organisation IS NULL
            OR NOT EXISTS (SELECT FROM team_member t WHERE t.proposal = p.id AND t.person = p.lead AND t.access = 'owner'))"""),
    Invariant("the tally of applications is what there is", """
        SELECT c.id FROM call c WHERE EXISTS (SELECT FROM (
            SELECT state, 1 AS n FROM proposal p WHERE p.call = c.id UNION ALL SELECT state, -n FROM proposal_tally t WHERE t.call = c.id
        ) AS sides GROUP BY state HAVING sum(n) <> 0)"""),
    Invariant("an application is certified by the head of organisation named in it", """
        SELECT id FROM proposal WHERE certified_at IS NOT NULL AND certified_by IS DISTINCT FROM signatory"""),
    Invariant("an application is judged only after its call was opened", """
        SELECT p.id FROM proposal p JOIN call c ON c.id = p.call
        WHERE p.state NOT IN ('draft', 'submitted', 'withdrawn') AND c.opened_on IS NULL"""),
    Invariant("an application that is not valid has the reason written down", """
        SELECT p.id FROM proposal p WHERE p.state = 'ineligible' AND NOT EXISTS (SELECT FROM finding f WHERE f.proposal = p.id)"""),
    Invariant("a call's rule set is never one that was in force only later", """
        SELECT c.id FROM call c JOIN rule_set r ON r.id = c.rule_set WHERE r.valid_from > (c.opens_at + interval '7 hours')::date"""),
    Invariant("one rule set is in force on a day", """
        SELECT a.id FROM rule_set a JOIN rule_set b ON b.id > a.id
        WHERE a.valid_from <= coalesce(b.valid_to, 'infinity') AND b.valid_from <= coalesce(a.valid_to, 'infinity')"""),
]

REVIEW = [
    Invariant("a ballot that was handed in has points for each criterion of the pinned scheme, and no others", """
        SELECT b.id FROM ballot b JOIN panel n ON n.id = b.panel JOIN call c ON c.id = n.call JOIN rule_set r ON r.id = c.rule_set
        WHERE b.state = 'given' AND (SELECT array_agg((k->>'number')::int ORDER BY (k->>'number')::int)
                FROM jsonb_array_elements(r.content->'schemes') s, jsonb_array_elements(s->'criteria') k WHERE s->>'code' = c.scheme)
            IS DISTINCT FROM (SELECT array_agg(o.criterion ORDER BY o.criterion) FROM score o
                WHERE o.ballot = b.id AND o.points IS NOT NULL)"""),
    Invariant("no criterion has more points than the pinned scheme allows", """
        SELECT o.id FROM score o JOIN ballot b ON b.id = o.ballot JOIN panel n ON n.id = b.panel JOIN call c ON c.id = n.call
            JOIN rule_set r ON r.id = c.rule_set, jsonb_array_elements(r.content->'schemes') s, jsonb_array_elements(s->'criteria') k
        WHERE s->>'code' = c.scheme AND (k->>'number')::int = o.criterion AND o.points > (k->>'most')::int"""),
    Invariant("a ballot's total is the sum of its points", """
        SELECT b.id FROM ballot b WHERE b.state = 'given'
            AND b.total IS DISTINCT FROM (SELECT sum(points) FROM score o WHERE o.ballot = b.id)"""),
    Invariant("who judges sits on the panel", """
        SELECT b.id FROM ballot b WHERE b.state = 'given'
            AND NOT EXISTS (SELECT FROM seat s WHERE s.panel = b.panel AND s.person = b.judge)"""),
    Invariant("nobody judges an application they have a part in", """
        SELECT b.id FROM ballot b JOIN proposal p ON p.id = b.proposal WHERE b.state IN ('accepted', 'given')
            AND (b.judge IN (p.lead, p.signatory)
                 OR EXISTS (SELECT FROM team_member t WHERE t.proposal = p.id AND t.person = b.judge))"""),
    Invariant("nobody judges their own employer's application where the pinned rules exclude it, unless it was waived", """
        SELECT b.id FROM ballot b JOIN panel n ON n.id = b.panel JOIN proposal p ON p.id = b.proposal JOIN call c ON c.id = n.call
            JOIN rule_set r ON r.id = c.rule_set
        WHERE b.state IN ('accepted', 'given')
            AND EXISTS (SELECT FROM membership m WHERE m.person = b.judge AND m.organisation = p.lead_organisation
                AND m.valid_from <= (b.offered_at + interval '7 hours')::date
                AND (m.valid_to IS NULL OR m.valid_to >= (b.offered_at + interval '7 hours')::date))
            AND EXISTS (SELECT FROM jsonb_array_elements(r.content->'conflicts') k
                WHERE k->>'kind' = 'same_employer' AND k->>'effect' = 'exclude' AND k->'panels' ? n.kind AND k->'seats' ? 'member')
            AND NOT EXISTS (SELECT FROM waiver w WHERE w.panel = n.id AND w.person = b.judge AND w.proposal = p.id
                AND w.kind = 'same_employer')"""),
    Invariant("nobody who declared a conflict judges that application", """
        SELECT b.id FROM ballot b JOIN interest i ON i.person = b.judge AND i.proposal = b.proposal
        WHERE i.conflict AND b.state IN ('accepted', 'given')"""),
    Invariant("a counted panel has a standing for every application it judged", """
        SELECT DISTINCT b.proposal AS id FROM ballot b JOIN panel n ON n.id = b.panel
        WHERE n.state IN ('counted', 'closed') AND b.number IS NOT NULL
            AND NOT EXISTS (SELECT FROM standing s WHERE s.panel = b.panel AND s.proposal = b.proposal)"""),
    Invariant("an application went on only as the panel's standing says", """
        SELECT p.id FROM proposal p JOIN standing s ON s.proposal = p.id
            AND NOT EXISTS (SELECT FROM set_aside a WHERE a.standing = s.id)
        WHERE (s.recommended AND p.state = 'not_recommended')
            OR (NOT s.recommended AND p.state IN ('recommended', 'appraised', 'awarded'))"""),
    Invariant("an application whose standing was set aside is judged by the panel that votes anew, or was so", """
        SELECT p.id FROM set_aside a JOIN standing s ON s.id = a.standing JOIN revote r ON r.id = a.revote
            JOIN proposal p ON p.id = s.proposal
        WHERE p.state <> 'in_review' AND NOT EXISTS (SELECT FROM standing n WHERE n.panel = r.successor AND n.proposal = p.id)"""),
    Invariant("standings exist only once the ballots were counted", """
        SELECT s.id FROM standing s JOIN panel n ON n.id = s.panel WHERE n.state NOT IN ('counted', 'closed')"""),
    Invariant("a closed panel has its minutes", """
        SELECT n.id FROM panel n WHERE (n.state = 'closed') <> EXISTS (SELECT FROM minutes m WHERE m.panel = n.id)"""),
    Invariant("a concluded appraisal has the sum of its changes in the lines", """
        SELECT l.id FROM budget_line l JOIN LATERAL (SELECT k.after FROM line_change k JOIN appraisal a ON a.id = k.appraisal
            WHERE k.line = l.id AND a.state = 'concluded' ORDER BY k.id DESC LIMIT 1) last ON true
        WHERE l.appraised IS DISTINCT FROM last.after"""),
]

PROJECTS = [
    Invariant("a running project binds its lead person, a finished one no longer", """
        SELECT j.id FROM project j WHERE (j.state IN ('awarded', 'running', 'suspended')) <> EXISTS (
            SELECT FROM obligation o WHERE o.project = j.id AND o.kind = 'leading_project' AND o.settled_on IS NULL)"""),
    Invariant("an accepted report settles what was owed for it", """
        SELECT r.id FROM report r JOIN obligation o ON o.project = r.project AND o.kind = 'overdue_report' AND o.due = r.due
        WHERE r.state = 'accepted' AND o.settled_on IS NULL"""),
    Invariant("a registered project owes no registration", """
        SELECT j.id FROM project j JOIN obligation o ON o.project = j.id AND o.kind = 'result_unregistered'
        WHERE j.state IN ('registered', 'settled', 'closed') AND o.settled_on IS NULL"""),
    Invariant("an output answers to a product that its own project promised", """
        SELECT o.id FROM output o JOIN project j ON j.id = o.project JOIN product d ON d.id = o.product WHERE d.proposal <> j.proposal"""),
    Invariant("an organisation is not its own predecessor", """
        WITH RECURSIVE line AS (SELECT predecessor AS origin, successor AS id FROM succession
            UNION SELECT line.origin, s.successor FROM line JOIN succession s ON s.predecessor = line.id)
        SELECT id FROM line WHERE origin = id"""),
]

HISTORY = [
    Invariant("no event slipped in behind the seals", """
        SELECT e.id FROM event e WHERE e.id <= (SELECT coalesce(max(s), 0) FROM seal, unnest(events) s
                                                WHERE at < clock_timestamp() - interval '1 hour')
            AND NOT EXISTS (SELECT FROM seal WHERE e.id = ANY (events))"""),
    Invariant("who did something is somebody", """
        SELECT e.id FROM event e WHERE e.by IS NOT NULL AND NOT EXISTS (SELECT FROM person p WHERE p.id = e.by)"""),
]

ALL = [*MONEY, *APPLICATIONS, *REVIEW, *PROJECTS, *HISTORY]
