"""What happened, in words: the deed of each audit event and the thing it was done to."""

from grants.shell.language import N_, _

DEEDS = {
    "accepted": N_("chấp nhận"), "added": N_("thêm"), "adjusting": N_("chuyển sang chỉnh lý"), "agreed": N_("cho ý kiến"),
    "taken_over": N_("tiếp nhận từ dữ liệu cũ"),
    "agreement_lapsed": N_("ý kiến hết hiệu lực"), "appointed": N_("giao vai trò"),
    "apportioned": N_("chia theo năm và nguồn"), "appraisal_opened": N_("mở thẩm định kinh phí"), "appraised": N_("thẩm định kinh phí"),
    "approved": N_("duyệt"), "asked_for": N_("đòi giấy tờ"), "assigned": N_("giao việc"), "attendance_taken": N_("điểm danh"),
    "attended": N_("ghi có mặt"), "awarded": N_("phê duyệt cấp kinh phí"), "began": N_("bắt đầu"), "budgeted": N_("ghi dòng kinh phí"),
    "certified": N_("xác nhận của tổ chức"), "changed": N_("sửa"), "closed": N_("đóng"), "committed": N_("cam kết chi"),
    "concluded": N_("kết thúc"), "confirmed": N_("xác nhận"), "consent_withdrawn": N_("rút lời đồng ý"), "consented": N_("đồng ý"),
    "corrected": N_("sửa lại"), "counted": N_("kiểm phiếu"), "decided": N_("quyết định"), "declared": N_("khai xung đột lợi ích"),
    "declared_conflict": N_("khai có xung đột lợi ích"), "declined": N_("từ chối"), "described": N_("mô tả"),
    "dismissed": N_("kết thúc vai trò"), "drafted": N_("soạn"), "ended": N_("kết thúc"), "enrolled": N_("ghi vào danh sách"),
    "entered": N_("nhập"), "entered_review": N_("đưa vào đánh giá"), "entrusted": N_("uỷ quyền"), "evaluated": N_("nghiệm thu"),
    "fell_due_on": N_("đặt hạn"), "filed": N_("nộp"), "formed": N_("thành lập"), "found": N_("ghi vướng mắc"), "freed": N_("trả lại"),
    "given": N_("nộp phiếu"), "invited": N_("mời"), "joined": N_("tham gia"), "kept": N_("lưu bản đã nộp"),
    "lateness_noted": N_("ghi chậm tiến độ"), "line_agreed": N_("cho ý kiến từng dòng"), "line_changed": N_("sửa dòng"),
    "line_proposed": N_("đề xuất dòng"), "line_removed": N_("bỏ dòng"), "locked": N_("khoá"), "money_set": N_("ghi kinh phí"),
    "no_longer_asked_for": N_("không đòi nữa"), "nominated": N_("giới thiệu"), "numbered": N_("đánh số"), "offered": N_("mời đánh giá"),
    "opened": N_("mở"), "owed": N_("ghi nghĩa vụ"), "paid": N_("chi"), "partnered": N_("thêm tổ chức phối hợp"),
    "password_changed": N_("đổi mật khẩu"), "password_set": N_("đặt mật khẩu"), "planned": N_("lên kế hoạch"),
    "profile_changed": N_("sửa lý lịch"), "promised": N_("ghi sản phẩm"), "proposed": N_("đề xuất"), "published": N_("công bố"),
    "reached": N_("hoàn thành"), "registered": N_("đăng ký"), "refused": N_("không duyệt"), "remarked": N_("ghi ý kiến"),
    "removed": N_("xoá"), "reopened": N_("lấy lại để sửa"), "replaced": N_("thay"), "requested": N_("đề nghị"),
    "requirement_changed": N_("đổi mức bắt buộc"), "retired": N_("ra khỏi danh sách"), "returned": N_("trả lại"),
    "review_concluded": N_("kết luận đánh giá"), "revised": N_("sửa"), "saved": N_("lưu"), "scored": N_("chấm điểm"),
    "seated": N_("xếp vào hội đồng"), "second_factor_set": N_("bật xác thực hai bước"), "second_factor_used": N_("dùng mã xác thực"),
    "sent_back": N_("trả lại để sửa"), "sent_again": N_("gửi lại"),
    "session_opened": N_("mở phiên họp"), "settled": N_("hoàn thành nghĩa vụ"),
    "stood": N_("ghi kết quả xếp hạng"), "struck": N_("gạch bỏ"), "submitted": N_("nộp"), "suggested": N_("đề xuất"),
    "summed_up": N_("tổng hợp"), "taken_back": N_("lấy lại"), "taken_out": N_("đưa ra"), "team_changed": N_("sửa nhóm thực hiện"),
    "took_out": N_("đưa ra"), "tried_out": N_("chạy thử"), "unassigned": N_("thôi giao việc"), "uploaded": N_("tải lên"),
    "vacated": N_("rời hội đồng"), "verified": N_("xác nhận"), "waived": N_("chấp nhận ngoại lệ"), "withdrawn": N_("rút"),
    "written": N_("viết"), "wrote": N_("viết"), "copied": N_("chép sang kỳ mới"), "succeeded": N_("thay thế"),
    "second_factor_reset": N_("gỡ xác thực hai bước"),
    "account_closed": N_("khoá tài khoản"), "account_reopened": N_("mở lại tài khoản"),
    "documents_changed": N_("đổi giấy tờ phải nộp"), "team_joined": N_("vào nhóm thực hiện"),
    "session_moved": N_("dời phiên họp"), "signed": N_("ký hợp đồng"),
    "goes_alone": N_("ghi không có tổ chức phối hợp"), "invitation_declined": N_("không nhận lời mời"),
    "certification_asked": N_("gửi thủ trưởng xác nhận"), "certification_refused": N_("từ chối xác nhận"),
    "cleared": N_("ghi hoàn tạm ứng"), "set": N_("đặt"), "marked": N_("đánh dấu không khoán"), "repaid": N_("ghi tiền hoàn trả"),
    "warned": N_("nhắc quá hạn"), "summed": N_("cộng"), "taken_in": N_("nhập sao kê"), "matched": N_("khớp bằng tay"),
    "rejected": N_("bỏ qua"), "founded": N_("ghi điều lệ"), "listed": N_("thêm sản phẩm"), "named": N_("chọn sản phẩm"),
    "lent": N_("giải ngân"), "written_off": N_("xử lý rủi ro"), "write_off_proposed": N_("đề nghị xử lý rủi ro"),
    "released": N_("giải toả"), "issued": N_("phát hành"), "claimed": N_("đề nghị hỗ trợ"),
    "advised": N_("xin ý kiến hội đồng"), "answered": N_("trả lời"), "applied": N_("áp dụng"), "asked": N_("đề nghị"),
    "begun": N_("bắt đầu"), "board_elected": N_("bầu ban kiểm phiếu"), "council_graded": N_("hội đồng xếp loại"),
    "dissented": N_("bảo lưu ý kiến"), "elected": N_("bầu"), "estimated": N_("ước tính"), "failed": N_("không tìm được cách"),
    "invited_to_discuss": N_("mời trao đổi"), "merged": N_("gộp"), "put_forward": N_("đưa ra"), "raised": N_("nêu vướng mắc"),
    "reckoned": N_("tính tiền công"), "refilled": N_("bổ sung người"), "refreshed": N_("cập nhật"), "reminded": N_("nhắc"),
    "resolved": N_("ghi kết luận"), "solved": N_("tìm được cách"), "unlisted": N_("bỏ khỏi danh sách"), "vetted": N_("rà soát"),
    "voted_on": N_("biểu quyết"), "worded": N_("ghi lời"),
    "recorded": N_("ghi nhận"), "questioned": N_("yêu cầu bổ sung"),
    "closing_asked": N_("đề nghị khoá sổ"), "stream_submitted": N_("trình phần của một nguồn"),
    "continuing_drawn": N_("lấy nhiệm vụ chuyển tiếp"),
}
THINGS = {
    "adjustment": N_("Điều chỉnh dự toán"), "budget_ground": N_("Căn cứ pháp lý"), "classification": N_("Mã mục lục ngân sách"),
    "estimate_round": N_("Lần gửi dự toán"), "stream_submission": N_("Phần dự toán đã trình"),
    "stream_decision": N_("Quyết định giao dự toán"), "stream_return": N_("Phần dự toán bị trả lại"), "year_day": N_("Lịch năm ngân sách"),
    "year_remainder": N_("Số dư cuối năm"),
    "allocation": N_("Phân bổ"), "appraisal": N_("Thẩm định kinh phí"), "appraiser": N_("Thành viên thẩm định"),
    "asked_document": N_("Giấy tờ phải nộp"), "assigned_reviewer": N_("Phân công phản biện"), "award": N_("Quyết định phê duyệt"),
    "ballot": N_("Phiếu đánh giá"), "budget_line": N_("Dòng kinh phí"), "budget_year": N_("Năm ngân sách"),
    "call": N_("Thông báo tuyển chọn"), "document": N_("Tài liệu"), "duty": N_("Nguồn giao cho cơ quan"), "estimate": N_("Dự toán năm"),
    "estimate_line": N_("Dòng dự toán"), "expense_group": N_("Nhóm chi"), "expert": N_("Chuyên gia"), "field": N_("Lĩnh vực"),
    "filed_report": N_("Bản báo cáo đã nộp"), "finding": N_("Vướng mắc của hồ sơ"),
    "funding": N_("Kinh phí theo nguồn của thông báo"), "holiday": N_("Ngày nghỉ"), "interest": N_("Khai xung đột lợi ích"),
    "ledger_account": N_("Tài khoản sổ cái"), "ledger_entry": N_("Bút toán"), "line_change": N_("Thay đổi kinh phí"),
    "answer": N_("Trả lời của nhóm thực hiện"), "assignment_run": N_("Lần phân công phản biện"), "dissent": N_("Ý kiến bảo lưu"),
    "fee": N_("Tiền công"), "matter": N_("Việc hội đồng xét"), "matter_reviewer": N_("Người nhận xét"), "motion": N_("Việc biểu quyết"),
    "nomination_request": N_("Đề nghị giới thiệu"), "objection": N_("Vướng mắc sau bỏ phiếu"), "pay_detail": N_("Thông tin chi trả"),
    "publication": N_("Công trình"), "reminder": N_("Lần nhắc"), "resolution": N_("Kết luận của hội đồng"),
    "teller": N_("Thành viên ban kiểm phiếu"), "vetting": N_("Rà soát sau bỏ phiếu"), "vote": N_("Kết quả biểu quyết"),
    "membership": N_("Vai trò"), "milestone": N_("Mốc công việc"), "minutes": N_("Biên bản"), "nomination": N_("Giới thiệu chuyên gia"),
    "obligation": N_("Nghĩa vụ"), "organisation": N_("Tổ chức"), "output": N_("Sản phẩm"), "panel": N_("Hội đồng"),
    "partner": N_("Tổ chức phối hợp"), "payment": N_("Tạm ứng, thanh toán"), "person": N_("Người dùng"), "product": N_("Sản phẩm cam kết"),
    "profile": N_("Lý lịch khoa học"), "programme": N_("Chương trình"), "project": N_("Nhiệm vụ"), "proposal": N_("Hồ sơ"),
    "remit": N_("Vai trò giao cho tổ chức"), "report": N_("Báo cáo định kỳ"), "reservation": N_("Giữ kinh phí"),
    "right": N_("Quyền sở hữu trí tuệ"),
    "right_term": N_("Thời hạn bảo hộ"), "rule_set": N_("Bộ quy tắc"), "score": N_("Điểm"), "seat": N_("Ghế hội đồng"),
    "section": N_("Phần thuyết minh"), "slice": N_("Kinh phí theo năm"), "standing": N_("Kết quả xếp hạng"),
    "submission": N_("Bản đã nộp"), "succession": N_("Kế thừa tổ chức"), "team_member": N_("Thành viên nhóm"), "tie": N_("Quan hệ đã khai"),
    "approval_threshold": N_("Ngưỡng duyệt chi"), "payment_approval": N_("Lượt duyệt chi"), "payment_terms": N_("Phương thức chi"),
    "actual_cost_line": N_("Mục không khoán"), "instalment": N_("Đợt cấp kinh phí"), "clearance": N_("Hoàn tạm ứng"),
    "treasury_file": N_("Sao kê"), "treasury_line": N_("Dòng sao kê"), "settlement": N_("Quyết toán"),
    "settlement_line": N_("Mục quyết toán"), "settlement_sum": N_("Tổng quyết toán"),
    "settlement_approval": N_("Phê duyệt quyết toán của một nguồn"), "voucher_redemption": N_("Hoá đơn của phiếu hỗ trợ"),
    "plan_move": N_("Chuyển năm kế hoạch kinh phí"), "recovery": N_("Thu hồi"),
    "recovery_payment": N_("Tiền hoàn trả"), "fund": N_("Quỹ"), "fund_product": N_("Sản phẩm của Quỹ"),
    "call_product": N_("Sản phẩm của thông báo"), "fund_voucher": N_("Phiếu hỗ trợ"), "interest_claim": N_("Kỳ hỗ trợ lãi suất"),
    "fund_loan": N_("Khoản vay, bảo lãnh"), "loan_due": N_("Kỳ trả nợ"), "loan_payment": N_("Tiền trả nợ"),
    "fund_write_off": N_("Xử lý rủi ro"), "venture_contribution": N_("Góp vốn quỹ đầu tư mạo hiểm"),
    "topic": N_("Đề xuất nhiệm vụ"), "transfer": N_("Hợp đồng chuyển giao"), "waiver": N_("Ngoại lệ xung đột lợi ích"),
}
PAGES = {
    "call": "/calls/{}", "proposal": "/proposals/{}", "panel": "/panels/{}", "project": "/projects/{}", "report": "/reports/{}",
    "clearance": "/clearances/{}", "settlement": "/settlements/{}", "recovery": "/recoveries/{}", "payment": "/payments/{}",
    "fund_loan": "/loans/{}", "fund": "/funds/{}", "treasury_file": "/treasury/{}", "treasury_line": "/treasury/lines/{}",
    "estimate": "/estimates/{}", "person": "/people/{}", "rule_set": "/rules/{}", "topic": "/topics/{}",
}


