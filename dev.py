#!/usr/bin/env python3
"""Sets up, runs, tests and checks the project with nothing but Python 3.11 and its venv module.

python3 dev.py run [--demo] [--port N]   set up and serve at http://127.0.0.1:8000
python3 dev.py test [PYTEST ARGUMENTS]   set up and run every check and every test
python3 dev.py setup | check | bench [NAME] | faults | assets | lock
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".dev"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def main() -> int:
    command, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("help", [])
    commands = {
        "setup": setup,
        "run": run,
        "test": test,
        "check": check,
        "bench": bench,
        "faults": faults,
        "assets": assets,
        "lock": lock,
    }
    if command not in commands:
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("Python 3.11 or newer is needed.")
    os.chdir(ROOT)
    return commands[command](arguments)


def setup(arguments: list[str]) -> int:
    """Everything that running needs; with --dev (or in a checkout that has tested once) also what testing needs."""
    install("dev" if "--dev" in arguments or (STAMPS / "dev").exists() else "app")
    return 0


def run(arguments: list[str]) -> int:
    """Set up and serve; arguments go on to `kanban run`."""
    setup([])
    command = [str(PYTHON), "-m", "kanban", "run", *arguments]
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)
    return 0


def test(arguments: list[str]) -> int:
    """Every check, then every test; with arguments only pytest with those."""
    install("dev")
    browser()
    if not arguments and check([]):
        return 1
    workers = (
        [] if any(argument.startswith(("-n", "-p")) for argument in arguments) else ["-n", "2", "--dist", "loadgroup"]
    )
    return call("-m", "pytest", *workers, *arguments)


def check(arguments: list[str]) -> int:
    """Linters, types, import contracts, templates, scripts."""
    install("dev")
    failed = [
        name
        for name, command in {
            "ruff": ["-m", "ruff", "check", "."],
            "format": ["-m", "ruff", "format", "--check", "."],
            "types": ["-m", "mypy"],
            "imports": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
            "dead code": ["-m", "vulture"],
            "templates": ["-m", "djlint", "kanban/templates", "--lint", "--quiet"],
        }.items()
        if call(*command)
    ]
    if subprocess.call([str(node()), "node_modules/typescript/bin/tsc", "-p", "assets/tsconfig.json"]):
        failed.append("scripts")
    print(f"checks: {', '.join(failed)} failed" if failed else "checks: all passed")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Run a benchmark, or all of them; each ends with one line of JSON."""
    install("dev")
    names = arguments[:1] or sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    return max(call(f"bench/{name}.py", *arguments[1:]) for name in names)


def faults(arguments: list[str]) -> int:
    """The long runs of the fault tests, with the full numbers, on both databases."""
    install("dev")
    os.environ["KANBAN_FAULTS"] = "full"
    return call("-m", "pytest", "tests/faults", "-p", "no:xdist", *arguments)


def assets(arguments: list[str]) -> int:
    """Build scripts, styles and icons anew."""
    install_python("app")
    (STAMPS / "assets").unlink(missing_ok=True)
    build_assets()
    return 0


def lock(arguments: list[str]) -> int:
    """Write the locks anew from pyproject.toml and the package.json files."""
    install("dev")
    call("-m", "pip", "install", "--quiet", "uv")
    common = ["-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate"]
    common += ["--no-header", "--quiet", "--python-version", "3.11", "--upgrade", "pyproject.toml"]
    failed = call(*common, "--group", "build", "-o", "requirements/app.txt") or call(
        *common, "--extra", "postgres", "--group", "dev", "-c", "requirements/app.txt", "-o", "requirements/dev.txt"
    )
    for folder in (ROOT, ROOT / "tests"):
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        call(
            "-c", f"from hatch_build import npm; from pathlib import Path; npm('install', folder=Path({str(folder)!r}))"
        )
    return failed


def install(what: str) -> None:
    """Bring the virtual environment, the project and its assets to the state of the locks; nothing when they are."""
    install_python(what)
    build_assets()


def install_python(what: str) -> None:
    make_venv()
    lock_file = ROOT / "requirements" / f"{what}.txt"
    wanted = digest([lock_file, ROOT / "pyproject.toml"])
    if stamped(what, wanted) or (what == "app" and stamped("dev", dev_digest())):
        return
    print(f"Installing the {'program' if what == 'app' else 'program and its tests'} …", flush=True)
    must("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(lock_file))
    must(
        "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-e", "."
    )
    stamp(what, wanted)


def dev_digest() -> str:
    return digest([ROOT / "requirements" / "dev.txt", ROOT / "pyproject.toml"])


def make_venv() -> None:
    if PYTHON.exists() and subprocess.call([str(PYTHON), "-c", ""], stderr=subprocess.DEVNULL) == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    shutil.rmtree(STAMPS, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        sys.exit(f"No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv\n{made.stdout}")


def build_assets() -> None:
    sources = [ROOT / "package-lock.json", ROOT / "hatch_build.py", *sorted((ROOT / "assets").rglob("*.*"))]
    wanted = digest(sources)
    if stamped("assets", wanted) and (ROOT / "kanban/static/dist/manifest.json").exists():
        return
    print("Building the assets …", flush=True)
    must("hatch_build.py")
    stamp("assets", wanted)


def browser() -> None:
    """The packages that the browser tests need: a browser in an npm package, and axe."""
    wanted = digest([ROOT / "tests/package-lock.json"])
    if not stamped("browser", wanted):
        print("Installing the browser for the tests …", flush=True)
        must(
            "-c", "from hatch_build import install_packages; from pathlib import Path; install_packages(Path('tests'))"
        )
        stamp("browser", wanted)


def node() -> Path:
    found = subprocess.check_output(
        [str(PYTHON), "-c", "import hatch_build; print(hatch_build.node_folder())"], text=True
    )
    return Path(found.strip()) / ("node.exe" if os.name == "nt" else "node")


def call(*arguments: str) -> int:
    return subprocess.call([str(PYTHON), *arguments], cwd=ROOT)


def must(*arguments: str) -> None:
    if call(*arguments):
        sys.exit("That did not work; see above.")


def digest(paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def stamped(name: str, wanted: str) -> bool:
    path = STAMPS / name
    return path.exists() and path.read_text() == wanted


def stamp(name: str, value: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(value)


if __name__ == "__main__":
    sys.exit(main())
