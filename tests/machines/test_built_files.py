"""The pages' built files are swapped in place: a server that still runs with the last build finds what it names."""

import importlib.util
import json

import pytest

from grants.shell.config import ROOT


@pytest.fixture
def build(tmp_path):
    """The build script, working in a folder of its own."""
    said = importlib.util.spec_from_file_location("build", ROOT / "templates" / "static" / "build.py")
    module = importlib.util.module_from_spec(said)
    said.loader.exec_module(module)
    module.BUILT, module.ASIDE = tmp_path / "built", tmp_path / "aside"
    return module


def built_anew(build, **files: str) -> set[str]:
    """A build of these files (name: content) swapped in; what lies there afterwards."""
    build.ASIDE.mkdir()
    for name, content in files.items():
        (build.ASIDE / f"{name}.js").write_text(content)
    (build.ASIDE / "manifest.json").write_text(json.dumps({"app.js": f"{next(iter(files))}.js"}))
    build.swap()
    assert not build.ASIDE.exists()
    return {path.name for path in build.BUILT.iterdir()}


def test_the_last_build_stays_for_a_server_that_still_runs_with_it_and_the_one_before_goes(build):
    assert built_anew(build, one="1") == {"one.js", "manifest.json"}
    assert built_anew(build, two="2") == {"one.js", "two.js", "manifest.json"}
    assert built_anew(build, three="3") == {"two.js", "three.js", "manifest.json"}
    assert json.loads((build.BUILT / "manifest.json").read_text()) == {"app.js": "three.js"}


def test_a_file_built_again_under_the_same_name_takes_the_place_of_the_old_one(build):
    built_anew(build, app="old")
    assert built_anew(build, app="new") == {"app.js", "manifest.json"}
    assert (build.BUILT / "app.js").read_text() == "new"