def deed(did: str) -> str:
    """The deed in words; a deed without words, only ever one of an older version, stays as it was written."""
    return _(DEEDS[did]) if did in DEEDS else did


def thing(table: str) -> str:
    """What kind of thing it was done to."""
    return _(THINGS[table]) if table in THINGS else table


FIELDS = {
    "id": N_("Số"), "state": N_("Tình trạng"), "title": N_("Tên"), "title_en": N_("Tên tiếng Anh"), "summary": N_("Tóm tắt"),
    "summary_en": N_("Tóm tắt tiếng Anh"), "name": N_("Tên"), "name_en": N_("Tên tiếng Anh"), "code": N_("Mã số"), "year": N_("Năm"),
    "amount": N_("Số tiền"), "stream": N_("Nguồn"), "source": N_("Nguồn"), "requested": N_("Đề nghị"),
    "requested_state": N_("Đề nghị từ ngân sách"), "appraised": N_("Thẩm định"), "approved": N_("Được duyệt"), "proposed": N_("Đề xuất"),
    "agreed": N_("Đồng ý"), "decided": N_("Quyết định"), "reason": N_("Lý do"), "reasons": N_("Lý do"), "remark": N_("Ý kiến"),
    "note": N_("Ghi chú"), "call": N_("Thông báo"), "proposal": N_("Hồ sơ"), "project": N_("Nhiệm vụ"), "panel": N_("Hội đồng"),
    "person": N_("Người"), "organisation": N_("Tổ chức"), "lead": N_("Chủ nhiệm"), "lead_organisation": N_("Tổ chức chủ trì"),
    "signatory": N_("Người ký"), "officer": N_("Cán bộ phụ trách"), "judge": N_("Người chấm"), "expert": N_("Chuyên gia"),
    "association": N_("Hội"), "role": N_("Vai trò"), "position": N_("Chức vụ"), "part": N_("Vai"), "access": N_("Quyền"),
    "deadline": N_("Hạn nộp"), "opens_at": N_("Mở lúc"), "opened_on": N_("Ngày mở hồ sơ"), "due": N_("Hạn"), "months": N_("Số tháng"),
    "valid_from": N_("Có hiệu lực từ"), "valid_to": N_("Đến"), "starts_on": N_("Bắt đầu"), "ends_on": N_("Kết thúc"),
    "money": N_("Kinh phí"), "ceiling": N_("Mức tối đa"), "rule_set": N_("Bộ quy tắc"), "scheme": N_("Thang điểm"),
    "reference": N_("Số hồ sơ"), "email": N_("Địa chỉ thư"), "full_name": N_("Họ và tên"), "degree": N_("Học vị"),
    "academic_rank": N_("Học hàm"), "fields": N_("Lĩnh vực"), "field": N_("Lĩnh vực"), "keywords": N_("Từ khoá"), "phone": N_("Điện thoại"),
    "password": N_("Mật khẩu (chỉ dấu vết)"), "totp": N_("Khoá xác thực (chỉ dấu vết)"), "language": N_("Ngôn ngữ"),
    "submitted_at": N_("Nộp lúc"), "certified_at": N_("Xác nhận lúc"), "certified_by": N_("Người xác nhận"), "saved_at": N_("Lưu lúc"),
    "made_by": N_("Người lập"), "made_at": N_("Lập lúc"), "decided_by": N_("Người quyết định"), "decided_at": N_("Quyết định lúc"),
    "decided_on": N_("Ngày quyết định"), "decision_number": N_("Số quyết định"), "approved_by": N_("Người duyệt"),
    "approved_at": N_("Duyệt lúc"), "requested_by": N_("Người đề nghị"), "requested_at": N_("Đề nghị lúc"), "paid_by": N_("Người chi"),
    "paid_on": N_("Ngày chi"), "entry": N_("Bút toán"), "kind": N_("Loại"), "text": N_("Nội dung"), "points": N_("Điểm"),
    "comment": N_("Nhận xét"), "review": N_("Bài nhận xét"), "total": N_("Tổng điểm"), "criterion": N_("Tiêu chí"),
    "entered_by": N_("Người nhập"), "verified_by": N_("Người xác nhận"), "verified_at": N_("Xác nhận lúc"), "quantity": N_("Số lượng"),
    "quality": N_("Chất lượng"), "unit": N_("Đơn vị"), "filename": N_("Tên tệp"), "size": N_("Dung lượng"), "present": N_("Có mặt"),
    "grade": N_("Xếp loại"), "settled_on": N_("Hoàn thành ngày"), "content": N_("Nội dung"), "folded": N_("Khoá tìm kiếm"),
    "sort_key": N_("Khoá sắp xếp"), "at": N_("Lúc"), "by": N_("Người làm"), "number": N_("Số"), "sha256": N_("Dấu vân tay (SHA-256)"),
}


def field(name: str) -> str:
    """What a field is called; the rarer ones keep the name they have in the database."""
    return _(FIELDS[name]) if name in FIELDS else name
