"""Where the built files of templates/static lie, and under which address a page loads them."""

import json
from functools import cache
from pathlib import Path

BUILT = Path(__file__).resolve().parents[2] / "templates" / "static" / "built"


@cache
def manifest() -> dict[str, str]:
    """Plain file name → name with the hash of its content. Read once; a new build needs a restart."""
    path = BUILT / "manifest.json"
    if not path.exists():
        raise RuntimeError("The pages' files are not built yet: run python templates/static/build.py")
    return json.loads(path.read_text())


def asset(name: str) -> str:
    """The address of a built file, `asset("app.css")` → `/static/app.3f2a….css`; it may be cached for ever."""
    return f"/static/{manifest()[name]}"
