"""create_app(): puts the frame, the access table and the routes of all rooms together."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.logging import LoggingConfig
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.plugins.htmx import HTMXPlugin
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ASGIApp, Receive, Scope, Send

from budget import (
    adjustment_pages,
    allocation_pages,
    award_pages,
    calendar_pages,
    clearance_pages,
    closing_pages,
    code_pages,
    correction_pages,
    estimate_pages,
    estimate_review_pages,
    fee_payment_pages,
    fund_pages,
    ground_pages,
    loan_pages,
    obligation_pages,
    payment_pages,
    plan_move_pages,
    position_pages,
    recovery_pages,
    reservation_pages,
    schedule_pages,
    settlement_pages,
    statement_pages,
    support_pages,
    threshold_pages,
    treasury_pages,
    year_end_pages,
)
from grants import access
from grants.calls import call_pages
from grants.desk import desk_pages, event_pages, overview_pages
from grants.desk.menu import menu
from grants.duties import DUTIES
from grants.outcomes import outcome_pages
from grants.people import account_pages, accounts, people, people_pages, profile_pages
from grants.projects import amendment_pages, halt_pages, project_pages, report_pages
from grants.proposals import draft_pages, line_pages, opening_pages, proposal_pages, submission_pages, team_pages
from grants.public import public_pages
from grants.rules import holiday_pages, rule_pages, section_pages
from grants.shell import dates, sessions, trouble, web
from grants.shell.assets import BUILT
from grants.shell.changes import Refused, now
from grants.shell.config import settings
from grants.shell.database import answers, connected
from grants.shell.jobs import work
from grants.shell.language import language
from grants.shell.uploads import Reading
from review import (
    answer_pages,
    appraisal_pages,
    assignment_pages,
    ballot_pages,
    calibration_pages,
    conflict_pages,
    council_pages,
    deliberation_pages,
    expert_pages,
    expert_record_pages,
    fee_pages,
    meeting_pages,
    nomination_pages,
    objection_pages,
    opinion_pages,
    panel_pages,
    product_team_pages,
    reviewer_pages,
    vote_pages,
)

PAGES = [
    public_pages, desk_pages, event_pages, overview_pages, account_pages, profile_pages, people_pages, rule_pages, section_pages,
    holiday_pages, call_pages, opening_pages, proposal_pages, submission_pages, draft_pages, team_pages, line_pages, project_pages,
    amendment_pages, halt_pages, report_pages, outcome_pages, expert_pages, nomination_pages, panel_pages, reviewer_pages, assignment_pages,
    calibration_pages, conflict_pages, objection_pages, ballot_pages, meeting_pages, deliberation_pages,
    council_pages, opinion_pages, product_team_pages, vote_pages, fee_pages, expert_record_pages, answer_pages,
    appraisal_pages, position_pages, statement_pages, estimate_pages, estimate_review_pages, adjustment_pages,
    year_end_pages, calendar_pages, code_pages, ground_pages, obligation_pages, allocation_pages, reservation_pages,
    award_pages, payment_pages, plan_move_pages, schedule_pages, clearance_pages, settlement_pages, closing_pages, recovery_pages,
    treasury_pages, fund_pages, support_pages, loan_pages, threshold_pages, fee_payment_pages, correction_pages,
]
FREE = ("/account", "/sign-out", "/language", "/static/")


@get("/up")
async def up() -> Response:
    """200 only when the database answers."""
    well = await answers()
    return Response("up" if well else "down", media_type=MediaType.TEXT, status_code=200 if well else 503)


def signed_in(app: ASGIApp) -> ASGIApp:
    """Who asks: the person behind the session's cookie, or nobody."""

    async def find(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            scope["user"] = scope["auth"] = None
            if not scope["path"].startswith(("/static/", "/up")):
                scope["user"] = await people.behind(request.cookies.get(account_pages.COOKIE))
            if scope["user"] and accounts.must_set_second_factor(scope["user"]) and not scope["path"].startswith(FREE):
                return await web.see("/account").to_asgi_response(app=None, request=request)(scope, receive, send)
        await app(scope, receive, send)

    return find


def me() -> SimpleNamespace | None:
    """The signed-in person as the frame shows them: name and roles in words."""
    person = web.user()
    if person is None:
        return None
    return SimpleNamespace(
        full_name=person.full_name, roles=list(dict.fromkeys(post.words for post in person.posts)), id=person.id,
        seconds=sessions.seconds_left(person.session) // 60 * 60,  # whole minutes: pages asked for at once are alike
    )


@contextlib.asynccontextmanager
async def lifespan(_app: Litestar) -> AsyncIterator[None]:
    """The pool of connections, and in the same process the worker, unless it runs apart."""
    async with connected():
        worker = asyncio.create_task(work(DUTIES)) if settings().work_inside else None
        try:
            yield
        finally:
            if worker:
                worker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await worker


def create_app() -> Litestar:
    """The application."""
    templates = web.templates(
        me=me, menu=lambda: menu(web.user(), web.path()),
        openable=lambda places: [place for place in places if access.may_open(web.user(), place[1])],
        as_of=lambda: dates.show_time(now(), language=language()),
    )
    made = Litestar(
        route_handlers=[
            up,
            create_static_files_router(
                path="/static", directories=[BUILT], cache_control=None,
                after_request=cached_for_ever, name="static",
                # Packed are only files that are the same for everybody: a page's length could tell its token (BREACH).
                middleware=[DefineMiddleware(CompressionMiddleware, config=CompressionConfig(backend="gzip"))],
            ),
            *(route for room in PAGES for route in room.ROUTES),
        ],
        guards=[web.guard(access.ROUTES, access.may)],
        middleware=[signed_in],
        before_send=[web.secure],
        exception_handlers={Refused: trouble.on_refused, HTTPException: trouble.on_http, Exception: trouble.on_anything},
        template_config=TemplateConfig(instance=templates),
        csrf_config=CSRFConfig(
            secret=settings().secret, cookie_httponly=True, cookie_secure=settings().secure_cookies, cookie_samesite="lax"
        ),
        plugins=[HTMXPlugin()],
        lifespan=[lifespan],
        logging_config=LoggingConfig(
            log_exceptions="never",  # on_anything logs each fault once, with its request's id
            root={"level": "INFO", "handlers": ["queue_listener"]},
            loggers={"_granian": {"level": "WARNING"}},
        ),
        request_max_body_size=25 * 1024 * 1024,
        request_class=Reading,
        openapi_config=None,
        state=State({"is_page": access.is_page}),
    )
    made.asgi_handler = web.frame(made.asgi_handler)  # around the router too: an address that leads nowhere is framed as well
    return made


async def cached_for_ever(response: Response) -> Response:
    """A built file's name holds the hash of its content, so it never changes."""
    response.headers["cache-control"] = "public, max-age=31536000, immutable"
    return response


logging.captureWarnings(True)
