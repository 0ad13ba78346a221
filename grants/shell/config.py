"""Settings from the environment, read once and frozen; production refuses to start half-set."""

import ipaddress
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NAME = "provincial-grants"
VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parents[2]


class Misconfigured(Exception):
    """The settings do not allow a safe start; the message says which one and why."""


@dataclass(frozen=True)
class Settings:
    production: bool
    database_url: str | None
    owner_database_url: str | None
    data_folder: Path
    files_url: str | None
    smtp_url: str | None
    mail_from: str
    base_url: str
    secret: str
    host: str
    port: int
    work_inside: bool
    trusted_proxies: tuple[Network, ...]

    def trusts(self, address: str) -> bool:
        """Whether the address is a proxy of ours."""
        try:
            there = ipaddress.ip_address(address)
        except ValueError:
            return False
        there = getattr(there, "ipv4_mapped", None) or there
        return any(there in network for network in self.trusted_proxies if network.version == there.version)

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")


@cache
def settings() -> Settings:
    """The settings of this process. Raises `Misconfigured` where production would be unsafe."""
    mode = os.environ.get("GRANTS_MODE", "demo")
    if mode not in ("demo", "production"):
        raise Misconfigured(f"GRANTS_MODE is “{mode}”: it must be demo or production.")
    production = mode == "production"
    folder = Path(os.environ.get("DATA_DIR") or default_data_folder())
    port = int(os.environ.get("PORT", "8000"))
    made = Settings(
        production=production,
        database_url=os.environ.get("DATABASE_URL") or None,
        owner_database_url=os.environ.get("OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL") or None,
        data_folder=folder,
        files_url=os.environ.get("FILES_URL") or None,
        smtp_url=os.environ.get("SMTP_URL") or None,
        mail_from=os.environ.get("MAIL_FROM", "khcn@daklak.example"),
        base_url=os.environ.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        secret=os.environ.get("SECRET_KEY") or kept_secret(folder, production),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        work_inside=os.environ.get("WORK_INSIDE", "1") == "1",
        trusted_proxies=networks(os.environ.get("TRUSTED_PROXIES", "")),
    )
    if production:
        refuse_unsafe(made)
    elif not is_loopback(made.host):
        raise Misconfigured(f"HOST is {made.host}: the demo, whose passwords everybody knows, listens only on this machine (127.0.0.1).")
    return made


def networks(named: str) -> tuple[Network, ...]:
    """The proxies of TRUSTED_PROXIES: addresses and ranges ("10.0.0.2, 10.1.0.0/16"). A range of everybody is refused."""
    try:
        found = tuple(ipaddress.ip_network(one) for one in named.replace(",", " ").split())
    except ValueError as problem:
        raise Misconfigured(f"TRUSTED_PROXIES: {problem}.") from problem
    if any(network.prefixlen == 0 for network in found):
        raise Misconfigured("TRUSTED_PROXIES trusts every address there is: anybody could say where they come from.")
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; of names only `localhost` is known."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def default_data_folder() -> Path:
    """The user's own data directory; for root, whose home must stay closed to the database's user, below /var/lib."""
    return Path("/var/lib") / NAME if hasattr(os, "geteuid") and os.geteuid() == 0 else user_data_path(NAME)


def kept_secret(folder: Path, production: bool) -> str:
    """The demo's own secret, made once and kept beside its data; production must bring one."""
    if production:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "secret"
    if not kept.exists():
        kept.write_text(secrets.token_hex(32))
        kept.chmod(0o600)
    return kept.read_text().strip()


def refuse_unsafe(made: Settings) -> None:
    """Production starts only with its own database, mail, files, address and a real secret, and debug off.

    The pages' login must not be the owner's: an owner lays down the role grants_app with RESET ROLE.
    """
    wanting = [
        (made.database_url, "DATABASE_URL is not set: production does not run on the embedded server."),
        (
            login(made.owner_database_url) != login(made.database_url),
            "OWNER_DATABASE_URL must name the schema's owner, and DATABASE_URL another login: an owner could rewrite history.",
        ),
        (made.trusted_proxies, "TRUSTED_PROXIES is not set: behind the proxy all would count as one address."),
        (len(made.secret) >= 32, "SECRET_KEY must be set, 32 characters or more."),
        (made.smtp_url, "SMTP_URL is not set: nobody could be told anything."),
        (made.files_url, "FILES_URL is not set: say where documents are kept (file:///… or s3://…)."),
        (made.secure_cookies, "BASE_URL must be the public https:// address."),
        (os.environ.get("LITESTAR_DEBUG", "") in ("", "0"), "LITESTAR_DEBUG must be off."),
    ]
    problems = [sentence for held, sentence in wanting if not held]
    if problems:
        raise Misconfigured("\n".join(problems))


def login(url: str | None) -> str | None:
    """The name with which the address signs in to the database."""
    return urlsplit(url).username if url else None
